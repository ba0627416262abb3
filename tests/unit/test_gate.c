#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundlekit.h"
#include "verify/gate.h"

static const struct kit_file files[] = {{"go.mod", "module example.com/m\n", 0}, {"m.go", "package m\n", 0}, {0}};
static const struct kit_module modules[] = {
    {"example.com/m", "v1.0.0", "2024-01-02T03:04:05Z", "module example.com/m\n", files, false, NULL},
};

struct keys {
    struct mf_seckey *secret[2];
    struct mf_pubkey public[2];
};

static int make_keys(void **state)
{
    static struct keys keys;
    for (int i = 0; i < 2; i++)
        KIT_OK(mf_seckey_generate(&keys.secret[i], &keys.public[i], &err));
    *state = &keys;
    return 0;
}

static int free_keys(void **state)
{
    struct keys *keys = *state;
    for (int i = 0; i < 2; i++)
        mf_seckey_free(&keys->secret[i]);
    return 0;
}

/* A head with the given manifest and signatures, in a memory file. */
static int write_head(struct mf_str manifest, const struct mf_head_signature *signatures, size_t count)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(16 * MF_MIB);
    struct mf_head head = {.manifest = manifest, .signature_count = count};
    for (size_t i = 0; i < count; i++)
        head.signatures[i] = signatures[i];
    KIT_OK(mf_head_write(&head, &out, &err));
    int fd = memfd_create("head", MFD_CLOEXEC);
    KIT_OK(mf_write_full(fd, out.p, out.n, "head", &err));
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static enum mf_code open_gate(int fd, const struct mf_trust *trust, struct mf_gate *gate, struct mf_err *err)
{
    *err = (struct mf_err){0};
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return mf_gate_open(fd, "b.tar.zst", trust, gate, err) == 0 ? MF_OK : err->code;
}

static void test_trusted_key(void **state)
{
    struct keys *keys = *state;
    struct kit k;
    struct mf_gate gate;
    struct mf_err err;
    kit_make(&k, modules, 1, keys->secret[0]);
    const struct mf_trust both = {.keys = keys->public, .key_count = 2};
    assert_int_equal(open_gate(k.fd, &both, &gate, &err), MF_OK);
    assert_true(gate.verified);
    assert_memory_equal(gate.signers[0].key.key, keys->public[0].key, 32);
    assert_string_equal(gate.signers[0].comment.p, "a test");
    assert_int_equal(gate.manifest.module_count, 1);
    struct mf_digest want = mf_sha256_of(mf_buf_view(&k.text));
    assert_true(mf_digest_eq(&gate.manifest_sha256, &want));
    assert_int_equal(lseek(k.fd, 0, SEEK_CUR), (off_t)gate.head.frame_size);
    mf_gate_release(&gate);
    kit_release(&k);
}

static void test_wrong_key_names_both(void **state)
{
    struct keys *keys = *state;
    struct kit k;
    struct mf_gate gate;
    struct mf_err err;
    char found[17], wanted[17];
    kit_make(&k, modules, 1, keys->secret[0]);
    const struct mf_trust other = {.keys = &keys->public[1], .key_count = 1};
    assert_int_equal(open_gate(k.fd, &other, &gate, &err), MF_E_WRONG_KEY);
    mf_gate_release(&gate);
    mf_keyid_text(keys->public[0].id, found);
    mf_keyid_text(keys->public[1].id, wanted);
    assert_non_null(strstr(err.text, found));
    assert_non_null(strstr(err.text, wanted));
    assert_non_null(strstr(err.text, "b.tar.zst"));
    kit_release(&k);
}

static void test_unsigned(void **state)
{
    struct keys *keys = *state;
    struct kit k;
    struct mf_gate gate;
    struct mf_err err;
    kit_make(&k, modules, 1, NULL);
    const struct mf_trust trust = {.keys = keys->public, .key_count = 2};
    assert_int_equal(open_gate(k.fd, &trust, &gate, &err), MF_E_UNSIGNED);
    mf_gate_release(&gate);
    const struct mf_trust nothing = {0};
    assert_int_equal(open_gate(k.fd, &nothing, &gate, &err), MF_E_UNSIGNED);
    mf_gate_release(&gate);
    const struct mf_trust any = {.allow_unverified = true};
    assert_int_equal(open_gate(k.fd, &any, &gate, &err), MF_OK);
    assert_false(gate.verified);
    mf_gate_release(&gate);
    kit_release(&k);
}

/* Nothing of a manifest is parsed before a trusted signature over it holds. */
static void test_signature_is_checked_before_parsing(void **state)
{
    struct keys *keys = *state;
    struct kit k = {.arena = MF_ARENA_INIT(MF_MIB)};
    struct mf_gate gate;
    struct mf_err err;
    const struct mf_str nonsense = MF_LIT("this is no JSON");
    const struct mf_trust trust = {.keys = keys->public, .key_count = 1};
    const struct mf_trust any = {.allow_unverified = true};
    struct mf_head_signature good = kit_sign(&k, keys->secret[0], nonsense);
    struct mf_head_signature bad = kit_sign(&k, keys->secret[0], MF_LIT("something else"));
    struct mf_head_signature foreign = kit_sign(&k, keys->secret[1], nonsense);
    struct mf_head_signature renamed = {good.stem, foreign.text}, unreadable = {good.stem, MF_LIT("x")};
    const struct {
        struct mf_head_signature list[2];
        size_t count;
        const struct mf_trust *trust;
        enum mf_code want;
    } cases[] = {
        {{{{0}, {0}}}, 0, &trust, MF_E_UNSIGNED},    {{bad}, 1, &trust, MF_E_SIGNATURE},
        {{foreign}, 1, &trust, MF_E_WRONG_KEY},      {{renamed}, 1, &trust, MF_E_SIGNATURE},
        {{unreadable}, 1, &trust, MF_E_SIGNATURE},   {{good}, 1, &trust, MF_E_DAMAGED},
        {{bad, foreign}, 2, &trust, MF_E_SIGNATURE}, {{good, foreign}, 2, &trust, MF_E_DAMAGED},
        {{foreign}, 1, &any, MF_E_DAMAGED},
    };
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        int fd = write_head(nonsense, cases[i].list, cases[i].count);
        assert_int_equal(open_gate(fd, cases[i].trust, &gate, &err), cases[i].want);
        mf_gate_release(&gate);
        close(fd);
    }
    mf_arena_release(&k.arena);
}

/* A foreign signature beside a good one does no harm, whatever it holds. */
static void test_one_good_key_is_enough(void **state)
{
    struct keys *keys = *state;
    struct kit k;
    struct mf_gate gate;
    struct mf_err err;
    kit_make(&k, modules, 1, NULL);
    struct mf_str text = mf_buf_view(&k.text);
    struct mf_head_signature list[] = {kit_sign(&k, keys->secret[0], text),
                                       kit_sign(&k, keys->secret[1], MF_LIT("another text"))};
    int fd = write_head(text, list, 2);
    const struct mf_trust both = {.keys = keys->public, .key_count = 2};
    assert_int_equal(open_gate(fd, &both, &gate, &err), MF_OK);
    assert_true(gate.verified);
    assert_memory_equal(gate.signers[0].key.key, keys->public[0].key, 32);
    mf_gate_release(&gate);
    const struct mf_trust second = {.keys = &keys->public[1], .key_count = 1};
    assert_int_equal(open_gate(fd, &second, &gate, &err), MF_E_SIGNATURE);
    mf_gate_release(&gate);
    close(fd);
    kit_release(&k);
}

static void test_not_a_bundle(void **state)
{
    struct keys *keys = *state;
    struct mf_gate gate;
    struct mf_err err;
    const struct mf_trust trust = {.keys = keys->public, .key_count = 1};
    int fd = memfd_create("x", MFD_CLOEXEC);
    assert_int_equal(write(fd, "not a bundle at all, but some text", 34), 34);
    assert_int_equal(open_gate(fd, &trust, &gate, &err), MF_E_NOT_BUNDLE);
    mf_gate_release(&gate);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trusted_key),
        cmocka_unit_test(test_wrong_key_names_both),
        cmocka_unit_test(test_unsigned),
        cmocka_unit_test(test_signature_is_checked_before_parsing),
        cmocka_unit_test(test_one_good_key_is_enough),
        cmocka_unit_test(test_not_a_bundle),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}

/* The gate with a trust document, and what state and age have to say then. */
#include "bundlekit.h"
#include "trustkit.h"
#include "verify/truststate.h"

static const struct kit_file files[] = {{"go.mod", "module example.com/m\n", 0}, {"m.go", "package m\n", 0}, {0}};
static const struct kit_module modules[] = {
    {"example.com/m", "v1.0.0", "2024-01-02T03:04:05Z", "module example.com/m\n", files, false, NULL},
};

/* Keys a to d; channel "stable" 2 of a, b, c; channel "test" 1 of d; no default. */
struct world {
    struct trustkit trust;
    struct mf_trustchannel channels[2];
    size_t test_keys[1];
    struct kit kit;
    struct mf_gate gate;
    struct mf_err err;
};

static void make(struct world *w)
{
    trustkit_make(&w->trust);
    w->test_keys[0] = 3;
    w->channels[0] = w->trust.channel;
    w->channels[1] = (struct mf_trustchannel){.name = MF_LIT("test"), .role = {w->test_keys, 1, 1}};
    w->trust.doc.channels = w->channels;
    w->trust.doc.channel_count = 2;
    kit_make(&w->kit, modules, 1, NULL);
    w->kit.manifest.channel = MF_LIT("stable");
    w->kit.manifest.counter = 5;
    w->gate = (struct mf_gate){.arena = MF_ARENA_INIT(1)};
}

static void drop(struct world *w)
{
    mf_gate_release(&w->gate);
    kit_release(&w->kit);
    trustkit_release(&w->trust);
}

static struct mf_str manifest_text(struct world *w)
{
    mf_buf_clear(&w->kit.text);
    KIT_OK(mf_manifest_write(&w->kit.manifest, &w->kit.text, &err));
    return mf_buf_view(&w->kit.text);
}

/* Opens the gate for a head with these signatures. */
static enum mf_code open_head(struct world *w, struct mf_head *head)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(16 * MF_MIB);
    const struct mf_trust trust = {.document = &w->trust.doc, .now = TRUSTKIT_NOW};
    KIT_OK(mf_head_write(head, &out, &err));
    MF_CLEANUP(mf_fd_release) int fd = memfd_create("head", MFD_CLOEXEC);
    KIT_OK(mf_write_full(fd, out.p, out.n, "head", &err));
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    mf_gate_release(&w->gate);
    w->err = (struct mf_err){0};
    int rc = mf_gate_open(fd, "b", &trust, &w->gate, &w->err);
    assert_int_equal(w->gate.verified, rc == 0);
    return rc == 0 ? MF_OK : w->err.code;
}

static enum mf_code open_signed(struct world *w, const char *by)
{
    struct mf_head head = {.manifest = manifest_text(w)};
    for (; *by; by++)
        head.signatures[head.signature_count++] = kit_sign(&w->kit, w->trust.secret[*by - 'a'], head.manifest);
    return open_head(w, &head);
}

static void test_threshold(void **state)
{
    (void)state;
    static const struct {
        const char *channel, *by;
        enum mf_code want;
        const char *says;
    } cases[] = {
        {"stable", "", MF_E_UNSIGNED, ""},
        {"stable", "a", MF_E_THRESHOLD, "channel stable: signed by 1 of its keys, and 2 are needed: signed with a ("},
        {"stable", "ab", MF_OK, ""},
        {"stable", "bc", MF_OK, ""},
        {"stable", "abc", MF_OK, ""},
        {"stable", "ad", MF_E_THRESHOLD, "of another channel"},
        {"stable", "d", MF_E_THRESHOLD, "signed by 0 of its keys"},
        {"test", "d", MF_OK, ""},
        {"test", "abc", MF_E_THRESHOLD, "channel test: signed by 0 of its keys"},
        {"other", "abcd", MF_E_POLICY, "channel other, and the trust document of version 1 has neither"},
        {"*", "abcd", MF_E_POLICY, "channel *, and"},
        {"", "abcd", MF_E_POLICY, "it is of no channel, and"},
    };
    struct world w;
    make(&w);
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        w.kit.manifest.channel = mf_str(cases[i].channel);
        enum mf_code code = open_signed(&w, cases[i].by);
        if (code != cases[i].want || !strstr(w.err.text, cases[i].says))
            fail_msg("case %zu: %s: %s", i, mf_code_name(code), w.err.text);
    }
    w.channels[1].name = MF_LIT(MF_TRUSTDOC_DEFAULT);
    assert_int_equal(open_signed(&w, "d"), MF_OK); /* the channel is "" still */
    assert_int_equal(w.gate.signer_count, 1);
    assert_int_equal(w.gate.threshold, 1);
    assert_true(mf_str_eq(w.gate.signers[0].name, MF_LIT("d")));
    assert_true(mf_str_eq(w.gate.signers[0].comment, MF_LIT("a test")));
    w.kit.manifest.channel = MF_LIT("stable"); /* has an entry of its own */
    assert_int_equal(open_signed(&w, "d"), MF_E_THRESHOLD);
    drop(&w);
}

static void test_keys_that_do_not_count(void **state)
{
    (void)state;
    struct world w;
    make(&w);
    struct mf_trustkey *b = &w.trust.keys[1];
    b->valid_until = MF_LIT("2026-01-01T00:00:00Z");
    assert_int_equal(open_signed(&w, "ab"), MF_E_THRESHOLD);
    assert_non_null(strstr(w.err.text, "; not counted: b ("));
    assert_non_null(strstr(w.err.text, ") expired 2026-01-01T00:00:00Z"));
    assert_int_equal(open_signed(&w, "abc"), MF_OK);
    assert_int_equal(w.gate.signer_count, 2);
    b->valid_until = (struct mf_str){0};
    b->valid_from = MF_LIT("2026-01-01T00:00:01Z");
    assert_int_equal(open_signed(&w, "ab"), MF_E_THRESHOLD);
    b->valid_from = (struct mf_str){0};
    assert_int_equal(open_signed(&w, "ab"), MF_OK);
    b->revoked_at = MF_LIT("2025-12-31T00:00:00Z");
    b->revoked_because = MF_LIT("laptop stolen");
    assert_int_equal(open_signed(&w, "ab"), MF_E_THRESHOLD);
    assert_non_null(strstr(w.err.text, ") revoked 2025-12-31T00:00:00Z: laptop stolen"));
    /* by such keys alone the manifest is not even parsed */
    assert_int_equal(open_signed(&w, "b"), MF_E_WRONG_KEY);
    assert_non_null(strstr(w.err.text, "laptop stolen"));
    struct mf_head nonsense = {.manifest = MF_LIT("nonsense")};
    nonsense.signatures[nonsense.signature_count++] = kit_sign(&w.kit, w.trust.secret[1], nonsense.manifest);
    assert_int_equal(open_head(&w, &nonsense), MF_E_WRONG_KEY);
    nonsense.signatures[0] = kit_sign(&w.kit, w.trust.secret[0], nonsense.manifest);
    assert_int_equal(open_head(&w, &nonsense), MF_E_DAMAGED);
    drop(&w);
}

/* Two keys with one id are two; what is stored under the name of another key
 * does not count for it. */
static void test_ids_and_names_are_no_evidence(void **state)
{
    (void)state;
    struct world w;
    make(&w);
    memcpy(w.trust.keys[1].key.id, w.trust.keys[0].key.id, 8);
    assert_int_equal(open_signed(&w, "ab"), MF_OK);
    assert_int_equal(w.gate.signer_count, 2);
    struct mf_head head = {.manifest = manifest_text(&w), .signature_count = 2};
    head.signatures[0] = kit_sign(&w.kit, w.trust.secret[0], head.manifest);
    head.signatures[1] = kit_sign(&w.kit, w.trust.secret[1], head.manifest);
    head.signatures[1].text = head.signatures[0].text;
    assert_int_equal(open_head(&w, &head), MF_E_THRESHOLD);
    assert_int_equal(w.gate.signer_count, 1);
    head.signatures[0] = kit_sign(&w.kit, w.trust.secret[0], head.manifest); /* they were sorted */
    head.signatures[1] = kit_sign(&w.kit, w.trust.secret[1], MF_LIT("another text"));
    assert_int_equal(open_head(&w, &head), MF_E_THRESHOLD);
    drop(&w);
}

/* A signature over a trust document does not serve for a bundle. */
static void test_another_kind_of_document(void **state)
{
    (void)state;
    struct world w;
    make(&w);
    struct mf_trustfile_entry entry = trustkit_entry(&w.trust);
    struct mf_head head = {.manifest = mf_str_head(entry.text, entry.text.n - 1)};
    head.signatures[head.signature_count++] = kit_sign(&w.kit, w.trust.secret[0], head.manifest);
    assert_int_equal(open_head(&w, &head), MF_E_UNSUPPORTED);
    assert_non_null(strstr(w.err.text, "unknown format \"modferry-trust/1\""));
    drop(&w);
}

/* Asks whether the bundle of the world may be used, signed by a and b. */
static enum mf_code use(struct world *w, const struct mf_truststate *known, bool override,
                        struct mf_overridden *overridden)
{
    const struct mf_trust trust = {.document = &w->trust.doc, .now = TRUSTKIT_NOW};
    *overridden = (struct mf_overridden){0};
    assert_int_equal(open_signed(w, "ab"), MF_OK);
    return mf_trustuse_check(&trust, &w->gate, known, override, overridden, &w->err) == 0 ? MF_OK : w->err.code;
}

static void test_age(void **state)
{
    (void)state;
    static const struct {
        const char *created, *expires;
        uint64_t days;
        bool require;
        enum mf_code want;
        const char *says;
    } cases[] = {
        {"2020-01-01T00:00:00Z", NULL, 0, false, MF_OK, ""},
        {"2025-12-31T00:00:00Z", NULL, 1, false, MF_OK, ""},
        {"2025-12-30T23:59:59Z", NULL, 1, false, MF_E_POLICY, "allows 1 days"},
        {"2026-01-02T00:00:00Z", NULL, 1, false, MF_OK, ""},
        {"2026-01-02T00:00:01Z", NULL, 1, false, MF_E_POLICY, "which is to come"},
        {"2036-01-01T00:00:00Z", NULL, 0, false, MF_OK, ""},
        {"2025-12-31T00:00:00Z", "2026-01-01T00:00:00Z", 0, false, MF_E_POLICY, "expired 2026-01-01T00:00:00Z"},
        {"2025-12-31T00:00:00Z", "2026-01-01T00:00:01Z", 0, false, MF_OK, ""},
        {"2025-12-31T00:00:00Z", NULL, 0, true, MF_E_POLICY, "does not say when it expires"},
        {"2025-12-31T00:00:00Z", "2026-01-01T00:00:01Z", 0, true, MF_OK, ""},
    };
    struct world w;
    struct mf_overridden overridden;
    struct mf_truststate empty = MF_TRUSTSTATE_INIT;
    make(&w);
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        w.kit.manifest.created = mf_str(cases[i].created);
        w.kit.manifest.expires = mf_str(cases[i].expires);
        w.channels[0].max_age_days = cases[i].days;
        w.channels[0].require_expires = cases[i].require;
        enum mf_code code = use(&w, &empty, false, &overridden);
        if (code != cases[i].want || !strstr(w.err.text, cases[i].says))
            fail_msg("case %zu: %s: %s", i, mf_code_name(code), w.err.text);
        assert_int_equal(use(&w, &empty, true, &overridden), MF_OK);
        assert_int_equal(overridden.count, cases[i].want != MF_OK);
    }
    drop(&w);
}

/* The state as another run reads it. */
static void reopen(struct mf_truststate *s, const char *path, bool write)
{
    struct mf_dir dir;
    mf_truststate_release(s);
    *s = MF_TRUSTSTATE_INIT;
    KIT_OK(mf_dir_open(&dir, path, false, &err));
    KIT_OK(mf_truststate_open(dir, "state.json", write, s, &err));
}

static void accept(struct world *w, const char *path, const struct mf_trustseen *seen,
                   const struct mf_overridden *overridden)
{
    struct mf_truststate s = MF_TRUSTSTATE_INIT;
    reopen(&s, path, true);
    KIT_OK(mf_truststate_commit(&s, seen, &w->gate.manifest, overridden, TRUSTKIT_NOW, &err));
    mf_truststate_release(&s);
}

/* Another content: another id. */
static void change_id(struct world *w, const char *go)
{
    w->kit.manifest.go = mf_str(go);
}

static void test_rollback(void **state)
{
    (void)state;
    struct world w;
    char path[64];
    struct stat st;
    struct mf_overridden overridden;
    struct mf_truststate s = MF_TRUSTSTATE_INIT;
    const struct mf_trustseen seen = {1, mf_sha256_of(MF_LIT("document"))};
    struct mf_dir dir = kit_mkdir(path);
    make(&w);
    reopen(&s, path, false);
    assert_int_equal(use(&w, &s, false, &overridden), MF_OK);
    assert_int_equal(mf_dir_stat(dir, "state.json", &st, &w.err), 0);
    accept(&w, path, &seen, &overridden);
    assert_int_equal(mf_dir_stat(dir, "state.json", &st, &w.err), 1);
    assert_int_equal(st.st_mode & 0777, 0600);
    reopen(&s, path, false);
    assert_int_equal(s.seen.version, 1);
    assert_true(mf_digest_eq(&s.seen.sha256, &seen.sha256));
    assert_int_equal(use(&w, &s, false, &overridden), MF_OK); /* the same again */
    w.kit.manifest.counter = 4;
    assert_int_equal(use(&w, &s, false, &overridden), MF_E_POLICY);
    assert_non_null(strstr(w.err.text, "channel stable: the bundle has counter 4, and 5 was accepted before"));
    assert_int_equal(use(&w, &s, true, &overridden), MF_OK);
    assert_int_equal(overridden.count, 1);
    accept(&w, path, &seen, &overridden);
    reopen(&s, path, false);
    assert_int_equal(mf_truststate_find(&s, MF_LIT("stable"))->counter, 5); /* never falls */
    assert_int_equal(s.override_count, 1);
    assert_true(mf_str_starts(s.overrides[0].what, MF_LIT("channel stable: the bundle has counter 4")));
    w.kit.manifest.counter = 5;
    change_id(&w, "1.25");
    assert_int_equal(use(&w, &s, false, &overridden), MF_E_POLICY);
    assert_non_null(strstr(w.err.text, "two bundles have counter 5"));
    w.kit.manifest.counter = 6;
    assert_int_equal(use(&w, &s, false, &overridden), MF_OK);
    accept(&w, path, &seen, &overridden);
    reopen(&s, path, false);
    assert_int_equal(mf_truststate_find(&s, MF_LIT("stable"))->counter, 6);
    mf_truststate_release(&s);
    kit_empty(dir, path);
    drop(&w);
}

/* Once a channel is kept under a document, a key alone is not enough. */
static void test_another_kind_of_trust(void **state)
{
    (void)state;
    struct world w;
    char path[64];
    struct mf_overridden overridden;
    struct mf_truststate s = MF_TRUSTSTATE_INIT;
    const struct mf_trustseen seen = {1, mf_sha256_of(MF_LIT("document"))}, none = {0};
    struct mf_dir dir = kit_mkdir(path);
    make(&w);
    assert_int_equal(use(&w, &s, false, &overridden), MF_OK);
    const struct mf_trust alone = {.now = TRUSTKIT_NOW}, any = {.now = TRUSTKIT_NOW, .allow_unverified = true};
    accept(&w, path, &none, &overridden); /* for a key alone nothing is kept */
    reopen(&s, path, false);
    assert_int_equal(s.channel_count, 0);
    KIT_OK(mf_trustuse_check(&alone, &w.gate, &s, false, &overridden, &err));
    accept(&w, path, &seen, &overridden);
    reopen(&s, path, false);
    assert_int_equal(mf_trustuse_check(&alone, &w.gate, &s, false, &overridden, &w.err), -1);
    assert_non_null(strstr(w.err.text, "for a key alone"));
    assert_int_equal(mf_trustuse_check(&any, &w.gate, &s, false, &overridden, &w.err), -1);
    assert_non_null(strstr(w.err.text, "unsigned"));
    KIT_OK(mf_trustuse_check(&any, &w.gate, &s, true, &overridden, &err));
    accept(&w, path, &none, &overridden);
    reopen(&s, path, false);
    assert_int_equal(s.override_count, 1);
    w.gate.manifest.channel = MF_LIT("test"); /* not kept yet */
    KIT_OK(mf_trustuse_check(&alone, &w.gate, &s, false, &overridden, &err));
    mf_truststate_release(&s);
    kit_empty(dir, path);
    drop(&w);
}

static void test_damaged_state(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum mf_code want;
    } cases[] = {
        {"", MF_E_DAMAGED},
        {"{}", MF_E_DAMAGED},
        {"x\n", MF_E_DAMAGED},
        {"{}\n", MF_E_DAMAGED},
        {"{\"channels\":[],\"format\":\"modferry-state/2\",\"overrides\":[]}\n", MF_E_UNSUPPORTED},
        {"{\"channels\":[],\"format\":\"modferry-state/1\"}\n", MF_E_DAMAGED},
        {"{\"format\":\"modferry-state/1\",\"overrides\":[]}\n", MF_E_DAMAGED},
        {"{\"channels\":[{\"name\":\"a\"}],\"format\":\"modferry-state/1\",\"overrides\":[]}\n", MF_E_DAMAGED},
        {"{\"channels\":[],\"format\":\"modferry-state/1\",\"overrides\":[],\"trust\":{}}\n", MF_E_DAMAGED},
        {"{\"channels\":[],\"format\":\"modferry-state/1\",\"overrides\":[]}\n", MF_OK},
    };
    char path[64];
    struct mf_dir dir = kit_mkdir(path);
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_truststate s = MF_TRUSTSTATE_INIT;
        struct mf_err err = {0};
        struct mf_dir again = MF_DIR_NONE;
        if (mf_dir_write(dir, "state.json", mf_str(cases[i].text), 0600, &err) < 0 ||
            mf_dir_open(&again, path, false, &err) < 0)
            fail_msg("%s", err.text);
        int rc = mf_truststate_open(again, "state.json", false, &s, &err);
        if ((rc == 0 ? MF_OK : err.code) != cases[i].want)
            fail_msg("case %zu: %s", i, err.text);
        mf_truststate_release(&s);
    }
    kit_empty(dir, path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_threshold),
        cmocka_unit_test(test_keys_that_do_not_count),
        cmocka_unit_test(test_ids_and_names_are_no_evidence),
        cmocka_unit_test(test_another_kind_of_document),
        cmocka_unit_test(test_age),
        cmocka_unit_test(test_rollback),
        cmocka_unit_test(test_another_kind_of_trust),
        cmocka_unit_test(test_damaged_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

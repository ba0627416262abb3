#include "formats/head.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "formats/base/dir.h"
#include "formats/manifest.h"
#include "formats/tar.h"
#include "formats/zframe.h"

#define ARENA MF_ARENA_INIT(16 * MF_MIB)

static int file_of(struct mf_str bytes)
{
    struct mf_err err = {0};
    int fd = memfd_create("head", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(mf_write_full(fd, bytes.p, bytes.n, "memory", &err), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static enum mf_code read_code(struct mf_str bytes, const char *say)
{
    struct mf_err err = {0};
    struct mf_head head;
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = ARENA;
    MF_CLEANUP(mf_fd_release) int fd = file_of(bytes);
    if (mf_head_read(fd, "x.tar.zst", &head, &arena, &err) == 0)
        return MF_OK;
    assert_non_null(strstr(err.text, "x.tar.zst: "));
    if (!strstr(err.text, say))
        fail_msg("\"%s\" does not say \"%s\"", err.text, say);
    return err.code;
}

static void make(struct mf_head *head, struct mf_str manifest, size_t signatures, struct mf_buf *out)
{
    static char stems[MF_HEAD_SIGNATURES_MAX + 1][32];
    struct mf_err err = {0};
    *head = (struct mf_head){.manifest = manifest, .signature_count = signatures};
    for (size_t i = 0; i < signatures; i++) {
        size_t k = (i * 7) % signatures; /* not in order */
        snprintf(stems[i], sizeof(stems[i]), "%016zx", k);
        head->signatures[i] = (struct mf_head_signature){mf_str(stems[i]), MF_LIT("signature\n")};
    }
    if (mf_head_write(head, out, &err) < 0)
        fail_msg("%s", err.text);
}

static void check_back(const struct mf_head *want, int fd, size_t frame_size)
{
    struct mf_err err = {0};
    struct mf_head got;
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = ARENA;
    if (mf_head_read(fd, "x", &got, &arena, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(mf_str_eq(got.manifest, want->manifest));
    assert_int_equal(got.signature_count, want->signature_count);
    for (size_t i = 0; i < got.signature_count; i++) {
        assert_true(mf_str_eq(got.signatures[i].stem, want->signatures[i].stem));
        assert_true(mf_str_eq(got.signatures[i].text, want->signatures[i].text));
    }
    assert_int_equal(got.frame_size, frame_size);
    assert_int_equal(got.frame_size, want->frame_size);
    assert_int_equal(got.raw_size, want->raw_size);
}

static void test_round_trip(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 511, 512, 513, 200000, MF_MANIFEST_MAX};
    static const size_t signatures[] = {0, 1, 3, MF_HEAD_SIGNATURES_MAX};
    char *text = malloc(MF_MANIFEST_MAX);
    assert_non_null(text);
    memset(text, 'm', MF_MANIFEST_MAX);
    for (size_t i = 0; i < MF_COUNT(sizes); i++) {
        struct mf_head head;
        struct mf_err err = {0};
        MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(16 * MF_MIB);
        make(&head, (struct mf_str){text, sizes[i]}, signatures[i % MF_COUNT(signatures)], &out);
        size_t n = out.n;
        mf_buf_str(&out, MF_LIT("what follows"));
        MF_CLEANUP(mf_fd_release) int fd = file_of(mf_buf_view(&out));
        check_back(&head, fd, n);
        char rest[32];
        size_t got;
        assert_int_equal(mf_read_full(fd, rest, sizeof(rest), &got, "x", &err), 0);
        assert_true(mf_str_eq((struct mf_str){rest, got}, MF_LIT("what follows")));
    }
    free(text);
}

static void test_from_a_pipe(void **state)
{
    (void)state;
    struct mf_head head;
    struct mf_err err = {0};
    int ends[2];
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_MIB);
    make(&head, MF_LIT("{}"), 2, &out);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(mf_write_full(ends[1], out.p, out.n, "pipe", &err), 0);
    close(ends[1]);
    check_back(&head, ends[0], out.n);
    close(ends[0]);
}

static void test_truncated_everywhere(void **state)
{
    (void)state;
    struct mf_head head;
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_MIB);
    make(&head, MF_LIT("{\"a\":1}"), 2, &out);
    for (size_t n = 0; n < out.n; n++)
        assert_int_equal(read_code(mf_str_head(mf_buf_view(&out), n), "ends"), MF_E_TRUNCATED);
}

/* Bits outside of the documents themselves and of the announced sizes. */
static void test_every_changed_bit(void **state)
{
    (void)state;
    struct mf_head head;
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_MIB);
    make(&head, MF_LIT("{\"a\":1}"), 1, &out);
    for (size_t i = 0; i < out.n * 8; i++) {
        size_t tar = i / 8 < 12 ? 0 : i / 8 - 12;
        bool manifest = tar >= 512 && tar < 512 + 7, signature = tar >= 1536 && tar < 1536 + 10;
        if (manifest || signature)
            continue;
        out.p[i / 8] ^= (char)(1 << i % 8);
        enum mf_code code = read_code(mf_buf_view(&out), "");
        if (code != MF_E_NOT_BUNDLE && code != MF_E_DAMAGED && code != MF_E_LIMIT && code != MF_E_TRUNCATED)
            fail_msg("change of bit %zu of byte %zu: code %d", i % 8, i / 8, code);
        out.p[i / 8] ^= (char)(1 << i % 8);
    }
    assert_int_equal(read_code(mf_buf_view(&out), ""), MF_OK);
}

static void add(struct mf_buf *tar, const char *name, struct mf_str text)
{
    static const char zeros[MF_TAR_BLOCK];
    struct mf_err err = {0};
    assert_int_equal(mf_tar_header(mf_str(name), text.n, tar, &err), 0);
    mf_buf_str(tar, text);
    mf_buf_add(tar, zeros, mf_tar_padding(text.n));
}

/* Code for a head of these members, ended by a NULL name. */
static enum mf_code members_code(const char *const *names, struct mf_str text, const char *say)
{
    struct mf_err err = {0};
    MF_CLEANUP(mf_buf_release) struct mf_buf tar = MF_BUF_INIT(16 * MF_MIB), out = MF_BUF_INIT(16 * MF_MIB);
    for (; *names; names++)
        add(&tar, *names, text);
    if (mf_zframe_store(mf_buf_view(&tar), &out, &err) < 0)
        fail_msg("%s", err.text);
    return read_code(mf_buf_view(&out), say);
}

#define SIG(digits) "signatures/" digits ".minisig"
#define MEMBERS(...)                                                                                                   \
    (const char *const[])                                                                                              \
    {                                                                                                                  \
        __VA_ARGS__, NULL                                                                                              \
    }

static void test_other_members(void **state)
{
    (void)state;
    const struct mf_str x = MF_LIT("x");
    assert_int_equal(members_code(MEMBERS("manifest.json", SIG("0123456789abcdef")), x, ""), MF_OK);
    assert_int_equal(members_code(MEMBERS("other"), x, "first member"), MF_E_NOT_BUNDLE);
    assert_int_equal(members_code(MEMBERS(SIG("0123456789abcdef"), "manifest.json"), x, "first"), MF_E_NOT_BUNDLE);
    static const char *const second[] = {
        "manifest.json",
        SIG("0123456789abcde"),
        SIG("0123456789abcdeF"),
        SIG("0123456789abcdefa"),
        SIG("0123456789abcdeg"),
        "signatures/0123456789abcdef.minisiG",
        "signatureS/0123456789abcdef.minisig",
        "signatures/0123456/89abcdef.minisig",
        "other",
    };
    for (size_t i = 0; i < MF_COUNT(second); i++)
        assert_int_equal(members_code(MEMBERS("manifest.json", second[i]), x, "no member"), MF_E_DAMAGED);
    assert_int_equal(
        members_code(MEMBERS("manifest.json", SIG("000000000000000b"), SIG("000000000000000a")), x, "out of order"),
        MF_E_DAMAGED);
    assert_int_equal(
        members_code(MEMBERS("manifest.json", SIG("000000000000000a"), SIG("000000000000000a")), x, "double"),
        MF_E_DAMAGED);
    assert_int_equal(members_code(MEMBERS("manifest.json"), (struct mf_str){NULL, 0}, "empty"), MF_E_DAMAGED);
}

static void test_limits(void **state)
{
    (void)state;
    char *large = calloc(1, MF_MANIFEST_MAX + 1);
    assert_non_null(large);
    struct mf_str text = {large, MF_MANIFEST_MAX + 1};
    assert_int_equal(members_code(MEMBERS("manifest.json"), text, "more than"), MF_E_LIMIT);
    assert_int_equal(members_code(MEMBERS("manifest.json", SIG("000000000000000a")),
                                  mf_str_head(text, MF_MINISIGN_FILE_MAX + 1), "more than"),
                     MF_E_LIMIT);
    const char *names[MF_HEAD_SIGNATURES_MAX + 3] = {"manifest.json"};
    static char stems[MF_HEAD_SIGNATURES_MAX + 1][48];
    for (size_t i = 0; i <= MF_HEAD_SIGNATURES_MAX; i++) {
        snprintf(stems[i], sizeof(stems[i]), "signatures/%016zx.minisig", i);
        names[i + 1] = stems[i];
    }
    assert_int_equal(members_code(names, MF_LIT("x"), "more than 64 signatures"), MF_E_LIMIT);
    /* A frame that announces 4 GiB costs nothing. */
    assert_int_equal(read_code(MF_LIT("\x28\xb5\x2f\xfd\xa0\x00\xfe\xff\xff"), "more than"), MF_E_LIMIT);
    free(large);
}

static void test_end_mark_and_rests(void **state)
{
    (void)state;
    struct mf_err err = {0};
    MF_CLEANUP(mf_buf_release) struct mf_buf tar = MF_BUF_INIT(MF_MIB), out = MF_BUF_INIT(MF_MIB);
    static const char zeros[MF_TAR_END];
    add(&tar, "manifest.json", MF_LIT("{}"));
    size_t n = tar.n;
    mf_buf_add(&tar, zeros, sizeof(zeros));
    for (; tar.n > n; mf_buf_truncate(&tar, tar.n - 512)) {
        mf_buf_clear(&out);
        assert_int_equal(mf_zframe_store(mf_buf_view(&tar), &out, &err), 0);
        assert_int_equal(read_code(mf_buf_view(&out), "end mark"), MF_E_DAMAGED);
    }
    mf_buf_clear(&out);
    assert_int_equal(mf_zframe_store(mf_str_head(mf_buf_view(&tar), 512), &out, &err), 0);
    assert_int_equal(read_code(mf_buf_view(&out), "inside a member"), MF_E_DAMAGED);
}

static void test_not_bundles(void **state)
{
    (void)state;
    struct mf_err err = {0};
    assert_int_equal(read_code(MF_LIT("PK\x03\x04 a zip of some length"), "does not begin"), MF_E_NOT_BUNDLE);
    assert_int_equal(read_code(MF_LIT("{\"json\":true}"), "does not begin"), MF_E_NOT_BUNDLE);
    assert_int_equal(read_code(MF_LIT("\x28\xb5"), "ends"), MF_E_TRUNCATED);
    assert_int_equal(read_code(MF_LIT("\x28x"), "does not begin"), MF_E_NOT_BUNDLE);
    /* An ordinary compressed tar. */
    MF_CLEANUP(mf_zcompress_free) struct mf_zcompress *z = NULL;
    MF_CLEANUP(mf_buf_release) struct mf_buf tar = MF_BUF_INIT(MF_MIB), out = MF_BUF_INIT(MF_MIB);
    add(&tar, "manifest.json", MF_LIT("{}"));
    assert_int_equal(mf_zcompress_new(&z, 3, &err), 0);
    assert_int_equal(mf_zcompress_frame(z, mf_buf_view(&tar), MF_LIT(""), &out, &err), 0);
    assert_int_equal(read_code(mf_buf_view(&out), "does not begin"), MF_E_NOT_BUNDLE);
}

static void test_write_refuses(void **state)
{
    (void)state;
    struct mf_err err = {0};
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(16 * MF_MIB);
    struct mf_head head = {.manifest = MF_LIT("{}"), .signature_count = 2};
    head.signatures[0] = (struct mf_head_signature){MF_LIT("0123456789abcdef"), MF_LIT("a")};
    head.signatures[1] = head.signatures[0];
    assert_int_equal(mf_head_write(&head, &out, &err), -1);
    assert_int_equal(err.code, MF_E_DAMAGED);
    head.signatures[1].stem = MF_LIT("../../etc/passwd");
    assert_int_equal(mf_head_write(&head, &out, &err), -1);
    assert_int_equal(err.code, MF_E_DAMAGED);
    head = (struct mf_head){.manifest = {NULL, 0}};
    assert_int_equal(mf_head_write(&head, &out, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    assert_int_equal(out.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),           cmocka_unit_test(test_from_a_pipe),
        cmocka_unit_test(test_truncated_everywhere), cmocka_unit_test(test_every_changed_bit),
        cmocka_unit_test(test_other_members),        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_end_mark_and_rests),   cmocka_unit_test(test_not_bundles),
        cmocka_unit_test(test_write_refuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

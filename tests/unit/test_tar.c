#include "formats/tar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/manifest.h"

/* Writes down what the reader says, one line a member. */
struct log {
    struct mf_buf text;
    uint64_t size, seen;
};

static int on_member(void *ctx, struct mf_str name, uint64_t size, uint64_t offset, struct mf_err *err)
{
    struct log *log = ctx;
    (void)err;
    mf_buf_fmt(&log->text, "%llu ", (unsigned long long)offset);
    mf_buf_str(&log->text, name);
    mf_buf_fmt(&log->text, " %llu:", (unsigned long long)size);
    log->size = size;
    log->seen = 0;
    return 0;
}

static int on_data(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    struct log *log = ctx;
    (void)err;
    assert_true(n > 0);
    mf_buf_add(&log->text, p, n);
    log->seen += n;
    return 0;
}

static int on_end(void *ctx, struct mf_err *err)
{
    struct log *log = ctx;
    (void)err;
    assert_int_equal(log->seen, log->size);
    mf_buf_byte(&log->text, '\n');
    return 0;
}

/* Reads a stream in pieces of `step` bytes; returns the result and the log. */
static int read_all(struct mf_str in, size_t step, bool mark, struct mf_buf *text, struct mf_err *err)
{
    struct log log = {.text = MF_BUF_INIT(MF_MIB)};
    const struct mf_tar_visitor visitor = {&log, on_member, on_data, on_end};
    MF_CLEANUP(mf_tar_reader_release) struct mf_tar_reader r;
    mf_tar_reader_init(&r, &visitor);
    int result = 0;
    while (in.n && result == 0) {
        struct mf_str piece = mf_str_head(in, step);
        in = mf_str_from(in, piece.n);
        result = mf_tar_reader_feed(&r, piece.p, piece.n, err);
    }
    if (result == 0)
        result = mf_tar_reader_finish(&r, mark, err);
    *text = log.text;
    return result;
}

static void add(struct mf_buf *out, const char *name, const char *content)
{
    static const char zeros[MF_TAR_BLOCK];
    struct mf_err err = {0};
    if (mf_tar_header(mf_str(name), strlen(content), out, &err) < 0)
        fail_msg("%s", err.text);
    mf_buf_str(out, mf_str(content));
    mf_buf_add(out, zeros, mf_tar_padding(strlen(content)));
}

static void add_mark(struct mf_buf *out)
{
    static const char zeros[MF_TAR_END];
    mf_buf_add(out, zeros, sizeof(zeros));
}

static void expect(struct mf_str in, bool mark, enum mf_code code, const char *say)
{
    struct mf_err err = {0};
    struct mf_buf text;
    int result = read_all(in, 700, mark, &text, &err);
    mf_buf_release(&text);
    if (code == MF_OK && result < 0)
        fail_msg("%s", err.text);
    if (code != MF_OK) {
        assert_int_equal(result, -1);
        if (err.code != code || !strstr(err.text, say))
            fail_msg("code %d, \"%s\" instead of \"%s\"", err.code, err.text, say);
    }
}

static char *repeat(char c, size_t n)
{
    char *s = malloc(n + 1);
    assert_non_null(s);
    memset(s, c, n);
    s[n] = '\0';
    return s;
}

static void test_same_members_however_cut(void **state)
{
    (void)state;
    MF_CLEANUP(mf_buf_release) struct mf_buf in = MF_BUF_INIT(MF_MIB);
    char *content = repeat('x', 512), *longer = repeat('y', 513);
    add(&in, "empty", "");
    add(&in, "a/b", "hello");
    add(&in, "full", content);
    add(&in, "over", longer);
    add_mark(&in);
    MF_CLEANUP(mf_buf_release) struct mf_buf want = MF_BUF_INIT(MF_MIB);
    mf_buf_fmt(&want, "0 empty 0:\n512 a/b 5:hello\n1536 full 512:%s\n2560 over 513:%s\n", content, longer);
    for (size_t step = 1; step <= in.n; step += step < 40 ? 1 : 97) {
        struct mf_err err = {0};
        struct mf_buf text;
        assert_int_equal(read_all(mf_buf_view(&in), step, true, &text, &err), 0);
        assert_true(mf_str_eq(mf_buf_view(&text), mf_buf_view(&want)));
        mf_buf_release(&text);
    }
    free(content);
    free(longer);
}

/* A name of n bytes with slashes every `step`. */
static char *long_name(size_t n, size_t step)
{
    char *s = repeat('n', n);
    for (size_t i = step; i + 1 < n; i += step + 1)
        s[i] = '/';
    return s;
}

static void test_long_names(void **state)
{
    (void)state;
    static const struct {
        size_t n, step, header;
    } cases[] = {{100, 200, 512},  {101, 200, 1536}, {101, 40, 512},     {256, 155, 512},
                 {257, 155, 1536}, {256, 99, 1536},  {200, 99, 512},     {257, 20, 1536},
                 {300, 20, 1536},  {1024, 60, 2560}, {1024, 1024, 2560}, {101, 100, 1536}};
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_err err = {0};
        char *name = long_name(cases[i].n, cases[i].step);
        MF_CLEANUP(mf_buf_release) struct mf_buf in = MF_BUF_INIT(MF_MIB), want = MF_BUF_INIT(MF_MIB);
        if (cases[i].n == 101 && cases[i].step == 100)
            name[100] = 'n';
        add(&in, name, "");
        assert_int_equal(in.n, cases[i].header);
        mf_buf_fmt(&want, "0 %s 0:\n", name);
        struct mf_buf text;
        assert_int_equal(read_all(mf_buf_view(&in), 100, false, &text, &err), 0);
        assert_true(mf_str_eq(mf_buf_view(&text), mf_buf_view(&want)));
        mf_buf_release(&text);
        free(name);
    }
}

static void test_huge_size(void **state)
{
    (void)state;
    struct mf_err err = {0};
    static const uint64_t sizes[] = {077777777777, 0100000000000, (uint64_t)1 << 40, INT64_MAX};
    for (size_t i = 0; i < MF_COUNT(sizes); i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf in = MF_BUF_INIT(MF_MIB);
        assert_int_equal(mf_tar_header(MF_LIT("big"), sizes[i], &in, &err), 0);
        assert_int_equal(in.n, i == 0 ? 512 : 1536);
        struct mf_buf text;
        assert_int_equal(read_all(mf_buf_view(&in), 512, false, &text, &err), -1);
        assert_int_equal(err.code, MF_E_TRUNCATED);
        char want[64];
        snprintf(want, sizeof(want), "0 big %llu:", (unsigned long long)sizes[i]);
        assert_true(mf_str_eq(mf_buf_view(&text), mf_str(want)));
        mf_buf_release(&text);
    }
    MF_CLEANUP(mf_buf_release) struct mf_buf in = MF_BUF_INIT(MF_MIB);
    assert_int_equal(mf_tar_header(MF_LIT("big"), (uint64_t)1 << 63, &in, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
}

static void test_bad_names(void **state)
{
    (void)state;
    static const char *const names[] = {"",       "/a",   "a/",   "a//b", ".",    "..",       "a/./b",
                                        "a/../b", "../a", "a/..", "a\nb", "\x7f", "\xff\xfe", "a\x01"};
    for (size_t i = 0; i < MF_COUNT(names); i++) {
        struct mf_err err = {0};
        MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_MIB);
        if (mf_tar_header(mf_str(names[i]), 0, &out, &err) == 0)
            fail_msg("accepted \"%s\"", names[i]);
        assert_int_equal(err.code, MF_E_DAMAGED);
        assert_int_equal(out.n, 0);
    }
    struct mf_err err = {0};
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_MIB);
    char *name = repeat('n', MF_MEMBER_PATH_MAX + 1);
    assert_int_equal(mf_tar_header(mf_str(name), 0, &out, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    free(name);
}

/* Makes the checksum of the block at p right again. */
static void resum(char *p)
{
    unsigned sum = 0;
    memset(p + 148, ' ', 8);
    for (size_t i = 0; i < MF_TAR_BLOCK; i++)
        sum += (unsigned char)p[i];
    snprintf(p + 148, 7, "%06o", sum);
}

static void test_every_changed_byte(void **state)
{
    (void)state;
    MF_CLEANUP(mf_buf_release) struct mf_buf in = MF_BUF_INIT(MF_MIB);
    char *name = repeat('n', 120);
    add(&in, name, "");
    add(&in, "x", "y");
    add_mark(&in);
    for (size_t i = 0; i < in.n; i++) {
        /* Another letter in the record of the path or in the content is honest. */
        bool in_path = i >= 512 + strlen("129 path=") && i < 512 + strlen("129 path=") + 120;
        if (in_path || i == 1536 + 512)
            continue;
        in.p[i] ^= 1;
        struct mf_err err = {0};
        struct mf_buf text;
        if (read_all(mf_buf_view(&in), 4096, true, &text, &err) == 0)
            fail_msg("change of byte %zu accepted", i);
        mf_buf_release(&text);
        in.p[i] ^= 1;
    }
    expect(mf_buf_view(&in), true, MF_OK, "");
    free(name);
}

static void test_other_headers_with_right_sum(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        const char *bytes;
        size_t n;
    } cases[] = {
        {100, "0000755", 7},
        {108, "0001000", 7},
        {136, "00000000001", 11},
        {156, "5", 1},
        {156, "2", 1},
        {156, "\0", 1},
        {156, "L", 1},
        {156, "g", 1},
        {156, "x", 1},
        {157, "l", 1},
        {257, "ustar  ", 7},
        {265, "root", 4},
        {329, "\0\0", 2},
        {345, "p", 1},
        {500, "x", 1},
        {124, "         1 ", 11},
        {124, "1", 1},
        {124, "\x80", 1},
        {0, "../", 3},
        {0, "\0", 1},
    };
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf in = MF_BUF_INIT(MF_MIB);
        add(&in, "abcdef", "content");
        add_mark(&in);
        memcpy(in.p + cases[i].at, cases[i].bytes, cases[i].n);
        resum(in.p);
        struct mf_err err = {0};
        struct mf_buf text;
        int result = read_all(mf_buf_view(&in), 4096, true, &text, &err);
        mf_buf_release(&text);
        /* A prefix, and a size that is merely another one, are honest headers. */
        bool honest = cases[i].at == 345 || (cases[i].at == 124 && cases[i].bytes[0] == '1');
        if (honest && cases[i].at == 345)
            assert_int_equal(result, -1);
        else if (result == 0)
            fail_msg("case %zu accepted", i);
        assert_true(err.code == MF_E_DAMAGED || err.code == MF_E_TRUNCATED);
        assert_true(honest || err.code == MF_E_DAMAGED);
    }
}

/* A pax header with the given records before a member "name" of 3 bytes. */
static void pax_case(const char *records, const char *member)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf in = MF_BUF_INIT(MF_MIB);
    struct mf_err err = {0};
    assert_int_equal(mf_tar_header(MF_LIT(MF_TAR_PAX_NAME), strlen(records), &in, &err), 0);
    in.p[156] = 'x';
    resum(in.p);
    static const char zeros[MF_TAR_BLOCK];
    mf_buf_str(&in, mf_str(records));
    mf_buf_add(&in, zeros, mf_tar_padding(strlen(records)));
    add(&in, member, "abc");
    add_mark(&in);
    expect(mf_buf_view(&in), true, MF_E_DAMAGED, "tar: byte 0");
}

static void test_pax_records(void **state)
{
    (void)state;
    static const char *const records[] = {
        "",
        "12 path=abc\n",
        "13 path=abcd\n",
        "10 size=3\n",
        "20 size=8589934592\n",
        "21 size=08589934592\n",
        "11 mtime=0\n",
        "12 path=a/b\n10 size=3\n",
        "0 path=a\n",
        "99999999999999999999 path=a\n",
        "999 path=abc\n",
        "5 a=b",
        "x path=abc\n",
        "12path=abc\n",
        "3 \n",
        "18446744073709551615 path=a\n",
    };
    for (size_t i = 0; i < MF_COUNT(records); i++) {
        pax_case(records[i], "name");
        pax_case(records[i], MF_TAR_PAX_PATH);
    }
    char *large = repeat('9', 1600);
    pax_case(large, "name");
    free(large);
}

static void test_end(void **state)
{
    (void)state;
    MF_CLEANUP(mf_buf_release) struct mf_buf in = MF_BUF_INIT(MF_MIB);
    add(&in, "a", "b");
    struct mf_str bare = mf_buf_view(&in);
    expect(bare, false, MF_OK, "");
    expect(bare, true, MF_E_TRUNCATED, "end mark");
    add_mark(&in);
    struct mf_str marked = mf_buf_view(&in);
    expect(marked, true, MF_OK, "");
    expect(marked, false, MF_E_DAMAGED, "end mark");
    expect(mf_str_head(marked, marked.n - 512), false, MF_E_DAMAGED, "end mark");
    for (size_t n = 0; n < marked.n; n++)
        expect(mf_str_head(marked, n), true, MF_E_TRUNCATED, "tar: ends at byte");
    mf_buf_byte(&in, 0);
    expect(mf_buf_view(&in), true, MF_E_DAMAGED, "after the end mark");
    mf_buf_truncate(&in, marked.n - 512);
    add(&in, "c", "d");
    expect(mf_buf_view(&in), true, MF_E_DAMAGED, "neither");
    expect((struct mf_str){NULL, 0}, false, MF_OK, "");
    expect((struct mf_str){NULL, 0}, true, MF_E_TRUNCATED, "end mark");
}

static int refuse_member(void *ctx, struct mf_str name, uint64_t size, uint64_t offset, struct mf_err *err)
{
    (void)ctx, (void)name, (void)size, (void)offset;
    return mf_err_set(err, MF_E_POLICY, "not this one");
}

static void test_visitor_error(void **state)
{
    (void)state;
    MF_CLEANUP(mf_buf_release) struct mf_buf in = MF_BUF_INIT(MF_MIB);
    add(&in, "a", "b");
    const struct mf_tar_visitor visitor = {NULL, refuse_member, on_data, on_end};
    MF_CLEANUP(mf_tar_reader_release) struct mf_tar_reader r;
    struct mf_err err = {0};
    mf_tar_reader_init(&r, &visitor);
    assert_int_equal(mf_tar_reader_feed(&r, in.p, in.n, &err), -1);
    assert_int_equal(err.code, MF_E_POLICY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_members_however_cut),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_huge_size),
        cmocka_unit_test(test_bad_names),
        cmocka_unit_test(test_every_changed_byte),
        cmocka_unit_test(test_other_headers_with_right_sum),
        cmocka_unit_test(test_pax_records),
        cmocka_unit_test(test_end),
        cmocka_unit_test(test_visitor_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

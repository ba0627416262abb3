#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/gosum.h"

#define H(c) "h1:" c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c c "="
#define A H("A")
#define B H("B")
#define C H("C")

static const char text[] = "example.com/a v1.10.0 " A "\n"
                           "example.com/a v1.10.0/go.mod " B "\r\n"
                           "\n"
                           "  example.com/a\tv1.9.0 h2:zzz\n"
                           "example.com/a v1.9.0 " C "\n"
                           "example.com/b v1.0.0 " A "\n"
                           "example.com/b v1.0.0 " B "\n"
                           "example.com/e v1.0.0/go.mod h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=\n"
                           "example.com/l v1.0.0 " A;

static struct mf_module module(const char *path, const char *version)
{
    return (struct mf_module){mf_str(path), mf_str(version)};
}

static void test_check(void **state)
{
    (void)state;
    static const struct {
        const char *path, *version;
        bool is_mod;
        const char *h1;
        enum mf_gosum_verdict verdict;
        const char *expected;
    } cases[] = {
        {"example.com/a", "v1.10.0", false, A, MF_GOSUM_MATCH, A},
        {"example.com/a", "v1.10.0", true, B, MF_GOSUM_MATCH, B},
        {"example.com/a", "v1.10.0", true, A, MF_GOSUM_MISMATCH, B},
        {"example.com/a", "v1.9.0", false, C, MF_GOSUM_MATCH, C},
        {"example.com/a", "v1.9.0", true, C, MF_GOSUM_ABSENT, ""},
        {"example.com/b", "v1.0.0", false, A, MF_GOSUM_MATCH, A},
        {"example.com/b", "v1.0.0", false, B, MF_GOSUM_MISMATCH, A},
        {"example.com/e", "v1.0.0", true, A, MF_GOSUM_ABSENT, ""},
        {"example.com/l", "v1.0.0", false, A, MF_GOSUM_MATCH, A},
        {"example.com/l", "v1.0", false, A, MF_GOSUM_ABSENT, ""},
        {"", "", false, A, MF_GOSUM_ABSENT, ""},
    };
    struct mf_err err;
    struct mf_gosum sums = {.count = 0};
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    assert_int_equal(mf_gosum_add(&sums, mf_str(text), "go.sum", &arena, &err), 0);
    assert_int_equal(sums.count, 6);
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_str expected = MF_LIT("");
        struct mf_module m = module(cases[i].path, cases[i].version);
        assert_int_equal(mf_gosum_check(&sums, m, cases[i].is_mod, mf_str(cases[i].h1), &expected), cases[i].verdict);
        assert_true(mf_str_eq(expected, mf_str(cases[i].expected)));
        assert_int_equal(mf_gosum_check(&sums, m, cases[i].is_mod, mf_str(cases[i].h1), NULL), cases[i].verdict);
    }
    for (size_t i = 1; i < sums.count; i++)
        assert_true(mf_module_order(sums.lines[i - 1].module, sums.lines[i].module) <= 0);
}

static void test_files(void **state)
{
    (void)state;
    struct mf_err err;
    struct mf_gosum sums = {.count = 0};
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    assert_int_equal(mf_gosum_add(&sums, mf_str(text), "go.sum", &arena, &err), 0);
    assert_int_equal(mf_gosum_add(&sums, MF_LIT(""), "empty.sum", &arena, &err), 0);
    assert_int_equal(mf_gosum_add(&sums, MF_LIT("example.com/a v1.10.0 " A "\nexample.com/l v1.0.0 " B), "go.work.sum",
                                  &arena, &err),
                     0);
    assert_int_equal(sums.files, 3);
    assert_int_equal(mf_gosum_check(&sums, module("example.com/a", "v1.10.0"), false, mf_str(A), NULL), MF_GOSUM_MATCH);
    /* The files contradict each other: nothing is right. */
    assert_int_equal(mf_gosum_check(&sums, module("example.com/l", "v1.0.0"), false, mf_str(A), NULL),
                     MF_GOSUM_MISMATCH);
    assert_int_equal(mf_gosum_check(&sums, module("example.com/l", "v1.0.0"), false, mf_str(B), NULL),
                     MF_GOSUM_MISMATCH);
}

static void test_broken(void **state)
{
    (void)state;
    static const char *const bad[] = {"a\n", "a v1\n", "a v1 h1:x y\n"};
    for (size_t i = 0; i < MF_COUNT(bad); i++) {
        struct mf_err err;
        struct mf_gosum sums = {.count = 0};
        MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(1000);
        MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
        mf_buf_fmt(&b, "\nexample.com/a v1.0.0 %s\n%s", A, bad[i]);
        assert_int_equal(mf_gosum_add(&sums, mf_buf_view(&b), "go.sum", &arena, &err), -1);
        assert_int_equal(err.code, MF_E_GOMOD);
        assert_int_equal(strncmp(err.text, "go.sum:3: malformed go.sum: wrong number of fields ", 51), 0);
        assert_int_equal(sums.count, 0);
    }
}

static void test_limits(void **state)
{
    (void)state;
    struct mf_err err;
    struct mf_gosum sums = {.count = 0};
    struct mf_arena small = MF_ARENA_INIT(100);
    assert_int_equal(mf_gosum_add(&sums, mf_str(text), "go.sum", &small, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    assert_int_equal(mf_gosum_add(&sums, (struct mf_str){text, MF_GOSUM_MAX + 1}, "go.sum", &small, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    mf_arena_release(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

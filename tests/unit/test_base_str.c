#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "formats/base/str.h"

static const struct mf_str NONE = {NULL, 0};

static void is(struct mf_str got, const char *expected)
{
    if (!mf_str_eq(got, mf_str(expected)))
        fail_msg("got \"%.*s\", expected \"%s\"", MF_FMT(got), expected);
}

static void test_parts(void **state)
{
    struct mf_str s = MF_LIT("module");
    (void)state;
    is(mf_str_from(s, 0), "module");
    is(mf_str_from(s, 3), "ule");
    is(mf_str_from(s, 6), "");
    is(mf_str_from(s, 7), "");
    is(mf_str_from(s, SIZE_MAX), "");
    is(mf_str_head(s, 0), "");
    is(mf_str_head(s, 3), "mod");
    is(mf_str_head(s, 6), "module");
    is(mf_str_head(s, SIZE_MAX), "module");
    is(mf_str_from(NONE, 5), "");
    is(mf_str_head(NONE, 5), "");
    assert_null(mf_str(NULL).p);
    assert_int_equal(mf_str(NULL).n, 0);
    /* not terminated: the length alone counts */
    static const char raw[3] = {'a', '\0', 'b'};
    assert_int_equal(mf_str_find((struct mf_str){raw, 3}, 'b'), 2);
    assert_false(mf_str_eq((struct mf_str){raw, 3}, MF_LIT("a")));
    assert_true(mf_str_eq((struct mf_str){raw, 3}, MF_LIT("a\0b")));
}

static void test_order(void **state)
{
    /* each is less than the next */
    static const struct mf_str order[] = {{NULL, 0}, {"\0", 1}, {"A", 1},    {"a", 1},    {"a\0", 2},  {"a-", 2},
                                          {"aa", 2}, {"b", 1},  {"\x7f", 1}, {"\x80", 1}, {"\xff", 1}, {"\xff\xff", 2}};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(order); i++)
        for (size_t k = 0; k < MF_COUNT(order); k++) {
            int got = mf_str_cmp(order[i], order[k]);
            assert_int_equal((got > 0) - (got < 0), (i > k) - (i < k));
            assert_int_equal(mf_str_eq(order[i], order[k]), i == k);
        }
    assert_true(mf_str_eq(NONE, MF_LIT("")));
    assert_int_equal(mf_str_cmp(NONE, MF_LIT("")), 0);
}

static void test_starts_and_ends(void **state)
{
    static const struct {
        const char *s, *part;
        bool starts, ends;
    } cases[] = {{"v1.2.3", "v", true, false},
                 {"v1.2.3", ".3", false, true},
                 {"v1.2.3", "v1.2.3", true, true},
                 {"v1.2.3", "v1.2.3.", false, false},
                 {"v", "", true, true},
                 {"", "", true, true},
                 {"", "v", false, false},
                 {"aba", "a", true, true},
                 {"go.mod", "go.Mod", false, false}};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        assert_int_equal(mf_str_starts(mf_str(cases[i].s), mf_str(cases[i].part)), cases[i].starts);
        assert_int_equal(mf_str_ends(mf_str(cases[i].s), mf_str(cases[i].part)), cases[i].ends);
    }
    assert_true(mf_str_starts(NONE, NONE));
    assert_true(mf_str_ends(MF_LIT("x"), NONE));
}

static void test_find(void **state)
{
    struct mf_str s = MF_LIT("a/b/c");
    (void)state;
    assert_int_equal(mf_str_find(s, '/'), 1);
    assert_int_equal(mf_str_rfind(s, '/'), 3);
    assert_int_equal(mf_str_find(s, 'x'), 5);
    assert_int_equal(mf_str_rfind(s, 'x'), 5);
    assert_int_equal(mf_str_find(s, '\0'), 5);
    assert_int_equal(mf_str_find(MF_LIT("\xff\x80"), '\x80'), 1);
    assert_int_equal(mf_str_find(NONE, 'x'), 0);
    assert_int_equal(mf_str_rfind(NONE, 'x'), 0);
}

static void test_trim(void **state)
{
    (void)state;
    is(mf_str_trim(MF_LIT(" \t\r\n a b \r\n")), "a b");
    is(mf_str_trim(MF_LIT(" \t\r\n")), "");
    is(mf_str_trim(NONE), "");
    is(mf_str_trim(MF_LIT("\v\f x\xc2\xa0")), "\v\f x\xc2\xa0");
    assert_int_equal(mf_str_trim(MF_LIT("\0 ")).n, 1);
}

static void test_cut(void **state)
{
    static const struct {
        const char *text;
        const char *parts[5];
    } cases[] = {
        {"a,b", {"a", "b"}}, {"a", {"a"}},         {"a,", {"a", ""}},        {",a", {"", "a"}},
        {",", {"", ""}},     {",,", {"", "", ""}}, {"a,,b", {"a", "", "b"}}, {"", {""}},
    };
    struct mf_str rest = MF_LIT("x");
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        size_t n = 0;
        rest = mf_str(cases[i].text);
        while (rest.p) {
            struct mf_str part = mf_str_cut(rest, ',', &rest);
            assert_non_null(cases[i].parts[n]);
            is(part, cases[i].parts[n++]);
        }
        assert_null(cases[i].parts[n]);
    }
    is(mf_str_cut(NONE, ',', &rest), "");
    assert_null(rest.p);
}

static void test_path_prefix(void **state)
{
    static const struct {
        const char *path, *prefix;
        bool is;
    } cases[] = {
        {"a/b", "a", true},     {"a/b", "a/b", true},   {"a/b", "a/", false}, {"ab", "a", false}, {"a", "a/b", false},
        {"a/b/c", "a/b", true}, {"a/bc", "a/b", false}, {"a", "", false},     {"/a", "", true},   {"", "", true},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++)
        assert_int_equal(mf_str_path_prefix(mf_str(cases[i].path), mf_str(cases[i].prefix)), cases[i].is);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),       cmocka_unit_test(test_order), cmocka_unit_test(test_starts_and_ends),
        cmocka_unit_test(test_find),        cmocka_unit_test(test_trim),  cmocka_unit_test(test_cut),
        cmocka_unit_test(test_path_prefix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

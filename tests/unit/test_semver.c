#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/semver.h"

static int sign(int x)
{
    return (x > 0) - (x < 0);
}

/* Ascending order; each must be below every later one. */
static const char *const ascending[] = {
    "bad",
    "v1.0.0-alpha",
    "v1.0.0-alpha.1",
    "v1.0.0-alpha.beta",
    "v1.0.0-beta",
    "v1.0.0-beta.2",
    "v1.0.0-beta.11",
    "v1.0.0-rc.1",
    "v1.0.0",
    "v1.2.0",
    "v1.3.0-0.20200101000000-abcdefabcdef",
    "v1.9.0",
    "v1.10.0",
    "v2.0.0+incompatible",
    "v18446744073709551615.0.0",
    "v18446744073709551616.0.0",
    "v99999999999999999999999999999999999999.0.0",
};

static void test_compare(void **state)
{
    (void)state;
    for (size_t i = 0; i < MF_COUNT(ascending); i++) {
        for (size_t j = 0; j < MF_COUNT(ascending); j++) {
            int want = (i > j) - (i < j);
            assert_int_equal(sign(mf_semver_compare(mf_str(ascending[i]), mf_str(ascending[j]))), want);
        }
    }
    assert_int_equal(mf_semver_compare(MF_LIT("v1"), MF_LIT("v1.0.0")), 0);
    assert_int_equal(mf_semver_compare(MF_LIT("v1.2.3+a"), MF_LIT("v1.2.3+b")), 0);
    assert_true(mf_semver_order(MF_LIT("v1.2.3+a"), MF_LIT("v1.2.3+b")) < 0);
    assert_int_equal(mf_semver_compare(MF_LIT("x"), MF_LIT("")), 0);
}

static void test_valid(void **state)
{
    (void)state;
    static const char *const good[] = {
        "v1",       "v1.2",      "v0.0.0",          "v1.2.3-0",   "v1.2.3-0a",
        "v1.2.3--", "v1.2.3+00", "v1.2.3-a.b+c-.d", "v1.2.3-rc1", "v1.2.3-x+incompatible",
    };
    static const char *const bad[] = {
        "",         "v",          "1.2.3",           "v01.2.3",  "v1.02.3", "v1.2.03", "v1.",         "v1.2.",
        "v1.2.3.",  "v1.2.3.4",   "v1-pre",          "v1.2-pre", "v1.2+x",  "v1.2.3-", "v1.2.3+",     "v1.2.3-01",
        "v1.2.3+.", "v1.2.3+a+b", "v1.2.3-\xc3\xa4", "V1.2.3",   "v1.2.3 ", "v-1.0.0", "v1.2.3-a..b", "v1.2.3-a.",
    };
    for (size_t i = 0; i < MF_COUNT(good); i++)
        assert_true(mf_semver_valid(mf_str(good[i])));
    for (size_t i = 0; i < MF_COUNT(bad); i++)
        assert_false(mf_semver_valid(mf_str(bad[i])));
    assert_false(mf_semver_valid((struct mf_str){"v1.2.3\0", 7}));
}

static void test_parts(void **state)
{
    (void)state;
    struct mf_semver s;
    assert_true(mf_semver_parse(MF_LIT("v1.20.3-rc.1+incompatible"), &s));
    assert_true(mf_str_eq(s.major, MF_LIT("1")) && mf_str_eq(s.minor, MF_LIT("20")) && mf_str_eq(s.patch, MF_LIT("3")));
    assert_true(mf_str_eq(s.prerelease, MF_LIT("-rc.1")) && mf_str_eq(s.build, MF_LIT("+incompatible")));
    assert_false(s.is_short);
    assert_true(mf_semver_parse(MF_LIT("v7"), &s));
    assert_true(s.is_short && mf_str_eq(s.minor, MF_LIT("0")) && mf_str_eq(s.patch, MF_LIT("0")));

    assert_true(mf_semver_canonical(MF_LIT("v1.2.3-pre"), false));
    assert_false(mf_semver_canonical(MF_LIT("v1.2"), true));
    assert_false(mf_semver_canonical(MF_LIT("v2.0.0+incompatible"), false));
    assert_true(mf_semver_canonical(MF_LIT("v2.0.0+incompatible"), true));
    assert_false(mf_semver_canonical(MF_LIT("v2.0.0+meta"), true));
}

static void test_release(void **state)
{
    (void)state;
    static const char *const releases[] = {"v1.2.3", "v2.0.0+incompatible", "v1"};
    static const char *const others[] = {"", "1.2.3", "v1.2.3-pre", "v0.0.0-20060102150405-abcdefabcdef",
                                         "v1.2.3-pre+meta"};
    for (size_t i = 0; i < MF_COUNT(releases); i++)
        assert_true(mf_semver_is_release(mf_str(releases[i])));
    for (size_t i = 0; i < MF_COUNT(others); i++)
        assert_false(mf_semver_is_release(mf_str(others[i])));
}

static void test_pseudo(void **state)
{
    (void)state;
    static const struct {
        const char *v, *time, *rev;
    } good[] = {
        {"v0.0.0-20060102150405-abcdefabcdef", "20060102150405", "abcdefabcdef"},
        {"v12.0.0-20060102150405-ABC1", "20060102150405", "ABC1"},
        {"v1.2.4-0.20191109021931-daa7c04131f5", "20191109021931", "daa7c04131f5"},
        {"v1.2.3-pre.0.20191109021931-daa7c04131f5", "20191109021931", "daa7c04131f5"},
        {"v1.2.3-pre-x.0.20191109021931-daa7c04131f5", "20191109021931", "daa7c04131f5"},
        {"v2.0.1-0.20191109021931-daa7c04131f5+incompatible", "20191109021931", "daa7c04131f5"},
        {"v1.0.0-0.20191109021931-0", "20191109021931", "0"},
    };
    static const char *const bad[] = {
        "",
        "v1.2.3",
        "v1.2.3-pre",
        "v1.1.0-20060102150405-abcdefabcdef",
        "v0.0.1-20060102150405-abcdefabcdef",
        "v0.0.0-2006010215040-abcdefabcdef",
        "v0.0.0-120060102150405-abcdefabcdef",
        "v0.0.0-20060102150405-abc.def",
        "v0.0.0-20060102150405-",
        "v0.0.0-20060102150405",
        "v1.2.3-a0.20060102150405-abcdefabcdef",
        "v0.0-20060102150405-abcdefabcdef",
    };
    struct mf_str time;
    struct mf_str rev;
    for (size_t i = 0; i < MF_COUNT(good); i++) {
        assert_true(mf_semver_is_pseudo(mf_str(good[i].v)));
        assert_true(mf_semver_pseudo_parts(mf_str(good[i].v), &time, &rev));
        assert_true(mf_str_eq(time, mf_str(good[i].time)));
        assert_true(mf_str_eq(rev, mf_str(good[i].rev)));
    }
    for (size_t i = 0; i < MF_COUNT(bad); i++)
        assert_false(mf_semver_is_pseudo(mf_str(bad[i])));
}

static void test_gover(void **state)
{
    (void)state;
    static const char *const order[] = {
        "",     "1",      "1.5beta1", "1.5rc1",  "1.5",    "1.19.9", "1.20rc1", "1.20", "1.20.1",
        "1.21", "1.21rc", "1.21rc1",  "1.21rc2", "1.21.0", "1.21.3", "1.99.0",  "2.0",
    };
    for (size_t i = 0; i < MF_COUNT(order); i++) {
        for (size_t j = 0; j < MF_COUNT(order); j++) {
            int want = (i > j) - (i < j);
            assert_int_equal(sign(mf_gover_compare(mf_str(order[i]), mf_str(order[j]))), want);
        }
    }
    assert_int_equal(mf_gover_compare(MF_LIT("1.20"), MF_LIT("1.20.0")), 0);
    static const char *const bad[] = {"",          "v1.2",     "1.",        "01.2",   "1.02", "1.2.3.4",
                                      "1.21rc1.1", "1.21rc01", "1.21.3rc1", "1.21-x", "go1.2"};
    for (size_t i = 0; i < MF_COUNT(bad); i++)
        assert_false(mf_gover_valid(mf_str(bad[i])));
    static const struct {
        const char *x, *lang;
    } langs[] = {{"1.21.3", "1.21"}, {"1.22rc1", "1.22"}, {"1.21", "1.21"}, {"1", "1"}, {"1.0.3", "1"}, {"1.x", ""}};
    for (size_t i = 0; i < MF_COUNT(langs); i++)
        assert_true(mf_str_eq(mf_gover_lang(mf_str(langs[i].x)), mf_str(langs[i].lang)));
}

static void test_modver(void **state)
{
    (void)state;
    struct mf_str path = MF_LIT("example.com/a");
    assert_true(mf_modver_compare(path, MF_LIT(""), MF_LIT("v9.0.0")) > 0);
    assert_true(mf_modver_compare(path, MF_LIT("v0.0.0"), MF_LIT("none")) > 0);
    assert_true(mf_modver_compare(path, MF_LIT("none"), MF_LIT("")) < 0);
    assert_int_equal(mf_modver_compare(path, MF_LIT("none"), MF_LIT("none")), 0);
    assert_true(mf_modver_compare(path, MF_LIT("v1.10.0"), MF_LIT("v1.9.0")) > 0);
    assert_true(mf_modver_compare(MF_LIT("go"), MF_LIT("1.9"), MF_LIT("1.21")) < 0);
    struct mf_str tool = MF_LIT("toolchain");
    assert_true(mf_modver_compare(tool, MF_LIT("go1.21.3-bigcorp"), MF_LIT("go1.21.10")) < 0);
    assert_int_equal(mf_modver_compare(tool, MF_LIT("go1.21.3-bigcorp"), MF_LIT("1.21.3")), 0);
    assert_true(mf_modver_compare(tool, MF_LIT("go1.21/x"), MF_LIT("go1.1")) < 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare), cmocka_unit_test(test_valid),  cmocka_unit_test(test_parts),
        cmocka_unit_test(test_release), cmocka_unit_test(test_pseudo), cmocka_unit_test(test_gover),
        cmocka_unit_test(test_modver),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bundle/querymatch.h"

static struct mf_querymatch match_of(const char *path, const char *query, const char *current)
{
    struct mf_querymatch m;
    struct mf_err err = {0};
    assert_int_equal(mf_querymatch_read(mf_str(path), mf_str(query), mf_str(current), &m, &err), 0);
    return m;
}

static void test_admits(void **state)
{
    static const struct {
        const char *query, *current, *version;
        bool admitted;
    } cases[] = {
        {"latest", "", "v1.0.0-rc.1", true},
        {"upgrade", "v1.2.0", "v1.1.9", false},
        {"upgrade", "v1.2.0", "v1.2.0", true},
        {"upgrade", "", "v0.0.1", true},
        {"patch", "v1.2.3", "v1.2.4", true},
        {"patch", "v1.2.3", "v1.2.2", false},
        {"patch", "v1.2.3", "v1.20.0", false},
        {"patch", "v1.2.3-pre", "v1.2.3", true},
        {"v1", "", "v1.9.0", true},
        {"v1", "", "v10.0.0", false},
        {"v1", "", "v1.0.0-rc.1", false},
        {"v1", "", "v1.1.0-rc.1", true},
        {"v1.2", "", "v1.2.0-rc.1", false},
        {"v1.2", "", "v1.2.0", true},
        {"v1.2", "", "v1.20.0", false},
        {"<v1.2.0", "", "v1.2.0-rc.1", true},
        {"<v1.2.0", "", "v1.2.0", false},
        {"<=v1.2.0", "", "v1.2.0", true},
        {">v1.2.0", "", "v1.2.0+incompatible", false},
        {">=v1.2.0", "", "v1.2.0", true},
        {"<v2", "", "v1.99.0", true},
        {">=v1.2", "", "v1.2.0-rc.1", false},
        {"<v99999999999999999999.0.0", "", "v99999999999999999998.0.0", true},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_querymatch m = match_of("example.com/a", cases[i].query, cases[i].current);
        assert_false(m.by_info);
        assert_int_equal(mf_querymatch_admits(&m, mf_str(cases[i].version)), cases[i].admitted);
    }
}

static void test_kinds(void **state)
{
    static const struct {
        const char *query;
        bool by_info, lower, latest, incompatible;
    } cases[] = {
        {"latest", false, false, true, false},  {"upgrade", false, false, true, false},
        {"v1", false, false, false, false},     {"v2", false, false, false, true},
        {"<v3.0.0", false, false, false, true}, {">=v1.0.0", false, true, false, false},
        {"v1.0.0", true, false, false, false},  {"v1.0.0+meta", true, false, false, false},
        {"main", true, false, false, false},    {"v1.", true, false, false, false},
        {"v01", true, false, false, false},     {"none", true, false, false, false},
        {"v1-pre", true, false, false, false},  {"Latest", true, false, false, false},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_querymatch m = match_of("example.com/a", cases[i].query, "");
        assert_int_equal(m.by_info, cases[i].by_info);
        assert_int_equal(mf_querymatch_is_revision(mf_str(cases[i].query)), cases[i].by_info);
        assert_int_equal(m.prefers_lower, cases[i].lower);
        assert_int_equal(m.may_use_latest, cases[i].latest);
        assert_int_equal(m.wants_incompatible, cases[i].incompatible);
    }
    assert_true(match_of("example.com/a", "upgrade", "v0.0.0-20240101000000-abcdefabcdef").may_use_latest);
    assert_false(match_of("example.com/a", "patch", "v1.0.0").may_use_latest);
    assert_true(match_of("example.com/a", "latest", "v2.0.0+incompatible").wants_incompatible);
    assert_false(match_of("example.com/a/v2", "v2", "").wants_incompatible);
}

static void test_refused(void **state)
{
    static const struct {
        const char *query, *text;
    } cases[] = {
        {"<v", "invalid semantic version \"v\" in range \"<v\""},
        {">=", "invalid semantic version \"\" in range \">=\""},
        {"<1.0.0", "invalid semantic version \"1.0.0\" in range \"<1.0.0\""},
        {"<=v1", "ambiguous semantic version \"v1\" in range \"<=v1\""},
        {">v1.2", "ambiguous semantic version \"v1.2\" in range \">v1.2\""},
        {"patch", "can't query version \"patch\" of module example.com/a: no existing version is required"},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_querymatch m;
        struct mf_err err = {0};
        assert_int_equal(mf_querymatch_read(MF_LIT("example.com/a"), mf_str(cases[i].query), MF_LIT(""), &m, &err), -1);
        assert_int_equal(err.code, MF_E_USAGE);
        assert_string_equal(err.text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_admits), cmocka_unit_test(test_kinds),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

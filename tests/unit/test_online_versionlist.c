#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundle/versionlist.h"

static struct mf_versionlist parse(const char *text, struct mf_arena *arena)
{
    struct mf_versionlist list;
    struct mf_err err = {0};
    assert_int_equal(mf_versionlist_parse(mf_str(text), &list, arena, &err), 0);
    return list;
}

static void test_sorted(void **state)
{
    (void)state;
    static const char *const want[] = {"v1.1.0", "v1.2.0-rc.1", "v1.2.0", "v1.10.0", "v2.0.0+incompatible"};
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    struct mf_versionlist list = parse("v1.10.0\nv1.2.0\r\n\nno version\n v1.1.0\t\nv2.0.0+incompatible\nv1.2.0-rc.1\n"
                                       "v0.0.0-20240102030405-abcdefabcdef",
                                       &arena);
    assert_int_equal(list.count, MF_COUNT(want));
    for (size_t i = 0; i < list.count; i++)
        assert_true(mf_str_eq(list.versions[i], mf_str(want[i])));
}

static void test_newest(void **state)
{
    (void)state;
    static const struct {
        const char *text, *newest;
    } cases[] = {
        {"", ""},
        {"v1.0.0\n", ""},
        {"v1.0.0 2024-01-02T03:04:05Z\nv0.9.0 2025-01-02T03:04:05Z\n", "v0.9.0"},
        {"v1.0.0 yesterday\n", ""},
        {"v0.0.0-20240102030405-abcdefabcdef\nv0.0.0-20230102030405-abcdefabcdef\n",
         "v0.0.0-20240102030405-abcdefabcdef"},
        {"v0.0.0-20249902030405-abcdefabcdef\n", ""},
    };
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
        struct mf_versionlist list = parse(cases[i].text, &arena);
        if (!mf_str_eq(list.newest, mf_str(cases[i].newest)))
            fail_msg("case %zu: \"%.*s\"", i, MF_FMT(list.newest));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sorted), cmocka_unit_test(test_newest)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "formats/pseudover.h"

static void test_pseudo_versions(void **state)
{
    static const struct {
        const char *major, *base, *version;
    } cases[] = {
        {"", "", "v0.0.0-20240102030405-abcdefabcdef"},
        {"v2", "", "v2.0.0-20240102030405-abcdefabcdef"},
        {"", "v1.2.3", "v1.2.4-0.20240102030405-abcdefabcdef"},
        {"", "v1.2.9", "v1.2.10-0.20240102030405-abcdefabcdef"},
        {"", "v1.2.99999999999999999999", "v1.2.100000000000000000000-0.20240102030405-abcdefabcdef"},
        {"", "v1.2.0", "v1.2.1-0.20240102030405-abcdefabcdef"},
        {"", "v1.2.3-pre", "v1.2.3-pre.0.20240102030405-abcdefabcdef"},
        {"", "v1.2.3-pre.1", "v1.2.3-pre.1.0.20240102030405-abcdefabcdef"},
    };
    static const char *const without[] = {"v1.0.0-0.20240102030405-abcdefabcdef", "v1.0.0",
                                          "v2.0.0-20240102030405-abcdefabcdef+incompatible"};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf made = MF_BUF_INIT(1000), base = MF_BUF_INIT(1000);
        struct mf_err err = {0};
        assert_true(mf_pseudover_make(mf_str(cases[i].major), mf_str(cases[i].base), 1704164645, MF_LIT("abcdefabcdef"),
                                      &made));
        assert_string_equal(mf_buf_cstr(&made), cases[i].version);
        assert_int_equal(mf_pseudover_base(mf_buf_view(&made), &base, &err), 0);
        assert_string_equal(mf_buf_cstr(&base), cases[i].base);
    }
    for (size_t i = 0; i < MF_COUNT(without); i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf base = MF_BUF_INIT(1000);
        struct mf_err err = {0};
        assert_int_equal(mf_pseudover_base(mf_str(without[i]), &base, &err), -1);
        assert_int_equal(err.code, MF_E_NOT_FOUND);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pseudo_versions)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

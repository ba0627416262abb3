#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/goenv.h"

static void test_find(void **state)
{
    (void)state;
    static const struct {
        const char *text, *key, *value; /* value NULL: there is none */
    } cases[] = {
        {"GOPROXY=off\n", "GOPROXY", "off"},
        {"GOPROXY=off", "GOPROXY", "off"},
        {"GOPROXY=a\nGOSUMDB=off\nGOPROXY=b\n", "GOPROXY", "b"},
        {"GOPROXY=\n", "GOPROXY", ""},
        {"GOPROXY=a=b\n", "GOPROXY", "a=b"},
        {"GOPROXY=a\r\n", "GOPROXY", "a\r"},
        {"GOPROXY= a \n", "GOPROXY", " a "},
        {"# GOPROXY=a\n", "GOPROXY", NULL},
        {" GOPROXY=a\n", "GOPROXY", NULL},
        {"GOPROXY =a\n", "GOPROXY", NULL},
        {"GOPROXYX=a\nGOPROX=b\n", "GOPROXY", NULL},
        {"GOPROXY\n=\n", "GOPROXY", NULL},
        {"\n\n", "GOPROXY", NULL},
        {"", "GOPROXY", NULL},
    };
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_str got = MF_LIT("untouched");
        bool found = mf_goenv_find(mf_str(cases[i].text), cases[i].key, &got);
        if (found != (cases[i].value != NULL) || !mf_str_eq(got, mf_str(found ? cases[i].value : "untouched")))
            fail_msg("case %zu: %d \"%.*s\"", i, found, MF_FMT(got));
    }
}

static void test_mod(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"-x -modcacherw -mod=mod", "mod"},
        {"-mod=vendor", "vendor"},
        {" \t--mod=vendor -x", "vendor"},
        {"'-mod=vendor'", "vendor"},
        {"\"-ldflags=-X a.b=-mod=vendor\"", ""},
        {"'-ldflags=-s -mod=vendor'", ""},
        {"-mod=vendor -mod=mod", "mod"},
        {"-mod=vendor -mod=", ""},
        {"'-mod=vendor", "vendor"},
    };
    for (size_t i = 0; i < MF_COUNT(cases); i++)
        if (!mf_str_eq(mf_goenv_mod(mf_str(cases[i][0])), mf_str(cases[i][1])))
            fail_msg("case %zu", i);
    assert_true(mf_str_eq(mf_goenv_mod(MF_LIT("-x\0-mod=vendor")), MF_LIT("")));
    assert_true(mf_str_eq(mf_goenv_mod(MF_LIT("\0 -mod=vendor")), MF_LIT("vendor")));
    assert_true(mf_str_eq(mf_goenv_mod(MF_LIT("-mod=a\0b")), MF_LIT("a\0b")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_find), cmocka_unit_test(test_mod)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

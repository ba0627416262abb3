/* Names of toolchains, and which of their files go treats specially. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "formats/toolchain.h"

static bool is(struct mf_str s, const char *want)
{
    return mf_str_eq(s, mf_str(want));
}

static void test_names(void **state)
{
    static const struct {
        const char *name, *release, *os, *arch; /* release NULL: refused */
    } rows[] = {
        {"go1.21.13.linux-amd64", "1.21.13", "linux", "amd64"},
        {"go1.21.13", "1.21.13", "", ""},
        {"go1.22rc1", "1.22rc1", "", ""},
        {"go1.22rc1.darwin-arm64", "1.22rc1", "darwin", "arm64"},
        {"go1.20", "1.20", "", ""}, /* was a release, before 1.21 */
        {"go1.20.windows-386", "1.20", "windows", "386"},
        {"go1.21", NULL, NULL, NULL},
        {"go1.22.linux-amd64", NULL, NULL, NULL},
        {"go1.21.3-custom", NULL, NULL, NULL},
        {"go1.21.3-custom.linux-amd64", NULL, NULL, NULL},
        {"go1.21.3.linux-", NULL, NULL, NULL},
        {"go1.21.3.-amd64", NULL, NULL, NULL},
        {"go1.21.3.linux-amd64-v3", NULL, NULL, NULL},
        {"go1.21.3.Linux-amd64", NULL, NULL, NULL},
        {"go1.21.3.linux/amd64", NULL, NULL, NULL},
        {"go1.21.03", NULL, NULL, NULL},
        {"go2.0.0", NULL, NULL, NULL},
        {"1.21.3", NULL, NULL, NULL},
        {"default", NULL, NULL, NULL},
        {"go", NULL, NULL, NULL},
        {"", NULL, NULL, NULL},
        {"go1.21.1111111111111111111111111111111111111111111111111111111111111", NULL, NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(rows); i++) {
        struct mf_toolchain t;
        bool good = mf_toolchain_parse(mf_str(rows[i].name), &t);
        if (good != (rows[i].release != NULL))
            fail_msg("%s", rows[i].name);
        if (good && !(is(t.release, rows[i].release) && is(t.os, rows[i].os) && is(t.arch, rows[i].arch)))
            fail_msg("%s: %.*s %.*s %.*s", rows[i].name, MF_FMT(t.release), MF_FMT(t.os), MF_FMT(t.arch));
    }
}

static void test_modules(void **state)
{
    const struct mf_str path = MF_LIT("golang.org/toolchain");
    (void)state;
    assert_true(mf_toolchain_is((struct mf_module){path, MF_LIT("v1.0.0")}));
    assert_false(mf_toolchain_is((struct mf_module){MF_LIT("golang.org/toolchain/v2"), MF_LIT("v2.0.0")}));
}

static void test_languages(void **state)
{
    static const struct {
        const char *go;
        bool want;
    } rows[] = {{"1.21", true},     {"1.30", true}, {"1.20", false}, {"1.21.0", false},
                {"1.21rc2", false}, {"1", false},   {"", false},     {"x", false}};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(rows); i++)
        if (mf_toolchain_is_lang(mf_str(rows[i].go)) != rows[i].want)
            fail_msg("%s", rows[i].go);
}

/* As filepath.Match has go_?*_?*_exec. */
static void test_files(void **state)
{
    static const char *const programs[] = {"bin/go",
                                           "bin/linux_arm/gofmt",
                                           "pkg/tool/linux_amd64/compile",
                                           "lib/wasm/go_js_wasm_exec",
                                           "lib/go_a_b_exec",
                                           "lib/go__a_b_exec",
                                           "lib/go___b_exec",
                                           "lib/go_a_b_c_exec"};
    static const char *const others[] = {"bin",
                                         "go/bin/go",
                                         "pkg/include/textflag.h",
                                         "pkg/tools/x",
                                         "lib/time/zoneinfo.zip",
                                         "lib/go_a_exec",
                                         "lib/go__exec",
                                         "lib/go_exec",
                                         "lib/go_a__exec",
                                         "misc/wasm/go_js_wasm_exec",
                                         "lib/go_a_b_exe",
                                         "lib/go____exec",
                                         "lib/xgo_js_wasm_exec"};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(programs); i++)
        if (!mf_toolchain_is_program(mf_str(programs[i])))
            fail_msg("%s", programs[i]);
    for (size_t i = 0; i < MF_COUNT(others); i++)
        if (mf_toolchain_is_program(mf_str(others[i])))
            fail_msg("%s", others[i]);
    assert_true(mf_toolchain_is_gomod(MF_LIT("_go.mod")));
    assert_true(mf_toolchain_is_gomod(MF_LIT("src/cmd/_go.mod")));
    assert_false(mf_toolchain_is_gomod(MF_LIT("src/x_go.mod")));
    assert_false(mf_toolchain_is_gomod(MF_LIT("src/_go.mod/x")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_modules),
        cmocka_unit_test(test_languages),
        cmocka_unit_test(test_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

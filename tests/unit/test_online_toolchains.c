/* What --toolchain stands for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "bundle/toolchains.h"

enum { LIST_MAX = 8 };

static size_t split(const char *text, struct mf_str out[LIST_MAX])
{
    size_t n = 0;
    for (struct mf_str rest = mf_str(text); rest.n && n < LIST_MAX;)
        out[n++] = mf_str_cut(rest, ' ', &rest);
    return n;
}

static void join(struct mf_str s, struct mf_buf *out)
{
    if (out->n)
        mf_buf_byte(out, ' ');
    mf_buf_str(out, s);
}

static void test_expand(void **state)
{
    static const struct {
        const char *typed, *platforms, *names, *modules;
    } rows[] = {
        {"", "", "", ""},
        {"go1.22.3", "", "go1.22.3.linux-amd64", "go1.22.3.linux-amd64"},
        {"go1.22.3", "darwin/arm64 windows/amd64", "go1.22.3.darwin-arm64 go1.22.3.windows-amd64",
         "go1.22.3.darwin-arm64 go1.22.3.windows-amd64 go1.22.3.linux-amd64"},
        {"go1.22.3.windows-arm64", "linux/386", "go1.22.3.windows-arm64",
         "go1.22.3.windows-arm64 go1.22.3.linux-amd64"},
        {"go1.23.0 go1.22.3.linux-amd64 go1.22.3", "", "go1.22.3.linux-amd64 go1.23.0.linux-amd64",
         "go1.22.3.linux-amd64 go1.23.0.linux-amd64"},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(rows); i++) {
        MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
        MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_KIB);
        struct mf_str typed[LIST_MAX], platforms[LIST_MAX];
        const struct mf_str *names;
        struct mf_module *modules;
        size_t count, module_count;
        struct mf_err err = {0};
        size_t n = split(rows[i].typed, typed), p = split(rows[i].platforms, platforms);
        assert_int_equal(mf_toolchains_expand(typed, n, platforms, p, &arena, &names, &count, &err), 0);
        for (size_t k = 0; k < count; k++)
            join(names[k], &text);
        assert_string_equal(mf_buf_cstr(&text), rows[i].names);
        assert_int_equal(mf_toolchains_modules(names, count, &arena, &modules, &module_count, &err), 0);
        mf_buf_clear(&text);
        for (size_t k = 0; k < module_count; k++) {
            assert_true(mf_toolchain_is(modules[k]));
            assert_true(mf_str_starts(modules[k].version, MF_LIT("v0.0.1-")));
            join(mf_str_from(modules[k].version, strlen("v0.0.1-")), &text);
        }
        assert_string_equal(mf_buf_cstr(&text), rows[i].modules);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *typed, *platforms, *text;
    } rows[] = {
        {"go1.22", "", "go1.22: this is a language version"},
        {"1.22.3", "", "1.22.3: not the name of a Go release"},
        {"go1.22.3.linux-amd46", "", "there is no platform linux-amd46"},
        {"go1.22.3", "linux", "there is no platform linux-"},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(rows); i++) {
        MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
        struct mf_str typed[LIST_MAX], platforms[LIST_MAX];
        const struct mf_str *names;
        size_t count, n = split(rows[i].typed, typed), p = split(rows[i].platforms, platforms);
        struct mf_err err = {0};
        assert_int_equal(mf_toolchains_expand(typed, n, platforms, p, &arena, &names, &count, &err), -1);
        assert_int_equal(err.code, MF_E_USAGE);
        if (!strstr(err.text, rows[i].text))
            fail_msg("%s", err.text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_expand), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/base/buf.h"
#include "formats/buildtags.h"

static const struct mf_str extra[] = {{"netgo", 5}, {"goexperiment.arenas", 19}};
static const struct mf_buildtags_target linux_cgo = {
    .goos = {"linux", 5}, .goarch = {"amd64", 5}, .cgo = true, .release = 21, .tags = extra, .tag_count = 2};
static const struct mf_buildtags_target windows = {.goos = {"windows", 7}, .goarch = {"arm64", 5}, .release = 26};
static const struct mf_buildtags_target android = {.goos = {"android", 7}, .goarch = {"arm", 3}, .release = 26};
static const struct mf_buildtags_target any = {.any = true};

static bool match(const struct mf_buildtags_target *target, const char *text)
{
    bool result;
    struct mf_err err;
    assert_int_equal(mf_buildtags_match_text(target, mf_str(text), &result, &err), 0);
    return result;
}

static void test_match(void **state)
{
    static const struct {
        const char *text;
        bool on_linux, on_windows, on_android, on_any;
    } cases[] = {
        {"", true, true, true, true},
        {"//go:build linux", true, false, true, true},
        {"//go:build android", false, false, true, true},
        {"//go:build unix", true, false, true, true},
        {"//go:build !windows", true, false, true, true},
        {"//go:build windows && !windows", false, false, false, true},
        {"//go:build cgo && gc && netgo", true, false, false, true},
        {"//go:build goexperiment.arenas", true, false, false, true},
        {"//go:build go1.21", true, true, true, true},
        {"//go:build go1.22", false, true, true, true},
        {"//go:build go1.1 && !go1.0 && !go1.01 && !go1.x && !go1. && !go1.99999999999", true, true, true, true},
        {"//go:build amd64.v1 || arm64.v8.0", true, true, false, true},
        {"//go:build arm.5 && arm.6 && arm.7", false, false, true, true},
        {"//go:build amd64.v2", false, false, false, true},
        {"//go:build ignore", false, false, false, false},
        {"//go:build !ignore", true, true, true, true},
        {"//go:build ignore || linux", true, false, true, true},
        {"//go:build !(ignore && linux)", true, true, true, true},
        {"//go:build !(linux || windows)", false, false, false, true},
        {"//go:build !(linux && !linux)", true, true, true, true},
        {"//go:build !(ignore || !(ignore))", false, false, false, false},
        {"//go:build (linux", false, false, false, false},
        {"//go:build", false, false, false, false},
        {"//go:build linux windows", false, false, false, false},
        {"//go:build !!linux", false, false, false, false},
        {"//go:build linux & cgo", false, false, false, false},
        {"//go:build linux &&", false, false, false, false},
        {"//go:build a-b", false, false, false, false},
        {"//go:build\tlinux&&cgo", true, false, false, true},
        {"// +build linux windows", true, true, true, true},
        {"// +build linux,cgo windows,!cgo", true, true, false, true},
        {"//+build linux\n// +build cgo", true, false, false, true},
        {"// +build", false, false, false, false},
        {"// +build !ignore", true, true, true, true},
        {"// +build !", false, false, false, false},
        {"// +build !!linux linux", true, false, true, true},
        {"// +build a-b !a-b", true, true, true, true},
        {"// +build ,linux", false, false, false, false},
        {"// +build windows,!windows", false, false, false, true},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        if (match(&linux_cgo, cases[i].text) != cases[i].on_linux)
            fail_msg("linux: %s", cases[i].text);
        if (match(&windows, cases[i].text) != cases[i].on_windows)
            fail_msg("windows: %s", cases[i].text);
        if (match(&android, cases[i].text) != cases[i].on_android)
            fail_msg("android: %s", cases[i].text);
        if (match(&any, cases[i].text) != cases[i].on_any)
            fail_msg("any: %s", cases[i].text);
    }
}

static void test_names(void **state)
{
    static const struct {
        const char *name;
        bool on_linux, on_windows, on_android;
    } cases[] = {
        {"a.go", true, true, true},
        {"linux.go", true, true, true},
        {"windows_test.go", true, true, true},
        {"a_linux.go", true, false, true},
        {"a_linux_test.go", true, false, true},
        {"a_windows_arm64.go", false, true, false},
        {"a_linux_arm.go", false, false, true},
        {"a_linux_amd64_test.go", true, false, false},
        {"a_amd64_linux.go", true, false, true},
        {"a_linux_x.go", true, true, true},
        {"a_android.go", false, false, true},
        {"_linux.go", true, false, true},
        {"_test.go", true, true, true},
        {"test.go", true, true, true},
        {"a_unix.go", true, true, true},
        {"a_linux.x.go", true, false, true},
        {"a.b_linux.go", true, true, true},
        {"a__linux.go", true, false, true},
        {"a_linux_.go", true, true, true},
        {"a_plan9.go", false, false, false},
        {"linux_amd64.go", true, false, false},
        {"a_LINUX.go", true, true, true},
        {"a_linux_test_test.go", true, true, true},
        {"", true, true, true},
        {"_", true, true, true},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_str name = mf_str(cases[i].name);
        if (mf_buildtags_match_name(&linux_cgo, name) != cases[i].on_linux)
            fail_msg("linux: %s", cases[i].name);
        if (mf_buildtags_match_name(&windows, name) != cases[i].on_windows)
            fail_msg("windows: %s", cases[i].name);
        if (mf_buildtags_match_name(&android, name) != cases[i].on_android)
            fail_msg("android: %s", cases[i].name);
        assert_true(mf_buildtags_match_name(&any, name));
    }
}

static void test_aliases(void **state)
{
    static const struct {
        const char *goos, *tag;
        bool holds;
    } cases[] = {
        {"android", "linux", true},    {"linux", "android", false},  {"illumos", "solaris", true},
        {"solaris", "illumos", false}, {"ios", "darwin", true},      {"darwin", "ios", false},
        {"ios", "unix", true},         {"hurd", "unix", true},       {"plan9", "unix", false},
        {"js", "unix", false},         {"wasip1", "unix", false},    {"zos", "unix", false},
        {"nowhere", "unix", false},    {"nowhere", "nowhere", true},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_buildtags_target t = {.goos = mf_str(cases[i].goos), .goarch = MF_LIT("wasm")};
        if (mf_buildtags_holds(&t, mf_str(cases[i].tag)) != cases[i].holds)
            fail_msg("%s on %s", cases[i].tag, cases[i].goos);
        assert_true(mf_buildtags_holds(&t, MF_LIT("wasm.signext")));
        assert_false(mf_buildtags_holds(&t, MF_LIT("go1.1")));
    }
    assert_true(mf_buildtags_known_os(MF_LIT("nacl")));
    assert_true(mf_buildtags_known_arch(MF_LIT("sparc64")));
    assert_false(mf_buildtags_known_os(MF_LIT("unix")));
    assert_false(mf_buildtags_known_arch(MF_LIT("")));
}

static void check_fault(const char *line, const char *expected)
{
    struct mf_err err;
    const char *fault = NULL;
    const struct mf_buildtags_expr *x = NULL;
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(64 * MF_MIB);
    assert_int_equal(mf_buildtags_parse(mf_str(line), &arena, &x, &fault, &err), 0);
    assert_null(x);
    assert_string_equal(fault, expected);
}

static void test_faults(void **state)
{
    (void)state;
    check_fault("//go:build (linux", "missing close paren");
    check_fault("//go:build (", "missing close paren");
    check_fault("//go:build linux)", "unexpected token");
    check_fault("//go:build && linux", "unexpected token");
    check_fault("//go:build !", "unexpected end of expression");
    check_fault("//go:build linux | cgo", "invalid syntax");
    check_fault("//go:build \xFF", "invalid syntax");
    check_fault("//go:build !!x", "double negation not allowed");
    check_fault("// build x", "not a build constraint");
    check_fault("//go:builder x", "not a build constraint");
    check_fault("", "not a build constraint");
}

static void repeat(struct mf_buf *b, const char *head, const char *piece, size_t count, const char *tail)
{
    mf_buf_clear(b);
    mf_buf_str(b, mf_str(head));
    for (size_t i = 0; i < count; i++)
        mf_buf_str(b, mf_str(piece));
    mf_buf_str(b, mf_str(tail));
    assert_non_null(mf_buf_cstr(b));
}

/* go's limits, on both sides of them */
static void test_limits(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_MIB);
    (void)state;
    repeat(&b, "//go:build ", "a||", 998, "linux");
    assert_true(match(&linux_cgo, b.p));
    repeat(&b, "//go:build ", "a||", 999, "linux");
    assert_true(match(&linux_cgo, b.p));
    repeat(&b, "//go:build ", "a||", 1000, "linux");
    check_fault(b.p, "build expression too large");
    repeat(&b, "//go:build ", "(", 999, "linux");
    for (size_t i = 0; i < 999; i++)
        mf_buf_byte(&b, ')');
    assert_true(match(&linux_cgo, mf_buf_cstr(&b)));
    repeat(&b, "//go:build ", "!(", 100000, "linux");
    check_fault(b.p, "build expression too large");
    repeat(&b, "// +build ", "a ", 100, "linux");
    assert_true(match(&linux_cgo, b.p));
    repeat(&b, "// +build ", "a,", 101, "linux");
    check_fault(b.p, "expression too complex for // +build lines");
    /* a +build line that does not parse counts as absent */
    assert_true(match(&windows, b.p));
}

static bool holds(void *ctx, struct mf_str tag)
{
    unsigned *calls = ctx;
    (*calls)++;
    return mf_str_eq(tag, MF_LIT("yes"));
}

static void test_callback(void **state)
{
    struct mf_err err;
    unsigned calls = 0;
    const struct mf_buildtags_expr *x;
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    (void)state;
    assert_int_equal(mf_buildtags_parse(MF_LIT("//go:build !no && (no || yes)"), &arena, &x, NULL, &err), 0);
    assert_true(mf_buildtags_eval(x, holds, &calls));
    assert_int_equal(calls, 3);
    assert_int_equal(x->op, MF_BUILDTAGS_AND);
    assert_int_equal(x->x->op, MF_BUILDTAGS_NOT);
    assert_int_equal(x->y->op, MF_BUILDTAGS_OR);
    mf_arena_release(&arena);
    arena.max = 16;
    assert_int_equal(mf_buildtags_parse(MF_LIT("//go:build a && b"), &arena, &x, NULL, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_match),  cmocka_unit_test(test_names),  cmocka_unit_test(test_aliases),
        cmocka_unit_test(test_faults), cmocka_unit_test(test_limits), cmocka_unit_test(test_callback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

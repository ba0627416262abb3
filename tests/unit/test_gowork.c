#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/gowork.h"

static struct mf_arena arena;

static int teardown(void **state)
{
    (void)state;
    mf_arena_release(&arena);
    return 0;
}

static int setup(void **state)
{
    (void)state;
    arena = MF_ARENA_INIT(64 * MF_MIB);
    return 0;
}

static void assert_str(struct mf_str got, const char *want)
{
    if (!mf_str_eq(got, mf_str(want)))
        fail_msg("\"%.*s\", should be \"%s\"", MF_FMT(got), want);
}

static struct mf_gowork parse_ok(const char *text)
{
    struct mf_gowork w;
    struct mf_err err;
    if (mf_gowork_parse(&w, mf_str(text), "go.work", &arena, &err) < 0)
        fail_msg("%s", err.text);
    return w;
}

static void test_all_directives(void **state)
{
    (void)state;
    struct mf_gowork w = parse_ok("// a workspace\n"
                                  "go 1.21.3\n"
                                  "toolchain go1.22.0\n"
                                  "use ./a // example.com/a\n"
                                  "use (\n"
                                  "\t../b\n"
                                  "\t\"with space\"\n"
                                  ")\n"
                                  "replace example.com/c => ./c\n"
                                  "replace example.com/d v1.0.0 => example.com/e v1\n"
                                  "godebug (\n"
                                  "\tdefault=go1.21\n"
                                  ")\n");
    assert_str(w.go, "1.21.3");
    assert_str(w.toolchain, "go1.22.0");
    assert_int_equal(w.use_count, 3);
    assert_str(w.uses[0].path, "./a");
    assert_int_equal(w.uses[0].line, 4);
    assert_str(w.uses[1].path, "../b");
    assert_str(w.uses[2].path, "with space");
    assert_int_equal(w.uses[2].line, 7);
    assert_int_equal(w.replace_count, 2);
    assert_str(w.replaces[0].from.path, "example.com/c");
    assert_str(w.replaces[0].to.path, "./c");
    assert_int_equal(w.replaces[0].line, 9);
    assert_str(w.replaces[1].from.version, "v1.0.0");
    assert_str(w.replaces[1].to.version, "v1.0.0");
    assert_int_equal(w.godebug_count, 1);
    assert_str(w.godebugs[0], "default=go1.21");
}

static void test_nothing_is_needed(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "\n", "// only a comment\n", "use ()\n"};
    for (size_t i = 0; i < MF_COUNT(texts); i++) {
        struct mf_gowork w = parse_ok(texts[i]);
        assert_int_equal(w.go.n, 0);
        assert_int_equal(w.use_count, 0);
    }
}

static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"go 1.21\ngo 1.22\n", "go.work:2:1: repeated go statement"},
        {"go v1.21\n", "go.work:1:1: invalid go version 'v1.21': must match format 1.23.0"},
        {"go 1.12+auto\n", "go.work:1:1: invalid go version '1.12+auto': must match format 1.23.0"},
        {"go 1.21 x\n", "go.work:1:1: go directive expects exactly one argument"},
        {"go (\n\t1.21\n)\n", "go.work:1:1: unknown block type: go"},
        {"toolchain go1.22\ntoolchain go1.22\n", "go.work:2:1: repeated toolchain statement"},
        {"toolchain 1.22\n", "go.work:1:1: invalid toolchain version '1.22': must match format go1.23.0 or default"},
        {"use\n", "go.work:1:1: usage: use local/dir"},
        {"use (\n\ta b\n)\n", "go.work:2:2: usage: use local/dir"},
        {"use `a`\n", "go.work:1:1: invalid quoted string: unquoted string cannot contain quote"},
        {"use a (\n\tb\n)\n", "go.work:1:1: unknown block type: use a"},
        {"module example.com/m\n", "go.work:1:1: unknown directive: module"},
        {"require (\n\texample.com/a v1.0.0\n)\n", "go.work:1:1: unknown block type: require"},
        {"replace a.b/c => d\n", "go.work:1:1: replacement module without version must be directory path (rooted or "
                                 "starting with . or ..)"},
        {"godebug a\n", "go.work:1:1: usage: godebug key=value"},
        {"use (\n\ta\n", "go.work:3:1: syntax error (unterminated block started at go.work:1:1)"},
        {"/* x */", "go.work:1:1: mod files must use // comments (not /* */ comments)"},
    };
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_gowork w;
        struct mf_err err = {.code = MF_OK};
        assert_int_equal(mf_gowork_parse(&w, mf_str(cases[i].text), "go.work", &arena, &err), -1);
        assert_int_equal(err.code, MF_E_GOMOD);
        assert_string_equal(err.text, cases[i].message);
    }
}

static void test_limits(void **state)
{
    (void)state;
    struct mf_gowork w;
    struct mf_err err = {.code = MF_OK};
    struct mf_str big = {"", MF_GOMOD_MAX + 1};
    assert_int_equal(mf_gowork_parse(&w, big, "go.work", &arena, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    struct mf_arena small = MF_ARENA_INIT(16);
    assert_int_equal(mf_gowork_parse(&w, MF_LIT("use ./a\nuse ./b\nuse ./c\n"), "go.work", &small, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    mf_arena_release(&small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_directives),
        cmocka_unit_test(test_nothing_is_needed),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

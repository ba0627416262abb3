#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/gomod.h"
#include "formats/gotext.h"

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

static struct mf_gomod parse_ok(const char *text, enum mf_gomod_mode mode)
{
    struct mf_gomod g;
    struct mf_err err;
    if (mf_gomod_parse(&g, mf_str(text), mode, "go.mod", &arena, &err) < 0)
        fail_msg("%s", err.text);
    return g;
}

static const char full[] = "// Deprecated: use example.com/n.\n"
                           "module example.com/m\n"
                           "go 1.21.3\n"
                           "toolchain go1.22.0\n"
                           "require (\n"
                           "\texample.com/a v1.2.3\n"
                           "\texample.com/b/v2 v2.0.0-pre // indirect\n"
                           "\texample.com/c v3.0.0+incompatible // indirect; for x\n"
                           ")\n"
                           "require \"example.com/d\" v0.0.0-20060102150405-abcdefabcdef // indirect for x\n"
                           "exclude example.com/a v1.2.2\n"
                           "replace example.com/a => ../a\n"
                           "replace example.com/b/v2 v2.0.0-pre => example.com/e/v2 v2.1.0\n"
                           "// Broken.\n"
                           "retract v1.0.0\n"
                           "retract [v1.1.0, v1.2.0]\n"
                           "tool example.com/m/cmd/x\n"
                           "ignore ./node_modules\n"
                           "godebug panicnil=1\n";

static void test_main(void **state)
{
    (void)state;
    struct mf_gomod g = parse_ok(full, MF_GOMOD_MAIN);
    assert_str(g.module, "example.com/m");
    assert_str(g.deprecated, "use example.com/n.");
    assert_str(g.go, "1.21.3");
    assert_str(g.toolchain, "go1.22.0");
    assert_int_equal(g.require_count, 4);
    assert_str(g.requires[1].module.path, "example.com/b/v2");
    assert_str(g.requires[1].module.version, "v2.0.0-pre");
    assert_false(g.requires[0].indirect);
    assert_true(g.requires[1].indirect && g.requires[2].indirect);
    assert_false(g.requires[3].indirect);
    assert_int_equal(g.requires[2].line, 8);
    assert_str(g.requires[3].module.path, "example.com/d");
    assert_int_equal(g.exclude_count, 1);
    assert_str(g.excludes[0].version, "v1.2.2");
    assert_int_equal(g.replace_count, 2);
    assert_str(g.replaces[0].from.version, "");
    assert_str(g.replaces[0].to.path, "../a");
    assert_str(g.replaces[1].from.version, "v2.0.0-pre");
    assert_str(g.replaces[1].to.version, "v2.1.0");
    assert_int_equal(g.replaces[1].line, 13);
    assert_int_equal(g.retract_count, 2);
    assert_str(g.retracts[0].rationale, "Broken.");
    assert_str(g.retracts[0].high, "v1.0.0");
    assert_str(g.retracts[1].low, "v1.1.0");
    assert_str(g.retracts[1].high, "v1.2.0");
    assert_int_equal(g.tool_count, 1);
    assert_str(g.tools[0], "example.com/m/cmd/x");
    assert_int_equal(g.ignore_count, 1);
    assert_str(g.ignores[0], "./node_modules");
    assert_int_equal(g.godebug_count, 1);
    assert_str(g.godebugs[0], "panicnil=1");
}

static void test_dep(void **state)
{
    (void)state;
    struct mf_gomod g = parse_ok(full, MF_GOMOD_DEP);
    assert_int_equal(g.require_count, 4);
    assert_int_equal(g.retract_count, 2);
    assert_int_equal(g.ignore_count, 1);
    assert_int_equal(g.exclude_count + g.replace_count + g.tool_count + g.godebug_count + g.toolchain.n, 0);

    g = parse_ok("go 1.12+auto\nreplace broken\nnew thing (\nx\n)\ngo (\n9\n)\nretract >v1\n"
                 "retract [v1, v2] x\n",
                 MF_GOMOD_DEP);
    assert_str(g.go, "1.12");
    assert_str(g.module, "");
    assert_int_equal(g.retract_count, 2);
    assert_str(g.retracts[0].low, ">v1");
    assert_str(g.retracts[1].high, "v2");
}

static void test_dep_versions(void **state)
{
    (void)state;
    struct mf_gomod g = parse_ok("require (\nx.y/a v1\nx.y/b v1.2\nx.y/c v1.2.3+meta\nx.y/d v9.0.0+incompatible\n)\n"
                                 "retract [v1.0.0 v2.0.0]\n",
                                 MF_GOMOD_DEP);
    assert_str(g.requires[0].module.version, "v1.0.0");
    assert_str(g.requires[1].module.version, "v1.2.0");
    assert_str(g.requires[2].module.version, "v1.2.3");
    assert_str(g.requires[3].module.version, "v9.0.0+incompatible");
    assert_int_equal(g.retract_count, 0);
}

static const struct {
    const char *text, *message;
    bool in_deps; /* an error there as well */
} broken[] = {
    {"module a /* x */", "go.mod:1:10: mod files must use // comments (not /* */ comments)", true},
    {"module \"a\n", "go.mod:1:10: unexpected newline in string", true},
    {"\nmodule \"a", "go.mod:2:8: unexpected EOF in string", true},
    {"module a\n\xef\xbb\xbfgo 1.21", "go.mod:2:1: unexpected input character '\\ufeff'", true},
    {"\xc3\xa4 \f", "go.mod:1:3: unexpected input character '\\f'", true},
    {"require (\n\tx.y/a v1.0.0\n", "go.mod:3:1: syntax error (unterminated block started at go.mod:1:1)", true},
    {"require (\n) x\n", "go.mod:2:4: syntax error (expected newline after closing paren)", true},
    {"module a\nmodule b", "go.mod:2:1: repeated module statement", true},
    {"module 'a'", "go.mod:1:1: invalid quoted string: unquoted string cannot contain quote", true},
    {"module \"\\q\"", "go.mod:1:1: invalid quoted string: invalid syntax", true},
    {"go v1.12", "go.mod:1:1: invalid go version 'v1.12': must match format 1.23.0", true},
    {"go 1.21 1.22", "go.mod:1:1: go directive expects exactly one argument", true},
    {"go 1.12+auto", "go.mod:1:1: invalid go version '1.12+auto': must match format 1.23.0", false},
    {"go (\n1.21\n)", "go.mod:1:1: unknown block type: go", false},
    {"magic", "go.mod:1:1: unknown directive: magic", false},
    {"toolchain 1.21", "go.mod:1:1: invalid toolchain version '1.21': must match format go1.23.0 or default", false},
    {"require (\n\tx.y/a\n)", "go.mod:2:2: usage: require module/path v1.2.3", true},
    {"require x.y/a/v2 v1.0.0", "go.mod:1:1: require x.y/a/v2: version \"v1.0.0\" invalid: should be v2, not v1", true},
    {"exclude x.y/a v2.0.0", "go.mod:1:1: exclude x.y/a: version \"v2.0.0\" invalid: should be v0 or v1, not v2",
     false},
    {"replace x.y/a => x.y/b",
     "go.mod:1:1: replacement module without version must be directory path (rooted or starting with . or ..)", false},
    {"replace x.y/a => ../b v1.0.0", "go.mod:1:1: replacement module directory path \"../b\" cannot have version",
     false},
    {"module a\nretract [v1.0.0", "go.mod:2:1: expected ',' after version", false},
    {"retract v1.0.0", "go.mod:1:1: no module directive found, so retract cannot be used", false},
    {"godebug a", "go.mod:1:1: usage: godebug key=value", false},
    {"require x.y/a v1", "go.mod:1:1: require x.y/a: version \"v1\" is not an exact version such as v1.2.3", false},
};

static void test_broken(void **state)
{
    (void)state;
    for (size_t i = 0; i < MF_COUNT(broken); i++) {
        struct mf_gomod g;
        struct mf_err err = {.code = MF_OK};
        struct mf_str text = mf_str(broken[i].text);
        assert_int_equal(mf_gomod_parse(&g, text, MF_GOMOD_MAIN, "go.mod", &arena, &err), -1);
        assert_string_equal(err.text, broken[i].message);
        assert_int_equal(err.code, MF_E_GOMOD);
        int want = broken[i].in_deps ? -1 : 0;
        if (mf_gomod_parse(&g, text, MF_GOMOD_DEP, "go.mod", &arena, &err) != want)
            fail_msg("as a dependency: %s", broken[i].text);
    }
}

static void test_dep_master(void **state)
{
    (void)state;
    struct mf_gomod g;
    struct mf_err err;
    assert_int_equal(mf_gomod_parse(&g, MF_LIT("require x.y/a master"), MF_GOMOD_DEP, "f", &arena, &err), -1);
    assert_string_equal(err.text, "f:1:1: require x.y/a: version \"master\" invalid: must be of the form v1.2.3");
    assert_int_equal(mf_gomod_parse(&g, MF_LIT("require x.y/a master"), MF_GOMOD_MAIN, "f", &arena, &err), -1);
    assert_non_null(strstr(mf_err_advice(&err), "go mod tidy"));
}

/* Every prefix of a file parses or is refused, without reading past its end. */
static void test_truncated(void **state)
{
    (void)state;
    for (size_t n = 0; n < sizeof(full); n++) {
        struct mf_gomod g;
        struct mf_err err;
        char *copy = test_malloc(n + 1);
        memcpy(copy, full, n);
        MF_CLEANUP(mf_arena_release) struct mf_arena own = MF_ARENA_INIT(MF_MIB);
        int status = mf_gomod_parse(&g, (struct mf_str){copy, n}, MF_GOMOD_MAIN, "go.mod", &own, &err);
        assert_true(status == 0 || err.code == MF_E_GOMOD);
        test_free(copy);
    }
}

static void test_limits(void **state)
{
    (void)state;
    struct mf_gomod g;
    struct mf_err err;
    size_t n = MF_GOMOD_MAX + 1;
    char *big = test_malloc(n);
    memset(big, 'a', n);
    assert_int_equal(mf_gomod_parse(&g, (struct mf_str){big, n}, MF_GOMOD_DEP, "f", &arena, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    /* One word as long as the limit: the message is cut, not the reason. */
    assert_int_equal(mf_gomod_parse(&g, (struct mf_str){big, n - 1}, MF_GOMOD_MAIN, "f", &arena, &err), -1);
    assert_int_equal(err.code, MF_E_GOMOD);
    /* Nothing but one-letter words. */
    for (size_t i = 0; i < MF_MIB; i++)
        big[i] = i % 2 ? ' ' : 'a';
    assert_int_equal(mf_gomod_parse(&g, (struct mf_str){big, MF_MIB}, MF_GOMOD_DEP, "f", &arena, &err), 0);
    test_free(big);
    struct mf_arena small = MF_ARENA_INIT(8);
    assert_int_equal(mf_gomod_parse(&g, MF_LIT("module example.com/m"), MF_GOMOD_DEP, "f", &small, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    mf_arena_release(&small);
}

/* A comment behind a string with an escaped line feed goes, as in go, to the
 * statement before it. */
static void test_stray_comment(void **state)
{
    (void)state;
    struct mf_gomod g = parse_ok("require x.y/a v1.0.0\nfoo \"x\\\ny\" // indirect\n", MF_GOMOD_DEP);
    assert_true(g.requires[0].indirect);
    g = parse_ok("require x.y/a v1.0.0\n// x\n\nfoo \"x\\\ny\" // indirect\n", MF_GOMOD_DEP);
    assert_false(g.requires[0].indirect);
}

static void test_block_comments(void **state)
{
    (void)state;
    struct mf_gomod g = parse_ok("module a.b/c\n// of the block\nretract (\n\tv1.0.0\n\n\tv1.1.0\n\t// own\n"
                                 "\tv1.2.0 // more\n) // no\n",
                                 MF_GOMOD_MAIN);
    assert_str(g.retracts[0].rationale, "of the block");
    assert_str(g.retracts[1].rationale, "");
    assert_str(g.retracts[2].rationale, "own\nmore");
}

static void test_synthetic(void **state)
{
    (void)state;
    static const struct {
        const char *path, *text;
    } cases[] = {
        {"example.com/a", "module example.com/a\n"},
        {"", "module \"\"\n"},
        {"a b", "module \"a b\"\n"},
        {"a//b", "module \"a//b\"\n"},
        {"a,b", "module \"a,b\"\n"},
        {"a\"b\\", "module \"a\\\"b\\\\\"\n"},
        {"a\n\x01", "module \"a\\n\\x01\"\n"},
        {"a'", "module \"a'\"\n"},
    };
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_err err;
        MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(1000);
        assert_int_equal(mf_gomod_synthetic(mf_str(cases[i].path), &b, &err), 0);
        assert_string_equal(mf_buf_cstr(&b), cases[i].text);
        struct mf_gomod g = parse_ok(mf_buf_cstr(&b), MF_GOMOD_DEP);
        assert_str(g.module, cases[i].path);
    }
}

static void test_text(void **state)
{
    (void)state;
    assert_str(mf_gotext_trim(MF_LIT("\xc2\xa0 x\xe3\x80\x80y \xe2\x80\x83\t")), "x\xe3\x80\x80y");
    assert_str(mf_gotext_trim(MF_LIT(" \xff ")), "\xff");
    assert_str(mf_gotext_trim(MF_LIT(" \t\n")), "");
    struct mf_str rest = MF_LIT(" a\xc2\x85"
                                "bc \v");
    assert_str(mf_gotext_field(&rest), "a");
    assert_str(mf_gotext_field(&rest), "bc");
    assert_str(mf_gotext_field(&rest), "");
    static const char *const bad[] = {
        "\"",        "\"a",       "a\"",         "\"\"\"",          "\"\n\"",  "\"\\\"", "\"\\400\"",
        "\"\\xg0\"", "\"\\u12\"", "\"\\ud800\"", "\"\\U00110000\"", "\"\\'\"", ""};
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(1000);
    for (size_t i = 0; i < MF_COUNT(bad); i++) {
        assert_false(mf_gotext_unquote(mf_str(bad[i]), &b));
        assert_int_equal(b.n, 0);
    }
    assert_true(mf_gotext_unquote(MF_LIT("\"\\a\\101\\x42\\u00e4\\U0001F600\\\\\\\"\xff\""), &b));
    assert_string_equal(mf_buf_cstr(&b), "\aAB\xc3\xa4\xf0\x9f\x98\x80\\\"\xef\xbf\xbd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_main),      cmocka_unit_test(test_dep),           cmocka_unit_test(test_dep_versions),
        cmocka_unit_test(test_broken),    cmocka_unit_test(test_dep_master),    cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_limits),    cmocka_unit_test(test_stray_comment), cmocka_unit_test(test_block_comments),
        cmocka_unit_test(test_synthetic), cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/base/buf.h"
#include "formats/goimports.h"

/* package | imports | constraint | embeds | fault, each as the cases spell it */
static void render(const struct mf_goimports *f, struct mf_buf *out)
{
    static const char *const faults[] = {"", "syntax ", "nul ", "constraints "};
    mf_buf_clear(out);
    mf_buf_str(out, f->package);
    mf_buf_str(out, MF_LIT(" |"));
    for (size_t i = 0; i < f->import_count; i++)
        mf_buf_fmt(out, " %.*s", MF_FMT(f->imports[i].text));
    mf_buf_fmt(out, "%s | %.*s |", f->cgo ? " cgo" : "", MF_FMT(f->constraint));
    for (size_t i = 0; i < f->embed_count; i++)
        mf_buf_fmt(out, " %.*s@%zu", MF_FMT(f->embeds[i].text), f->embeds[i].at);
    mf_buf_fmt(out, " | %s%.*s", faults[f->fault], MF_FMT(f->fault_text));
}

static void check(struct mf_str text, const char *expected)
{
    struct mf_err err;
    struct mf_goimports f;
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf got = MF_BUF_INIT(MF_MIB);
    /* a copy of its own, so that reading past its end is noticed */
    char *copy = malloc(text.n ? text.n : 1);
    assert_non_null(copy);
    memcpy(copy, text.p, text.n);
    assert_int_equal(mf_goimports_parse((struct mf_str){copy, text.n}, &arena, &f, &err), 0);
    render(&f, &got);
    if (!mf_str_eq(mf_buf_view(&got), mf_str(expected)))
        fail_msg("%.*s\ngives   \"%.*s\"\ninstead \"%s\"", MF_FMT(mf_str_head(text, 200)), MF_FMT(mf_buf_view(&got)),
                 expected);
    free(copy);
}

static void test_imports(void **state)
{
    static const struct {
        struct mf_str text;
        const char *expected;
    } cases[] = {
        {MF_LIT("package a"), "a | |  | | "},
        {MF_LIT("package a;import \"b\";import(c \"d\";. `e`\n_ \"f/g\")"), "a | b d e f/g |  | | "},
        {MF_LIT("// x\n/* y\n*/ package /* z */ a // b\nimport /* c */ (\n// \"no\"\n\"d\" // e\n)\nvar x = `"),
         "a | d |  | | "},
        {MF_LIT("package a\nimport \"C\"\nimport \"b\"\nfunc f() { import \"no\" }"), "a | C b cgo |  | | "},
        {MF_LIT("package a\r\nimport (\r\n\t\"b\"\r\n)\r\nfunc"), "a | b |  | | "},
        {MF_LIT("\xEF\xBB\xBFpackage a\nimport \"b\""), "a | b |  | | "},
        {MF_LIT("package a\nimport \"\\x62\\u0063\\144\"\nimport `e\rf`"), "a | bcd ef |  | | "},
        {MF_LIT("package \xCF\x80\nimport \xCF\x80 \"b/\xC3\xA9\""), "\xCF\x80 | b/\xC3\xA9 |  | | "},
        {MF_LIT("package a\nimport \"b\" func f()"), "a | b |  | | "},
        {MF_LIT("package a\nimport ()\nimport\n\"b\"\n"), "a | b |  | | "},
        {MF_LIT("package a\nif true"), "a | |  | | "},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++)
        check(cases[i].text, cases[i].expected);
}

static void test_constraints(void **state)
{
    static const struct {
        struct mf_str text;
        const char *expected;
    } cases[] = {
        {MF_LIT("//go:build linux\npackage a"), "a | | //go:build linux | | "},
        {MF_LIT("// x\n\n/* y */\n//go:build a && b \t\r\n// +build c\n\npackage a"), "a | | //go:build a && b | | "},
        {MF_LIT("//go:build\n\npackage a"), "a | | //go:build | | "},
        {MF_LIT("//go:builder x\npackage a"), "a | |  | | "},
        {MF_LIT("/*\n//go:build no\n*/\n//go:build yes\npackage a"), "a | | //go:build yes | | "},
        {MF_LIT("package a\n//go:build late\n"), "a | |  | | "},
        {MF_LIT("// +build a b\n//+build !c\n\npackage a"), "a | | // +build a b\n//+build !c | | "},
        {MF_LIT("// +build a\npackage a"), "a | |  | | "},
        {MF_LIT("// +build a\n\n// +build no\npackage a"), "a | | // +build a | | "},
        {MF_LIT("// +build a\n/* x */\n\n// +build no\n\npackage a"), "a | |  | | "},
        {MF_LIT("// +builder a\n\npackage a"), "a | |  | | "},
        {MF_LIT("//go:build a\n//go:build b\npackage a\nimport \"b\""),
         "a | b |  | | constraints 2:1: multiple //go:build comments"},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++)
        check(cases[i].text, cases[i].expected);
}

static void test_embeds(void **state)
{
    static const struct {
        struct mf_str text;
        const char *expected;
    } cases[] = {
        {MF_LIT("package a\nimport _ \"embed\"\n//go:embed x y/*\nvar f"), "a | embed |  | x@38 y/*@40 | "},
        {MF_LIT("package a\n//go:embed x\nvar f"), "a | |  | | "},
        {MF_LIT("package a\nimport \"embed\"\nvar s = `\n//go:embed no\n` + \"//go:embed no\" + '\\''\n//go:embed \"a "
                "b\" `c`\n"),
         "a | embed |  | a b@87 c@93 | "},
        {MF_LIT("package a\nimport \"embed\"\n//go:embed \"x\n//go:embed \"x\"y\n//go:embedded z\n//go:embed\tok\n"),
         "a | embed |  | ok@82 | "},
        {MF_LIT("\xEF\xBB\xBFpackage a\nimport \"embed\"\n//go:embed x"), "a | embed |  | x@39 | "},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++)
        check(cases[i].text, cases[i].expected);
}

static void test_faults(void **state)
{
    static const struct {
        struct mf_str text;
        const char *expected;
    } cases[] = {
        {MF_LIT(""), " | |  | | syntax 1:1: expected 'package', found 'EOF'"},
        {MF_LIT("// only\n"), " | |  | | syntax 2:1: expected 'package', found 'EOF'"},
        {MF_LIT("{}"), " | |  | | syntax 1:1: expected 'package', found '{'"},
        {MF_LIT("package\n"), " | |  | | syntax 2:1: expected 'IDENT', found 'EOF'"},
        {MF_LIT("package a b\nimport \"c\""), "a | |  | | "},
        {MF_LIT("package a\nimport \"b\" \"c\""), "a | b |  | | "},
        {MF_LIT("package a\nimport (\"b\" \"c\")"), "a | b c |  | | syntax 2:13: expected ';', found \"c\""},
        {MF_LIT("package a\nimport (\n\"b\"\n"), "a | b |  | | syntax 4:1: expected ')', found 'EOF'"},
        {MF_LIT("package a\nimport \"b\nimport \"c\""), "a | |  | | syntax 2:8: string literal not terminated"},
        {MF_LIT("package a\nimport `b"), "a | |  | | syntax 2:8: raw string literal not terminated"},
        {MF_LIT("package a\nimport 1"), "a | |  | | syntax 2:8: import path must be a string"},
        {MF_LIT("package a\nimport x"), "a | |  | | syntax 2:9: missing import path"},
        {MF_LIT("package a\nimport \"b\"\nimport x \"c d\""), "a | b c d |  | | syntax 3:8: invalid import path: c d"},
        {MF_LIT("package a\nimport \"\""), "a |  |  | | syntax 2:8: invalid import path: "},
        {MF_LIT("package a\nimport \"\\q\"\nimport \"b\""), "a | b |  | | syntax 2:10: unknown escape sequence"},
        {MF_LIT("package a /* x"), " | |  | | syntax 1:11: comment not terminated"},
        {MF_LIT("package a // \xFF\nimport \"b\""), " | b |  | | syntax 1:14: illegal UTF-8 encoding"},
        {MF_LIT("package a\nimport \"b\" // \xEF\xBB\xBF\n"), "a | b |  | | syntax 2:15: illegal byte order mark"},
        {MF_LIT("package a\nimport \xE2\x80\x9C"
                "b\""),
         "a | |  | | syntax 2:8: curly quotation mark '\xE2\x80\x9C' (use neutral '\"')"},
        {MF_LIT("package a\n//line x:0\nimport \"b\""), " | b |  | | syntax 2:10: invalid line number: 0"},
        {MF_LIT("package a\0\nimport \"b\""), " | |  | | nul 1:10: unexpected NUL in input"},
        {MF_LIT("//go:build x\npackage a /*\0*/\nimport \"b\""), " | |  | | nul 2:13: unexpected NUL in input"},
        {MF_LIT("package a\nimport \"b\"\nvar x = \"\0\""), "a | b |  | | "},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++)
        check(cases[i].text, cases[i].expected);
}

/* Every way to cut a file short ends without reading past its end. */
static void test_truncated(void **state)
{
    static const char text[] =
        "\xEF\xBB\xBF// +build a\n\n/* x */ package a; import ( . \"b\\x41\"; `c`\n) // d\n"
        "import _ \"embed\"\n//go:embed `x` \"\\u00e9\" y\nvar a = 'x' + \"\\\"\" /* y */ + 0x1p-2i\n";
    struct mf_err err;
    struct mf_goimports f;
    (void)state;
    for (size_t n = 0; n < sizeof(text); n++) {
        MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
        char *copy = malloc(n ? n : 1);
        assert_non_null(copy);
        memcpy(copy, text, n);
        assert_int_equal(mf_goimports_parse((struct mf_str){copy, n}, &arena, &f, &err), 0);
        for (size_t i = 0; i < f.import_count; i++)
            assert_true(f.imports[i].at < n && strchr("\"`._", copy[f.imports[i].at]));
        free(copy);
    }
    assert_int_equal(f.import_count, 3);
}

/* `count` times `piece`, between `head` and `tail`. */
static struct mf_str repeat(struct mf_buf *b, const char *head, const char *piece, size_t count, const char *tail)
{
    mf_buf_clear(b);
    mf_buf_str(b, mf_str(head));
    for (size_t i = 0; i < count; i++)
        mf_buf_str(b, mf_str(piece));
    mf_buf_str(b, mf_str(tail));
    assert_int_equal(b->failed, MF_OK);
    return mf_buf_view(b);
}

static void test_large(void **state)
{
    struct mf_err err;
    struct mf_goimports f;
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(32 * MF_MIB);
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(32 * MF_MIB);
    (void)state;
    struct mf_str text = repeat(&b, "package a\nimport (", "\"b\";", 100000, ")");
    assert_int_equal(mf_goimports_parse(text, &arena, &f, &err), 0);
    assert_int_equal(f.fault, MF_GOIMPORTS_OK);
    assert_int_equal(f.import_count, 100000);

    text = repeat(&b, "//go:build ", "(", 100000, "\npackage a\nimport \"b\"");
    assert_int_equal(mf_goimports_parse(text, &arena, &f, &err), 0);
    assert_int_equal(f.constraint.n, 100011);
    assert_int_equal(f.import_count, 1);

    text = repeat(&b, "package a /*", "* /", 1000000, "\n");
    assert_int_equal(mf_goimports_parse(text, &arena, &f, &err), 0);
    assert_string_equal(f.fault_text.p, "1:11: comment not terminated");

    text = repeat(&b, "package a; import ", "x", 5000000, " 1");
    assert_int_equal(mf_goimports_parse(text, &arena, &f, &err), 0);
    assert_string_equal(f.fault_text.p, "1:5000020: import path must be a string");

    text = repeat(&b, "package ", "\n+", 100000, "");
    assert_int_equal(mf_goimports_parse(text, &arena, &f, &err), 0);
    assert_string_equal(f.fault_text.p, "2:1: expected 'IDENT', found '+'");

    mf_arena_release(&arena);
    arena.max = 4096;
    text = repeat(&b, "package a\nimport (", "\"b\";", 100000, ")");
    assert_int_equal(mf_goimports_parse(text, &arena, &f, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
}

static void test_magic(void **state)
{
    (void)state;
    assert_true(mf_goimports_is_magic(MF_LIT("C")));
    assert_true(mf_goimports_is_magic(MF_LIT("appengine")));
    assert_true(mf_goimports_is_magic(MF_LIT("appengine/datastore")));
    assert_true(mf_goimports_is_magic(MF_LIT("appengine_internal/x")));
    assert_false(mf_goimports_is_magic(MF_LIT("appengines")));
    assert_false(mf_goimports_is_magic(MF_LIT("example.com/appengine")));
    assert_false(mf_goimports_is_magic(MF_LIT("")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_imports), cmocka_unit_test(test_constraints), cmocka_unit_test(test_embeds),
        cmocka_unit_test(test_faults),  cmocka_unit_test(test_truncated),   cmocka_unit_test(test_large),
        cmocka_unit_test(test_magic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

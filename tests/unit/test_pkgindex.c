#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/pkgindex.h"

struct file {
    const char *name, *content;
};

static const struct file module[] = {
    {"go.mod", "module example.com/m\n"},
    {"b.go", "package m\nimport \"fmt\"\nimport \"example.com/x\"\nimport f \"fmt\"\n"},
    {"a_linux.go", "//go:build linux && cgo\npackage m\nimport \"C\"\nimport \"os\"\n"},
    {"b_test.go", "package m_test\nimport \"testing\"\n"},
    {"a_test.go", "package m\n"},
    {"_hidden.go", "not go at all"},
    {"sub/.dot.go", "x"},
    {"sub-x/x.go", "package x\nimport _ \"embed\"\n//go:embed b \"a c\" b\nvar s string\n"},
    {"sub/deep/testdata/broken.go", "package broken\nimport (\"fmt\"; 1)\n"},
    {"sub/deep/nul.go", "package nul\0"},
    {"sub/deep/two.go", "//go:build a\n//go:build b\npackage two\nimport \"os\"\n"},
    {"sub/deep/old.go", "// +build a\n// +build !b\n\npackage old\n"},
    {"docs/readme.txt", "no Go here"},
    {"docs/x.go.txt", "package x"},
};

static void make(const struct file *files, size_t count, bool backwards, struct mf_buf *out)
{
    struct mf_err err;
    struct mf_pkgindex_maker *m;
    assert_int_equal(mf_pkgindex_maker_new(&m, &err), 0);
    for (size_t i = 0; i < count; i++) {
        const struct file *f = &files[backwards ? count - 1 - i : i];
        struct mf_str content = mf_str(f->content);
        if (strcmp(f->content, "package nul") == 0)
            content.n++;
        assert_int_equal(mf_pkgindex_add(m, mf_str(f->name), content, &err), 0);
    }
    assert_int_equal(mf_pkgindex_finish(m, out, &err), 0);
    mf_pkgindex_maker_free(&m);
    assert_null(m);
}

static struct mf_pkgindex open_index(const struct mf_buf *bytes)
{
    struct mf_err err;
    struct mf_pkgindex index;
    assert_int_equal(mf_pkgindex_open(&index, mf_buf_view(bytes), &err), 0);
    return index;
}

/* A line for each file, in the order of the index. */
static void render(const struct mf_pkgindex *x, struct mf_buf *out)
{
    for (uint32_t d = 0; d < x->dirs; d++) {
        struct mf_pkgindex_dir dir = mf_pkgindex_dir(x, d);
        mf_buf_fmt(out, "%.*s:%s\n", MF_FMT(dir.path), dir.has_visible ? "" : " hidden");
        for (uint32_t i = dir.first; i < dir.end; i++) {
            struct mf_pkgindex_file f = mf_pkgindex_file(x, i);
            mf_buf_fmt(out, " %.*s %.*s %u [%.*s]", MF_FMT(f.name), MF_FMT(f.package), f.flags, MF_FMT(f.constraint));
            for (uint32_t k = f.imports; k < f.imports_end; k++)
                mf_buf_fmt(out, " %.*s", MF_FMT(mf_pkgindex_ref(x, k, NULL)));
            for (uint32_t k = f.embeds; k < f.embeds_end; k++)
                mf_buf_fmt(out, " <%.*s>", MF_FMT(mf_pkgindex_ref(x, k, NULL)));
            mf_buf_fmt(out, " %.*s\n", MF_FMT(f.fault_text));
        }
    }
    assert_int_equal(out->failed, MF_OK);
}

static void test_content(void **state)
{
    static const char expected[] = ":\n"
                                   " _hidden.go  16 [] \n"
                                   " a_linux.go m 4 [//go:build linux && cgo] os \n"
                                   " a_test.go m 1 [] \n"
                                   " b.go m 0 [] example.com/x fmt \n"
                                   " b_test.go m_test 3 [] testing \n"
                                   "sub: hidden\n"
                                   " .dot.go  16 [] \n"
                                   "sub-x:\n"
                                   " x.go x 8 [] embed <a c> <b> \n"
                                   "sub/deep:\n"
                                   " nul.go  64 [] 1:12: unexpected NUL in input\n"
                                   " old.go old 0 [// +build a\n// +build !b] \n"
                                   " two.go two 128 [] os 2:1: multiple //go:build comments\n"
                                   "sub/deep/testdata:\n"
                                   " broken.go broken 32 [] fmt 2:16: import path must be a string\n";
    MF_CLEANUP(mf_buf_release) struct mf_buf bytes = MF_BUF_INIT(MF_MIB), text = MF_BUF_INIT(MF_MIB);
    (void)state;
    make(module, MF_COUNT(module), false, &bytes);
    struct mf_pkgindex index = open_index(&bytes);
    render(&index, &text);
    assert_string_equal(mf_buf_cstr(&text), expected);
}

static void test_find(void **state)
{
    struct mf_pkgindex_dir dir;
    MF_CLEANUP(mf_buf_release) struct mf_buf bytes = MF_BUF_INIT(MF_MIB);
    (void)state;
    make(module, MF_COUNT(module), false, &bytes);
    struct mf_pkgindex index = open_index(&bytes);
    for (uint32_t i = 0; i < index.dirs; i++) {
        assert_true(mf_pkgindex_find(&index, mf_pkgindex_dir(&index, i).path, &dir));
        assert_int_equal(dir.first, mf_pkgindex_dir(&index, i).first);
    }
    assert_true(mf_pkgindex_find(&index, MF_LIT(""), &dir));
    assert_int_equal(dir.end - dir.first, 5);
    static const char *const absent[] = {"docs", "su", "sub/", "sub/dee", "sub/deep/x", "z", "\xFF", "/"};
    for (size_t i = 0; i < MF_COUNT(absent); i++)
        assert_false(mf_pkgindex_find(&index, mf_str(absent[i]), &dir));
}

static void test_order(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf a = MF_BUF_INIT(MF_MIB), b = MF_BUF_INIT(MF_MIB);
    (void)state;
    make(module, MF_COUNT(module), false, &a);
    make(module, MF_COUNT(module), true, &b);
    assert_true(mf_str_eq(mf_buf_view(&a), mf_buf_view(&b)));
}

static void test_ids(void **state)
{
    static const struct file files[] = {
        {"a.go", "//go:build x\npackage a\nimport \"p\""},
        {"b.go", "//go:build y\npackage a\nimport \"q\""},
        {"c/c.go", "//go:build x\npackage c\nimport \"p\""},
    };
    uint32_t p, q, again;
    MF_CLEANUP(mf_buf_release) struct mf_buf bytes = MF_BUF_INIT(MF_MIB);
    (void)state;
    make(files, MF_COUNT(files), false, &bytes);
    struct mf_pkgindex index = open_index(&bytes);
    (void)mf_pkgindex_ref(&index, mf_pkgindex_file(&index, 0).imports, &p);
    (void)mf_pkgindex_ref(&index, mf_pkgindex_file(&index, 1).imports, &q);
    (void)mf_pkgindex_ref(&index, mf_pkgindex_file(&index, 2).imports, &again);
    assert_int_equal(p, again);
    assert_int_not_equal(p, q);
    assert_int_equal(mf_pkgindex_file(&index, 0).constraint_id, mf_pkgindex_file(&index, 2).constraint_id);
    assert_int_not_equal(mf_pkgindex_file(&index, 0).constraint_id, mf_pkgindex_file(&index, 1).constraint_id);
    assert_true(mf_pkgindex_file(&index, 1).constraint_id < index.strings && p < index.strings);
}

static void test_empty(void **state)
{
    struct mf_pkgindex_dir dir;
    MF_CLEANUP(mf_buf_release) struct mf_buf bytes = MF_BUF_INIT(MF_MIB);
    (void)state;
    make(module, 1, false, &bytes);
    struct mf_pkgindex index = open_index(&bytes);
    assert_int_equal(index.dirs, 0);
    assert_int_equal(index.files, 0);
    assert_false(mf_pkgindex_find(&index, MF_LIT(""), &dir));
}

static void test_twice(void **state)
{
    struct mf_err err;
    struct mf_pkgindex_maker *m;
    MF_CLEANUP(mf_buf_release) struct mf_buf bytes = MF_BUF_INIT(MF_MIB);
    (void)state;
    assert_int_equal(mf_pkgindex_maker_new(&m, &err), 0);
    assert_int_equal(mf_pkgindex_add(m, MF_LIT("a/b.go"), MF_LIT("package b"), &err), 0);
    assert_int_equal(mf_pkgindex_add(m, MF_LIT("a/b.go"), MF_LIT("package c"), &err), 0);
    assert_int_equal(mf_pkgindex_finish(m, &bytes, &err), -1);
    assert_int_equal(err.code, MF_E_DAMAGED);
    assert_string_equal(err.text, "a/b.go is there twice");
    mf_pkgindex_maker_free(&m);
}

static void test_wants(void **state)
{
    (void)state;
    assert_true(mf_pkgindex_wants(MF_LIT("a.go")));
    assert_true(mf_pkgindex_wants(MF_LIT("_x/.y/a_test.go")));
    assert_false(mf_pkgindex_wants(MF_LIT("x/_a.go")));
    assert_false(mf_pkgindex_wants(MF_LIT(".go")));
    assert_false(mf_pkgindex_wants(MF_LIT("go.mod")));
    assert_false(mf_pkgindex_wants(MF_LIT("")));
}

/* Many files, strings enough to grow every table. */
static void test_many(void **state)
{
    enum { FILES = 3000 };
    struct mf_err err;
    struct mf_pkgindex_maker *m;
    struct mf_pkgindex_dir dir;
    char name[64], content[256];
    MF_CLEANUP(mf_buf_release) struct mf_buf bytes = MF_BUF_INIT(4 * MF_MIB);
    (void)state;
    assert_int_equal(mf_pkgindex_maker_new(&m, &err), 0);
    for (unsigned i = 0; i < FILES; i++) {
        (void)snprintf(name, sizeof(name), "d%u/f%u.go", i * 7919U % 100, i);
        (void)snprintf(content, sizeof(content), "package d\nimport \"i%u\"\nimport \"j%u\"\n", i, i % 10);
        assert_int_equal(mf_pkgindex_add(m, mf_str(name), mf_str(content), &err), 0);
    }
    assert_int_equal(mf_pkgindex_finish(m, &bytes, &err), 0);
    mf_pkgindex_maker_free(&m);
    struct mf_pkgindex index = open_index(&bytes);
    assert_int_equal(index.dirs, 100);
    assert_int_equal(index.files, FILES);
    assert_int_equal(index.refs, 2 * FILES);
    /* directories, files, imports, "d" and "" */
    assert_int_equal(index.strings, 100 + FILES + FILES + 10 + 2);
    for (unsigned i = 0; i < 100; i++) {
        (void)snprintf(name, sizeof(name), "d%u", i);
        assert_true(mf_pkgindex_find(&index, mf_str(name), &dir));
        assert_int_equal(dir.end - dir.first, FILES / 100);
    }
}

static void test_limit(void **state)
{
    struct mf_err err;
    struct mf_pkgindex_maker *m;
    MF_CLEANUP(mf_buf_release) struct mf_buf bytes = MF_BUF_INIT(100);
    (void)state;
    assert_int_equal(mf_pkgindex_maker_new(&m, &err), 0);
    assert_int_equal(mf_pkgindex_add(m, MF_LIT("a/b.go"), MF_LIT("package b"), &err), 0);
    assert_int_equal(mf_pkgindex_finish(m, &bytes, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    mf_pkgindex_maker_free(&m);
}

/* Opens a copy of the bytes that ends where its memory ends; where it opens,
 * everything in it can be read. Returns whether it does. */
static bool try_open(const char *bytes, size_t n)
{
    struct mf_err err;
    struct mf_pkgindex index;
    struct mf_pkgindex_dir dir;
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MIB);
    char *copy = malloc(n ? n : 1);
    assert_non_null(copy);
    memcpy(copy, bytes, n);
    bool ok = mf_pkgindex_open(&index, (struct mf_str){copy, n}, &err) == 0;
    if (ok) {
        render(&index, &text);
        if (mf_pkgindex_find(&index, MF_LIT("sub"), &dir))
            assert_true(dir.first < dir.end && dir.end <= index.files);
    } else {
        assert_true(err.code == MF_E_DAMAGED || err.code == MF_E_UNSUPPORTED);
    }
    free(copy);
    return ok;
}

static void test_damaged(void **state)
{
    static const unsigned char values[] = {0x00, 0x01, 0x7F, 0x80, 0xFF};
    MF_CLEANUP(mf_buf_release) struct mf_buf bytes = MF_BUF_INIT(MF_MIB);
    size_t refused = 0;
    (void)state;
    make(module, MF_COUNT(module), false, &bytes);
    assert_true(try_open(bytes.p, bytes.n));
    for (size_t n = 0; n < bytes.n; n++)
        assert_false(try_open(bytes.p, n));
    struct mf_pkgindex index = open_index(&bytes);
    size_t tables = bytes.n - index.text.n;
    for (size_t i = 0; i < tables; i++) {
        char old = bytes.p[i];
        for (size_t k = 0; k < MF_COUNT(values); k++) {
            bytes.p[i] = (char)values[k];
            refused += !try_open(bytes.p, bytes.n);
        }
        bytes.p[i] = old;
    }
    /* most numbers have one right value; their zero bytes have one change less */
    assert_true(refused > 2 * tables);
    bytes.p[7] = '2';
    struct mf_err err;
    assert_int_equal(mf_pkgindex_open(&index, mf_buf_view(&bytes), &err), -1);
    assert_int_equal(err.code, MF_E_UNSUPPORTED);
    mf_buf_byte(&bytes, 0);
    bytes.p[7] = '1';
    assert_false(try_open(bytes.p, bytes.n));
}

/* Counts whose sizes would overflow 32 bits. */
static void test_huge_counts(void **state)
{
    char head[28 + 64];
    (void)state;
    memset(head, 0xFF, sizeof(head));
    memcpy(head, "mfpkgix1", 8);
    assert_false(try_open(head, sizeof(head)));
    memset(head + 8, 0, sizeof(head) - 8);
    head[11] = (char)0x80;
    head[15] = (char)0x80;
    assert_false(try_open(head, sizeof(head)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_content), cmocka_unit_test(test_find),        cmocka_unit_test(test_order),
        cmocka_unit_test(test_ids),     cmocka_unit_test(test_empty),       cmocka_unit_test(test_twice),
        cmocka_unit_test(test_wants),   cmocka_unit_test(test_many),        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_damaged), cmocka_unit_test(test_huge_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundlekit.h"
#include "verify/installed.h"
#include "verify/unpack.h"

#define TIME "2024-01-02T03:04:05Z"

static const struct kit_file files[] = {
    {"a.go", "package a\n", 0}, {"sub/b.go", "package sub\n", 0}, {"sub/c.txt", "text", 100000}, {0}};

static const struct kit_module modules[] = {
    {"example.com/Upper", "v1.0.0", TIME, "module example.com/Upper\n", files, false, NULL},
    {"example.com/a", "v1.0.0", TIME, "module example.com/a\n", NULL, false, NULL},
    {"example.com/a", "v1.1.0", TIME, "module example.com/a\n", files, true, NULL},
};

struct tree {
    struct kit kit;
    struct mf_dir dir;
    char path[64];
    enum mf_tree_kind kind;
};

static void make_tree(struct tree *t, enum mf_tree_kind kind)
{
    const struct mf_trust any = {.allow_unverified = true};
    const struct mf_unpack_options options = {.threads = 2};
    struct mf_unpack_result result;
    struct mf_gate gate;
    kit_make(&t->kit, modules, MF_COUNT(modules), NULL);
    t->dir = kit_mkdir(t->path);
    t->kind = kind;
    KIT_OK(mf_gate_open(t->kit.fd, "b", &any, &gate, &err));
    KIT_OK((kind == MF_TREE_PROXY ? mf_unpack_proxy : mf_unpack_modcache)(t->kit.fd, "b", &gate, t->dir, &options,
                                                                          &result, &err));
    mf_gate_release(&gate);
}

static void free_tree(struct tree *t)
{
    kit_empty(t->dir, t->path);
    kit_release(&t->kit);
}

static const char *const verdicts[] = {[MF_CHECK_OK] = "ok",
                                       [MF_CHECK_CHANGED] = "changed",
                                       [MF_CHECK_MISSING] = "missing",
                                       [MF_CHECK_UNRECORDED] = "unrecorded"};

static void note(void *ctx, const struct mf_check_finding *f)
{
    struct mf_buf *log = ctx;
    mf_buf_fmt(log, "%.*s %.*s %s %s;", MF_FMT(f->module.path), MF_FMT(f->module.version), f->what,
               verdicts[f->verdict]);
    if (f->verdict == MF_CHECK_CHANGED)
        assert_non_null(strstr(f->detail, "expected h1:"));
}

static struct mf_check_result check_how(const struct tree *t, bool quick, const char *want)
{
    struct mf_check_result result = {0};
    for (unsigned threads = 1; threads <= 3; threads++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf log = MF_BUF_INIT(MF_MIB);
        mf_buf_str(&log, MF_LIT(""));
        KIT_OK(mf_check_tree(t->dir, quick, threads, note, &log, &result, &err));
        assert_string_equal(mf_buf_cstr(&log), want);
    }
    return result;
}

/* Both ways find the same. */
static struct mf_check_result check(const struct tree *t, const char *want)
{
    const struct mf_check_result quick = check_how(t, true, want), whole = check_how(t, false, want);
    assert_int_equal(quick.ok, whole.ok);
    return whole;
}

static void test_all_right(void **state)
{
    struct tree t;
    enum mf_tree_kind kind;
    (void)state;
    make_tree(&t, MF_TREE_PROXY);
    KIT_OK(mf_check_kind(t.dir, &kind, NULL, &err));
    assert_int_equal(kind, MF_TREE_PROXY);
    struct mf_check_result r = check(&t, "");
    assert_int_equal(r.modules, 3);
    assert_int_equal(r.ok, 5); /* three .mod, two zips */
    assert_int_equal(r.changed + r.missing + r.unrecorded, 0);
    assert_true(r.bytes > 0);
    free_tree(&t);
    make_tree(&t, MF_TREE_MODCACHE);
    KIT_OK(mf_check_kind(t.dir, &kind, NULL, &err));
    assert_int_equal(kind, MF_TREE_MODCACHE);
    r = check(&t, "");
    assert_int_equal(r.ok, 9); /* and two directories with their .ziphash */
    assert_true(r.bytes > 2 * 400000);
    free_tree(&t);
}

static void test_no_record(void **state)
{
    char path[64];
    struct mf_dir dir = kit_mkdir(path);
    KIT_OK(mf_dir_write(dir, "damaged/.modferry/installed", MF_LIT("modferry-installed/1 proxy\nx\n"), 0644, &err));
    struct mf_check_result result;
    struct mf_err err = {0};
    enum mf_tree_kind kind;
    (void)state;
    assert_int_equal(mf_check_kind(dir, &kind, NULL, &err), -1);
    assert_int_equal(err.code, MF_E_USAGE);
    assert_int_equal(mf_check_tree(dir, false, 1, note, NULL, &result, &err), -1);
    assert_int_equal(err.code, MF_E_USAGE);
    struct mf_dir damaged;
    assert_int_equal(mf_dir_sub(&damaged, dir, "damaged", false, &err), 0);
    assert_int_equal(mf_check_kind(damaged, &kind, NULL, &err), -1);
    mf_dir_release(&damaged);
    assert_int_equal(err.code, MF_E_DAMAGED);
    kit_empty(dir, path);
}

enum action { WRITE, REMOVE, LINK, FIFO };

struct row {
    enum mf_tree_kind kind;
    enum action action;
    const char *name, *content;
    const char *want;
};

#define CACHE "cache/download/example.com/"

static const struct row rows[] = {
    {MF_TREE_PROXY, WRITE, "example.com/a/@v/v1.0.0.mod", "x", "example.com/a v1.0.0 mod changed;"},
    {MF_TREE_PROXY, REMOVE, "example.com/a/@v/v1.0.0.mod", NULL, "example.com/a v1.0.0 mod missing;"},
    {MF_TREE_PROXY, WRITE, "example.com/a/@v/v1.1.0.zip", "PK", "example.com/a v1.1.0 zip changed;"},
    {MF_TREE_PROXY, REMOVE, "example.com/!upper/@v/v1.0.0.zip", NULL, "example.com/Upper v1.0.0 zip missing;"},
    {MF_TREE_PROXY, LINK, "example.com/!upper/@v/v1.0.0.zip", "/etc/passwd", "example.com/Upper v1.0.0 zip changed;"},
    {MF_TREE_PROXY, FIFO, "example.com/!upper/@v/v1.0.0.mod", NULL, "example.com/Upper v1.0.0 mod changed;"},
    {MF_TREE_PROXY, WRITE, "example.com/a/@v/v0.9.0.mod", "x", "example.com/a v0.9.0 mod unrecorded;"},
    {MF_TREE_PROXY, WRITE, "example.com/a/@v/v1.0.0.zip", "x", "example.com/a v1.0.0 zip unrecorded;"},
    {MF_TREE_PROXY, WRITE, "example.com/!new/@v/v1.0.0-!r!c.zip", "x", "example.com/New v1.0.0-RC zip unrecorded;"},
    {MF_TREE_PROXY, WRITE, "example.com/a/@v/list", "x", ""},
    {MF_TREE_PROXY, WRITE, "notes.txt", "x", ""},
    {MF_TREE_MODCACHE, WRITE, "example.com/a@v1.1.0/a.go", "package x\n", "example.com/a v1.1.0 dir changed;"},
    {MF_TREE_MODCACHE, WRITE, "example.com/a@v1.1.0/more.go", "package a\n", "example.com/a v1.1.0 dir changed;"},
    {MF_TREE_MODCACHE, WRITE, "example.com/a@v1.1.0/empty", "", "example.com/a v1.1.0 dir changed;"},
    {MF_TREE_MODCACHE, REMOVE, "example.com/a@v1.1.0/sub/b.go", NULL, "example.com/a v1.1.0 dir changed;"},
    {MF_TREE_MODCACHE, LINK, "example.com/a@v1.1.0/sub/b.go", "c.txt", "example.com/a v1.1.0 dir changed;"},
    {MF_TREE_MODCACHE, LINK, "example.com/a@v1.1.0/a.go", "../!upper@v1.0.0/a.go", "example.com/a v1.1.0 dir changed;"},
    {MF_TREE_MODCACHE, LINK, "example.com/a@v1.1.0/sub", "../!upper@v1.0.0/sub", "example.com/a v1.1.0 dir changed;"},
    {MF_TREE_MODCACHE, WRITE, "example.com/a@v1.1.0/sub/b.go", "package sub\n// and more\n",
     "example.com/a v1.1.0 dir changed;"},
    {MF_TREE_MODCACHE, LINK, "example.com/a@v1.1.0/new", "a.go", "example.com/a v1.1.0 dir changed;"},
    {MF_TREE_MODCACHE, FIFO, "example.com/a@v1.1.0/pipe", NULL, "example.com/a v1.1.0 dir changed;"},
    {MF_TREE_MODCACHE, REMOVE, "example.com/a@v1.1.0", NULL, "example.com/a v1.1.0 dir missing;"},
    {MF_TREE_MODCACHE, LINK, "example.com/a@v1.1.0", "!upper@v1.0.0", "example.com/a v1.1.0 dir changed;"},
    {MF_TREE_MODCACHE, WRITE, CACHE "a/@v/v1.1.0.ziphash", "h1:x", "example.com/a v1.1.0 ziphash changed;"},
    {MF_TREE_MODCACHE, REMOVE, CACHE "a/@v/v1.1.0.ziphash", NULL, "example.com/a v1.1.0 ziphash missing;"},
    {MF_TREE_MODCACHE, LINK, CACHE "a/@v/v1.1.0.ziphash", "/etc/passwd", "example.com/a v1.1.0 ziphash changed;"},
    {MF_TREE_MODCACHE, FIFO, CACHE "a/@v/v1.1.0.ziphash", NULL, "example.com/a v1.1.0 ziphash changed;"},
    {MF_TREE_MODCACHE, WRITE, CACHE "a/@v/v1.2.0.mod", "x", "example.com/a v1.2.0 mod unrecorded;"},
    {MF_TREE_MODCACHE, WRITE, "example.com/!b/v2@v2.0.0/b.go", "x", "example.com/B/v2 v2.0.0 dir unrecorded;"},
};

static void apply(const struct tree *t, const struct row *row)
{
    struct mf_err err = {0};
    char parent[256];
    snprintf(parent, sizeof(parent), "%s", row->name);
    char *slash = strrchr(parent, '/');
    if (slash)
        *slash = '\0';
    /* extracted directories are read-only */
    if (slash && row->action != WRITE)
        assert_int_equal(fchmodat(t->dir.fd, parent, 0755, 0), 0);
    if (row->action == WRITE) {
        /* where the directory is new, writing makes it */
        if (slash && fchmodat(t->dir.fd, parent, 0755, 0) < 0)
            assert_int_equal(errno, ENOENT);
        assert_int_equal(mf_dir_write(t->dir, row->name, mf_str(row->content), 0644, &err), 0);
        return;
    }
    assert_int_equal(mf_dir_remove(t->dir, row->name, &err), 0);
    if (row->action == LINK)
        assert_int_equal(symlinkat(row->content, t->dir.fd, row->name), 0);
    if (row->action == FIFO)
        assert_int_equal(mkfifoat(t->dir.fd, row->name, 0600), 0);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < MF_COUNT(rows); i++) {
        struct tree t;
        make_tree(&t, rows[i].kind);
        apply(&t, &rows[i]);
        check(&t, rows[i].want);
        free_tree(&t);
    }
}

#define ZIP "example.com/a/@v/v1.1.0.zip"

/* Another zip of the same files, here one with a comment, is as right as the one
 * that was published. */
static void test_other_zip(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf zip = MF_BUF_INIT(MF_MIB);
    struct tree t;
    (void)state;
    make_tree(&t, MF_TREE_PROXY);
    KIT_OK(mf_dir_read(t.dir, ZIP, &zip, NULL, &err));
    zip.p[zip.n - 2] = 1;
    mf_buf_byte(&zip, 'x');
    KIT_OK(mf_dir_write(t.dir, ZIP, mf_buf_view(&zip), 0644, &err));
    assert_int_equal(check(&t, "").ok, 5);
    free_tree(&t);
}

/* The text of the record, with `sha256` in place of that of example.com/a's zip;
 * where it is NULL, without any. */
static void rewrite_record(const struct tree *t, const struct mf_digest *sha256, uint64_t size)
{
    MF_CLEANUP(mf_installed_release) struct mf_installed record = MF_INSTALLED_INIT;
    int found;
    KIT_OK(found = mf_installed_read(t->dir, &record, &err));
    assert_int_equal(found, 1);
    for (size_t i = 0; i < record.count; i++) {
        struct mf_installed_module m = record.modules[i];
        if (!m.h1.n)
            continue;
        assert_true(m.zip_hash.known);
        m.zip_hash.known = sha256 != NULL;
        if (sha256 && mf_str_eq(m.id.path, MF_LIT("example.com/a"))) {
            m.zip_hash.sha256 = *sha256;
            m.zip.size = size;
        }
        KIT_OK(mf_installed_put(&record, &m, &err));
    }
    KIT_OK(mf_installed_write(t->dir, &record, &err));
}

/* A record that knows no SHA-256 of zips: they are opened. */
static void test_unknown_zips(void **state)
{
    struct tree t;
    (void)state;
    make_tree(&t, MF_TREE_MODCACHE);
    rewrite_record(&t, NULL, 0);
    assert_int_equal(check(&t, "").ok, 9);
    apply(&t, &(struct row){MF_TREE_MODCACHE, WRITE, "cache/download/" ZIP, "PK", NULL});
    check(&t, "example.com/a v1.1.0 zip changed;");
    free_tree(&t);
}

/* A quick check believes a forged record, which is why it has to be asked for. */
static void test_forged_record(void **state)
{
    const struct mf_digest forged = mf_sha256_of(MF_LIT("PK"));
    struct tree t;
    (void)state;
    make_tree(&t, MF_TREE_PROXY);
    apply(&t, &(struct row){MF_TREE_PROXY, WRITE, ZIP, "PK", NULL});
    rewrite_record(&t, &forged, 2);
    check_how(&t, true, "");
    check_how(&t, false, "example.com/a v1.1.0 zip changed;");
    free_tree(&t);
}

/* What unpack records is the SHA-256 of the zip that lies there. */
static void test_recorded_zips(void **state)
{
    static const char *const zips[2][2] = {
        {"example.com/!upper/@v/v1.0.0.zip", ZIP},
        {"cache/download/example.com/!upper/@v/v1.0.0.zip", "cache/download/" ZIP},
    };
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        MF_CLEANUP(mf_installed_release) struct mf_installed record = MF_INSTALLED_INIT;
        struct tree t;
        int found;
        size_t n = 0;
        make_tree(&t, kind ? MF_TREE_MODCACHE : MF_TREE_PROXY);
        KIT_OK(found = mf_installed_read(t.dir, &record, &err));
        assert_int_equal(found, 1);
        for (size_t i = 0; i < record.count; i++) {
            MF_CLEANUP(mf_buf_release) struct mf_buf zip = MF_BUF_INIT(MF_MIB);
            if (!record.modules[i].h1.n)
                continue;
            KIT_OK(mf_dir_read(t.dir, zips[kind][n++], &zip, NULL, &err));
            const struct mf_digest sha256 = mf_sha256_of(mf_buf_view(&zip));
            assert_true(record.modules[i].zip_hash.known && mf_digest_eq(&record.modules[i].zip_hash.sha256, &sha256));
        }
        assert_int_equal(n, 2);
        free_tree(&t);
    }
}

/* The last byte of a file that is read in more than one piece. */
static void test_last_byte(void **state)
{
    static const char name[] = "example.com/a@v1.1.0/sub/c.txt";
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MIB);
    struct tree t;
    (void)state;
    make_tree(&t, MF_TREE_MODCACHE);
    KIT_OK(mf_dir_read(t.dir, name, &text, NULL, &err));
    assert_true(text.n > 256 * MF_KIB);
    text.p[text.n - 1] ^= 1;
    assert_int_equal(fchmodat(t.dir.fd, "example.com/a@v1.1.0/sub", 0755, 0), 0);
    KIT_OK(mf_dir_write(t.dir, name, mf_buf_view(&text), 0444, &err));
    check(&t, "example.com/a v1.1.0 dir changed;");
    free_tree(&t);
}

static void test_findings_are_in_order(void **state)
{
    struct tree t;
    (void)state;
    make_tree(&t, MF_TREE_PROXY);
    const struct row several[] = {
        {MF_TREE_PROXY, WRITE, "example.com/z/@v/v1.0.0.mod", "x", NULL},
        {MF_TREE_PROXY, WRITE, "example.com/a/@v/v1.0.5.zip", "x", NULL},
        {MF_TREE_PROXY, WRITE, "example.com/a/@v/v1.1.0.zip", "x", NULL},
        {MF_TREE_PROXY, REMOVE, "example.com/a/@v/v1.1.0.mod", NULL, NULL},
        {MF_TREE_PROXY, WRITE, "a.example.com/a/@v/v1.0.5.mod", "x", NULL},
    };
    for (size_t i = 0; i < MF_COUNT(several); i++)
        apply(&t, &several[i]);
    struct mf_check_result r = check(&t, "a.example.com/a v1.0.5 mod unrecorded;example.com/a v1.0.5 zip unrecorded;"
                                         "example.com/a v1.1.0 mod missing;example.com/a v1.1.0 zip changed;"
                                         "example.com/z v1.0.0 mod unrecorded;");
    assert_int_equal(r.ok, 3);
    assert_int_equal(r.changed, 1);
    assert_int_equal(r.missing, 1);
    assert_int_equal(r.unrecorded, 3);
    free_tree(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_right),
        cmocka_unit_test(test_no_record),
        cmocka_unit_test(test_last_byte),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_other_zip),
        cmocka_unit_test(test_forged_record),
        cmocka_unit_test(test_recorded_zips),
        cmocka_unit_test(test_unknown_zips),
        cmocka_unit_test(test_findings_are_in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

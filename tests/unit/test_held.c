/* What bundles and trees say that they hold, as the resolver asks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundlekit.h"
#include "formats/pkgindex.h"
#include "verify/heldbundle.h"
#include "verify/heldtree.h"

#define TIME "2024-01-02T03:04:05Z"

#define REFUSED(want, call)                                                                                            \
    do {                                                                                                               \
        struct mf_err err = {0};                                                                                       \
        assert_int_equal(call, -1);                                                                                    \
        assert_int_equal(err.code, want);                                                                              \
    } while (0)

static const struct kit_file one[] = {{"a.go", "package a\n\nimport \"example.com/b\"\n", 0},
                                      {"sub/b_test.go", "package sub\n\nimport \"testing\"\n", 0},
                                      {"sub/c.txt", "text", 100000},
                                      {0}};
/* Larger than a batch, one of them above the limit for files in batches. */
static const struct kit_file two[] = {{"big.go", "package two\n// a long comment\n", 300000},
                                      {"data.bin", "0123456789abcdef", 400000},
                                      {"go.mod", "module example.com/b\n", 0},
                                      {"small.go", "package two\n\nimport _ \"embed\"\n", 0},
                                      {0}};
static const struct kit_file none[] = {{0}};

static const struct kit_module modules[] = {
    {"example.com/Upper", "v1.0.0", TIME, "module example.com/Upper\n", one, false, NULL},
    {"example.com/a", "v1.0.0", TIME, "module example.com/a\n", NULL, false, NULL},
    {"example.com/a", "v1.1.0", TIME, "module example.com/a\n\nrequire example.com/b v1.0.0\n", one, true, NULL},
    {"example.com/b", "v1.0.0", TIME, "module example.com/b\n", two, false, NULL},
    {"example.com/empty", "v1.0.0", TIME, "module example.com/empty\n", none, false, NULL},
    {"example.com/z", "v1.0.0", TIME, "module example.com/z\n", one, false, NULL},
};

static struct mf_module id_of(size_t i)
{
    return (struct mf_module){mf_str(modules[i].path), mf_str(modules[i].version)};
}

/* --- a bundle in memory --- */

struct world {
    struct kit kit;
    struct mf_gate gate;
    struct mf_heldbundle *bundle;
    struct mf_held held;
};

static const struct mf_trust any = {.allow_unverified = true};

static int open_gate(struct world *w)
{
    struct mf_err err = {0};
    assert_int_equal(lseek(w->kit.fd, 0, SEEK_SET), 0);
    return mf_gate_open(w->kit.fd, "b", &any, &w->gate, &err);
}

static int open_held(struct world *w, unsigned threads, struct mf_err *err)
{
    const struct mf_unpack_options options = {.threads = threads};
    if (mf_heldbundle_new(&w->bundle, w->kit.fd, "b", &w->gate, &options, err) < 0)
        return -1;
    w->held = mf_heldbundle_view(w->bundle);
    return 0;
}

static void make(struct world *w, const struct kit_module *list, size_t count, unsigned threads)
{
    *w = (struct world){0};
    kit_make(&w->kit, list, count, NULL);
    assert_int_equal(open_gate(w), 0);
    KIT_OK(open_held(w, threads, &err));
}

static void release(struct world *w)
{
    mf_heldbundle_free(&w->bundle);
    mf_gate_release(&w->gate);
    kit_release(&w->kit);
}

/* --- what is compared --- */

/* The index of each module, made from its files. */
static struct mf_buf indexes[MF_COUNT(modules)];

static int make_indexes(void **state)
{
    struct kit kit = {.arena = MF_ARENA_INIT(64 * MF_MIB)};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(modules); i++) {
        struct mf_pkgindex_maker *maker;
        indexes[i] = MF_BUF_INIT(64 * MF_MIB);
        KIT_OK(mf_pkgindex_maker_new(&maker, &err));
        for (const struct kit_file *f = modules[i].files; f && f->name; f++)
            KIT_OK(mf_pkgindex_add(maker, mf_str(f->name), kit_content(&kit, f), &err));
        KIT_OK(mf_pkgindex_finish(maker, &indexes[i], &err));
        mf_pkgindex_maker_free(&maker);
    }
    mf_arena_release(&kit.arena);
    return 0;
}

static int free_indexes(void **state)
{
    (void)state;
    for (size_t i = 0; i < MF_COUNT(modules); i++)
        mf_buf_release(&indexes[i]);
    return 0;
}

struct seen {
    struct kit *kit;
    unsigned set; /* bit i: modules[i] was given */
    size_t stop_at;
};

static int on_indexed(void *ctx, struct mf_module id, const char *h1, struct mf_str index, struct mf_err *err)
{
    struct seen *seen = ctx;
    size_t i = 0;
    while (!mf_module_eq(id_of(i), id))
        i++;
    assert_true(mf_str_eq(mf_buf_view(&indexes[i]), index));
    long at = mf_manifest_find(&seen->kit->manifest, id);
    assert_true(at >= 0 && mf_str_eq(mf_str(h1), seen->kit->manifest.modules[at].h1));
    assert_false(seen->set >> i & 1);
    seen->set |= 1u << i;
    return seen->stop_at && --seen->stop_at == 0 ? mf_err_set(err, MF_E_POLICY, "enough") : 0;
}

static int ask(const struct mf_held *held, struct kit *kit, unsigned set, struct mf_err *err)
{
    struct mf_module ids[MF_COUNT(modules)];
    struct seen seen = {.kit = kit};
    size_t n = 0;
    for (size_t i = MF_COUNT(modules); i-- > 0;) /* in no order that matters */
        if (set >> i & 1)
            ids[n++] = id_of(i);
    int rc = held->index(held->ctx, ids, n, on_indexed, &seen, err);
    assert_true(rc < 0 || seen.set == set);
    return rc;
}

enum { WITH_ZIP = 1 | 4 | 8 | 16 | 32 };

/* Every question, of something that holds all modules. */
static void check_all(const struct mf_held *held, struct kit *kit, bool h1_known)
{
    struct mf_held_files files;
    for (size_t i = 0; i < MF_COUNT(modules); i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf mod = MF_BUF_INIT(MF_KIB);
        mf_buf_str(&mod, MF_LIT("before "));
        KIT_OK(held->look(held->ctx, id_of(i), &files, &err));
        assert_true(files.mod && files.info && files.zip == (modules[i].files != NULL));
        assert_true(mf_str_eq(files.h1, h1_known ? kit->manifest.modules[i].h1 : MF_LIT("")));
        KIT_OK(held->mod(held->ctx, id_of(i), &mod, &err));
        assert_true(mf_str_eq(mf_str_from(mf_buf_view(&mod), 7), mf_str(modules[i].mod)));
    }
    for (unsigned set = 0; set < 1u << MF_COUNT(modules); set++)
        if ((set & ~(unsigned)WITH_ZIP) == 0)
            KIT_OK(ask(held, kit, set, &err));
    KIT_OK(held->look(held->ctx, (struct mf_module){MF_LIT("example.com/a"), MF_LIT("v1.2.0")}, &files, &err));
    assert_true(!files.mod && !files.info && !files.zip && files.h1.n == 0);
}

static void test_bundle(void **state)
{
    struct world w;
    (void)state;
    for (unsigned threads = 1; threads <= 3; threads++) {
        make(&w, modules, MF_COUNT(modules), threads);
        check_all(&w.held, &w.kit, true);
        release(&w);
    }
}

static void test_refused_questions(void **state)
{
    struct world w;
    struct mf_held_files files;
    const struct mf_module nowhere = {MF_LIT("../../etc"), MF_LIT("passwd")};
    MF_CLEANUP(mf_buf_release) struct mf_buf mod = MF_BUF_INIT(MF_KIB);
    (void)state;
    make(&w, modules, MF_COUNT(modules), 2);
    REFUSED(MF_E_NOT_FOUND, ask(&w.held, &w.kit, 2, &err)); /* a module without zip */
    REFUSED(MF_E_NOT_FOUND, w.held.mod(w.held.ctx, nowhere, &mod, &err));
    KIT_OK(w.held.look(w.held.ctx, nowhere, &files, &err));
    assert_false(files.mod || files.zip);
    struct seen seen = {.kit = &w.kit, .stop_at = 1};
    const struct mf_module two_of_them[] = {id_of(0), id_of(3)};
    REFUSED(MF_E_POLICY, w.held.index(w.held.ctx, two_of_them, 2, on_indexed, &seen, &err));
    release(&w);
}

static void flip(int fd, off_t at)
{
    char byte;
    assert_int_equal(pread(fd, &byte, 1, at), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, at), 1);
}

/* Damage is found where it is read, and the end of the file always. */
static void test_damaged_bundle(void **state)
{
    struct world w;
    (void)state;
    make(&w, modules, MF_COUNT(modules), 2);
    const struct mf_manifest *m = &w.gate.manifest;
    off_t mods = (off_t)w.gate.head.frame_size, content = mods + (off_t)m->frames[0].size;
    flip(w.kit.fd, content + 100);
    mf_heldbundle_free(&w.bundle);
    KIT_OK(open_held(&w, 2, &err));
    REFUSED(MF_E_HASH, ask(&w.held, &w.kit, 1, &err));
    flip(w.kit.fd, content + 100);
    KIT_OK(ask(&w.held, &w.kit, 1, &err));
    for (off_t at = mods; at < content; at += 7) {
        flip(w.kit.fd, at);
        mf_heldbundle_free(&w.bundle);
        REFUSED(MF_E_HASH, open_held(&w, 1, &err));
        assert_null(w.bundle);
        flip(w.kit.fd, at);
    }
    off_t size = lseek(w.kit.fd, 0, SEEK_END);
    static const off_t cuts[] = {1, 100, 5000};
    for (size_t i = 0; i < MF_COUNT(cuts); i++) {
        assert_int_equal(ftruncate(w.kit.fd, size - cuts[i]), 0);
        REFUSED(MF_E_TRUNCATED, open_held(&w, 1, &err));
    }
    release(&w);
}

/* A manifest that promises another h1, signed or not: no index comes of it. */
static void test_lying_manifest(void **state)
{
    static const char other[] = "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    (void)state;
    for (int zip = 0; zip <= 1; zip++) {
        const struct kit_module liar[] = {
            {"example.com/a", "v1.0.0", TIME, "module example.com/a\n", one, zip == 1, other}};
        struct world w;
        struct seen seen = {.kit = &w.kit};
        const struct mf_module id = {MF_LIT("example.com/a"), MF_LIT("v1.0.0")};
        make(&w, liar, 1, 2);
        REFUSED(MF_E_HASH, w.held.index(w.held.ctx, &id, 1, on_indexed, &seen, &err));
        assert_int_equal(seen.set, 0);
        release(&w);
    }
}

/* --- trees --- */

struct forest {
    struct world w;
    struct mf_dir dir;
    char path[64];
    struct mf_heldtree *tree;
    struct mf_held held;
};

static void reopen(struct forest *f)
{
    mf_heldtree_free(&f->tree);
    KIT_OK(mf_heldtree_new(&f->tree, f->dir, 2, NULL, &err));
    f->held = mf_heldtree_view(f->tree);
}

static void plant(struct forest *f, enum mf_tree_kind kind)
{
    const struct mf_unpack_options options = {.threads = 2};
    struct mf_unpack_result result;
    *f = (struct forest){0};
    make(&f->w, modules, MF_COUNT(modules), 2);
    f->dir = kit_mkdir(f->path);
    assert_int_equal(lseek(f->w.kit.fd, (off_t)f->w.gate.head.frame_size, SEEK_SET), f->w.gate.head.frame_size);
    KIT_OK((kind == MF_TREE_PROXY ? mf_unpack_proxy : mf_unpack_modcache)(f->w.kit.fd, "b", &f->w.gate, f->dir,
                                                                          &options, &result, &err));
    reopen(f);
}

static void fell(struct forest *f)
{
    mf_heldtree_free(&f->tree);
    kit_empty(f->dir, f->path);
    release(&f->w);
}

static void test_trees(void **state)
{
    static const enum mf_tree_kind kinds[] = {MF_TREE_PROXY, MF_TREE_MODCACHE};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(kinds); i++) {
        struct forest f;
        plant(&f, kinds[i]);
        assert_true(mf_heldtree_recorded(f.tree));
        check_all(&f.held, &f.w.kit, true);
        /* without its record it is a tree like any other */
        KIT_OK(mf_dir_remove(f.dir, ".modferry", &err));
        reopen(&f);
        assert_false(mf_heldtree_recorded(f.tree));
        check_all(&f.held, &f.w.kit, false);
        fell(&f);
    }
}

#define STEM "example.com/!upper/@v/v1.0.0"

/* Changed files are read again, and refused where they differ. */
static void test_changed_tree(void **state)
{
    struct forest f;
    struct mf_held_files files;
    MF_CLEANUP(mf_buf_release) struct mf_buf mod = MF_BUF_INIT(MF_KIB);
    (void)state;
    plant(&f, MF_TREE_PROXY);
    MF_CLEANUP(mf_buf_release) struct mf_buf zip = MF_BUF_INIT(MF_MIB);
    KIT_OK(mf_dir_read(f.dir, STEM ".zip", &zip, NULL, &err));
    KIT_OK(mf_dir_write(f.dir, STEM ".zip", mf_buf_view(&zip), 0644, &err)); /* the same in a new file */
    KIT_OK(f.held.look(f.held.ctx, id_of(0), &files, &err));
    assert_true(files.zip && files.h1.n == 0);
    KIT_OK(ask(&f.held, &f.w.kit, 1, &err));

    MF_CLEANUP(mf_buf_release) struct mf_buf other = MF_BUF_INIT(64 * MF_MIB);
    static const struct kit_file changed[] = {{"a.go", "package a\n", 0}, {0}};
    const struct kit_module forged = {"example.com/Upper", "v1.0.0", TIME, "", changed, false, NULL};
    kit_zip(&f.w.kit, &forged, &other);
    KIT_OK(mf_dir_write(f.dir, STEM ".zip", mf_buf_view(&other), 0644, &err));
    REFUSED(MF_E_HASH, ask(&f.held, &f.w.kit, 1, &err));
    KIT_OK(mf_dir_write(f.dir, STEM ".zip", MF_LIT("PK"), 0644, &err));
    REFUSED(MF_E_MODZIP, ask(&f.held, &f.w.kit, 1, &err));
    KIT_OK(mf_dir_write(f.dir, STEM ".mod", MF_LIT("module example.com/Other\n"), 0644, &err));
    REFUSED(MF_E_HASH, f.held.mod(f.held.ctx, id_of(0), &mod, &err));

    KIT_OK(mf_dir_remove(f.dir, STEM ".zip", &err));
    KIT_OK(mf_dir_remove(f.dir, STEM ".info", &err));
    KIT_OK(f.held.look(f.held.ctx, id_of(0), &files, &err));
    assert_true(files.mod && !files.info && !files.zip);
    assert_int_equal(symlinkat("/etc/passwd", f.dir.fd, STEM ".zip"), 0);
    REFUSED(MF_E_DAMAGED, f.held.look(f.held.ctx, id_of(0), &files, &err));
    fell(&f);
}

/* Paths and versions that go would not download lead nowhere. */
static void test_hostile_names(void **state)
{
    static const char *const names[][2] = {{"../../etc", "v1.0.0"},          {"example.com/a/../b", "v1.0.0"},
                                           {"/etc/passwd", "v1.0.0"},        {"example.com/a", "../v1.0.0"},
                                           {"example.com/a", "v1"},          {"example.com/a", ""},
                                           {"example.com/\x1b[2J", "v1.0.0"}};
    struct forest f;
    (void)state;
    plant(&f, MF_TREE_PROXY);
    for (size_t i = 0; i < MF_COUNT(names); i++) {
        const struct mf_module id = {mf_str(names[i][0]), mf_str(names[i][1])};
        struct mf_held_files files;
        REFUSED(MF_E_GOMOD, f.held.look(f.held.ctx, id, &files, &err));
    }
    fell(&f);
}

static void test_damaged_record(void **state)
{
    char path[64];
    struct mf_dir dir = kit_mkdir(path);
    struct mf_heldtree *tree;
    (void)state;
    KIT_OK(mf_dir_write(dir, ".modferry/installed", MF_LIT("modferry-installed/1 proxy\nx\n"), 0644, &err));
    KIT_OK(mf_heldtree_new(&tree, dir, 1, NULL, &err));
    assert_false(mf_heldtree_recorded(tree));
    mf_heldtree_free(&tree);
    kit_empty(dir, path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bundle),         cmocka_unit_test(test_refused_questions),
        cmocka_unit_test(test_damaged_bundle), cmocka_unit_test(test_lying_manifest),
        cmocka_unit_test(test_trees),          cmocka_unit_test(test_changed_tree),
        cmocka_unit_test(test_hostile_names),  cmocka_unit_test(test_damaged_record),
    };
    return cmocka_run_group_tests(tests, make_indexes, free_indexes);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <sodium.h>

#include "tests/unit/bundlekit.h"
#include "tests/unit/treekit.h"
#include "verify/treesumdb.h"

#define NAME "db.test"
#define TOP "sumdb/" NAME "/"
#define VERSION "v1.0.0"

/* Modules of the log, by the number of their record. */
enum { LOG = 70000, MODULES = 4, FORKED = 7 };
static const size_t number_of[MODULES] = {100, 995, 1005, 60000};
static const char *const path_of[MODULES] = {"example.com/a", "example.com/B", "example.com/c", "example.com/d"};
static char zip_h1[MODULES][MF_H1_SIZE], mod_h1[MODULES][MF_H1_SIZE];

static struct treekit kit, forked;
static uint8_t secret[crypto_sign_SECRETKEYBYTES];
static char key_text[256];
static struct mf_gosumdb db;
static struct mf_arena of_key = MF_ARENA_INIT(MF_MIB);

/* --- the log --- */

static struct mf_str record(size_t i, char out[TREEKIT_TEXT])
{
    for (size_t k = 0; k < MODULES; k++)
        if (number_of[k] == i)
            return (struct mf_str){out, (size_t)snprintf(out, TREEKIT_TEXT, "%s %s %s\n%s %s/go.mod %s\n", path_of[k],
                                                         VERSION, zip_h1[k], path_of[k], VERSION, mod_h1[k])};
    return treekit_record(i, out);
}

static struct mf_str forked_record(size_t i, char out[TREEKIT_TEXT])
{
    return i == FORKED ? MF_LIT("another\n") : record(i, out);
}

/* A note of the checksum database. */
static struct mf_str head_of(const struct treekit *k, size_t size, struct mf_arena *arena)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(4096);
    uint8_t signature[4 + crypto_sign_BYTES];
    char root[MF_BASE64_SIZE(32)], text[MF_BASE64_SIZE(sizeof(signature))];
    struct mf_str note = {NULL, 0};
    mf_base64(treekit_head(k, size).root.b, 32, root);
    mf_buf_fmt(&b, "go.sum database tree\n%zu\n%s\n", size, root);
    memcpy(signature, db.key.hash, 4);
    crypto_sign_detached(signature + 4, NULL, (const uint8_t *)b.p, b.n, secret);
    mf_base64(signature, sizeof(signature), text);
    mf_buf_fmt(&b, "\n\u2014 " NAME " %s\n", text);
    KIT_OK(mf_arena_dup(arena, mf_buf_view(&b), &note, &err));
    return note;
}

static int make(void **state)
{
    uint8_t public[1 + crypto_sign_PUBLICKEYBYTES] = {1}, seed[crypto_sign_SEEDBYTES] = {42};
    char base64[MF_BASE64_SIZE(sizeof(public))], hex[MF_HEX_SIZE(4)];
    struct mf_sha256 hash;
    struct mf_digest digest;
    (void)state;
    crypto_sign_seed_keypair(public + 1, secret, seed);
    mf_sha256_init(&hash);
    mf_sha256_add(&hash, NAME "\n", strlen(NAME "\n"));
    mf_sha256_add(&hash, public, sizeof(public));
    mf_sha256_done(&hash, &digest);
    mf_hex(digest.b, 4, hex);
    mf_base64(public, sizeof(public), base64);
    snprintf(key_text, sizeof(key_text), NAME "+%s+%s", hex, base64);
    KIT_OK(mf_gosumdb_parse(mf_str(key_text), &db, &of_key, &err));
    for (size_t k = 0; k < MODULES; k++) {
        mf_dirhash_gomod(mf_str(path_of[k]), zip_h1[k]);
        mf_dirhash_gomod(number_of[k] % 2 ? MF_LIT("odd") : MF_LIT("even"), mod_h1[k]);
    }
    treekit_make_of(&kit, LOG, record);
    treekit_make_of(&forked, LOG, forked_record);
    return 0;
}

static int unmake(void **state)
{
    (void)state;
    treekit_release(&kit);
    treekit_release(&forked);
    mf_arena_release(&of_key);
    return 0;
}

/* --- bundles --- */

/* What a bundle carries: modules from `first` on, under the head of `size`, for
 * clients that hold the head of `older` records (0: none). */
struct carrying {
    size_t first, count, size, older;
};

struct bundle {
    struct mf_manifest m;
    struct mf_manifest_module modules[MODULES];
    struct mf_manifest_older older;
    struct mf_carriedproof *proof;
    struct mf_arena arena;
};

static void add_member(struct bundle *b, struct mf_buf *name, struct mf_str content)
{
    KIT_OK(mf_carriedproof_member(b->proof, mf_buf_view(name), content.n, &err));
    KIT_OK(mf_carriedproof_data(b->proof, content.p, content.n, &err));
    KIT_OK(mf_carriedproof_member_end(b->proof, &err));
}

static void add_lookup(struct bundle *b, const struct mf_manifest_module *m)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_BUF_INIT(1024), content = MF_BUF_INIT(8192);
    char text[TREEKIT_TEXT];
    const struct mf_lookup lookup = {.id = m->record - 1, .record = record(m->record - 1, text)};
    mf_sumdbproof_lookup(mf_str(NAME), m->id, &name);
    mf_lookup_write(&lookup, b->m.tree_head, &content);
    add_member(b, &name, mf_buf_view(&content));
}

static void add_tiles(struct bundle *b, const struct treekit *log, const struct carrying *c)
{
    struct mf_tileproof list = {0};
    const struct mf_treehead head = treekit_head(log, c->size);
    uint64_t ids[MODULES];
    for (size_t i = 0; i < c->count; i++)
        ids[i] = number_of[c->first + i];
    KIT_OK(mf_sumdbproof_begin(&list, &head, ids, c->count, b->m.older, b->m.older_count, &b->arena, &err));
    for (size_t i = 0; i < list.count; i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_BUF_INIT(1024);
        const struct mf_tile tile = list.tiles[i]->tile;
        char path[MF_TILE_PATH_SIZE];
        mf_tile_path(tile, path);
        mf_buf_fmt(&name, TOP "%s", path);
        add_member(b, &name, (struct mf_str){(const char *)treekit_tile(log, tile), mf_tile_bytes(tile)});
    }
    mf_tileproof_release(&list);
}

static void pack(struct bundle *b, const struct treekit *log, struct carrying c)
{
    *b = (struct bundle){.arena = MF_ARENA_INIT(16 * MF_MIB)};
    b->m = (struct mf_manifest){.modules = b->modules, .module_count = c.count, .sumdb_name = MF_LIT(NAME)};
    for (size_t i = 0; i < c.count; i++)
        b->modules[i] = (struct mf_manifest_module){.id = {mf_str(path_of[c.first + i]), MF_LIT(VERSION)},
                                                    .h1 = mf_str(zip_h1[c.first + i]),
                                                    .mod_h1 = mf_str(mod_h1[c.first + i]),
                                                    .record = number_of[c.first + i] + 1};
    b->m.tree_head = head_of(log, c.size, &b->arena);
    if (c.older) {
        char root[MF_BASE64_SIZE(32)];
        mf_base64(treekit_head(log, c.older).root.b, 32, root);
        b->older.size = c.older;
        KIT_OK(mf_arena_dup(&b->arena, mf_str(root), &b->older.root, &err));
        b->m.older = &b->older;
        b->m.older_count = 1;
    }
    KIT_OK(mf_carriedproof_new(&b->proof, &b->m, &db, &err));
    for (size_t i = 0; i < c.count; i++)
        add_lookup(b, &b->modules[i]);
    add_tiles(b, log, &c);
    KIT_OK(mf_carriedproof_finish(b->proof, &err));
}

static void drop(struct bundle *b)
{
    mf_carriedproof_free(&b->proof);
    mf_arena_release(&b->arena);
}

/* --- trees --- */

struct place {
    char path[64];
    struct mf_dir dir;
    struct mf_tree tree;
    struct mf_unpack_result result;
    bool skip[MODULES];
    struct kit texts; /* its arena alone */
};

static void open_place(struct place *p, enum mf_tree_kind kind)
{
    *p = (struct place){.texts.arena = MF_ARENA_INIT(64 * MF_MIB)};
    p->dir = kit_mkdir(p->path);
    p->tree = (struct mf_tree){.kind = kind,
                               .dir = p->dir,
                               .record = MF_INSTALLED_INIT,
                               .result = &p->result,
                               .skip = p->skip,
                               .gosumdb = &db};
}

static void close_place(struct place *p)
{
    mf_installed_release(&p->tree.record);
    mf_arena_release(&p->texts.arena);
    kit_empty(p->dir, p->path);
}

static const char *read_in(struct place *p, const char *name)
{
    return kit_read(&p->texts, p->dir, name);
}

static enum mf_code unite(struct place *p, const struct treekit *log, struct carrying c, struct mf_err *err)
{
    struct bundle b;
    *err = (struct mf_err){0};
    pack(&b, log, c);
    p->tree.m = &b.m;
    int rc = mf_treesumdb_unite(&p->tree, &db, b.proof, err);
    p->tree.m = NULL;
    drop(&b);
    return rc < 0 ? err->code : MF_OK;
}

static void must_unite(struct place *p, struct carrying c)
{
    struct mf_err err;
    if (unite(p, &kit, c, &err) != MF_OK)
        fail_msg("%s", err.text);
}

static uint64_t check(struct place *p)
{
    uint64_t lookups = 0;
    KIT_OK(mf_treesumdb_check(p->dir, p->tree.kind, mf_str(key_text), &lookups, &err));
    return lookups;
}

static enum mf_code check_fails(struct place *p)
{
    struct mf_err err = {0};
    uint64_t lookups;
    assert_int_equal(mf_treesumdb_check(p->dir, p->tree.kind, mf_str(key_text), &lookups, &err), -1);
    return err.code;
}

static int add_to_hash(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_MIB);
    struct stat st;
    (void)type;
    if (mf_dir_stat(parent, entry, &st, err) < 0)
        return -1;
    mf_sha256_add(ctx, entry, strlen(entry) + 1);
    if (S_ISDIR(st.st_mode))
        return mf_dir_each(parent, entry, add_to_hash, ctx, err);
    if (mf_dir_read(parent, entry, &b, NULL, err) < 0)
        return -1;
    mf_sha256_add(ctx, b.p, b.n);
    return 0;
}

/* Of all names and contents. */
static struct mf_digest content_of(const struct place *p)
{
    struct mf_sha256 hash;
    struct mf_digest digest;
    mf_sha256_init(&hash);
    KIT_OK(mf_dir_each(p->dir, ".", add_to_hash, &hash, &err));
    mf_sha256_done(&hash, &digest);
    return digest;
}

static void flip(struct place *p, const char *name, size_t at)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_MIB);
    KIT_OK(mf_dir_read(p->dir, name, &b, NULL, &err));
    assert_true(at < b.n);
    b.p[at] ^= 1;
    KIT_OK(mf_dir_write(p->dir, name, mf_buf_view(&b), 0644, &err));
}

static size_t count_of(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *at = text; (at = strstr(at, what)); at++)
        n++;
    return n;
}

/* --- tests --- */

#define FIRST                                                                                                          \
    {                                                                                                                  \
        0, 2, 1000, 0                                                                                                  \
    }
#define NEAR                                                                                                           \
    {                                                                                                                  \
        2, 1, 1010, 1000                                                                                               \
    }
#define FAR                                                                                                            \
    {                                                                                                                  \
        3, 1, 69000, 1010                                                                                              \
    }
static const struct carrying first = FIRST, near = NEAR, stranger = {3, 1, 69000, 0};

static void test_fresh(void **state)
{
    struct place p;
    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        const char *lookup =
            kind ? "cache/download/" TOP "lookup/example.com/!b@v1.0.0" : TOP "lookup/example.com/!b@v1.0.0";
        open_place(&p, kind ? MF_TREE_MODCACHE : MF_TREE_PROXY);
        must_unite(&p, first);
        assert_true(p.result.united);
        assert_int_equal(check(&p), kind ? 0 : 2); /* no module is recorded, so in a GOMODCACHE none is ours */
        assert_int_equal(count_of(read_in(&p, MF_TREESUMDB_HEADS), "go.sum database tree"), 1);
        const char *text = read_in(&p, lookup);
        assert_non_null(text);
        assert_int_equal(strncmp(text, "995\nexample.com/B v1.0.0 h1:", 28), 0);
        /* what the bundle carries, and nothing beyond it */
        struct mf_digest before = content_of(&p);
        must_unite(&p, first);
        struct mf_digest after = content_of(&p);
        assert_true(mf_digest_eq(&before, &after));
        close_place(&p);
    }
}

/* In every order the newest head comes onto all lookups, and each head has its
 * edge: of 1000 and 1010 records on one tile, which the third bundle carries. */
static void test_orders(void **state)
{
    static const struct carrying orders[][3] = {{FIRST, NEAR, FAR}, {FIRST, FAR, NEAR}, {NEAR, FIRST, FAR},
                                                {NEAR, FAR, FIRST}, {FAR, FIRST, NEAR}, {FAR, NEAR, FIRST}};
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    const struct mf_str newest = head_of(&kit, 69000, &arena);
    (void)state;
    for (size_t i = 0; i < MF_COUNT(orders); i++) {
        struct place p;
        open_place(&p, MF_TREE_PROXY);
        for (size_t k = 0; k < 3; k++)
            must_unite(&p, orders[i][k]);
        assert_int_equal(check(&p), MODULES);
        assert_int_equal(count_of(read_in(&p, MF_TREESUMDB_HEADS), "go.sum database tree"), 3);
        for (size_t k = 0; k < MODULES; k++) {
            MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_BUF_INIT(256);
            mf_sumdbproof_lookup(mf_str(NAME), (struct mf_module){mf_str(path_of[k]), MF_LIT(VERSION)}, &name);
            assert_true(mf_str_ends(mf_str(read_in(&p, mf_buf_cstr(&name))), newest));
        }
        assert_non_null(read_in(&p, TOP "tile/8/0/003.p/232"));
        assert_non_null(read_in(&p, TOP "tile/8/0/003.p/242"));
        close_place(&p);
    }
}

/* Heads with no tiles between them: refused, with both and a way out, and nothing is written. */
static void test_stranger(void **state)
{
    struct place p;
    struct mf_err err;
    (void)state;
    for (int newer_first = 0; newer_first < 2; newer_first++) {
        open_place(&p, MF_TREE_PROXY);
        must_unite(&p, newer_first ? stranger : first);
        struct mf_digest before = content_of(&p);
        assert_int_equal(unite(&p, &kit, newer_first ? first : stranger, &err), MF_E_POLICY);
        assert_non_null(strstr(err.text, "size 1000, root "));
        assert_non_null(strstr(err.text, "size 69000, root "));
        assert_non_null(strstr(err.next, "--since-head"));
        struct mf_digest after = content_of(&p);
        assert_true(mf_digest_eq(&before, &after));
        assert_int_equal(check(&p), newer_first ? 1 : 2);
        close_place(&p);
    }
}

static void test_fork(void **state)
{
    static const struct carrying others[] = {{0, 2, 1000, 0}, {2, 1, 1010, 1000}, {3, 1, 69000, 1000}, {0, 1, 990, 0}};
    struct mf_err err;
    (void)state;
    for (size_t i = 0; i < MF_COUNT(others); i++) {
        struct place p;
        open_place(&p, MF_TREE_PROXY);
        must_unite(&p, first);
        struct mf_digest before = content_of(&p);
        assert_int_equal(unite(&p, &forked, others[i], &err), MF_E_SUMDB);
        struct mf_digest after = content_of(&p);
        assert_true(mf_digest_eq(&before, &after));
        close_place(&p);
    }
}

static void test_check(void **state)
{
    static const struct {
        const char *name;
        size_t at;
        enum mf_code code;
    } flips[] = {
        {TOP "tile/8/1/000.p/3", 40, MF_E_SUMDB},
        {TOP "tile/8/0/000", 3200, MF_E_SUMDB},
        {TOP "lookup/example.com/a@v1.0.0", 0, MF_E_DAMAGED}, /* its number: 100 becomes 000 */
        {TOP "lookup/example.com/a@v1.0.0", 2, MF_E_SUMDB},   /* 101 */
        {TOP "lookup/example.com/!b@v1.0.0", 30, MF_E_SUMDB},
        {MF_TREESUMDB_HEADS, 22, MF_E_SUMDB},
    };
    struct place p;
    (void)state;
    for (size_t i = 0; i < MF_COUNT(flips); i++) {
        open_place(&p, MF_TREE_PROXY);
        must_unite(&p, first);
        flip(&p, flips[i].name, flips[i].at);
        enum mf_code code = check_fails(&p);
        if (code != flips[i].code)
            fail_msg("%s: code %d", flips[i].name, code);
        close_place(&p);
    }
    open_place(&p, MF_TREE_PROXY);
    must_unite(&p, first);
    KIT_OK(mf_dir_remove(p.dir, TOP "tile/8/0/000", &err));
    assert_int_equal(check_fails(&p), MF_E_DAMAGED);
    must_unite(&p, first);
    assert_int_equal(check(&p), 2);
    /* a temporary of a killed run is no lookup */
    KIT_OK(mf_dir_write(p.dir, TOP "lookup/example.com/.modferry-x.tmp", MF_LIT("x"), 0644, &err));
    assert_int_equal(check(&p), 2);
    KIT_OK(mf_dir_write(p.dir, TOP "lookup/example.com/x@v1.0.0", MF_LIT("x"), 0644, &err));
    assert_int_equal(check_fails(&p), MF_E_DAMAGED);
    close_place(&p);
}

static void install(struct place *p, size_t k)
{
    const struct mf_installed_module m = {
        .id = {mf_str(path_of[k]), MF_LIT(VERSION)}, .h1 = mf_str(zip_h1[k]), .mod_h1 = mf_str(mod_h1[k])};
    KIT_OK(mf_installed_put(&p->tree.record, &m, &err));
}

/* unite, publish, settle, as unpack does. */
static void unpack(struct place *p, struct carrying c)
{
    struct bundle b;
    pack(&b, &kit, c);
    p->tree.m = &b.m;
    KIT_OK(mf_treesumdb_before(&p->tree, &err));
    KIT_OK(mf_treesumdb_unite(&p->tree, &db, b.proof, &err));
    for (size_t i = 0; i < c.count; i++)
        install(p, c.first + i);
    KIT_OK(mf_treesumdb_settle(&p->tree, &db, &err));
    assert_int_equal(mf_treesumdb_is_current(&p->tree, &(struct mf_err){0}), 1);
    p->tree.m = NULL;
    p->result.united = false;
    drop(&b);
}

/* The same for a bundle of one module without proofs. */
static void unpack_bare(struct place *p, size_t k, struct mf_str not_covered)
{
    struct mf_manifest_module module = {
        .id = {mf_str(path_of[k]), MF_LIT(VERSION)}, .h1 = mf_str(zip_h1[k]), .not_covered = not_covered};
    struct mf_manifest m = {.modules = &module, .module_count = 1};
    p->tree.m = &m;
    KIT_OK(mf_treesumdb_before(&p->tree, &err));
    install(p, k);
    KIT_OK(mf_treesumdb_settle(&p->tree, &db, &err));
    assert_int_equal(mf_treesumdb_is_current(&p->tree, &(struct mf_err){0}), 1);
    p->tree.m = NULL;
}

static bool supported(struct place *p)
{
    struct mf_treesumdb_record r;
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    KIT_OK(mf_treesumdb_read(p->dir, &r, &arena, &err));
    bool there = read_in(p, TOP "supported") != NULL;
    assert_int_equal(there, r.complete && p->tree.kind == MF_TREE_PROXY);
    return r.complete;
}

static void test_supported(void **state)
{
    struct place p;
    (void)state;
    open_place(&p, MF_TREE_PROXY);
    unpack_bare(&p, 0, MF_LIT("GOSUMDB=off"));
    assert_null(read_in(&p, MF_TREESUMDB_RECORD));
    unpack(&p, first);
    assert_true(supported(&p));
    unpack_bare(&p, 2, MF_LIT("GOSUMDB=off"));
    assert_false(supported(&p));
    unpack(&p, near);
    assert_true(supported(&p));
    unpack_bare(&p, 3, MF_LIT("GOPRIVATE matches it"));
    assert_true(supported(&p));
    assert_non_null(strstr(read_in(&p, MF_TREESUMDB_RECORD), "\nexempt example.com/d\n"));
    close_place(&p);
    open_place(&p, MF_TREE_MODCACHE);
    unpack(&p, first);
    assert_true(supported(&p));
    close_place(&p);
}

static void test_current(void **state)
{
    struct place p;
    struct bundle b;
    (void)state;
    open_place(&p, MF_TREE_PROXY);
    pack(&b, &kit, near);
    p.tree.m = &b.m;
    assert_int_equal(mf_treesumdb_is_current(&p.tree, &(struct mf_err){0}), 0);
    p.tree.m = NULL;
    unpack(&p, first);
    p.tree.m = &b.m;
    assert_int_equal(mf_treesumdb_is_current(&p.tree, &(struct mf_err){0}), 0);
    p.tree.m = NULL;
    unpack(&p, near);
    p.tree.m = &b.m;
    assert_int_equal(mf_treesumdb_is_current(&p.tree, &(struct mf_err){0}), 1);
    flip(&p, TOP "tile/8/0/000", 3200); /* of another module's record */
    assert_int_equal(mf_treesumdb_is_current(&p.tree, &(struct mf_err){0}), 0);
    drop(&b);
    close_place(&p);
}

static void test_record(void **state)
{
    static const char *const bad[] = {"", "modferry-sumdb/2 k\n", "modferry-sumdb/1 k\nperhaps\n", "complete\n",
                                      "modferry-sumdb/1 k\nexempt *\n"};
    struct place p;
    struct mf_treesumdb_record r;
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    (void)state;
    open_place(&p, MF_TREE_PROXY);
    KIT_OK(mf_treesumdb_read(p.dir, &r, &arena, &err));
    assert_int_equal(r.key.n, 0);
    for (size_t i = 0; i < MF_COUNT(bad); i++) {
        struct mf_err why = {0};
        KIT_OK(mf_dir_write(p.dir, MF_TREESUMDB_RECORD, mf_str(bad[i]), 0644, &err));
        assert_int_equal(mf_treesumdb_read(p.dir, &r, &arena, &why), -1);
        assert_int_equal(why.code, MF_E_DAMAGED);
    }
    KIT_OK(mf_dir_write(p.dir, MF_TREESUMDB_RECORD,
                        MF_LIT("modferry-sumdb/1 k\ncomplete\nexempt a.example/x\nexempt b.example/y\n"), 0644, &err));
    KIT_OK(mf_treesumdb_read(p.dir, &r, &arena, &err));
    assert_true(mf_str_eq(r.key, MF_LIT("k")) && r.complete);
    assert_int_equal(r.exempt_count, 2);
    close_place(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fresh),  cmocka_unit_test(test_orders),  cmocka_unit_test(test_stranger),
        cmocka_unit_test(test_fork),   cmocka_unit_test(test_check),   cmocka_unit_test(test_supported),
        cmocka_unit_test(test_record), cmocka_unit_test(test_current),
    };
    return cmocka_run_group_tests(tests, make, unmake);
}

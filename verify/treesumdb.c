#include "verify/treesumdb.h"

#include <stdio.h>
#include <stdlib.h>

#include "formats/base/encode.h"

enum { HEADS_MAX_BYTES = 1 << 20, HEADS_MAX = 100000, LOOKUPS_MAX = 1000000, DEPTH_MAX = 64 };

/* A signed head. */
struct head {
    struct mf_treehead tree;
    struct mf_str note; /* empty: an older head of the bundle, of which only size and root are known */
};

/* A lookup of the tree or of the bundle: where it goes, and what it says. */
struct entry {
    struct mf_str name; /* below lookup/ */
    struct mf_lookup lookup;
    bool carried;
};

struct union_state {
    struct mf_tree *t;
    const struct mf_gosumdb *db;
    const struct mf_carriedproof *carried;
    struct mf_arena arena;
    struct mf_dir files; /* sumdb/<name> of the tree */
    struct head *heads;
    size_t head_count, head_cap;
    struct head newest;
    struct entry *entries;
    size_t entry_count, entry_cap;
    struct mf_tileproof proof;
};

static void release(struct union_state *u)
{
    mf_tileproof_release(&u->proof);
    mf_dir_release(&u->files);
    mf_arena_release(&u->arena);
    free(u->heads);
    free(u->entries);
}

/* "sumdb/<name>" or where go keeps it. */
static const char *folder(const struct mf_tree *t, struct mf_str name, struct mf_buf *b, struct mf_err *err)
{
    mf_buf_fmt(b, "%ssumdb/%.*s", t->kind == MF_TREE_PROXY ? "" : "cache/download/", MF_FMT(name));
    const char *text = mf_buf_cstr(b);
    return text || mf_buf_check(b, err) == 0 ? text : NULL;
}

/* --- heads --- */

static int refuse_fork(const struct union_state *u, const struct mf_treehead *a, const struct mf_treehead *b,
                       struct mf_err *err)
{
    char x[MF_BASE64_SIZE(32)], y[MF_BASE64_SIZE(32)];
    mf_base64(a->root.b, 32, x);
    mf_base64(b->root.b, 32, y);
    return mf_err_set(
        err, MF_E_SUMDB,
        "SECURITY ERROR: the checksum database %.*s contradicts itself: its tree of size %llu with root %s "
        "is not the beginning of its tree of size %llu with root %s",
        MF_FMT(u->db->key.name), (unsigned long long)a->size, x, (unsigned long long)b->size, y);
}

static int add_head(struct union_state *u, const struct mf_treehead *tree, struct mf_str note, struct mf_err *err)
{
    for (size_t i = 0; i < u->head_count; i++) {
        struct head *known = &u->heads[i];
        if (known->tree.size != tree->size)
            continue;
        if (!mf_treehead_eq(&known->tree, tree))
            return refuse_fork(u, &known->tree, tree, err);
        if (!known->note.n)
            known->note = note;
        return 0;
    }
    if (mf_grow(&u->heads, &u->head_cap, u->head_count + 1, sizeof(*u->heads), HEADS_MAX, err) < 0)
        return -1;
    u->heads[u->head_count++] = (struct head){*tree, note};
    if (note.n && tree->size > u->newest.tree.size)
        u->newest = u->heads[u->head_count - 1];
    return 0;
}

/* Those published in the tree, that of the bundle, and those it serves as well. */
static int read_heads(struct union_state *u, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(HEADS_MAX_BYTES);
    struct mf_err why;
    struct mf_str rest;
    bool missing;
    if (mf_dir_read(u->t->dir, MF_TREESUMDB_HEADS, &b, &missing, &why) < 0 && !missing) {
        *err = why;
        return -1;
    }
    if (mf_arena_dup(&u->arena, mf_buf_view(&b), &rest, err) < 0)
        return -1;
    for (;;) {
        struct mf_str note = mf_note_next(&rest);
        struct mf_treehead tree;
        if (!note.n)
            break;
        if (mf_treehead_open(note, &u->db->key, &tree, err) < 0)
            return mf_err_prefix(err, MF_TREESUMDB_HEADS);
        if (add_head(u, &tree, note, err) < 0)
            return -1;
    }
    if (!u->carried)
        return 0;
    if (add_head(u, mf_carriedproof_head(u->carried), u->t->m->tree_head, err) < 0)
        return -1;
    for (size_t i = 0; i < u->t->m->older_count; i++) {
        struct mf_treehead tree = {.size = u->t->m->older[i].size};
        if (!mf_base64_parse(u->t->m->older[i].root, tree.root.b, sizeof(tree.root.b)))
            return mf_err_set(err, MF_E_DAMAGED, "an older head has no root");
        if (add_head(u, &tree, (struct mf_str){NULL, 0}, err) < 0)
            return -1;
    }
    return 0;
}

/* --- lookups --- */

static int add_entry(struct union_state *u, const struct entry *e, struct mf_err *err)
{
    if (mf_grow(&u->entries, &u->entry_cap, u->entry_count + 1, sizeof(*u->entries), LOOKUPS_MAX, err) < 0)
        return -1;
    u->entries[u->entry_count++] = *e;
    return 0;
}

static int add_carried(struct union_state *u, struct mf_err *err)
{
    for (size_t i = 0; i < mf_carriedproof_lookups(u->carried); i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_TREE_NAME_MAX);
        struct mf_module id;
        struct entry e = {.lookup = *mf_carriedproof_lookup(u->carried, i, &id), .carried = true};
        mf_modpath_escape(id.path, &b);
        mf_buf_byte(&b, '@');
        mf_modpath_escape(id.version, &b);
        if (mf_buf_check(&b, err) < 0 || mf_arena_dup(&u->arena, mf_buf_view(&b), &e.name, err) < 0 ||
            add_entry(u, &e, err) < 0)
            return -1;
    }
    return 0;
}

/* Where a walk through lookup/ is. */
struct walk {
    struct union_state *u;
    struct mf_str name; /* of the directory, below lookup/; empty at the top */
    unsigned depth;
};

static int visit(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    const struct walk *w = ctx;
    struct union_state *u = w->u;
    struct stat st;
    struct mf_str name, text;
    (void)type;
    if (mf_str_starts(mf_str(entry), MF_LIT(".modferry-")))
        return 0;
    if (mf_arena_join(&u->arena, w->name, w->name.n ? MF_LIT("/") : MF_LIT(""), mf_str(entry), &name, err) < 0 ||
        mf_dir_stat(parent, entry, &st, err) < 0)
        return -1;
    if (S_ISDIR(st.st_mode)) {
        struct walk deeper = {u, name, w->depth + 1};
        if (deeper.depth > DEPTH_MAX)
            return mf_err_set(err, MF_E_LIMIT, "directories of lookups are nested too deep");
        return mf_dir_each(parent, entry, visit, &deeper, err);
    }
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_LOOKUP_MAX);
    struct entry e = {.name = name};
    if (mf_dir_read(parent, entry, &b, NULL, err) < 0 || mf_arena_dup(&u->arena, mf_buf_view(&b), &text, err) < 0)
        return -1;
    if (mf_lookup_parse(text, &e.lookup, err) < 0)
        return mf_err_prefix(err, "lookup/%.*s in the tree", MF_FMT(name));
    return add_entry(u, &e, err);
}

static int by_name(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = mf_str_cmp(x->name, y->name);
    return order ? order : (int)y->carried - (int)x->carried;
}

/* All lookups, each name once: what is carried takes the place of what is there. */
static int collect(struct union_state *u, struct mf_err *err)
{
    struct walk top = {.u = u};
    size_t kept = 0;
    if ((u->carried && add_carried(u, err) < 0) ||
        (u->files.fd >= 0 && mf_dir_each(u->files, "lookup", visit, &top, err) < 0))
        return -1;
    if (u->entry_count)
        qsort(u->entries, u->entry_count, sizeof(*u->entries), by_name);
    for (size_t i = 0; i < u->entry_count; i++)
        if (kept == 0 || !mf_str_eq(u->entries[kept - 1].name, u->entries[i].name))
            u->entries[kept++] = u->entries[i];
    u->entry_count = kept;
    return 0;
}

/* --- tiles --- */

/* A tile of the tree that begins with t, from any file that holds it. */
static int tree_tile(struct union_state *u, struct mf_tile t, const uint8_t **out, struct mf_err *err)
{
    char path[MF_TILE_PATH_SIZE];
    for (struct mf_tile file = t; u->files.fd >= 0 && file.width <= MF_TILE_HASHES; file.width++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_TILE_BYTES);
        struct mf_err why;
        struct mf_str copy;
        bool missing;
        mf_tile_path(file, path);
        if (mf_dir_read(u->files, path, &b, &missing, &why) < 0) {
            if (missing || why.code == MF_E_LIMIT)
                continue;
            *err = why;
            return -1;
        }
        if (b.n != mf_tile_bytes(file))
            continue;
        if (mf_arena_dup(&u->arena, mf_buf_view(&b), &copy, err) < 0)
            return -1;
        *out = (const uint8_t *)copy.p;
        return 1;
    }
    return 0;
}

static int refuse_missing(const struct union_state *u, const char *path, struct mf_err *err)
{
    if (!u->carried)
        return mf_err_set(err, MF_E_DAMAGED, "%s is missing in the tree", path);
    const struct mf_treehead *bundle = mf_carriedproof_head(u->carried);
    struct mf_treehead tree = {0};
    char x[MF_BASE64_SIZE(32)], y[MF_BASE64_SIZE(32)];
    for (size_t i = 0; i < u->head_count; i++)
        if (u->heads[i].note.n && u->heads[i].tree.size > tree.size && u->heads[i].tree.size != bundle->size)
            tree = u->heads[i].tree;
    mf_base64(tree.root.b, 32, x);
    mf_base64(bundle->root.b, 32, y);
    mf_err_set(
        err, MF_E_POLICY,
        "the checksum database of this tree (size %llu, root %s) and that of the bundle (size %llu, root %s) cannot "
        "be united: %s is missing",
        (unsigned long long)tree.size, x, (unsigned long long)bundle->size, y, path);
    return mf_err_next(err, "pack it again with --since-head FILE, FILE being a copy of " MF_TREESUMDB_HEADS
                            " in this tree");
}

static int prove(struct union_state *u, struct mf_err *err)
{
    char path[MF_TILE_PATH_SIZE];
    size_t bad;
    if (mf_tileproof_begin(&u->proof, &u->newest.tree, &u->arena, err) < 0)
        return -1;
    for (size_t i = 0; i < u->entry_count; i++)
        if (mf_tileproof_want_record(&u->proof, u->entries[i].lookup.id, err) < 0)
            return mf_err_prefix(err, "lookup/%.*s", MF_FMT(u->entries[i].name));
    for (size_t i = 0; i < u->head_count; i++)
        if (mf_tileproof_want_tree(&u->proof, u->heads[i].tree.size, err) < 0)
            return -1;
    for (size_t i = 0; i < u->proof.count; i++) {
        struct mf_tileproof_tile *tile = u->proof.tiles[i];
        tile->data = u->carried ? mf_carriedproof_tile(u->carried, tile->tile) : NULL;
        int rc = tile->data ? 1 : tree_tile(u, tile->tile, &tile->data, err);
        if (rc < 0)
            return -1;
        mf_tile_path(tile->tile, path);
        if (rc == 0)
            return refuse_missing(u, path, err);
    }
    if (mf_tileproof_check(&u->proof, &bad, err) < 0)
        return -1;
    for (size_t i = 0; i < u->head_count; i++) {
        struct mf_digest root = mf_tileproof_tree(&u->proof, u->heads[i].tree.size);
        if (!mf_digest_eq(&root, &u->heads[i].tree.root))
            return refuse_fork(u, &u->heads[i].tree, &u->newest.tree, err);
    }
    for (size_t i = 0; i < u->entry_count; i++) {
        struct mf_digest proved = mf_tileproof_record(&u->proof, u->entries[i].lookup.id);
        struct mf_digest found = mf_tree_record_hash(u->entries[i].lookup.record);
        if (!mf_digest_eq(&proved, &found))
            return mf_err_set(err, MF_E_SUMDB, "lookup/%.*s is not in the tree of size %llu",
                              MF_FMT(u->entries[i].name), (unsigned long long)u->newest.tree.size);
    }
    return 0;
}

/* --- publishing --- */

/* Writes a file unless it is there with this content. */
static int put(struct union_state *u, const char *name, struct mf_str content, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_LOOKUP_MAX);
    struct mf_err why;
    if (mf_dir_read(u->files, name, &b, NULL, &why) == 0 && mf_str_eq(mf_buf_view(&b), content))
        return 0;
    return mf_dir_write(u->files, name, content, mf_tree_mode(u->t), err);
}

static int put_tile(struct union_state *u, struct mf_tile tile, const uint8_t *data, struct mf_err *err)
{
    char path[MF_TILE_PATH_SIZE];
    mf_tile_path(tile, path);
    return put(u, path, (struct mf_str){(const char *)data, mf_tile_bytes(tile)}, err);
}

/* What a client wants that holds an older head: the tiles of its right edge, as
 * wide as they were. Each is the beginning of a tile that proves consistency. */
static int put_edge(struct union_state *u, const struct mf_treehead *older, struct mf_err *err)
{
    struct mf_treenode nodes[MF_TREENODES_MAX];
    size_t n = mf_treenodes(older->size, nodes);
    for (size_t i = 0; i < n; i++) {
        struct mf_tile tile = mf_tile_parent(mf_tile_of(nodes[i]), 0, older->size);
        const struct mf_tileproof_tile *wide =
            mf_tileproof_find(&u->proof, mf_tile_parent(tile, 0, u->newest.tree.size));
        if (!wide)
            return mf_err_set(err, MF_E_SUMDB, "a tile of the tree of size %llu was not proved",
                              (unsigned long long)older->size);
        if (put_tile(u, tile, wide->data, err) < 0)
            return -1;
    }
    return 0;
}

static int write_heads(struct union_state *u, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(HEADS_MAX_BYTES);
    for (size_t i = 0; i < u->head_count; i++) {
        if (!u->heads[i].note.n)
            continue;
        if (b.n)
            mf_buf_byte(&b, '\n');
        mf_buf_str(&b, u->heads[i].note);
    }
    if (mf_buf_check(&b, err) < 0)
        return -1;
    return mf_dir_write(u->t->dir, MF_TREESUMDB_HEADS, mf_buf_view(&b), 0644, err);
}

static int write_lookups(struct union_state *u, struct mf_err *err)
{
    for (size_t i = 0; i < u->entry_count; i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_BUF_INIT(MF_TREE_NAME_MAX);
        MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_LOOKUP_MAX);
        mf_buf_fmt(&name, "lookup/%.*s", MF_FMT(u->entries[i].name));
        mf_lookup_write(&u->entries[i].lookup, u->newest.note, &text);
        const char *path = mf_buf_cstr(&name);
        if (!path)
            return mf_buf_check(&name, err);
        if (mf_buf_check(&text, err) < 0 || put(u, path, mf_buf_view(&text), err) < 0)
            return -1;
    }
    return 0;
}

/* Tiles, then heads, then lookups: whatever a client reads, what proves it is
 * there. */
static int publish(struct union_state *u, const char *name, struct mf_err *err)
{
    if (mf_tree_begin_writing(u->t, err) < 0)
        return -1;
    if (u->files.fd < 0 && mf_dir_sub(&u->files, u->t->dir, name, true, err) < 0)
        return -1;
    for (size_t i = 0; i < u->proof.count; i++)
        if (put_tile(u, u->proof.tiles[i]->tile, u->proof.tiles[i]->data, err) < 0)
            return -1;
    for (size_t i = 0; i < u->head_count; i++)
        if (put_edge(u, &u->heads[i].tree, err) < 0)
            return -1;
    if (write_heads(u, err) < 0)
        return -1;
    return write_lookups(u, err);
}

int mf_treesumdb_unite(struct mf_tree *t, const struct mf_gosumdb *db, const struct mf_carriedproof *carried,
                       struct mf_err *err)
{
    MF_CLEANUP(release)
    struct union_state u = {
        .t = t, .db = db, .carried = carried, .arena = MF_ARENA_INIT(512 * MF_MIB), .files = MF_DIR_NONE};
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_TREE_NAME_MAX);
    struct stat st;
    const char *name = folder(t, db->key.name, &b, err);
    if (!name)
        return -1;
    int there = mf_dir_stat(t->dir, name, &st, err);
    if (there < 0 || (there && mf_dir_sub(&u.files, t->dir, name, false, err) < 0))
        return -1;
    if (read_heads(&u, err) < 0 || collect(&u, err) < 0 || prove(&u, err) < 0 || publish(&u, name, err) < 0)
        return mf_err_prefix(err, "checksum database");
    t->result->united = true;
    return 0;
}

int mf_treesumdb_check(struct mf_dir dir, enum mf_tree_kind kind, struct mf_str key, uint64_t *lookups_out,
                       struct mf_err *err)
{
    struct mf_tree tree = {.kind = kind, .dir = dir};
    struct mf_gosumdb db;
    MF_CLEANUP(release)
    struct union_state u = {.t = &tree, .db = &db, .arena = MF_ARENA_INIT(512 * MF_MIB), .files = MF_DIR_NONE};
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_TREE_NAME_MAX);
    if (mf_gosumdb_parse(key, &db, &u.arena, err) < 0)
        return mf_err_prefix(err, MF_TREESUMDB_RECORD);
    const char *name = folder(&tree, db.key.name, &b, err);
    if (!name || mf_dir_sub(&u.files, dir, name, false, err) < 0 || read_heads(&u, err) < 0 || collect(&u, err) < 0 ||
        prove(&u, err) < 0) {
        mf_err_prefix(err, "checksum database");
        return mf_err_next(err, "unpack the bundle again: what is wrong is replaced; and find out what changed it");
    }
    *lookups_out = u.entry_count;
    return 0;
}

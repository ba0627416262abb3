#include "verify/treeunion.h"

#include <stdlib.h>

#include "formats/base/encode.h"

enum { HEADS_MAX = 100000, LOOKUPS_MAX = 1000000, DEPTH_MAX = 64 };

void mf_treeunion_release(struct mf_treeunion *u)
{
    mf_tileproof_release(&u->proof);
    mf_dir_release(&u->files);
    mf_arena_release(&u->arena);
    free(u->heads);
    free(u->entries);
}

/* --- heads --- */

static int refuse_fork(const struct mf_treeunion *u, const struct mf_treehead *a, const struct mf_treehead *b,
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

static int add_head(struct mf_treeunion *u, const struct mf_treehead *tree, struct mf_str note, struct mf_err *err)
{
    for (size_t i = 0; i < u->head_count; i++) {
        struct mf_treeunion_head *known = &u->heads[i];
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
    u->heads[u->head_count++] = (struct mf_treeunion_head){*tree, note};
    if (note.n && tree->size > u->newest.tree.size)
        u->newest = u->heads[u->head_count - 1];
    return 0;
}

/* Those published in the tree, that of the bundle, and those it serves as well. */
static int read_heads(struct mf_treeunion *u, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_TREEUNION_HEADS_MAX);
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

static int add_entry(struct mf_treeunion *u, const struct mf_treeunion_entry *e, struct mf_err *err)
{
    if (mf_grow(&u->entries, &u->entry_cap, u->entry_count + 1, sizeof(*u->entries), LOOKUPS_MAX, err) < 0)
        return -1;
    u->entries[u->entry_count++] = *e;
    return 0;
}

static int add_carried(struct mf_treeunion *u, struct mf_err *err)
{
    for (size_t i = 0; i < mf_carriedproof_lookups(u->carried); i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_TREE_NAME_MAX);
        struct mf_module id;
        struct mf_treeunion_entry e = {.lookup = *mf_carriedproof_lookup(u->carried, i, &id), .carried = true};
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
    struct mf_treeunion *u;
    struct mf_str name; /* of the directory, below lookup/; empty at the top */
    unsigned depth;
};

/* In a GOMODCACHE `go` keeps lookups of its own, under heads that we do not know, and proves them itself: those of
 * modules that are not recorded are left alone. */
static int is_ours(const struct mf_treeunion *u, struct mf_str name, bool *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release)
    struct mf_buf path = MF_BUF_INIT(MF_TREE_NAME_MAX), version = MF_BUF_INIT(MF_TREE_NAME_MAX);
    *out = u->t->kind == MF_TREE_PROXY;
    if (*out)
        return 0;
    const size_t at = mf_str_rfind(name, '@');
    if (at == name.n || !mf_modpath_unescape(mf_str_head(name, at), &path) ||
        !mf_modpath_unescape(mf_str_from(name, at + 1), &version))
        return mf_buf_check(&path, err) < 0 || mf_buf_check(&version, err) < 0 ? -1 : 0;
    const struct mf_module id = {mf_buf_view(&path), mf_buf_view(&version)};
    *out = mf_installed_find(&u->t->record, id) != NULL;
    return 0;
}

static int visit(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    const struct walk *w = ctx;
    struct mf_treeunion *u = w->u;
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
    bool ours;
    if (is_ours(u, name, &ours, err) < 0)
        return -1;
    if (!ours)
        return 0;
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_LOOKUP_MAX);
    struct mf_treeunion_entry e = {.name = name};
    if (mf_dir_read(parent, entry, &b, NULL, err) < 0 || mf_arena_dup(&u->arena, mf_buf_view(&b), &text, err) < 0)
        return -1;
    struct mf_err why = {0};
    if (mf_lookup_parse(text, &e.lookup, &why) < 0) {
        struct mf_err *kept = mf_arena_alloc(&u->arena, sizeof(*kept), err);
        if (!kept)
            return -1;
        mf_err_prefix(&why, "lookup/%.*s in the tree", MF_FMT(name));
        *kept = why;
        e.bad = kept;
    }
    return add_entry(u, &e, err);
}

static int by_name(const void *a, const void *b)
{
    const struct mf_treeunion_entry *x = a, *y = b;
    int order = mf_str_cmp(x->name, y->name);
    return order ? order : (int)y->carried - (int)x->carried;
}

/* Of lookups, what is carried takes the place of what is there. */
int mf_treeunion_collect(struct mf_treeunion *u, struct mf_err *err)
{
    struct walk top = {.u = u};
    size_t kept = 0;
    if (read_heads(u, err) < 0 || (u->carried && add_carried(u, err) < 0) ||
        (u->files.fd >= 0 && mf_dir_each(u->files, "lookup", visit, &top, err) < 0))
        return -1;
    if (u->entry_count)
        qsort(u->entries, u->entry_count, sizeof(*u->entries), by_name);
    for (size_t i = 0; i < u->entry_count; i++)
        if (kept == 0 || !mf_str_eq(u->entries[kept - 1].name, u->entries[i].name))
            u->entries[kept++] = u->entries[i];
    u->entry_count = kept;
    /* one that was cut off is no matter where the bundle brings it */
    for (size_t i = 0; i < u->entry_count; i++)
        if (u->entries[i].bad) {
            *err = *u->entries[i].bad;
            return -1;
        }
    return 0;
}

/* --- tiles --- */

/* A tile of the tree that begins with t, from any file that holds it. */
static int tree_tile(struct mf_treeunion *u, struct mf_tile t, const uint8_t **out, struct mf_err *err)
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

static int refuse_missing(const struct mf_treeunion *u, const char *path, struct mf_err *err)
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

int mf_treeunion_prove(struct mf_treeunion *u, struct mf_err *err)
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

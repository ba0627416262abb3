#include "verify/treesumdb.h"

#include "verify/treeunion.h"

/* "sumdb/<name>" or where go keeps it. */
static const char *folder(const struct mf_tree *t, struct mf_str name, struct mf_buf *b, struct mf_err *err)
{
    mf_buf_fmt(b, "%ssumdb/%.*s", t->kind == MF_TREE_PROXY ? "" : "cache/download/", MF_FMT(name));
    const char *text = mf_buf_cstr(b);
    return text || mf_buf_check(b, err) == 0 ? text : NULL;
}

/* Writes a file unless it is there with this content. */
static int put(struct mf_treeunion *u, const char *name, struct mf_str content, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_LOOKUP_MAX);
    struct mf_err why;
    if (mf_dir_read(u->files, name, &b, NULL, &why) == 0 && mf_str_eq(mf_buf_view(&b), content))
        return 0;
    return mf_dir_write(u->files, name, content, mf_tree_mode(u->t), err);
}

static int put_tile(struct mf_treeunion *u, struct mf_tile tile, const uint8_t *data, struct mf_err *err)
{
    char path[MF_TILE_PATH_SIZE];
    mf_tile_path(tile, path);
    return put(u, path, (struct mf_str){(const char *)data, mf_tile_bytes(tile)}, err);
}

/* What a client wants that holds an older head: the tiles of its right edge, as
 * wide as they were. Each is the beginning of a tile that proves consistency. */
static int put_edge(struct mf_treeunion *u, const struct mf_treehead *older, struct mf_err *err)
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

static int write_heads(struct mf_treeunion *u, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_TREEUNION_HEADS_MAX);
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

static int write_lookups(struct mf_treeunion *u, struct mf_err *err)
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
static int publish(struct mf_treeunion *u, const char *name, struct mf_err *err)
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
    MF_CLEANUP(mf_treeunion_release)
    struct mf_treeunion u = MF_TREEUNION_INIT(t, db, carried);
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_TREE_NAME_MAX);
    struct stat st;
    const char *name = folder(t, db->key.name, &b, err);
    if (!name)
        return -1;
    int there = mf_dir_stat(t->dir, name, &st, err);
    if (there < 0 || (there && mf_dir_sub(&u.files, t->dir, name, false, err) < 0))
        return -1;
    if (mf_treeunion_collect(&u, err) < 0 || mf_treeunion_prove(&u, err) < 0 || publish(&u, name, err) < 0)
        return mf_err_prefix(err, "checksum database");
    t->result->united = true;
    return 0;
}

int mf_treesumdb_check(struct mf_dir dir, enum mf_tree_kind kind, struct mf_str key, uint64_t *lookups_out,
                       struct mf_err *err)
{
    struct mf_tree tree = {.kind = kind, .dir = dir};
    struct mf_gosumdb db;
    MF_CLEANUP(mf_treeunion_release)
    struct mf_treeunion u = MF_TREEUNION_INIT(&tree, &db, NULL);
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_TREE_NAME_MAX);
    if (mf_gosumdb_parse(key, &db, &u.arena, err) < 0)
        return mf_err_prefix(err, MF_TREESUMDB_RECORD);
    struct mf_err why = {0};
    MF_CLEANUP(mf_installed_release) struct mf_installed record = MF_INSTALLED_INIT;
    /* without a record that can be read no lookup is known to be ours */
    if (kind == MF_TREE_MODCACHE && mf_installed_read(dir, &record, &why) < 0 && why.code == MF_E_NOMEM)
        return mf_err_nomem(err);
    tree.record = record;
    const char *name = folder(&tree, db.key.name, &b, err);
    if (!name || mf_dir_sub(&u.files, dir, name, false, err) < 0 || mf_treeunion_collect(&u, err) < 0 ||
        mf_treeunion_prove(&u, err) < 0) {
        mf_err_prefix(err, "checksum database");
        return mf_err_next(err, "unpack the bundle again: what is wrong is replaced; and find out what changed it");
    }
    *lookups_out = u.entry_count;
    return 0;
}

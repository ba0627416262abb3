#include "bundle/sumdbcache.h"

#include "formats/base/durable.h"

enum { NAME_MAX_BYTES = 4096 };

int mf_sumdbcache_default_path(char *(*getenv_fn)(const char *), struct mf_buf *out, struct mf_err *err)
{
    if (mf_store_default_path(getenv_fn, out, err) < 0)
        return -1;
    mf_buf_truncate(out, mf_str_rfind(mf_buf_view(out), '/'));
    mf_buf_str(out, MF_LIT("/sumdb"));
    return mf_buf_check(out, err);
}

int mf_sumdbcache_open(struct mf_sumdbcache *out, const struct mf_store *store, const char *heads_path,
                       struct mf_str name, struct mf_err *err)
{
    MF_CLEANUP(mf_dir_release) struct mf_dir all = MF_DIR_NONE;
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(NAME_MAX_BYTES);
    mf_buf_fmt(&b, "sumdb/%.*s", MF_FMT(name));
    const char *folder = mf_buf_cstr(&b);
    if (!folder)
        return mf_buf_check(&b, err);
    *out = MF_SUMDBCACHE_NONE;
    struct mf_err why; /* what a killed run left there is no reason to fail */
    if (mf_dir_open(&all, heads_path, true, err) < 0 ||
        mf_dir_sub(&out->heads, all, folder + strlen("sumdb/"), true, err) < 0 ||
        mf_dir_sub(&out->files, store->root, folder, true, err) < 0) {
        mf_sumdbcache_release(out);
        return mf_err_prefix(err, "open what is kept of the checksum database");
    }
    return mf_dir_sweep_dead(out->heads, ".", &why) < 0 && why.code == MF_E_NOMEM ? mf_err_nomem(err) : 0;
}

void mf_sumdbcache_release(struct mf_sumdbcache *c)
{
    mf_dir_release(&c->files);
    mf_dir_release(&c->heads);
}

int mf_sumdbcache_lookup_name(struct mf_module m, struct mf_buf *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf checked = MF_BUF_INIT(NAME_MAX_BYTES);
    if (mf_store_name(m, MF_FILE_MOD, &checked, err) < 0)
        return -1;
    mf_buf_str(out, MF_LIT("lookup/"));
    mf_modpath_escape(m.path, out);
    mf_buf_byte(out, '@');
    mf_modpath_escape(m.version, out);
    return mf_buf_check(out, err);
}

/* Reads a whole file. 1, 0 where it is not there, -1. */
static int read_file(struct mf_dir dir, const char *name, struct mf_buf *out, struct mf_err *err)
{
    struct mf_err why;
    bool missing;
    if (mf_dir_read(dir, name, out, &missing, &why) == 0)
        return 1;
    if (missing)
        return 0;
    *err = why;
    return mf_err_prefix(err, "checksum database");
}

int mf_sumdbcache_read(const struct mf_sumdbcache *c, const char *name, struct mf_buf *out, struct mf_err *err)
{
    return read_file(c->files, name, out, err);
}

int mf_sumdbcache_write(const struct mf_sumdbcache *c, const char *name, struct mf_str content, struct mf_err *err)
{
    return mf_dir_write(c->files, name, content, 0644, err) < 0 ? mf_err_prefix(err, "store") : 0;
}

/* One file that may hold the tile; what has another length is passed over. */
static int read_tile(const struct mf_sumdbcache *c, struct mf_tile file, size_t want, uint8_t *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_TILE_BYTES + 1);
    char path[MF_TILE_PATH_SIZE];
    mf_tile_path(file, path);
    int rc = read_file(c->files, path, &b, err);
    if (rc < 0 && err->code != MF_E_LIMIT)
        return -1;
    if (rc <= 0 || b.n != mf_tile_bytes(file))
        return 0;
    memcpy(out, b.p, want);
    return 1;
}

int mf_sumdbcache_tile(const struct mf_sumdbcache *c, struct mf_tile t, uint8_t *out, struct mf_err *err)
{
    int rc = read_tile(c, t, mf_tile_bytes(t), out, err);
    if (rc != 0 || t.width == MF_TILE_HASHES)
        return rc;
    return read_tile(c, mf_tile_full(t), mf_tile_bytes(t), out, err);
}

int mf_sumdbcache_head(const struct mf_sumdbcache *c, struct mf_buf *out, struct mf_err *err)
{
    return read_file(c->heads, "latest", out, err);
}

int mf_sumdbcache_advance(const struct mf_sumdbcache *c, struct mf_str old, struct mf_str new, struct mf_err *err)
{
    MF_CLEANUP(mf_fd_release) int lock = mf_dir_lock(c->heads, "lock", true, err);
    MF_CLEANUP(mf_buf_release) struct mf_buf now = MF_BUF_INIT(MF_NOTE_MAX);
    if (lock < 0 || mf_sumdbcache_head(c, &now, err) < 0)
        return -1;
    if (!mf_str_eq(mf_buf_view(&now), old))
        return 0;
    if (mf_durable_write(c->heads, "latest", new, 0644, err) < 0)
        return mf_err_prefix(err, "keep the tree head of the checksum database");
    return 1;
}

static const char *shipped_name(struct mf_str channel, struct mf_buf *b, struct mf_err *err)
{
    mf_buf_str(b, MF_LIT("shipped"));
    if (channel.n)
        mf_buf_fmt(b, "-%.*s", MF_FMT(channel));
    if (mf_buf_check(b, err) < 0)
        return NULL;
    if (channel.n && (mf_str_find(channel, '/') < channel.n || mf_filepath_check(mf_buf_view(b), err) < 0)) {
        mf_err_set(err, MF_E_USAGE, "\"%.*s\" cannot name a channel", MF_FMT(channel));
        return NULL;
    }
    return mf_buf_cstr(b);
}

int mf_sumdbcache_shipped(const struct mf_sumdbcache *c, struct mf_str channel, struct mf_buf *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(NAME_MAX_BYTES);
    const char *name = shipped_name(channel, &b, err);
    return name && read_file(c->heads, name, out, err) >= 0 ? 0 : -1;
}

/* Reads the list of heads: 1 where it has the note, 0, -1. */
static int is_shipped(const struct mf_sumdbcache *c, const char *name, struct mf_str note, struct mf_buf *list,
                      struct mf_err *err)
{
    mf_buf_clear(list);
    if (read_file(c->heads, name, list, err) < 0)
        return -1;
    for (struct mf_str rest = mf_buf_view(list); rest.n;)
        if (mf_str_eq(mf_note_next(&rest), note))
            return 1;
    return 0;
}

/* Drops the oldest notes, which stand first, until there is room for `bytes` more. */
static void forget(struct mf_buf *list, size_t bytes)
{
    struct mf_str rest = mf_buf_view(list);
    while (rest.n && rest.n + bytes > list->max)
        mf_note_next(&rest);
    if (rest.n && rest.p != list->p && *rest.p == '\n')
        rest = mf_str_from(rest, 1); /* the blank line between two */
    mf_buf_drop(list, list->n - rest.n);
}

/* What the list has already needs no lock, and a cache that cannot be written will do. */
int mf_sumdbcache_ship(const struct mf_sumdbcache *c, struct mf_str channel, struct mf_str note, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(NAME_MAX_BYTES);
    MF_CLEANUP(mf_buf_release) struct mf_buf list = MF_BUF_INIT(MF_SUMDBCACHE_SHIPPED_MAX);
    const char *name = shipped_name(channel, &b, err);
    int rc = name ? is_shipped(c, name, note, &list, err) : -1;
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    MF_CLEANUP(mf_fd_release) int lock = mf_dir_lock(c->heads, "lock", true, err);
    if (lock < 0)
        return mf_err_prefix(err, "remember the tree head of this bundle");
    rc = is_shipped(c, name, note, &list, err);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    forget(&list, note.n + 1);
    if (list.n)
        mf_buf_byte(&list, '\n');
    mf_buf_str(&list, note);
    if (mf_buf_check(&list, err) < 0 || mf_durable_write(c->heads, name, mf_buf_view(&list), 0644, err) < 0)
        return mf_err_prefix(err, "remember the tree head of this bundle");
    return 0;
}

int mf_sumdbcache_keep_fork(const struct mf_sumdbcache *c, struct mf_str a, struct mf_str b, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(2 * MF_NOTE_MAX + 2);
    mf_buf_str(&text, a);
    mf_buf_byte(&text, '\n');
    mf_buf_str(&text, b);
    if (mf_buf_check(&text, err) < 0)
        return -1;
    return mf_dir_write(c->heads, "fork", mf_buf_view(&text), 0644, err);
}

#include "bundle/sumdbload.h"

#include <stdlib.h>

enum { NAME_MAX_BYTES = 4096 };

static struct mf_str db_name(const struct mf_sumdb *s)
{
    return s->options.db->key.name;
}

/* --- lookups --- */

static int parse_lookup(struct mf_sumdb *s, struct mf_sumdb_record *r, struct mf_str text, struct mf_err *err)
{
    struct mf_str copy;
    struct mf_lookup lookup;
    if (mf_arena_dup(&s->arena, text, &copy, err) < 0 || mf_lookup_parse(copy, &lookup, err) < 0)
        return -1;
    /* go would take such a record for one that says nothing, and let the module pass */
    if (!mf_lookup_h1(&lookup, r->id, true).n && !mf_lookup_h1(&lookup, r->id, false).n)
        return mf_err_set(err, MF_E_SUMDB, "the record is of another module");
    if (mf_sumdb_add_head(s, lookup.note, err) < 0)
        return -1;
    r->lookup = lookup;
    return 0;
}

static bool is_content(enum mf_code code)
{
    return code == MF_E_DAMAGED || code == MF_E_LIMIT || code == MF_E_SUMDB;
}

/* Tells whoever watches where an answer came from; item NULL: from the store. */
static void tell(const struct mf_sumdb *s, const char *what, struct mf_module m, const char *name,
                 const struct mf_sumdbget_item *item, size_t size)
{
    const struct mf_watch *watch = s->options.watch;
    struct mf_watch_file file = {.what = what, .module = m, .name = mf_str(name), .size = size};
    if (!watch)
        return;
    file.source = !item ? MF_WATCH_STORE : item->ok ? MF_WATCH_SUMDB : MF_WATCH_NOWHERE;
    if (item) {
        file.transfer = item->transfer;
        file.entry = s->get.entry;
    }
    if (item && item->ok)
        file.from = s->get.base.shown;
    if (item && !item->ok) {
        file.size = UINT64_MAX;
        file.failed = item->error->code;
    }
    watch->file(watch->ctx, &file);
}

/* Takes a lookup from the store where it is there and signed. */
static int take_kept(struct mf_sumdb *s, struct mf_sumdb_record *r, const char *name, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_LOOKUP_MAX);
    struct mf_err why;
    int rc = mf_sumdbcache_read(&s->cache, name, &b, &why);
    if (rc > 0 && parse_lookup(s, r, mf_buf_view(&b), &why) == 0) {
        r->kept = true;
        tell(s, "lookup", r->id, name, NULL, b.n);
        return 0;
    }
    if (rc == 0 || is_content(why.code))
        return 0;
    *err = why;
    return -1;
}

/* Questions to the database; answers[i] is for records[of[i]]. */
struct questions {
    struct mf_sumdbget_item *items;
    size_t *of;
    size_t count;
};

static void questions_release(struct questions *q)
{
    for (size_t i = 0; i < q->count; i++)
        mf_buf_release(&q->items[i].body);
    free(q->items);
    free(q->of);
}

static int questions_make(struct questions *q, size_t most, struct mf_err *err)
{
    q->items = calloc(most, sizeof(*q->items));
    q->of = calloc(most, sizeof(*q->of));
    return q->items && q->of ? 0 : mf_err_nomem(err);
}

/* What has come before a failure or a signal need not be asked for again. It is not
 * proved; but neither is what lies in the store, until it is used. */
static void keep_answers(const struct mf_sumdb *s, const struct questions *q)
{
    struct mf_err ignored;
    for (size_t i = 0; i < q->count; i++)
        if (q->items[i].ok)
            (void)!mf_sumdbcache_write(&s->cache, q->items[i].path, mf_buf_view(&q->items[i].body), &ignored);
}

/* Asks them all, and waits. */
static int ask_all(struct mf_sumdb *s, struct questions *q, struct mf_err *err)
{
    if (mf_sumdbget_all(&s->get, q->items, q->count, err) == 0)
        return 0;
    keep_answers(s, q);
    return mf_err_prefix(err, "checksum database %.*s", MF_FMT(db_name(s)));
}

const char *mf_sumdbload_name(struct mf_sumdb *s, struct mf_module m, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(NAME_MAX_BYTES);
    struct mf_str copy;
    if (mf_sumdbcache_lookup_name(m, &b, err) < 0 || mf_arena_dup(&s->arena, mf_buf_view(&b), &copy, err) < 0)
        return NULL;
    return copy.p;
}

static int take_answer(struct mf_sumdb *s, struct mf_sumdb_record *r, const struct mf_sumdbget_item *item,
                       struct mf_err *err)
{
    tell(s, "lookup", r->id, item->path, item, item->body.n);
    if (item->missing) {
        r->missing = item->error;
        return 0;
    }
    if (!item->ok)
        *err = *item->error;
    else if (parse_lookup(s, r, mf_buf_view(&item->body), err) == 0)
        return 0;
    else
        mf_err_prefix(err, "%.*s/%s", MF_FMT(s->get.base.shown), item->path);
    if (err->code == MF_E_DAMAGED || err->code == MF_E_LIMIT)
        err->code = MF_E_UPSTREAM;
    return mf_err_prefix(err, "%.*s@%.*s", MF_FMT(r->id.path), MF_FMT(r->id.version));
}

static void show(const struct mf_sumdb *s, size_t done, size_t total)
{
    if (s->options.progress)
        s->options.progress(s->options.progress_ctx, done, total);
}

int mf_sumdbload_lookups(struct mf_sumdb *s, struct mf_sumdb_record *records, size_t n, bool use_kept,
                         struct mf_err *err)
{
    MF_CLEANUP(questions_release) struct questions q = {0};
    if (questions_make(&q, n, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct mf_sumdb_record *r = &records[i];
        const char *name = mf_sumdbload_name(s, r->id, err);
        r->kept = false;
        r->missing = NULL;
        if (!name || (use_kept && take_kept(s, r, name, err) < 0))
            return -1;
        if (r->kept)
            continue;
        if (s->options.offline)
            return mf_err_set(
                err, MF_E_OFFLINE,
                "%.*s@%.*s: its record of the checksum database is not in the store, and the network is off",
                MF_FMT(r->id.path), MF_FMT(r->id.version));
        q.of[q.count] = i;
        q.items[q.count++] = (struct mf_sumdbget_item){.path = name, .limit = MF_LOOKUP_MAX};
    }
    show(s, n - q.count, n);
    if (ask_all(s, &q, err) < 0)
        return -1;
    for (size_t i = 0; i < q.count; i++)
        if (take_answer(s, &records[q.of[i]], &q.items[i], err) < 0)
            return -1;
    show(s, n, n);
    return 0;
}

/* --- tiles --- */

void mf_sumdbload_tiles_release(struct mf_sumdbload_tiles *t)
{
    free(t->data);
    free(t->kept);
    free(t->failure);
}

static int read_kept_tiles(struct mf_sumdb *s, struct mf_sumdbload_tiles *t, bool use_kept, struct mf_err *err)
{
    for (size_t i = 0; i < s->proof.count; i++) {
        struct mf_tile tile = s->proof.tiles[i]->tile;
        t->data[i] = mf_arena_array(&s->arena, mf_tile_bytes(tile), 1, err);
        if (!t->data[i])
            return -1;
        int rc = use_kept ? mf_sumdbcache_tile(&s->cache, tile, t->data[i], err) : 0;
        if (rc < 0)
            return -1;
        t->kept[i] = rc > 0;
        if (t->kept[i]) {
            char path[MF_TILE_PATH_SIZE];
            mf_tile_path(tile, path);
            tell(s, "tile", (struct mf_module){0}, path, NULL, mf_tile_bytes(tile));
        }
        s->proof.tiles[i]->data = t->data[i];
    }
    return 0;
}

static int take_tile(const struct mf_sumdb *s, const struct mf_sumdbget_item *item, size_t have, size_t want,
                     uint8_t *out, struct mf_err *err)
{
    if (item->body.n != have)
        return mf_err_set(err, MF_E_SUMDB, "%.*s/%s: it has %zu bytes instead of %zu", MF_FMT(s->get.base.shown),
                          item->path, item->body.n, have);
    memcpy(out, item->body.p, want);
    return 0;
}

static int refuse_tile(const struct mf_err *why, struct mf_err *err)
{
    *err = *why;
    if (why->code == MF_E_LIMIT)
        err->code = MF_E_SUMDB;
    if (why->code == MF_E_NOT_FOUND)
        err->code = MF_E_UPSTREAM;
    return -1;
}

/* Asks for tiles of the proof, as wide as they are needed, or in full. Those of
 * partial width that are not there stay in `wanted`: the tree may have grown past
 * them, and only the full tile may be kept. */
static int ask_tiles(struct mf_sumdb *s, struct mf_sumdbload_tiles *t, bool *wanted, bool full, struct mf_err *err)
{
    MF_CLEANUP(questions_release) struct questions q = {0};
    if (questions_make(&q, s->proof.count, err) < 0)
        return -1;
    for (size_t i = 0; i < s->proof.count; i++) {
        struct mf_tile tile = s->proof.tiles[i]->tile;
        char *path = wanted[i] ? mf_arena_alloc(&s->arena, MF_TILE_PATH_SIZE, err) : NULL;
        if (!wanted[i])
            continue;
        if (!path)
            return -1;
        mf_tile_path(full ? mf_tile_full(tile) : tile, path);
        q.of[q.count] = i;
        q.items[q.count++] = (struct mf_sumdbget_item){.path = path, .limit = MF_TILE_BYTES};
    }
    if (ask_all(s, &q, err) < 0)
        return -1;
    for (size_t k = 0; k < q.count; k++) {
        size_t i = q.of[k];
        struct mf_tile tile = s->proof.tiles[i]->tile;
        const struct mf_err *why = q.items[k].error;
        tell(s, "tile", (struct mf_module){0}, q.items[k].path, &q.items[k], q.items[k].body.n);
        if (why && why->code != MF_E_LIMIT && !full && tile.width < MF_TILE_HASHES) {
            t->failure[i] = why;
            continue;
        }
        wanted[i] = false;
        if (why)
            return refuse_tile(t->failure[i] ? t->failure[i] : why, err);
        if (take_tile(s, &q.items[k], full ? MF_TILE_BYTES : mf_tile_bytes(tile), mf_tile_bytes(tile), t->data[i],
                      err) < 0)
            return -1;
    }
    return 0;
}

int mf_sumdbload_tiles(struct mf_sumdb *s, struct mf_sumdbload_tiles *t, bool use_kept, struct mf_err *err)
{
    char path[MF_TILE_PATH_SIZE];
    size_t n = s->proof.count;
    *t = (struct mf_sumdbload_tiles){calloc(n, sizeof(*t->data)), calloc(n, sizeof(*t->kept)),
                                     calloc(n, sizeof(*t->failure))};
    bool *wanted = mf_arena_array(&s->arena, n, sizeof(*wanted), err);
    if (!t->data || !t->kept || !t->failure)
        return mf_err_nomem(err);
    if (!wanted || read_kept_tiles(s, t, use_kept, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        wanted[i] = !t->kept[i];
        mf_tile_path(s->proof.tiles[i]->tile, path);
        if (wanted[i] && s->options.offline)
            return mf_err_set(err, MF_E_OFFLINE,
                              "%s of the checksum database is not in the store, and the network is off", path);
    }
    return ask_tiles(s, t, wanted, false, err) < 0 ? -1 : ask_tiles(s, t, wanted, true, err);
}

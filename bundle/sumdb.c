#include "bundle/sumdb.h"

#include "bundle/sumdbload.h"
#include "formats/base/encode.h"

enum { ROUNDS_MAX = 8 };

int mf_sumdb_open(struct mf_sumdb *s, const struct mf_sumdb_options *options, struct mf_err *err)
{
    s->options = *options;
    s->get = (struct mf_sumdbget){
        .db = options->db, .proxies = options->proxies, .transport = options->transport, .arena = &s->arena};
    return mf_sumdbcache_open(&s->cache, options->store, options->heads_path, options->db->key.name, err);
}

void mf_sumdb_release(struct mf_sumdb *s)
{
    mf_tileproof_release(&s->proof);
    mf_sumdbcache_release(&s->cache);
    mf_arena_release(&s->arena);
}

static struct mf_str db_name(const struct mf_sumdb *s)
{
    return s->options.db->key.name;
}

/* --- tree heads --- */

/* Two heads that the database has signed and that cannot both be true. */
static int refuse_fork(const struct mf_sumdb *s, const struct mf_sumdb_head *older, const struct mf_sumdb_head *newer,
                       struct mf_err *err)
{
    char a[MF_BASE64_SIZE(32)], b[MF_BASE64_SIZE(32)];
    struct mf_err why;
    int kept = mf_sumdbcache_keep_fork(&s->cache, older->note, newer->note, &why);
    mf_base64(older->tree.root.b, 32, a);
    mf_base64(newer->tree.root.b, 32, b);
    mf_err_set(
        err, MF_E_SUMDB,
        "SECURITY ERROR: the checksum database %.*s contradicts itself: its tree of size %llu with root %s is not "
        "the beginning of its tree of size %llu with root %s",
        MF_FMT(db_name(s)), (unsigned long long)older->tree.size, a, (unsigned long long)newer->tree.size, b);
    if (kept < 0)
        return -1;
    return mf_err_next(err, "show both signed heads, kept in %s/%.*s/fork, to those who run the proxy and the database",
                       s->options.heads_path, MF_FMT(db_name(s)));
}

int mf_sumdb_add_head(struct mf_sumdb *s, struct mf_str note, struct mf_err *err)
{
    struct mf_sumdb_head head = {.note = note};
    if (mf_treehead_open(note, &s->options.db->key, &head.tree, err) < 0)
        return mf_err_prefix(err, "tree head");
    for (size_t i = 0; i < s->head_count; i++) {
        if (mf_treehead_eq(&s->heads[i].tree, &head.tree))
            return 0;
        if (s->heads[i].tree.size == head.tree.size)
            return refuse_fork(s, &s->heads[i], &head, err);
    }
    if (s->head_count == s->head_cap) {
        size_t cap = s->head_cap ? 2 * s->head_cap : 64;
        struct mf_sumdb_head *grown = mf_arena_array(&s->arena, cap, sizeof(*grown), err);
        if (!grown)
            return -1;
        if (s->head_count)
            memcpy(grown, s->heads, s->head_count * sizeof(*grown));
        s->heads = grown;
        s->head_cap = cap;
    }
    s->heads[s->head_count++] = head;
    if (head.tree.size >= s->head.tree.size)
        s->head = head;
    return 0;
}

/* The newest head that an earlier run has seen; empty where none has. */
static int read_latest(struct mf_sumdb *s, struct mf_str *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_NOTE_MAX);
    if (mf_sumdbcache_head(&s->cache, &b, err) < 0 || mf_arena_dup(&s->arena, mf_buf_view(&b), out, err) < 0)
        return -1;
    if (!out->n || mf_sumdb_add_head(s, *out, err) == 0)
        return 0;
    mf_err_prefix(err, "%s/%.*s/latest", s->options.heads_path, MF_FMT(db_name(s)));
    return mf_err_next(err, "find out who changed this file; without it, nothing is known of earlier heads");
}

/* --- proofs --- */

static int plan_proof(struct mf_sumdb *s, const struct mf_sumdb_record *records, size_t n, struct mf_err *err)
{
    mf_tileproof_release(&s->proof);
    if (mf_tileproof_begin(&s->proof, &s->head.tree, &s->arena, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (!records[i].missing && mf_tileproof_want_record(&s->proof, records[i].lookup.id, err) < 0)
            return mf_err_prefix(err, "%.*s@%.*s", MF_FMT(records[i].id.path), MF_FMT(records[i].id.version));
    for (size_t i = 0; i < s->head_count; i++)
        if (mf_tileproof_want_tree(&s->proof, s->heads[i].tree.size, err) < 0)
            return -1;
    return 0;
}

static int compare(struct mf_sumdb *s, const struct mf_sumdb_record *records, size_t n, struct mf_err *err)
{
    size_t bad;
    if (mf_tileproof_check(&s->proof, &bad, err) < 0)
        return mf_err_prefix(err, "checksum database %.*s", MF_FMT(db_name(s)));
    for (size_t i = 0; i < s->head_count; i++) {
        struct mf_digest root = mf_tileproof_tree(&s->proof, s->heads[i].tree.size);
        if (!mf_digest_eq(&root, &s->heads[i].tree.root))
            return refuse_fork(s, &s->heads[i], &s->head, err);
    }
    for (size_t i = 0; i < n; i++) {
        if (records[i].missing)
            continue;
        struct mf_digest proved = mf_tileproof_record(&s->proof, records[i].lookup.id);
        struct mf_digest found = mf_tree_record_hash(records[i].lookup.record);
        if (!mf_digest_eq(&proved, &found))
            return mf_err_set(err, MF_E_SUMDB,
                              "%.*s@%.*s: cannot authenticate record data in server response: record %llu of the tree "
                              "is another one",
                              MF_FMT(records[i].id.path), MF_FMT(records[i].id.version),
                              (unsigned long long)records[i].lookup.id);
    }
    return 0;
}

/* Keeps what was fetched, now that it is proved. */
static int keep_all(struct mf_sumdb *s, const struct mf_sumdbload_tiles *t, const struct mf_sumdb_record *records,
                    size_t n, struct mf_err *err)
{
    char path[MF_TILE_PATH_SIZE];
    for (size_t i = 0; i < s->proof.count; i++) {
        struct mf_tile tile = s->proof.tiles[i]->tile;
        mf_tile_path(tile, path);
        if (!t->kept[i] && mf_sumdbcache_write(&s->cache, path,
                                               (struct mf_str){(const char *)t->data[i], mf_tile_bytes(tile)}, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < n; i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_LOOKUP_MAX);
        if (records[i].kept || records[i].missing)
            continue;
        const char *name = mf_sumdbload_name(s, records[i].id, err);
        mf_lookup_write(&records[i].lookup, s->head.note, &text);
        if (!name || mf_buf_check(&text, err) < 0 || mf_sumdbcache_write(&s->cache, name, mf_buf_view(&text), err) < 0)
            return -1;
    }
    return 0;
}

/* One round. Returns 1, 0 where another process has moved the newest head
 * meanwhile, -1. */
static int prove(struct mf_sumdb *s, struct mf_sumdb_record *records, size_t n, bool use_kept, struct mf_err *err)
{
    MF_CLEANUP(mf_sumdbload_tiles_release) struct mf_sumdbload_tiles tiles = {0};
    struct mf_str latest;
    s->head_count = 0;
    s->head = (struct mf_sumdb_head){0};
    for (size_t i = 0; i < s->options.older_count; i++)
        if (mf_sumdb_add_head(s, s->options.older[i], err) < 0)
            return mf_err_prefix(err, "head %zu of those that clients may hold", i + 1);
    if (read_latest(s, &latest, err) < 0 || mf_sumdbload_lookups(s, records, n, use_kept, err) < 0)
        return -1;
    bool any = false;
    for (size_t i = 0; i < n && !any; i++)
        any = !records[i].missing;
    if (!any)
        return 1;
    if (plan_proof(s, records, n, err) < 0 || mf_sumdbload_tiles(s, &tiles, use_kept, err) < 0 ||
        compare(s, records, n, err) < 0 || keep_all(s, &tiles, records, n, err) < 0)
        return -1;
    if (mf_str_eq(latest, s->head.note))
        return 1;
    return mf_sumdbcache_advance(&s->cache, latest, s->head.note, err);
}

int mf_sumdb_prove(struct mf_sumdb *s, struct mf_sumdb_record *records, size_t n, struct mf_err *err)
{
    bool use_kept = true;
    for (int round = 0; round < ROUNDS_MAX; round++) {
        struct mf_err why = {0};
        int rc = prove(s, records, n, use_kept, &why);
        if (rc > 0)
            return 0;
        /* What was kept may have been changed on the disk: ask for everything anew, once. */
        bool again = rc == 0 || (why.code == MF_E_SUMDB && use_kept && !s->options.offline);
        if (!again) {
            *err = why;
            return -1;
        }
        use_kept = rc == 0;
    }
    return mf_err_set(err, MF_E_BUSY, "other runs keep moving the newest head of the checksum database %.*s",
                      MF_FMT(db_name(s)));
}

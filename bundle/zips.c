#include "bundle/zips.h"

#include <search.h>
#include <stdlib.h>

#include "bundle/cachezip.h"
#include "formats/base/pool.h"
#include "formats/manifest.h"

/* Records live in the arena, what they own does not. */
static void release_zip(void *record)
{
    struct mf_zip *zip = record;
    mf_buf_release(&zip->packages_bytes);
}

void mf_zips_release(struct mf_zips *z)
{
    tdestroy(z->tree, release_zip);
    z->tree = NULL;
    mf_arena_release(&z->arena);
}

static int by_id(const void *a, const void *b)
{
    const struct mf_zip *x = a, *y = b;
    int order = mf_str_cmp(x->id.path, y->id.path);
    return order ? order : mf_str_cmp(x->id.version, y->id.version);
}

struct mf_zip *mf_zips_find(const struct mf_zips *z, struct mf_module id)
{
    struct mf_zip key = {.id = id};
    struct mf_zip *const *hit = tfind(&key, &z->tree, by_id);
    return hit ? *hit : NULL;
}

/* One zip on its way: arrives, is walked on some thread, is accepted. */
struct proof {
    const struct mf_store *store;
    struct mf_zip *zip;
    struct batch *batch;
    int rc;
    struct mf_err err;
};

struct batch {
    struct mf_zips *zips;
    struct mf_pool *pool;
    struct proof *proofs;
    size_t count;
    bool optional;
    uint64_t arrived;
};

/* What is noted on the walk through a zip. */
struct notes {
    struct mf_pkgindex_maker *maker;
    struct mf_buf name, content; /* of the .go file being read */
    size_t prefix;               /* bytes that a member's name has before the file name */
    bool too_long;               /* a member name that a bundle cannot hold */
    bool wanted;                 /* the file being read matters to the index */
};

static void release_notes(struct notes *n)
{
    mf_pkgindex_maker_free(&n->maker);
    mf_buf_release(&n->name);
    mf_buf_release(&n->content);
}

static int note_file(void *ctx, struct mf_str name, uint64_t size, struct mf_err *err)
{
    struct notes *n = ctx;
    (void)size;
    n->too_long |= n->prefix + name.n > MF_MEMBER_PATH_MAX;
    n->wanted = mf_pkgindex_wants(name);
    mf_buf_clear(&n->name);
    mf_buf_clear(&n->content);
    mf_buf_str(&n->name, name);
    return mf_buf_check(&n->name, err);
}

static int note_data(void *ctx, const void *p, size_t size, struct mf_err *err)
{
    struct notes *n = ctx;
    if (!n->wanted)
        return 0;
    mf_buf_add(&n->content, p, size);
    return mf_buf_check(&n->content, err);
}

static int note_file_end(void *ctx, const struct mf_digest *sha256, struct mf_err *err)
{
    struct notes *n = ctx;
    (void)sha256;
    return mf_pkgindex_add(n->maker, mf_buf_view(&n->name), mf_buf_view(&n->content), err);
}

static int prepare_notes(struct notes *n, struct mf_module id, struct mf_err *err)
{
    mf_modpath_escape(id.path, &n->name);
    mf_modpath_escape(id.version, &n->name);
    n->prefix = n->name.n + strlen("src/@/");
    if (mf_buf_check(&n->name, err) < 0)
        return -1;
    return mf_pkgindex_maker_new(&n->maker, err);
}

/* Walks the zip and keeps what was found. Without `prove` only the index was
 * missing. */
static int walk(struct proof *p, int fd, bool prove, struct mf_err *err)
{
    struct mf_zip *zip = p->zip;
    struct mf_modzip_facts facts;
    MF_CLEANUP(release_notes)
    struct notes n = {.name = MF_BUF_INIT(64 * MF_KIB), .content = MF_BUF_INIT(MF_MODZIP_MAX)};
    struct mf_modzip_visitor visitor = {.ctx = &n, .file = note_file, .data = note_data, .file_end = note_file_end};
    if (prepare_notes(&n, zip->id, err) < 0)
        return -1;
    if (mf_modzip_walk(fd, zip->id, prove, &visitor, &facts, err) < 0) {
        struct mf_err ignored;
        if (err->code == MF_E_MODZIP)
            mf_store_forget(p->store, zip->id, MF_FILE_ZIP, &ignored);
        return -1;
    }
    if (prove) {
        facts.canonical = facts.canonical && !n.too_long;
        zip->facts = facts;
    }
    if (mf_pkgindex_finish(n.maker, &zip->packages_bytes, err) < 0 ||
        mf_store_packages_write(p->store, zip->id, zip->facts.h1, mf_buf_view(&zip->packages_bytes), err) < 0)
        return -1;
    return prove ? mf_store_proof_write(p->store, zip->id, fd, &zip->facts, err) : 0;
}

/* From what an earlier run has kept, or by walking. */
static int examine(struct proof *p, struct mf_err *err)
{
    struct mf_zip *zip = p->zip;
    bool missing;
    MF_CLEANUP(mf_fd_release) int fd = mf_store_open_zip(p->store, zip->id, &missing, err);
    if (fd < 0)
        return -1;
    int proved = mf_store_proof_read(p->store, zip->id, fd, &zip->facts, err);
    if (proved < 0)
        return -1;
    int indexed = proved ? mf_store_packages_read(p->store, zip->id, zip->facts.h1, &zip->packages_bytes, err) : 0;
    if (indexed < 0 || (!indexed && walk(p, fd, !proved, err) < 0))
        return -1;
    return mf_pkgindex_open(&zip->packages, mf_buf_view(&zip->packages_bytes), err);
}

static void run_walk(void *job)
{
    struct proof *p = job;
    p->rc = examine(p, &p->err);
}

static int arrived(void *ctx, const struct mf_fetched *f, struct mf_err *err)
{
    struct proof *p = ctx;
    struct batch *b = p->batch;
    bool missing = !f->ok && (f->error.code == MF_E_NOT_FOUND || f->error.code == MF_E_OFFLINE);
    if (!f->ok && !(b->optional && missing)) {
        *err = f->error;
        return -1;
    }
    if (f->ok)
        mf_pool_submit(b->pool, run_walk, p);
    b->arrived++;
    if (b->zips->progress)
        b->zips->progress(b->zips->progress_ctx, b->arrived, b->count);
    return mf_err_stopped(b->zips->stop, err);
}

/* From the user's GOMODCACHE, where a go.sum line vouches for the zip. */
static int take_from_gomodcache(const struct mf_zips *z, struct mf_module m, struct mf_err *err)
{
    const struct mf_upstream *u = z->upstream;
    bool missing = false;
    struct mf_err ignored;
    if (u->gomodcache.fd < 0)
        return 0;
    MF_CLEANUP(mf_fd_release) int held = mf_store_open_zip(&u->store, m, &missing, &ignored);
    if (held >= 0 || !missing)
        return 0;
    for (size_t i = 0; i < z->root_count; i++) {
        int took = mf_cachezip_take(u->gomodcache, &z->roots[i].sums, m, &u->store, err);
        if (took != 0)
            return took < 0 ? -1 : 0;
    }
    return 0;
}

static int fetch(struct batch *b, struct mf_err *err)
{
    struct mf_fetch *fetch = b->zips->upstream->fetch;
    for (size_t i = 0; i < b->count; i++) {
        struct mf_module id = b->proofs[i].zip->id;
        if (mf_err_stopped(b->zips->stop, err) < 0 || take_from_gomodcache(b->zips, id, err) < 0 ||
            mf_fetch_add(fetch, id, MF_FILE_ZIP, arrived, &b->proofs[i], err) < 0)
            return -1;
    }
    return mf_fetch_run(fetch, err);
}

static int accept(struct mf_zips *z, struct proof *p, struct mf_err *err)
{
    struct mf_zip *zip = p->zip;
    struct mf_err ignored;
    if (p->rc < 0) {
        *err = p->err;
        return mf_err_prefix(err, "%.*s@%.*s", MF_FMT(zip->id.path), MF_FMT(zip->id.version));
    }
    zip->as_zip = !zip->facts.canonical;
    if (mf_root_check_sums(z->roots, z->root_count, zip->id, false, zip->facts.h1, &zip->in_sum, err) < 0) {
        mf_store_forget(p->store, zip->id, MF_FILE_ZIP, &ignored);
        return -1;
    }
    if (!tsearch(zip, &z->tree, by_id))
        return mf_err_nomem(err);
    return 0;
}

/* Fetches, and takes what was walked; after a failure the walks that run are
 * waited for and their results dropped. */
static int run_batch(struct batch *b, struct mf_err *err)
{
    int rc = fetch(b, err);
    for (struct proof *p; (p = mf_pool_take(b->pool));) {
        if (rc == 0)
            rc = mf_err_stopped(b->zips->stop, err);
        if (rc == 0)
            rc = accept(b->zips, p, err);
        if (rc < 0)
            mf_buf_release(&p->zip->packages_bytes);
    }
    return rc;
}

static int add(struct batch *b, struct mf_module id, struct mf_err *err)
{
    struct mf_zips *z = b->zips;
    struct mf_zip *zip = mf_arena_alloc(&z->arena, sizeof(*zip), err);
    if (!zip || mf_arena_dup(&z->arena, id.path, &zip->id.path, err) < 0 ||
        mf_arena_dup(&z->arena, id.version, &zip->id.version, err) < 0)
        return -1;
    zip->packages_bytes = MF_BUF_INIT(MF_PKGINDEX_MAX);
    b->proofs[b->count++] = (struct proof){.store = &z->upstream->store, .zip = zip, .batch = b};
    return 0;
}

static void release_batch(struct batch *b)
{
    mf_pool_free(&b->pool);
    free(b->proofs);
}

int mf_zips_need(struct mf_zips *z, const struct mf_module *ids, size_t n, bool optional, struct mf_err *err)
{
    MF_CLEANUP(release_batch)
    struct batch b = {.zips = z, .optional = optional, .proofs = calloc(n + 1, sizeof(*b.proofs))};
    if (!b.proofs)
        return mf_err_nomem(err);
    for (size_t i = 0; i < n; i++)
        if (!mf_zips_find(z, ids[i]) && add(&b, ids[i], err) < 0)
            return -1;
    if (b.count == 0)
        return 0;
    if (mf_pool_new(&b.pool, z->threads, (unsigned)b.count, err) < 0)
        return -1;
    return run_batch(&b, err);
}

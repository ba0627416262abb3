#include "bundle/zips.h"

#include <search.h>
#include <stdlib.h>

#include "bundle/cachezip.h"
#include "bundle/heldzips.h"
#include "formats/base/pool.h"
#include "formats/manifest.h"
#include "formats/zipindex.h"

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

int mf_zips_order(const void *a, const void *b)
{
    const struct mf_zip *x = a, *y = b;
    int order = mf_str_cmp(x->id.path, y->id.path);
    return order ? order : mf_str_cmp(x->id.version, y->id.version);
}

struct mf_zip *mf_zips_find(const struct mf_zips *z, struct mf_module id)
{
    struct mf_zip key = {.id = id};
    struct mf_zip *const *hit = tfind(&key, &z->tree, mf_zips_order);
    return hit ? *hit : NULL;
}

/* One zip on its way: arrives, is walked on some thread, is accepted. */
struct proof {
    const struct mf_store *store;
    struct mf_zip *zip;
    struct batch *batch;
    bool pieced; /* put together from several answers */
    bool again;  /* it was, and was wrong: it is fetched anew, in one */
    int rc;
    struct mf_err err;
};

struct batch {
    struct mf_zips *zips;
    struct mf_pool *pool;
    struct proof *proofs;
    size_t count;
    bool optional;
    bool again; /* some proofs are */
    uint64_t arrived;
};

/* *fits_out: a bundle can hold the member that the longest file name makes. */
static int measure_name(struct mf_module id, size_t longest, bool *fits_out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_BUF_INIT(64 * MF_KIB);
    mf_modpath_escape(id.path, &name);
    mf_modpath_escape(id.version, &name);
    *fits_out = strlen("src/@/") + name.n + longest <= MF_MEMBER_PATH_MAX;
    return mf_buf_check(&name, err);
}

static bool same_zip(const struct mf_modzip_facts *a, const struct mf_modzip_facts *b)
{
    return strcmp(a->h1, b->h1) == 0 && mf_digest_eq(&a->zip_sha256, &b->zip_sha256);
}

/* Walks the zip and keeps what was found. Without `facts_too` only the index is
 * missing, as it seems: facts that were kept and are wrong are found out here. */
static int walk(struct proof *p, int fd, bool facts_too, struct mf_err *err)
{
    const bool prove = facts_too && p->batch->zips->prove;
    struct mf_zip *zip = p->zip;
    struct mf_modzip_facts facts;
    MF_CLEANUP(mf_zipindex_release) struct mf_zipindex index = MF_ZIPINDEX_INIT;
    struct mf_modzip_visitor visitor = mf_zipindex_visitor(&index);
    if (mf_zipindex_start(&index, err) < 0)
        return -1;
    if (mf_modzip_walk(fd, zip->id, prove ? MF_MODZIP_PROOF : MF_MODZIP_SHA256, &visitor, &facts, err) < 0) {
        struct mf_err ignored;
        if (err->code == MF_E_MODZIP)
            mf_store_forget(p->store, zip->id, MF_FILE_ZIP, &ignored);
        return -1;
    }
    if (facts_too) {
        bool fits;
        if (measure_name(zip->id, index.longest, &fits, err) < 0)
            return -1;
        facts.canonical = facts.canonical && fits;
        zip->facts = facts;
    } else if (!same_zip(&facts, &zip->facts)) {
        return walk(p, fd, true, err);
    }
    if (mf_pkgindex_finish(index.maker, &zip->packages_bytes, err) < 0 ||
        mf_store_packages_write(p->store, zip->id, zip->facts.h1, mf_buf_view(&zip->packages_bytes), err) < 0)
        return -1;
    return facts_too ? mf_store_proof_write(p->store, zip->id, fd, &zip->facts, err) : 0;
}

/* From what an earlier run has kept, or by walking. */
static int examine(struct proof *p, struct mf_err *err)
{
    struct mf_zip *zip = p->zip;
    bool missing;
    MF_CLEANUP(mf_fd_release) int fd = mf_store_open_zip(p->store, zip->id, &missing, err);
    if (fd < 0)
        return -1;
    int known = mf_store_proof_read(p->store, zip->id, fd, &zip->facts, err);
    if (known < 0)
        return -1;
    if (p->batch->zips->prove && !zip->facts.proved)
        known = 0;
    int indexed = known ? mf_store_packages_read(p->store, zip->id, zip->facts.h1, &zip->packages_bytes, err) : 0;
    struct mf_err old;
    if (indexed < 0)
        return -1;
    if (indexed && mf_pkgindex_open(&zip->packages, mf_buf_view(&zip->packages_bytes), &old) == 0)
        return 0;
    mf_buf_clear(&zip->packages_bytes); /* of another version of modferry */
    if (walk(p, fd, !known, err) < 0)
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
    p->pieced = f->pieced;
    if (f->ok)
        mf_pool_submit_sized(b->pool, run_walk, p, mf_store_zip_size(p->store, p->zip->id));
    b->arrived += !p->again;
    if (b->zips->progress)
        b->zips->progress(b->zips->progress_ctx, b->arrived, b->count);
    return mf_err_stopped(b->zips->stop, err);
}

/* From the user's GOMODCACHE, where a go.sum line vouches for the zip: 1, 0 where it
 * is to be fetched, -1. */
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
            return took;
    }
    return 0;
}

/* As mf_fetch_add for a zip that was taken from the GOMODCACHE. */
static int arrive_from_gomodcache(struct proof *p, struct mf_err *err)
{
    const struct mf_watch *watch = p->batch->zips->upstream->watch;
    const struct mf_fetched taken = {.module = p->zip->id, .kind = MF_FILE_ZIP, .ok = true};
    if (watch)
        watch->file(watch->ctx,
                    &(struct mf_watch_file){
                        .what = ".zip", .module = p->zip->id, .source = MF_WATCH_GOMODCACHE, .size = UINT64_MAX});
    return arrived(p, &taken, err);
}

static int fetch(struct batch *b, struct mf_err *err)
{
    struct mf_fetch *fetch = b->zips->upstream->fetch;
    for (size_t i = 0; i < b->count; i++) {
        struct proof *p = &b->proofs[i];
        int took = mf_err_stopped(b->zips->stop, err) < 0 ? -1 : take_from_gomodcache(b->zips, p->zip->id, err);
        if (took < 0 ||
            (took ? arrive_from_gomodcache(p, err) : mf_fetch_add(fetch, p->zip->id, MF_FILE_ZIP, arrived, p, err)) < 0)
            return -1;
    }
    return mf_fetch_run(fetch, err);
}

/* A zip that is not as it has to be has been removed from the store. */
static int judge(struct mf_zips *z, struct proof *p, struct mf_err *err)
{
    struct mf_zip *zip = p->zip;
    struct mf_err ignored;
    if (p->rc < 0) {
        *err = p->err;
        return mf_err_prefix(err, "%.*s@%.*s", MF_FMT(zip->id.path), MF_FMT(zip->id.version));
    }
    zip->as_zip = !zip->facts.canonical;
    if (mf_root_check_sums(z->roots, z->root_count, zip->id, false, zip->facts.h1, &zip->in_sum, err) == 0)
        return 0;
    mf_store_forget(p->store, zip->id, MF_FILE_ZIP, &ignored);
    return -1;
}

/* A zip that was put together from several answers and is wrong gets a second
 * chance: perhaps they were not answers of one file. */
static int accept(struct mf_zips *z, struct proof *p, struct mf_err *err)
{
    struct mf_err why = {0};
    if (judge(z, p, &why) == 0)
        return tsearch(p->zip, &z->tree, mf_zips_order) ? 0 : mf_err_nomem(err);
    if (!p->pieced || (why.code != MF_E_MODZIP && why.code != MF_E_HASH)) {
        *err = why;
        return -1;
    }
    mf_buf_release(&p->zip->packages_bytes);
    p->err = (struct mf_err){0};
    p->again = p->batch->again = true;
    return 0;
}

/* Takes what was walked; after a failure the walks that run are waited for and
 * their results dropped. */
static int take_walked(struct batch *b, int rc, struct mf_err *err)
{
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

static int fetch_again(struct batch *b, struct mf_err *err)
{
    struct mf_fetch *fetch = b->zips->upstream->fetch;
    for (size_t i = 0; i < b->count; i++)
        if (b->proofs[i].again && mf_fetch_again(fetch, b->proofs[i].zip->id, arrived, &b->proofs[i], err) < 0)
            return -1;
    return mf_fetch_run(fetch, err);
}

static int run_batch(struct batch *b, struct mf_err *err)
{
    int rc = take_walked(b, fetch(b, err), err);
    return rc == 0 && b->again ? take_walked(b, fetch_again(b, err), err) : rc;
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
    if (z->upstream->held)
        return mf_heldzips_need(z, ids, n, true, err);
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

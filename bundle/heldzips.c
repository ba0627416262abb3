#include "bundle/heldzips.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/base/pool.h"
#include "formats/held.h"

/* A module whose index may be in the store. */
struct job {
    const struct mf_store *store;
    struct mf_zip *zip;
    int found; /* 1, 0, -1 */
    struct mf_err error;
};

/* One call of mf_heldzips_need. */
struct batch {
    struct mf_zips *zips;
    struct job *jobs;
    size_t count;
    struct mf_module *unread; /* modules to be read */
    size_t unread_count, read;
};

static void release(struct batch *b)
{
    for (size_t i = 0; i < b->count; i++) /* those that were not accepted */
        if (mf_zips_find(b->zips, b->jobs[i].zip->id) != b->jobs[i].zip)
            mf_buf_release(&b->jobs[i].zip->packages_bytes);
    free(b->jobs);
    free(b->unread);
}

/* Its h1 counts against go.sum before anything in it does. */
static int accept(struct mf_zips *z, struct mf_zip *zip, struct mf_err *err)
{
    if (!zip->absent &&
        mf_root_check_sums(z->roots, z->root_count, zip->id, false, zip->facts.h1, &zip->in_sum, err) < 0)
        return -1;
    return tsearch(zip, &z->tree, mf_zips_order) ? 0 : mf_err_nomem(err);
}

static int open_index(struct mf_zip *zip, struct mf_err *err)
{
    return mf_pkgindex_open(&zip->packages, mf_buf_view(&zip->packages_bytes), err);
}

/* Pool thread. */
static void run(void *arg)
{
    struct job *job = arg;
    struct mf_zip *zip = job->zip;
    struct mf_err old;
    job->found = mf_store_packages_read(job->store, zip->id, zip->facts.h1, &zip->packages_bytes, &job->error);
    if (job->found > 0 && open_index(zip, &old) < 0) { /* of another version of modferry */
        mf_buf_clear(&zip->packages_bytes);
        job->found = 0;
    }
}

static int add(struct batch *b, struct mf_module id, struct mf_err *err)
{
    struct mf_zips *z = b->zips;
    const struct mf_held *held = z->upstream->held;
    struct mf_held_files files;
    struct mf_zip *zip = mf_arena_alloc(&z->arena, sizeof(*zip), err);
    if (!zip || mf_arena_dup(&z->arena, id.path, &zip->id.path, err) < 0 ||
        mf_arena_dup(&z->arena, id.version, &zip->id.version, err) < 0 || held->look(held->ctx, id, &files, err) < 0)
        return -1;
    zip->packages_bytes = MF_BUF_INIT(MF_PKGINDEX_MAX);
    zip->absent = !files.zip;
    snprintf(zip->facts.h1, sizeof(zip->facts.h1), "%.*s", MF_FMT(files.h1));
    b->jobs[b->count++] = (struct job){.store = &z->upstream->store, .zip = zip};
    return 0;
}

/* Judges a job that needs no more reading, or puts it on the list of those that do. */
static int settle(struct batch *b, const struct job *job, struct mf_err *err)
{
    if (job->found < 0) {
        *err = job->error;
        return -1;
    }
    if (job->found > 0)
        return accept(b->zips, job->zip, err);
    b->unread[b->unread_count++] = job->zip->id;
    return 0;
}

/* What is absent, what the store knows, and what is left. */
static int look_up(struct batch *b, bool indexed, struct mf_err *err)
{
    struct mf_pool *pool = NULL;
    int rc = mf_pool_new(&pool, b->zips->threads, (unsigned)b->count, err);
    for (size_t i = 0; rc == 0 && i < b->count; i++) {
        struct job *job = &b->jobs[i];
        const bool known = job->zip->facts.h1[0];
        if (known && indexed) {
            mf_pool_submit(pool, run, job);
        } else {
            job->found = job->zip->absent || known;
            job->zip->unread = known;
            rc = settle(b, job, err);
        }
    }
    for (struct job *job; pool && (job = mf_pool_take(pool));)
        if (rc == 0)
            rc = settle(b, job, err);
    mf_pool_free(&pool);
    return rc;
}

static struct mf_zip *zip_of(const struct batch *b, struct mf_module id)
{
    for (size_t i = 0; i < b->count; i++)
        if (mf_module_eq(b->jobs[i].zip->id, id))
            return b->jobs[i].zip;
    return NULL;
}

static int on_indexed(void *ctx, struct mf_module id, const char *h1, struct mf_str index, struct mf_err *err)
{
    struct batch *b = ctx;
    struct mf_zips *z = b->zips;
    struct mf_zip *zip = zip_of(b, id);
    struct mf_err ignored;
    if (!zip)
        return 0;
    snprintf(zip->facts.h1, sizeof(zip->facts.h1), "%s", h1);
    mf_buf_str(&zip->packages_bytes, index);
    if (mf_buf_check(&zip->packages_bytes, err) < 0 || open_index(zip, err) < 0 || accept(z, zip, err) < 0)
        return -1;
    mf_store_packages_write(&z->upstream->store, zip->id, h1, index, &ignored);
    if (z->progress)
        z->progress(z->progress_ctx, ++b->read, b->unread_count);
    return mf_err_stopped(z->stop, err);
}

int mf_heldzips_need(struct mf_zips *z, const struct mf_module *ids, size_t n, bool indexed, struct mf_err *err)
{
    const struct mf_held *held = z->upstream->held;
    MF_CLEANUP(release)
    struct batch b = {.zips = z, .jobs = calloc(n + 1, sizeof(*b.jobs)), .unread = calloc(n + 1, sizeof(*b.unread))};
    if (!b.jobs || !b.unread)
        return mf_err_nomem(err);
    for (size_t i = 0; i < n; i++)
        if (!mf_zips_find(z, ids[i]) && add(&b, ids[i], err) < 0)
            return -1;
    if (b.count == 0)
        return 0;
    if (look_up(&b, indexed, err) < 0)
        return -1;
    return b.unread_count ? held->index(held->ctx, b.unread, b.unread_count, on_indexed, &b, err) : 0;
}

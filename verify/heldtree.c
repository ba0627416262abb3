#include "verify/heldtree.h"

#include <stdlib.h>

#include "formats/base/pool.h"
#include "formats/semver.h"
#include "formats/zipindex.h"
#include "verify/installed.h"
#include "verify/rehash.h"
#include "verify/treefiles.h"

struct mf_heldtree {
    struct mf_dir dir;
    enum mf_tree_kind kind;
    bool recorded;
    struct mf_installed record;
    unsigned threads;
    const volatile int *stop;
};

void mf_heldtree_free(struct mf_heldtree **slot)
{
    if (*slot)
        mf_installed_release(&(*slot)->record);
    free(*slot);
    *slot = NULL;
}

/* The record, or the kind of tree that it looks like. A damaged record vouches for nothing, as if there was none. */
static int open_record(struct mf_heldtree *t, struct mf_err *err)
{
    struct stat st;
    struct mf_err why = {0};
    int found = mf_installed_read(t->dir, &t->record, &why);
    t->recorded = found > 0;
    t->kind = t->record.kind;
    if (found > 0)
        return 0;
    if (found < 0 && why.code != MF_E_DAMAGED) {
        *err = why;
        return -1;
    }
    mf_installed_release(&t->record);
    int cache = mf_dir_stat(t->dir, "cache/download", &st, err);
    t->kind = cache > 0 ? MF_TREE_MODCACHE : MF_TREE_PROXY;
    return cache < 0 ? -1 : 0;
}

int mf_heldtree_new(struct mf_heldtree **out, struct mf_dir dir, unsigned threads, const volatile int *stop,
                    struct mf_err *err)
{
    struct mf_heldtree *t = calloc(1, sizeof(*t));
    *out = NULL;
    if (!t)
        return mf_err_nomem(err);
    *t = (struct mf_heldtree){.dir = dir, .record = MF_INSTALLED_INIT, .threads = threads, .stop = stop};
    if (open_record(t, err) < 0) {
        mf_heldtree_free(&t);
        return -1;
    }
    *out = t;
    return 0;
}

bool mf_heldtree_recorded(const struct mf_heldtree *t)
{
    return t->recorded;
}

/* Where a file of the module is; NULL with the error set for a module that go
 * would not download. */
static const char *name_of(const struct mf_heldtree *t, struct mf_module id, const char *suffix, struct mf_buf *b,
                           struct mf_err *err)
{
    if (mf_modpath_check(id.path, err) < 0)
        return NULL;
    if (!mf_semver_canonical(id.version, true)) {
        mf_err_set(err, MF_E_GOMOD, "%.*s@%.*s: the version is not canonical", MF_FMT(id.path), MF_FMT(id.version));
        return NULL;
    }
    return mf_treefiles_name(b, t->kind, id, suffix, err);
}

static int has(const struct mf_heldtree *t, struct mf_module id, const char *suffix, bool *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_TREE_NAME_INIT;
    const char *name = name_of(t, id, suffix, &b, err);
    int there = name ? mf_rehash_regular(t->dir, name, err) : -1;
    *out = there > 0;
    return there < 0 ? -1 : 0;
}

/* The h1 of the record where the zip is still the one that was recorded. */
static int recorded_h1(const struct mf_heldtree *t, struct mf_module id, struct mf_str *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_TREE_NAME_INIT;
    struct mf_installed_facts facts;
    const struct mf_installed_module *m = mf_installed_find(&t->record, id);
    const char *name = name_of(t, id, ".zip", &b, err);
    if (!name || mf_installed_facts(t->dir, name, &facts, err) < 0)
        return -1;
    if (m && m->h1.n && facts.inode != 0 && mf_installed_facts_eq(&facts, &m->zip))
        *out = m->h1;
    return 0;
}

int mf_heldtree_h1(const struct mf_heldtree *t, struct mf_module id, char h1[MF_H1_SIZE], struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_TREE_NAME_INIT;
    struct mf_str known = {0};
    struct mf_err why = {0};
    uint64_t bytes = 0;
    h1[0] = '\0';
    if (recorded_h1(t, id, &known, err) < 0)
        return -1;
    if (known.n && known.n < MF_H1_SIZE) {
        memcpy(h1, known.p, known.n);
        h1[known.n] = '\0';
        return 1;
    }
    const char *name = name_of(t, id, ".zip", &b, err);
    if (!name)
        return -1;
    int rc = mf_rehash_zip(t->dir, name, id, h1, NULL, &bytes, &why);
    if (rc >= 0)
        return rc;
    h1[0] = '\0';
    if (why.code == MF_E_MODZIP || why.code == MF_E_DAMAGED || why.code == MF_E_LIMIT)
        return 1;
    *err = why;
    return -1;
}

int mf_heldtree_open_zip(const struct mf_heldtree *t, struct mf_module id, bool *missing, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_TREE_NAME_INIT;
    const char *name = name_of(t, id, ".zip", &b, err);
    *missing = false;
    return name ? mf_dir_open_file(t->dir, name, missing, err) : -1;
}

int mf_heldtree_read_mod(const struct mf_heldtree *t, struct mf_module id, struct mf_buf *out, bool *missing,
                         struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_TREE_NAME_INIT;
    const char *name = name_of(t, id, ".mod", &b, err);
    *missing = false;
    return name ? mf_dir_read(t->dir, name, out, missing, err) : -1;
}

int mf_heldtree_read_tile(const struct mf_heldtree *t, struct mf_str db, struct mf_tile tile, struct mf_buf *out,
                          bool *missing, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_TREE_NAME_INIT;
    char path[MF_TILE_PATH_SIZE];
    mf_tile_path(tile, path);
    mf_buf_fmt(&b, "%ssumdb/%.*s/%s", t->kind == MF_TREE_PROXY ? "" : "cache/download/", MF_FMT(db), path);
    const char *name = mf_buf_cstr(&b);
    *missing = false;
    return name ? mf_dir_read(t->dir, name, out, missing, err) : mf_buf_check(&b, err);
}

static int look(void *ctx, struct mf_module id, struct mf_held_files *out, struct mf_err *err)
{
    const struct mf_heldtree *t = ctx;
    *out = (struct mf_held_files){0};
    if (has(t, id, ".mod", &out->mod, err) < 0 || has(t, id, ".info", &out->info, err) < 0 ||
        has(t, id, ".zip", &out->zip, err) < 0)
        return -1;
    return out->zip ? recorded_h1(t, id, &out->h1, err) : 0;
}

static int changed(struct mf_module id, const char *what, const char *found, struct mf_str want, struct mf_err *err)
{
    mf_err_set(err, MF_E_HASH, "%.*s@%.*s: its %s has %s, the record of the tree has %.*s", MF_FMT(id.path),
               MF_FMT(id.version), what, found, MF_FMT(want));
    return mf_err_next(err, "run `check` on the tree, and unpack the bundle again");
}

static int mod(void *ctx, struct mf_module id, struct mf_buf *out, struct mf_err *err)
{
    const struct mf_heldtree *t = ctx;
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_TREE_NAME_INIT;
    char h1[MF_H1_SIZE];
    size_t before = out->n;
    const struct mf_installed_module *m = mf_installed_find(&t->record, id);
    const char *name = name_of(t, id, ".mod", &b, err);
    if (!name || mf_dir_read(t->dir, name, out, NULL, err) < 0)
        return -1;
    mf_dirhash_gomod(mf_str_from(mf_buf_view(out), before), h1);
    return m && !mf_str_eq(mf_str(h1), m->mod_h1) ? changed(id, ".mod", h1, m->mod_h1, err) : 0;
}

/* One zip that is read. */
struct job {
    const struct mf_heldtree *tree;
    struct mf_module id;
    struct mf_modzip_facts facts;
    struct mf_buf index;
    int rc;
    struct mf_err error;
};

static int walk(struct job *job, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_TREE_NAME_INIT;
    MF_CLEANUP(mf_zipindex_release) struct mf_zipindex index = MF_ZIPINDEX_INIT;
    const struct mf_modzip_visitor visitor = mf_zipindex_visitor(&index);
    const struct mf_installed_module *m = mf_installed_find(&job->tree->record, job->id);
    const char *name = name_of(job->tree, job->id, ".zip", &b, err);
    MF_CLEANUP(mf_fd_release) int fd = name ? mf_dir_open_file(job->tree->dir, name, NULL, err) : -1;
    if (fd < 0 || mf_zipindex_start(&index, err) < 0)
        return -1;
    if (mf_modzip_walk(fd, job->id, MF_MODZIP_H1, &visitor, &job->facts, err) < 0)
        return mf_err_prefix(err, "%.*s@%.*s", MF_FMT(job->id.path), MF_FMT(job->id.version));
    if (m && m->h1.n && !mf_str_eq(mf_str(job->facts.h1), m->h1))
        return changed(job->id, "zip", job->facts.h1, m->h1, err);
    return mf_pkgindex_finish(index.maker, &job->index, err);
}

/* Pool thread. */
static void run(void *arg)
{
    struct job *job = arg;
    job->rc = mf_err_stopped(job->tree->stop, &job->error) < 0 ? -1 : walk(job, &job->error);
}

/* Takes the oldest job and gives away what it found; after a failure only waits.
 * Returns 0 where no job is in flight. */
static int take(struct mf_pool *pool, mf_held_indexed *fn, void *fn_ctx, int *rc, struct mf_err *err)
{
    struct job *job = mf_pool_take(pool);
    if (!job)
        return 0;
    if (*rc == 0 && job->rc < 0) {
        *err = job->error;
        *rc = -1;
    }
    if (*rc == 0)
        *rc = fn(fn_ctx, job->id, job->facts.h1, mf_buf_view(&job->index), err);
    mf_buf_release(&job->index);
    return 1;
}

static int index_packages(void *ctx, const struct mf_module *ids, size_t n, mf_held_indexed *fn, void *fn_ctx,
                          struct mf_err *err)
{
    const struct mf_heldtree *t = ctx;
    struct mf_pool *pool = NULL;
    const size_t depth = MF_POOL_AHEAD * (size_t)t->threads;
    struct job *jobs = calloc(depth, sizeof(*jobs));
    int rc = jobs ? mf_pool_new(&pool, t->threads, (unsigned)depth, err) : mf_err_nomem(err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        if (mf_pool_full(pool))
            take(pool, fn, fn_ctx, &rc, err);
        struct job *job = &jobs[i % depth]; /* jobs come back in order, so this one is free */
        *job = (struct job){.tree = t, .id = ids[i], .index = MF_BUF_INIT(MF_PKGINDEX_MAX)};
        mf_pool_submit(pool, run, job);
    }
    while (pool && take(pool, fn, fn_ctx, &rc, err))
        continue;
    mf_pool_free(&pool);
    free(jobs);
    return rc;
}

struct mf_held mf_heldtree_view(struct mf_heldtree *t)
{
    return (struct mf_held){.ctx = t, .look = look, .mod = mod, .index = index_packages};
}

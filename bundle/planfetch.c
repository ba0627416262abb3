/* Fetching what a plan names, and proving every zip. */
#include <jansson.h>
#include <stdlib.h>

#include "bundle/cachezip.h"
#include "bundle/plan.h"
#include "formats/base/pool.h"

struct fetching {
    struct mf_plan *plan;
    const struct mf_plan_options *options;
    uint64_t done, total;
};

static void tell(const struct mf_plan_options *options, const char *phase, uint64_t done, uint64_t total)
{
    if (options->progress)
        options->progress(options->progress_ctx, phase, done, total);
}

static struct mf_plan_module *find(struct mf_plan *plan, struct mf_module id)
{
    size_t low = 0, high = plan->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = mf_module_order(plan->modules[mid].id, id);
        if (order == 0)
            return &plan->modules[mid];
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

/* The time in an .info; the fetcher has checked that it is JSON. */
static int read_time(struct mf_plan *plan, struct mf_plan_module *m, struct mf_str text, struct mf_err *err)
{
    json_t *info = json_loadb(text.p, text.n, 0, NULL);
    struct mf_str time = mf_str(json_string_value(json_object_get(info, "Time")));
    int rc = mf_arena_dup(&plan->arena, time, &m->time, err);
    json_decref(info);
    return rc;
}

/* A proxy may have no .info, and go builds without one. The version alone is
 * what the far side will serve then; kept, so that the next run need not ask. */
static int keep_bare_info(struct mf_plan *plan, struct mf_module m, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf info = MF_BUF_INIT(4 * MF_KIB);
    mf_buf_fmt(&info, "{\"Version\":\"%.*s\"}", MF_FMT(m.version));
    if (mf_buf_check(&info, err) < 0)
        return -1;
    return mf_store_write(&plan->upstream->store, m, MF_FILE_INFO, mf_buf_view(&info), err);
}

static int arrived(void *ctx, const struct mf_fetched *f, struct mf_err *err)
{
    struct fetching *state = ctx;
    tell(state->options, "fetch", ++state->done, state->total);
    if (!f->ok && f->kind == MF_FILE_INFO && f->error.code == MF_E_NOT_FOUND)
        return keep_bare_info(state->plan, f->module, err);
    if (!f->ok) {
        *err = f->error;
        return -1;
    }
    if (f->kind != MF_FILE_INFO)
        return 0;
    return read_time(state->plan, find(state->plan, f->module), f->content, err);
}

/* From the user's GOMODCACHE, where a go.sum line vouches for the zip. */
static int take_from_gomodcache(struct mf_plan *plan, struct mf_module m, struct mf_err *err)
{
    const struct mf_upstream *u = plan->upstream;
    bool missing = false;
    struct mf_err ignored;
    if (u->gomodcache.fd < 0)
        return 0;
    MF_CLEANUP(mf_fd_release) int held = mf_store_open_zip(&u->store, m, &missing, &ignored);
    if (held >= 0 || !missing)
        return 0;
    for (size_t i = 0; i < plan->root_count; i++) {
        int took = mf_cachezip_take(u->gomodcache, &plan->roots[i].sums, m, &u->store, err);
        if (took != 0)
            return took < 0 ? -1 : 0;
    }
    return 0;
}

int mf_plan_fetch(struct mf_plan *plan, const struct mf_plan_options *options, struct mf_err *err)
{
    struct fetching state = {.plan = plan, .options = options, .total = plan->count + plan->zips};
    struct mf_fetch *fetch = plan->upstream->fetch;
    for (size_t i = 0; i < plan->count; i++) {
        struct mf_plan_module *m = &plan->modules[i];
        if (mf_fetch_add(fetch, m->id, MF_FILE_INFO, arrived, &state, err) < 0)
            return -1;
        if (m->only_mod)
            continue;
        if (take_from_gomodcache(plan, m->id, err) < 0 ||
            mf_fetch_add(fetch, m->id, MF_FILE_ZIP, arrived, &state, err) < 0)
            return -1;
    }
    return mf_fetch_run(fetch, err);
}

/* One zip on its way through the pool. */
struct proof {
    const struct mf_store *store;
    struct mf_plan_module *module;
    bool too_long; /* a member name that a bundle cannot hold */
    int rc;
    struct mf_err err;
};

static int note_name(void *ctx, struct mf_str name, uint64_t size, struct mf_err *err)
{
    struct proof *p = ctx;
    (void)size;
    (void)err;
    MF_CLEANUP(mf_buf_release) struct mf_buf escaped = MF_BUF_INIT(4 * MF_KIB);
    mf_modpath_escape(p->module->id.path, &escaped);
    mf_modpath_escape(p->module->id.version, &escaped);
    p->too_long |= escaped.n + strlen("src/@/") + name.n > MF_MEMBER_PATH_MAX;
    return 0;
}

static int prove(struct proof *p, struct mf_err *err)
{
    struct mf_plan_module *m = p->module;
    struct mf_modzip_visitor names = {.ctx = p, .file = note_name};
    bool missing;
    MF_CLEANUP(mf_fd_release) int fd = mf_store_open_zip(p->store, m->id, &missing, err);
    if (fd < 0)
        return -1;
    int known = mf_store_proof_read(p->store, m->id, fd, &m->facts, err);
    if (known != 0)
        return known < 0 ? -1 : 0;
    if (mf_modzip_walk(fd, m->id, true, &names, &m->facts, err) < 0) {
        struct mf_err why;
        if (err->code == MF_E_MODZIP)
            mf_store_forget(p->store, m->id, MF_FILE_ZIP, &why);
        return mf_err_prefix(err, "%.*s@%.*s", MF_FMT(m->id.path), MF_FMT(m->id.version));
    }
    m->facts.canonical = m->facts.canonical && !p->too_long;
    return mf_store_proof_write(p->store, m->id, fd, &m->facts, err);
}

static void run_proof(void *job)
{
    struct proof *p = job;
    p->rc = prove(p, &p->err);
}

static int accept_proof(struct mf_plan *plan, struct proof *p, struct mf_err *err)
{
    struct mf_plan_module *m = p->module;
    struct mf_err why;
    if (p->rc < 0) {
        *err = p->err;
        return -1;
    }
    m->as_zip = !m->facts.canonical;
    if (mf_root_check_sums(plan->roots, plan->root_count, m->id, false, m->facts.h1, &m->zip_in_sum, err) == 0)
        return 0;
    mf_store_forget(p->store, m->id, MF_FILE_ZIP, &why);
    return -1;
}

static int prove_all(struct mf_plan *plan, const struct mf_plan_options *options, struct mf_pool *pool,
                     struct proof *proofs, struct mf_err *err)
{
    uint64_t done = 0;
    size_t next = 0;
    int rc = 0;
    while (rc == 0) {
        while (next < plan->count && !mf_pool_full(pool)) {
            proofs[next] = (struct proof){.store = &plan->upstream->store, .module = &plan->modules[next]};
            if (!plan->modules[next].only_mod)
                mf_pool_submit(pool, run_proof, &proofs[next]);
            next++;
        }
        struct proof *p = mf_pool_take(pool);
        if (!p)
            break;
        rc = mf_err_stopped(options->stop, err);
        if (rc == 0)
            rc = accept_proof(plan, p, err);
        tell(options, "check", ++done, plan->zips);
    }
    while (mf_pool_take(pool))
        continue;
    return rc;
}

int mf_plan_prove(struct mf_plan *plan, const struct mf_plan_options *options, struct mf_err *err)
{
    struct mf_pool *pool = NULL;
    struct proof *proofs = calloc(plan->count + 1, sizeof(*proofs));
    if (!proofs)
        return mf_err_nomem(err);
    int rc = mf_pool_new(&pool, options->threads, 2 * options->threads, err);
    if (rc == 0)
        rc = prove_all(plan, options, pool, proofs, err);
    mf_pool_free(&pool);
    free(proofs);
    return rc;
}

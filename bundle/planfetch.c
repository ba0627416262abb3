/* Fetching what a plan names. */
#include "bundle/moduleinfo.h"
#include "bundle/plan.h"

struct fetching {
    struct mf_plan *plan;
    const struct mf_plan_options *options;
    uint64_t done, total;
};

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
    if (state->options->progress)
        state->options->progress(state->options->progress_ctx, "info", ++state->done, state->total);
    if (!f->ok && f->error.code == MF_E_NOT_FOUND)
        return keep_bare_info(state->plan, f->module, err);
    if (!f->ok) {
        *err = f->error;
        return -1;
    }
    return mf_moduleinfo_time(f->content, &state->plan->arena, &find(state->plan, f->module)->time, err);
}

static int fetch_zips(struct mf_plan *plan, enum mf_plan_need need, struct mf_err *err)
{
    struct mf_module *ids = mf_arena_array(&plan->arena, plan->count, sizeof(*ids), err);
    size_t n = 0;
    if (!ids)
        return -1;
    for (size_t i = 0; i < plan->count; i++)
        if (plan->modules[i].zip_need == need)
            ids[n++] = plan->modules[i].id;
    return mf_zips_need(&plan->zips_held, ids, n, need == MF_NEED_IF_THERE, err);
}

/* A module whose zip no proxy has travels with its go.mod alone. */
static void take_zips(struct mf_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct mf_plan_module *m = &plan->modules[i];
        if (m->only_mod)
            continue;
        m->zip = mf_zips_find(&plan->zips_held, m->id);
        m->only_mod = !m->zip;
        plan->zips -= m->only_mod;
        plan->left_out += m->only_mod;
    }
}

int mf_plan_fetch(struct mf_plan *plan, const struct mf_plan_options *options, struct mf_err *err)
{
    struct fetching state = {.plan = plan, .options = options, .total = plan->count};
    for (size_t i = 0; i < plan->count; i++)
        if (mf_fetch_add(plan->upstream->fetch, plan->modules[i].id, MF_FILE_INFO, arrived, &state, err) < 0)
            return -1;
    if (mf_fetch_run(plan->upstream->fetch, err) < 0)
        return -1;
    if (fetch_zips(plan, MF_NEED_FIRMLY, err) < 0 || fetch_zips(plan, MF_NEED_IF_THERE, err) < 0)
        return -1;
    take_zips(plan);
    return 0;
}

/* Fetching what a plan names. */
#include "bundle/moduleinfo.h"
#include "bundle/planpackages.h"

/* An .info on its way. */
struct fetching {
    struct mf_plan *plan;
    struct mf_plan_module *module;
    uint64_t *done;
    bool lacks; /* no proxy has it */
};

/* A proxy may have no .info, and go builds without one. The version alone is
 * what the far side will serve then; kept, so that the next run need not ask. But not before all else is there: who has
 * none of a module's files, for instance without a login, has not said that it has no time. */
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
    struct mf_plan *plan = state->plan;
    if (plan->options->progress)
        plan->options->progress(plan->options->progress_ctx, "info", ++*state->done, plan->count);
    state->lacks = !f->ok && f->error.code == MF_E_NOT_FOUND;
    if (state->lacks)
        return 0;
    if (!f->ok) {
        *err = f->error;
        return -1;
    }
    return mf_moduleinfo_time(f->content, &plan->arena, &state->module->time, err);
}

static int fetch_infos(struct mf_plan *plan, struct fetching **list_out, struct mf_err *err)
{
    struct fetching *list = *list_out = mf_arena_array(&plan->arena, plan->count, sizeof(*list), err);
    uint64_t done = 0;
    if (!list)
        return -1;
    for (size_t i = 0; i < plan->count; i++) {
        list[i] = (struct fetching){.plan = plan, .module = &plan->modules[i], .done = &done};
        if (mf_fetch_add(plan->upstream->fetch, plan->modules[i].id, MF_FILE_INFO, arrived, &list[i], err) < 0)
            return -1;
    }
    return mf_fetch_run(plan->upstream->fetch, err);
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

int mf_plan_fetch(struct mf_plan *plan, struct mf_err *err)
{
    struct fetching *infos;
    if (fetch_infos(plan, &infos, err) < 0 || fetch_zips(plan, MF_NEED_FIRMLY, err) < 0 ||
        fetch_zips(plan, MF_NEED_IF_THERE, err) < 0 || mf_planpackages_check_all(plan, err) < 0)
        return -1;
    for (size_t i = 0; i < plan->count; i++)
        if (infos[i].lacks && keep_bare_info(plan, plan->modules[i].id, err) < 0)
            return -1;
    take_zips(plan);
    return 0;
}

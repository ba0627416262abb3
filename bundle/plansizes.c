/* How large a plan's zips are, before they are fetched. */
#include <sys/stat.h>

#include "bundle/answers.h"
#include "bundle/plan.h"

static int told(void *ctx, const struct mf_fetched *f, struct mf_err *err)
{
    struct mf_plan_module *m = ctx;
    if (f->ok) {
        m->zip_size = f->size;
        return 0;
    }
    if (!mf_answers_fatal(f->error.code))
        return 0;
    *err = f->error;
    return -1;
}

int mf_plan_sizes(struct mf_plan *plan, bool offline, struct mf_err *err)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct mf_plan_module *m = &plan->modules[i];
        m->zip_size = m->zip_level == MF_PLAN_NO_ZIP ? UINT64_MAX : mf_store_zip_size(&plan->upstream->store, m->id);
        if (m->zip_level == MF_PLAN_NO_ZIP || m->zip_size != UINT64_MAX || offline)
            continue;
        if (mf_fetch_size(plan->upstream->fetch, m->id, told, m, err) < 0)
            return -1;
    }
    return mf_fetch_run(plan->upstream->fetch, err);
}

struct mf_plan_sum mf_plan_sum(const struct mf_plan *plan, enum mf_level level)
{
    struct mf_plan_sum sum = {0};
    for (size_t i = 0; i < plan->count; i++) {
        const struct mf_plan_module *m = &plan->modules[i];
        if (m->zip_level > (unsigned)level)
            continue;
        sum.zips++;
        sum.bytes += m->zip_size == UINT64_MAX ? 0 : m->zip_size;
        sum.unknown += m->zip_size == UINT64_MAX;
    }
    return sum;
}

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

/* 1 where the store holds the zip, 0 where not. */
static int look_into_store(const struct mf_plan *plan, struct mf_plan_module *m)
{
    struct mf_err ignored;
    struct stat st;
    bool missing;
    MF_CLEANUP(mf_fd_release) int fd = mf_store_open_zip(&plan->upstream->store, m->id, &missing, &ignored);
    if (fd < 0 || fstat(fd, &st) < 0)
        return 0;
    m->zip_size = (uint64_t)st.st_size;
    return 1;
}

int mf_plan_sizes(struct mf_plan *plan, bool offline, struct mf_err *err)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct mf_plan_module *m = &plan->modules[i];
        m->zip_size = UINT64_MAX;
        if (m->zip_level == MF_PLAN_NO_ZIP || look_into_store(plan, m) || offline)
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

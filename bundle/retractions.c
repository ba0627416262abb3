#include "bundle/retractions.h"

#include <stdlib.h>

/* What travels with its zip. Toolchains have no author who retracts them. */
static bool wanted(const struct mf_plan_module *m)
{
    return !m->only_mod && !mf_toolchain_is(m->id);
}

static int prefetch(struct mf_plan *plan, struct mf_err *err)
{
    size_t count = 0;
    struct mf_module *list = calloc(plan->count + 1, sizeof(*list));
    if (!list)
        return mf_err_nomem(err);
    for (size_t i = 0; i < plan->count; i++)
        if (wanted(&plan->modules[i]))
            list[count++] = plan->modules[i].id;
    int rc = mf_query_prefetch(&plan->queries, list, count, err);
    free(list);
    return rc;
}

int mf_retractions_note(struct mf_plan *plan, bool ask, size_t *unknown_out, struct mf_err *err)
{
    size_t unknown = 0;
    if (ask && prefetch(plan, err) < 0)
        return -1;
    for (size_t i = 0; i < plan->count; i++) {
        struct mf_plan_module *m = &plan->modules[i];
        bool known;
        if (!wanted(m))
            continue;
        if (mf_query_notes(&plan->queries, m->id, ask, &m->notes, &known, err) < 0)
            return -1;
        unknown += !known;
    }
    if (unknown_out)
        *unknown_out = unknown;
    return 0;
}

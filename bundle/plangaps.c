/* What a plan wants and held content lacks. */
#include "bundle/heldzips.h"
#include "bundle/planpackages.h"

struct gaps {
    struct mf_plan_gap *list;
    size_t count;
};

static bool requires(const struct mf_graph_node *node, struct mf_module m)
{
    for (size_t i = 0; i < node->edge_count; i++)
        if (mf_module_eq(node->edges[i]->actual, m))
            return true;
    return false;
}

/* The main module or another one whose go.mod requires m; empty where that is
 * the user's own word. */
static struct mf_str requirer_of(const struct mf_plan *plan, struct mf_module m)
{
    for (size_t i = 0; i < plan->root_count; i++)
        for (size_t n = 0; n < plan->graphs[i].count; n++) {
            const struct mf_graph_node *node = plan->graphs[i].nodes[n];
            bool named = node->id.version.n || plan->roots[i].main_count;
            if (named && requires(node, m))
                return node->id.path;
        }
    return MF_LIT("");
}

static void add(struct gaps *gaps, struct mf_module m, enum mf_file_kind kind, struct mf_str wanted_by,
                struct mf_str import)
{
    gaps->list[gaps->count++] = (struct mf_plan_gap){m, kind, wanted_by, import};
}

static int add_module(struct mf_plan *plan, const struct mf_plan_module *m, struct gaps *gaps, struct mf_err *err)
{
    const struct mf_held *held = plan->upstream->held;
    const struct mf_zip *zip = mf_zips_find(&plan->zips_held, m->id);
    struct mf_held_files files;
    if (held->look(held->ctx, m->id, &files, err) < 0)
        return -1;
    const bool zip_gap = m->zip_need == MF_NEED_FIRMLY && !files.zip;
    if (files.mod && files.info && !zip_gap)
        return 0;
    struct mf_str requirer = requirer_of(plan, m->id);
    if (!files.mod)
        add(gaps, m->id, MF_FILE_MOD, requirer, MF_LIT(""));
    if (!files.info)
        add(gaps, m->id, MF_FILE_INFO, requirer, MF_LIT(""));
    if (zip_gap && zip && zip->wanted.n)
        add(gaps, m->id, MF_FILE_ZIP, zip->wanted_by, zip->wanted);
    else if (zip_gap)
        add(gaps, m->id, MF_FILE_ZIP, requirer, MF_LIT(""));
    return 0;
}

/* Compares the zips that no walk has asked for with go.sum as well. */
static int check_zips(struct mf_plan *plan, struct mf_err *err)
{
    struct mf_module *ids = mf_arena_array(&plan->arena, plan->count, sizeof(*ids), err);
    size_t n = 0;
    if (!ids)
        return -1;
    for (size_t i = 0; i < plan->count; i++)
        if (plan->modules[i].zip_need == MF_NEED_FIRMLY)
            ids[n++] = plan->modules[i].id;
    return mf_heldzips_need(&plan->zips_held, ids, n, false, err);
}

int mf_plan_gaps(struct mf_plan *plan, struct mf_plan_gap **out, size_t *count_out, struct mf_err *err)
{
    struct gaps gaps = {.list = mf_arena_array(&plan->arena, 3 * plan->count, sizeof(*gaps.list), err)};
    if (!gaps.list || check_zips(plan, err) < 0 || mf_planpackages_check_all(plan, err) < 0)
        return -1;
    for (size_t i = 0; i < plan->count; i++)
        if (plan->modules[i].mod == MF_NEED_FIRMLY && add_module(plan, &plan->modules[i], &gaps, err) < 0)
            return -1;
    *out = gaps.list;
    *count_out = gaps.count;
    return 0;
}

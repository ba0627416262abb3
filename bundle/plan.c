#include "bundle/plan.h"

#include <stdlib.h>

#include "formats/semver.h"

enum { MODULES_MAX = 200000 };

void mf_plan_release(struct mf_plan *plan)
{
    for (size_t i = 0; plan->graphs && i < plan->root_count; i++)
        mf_graph_release(&plan->graphs[i]);
    free(plan->modules);
    mf_modfiles_release(&plan->files);
    mf_arena_release(&plan->arena);
    *plan = (struct mf_plan){0};
}

static int by_root(const void *a, const void *b)
{
    const struct mf_root *x = a, *y = b;
    int order = mf_str_cmp(x->module.path, y->module.path);
    return order ? order : mf_str_cmp(x->module.version, y->module.version);
}

static int load_roots(struct mf_plan *plan, const char *const *typed, size_t count, struct mf_err *err)
{
    plan->roots = mf_arena_array(&plan->arena, count, sizeof(*plan->roots), err);
    plan->graphs = mf_arena_array(&plan->arena, count, sizeof(*plan->graphs), err);
    if (!plan->roots || !plan->graphs)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (mf_root_load(typed[i], &plan->upstream->settings, &plan->roots[i], &plan->arena, err) < 0)
            return -1;
    qsort(plan->roots, count, sizeof(*plan->roots), by_root);
    for (size_t i = 0; i < count; i++) {
        if (i && by_root(&plan->roots[i - 1], &plan->roots[i]) == 0) {
            mf_err_set(err, MF_E_USAGE, "two roots are the same module: %.*s and %.*s",
                       MF_FMT(plan->roots[i - 1].typed), MF_FMT(plan->roots[i].typed));
            return mf_err_next(err, "name it once");
        }
        plan->graphs[i] = MF_GRAPH_INIT;
    }
    plan->root_count = count;
    return 0;
}

/* What a module version is needed for, weakest last. */
enum need { NEED_ZIP, NEED_MOD, NEED_MENTIONED };

/* Adds a need; the list is sorted and joined later. */
static int add(struct mf_plan *plan, struct mf_module id, enum need need, struct mf_err *err)
{
    if (mf_grow(&plan->modules, &plan->cap, plan->count + 1, sizeof(*plan->modules), MODULES_MAX, err) < 0)
        return -1;
    struct mf_plan_module *m = &plan->modules[plan->count++];
    *m = (struct mf_plan_module){.only_mod = need != NEED_ZIP, .mentioned = need == NEED_MENTIONED};
    if (mf_arena_dup(&plan->arena, id.path, &m->id.path, err) < 0)
        return -1;
    return mf_arena_dup(&plan->arena, id.version, &m->id.version, err);
}

/* Level all for one graph; with `mentions`, versions that no go.mod was loaded
 * for as well. */
static int add_graph(struct mf_plan *plan, const struct mf_graph *g, bool mentions, struct mf_err *err)
{
    for (size_t i = 0; i < g->count; i++) {
        const struct mf_graph_node *node = g->nodes[i];
        bool carried = node->file || (mentions && mf_graph_is_module(node));
        if (carried && add(plan, node->actual, node->file ? NEED_MOD : NEED_MENTIONED, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < g->build_list_count; i++) {
        struct mf_module actual = mf_root_replacement(g->root, g->build_list[i]);
        if (actual.version.n && add(plan, actual, NEED_ZIP, err) < 0)
            return -1;
    }
    return 0;
}

/* Further graphs of a root, beside the one that its main module has. */
static int add_derived_graph(struct mf_plan *plan, const struct mf_graph *g, bool unpruned,
                             const struct mf_module *requirements, size_t count, bool mentions, struct mf_err *err)
{
    MF_CLEANUP(mf_graph_release) struct mf_graph derived = MF_GRAPH_INIT;
    if (mf_graph_start(&derived, g->root, &plan->files, unpruned, requirements, count, err) < 0 ||
        mf_fetch_run(plan->upstream->fetch, err) < 0 || mf_graph_finish(&derived, err) < 0)
        return -1;
    return add_graph(plan, &derived, mentions, err);
}

static int plan_root(struct mf_plan *plan, struct mf_graph *g, struct mf_err *err)
{
    const struct mf_root *root = g->root;
    if (mf_graph_finish(g, err) < 0 || add_graph(plan, g, false, err) < 0)
        return -1;
    /* `go get path@version` turns dependencies into requirements. */
    if (!root->is_directory)
        return add_derived_graph(plan, g, false, g->build_list, g->build_list_count, true, err);
    /* At go 1.17 `go mod tidy` checks compatibility with go 1.16 (GOSPEC 3.7). */
    if (mf_str_eq(mf_gover_lang(mf_graph_go_version(&root->gomod)), MF_LIT("1.17")))
        return add_derived_graph(plan, g, true, NULL, 0, false, err);
    return 0;
}

static int by_module(const void *a, const void *b)
{
    const struct mf_plan_module *x = a, *y = b;
    int order = mf_module_order(x->id, y->id);
    if (order == 0)
        order = (int)x->only_mod - (int)y->only_mod;
    return order ? order : (int)x->mentioned - (int)y->mentioned;
}

static void sort_and_join(struct mf_plan *plan)
{
    size_t kept = 0;
    if (plan->count)
        qsort(plan->modules, plan->count, sizeof(*plan->modules), by_module);
    for (size_t i = 0; i < plan->count; i++) {
        if (kept && mf_module_eq(plan->modules[kept - 1].id, plan->modules[i].id))
            continue;
        plan->zips += !plan->modules[i].only_mod;
        plan->modules[kept++] = plan->modules[i];
    }
    plan->count = kept;
}

static int mod_arrived(void *ctx, struct mf_modfile *file, struct mf_err *err)
{
    (void)ctx;
    (void)file;
    (void)err;
    return 0;
}

/* The go.mods of what no graph has loaded. */
static int load_mods(struct mf_plan *plan, struct mf_err *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct mf_plan_module *m = &plan->modules[i];
        int rc = m->mentioned ? mf_modfiles_try(&plan->files, m->id, err)
                              : mf_modfiles_want(&plan->files, m->id, mod_arrived, NULL, err);
        if (rc < 0)
            return -1;
    }
    if (mf_fetch_run(plan->upstream->fetch, err) < 0)
        return -1;
    for (size_t i = 0; i < plan->count; i++) {
        struct mf_plan_module m = plan->modules[i];
        m.file = mf_modfiles_find(&plan->files, m.id);
        if (m.file->loaded)
            plan->modules[kept++] = m;
    }
    plan->left_out = plan->count - kept;
    plan->count = kept;
    return 0;
}

/* The release whose std packages and go1.N tags count: the highest go or
 * toolchain line of the roots. */
static void find_go(struct mf_plan *plan)
{
    for (size_t i = 0; i < plan->root_count; i++) {
        const struct mf_root *root = &plan->roots[i];
        const struct mf_gomod *mod = &root->gomod;
        if (!root->is_directory) {
            const struct mf_modfile *file = mf_modfiles_find(&plan->files, root->module);
            mod = file ? &file->gomod : mod;
        }
        struct mf_str lines[] = {mf_graph_go_version(mod), mf_str_from(mod->toolchain, 2)};
        for (size_t k = 0; k < MF_COUNT(lines); k++)
            if (mf_gover_valid(lines[k]) && mf_gover_compare(lines[k], plan->go) > 0)
                plan->go = lines[k];
    }
}

int mf_plan_make(struct mf_plan *plan, const char *const *roots, size_t root_count, struct mf_upstream *upstream,
                 const struct mf_plan_options *options, struct mf_err *err)
{
    *plan = (struct mf_plan){
        .level = options->level,
        .upstream = upstream,
        .arena = MF_ARENA_INIT(256 * MF_MIB),
    };
    if (load_roots(plan, roots, root_count, err) < 0)
        return -1;
    mf_modfiles_init(&plan->files, upstream->fetch, plan->roots, root_count);
    for (size_t i = 0; i < root_count; i++)
        if (mf_graph_start(&plan->graphs[i], &plan->roots[i], &plan->files, false, NULL, 0, err) < 0)
            return -1;
    if (mf_fetch_run(upstream->fetch, err) < 0)
        return -1;
    for (size_t i = 0; i < root_count; i++)
        if (plan_root(plan, &plan->graphs[i], err) < 0)
            return -1;
    sort_and_join(plan);
    if (load_mods(plan, err) < 0)
        return -1;
    find_go(plan);
    return 0;
}

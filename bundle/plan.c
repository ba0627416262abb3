#include "bundle/plan.h"

#include <stdlib.h>

#include "bundle/planpackages.h"
#include "bundle/retractions.h"
#include "bundle/rootquery.h"
#include "bundle/updatecheck.h"
#include "formats/semver.h"

enum { MODULES_MAX = 200000 };

void mf_plan_release(struct mf_plan *plan)
{
    for (size_t i = 0; plan->graphs && i < plan->root_count; i++)
        mf_graph_release(&plan->graphs[i]);
    for (size_t i = 0; plan->missing_sums && i < plan->root_count; i++)
        mf_missingsums_release(&plan->missing_sums[i]);
    free(plan->modules);
    free(plan->refused);
    mf_modfiles_release(&plan->files);
    mf_zips_release(&plan->zips_held);
    mf_queries_release(&plan->queries);
    mf_arena_release(&plan->arena);
    *plan = (struct mf_plan){0};
}

static int by_root(const void *a, const void *b)
{
    const struct mf_root *x = a, *y = b;
    int order = mf_str_cmp(x->module.path, y->module.path);
    return order ? order : mf_str_cmp(x->module.version, y->module.version);
}

/* Among roots that are one module, by what was typed. */
static int by_root_and_text(const void *a, const void *b)
{
    const struct mf_root *x = a, *y = b;
    int order = by_root(a, b);
    return order ? order : mf_str_cmp(x->typed, y->typed);
}

static bool is_query(const struct mf_root *root)
{
    return root->main_count == 0;
}

/* Sorts the roots; queries that ended at one module become one root. */
static int join_roots(struct mf_plan *plan, size_t count, struct mf_err *err)
{
    struct mf_root *roots = plan->roots;
    size_t kept = 0;
    qsort(roots, count, sizeof(*roots), by_root_and_text);
    for (size_t i = 0; i < count; i++) {
        bool same = kept && by_root(&roots[kept - 1], &roots[i]) == 0;
        if (same && !is_query(&roots[i])) {
            mf_err_set(err, MF_E_USAGE, "two roots are the same module: %.*s and %.*s", MF_FMT(roots[kept - 1].typed),
                       MF_FMT(roots[i].typed));
            return mf_err_next(err, "name it once");
        }
        size_t typed = plan->typed_count;
        bool repeated = typed && mf_str_eq(plan->typed[typed - 1], roots[i].typed);
        if (is_query(&roots[i]) && !repeated)
            plan->typed[plan->typed_count++] = roots[i].typed;
        if (!same)
            roots[kept++] = roots[i];
    }
    plan->root_count = kept;
    return 0;
}

static bool is_held(const struct mf_plan *plan)
{
    return plan->upstream->held != NULL;
}

/* Held content answers no queries. */
static int load_root(struct mf_plan *plan, const char *typed, struct mf_root *out, struct mf_err *err)
{
    const struct mf_settings *settings = &plan->upstream->settings;
    if (is_held(plan))
        return mf_root_load(typed, settings, out, &plan->arena, err);
    return mf_rootquery_load(&plan->queries, typed, settings, out, &plan->arena, err);
}

static int load_roots(struct mf_plan *plan, const char *const *typed, size_t count, struct mf_err *err)
{
    plan->roots = mf_arena_array(&plan->arena, count, sizeof(*plan->roots), err);
    plan->graphs = mf_arena_array(&plan->arena, count, sizeof(*plan->graphs), err);
    plan->typed = mf_arena_array(&plan->arena, count, sizeof(*plan->typed), err);
    plan->missing_sums = mf_arena_array(&plan->arena, count, sizeof(*plan->missing_sums), err);
    if (!plan->roots || !plan->graphs || !plan->typed || !plan->missing_sums)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (load_root(plan, typed[i], &plan->roots[i], err) < 0)
            return -1;
    for (size_t i = 0; i < count; i++) {
        plan->graphs[i] = MF_GRAPH_INIT;
        plan->graphs[i].optional = is_held(plan);
    }
    return join_roots(plan, count, err);
}

/* Adds a need; the list is sorted and joined later. `level` is the lowest whose
 * bundles hold the zip. */
static int add(struct mf_plan *plan, struct mf_module id, enum mf_plan_need mod, enum mf_plan_need zip, unsigned level,
               struct mf_err *err)
{
    if (mf_grow(&plan->modules, &plan->cap, plan->count + 1, sizeof(*plan->modules), MODULES_MAX, err) < 0)
        return -1;
    struct mf_plan_module *m = &plan->modules[plan->count++];
    *m = (struct mf_plan_module){.mod = mod, .zip_need = zip, .zip_level = level};
    if (mf_arena_dup(&plan->arena, id.path, &m->id.path, err) < 0)
        return -1;
    return mf_arena_dup(&plan->arena, id.version, &m->id.version, err);
}

/* True where the graph has asked for the go.mod of a node, held or not. */
static bool was_asked(const struct mf_graph_node *node)
{
    return node->file || (mf_graph_is_module(node) && (node->followed[0] || node->followed[1] || node->followed[2]));
}

/* The go.mod files that a graph is made of. */
static int add_files(struct mf_plan *plan, const struct mf_graph *g, struct mf_err *err)
{
    struct mf_missingsums *missing = &plan->missing_sums[g->root - plan->roots];
    for (size_t i = 0; i < g->count; i++) {
        if (!was_asked(g->nodes[i]))
            continue;
        if (add(plan, g->nodes[i]->actual, MF_NEED_FIRMLY, MF_NEED_NOT, MF_PLAN_NO_ZIP, err) < 0)
            return -1;
        /* The graph of add_unpruned is for `go mod tidy` alone, which may write go.sum. */
        if (!g->unpruned && mf_missingsums_look(missing, g->root, g->nodes[i]->actual, true, err) < 0)
            return -1;
    }
    return 0;
}

static int add_build_list(struct mf_plan *plan, const struct mf_graph *g, enum mf_plan_need mod, enum mf_plan_need zip,
                          struct mf_err *err)
{
    unsigned level = g->unpruned ? MF_PLAN_NO_ZIP : MF_LEVEL_ALL;
    for (size_t i = 0; i < g->build_list_count; i++) {
        struct mf_module actual = mf_root_replacement(g->root, g->build_list[i]);
        if (actual.version.n && add(plan, actual, mod, zip, level, err) < 0)
            return -1;
    }
    return 0;
}

static int load(struct mf_plan *plan, struct mf_graph *g, const struct mf_graph *from, bool from_build_list,
                struct mf_err *err)
{
    const struct mf_module *requirements = from_build_list ? from->build_list : NULL;
    if (mf_graph_start(g, from->root, &plan->files, requirements, from->build_list_count, err) < 0 ||
        mf_fetch_run(plan->upstream->fetch, err) < 0)
        return -1;
    return mf_graph_finish(g, err);
}

/* The zips that packages need at a level below all. */
static int add_packages(struct mf_plan *plan, const struct mf_graph *g, enum mf_level level, struct mf_err *err)
{
    struct mf_packages found;
    if (mf_planpackages_close(plan, g, level, &found, err) < 0)
        return -1;
    for (size_t i = 0; i < found.zip_count; i++) {
        enum mf_level lowest = g->unpruned ? MF_LEVEL_TIDY : found.zips[i].level;
        if (add(plan, found.zips[i].id, MF_NEED_FIRMLY, MF_NEED_FIRMLY, lowest, err) < 0)
            return -1;
    }
    return 0;
}

/* From go 1.17 on, `go mod download` and `go mod vendor` take what the main
 * module requires, imported or not. */
static int add_requirements(struct mf_plan *plan, const struct mf_graph *g, struct mf_err *err)
{
    for (size_t i = 0; i < g->build_list_count; i++) {
        struct mf_module actual = mf_root_replacement(g->root, g->build_list[i]);
        if (actual.version.n && mf_graph_is_root(g, g->build_list[i]) &&
            add(plan, actual, MF_NEED_FIRMLY, MF_NEED_FIRMLY, MF_LEVEL_TIDY, err) < 0)
            return -1;
    }
    return 0;
}

static int add_zips(struct mf_plan *plan, const struct mf_graph *g, struct mf_err *err)
{
    if (plan->level == MF_LEVEL_ALL)
        return add_build_list(plan, g, MF_NEED_FIRMLY, MF_NEED_FIRMLY, err);
    if (plan->level == MF_LEVEL_TIDY && mf_graph_is_lazy(g) && add_requirements(plan, g, err) < 0)
        return -1;
    return add_packages(plan, g, plan->level, err);
}

/* `go get path@version` turns dependencies into requirements, which ones
 * depends on what will be imported. With all of them required, every version
 * that can come to be selected is mentioned. */
static int add_mentioned(struct mf_plan *plan, const struct mf_graph *from, struct mf_err *err)
{
    MF_CLEANUP(mf_graph_release) struct mf_graph g = MF_GRAPH_INIT;
    g.optional = true;
    if (load(plan, &g, from, true, err) < 0)
        return -1;
    for (size_t i = 0; i < g.count; i++)
        if (mf_graph_is_module(g.nodes[i]) &&
            add(plan, g.nodes[i]->actual, MF_NEED_IF_THERE, MF_NEED_NOT, MF_PLAN_NO_ZIP, err) < 0)
            return -1;
    enum mf_plan_need zip = plan->level == MF_LEVEL_ALL ? MF_NEED_IF_THERE : MF_NEED_NOT;
    return add_build_list(plan, &g, MF_NEED_IF_THERE, zip, err);
}

/* At go 1.17 `go mod tidy` checks compatibility with go 1.16, which does not
 * prune: it looks for the packages in that graph as well (GOSPEC section 3.7).
 * Its build list is no command's own, not even of `go mod download all`. */
static int add_unpruned(struct mf_plan *plan, const struct mf_graph *from, struct mf_err *err)
{
    MF_CLEANUP(mf_graph_release) struct mf_graph g = MF_GRAPH_INIT;
    g.unpruned = true;
    g.optional = is_held(plan);
    if (load(plan, &g, from, false, err) < 0 || add_files(plan, &g, err) < 0 ||
        add_build_list(plan, &g, MF_NEED_FIRMLY, MF_NEED_NOT, err) < 0)
        return -1;
    return add_packages(plan, &g, MF_LEVEL_TIDY, err);
}

static int plan_root(struct mf_plan *plan, struct mf_graph *g, struct mf_err *err)
{
    const struct mf_root *root = g->root;
    struct mf_err why;
    if (mf_updatecheck(g, &why) < 0) {
        mf_err_prefix(&why, "root %.*s", MF_FMT(root->typed));
        if (mf_planpackages_refuse(plan, &why, err) < 0)
            return -1;
    }
    if (add_files(plan, g, err) < 0 || add_build_list(plan, g, MF_NEED_FIRMLY, MF_NEED_NOT, err) < 0 ||
        add_zips(plan, g, err) < 0)
        return -1;
    if (root->main_count == 0)
        return add_mentioned(plan, g, err);
    bool tidies = plan->level >= MF_LEVEL_TIDY;
    if (tidies && root->go_work.n == 0 && mf_str_eq(mf_gover_lang(root->go), MF_LIT("1.17")))
        return add_unpruned(plan, g, err);
    return 0;
}

static int add_toolchains(struct mf_plan *plan, struct mf_err *err)
{
    const struct mf_plan_options *wanted = plan->options;
    struct mf_module *modules;
    size_t count;
    if (mf_toolchains_modules(wanted->toolchains, wanted->toolchain_count, &plan->arena, &modules, &count, err) < 0 ||
        mf_toolchains_mods(modules, count, plan->upstream, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        bool whole = i < wanted->toolchain_count;
        if (add(plan, modules[i], MF_NEED_FIRMLY, whole ? MF_NEED_FIRMLY : MF_NEED_NOT,
                whole ? MF_LEVEL_BUILD : MF_PLAN_NO_ZIP, err) < 0)
            return -1;
    }
    return 0;
}

static int by_module(const void *a, const void *b)
{
    const struct mf_plan_module *x = a, *y = b;
    return mf_module_order(x->id, y->id);
}

/* One entry a module, with the strongest of its needs. */
static void sort_and_join(struct mf_plan *plan)
{
    size_t kept = 0;
    if (plan->count)
        qsort(plan->modules, plan->count, sizeof(*plan->modules), by_module);
    for (size_t i = 0; i < plan->count; i++) {
        const struct mf_plan_module *m = &plan->modules[i];
        if (kept == 0 || !mf_module_eq(plan->modules[kept - 1].id, m->id)) {
            plan->modules[kept++] = *m;
            continue;
        }
        struct mf_plan_module *joined = &plan->modules[kept - 1];
        joined->mod = m->mod > joined->mod ? m->mod : joined->mod;
        joined->zip_need = m->zip_need > joined->zip_need ? m->zip_need : joined->zip_need;
        joined->zip_level = m->zip_level < joined->zip_level ? m->zip_level : joined->zip_level;
    }
    plan->count = kept;
}

/* The go.mods of what no graph has loaded. */
static int load_mods(struct mf_plan *plan, struct mf_err *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct mf_plan_module *m = &plan->modules[i];
        bool optional = m->mod == MF_NEED_IF_THERE || is_held(plan);
        if (mf_modfiles_want(&plan->files, m->id, optional, NULL, NULL, err) < 0)
            return -1;
    }
    if (mf_fetch_run(plan->upstream->fetch, err) < 0)
        return -1;
    for (size_t i = 0; i < plan->count; i++) {
        struct mf_plan_module m = plan->modules[i];
        m.file = mf_modfiles_find(&plan->files, m.id);
        m.only_mod = m.zip_need == MF_NEED_NOT;
        bool gap = !m.file->loaded && m.mod == MF_NEED_FIRMLY; /* of held content */
        plan->zips += (m.file->loaded || gap) && !m.only_mod;
        if (m.file->loaded || gap)
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
        struct mf_str go = root->go, toolchain = root->toolchain;
        if (root->main_count == 0) {
            const struct mf_modfile *file = mf_modfiles_find(&plan->files, root->module);
            go = file && file->gomod.go.n ? file->gomod.go : MF_LIT("1.16");
            toolchain = file ? file->gomod.toolchain : toolchain;
        }
        struct mf_str lines[] = {go, mf_str_from(toolchain, 2)};
        for (size_t k = 0; k < MF_COUNT(lines); k++)
            if (mf_gover_valid(lines[k]) && mf_gover_compare(lines[k], plan->go) > 0)
                plan->go = lines[k];
    }
}

static void show_zips(void *ctx, uint64_t done, uint64_t total)
{
    const struct mf_plan_options *options = ctx;
    if (options->progress)
        options->progress(options->progress_ctx, "fetch", done, total);
}

/* Held content is read, not fetched. */
static void show_reading(void *ctx, uint64_t done, uint64_t total)
{
    const struct mf_plan_options *options = ctx;
    if (options->progress)
        options->progress(options->progress_ctx, "read", done, total);
}

static void prepare_zips(struct mf_plan *plan, struct mf_plan_options *options)
{
    struct mf_zips *z = &plan->zips_held;
    z->upstream = plan->upstream;
    z->roots = plan->roots;
    z->root_count = plan->root_count;
    z->threads = options->threads;
    z->prove = options->prove;
    z->stop = options->stop;
    z->progress = is_held(plan) ? show_reading : show_zips;
    z->progress_ctx = options;
}

int mf_plan_make(struct mf_plan *plan, const char *const *roots, size_t root_count, struct mf_upstream *upstream,
                 struct mf_plan_options *options, struct mf_err *err)
{
    *plan = (struct mf_plan){
        .level = options->level,
        .go = options->go,
        .options = options,
        .upstream = upstream,
        .arena = MF_ARENA_INIT(256 * MF_MIB),
        .zips_held = MF_ZIPS_INIT,
    };
    mf_queries_init(&plan->queries, upstream->fetch);
    if (load_roots(plan, roots, root_count, err) < 0)
        return -1;
    mf_modfiles_init(&plan->files, upstream->fetch, plan->roots, plan->root_count);
    prepare_zips(plan, options);
    for (size_t i = 0; i < plan->root_count; i++)
        if (mf_graph_start(&plan->graphs[i], &plan->roots[i], &plan->files, NULL, 0, err) < 0)
            return -1;
    if (mf_fetch_run(upstream->fetch, err) < 0)
        return -1;
    for (size_t i = 0; i < plan->root_count; i++)
        if (mf_graph_finish(&plan->graphs[i], err) < 0)
            return -1;
    if (plan->go.n == 0)
        find_go(plan);
    for (size_t i = 0; i < plan->root_count; i++) {
        if (plan_root(plan, &plan->graphs[i], err) < 0)
            return -1;
        mf_missingsums_sort(&plan->missing_sums[i]);
    }
    if (add_toolchains(plan, err) < 0)
        return -1;
    sort_and_join(plan);
    if (load_mods(plan, err) < 0)
        return -1;
    return mf_retractions_note(plan, false, NULL, err);
}

#include "bundle/graph.h"

#include <search.h>
#include <stdlib.h>

#include "formats/semver.h"

/* At most this many module versions in a graph; the largest known ones have
 * some thousands. */
enum { NODES_MAX = 1000000 };

static void keep(void *record)
{
    (void)record; /* records live in the arena */
}

void mf_graph_release(struct mf_graph *g)
{
    tdestroy(g->tree, keep);
    free(g->nodes);
    free(g->sorted);
    free(g->todo);
    mf_arena_release(&g->arena);
    *g = MF_GRAPH_INIT;
}

static bool at_least(struct mf_str go, const char *version)
{
    return go.n && mf_gover_compare(go, mf_str(version)) >= 0;
}

/* "go" and "toolchain" have versions but no files. */
static bool is_toolchain_path(struct mf_str path)
{
    return mf_str_eq(path, MF_LIT("go")) || mf_str_eq(path, MF_LIT("toolchain"));
}

bool mf_graph_is_module(const struct mf_graph_node *node)
{
    return node->actual.version.n && !is_toolchain_path(node->id.path) &&
           !mf_str_eq(node->actual.version, MF_LIT("none"));
}

static int by_id(const void *a, const void *b)
{
    const struct mf_graph_node *x = a, *y = b;
    int order = mf_str_cmp(x->id.path, y->id.path);
    return order ? order : mf_str_cmp(x->id.version, y->id.version);
}

/* Replacements are for versions, not for main modules and toolchains. */
static int replace_node(const struct mf_graph *g, struct mf_graph_node *node, struct mf_err *err)
{
    if (is_toolchain_path(node->id.path) || node->id.version.n == 0)
        return 0;
    const struct mf_root_replace *r = mf_root_find_replace(g->root, node->id);
    if (!r)
        return 0;
    node->actual = r->to;
    if (r->conflicts.n == 0)
        return 0;
    mf_err_set(err, MF_E_CLOSURE,
               "conflicting replacements found for %.*s@%.*s in workspace modules defined by %.*s and %.*s",
               MF_FMT(node->id.path), MF_FMT(node->id.version), MF_FMT(r->conflicts), MF_FMT(r->file));
    return mf_err_next(err, "replace it in go.work, which decides: go work edit -replace %.*s=[override]",
                       MF_FMT(node->id.path));
}

static struct mf_graph_node *node_of(struct mf_graph *g, struct mf_module id, struct mf_err *err)
{
    struct mf_graph_node key = {.id = id};
    struct mf_graph_node *const *hit = tfind(&key, &g->tree, by_id);
    if (hit)
        return *hit;
    struct mf_graph_node *node = mf_arena_alloc(&g->arena, sizeof(*node), err);
    if (!node || mf_grow(&g->nodes, &g->cap, g->count + 1, sizeof(node), NODES_MAX, err) < 0)
        return NULL;
    node->id = node->actual = id;
    if (replace_node(g, node, err) < 0)
        return NULL;
    if (!tsearch(node, &g->tree, by_id)) {
        mf_err_nomem(err);
        return NULL;
    }
    g->nodes[g->count++] = node;
    return node;
}

static int add_edge(struct mf_graph *g, struct mf_graph_node *from, struct mf_module to, struct mf_err *err)
{
    struct mf_graph_node *node = node_of(g, to, err);
    if (!node)
        return -1;
    from->edges[from->edge_count++] = node;
    return 0;
}

/* Makes the requirements of a loaded go.mod the edges of its node. */
static int add_requirements(struct mf_graph *g, struct mf_graph_node *node, const struct mf_gomod *mod,
                            struct mf_err *err)
{
    node->edges = mf_arena_array(&g->arena, mod->require_count + 1, sizeof(struct mf_graph_node *), err);
    if (!node->edges)
        return -1;
    for (size_t i = 0; i < mod->require_count; i++)
        if (!mf_root_excludes(g->root, mod->requires[i].module) && add_edge(g, node, mod->requires[i].module, err) < 0)
            return -1;
    /* From go 1.21 on the go line is a requirement like any other. */
    if (at_least(mod->go, "1.21") && add_edge(g, node, (struct mf_module){MF_LIT("go"), mod->go}, err) < 0)
        return -1;
    node->loaded = true;
    return 0;
}

/* What a visit to a node makes of its requirements: a module with pruning ends
 * there, one without has all below it followed; in a workspace, and for a main
 * module, one with pruning is followed one step as well. */
enum mode { PRUNED, UNPRUNED, WORKSPACE };

/* A visit to a node in one mode. Visits wait in a list, not on the stack: a
 * chain of requirements may be as long as its author likes. */
struct mf_graph_visit {
    struct mf_graph *graph;
    struct mf_graph_node *node;
    enum mode mode;
};

/* To go, release 1.N.P requires the toolchain of that name (modload's
 * rawGoModSummary). */
static int visit_go(struct mf_graph *g, struct mf_graph_node *node, struct mf_err *err)
{
    struct mf_str name;
    if (node->loaded || !mf_str_eq(node->id.path, MF_LIT("go")) || !at_least(node->id.version, "1.21"))
        return 0;
    node->edges = mf_arena_array(&g->arena, 1, sizeof(struct mf_graph_node *), err);
    if (!node->edges || mf_arena_join(&g->arena, MF_LIT("go"), node->id.version, MF_LIT(""), &name, err) < 0)
        return -1;
    node->loaded = true;
    return add_edge(g, node, (struct mf_module){MF_LIT("toolchain"), name}, err);
}

static int visit(struct mf_graph *g, struct mf_graph_node *node, enum mode mode, struct mf_err *err)
{
    if (node->followed[mode] || mf_str_eq(node->id.version, MF_LIT("none")))
        return 0;
    node->followed[mode] = true;
    if (is_toolchain_path(node->id.path))
        return visit_go(g, node, err);
    struct mf_graph_visit *v = mf_arena_alloc(&g->arena, sizeof(*v), err);
    if (!v || mf_grow(&g->todo, &g->todo_cap, g->todo_count + 1, sizeof(v), 3 * (size_t)NODES_MAX, err) < 0)
        return -1;
    *v = (struct mf_graph_visit){g, node, mode};
    g->todo[g->todo_count++] = v;
    return 0;
}

static int visit_edges(struct mf_graph *g, const struct mf_graph_node *node, bool pruned, enum mode mode,
                       struct mf_err *err)
{
    if (mode == PRUNED && pruned)
        return 0;
    enum mode next = mode == UNPRUNED || !pruned ? UNPRUNED : PRUNED;
    for (size_t i = 0; i < node->edge_count; i++)
        if (visit(g, node->edges[i], next, err) < 0)
            return -1;
    return 0;
}

static int follow(struct mf_graph *g, struct mf_graph_node *node, const struct mf_gomod *mod, enum mode mode,
                  struct mf_err *err)
{
    if (!node->loaded && add_requirements(g, node, mod, err) < 0)
        return -1;
    return visit_edges(g, node, at_least(mod->go, "1.17"), mode, err);
}

static int check_declared_path(const struct mf_graph_node *node, const struct mf_gomod *mod, struct mf_err *err)
{
    if (mod->module.n == 0)
        return mf_err_set(err, MF_E_GOMOD, "%.*s@%.*s: parsing go.mod: missing module line", MF_FMT(node->actual.path),
                          MF_FMT(node->actual.version));
    if (mf_str_eq(mod->module, node->id.path) || mf_str_eq(mod->module, node->actual.path))
        return 0;
    mf_err_set(err, MF_E_CLOSURE,
               "%.*s@%.*s: parsing go.mod: module declares its path as: %.*s but was required as: %.*s",
               MF_FMT(node->actual.path), MF_FMT(node->actual.version), MF_FMT(mod->module), MF_FMT(node->id.path));
    return mf_err_next(err, "require it by the path that it declares, or replace it in go.mod");
}

static int take_file(const struct mf_graph_visit *v, struct mf_modfile *file, struct mf_err *err)
{
    struct mf_graph_node *node = v->node;
    if (file->absent)
        return 0;
    if (!node->file) {
        if (check_declared_path(node, &file->gomod, err) < 0)
            return mf_modfiles_refuse(v->graph->files, file, err);
        node->file = file;
    }
    return follow(v->graph, node, &file->gomod, v->mode, err);
}

static int file_arrived(void *ctx, struct mf_modfile *file, struct mf_err *err);

/* Follows what is here and asks for what is not. */
static int drain(struct mf_graph *g, struct mf_err *err)
{
    while (g->todo_count) {
        struct mf_graph_visit *v = g->todo[--g->todo_count];
        struct mf_graph_node *node = v->node;
        if (node->actual.version.n == 0) {
            if (!node->local && !(node->local = mf_root_directory_gomod(g->root, node->id, err)))
                return -1;
            if (follow(g, node, node->local, v->mode, err) < 0)
                return -1;
            continue;
        }
        struct mf_modfile *file = mf_modfiles_find(g->files, node->actual);
        int rc = file && file->loaded ? take_file(v, file, err)
                                      : mf_modfiles_want(g->files, node->actual, g->optional, file_arrived, v, err);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int file_arrived(void *ctx, struct mf_modfile *file, struct mf_err *err)
{
    const struct mf_graph_visit *v = ctx;
    if (take_file(v, file, err) < 0)
        return -1;
    return drain(v->graph, err);
}

static int by_module_order(const void *a, const void *b)
{
    return mf_module_order(*(const struct mf_module *)a, *(const struct mf_module *)b);
}

/* Adds the go line and the toolchain line of a root, which are modules to go's
 * modload. */
static size_t add_toolchains(const struct mf_root *root, struct mf_module *out)
{
    size_t n = 0;
    if (root->go.n)
        out[n++] = (struct mf_module){MF_LIT("go"), root->go};
    if (root->toolchain.n)
        out[n++] = (struct mf_module){MF_LIT("toolchain"), root->toolchain};
    return n;
}

/* The requirements of the only main module, as modload has them: with go line
 * and toolchain line, sorted. */
static int require_sorted(struct mf_graph *g, struct mf_graph_node *main, const struct mf_module *required, size_t n,
                          struct mf_err *err)
{
    struct mf_module *sorted = mf_arena_array(&g->arena, n + 2, sizeof(*sorted), err);
    main->edges = mf_arena_array(&g->arena, n + 2, sizeof(struct mf_graph_node *), err);
    size_t count = 0;
    if (!sorted || !main->edges)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (!mf_root_excludes(g->root, required[i]))
            sorted[count++] = required[i];
    count += add_toolchains(g->root, sorted + count);
    qsort(sorted, count, sizeof(*sorted), by_module_order);
    for (size_t i = 0; i < count; i++)
        if (add_edge(g, main, sorted[i], err) < 0)
            return -1;
    main->loaded = true;
    return 0;
}

static int start_single(struct mf_graph *g, const struct mf_module *required, size_t n, struct mf_err *err)
{
    const struct mf_main *main = g->root->main_count ? &g->root->mains[0] : NULL;
    struct mf_module id = {main ? main->path : MF_LIT("command-line-arguments"), MF_LIT("")};
    struct mf_module *own = NULL;
    if (main && !required) {
        n = main->gomod.require_count;
        required = own = mf_arena_array(&g->arena, n, sizeof(*own), err);
        for (size_t i = 0; own && i < n; i++)
        own[i] = main->gomod.requires[i].module;
    } else if (!required) {
        n = 1;
        required = &g->root->module;
    }
    if (!required || !(g->roots[0] = node_of(g, id, err)) || require_sorted(g, g->roots[0], required, n, err) < 0)
        return -1;
    g->root_count = 1;
    bool pruned = !main || at_least(g->root->go, "1.17");
    return visit_edges(g, g->roots[0], pruned, g->unpruned ? UNPRUNED : WORKSPACE, err);
}

static int start_workspace(struct mf_graph *g, struct mf_err *err)
{
    const struct mf_root *root = g->root;
    struct mf_module *ids = mf_arena_array(&g->arena, root->main_count + 2, sizeof(*ids), err);
    size_t count = root->main_count;
    if (!ids)
        return -1;
    for (size_t i = 0; i < count; i++)
        ids[i] = (struct mf_module){root->mains[i].path, MF_LIT("")};
    count += add_toolchains(root, ids + count);
    qsort(ids, count, sizeof(*ids), by_module_order);
    for (size_t i = 0; i < count; i++)
        if (!(g->roots[i] = node_of(g, ids[i], err)))
            return -1;
    g->root_count = count;
    for (size_t i = 0; i < root->main_count; i++)
        node_of(g, (struct mf_module){root->mains[i].path, MF_LIT("")}, err)->local = &root->mains[i].gomod;
    for (size_t i = 0; i < count; i++)
        if (visit(g, g->roots[i], WORKSPACE, err) < 0)
            return -1;
    return 0;
}

bool mf_graph_is_lazy(const struct mf_graph *g)
{
    return !g->unpruned && g->root->go_work.n == 0 && (g->root->main_count == 0 || at_least(g->root->go, "1.17"));
}

bool mf_graph_is_root(const struct mf_graph *g, struct mf_module m)
{
    struct mf_graph_node key = {.id = m};
    struct mf_graph_node *const *hit = tfind(&key, &g->tree, by_id);
    for (size_t i = 0; hit && i < g->roots[0]->edge_count; i++)
        if (g->roots[0]->edges[i] == *hit)
            return true;
    return false;
}

bool mf_graph_is_explicit(const struct mf_graph *g, struct mf_module m)
{
    struct mf_graph_node key = {.id = m};
    struct mf_graph_node *const *hit = tfind(&key, &g->tree, by_id);
    return g->root->go_work.n ? hit && (*hit)->loaded : mf_graph_is_root(g, m);
}

int mf_graph_start(struct mf_graph *g, const struct mf_root *root, struct mf_modfiles *files,
                   const struct mf_module *requirements, size_t requirement_count, struct mf_err *err)
{
    g->root = root;
    g->files = files;
    g->roots = mf_arena_array(&g->arena, root->main_count + 3, sizeof(struct mf_graph_node *), err);
    if (!g->roots)
        return -1;
    int rc = root->go_work.n ? start_workspace(g, err) : start_single(g, requirements, requirement_count, err);
    return rc < 0 ? -1 : drain(g, err);
}

/* Nodes sorted by path, the selected version of each path last. */
static int by_selection(const void *a, const void *b)
{
    const struct mf_graph_node *x = *(struct mf_graph_node *const *)a, *y = *(struct mf_graph_node *const *)b;
    int order = mf_str_cmp(x->id.path, y->id.path);
    if (order == 0)
        order = mf_modver_compare(x->id.path, x->id.version, y->id.version);
    return order ? order : mf_str_cmp(x->id.version, y->id.version);
}

static int sort_nodes(struct mf_graph *g, struct mf_err *err)
{
    if (mf_grow(&g->sorted, &g->sorted_cap, g->count, sizeof(struct mf_graph_node *), NODES_MAX, err) < 0)
        return -1;
    g->sorted_count = g->count;
    memcpy(g->sorted, g->nodes, g->count * sizeof(struct mf_graph_node *));
    qsort(g->sorted, g->count, sizeof(struct mf_graph_node *), by_selection);
    return 0;
}

/* The selected version of a path that sort_nodes has seen. */
static struct mf_graph_node *selected(const struct mf_graph *g, struct mf_str path)
{
    size_t low = 0, high = g->sorted_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (mf_str_cmp(g->sorted[mid]->id.path, path) <= 0)
            low = mid + 1;
        else
            high = mid;
    }
    return g->sorted[low - 1];
}

struct mf_str mf_graph_selected(const struct mf_graph *g, struct mf_str path)
{
    return selected(g, path)->id.version;
}

/* Follows what is selected in place of `node`'s requirements. */
static int reload_edges(struct mf_graph *g, const struct mf_graph_node *node, bool *again, struct mf_err *err)
{
    for (size_t i = 0; i < node->edge_count; i++) {
        const struct mf_graph_node *wanted = node->edges[i];
        struct mf_graph_node *s = selected(g, wanted->id.path);
        if (s->followed[WORKSPACE] || mf_modver_compare(s->id.path, s->id.version, wanted->id.version) <= 0)
            continue;
        *again = true;
        if (visit(g, s, WORKSPACE, err) < 0)
            return -1;
    }
    return 0;
}

/* One round of what a workspace adds: packages may be imported from what main
 * modules require, at the versions that are selected. */
static int reload(struct mf_graph *g, bool *again, struct mf_err *err)
{
    size_t count = g->sorted_count;
    bool of_interest = false;
    for (size_t i = 0; i < count; i++) {
        struct mf_graph_node *node = g->sorted[i];
        of_interest |= node->followed[WORKSPACE];
        if (i + 1 < count && mf_str_eq(node->id.path, g->sorted[i + 1]->id.path))
            continue;
        if (of_interest && !node->followed[WORKSPACE]) {
            *again = true;
            if (visit(g, node, WORKSPACE, err) < 0)
                return -1;
        } else if (of_interest && reload_edges(g, node, again, err) < 0) {
            return -1;
        }
        of_interest = false;
    }
    return 0;
}

int mf_graph_finish(struct mf_graph *g, struct mf_err *err)
{
    for (bool again = g->root->go_work.n > 0; again;) {
        again = false;
        if (sort_nodes(g, err) < 0 || reload(g, &again, err) < 0 || drain(g, err) < 0 ||
            mf_fetch_run(g->files->fetch, err) < 0)
            return -1;
    }
    g->build_list = mf_arena_array(&g->arena, g->count, sizeof(*g->build_list), err);
    if (!g->build_list || sort_nodes(g, err) < 0)
        return -1;
    for (size_t i = 0; i < g->count; i++) {
        const struct mf_module *id = &g->sorted[i]->id;
        bool last = i + 1 == g->count || !mf_str_eq(id->path, g->sorted[i + 1]->id.path);
        if (last && id->version.n && !is_toolchain_path(id->path) && !mf_str_eq(id->version, MF_LIT("none")))
            g->build_list[g->build_list_count++] = *id;
    }
    return 0;
}

/* True for an edge that go drops before it reads the graph: from the only main
 * module to itself, or the same as the one before. */
static bool is_redundant(const struct mf_graph *g, const struct mf_graph_node *from, size_t i)
{
    if (g->root->go_work.n || from != g->roots[0])
        return false;
    return mf_str_eq(from->edges[i]->id.path, from->id.path) || (i > 0 && from->edges[i] == from->edges[i - 1]);
}

int mf_graph_walk(struct mf_graph *g, mf_graph_edge *edge, void *ctx, struct mf_err *err)
{
    struct mf_graph_node **queue = mf_arena_array(&g->arena, g->count, sizeof(*queue), err);
    size_t head = 0, tail = 0;
    if (!queue)
        return -1;
    for (size_t i = 0; i < g->count; i++)
        g->nodes[i]->walked = false;
    for (size_t i = 0; i < g->root_count; i++) {
        g->roots[i]->walked = true;
        queue[tail++] = g->roots[i];
    }
    while (head < tail) {
        const struct mf_graph_node *node = queue[head++];
        for (size_t i = 0; i < node->edge_count; i++) {
            struct mf_graph_node *to = node->edges[i];
            if (is_redundant(g, node, i))
                continue;
            if (edge(ctx, node, to, err) < 0)
                return -1;
            if (!to->walked && !mf_str_eq(to->id.version, MF_LIT("none"))) {
                to->walked = true;
                queue[tail++] = to;
            }
        }
    }
    return 0;
}

static void write_id(const struct mf_graph_node *node, struct mf_buf *out)
{
    mf_buf_str(out, node->id.path);
    if (node->id.version.n) {
        mf_buf_byte(out, '@');
        mf_buf_str(out, node->id.version);
    }
}

static int write_edge(void *ctx, const struct mf_graph_node *from, const struct mf_graph_node *to, struct mf_err *err)
{
    struct mf_buf *out = ctx;
    write_id(from, out);
    mf_buf_byte(out, ' ');
    write_id(to, out);
    mf_buf_byte(out, '\n');
    return mf_buf_check(out, err);
}

int mf_graph_write(struct mf_graph *g, struct mf_buf *out, struct mf_err *err)
{
    return mf_graph_walk(g, write_edge, out, err);
}

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
    free(g->todo);
    mf_arena_release(&g->arena);
    *g = MF_GRAPH_INIT;
}

struct mf_str mf_graph_go_version(const struct mf_gomod *gomod)
{
    return gomod->go.n ? gomod->go : MF_LIT("1.16");
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

static struct mf_graph_node *node_of(struct mf_graph *g, struct mf_module id, struct mf_err *err)
{
    struct mf_graph_node key = {.id = id};
    struct mf_graph_node *const *hit = tfind(&key, &g->tree, by_id);
    if (hit)
        return *hit;
    struct mf_graph_node *node = mf_arena_alloc(&g->arena, sizeof(*node), err);
    if (!node || mf_grow(&g->nodes, &g->cap, g->count + 1, sizeof(node), NODES_MAX, err) < 0)
        return NULL;
    node->id = id;
    node->actual = is_toolchain_path(id.path) || id.version.n == 0 ? id : mf_root_replacement(g->root, id);
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

/* A visit to a node in one mode. Visits wait in a list, not on the stack: a
 * chain of requirements may be as long as its author likes. */
struct mf_graph_visit {
    struct mf_graph *graph;
    struct mf_graph_node *node;
    bool unpruned;
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

static int visit(struct mf_graph *g, struct mf_graph_node *node, bool unpruned, struct mf_err *err)
{
    if (is_toolchain_path(node->id.path))
        return visit_go(g, node, err);
    if (node->followed[unpruned] || mf_str_eq(node->id.version, MF_LIT("none")))
        return 0;
    node->followed[unpruned] = true;
    struct mf_graph_visit *v = mf_arena_alloc(&g->arena, sizeof(*v), err);
    if (!v || mf_grow(&g->todo, &g->todo_cap, g->todo_count + 1, sizeof(v), 2 * (size_t)NODES_MAX, err) < 0)
        return -1;
    *v = (struct mf_graph_visit){g, node, unpruned};
    g->todo[g->todo_count++] = v;
    return 0;
}

static int follow(struct mf_graph *g, struct mf_graph_node *node, const struct mf_gomod *mod, bool unpruned,
                  struct mf_err *err)
{
    if (!node->loaded && add_requirements(g, node, mod, err) < 0)
        return -1;
    if (!unpruned && at_least(mod->go, "1.17"))
        return 0;
    for (size_t i = 0; i < node->edge_count; i++)
        if (visit(g, node->edges[i], true, err) < 0)
            return -1;
    return 0;
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
            return -1;
        node->file = file;
    }
    return follow(v->graph, node, &file->gomod, v->unpruned, err);
}

static int file_arrived(void *ctx, struct mf_modfile *file, struct mf_err *err);

/* Follows what is here and asks for what is not. */
static int drain(struct mf_graph *g, struct mf_err *err)
{
    while (g->todo_count) {
        struct mf_graph_visit *v = g->todo[--g->todo_count];
        struct mf_module actual = v->node->actual;
        if (actual.version.n == 0) {
            const struct mf_gomod *mod = mf_root_directory_gomod(g->root, actual.path);
            if (mod && follow(g, v->node, mod, v->unpruned, err) < 0)
                return -1;
            continue;
        }
        struct mf_modfile *file = mf_modfiles_find(g->files, actual);
        int rc = file && file->loaded ? take_file(v, file, err)
                                      : mf_modfiles_want(g->files, actual, g->optional, file_arrived, v, err);
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

/* The roots that go's modload makes of a main module: requirements, go line
 * and toolchain line, sorted. */
static int main_roots(struct mf_graph *g, const struct mf_module *extra, size_t extra_count, struct mf_module **out,
                      size_t *count_out, struct mf_err *err)
{
    const struct mf_gomod *mod = &g->root->gomod;
    size_t n = extra ? extra_count : mod->require_count;
    struct mf_module *roots = mf_arena_array(&g->arena, n + 2, sizeof(*roots), err);
    size_t count = 0;
    if (!roots)
        return -1;
    for (size_t i = 0; i < n; i++) {
        struct mf_module m = extra ? extra[i] : mod->requires[i].module;
        if (!mf_root_excludes(g->root, m))
            roots[count++] = m;
    }
    if (g->root->is_directory) {
        roots[count++] = (struct mf_module){MF_LIT("go"), mf_graph_go_version(mod)};
        if (mod->toolchain.n)
            roots[count++] = (struct mf_module){MF_LIT("toolchain"), mod->toolchain};
    }
    qsort(roots, count, sizeof(*roots), by_module_order);
    *out = roots;
    *count_out = count;
    return 0;
}

int mf_graph_start(struct mf_graph *g, const struct mf_root *root, struct mf_modfiles *files,
                   const struct mf_module *requirements, size_t requirement_count, struct mf_err *err)
{
    struct mf_module *roots;
    size_t count;
    g->root = root;
    g->files = files;
    g->unpruned |= root->is_directory && !at_least(mf_graph_go_version(&root->gomod), "1.17");
    struct mf_module id = {root->is_directory ? root->module.path : MF_LIT("command-line-arguments"), MF_LIT("")};
    g->main = node_of(g, id, err);
    if (!g->main || main_roots(g, requirements, requirement_count, &roots, &count, err) < 0)
        return -1;
    g->main->edges = mf_arena_array(&g->arena, count + 1, sizeof(struct mf_graph_node *), err);
    if (!g->main->edges)
        return -1;
    g->main->loaded = true;
    for (size_t i = 0; i < count; i++)
        if (add_edge(g, g->main, roots[i], err) < 0)
            return -1;
    for (size_t i = 0; i < g->main->edge_count; i++)
        if (visit(g, g->main->edges[i], g->unpruned, err) < 0)
            return -1;
    return drain(g, err);
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

int mf_graph_finish(struct mf_graph *g, struct mf_err *err)
{
    struct mf_graph_node **sorted = mf_arena_array(&g->arena, g->count, sizeof(*sorted), err);
    g->build_list = mf_arena_array(&g->arena, g->count, sizeof(*g->build_list), err);
    if (!sorted || !g->build_list)
        return -1;
    memcpy(sorted, g->nodes, g->count * sizeof(*sorted));
    qsort(sorted, g->count, sizeof(*sorted), by_selection);
    for (size_t i = 0; i < g->count; i++) {
        const struct mf_module *id = &sorted[i]->id;
        bool selected = i + 1 == g->count || !mf_str_eq(id->path, sorted[i + 1]->id.path);
        if (selected && id->version.n && !is_toolchain_path(id->path) && !mf_str_eq(id->version, MF_LIT("none")))
            g->build_list[g->build_list_count++] = *id;
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

int mf_graph_write(struct mf_graph *g, struct mf_buf *out, struct mf_err *err)
{
    struct mf_graph_node **queue = mf_arena_array(&g->arena, g->count, sizeof(*queue), err);
    size_t head = 0, tail = 0;
    if (!queue)
        return -1;
    for (size_t i = 0; i < g->count; i++)
        g->nodes[i]->walked = false;
    g->main->walked = true;
    queue[tail++] = g->main;
    while (head < tail) {
        const struct mf_graph_node *node = queue[head++];
        for (size_t i = 0; i < node->edge_count; i++) {
            struct mf_graph_node *to = node->edges[i];
            write_id(node, out);
            mf_buf_byte(out, ' ');
            write_id(to, out);
            mf_buf_byte(out, '\n');
            if (!to->walked && !mf_str_eq(to->id.version, MF_LIT("none"))) {
                to->walked = true;
                queue[tail++] = to;
            }
        }
    }
    return mf_buf_check(out, err);
}

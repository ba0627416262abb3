#include "bundle/updatecheck.h"

#include <stdlib.h>

#include "formats/semver.h"

static int check_excluded(const struct mf_root *root, struct mf_err *err)
{
    const struct mf_gomod *mod = &root->mains[0].gomod;
    for (size_t i = 0; i < mod->require_count; i++) {
        const struct mf_module *m = &mod->requires[i].module;
        if (mf_root_excludes(root, *m))
            return mf_err_set(err, MF_E_CLOSURE, "updates to go.mod needed: it requires %.*s %.*s, which it excludes",
                              MF_FMT(m->path), MF_FMT(m->version));
    }
    return 0;
}

/* A go line that go.mod may have, but that is no version: 1.21.3rc1. go wants
 * another one and does not find it, and in a workspace the compiler stops. */
static int check_go(const struct mf_root *root, struct mf_err *err)
{
    for (size_t i = 0; i < root->main_count; i++) {
        struct mf_str go = root->mains[i].gomod.go;
        if (go.n == 0 || mf_gover_valid(go))
            continue;
        mf_err_set(err, MF_E_CLOSURE, "updates to go.mod needed: %.*s: its line \"go %.*s\" names no version of Go",
                   MF_FMT(root->mains[i].gomod.module), MF_FMT(go));
        return mf_err_next(err, "write a version into the go line, such as 1.22.3 or 1.23rc1");
    }
    return 0;
}

/* go takes a toolchain line away that is below 1.21, "default", or what the go
 * line implies. */
static int check_toolchain(const struct mf_root *root, struct mf_err *err)
{
    struct mf_str line = root->toolchain, path = MF_LIT("toolchain");
    if (line.n == 0 ||
        (mf_modver_compare(path, line, MF_LIT("go1.21")) >= 0 && !mf_str_eq(mf_str_from(line, 2), root->go)))
        return 0;
    return mf_err_set(err, MF_E_CLOSURE,
                      "updates to go.mod needed: its line \"toolchain %.*s\" adds nothing to \"go %.*s\"", MF_FMT(line),
                      MF_FMT(root->go));
}

/* A requirement that is not the selected version. An unpruned go.mod may not
 * require its own module either. */
static int check_requirement(const struct mf_graph *g, struct mf_module m, struct mf_err *err)
{
    bool own = mf_str_eq(m.path, g->roots[0]->id.path);
    if (own && mf_graph_is_lazy(g))
        return 0;
    if (own)
        return mf_err_set(err, MF_E_CLOSURE, "updates to go.mod needed: it requires its own module, %.*s %.*s",
                          MF_FMT(m.path), MF_FMT(m.version));
    struct mf_str selected = mf_graph_selected(g, m.path);
    if (mf_str_eq(m.version, selected))
        return 0;
    return mf_err_set(err, MF_E_CLOSURE, "updates to go.mod needed: it has %.*s %.*s, where %.*s is needed",
                      MF_FMT(m.path), MF_FMT(m.version), MF_FMT(selected));
}

int mf_updatecheck(const struct mf_graph *g, struct mf_err *err)
{
    const struct mf_root *root = g->root;
    if (root->main_count == 0)
        return 0;
    if (check_go(root, err) < 0)
        return -1;
    if (root->go_work.n)
        return 0;
    if (check_excluded(root, err) < 0 || check_toolchain(root, err) < 0)
        return -1;
    for (size_t i = 0; i < g->roots[0]->edge_count; i++)
        if (check_requirement(g, g->roots[0]->edges[i]->id, err) < 0)
            return -1;
    return 0;
}

/* A module of the build list, or what takes its place. */
struct use {
    struct mf_module actual;
    struct mf_str path; /* that it is used as */
};

static int by_actual(const void *a, const void *b)
{
    const struct use *x = a, *y = b;
    int order = mf_str_cmp(x->actual.path, y->actual.path);
    order = order ? order : mf_str_cmp(x->actual.version, y->actual.version);
    return order ? order : mf_str_cmp(x->path, y->path);
}

int mf_updatecheck_paths(const struct mf_graph *g, bool whole, struct mf_err *err)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(256 * MF_MIB);
    struct use *uses = mf_arena_array(&arena, g->build_list_count + 1, sizeof(*uses), err);
    size_t count = 0;
    if (!uses)
        return -1;
    for (size_t i = 0; i < g->build_list_count; i++)
        if (whole || !mf_graph_is_lazy(g) || mf_graph_is_root(g, g->build_list[i]))
            uses[count++] = (struct use){mf_root_replacement(g->root, g->build_list[i]), g->build_list[i].path};
    qsort(uses, count, sizeof(*uses), by_actual);
    for (size_t i = 1; i < count; i++) {
        const struct use *a = &uses[i - 1], *b = &uses[i];
        if (!mf_module_eq(a->actual, b->actual) || mf_str_eq(a->path, b->path))
            continue;
        mf_err_set(err, MF_E_CLOSURE, "%.*s@%.*s used for two different module paths (%.*s and %.*s)",
                   MF_FMT(a->actual.path), MF_FMT(a->actual.version), MF_FMT(a->path), MF_FMT(b->path));
        return mf_err_next(err, "require it by one path only");
    }
    return 0;
}

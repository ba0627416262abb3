#include "bundle/needsgo.h"

#include <stdio.h>

#include "formats/semver.h"

/* The highest line that nothing meets so far. */
struct search {
    const struct mf_plan *plan;
    struct mf_str line;         /* "1.24.0" or "1.24"; empty: none */
    const struct mf_root *root; /* whose line it is; NULL for a dependency */
    bool is_toolchain;          /* of the root: its toolchain line */
    struct mf_module module;    /* the dependency */
};

/* The release that a go line stands for, "1.24.0" for "1.24". */
static struct mf_str release_of(struct mf_str line, char out[MF_TOOLCHAIN_NAME_MAX])
{
    if (!mf_toolchain_is_lang(line) || line.n + sizeof(".0") > MF_TOOLCHAIN_NAME_MAX)
        return line;
    snprintf(out, MF_TOOLCHAIN_NAME_MAX, "%.*s.0", MF_FMT(line));
    return mf_str(out);
}

static int compare(struct mf_str a, struct mf_str b)
{
    char x[MF_TOOLCHAIN_NAME_MAX], y[MF_TOOLCHAIN_NAME_MAX];
    return mf_gover_compare(release_of(a, x), release_of(b, y));
}

/* True where a toolchain of that release travels, or with `newer` of a later one. */
static bool travels(const struct mf_plan *plan, struct mf_str line, bool newer)
{
    for (size_t i = 0; i < plan->options->toolchain_count; i++) {
        struct mf_toolchain t;
        if (!mf_toolchain_parse(plan->options->toolchains[i], &t))
            continue;
        int order = compare(t.release, line);
        if (order == 0 || (newer && order > 0))
            return true;
    }
    return false;
}

/* True where the line is one that go insists on, and higher than what was found. */
static bool counts(const struct search *s, struct mf_str line)
{
    return mf_gover_compare(line, MF_LIT("1.21")) >= 0 && compare(line, s->line) > 0;
}

static struct mf_str go_of(const struct mf_plan *plan, const struct mf_root *root)
{
    if (root->main_count)
        return root->go;
    const struct mf_modfile *file = mf_modfiles_find(&plan->files, root->module);
    return file ? file->gomod.go : (struct mf_str){NULL, 0};
}

/* What go switches to for the lines of the main module itself. */
static void look_at_root(struct search *s, const struct mf_root *root)
{
    struct mf_toolchain t;
    bool higher = mf_toolchain_parse(root->toolchain, &t) && compare(t.release, root->go) > 0;
    struct mf_str line = higher ? t.release : root->go;
    if (!higher && s->plan->options->toolchain_count == 0)
        return;
    if (!counts(s, line) || travels(s->plan, line, false))
        return;
    s->line = line;
    s->root = root;
    s->is_toolchain = higher;
}

static void look_at_dependency(struct search *s, struct mf_module id, struct mf_str go, struct mf_str least)
{
    if (!counts(s, go) || compare(go, least) <= 0 || travels(s->plan, go, true))
        return;
    s->line = go;
    s->root = NULL;
    s->module = id;
}

/* What go reads: the go.mod files of the graph, and those of extracted zips. */
static void look_at_dependencies(struct search *s, struct mf_str least)
{
    const struct mf_plan *plan = s->plan;
    for (size_t i = 0; i < plan->root_count; i++)
        for (size_t k = 0; k < plan->graphs[i].count; k++) {
            const struct mf_graph_node *node = plan->graphs[i].nodes[k];
            if (node->file && node->file->loaded)
                look_at_dependency(s, node->actual, node->file->gomod.go, least);
            else if (node->local && node->id.version.n)
                look_at_dependency(s, node->id, node->local->go, least);
        }
    for (size_t i = 0; i < plan->count; i++)
        if (!plan->modules[i].only_mod)
            look_at_dependency(s, plan->modules[i].id, plan->modules[i].file->gomod.go, least);
}

static int describe(const struct search *s, struct mf_needsgo *out, struct mf_arena *arena, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_BUF_INIT(4 * MF_KIB), because = MF_BUF_INIT(64 * MF_KIB);
    char release[MF_TOOLCHAIN_NAME_MAX];
    mf_buf_str(&name, MF_LIT("go"));
    mf_buf_str(&name, release_of(s->line, release));
    if (s->root)
        mf_buf_fmt(&because, "%.*s says %s%.*s", MF_FMT(s->root->typed), s->is_toolchain ? "toolchain go" : "go ",
                   MF_FMT(s->line));
    else
        mf_buf_fmt(&because, "%.*s@%.*s says go %.*s", MF_FMT(s->module.path), MF_FMT(s->module.version),
                   MF_FMT(s->line));
    out->exact = s->root != NULL;
    if (mf_buf_check(&name, err) < 0 || mf_buf_check(&because, err) < 0 ||
        mf_arena_dup(arena, mf_buf_view(&name), &out->toolchain, err) < 0)
        return -1;
    return mf_arena_dup(arena, mf_buf_view(&because), &out->because, err);
}

int mf_needsgo_find(const struct mf_plan *plan, struct mf_needsgo *out, struct mf_arena *arena, struct mf_err *err)
{
    struct search s = {.plan = plan};
    struct mf_str least = {NULL, 0};
    *out = (struct mf_needsgo){.exact = false};
    for (size_t i = 0; i < plan->root_count; i++) {
        struct mf_str go = go_of(plan, &plan->roots[i]);
        if (compare(go, least) > 0)
            least = go;
        if (plan->roots[i].main_count)
            look_at_root(&s, &plan->roots[i]);
    }
    look_at_dependencies(&s, least);
    return s.line.n ? describe(&s, out, arena, err) : 0;
}

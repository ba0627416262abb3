#include "bundle/planpackages.h"

#include "bundle/importsite.h"
#include "bundle/targets.h"
#include "bundle/updatecheck.h"
#include "formats/stdlist.h"

enum { REFUSED_MAX = 1000000 };

/* An import that go would stumble over as well. */
static int refuse_missing(const struct mf_graph *g, const struct mf_packages_missing *m, struct mf_err *err)
{
    const struct mf_root *root = g->root;
    MF_CLEANUP(mf_buf_release) struct mf_buf site = MF_BUF_INIT(64 * MF_KIB);
    if (mf_importsite_find(root, m->importer, m->path, &site, err) < 0)
        return mf_err_prefix(err, "look for the import of %.*s in %.*s", MF_FMT(m->path), MF_FMT(m->importer));
    struct mf_str where = site.n ? mf_buf_view(&site) : m->importer;
    if (m->implicit.version.n) {
        mf_err_set(err, MF_E_CLOSURE, "root %.*s: %s%.*s: imports %.*s from implicitly required module %.*s",
                   MF_FMT(root->typed), mf_graph_is_lazy(g) ? "updates to go.mod needed: " : "", MF_FMT(where),
                   MF_FMT(m->path), MF_FMT(m->implicit.path));
        if (mf_graph_is_lazy(g)) /* the default next step: go mod tidy */
            return -1;
        return mf_err_next(err, "to add missing requirements: go get %.*s@%.*s", MF_FMT(m->implicit.path),
                           MF_FMT(m->implicit.version));
    }
    if (m->ambiguous) {
        mf_err_set(err, MF_E_CLOSURE, "root %.*s: %.*s: ambiguous import: found package %.*s in multiple modules: %.*s",
                   MF_FMT(root->typed), MF_FMT(where), MF_FMT(m->path), MF_FMT(m->found));
        return mf_err_next(err, mf_stdlist_is_reserved(m->path)
                                    ? "give the module a path whose first element has a dot"
                                    : "require versions of which only one has that package");
    }
    if (mf_stdlist_is_reserved(m->path))
        return mf_err_set(err, MF_E_CLOSURE, "root %.*s: %.*s: package %.*s is not in std", MF_FMT(root->typed),
                          MF_FMT(where), MF_FMT(m->path));
    mf_err_set(err, MF_E_CLOSURE, "root %.*s: %.*s: no required module provides package %.*s", MF_FMT(root->typed),
               MF_FMT(where), MF_FMT(m->path));
    return mf_err_next(err, "to add it: go get %.*s", MF_FMT(m->path));
}

int mf_planpackages_refuse(struct mf_plan *plan, const struct mf_err *why, struct mf_err *err)
{
    if (!plan->upstream->held || why->code != MF_E_CLOSURE) {
        *err = *why;
        return -1;
    }
    if (mf_grow(&plan->refused, &plan->refused_cap, plan->refused_count + 1, sizeof(*plan->refused), REFUSED_MAX, err) <
        0)
        return -1;
    return mf_arena_dup(&plan->arena, mf_str(why->text), &plan->refused[plan->refused_count++], err);
}

static int take_missing(struct mf_plan *plan, const struct mf_graph *g, const struct mf_packages *found,
                        struct mf_err *err)
{
    for (size_t i = 0; i < found->missing_count; i++) {
        const struct mf_packages_missing *m = &found->missing[i];
        struct mf_err why;
        bool reserved = mf_stdlist_is_reserved(m->path);
        /* Behind a constraint such as go1.25, or for whoever builds with a newer go than go.mod asks for. */
        bool newer_std = reserved && !m->ambiguous && mf_stdlist_has(m->path, MF_LIT(""));
        if (m->from_main && !newer_std) {
            refuse_missing(g, m, &why);
            if (mf_planpackages_refuse(plan, &why, err) < 0)
                return -1;
            continue;
        }
        /* A dotless path is the affair of a newer standard library. */
        if (reserved)
            continue;
        if (plan->unresolved++ == 0 &&
            mf_arena_join(&plan->arena, m->importer, MF_LIT(" imports "), m->path, &plan->unresolved_example, err) < 0)
            return -1;
    }
    return 0;
}

/* go reads the zips with a line each. It reads the go.mod of providers too:
 * those of packages of "all" are part of the graph, those that only tests of
 * dependencies import need not be. */
static int look_for_sums(struct mf_missingsums *missing, const struct mf_root *root, const struct mf_packages *found,
                         struct mf_err *err)
{
    for (size_t i = 0; i < found->zip_count; i++) {
        if (mf_missingsums_look(missing, root, found->zips[i].id, false, err) < 0)
            return -1;
        missing->only_test_all |= mf_missingsums_lacks(root, found->zips[i].id, true);
    }
    return 0;
}

int mf_planpackages_close(struct mf_plan *plan, const struct mf_graph *g, enum mf_level level, struct mf_packages *out,
                          struct mf_err *err)
{
    const struct mf_plan_options *wanted = plan->options;
    struct mf_targets_options where = {
        .platforms = wanted->platforms,
        .platform_count = level == MF_LEVEL_TIDY ? 0 : wanted->platform_count,
        .tags = wanted->tags,
        .tag_count = wanted->tag_count,
        .go = plan->go,
        .newer = wanted->go.n == 0, /* the go line is the lowest release that will do */
    };
    struct mf_packages_options options = {.level = level, .go = plan->go};
    struct mf_buildtags_target *targets;
    struct mf_err why;
    if (mf_updatecheck_paths(g, level >= MF_LEVEL_TIDY, &why) < 0) {
        mf_err_prefix(&why, "root %.*s", MF_FMT(g->root->typed));
        if (mf_planpackages_refuse(plan, &why, err) < 0)
            return -1;
    }
    if (mf_targets_make(&where, &plan->arena, &targets, &options.target_count, err) < 0)
        return -1;
    options.targets = targets;
    if (mf_packages_close(g, &plan->zips_held, &options, out, &plan->arena, err) < 0 ||
        take_missing(plan, g, out, err) < 0)
        return -1;
    if (g->unpruned) /* what only `go mod tidy` reads, which may write go.sum */
        return 0;
    return look_for_sums(&plan->missing_sums[g->root - plan->roots], g->root, out, err);
}

int mf_planpackages_check_all(struct mf_plan *plan, struct mf_err *err)
{
    struct mf_packages found;
    for (size_t i = 0; plan->level == MF_LEVEL_ALL && i < plan->root_count; i++) {
        if (plan->roots[i].main_count && mf_planpackages_close(plan, &plan->graphs[i], MF_LEVEL_TIDY, &found, err) < 0)
            return -1;
        mf_missingsums_sort(&plan->missing_sums[i]);
    }
    return 0;
}

#include "verify/bundlediff.h"

/* The versions of one path, a stretch of a manifest's modules. */
struct group {
    const struct mf_manifest_module *p;
    size_t n;
};

struct differ {
    mf_bundlediff_visit *fn;
    void *ctx;
};

const char *mf_bundlediff_name(enum mf_bundlediff_kind kind)
{
    static const char *const names[] = {[MF_DIFF_ADDED] = "added",
                                        [MF_DIFF_REMOVED] = "removed",
                                        [MF_DIFF_VERSION] = "version",
                                        [MF_DIFF_CONTENT] = "content",
                                        [MF_DIFF_EXTENT] = "extent"};
    return names[kind];
}

static int report(const struct differ *d, enum mf_bundlediff_kind kind, const struct mf_manifest_module *old_module,
                  const struct mf_manifest_module *new_module)
{
    const struct mf_bundlediff_change change = {kind, old_module, new_module};
    return d->fn(d->ctx, &change);
}

static const struct mf_manifest_module *find(struct group g, struct mf_str version)
{
    for (size_t i = 0; i < g.n; i++)
        if (mf_str_eq(g.p[i].id.version, version))
            return &g.p[i];
    return NULL;
}

/* Carries content, and the other side does not have this version at all. */
static bool alone(const struct mf_manifest_module *m, struct group other)
{
    return !m->only_mod && !find(other, m->id.version);
}

/* The module of `other` that m is paired with: both count from the highest. */
static const struct mf_manifest_module *partner(const struct mf_manifest_module *m, struct group own,
                                                struct group other)
{
    size_t rank = 0;
    if (!alone(m, other))
        return NULL;
    for (size_t i = (size_t)(m - own.p) + 1; i < own.n; i++)
        rank += alone(&own.p[i], other);
    for (size_t i = other.n; i-- > 0;)
        if (alone(&other.p[i], own) && rank-- == 0)
            return &other.p[i];
    return NULL;
}

static int compare_same(const struct differ *d, const struct mf_manifest_module *a, const struct mf_manifest_module *b)
{
    if (!mf_str_eq(a->mod_h1, b->mod_h1) || (!a->only_mod && !b->only_mod && !mf_str_eq(a->h1, b->h1)))
        return report(d, MF_DIFF_CONTENT, a, b);
    return a->only_mod != b->only_mod ? report(d, MF_DIFF_EXTENT, a, b) : 0;
}

static int report_old(const struct differ *d, const struct mf_manifest_module *m, struct group a, struct group b)
{
    const struct mf_manifest_module *same = find(b, m->id.version);
    if (same)
        return compare_same(d, m, same);
    return partner(m, a, b) ? 0 : report(d, MF_DIFF_REMOVED, m, NULL);
}

static int report_new(const struct differ *d, const struct mf_manifest_module *m, struct group a, struct group b)
{
    if (find(a, m->id.version))
        return 0;
    const struct mf_manifest_module *old = partner(m, b, a);
    return old ? report(d, MF_DIFF_VERSION, old, m) : report(d, MF_DIFF_ADDED, NULL, m);
}

/* Both groups are of one path; one may be empty. */
static int compare_groups(const struct differ *d, struct group a, struct group b)
{
    size_t i = 0, j = 0;
    int rc = 0;
    while (rc == 0 && (i < a.n || j < b.n)) {
        if (j == b.n || (i < a.n && mf_module_order(a.p[i].id, b.p[j].id) <= 0))
            rc = report_old(d, &a.p[i++], a, b);
        else
            rc = report_new(d, &b.p[j++], a, b);
    }
    return rc;
}

static struct group group_at(const struct mf_manifest *m, size_t at)
{
    struct group g = {m->modules + at, 0};
    while (at + g.n < m->module_count && mf_str_eq(g.p[0].id.path, g.p[g.n].id.path))
        g.n++;
    return g;
}

int mf_bundlediff_run(const struct mf_manifest *old_manifest, const struct mf_manifest *new_manifest,
                      mf_bundlediff_visit *fn, void *ctx)
{
    const struct differ d = {fn, ctx};
    const struct group none = {NULL, 0};
    size_t i = 0, j = 0;
    int rc = 0;
    while (rc == 0 && (i < old_manifest->module_count || j < new_manifest->module_count)) {
        struct group a = i < old_manifest->module_count ? group_at(old_manifest, i) : none;
        struct group b = j < new_manifest->module_count ? group_at(new_manifest, j) : none;
        int order = !a.n ? 1 : !b.n ? -1 : mf_str_cmp(a.p->id.path, b.p->id.path);
        rc = compare_groups(&d, order <= 0 ? a : none, order >= 0 ? b : none);
        i += order <= 0 ? a.n : 0;
        j += order >= 0 ? b.n : 0;
    }
    return rc;
}

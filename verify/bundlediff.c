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

/* Carries content, and the other side does not have this version at all. */
static bool alone(const struct mf_manifest_module *m, struct group other)
{
    return !m->only_mod && !mf_module_find(other.p, other.n, sizeof(*other.p), m->id);
}

static size_t count_alone(struct group g, struct group other)
{
    size_t n = 0;
    for (size_t i = 0; i < g.n; i++)
        n += alone(&g.p[i], other);
    return n;
}

/* `size` and `files` follow from the content that h1 stands for; who says otherwise is no honest source either. */
static int compare_same(const struct differ *d, const struct mf_manifest_module *a, const struct mf_manifest_module *b)
{
    const bool whole = !a->only_mod && !b->only_mod;
    if (!mf_str_eq(a->mod_h1, b->mod_h1) ||
        (whole && (!mf_str_eq(a->h1, b->h1) || a->size != b->size || a->files != b->files)))
        return report(d, MF_DIFF_CONTENT, a, b);
    return a->only_mod != b->only_mod ? report(d, MF_DIFF_EXTENT, a, b) : 0;
}

/* Two groups of one path; one may be empty. */
struct pairing {
    struct group a, b;
    size_t alone_a, alone_b;   /* how many of each are alone, which are paired from the highest down */
    size_t passed_a, passed_b; /* of them, those that were looked at */
    size_t partner, partners;  /* the element of a where the next partner is looked for, and those alone before it */
};

static int report_old(const struct differ *d, struct pairing *p, const struct mf_manifest_module *m)
{
    const struct mf_manifest_module *same = mf_module_find(p->b.p, p->b.n, sizeof(*p->b.p), m->id);
    if (same)
        return compare_same(d, m, same);
    /* told with the one of b that it is paired with */
    if (!m->only_mod && p->alone_a - ++p->passed_a < p->alone_b)
        return 0;
    return report(d, MF_DIFF_REMOVED, m, NULL);
}

/* The element of a that has as many alone above it as one of b; they rise with those of b. */
static const struct mf_manifest_module *partner_of(struct pairing *p, size_t above)
{
    const size_t below = p->alone_a - 1 - above;
    for (;; p->partner++) {
        const struct mf_manifest_module *m = &p->a.p[p->partner];
        if (alone(m, p->b) && p->partners++ == below) {
            p->partner++;
            return m;
        }
    }
}

static int report_new(const struct differ *d, struct pairing *p, const struct mf_manifest_module *m)
{
    if (mf_module_find(p->a.p, p->a.n, sizeof(*p->a.p), m->id))
        return 0;
    if (m->only_mod)
        return report(d, MF_DIFF_ADDED, NULL, m);
    const size_t above = p->alone_b - ++p->passed_b;
    if (above >= p->alone_a)
        return report(d, MF_DIFF_ADDED, NULL, m);
    return report(d, MF_DIFF_VERSION, partner_of(p, above), m);
}

static int compare_groups(const struct differ *d, struct group a, struct group b)
{
    struct pairing p = {.a = a, .b = b, .alone_a = count_alone(a, b), .alone_b = count_alone(b, a)};
    size_t i = 0, j = 0;
    int rc = 0;
    while (rc == 0 && (i < a.n || j < b.n)) {
        if (j == b.n || (i < a.n && mf_module_order(a.p[i].id, b.p[j].id) <= 0))
            rc = report_old(d, &p, &a.p[i++]);
        else
            rc = report_new(d, &p, &b.p[j++]);
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

/* --- besides the modules --- */

struct promises {
    mf_bundlediff_visit_promise *fn;
    void *ctx;
};

/* Rising words. */
struct words {
    const struct mf_str *p;
    size_t n;
};

static int compare_word(const struct promises *p, const char *what, const struct mf_manifest_root *root,
                        struct mf_str a, struct mf_str b)
{
    const struct mf_bundlediff_promise promise = {what, root, a, b};
    return mf_str_eq(a, b) ? 0 : p->fn(p->ctx, &promise);
}

static int compare_words(const struct promises *p, const char *what, struct words a, struct words b)
{
    const struct mf_str none = {NULL, 0};
    size_t i = 0, j = 0;
    int rc = 0;
    while (rc == 0 && (i < a.n || j < b.n)) {
        int order = i == a.n ? 1 : j == b.n ? -1 : mf_str_cmp(a.p[i], b.p[j]);
        rc = compare_word(p, what, NULL, order <= 0 ? a.p[i] : none, order >= 0 ? b.p[j] : none);
        i += order <= 0;
        j += order >= 0;
    }
    return rc;
}

static struct words platforms(const struct mf_manifest *m)
{
    static const struct mf_str all = MF_LIT("all");
    return m->platform_count ? (struct words){m->platforms, m->platform_count} : (struct words){&all, 1};
}

static int compare_files(const struct promises *p, const struct mf_manifest_root *a, const struct mf_manifest_root *b)
{
    int rc = compare_word(p, "go.mod", b, a->go_mod, b->go_mod);
    if (rc == 0)
        rc = compare_word(p, "go.sum", b, a->go_sum, b->go_sum);
    if (rc == 0)
        rc = compare_word(p, "go.work", b, a->go_work, b->go_work);
    return rc ? rc : compare_word(p, "go.work.sum", b, a->go_work_sum, b->go_work_sum);
}

static int name_order(const struct mf_manifest_root *a, const struct mf_manifest_root *b)
{
    int order = mf_str_cmp(a->module.path, b->module.path);
    return order ? order : mf_str_cmp(a->module.version, b->module.version);
}

/* True where root i is the only one of its name. */
static bool single(const struct mf_manifest *m, size_t i)
{
    const struct mf_manifest_root *r = &m->roots[i];
    return (i == 0 || name_order(r - 1, r) != 0) && (i + 1 == m->root_count || name_order(r, r + 1) != 0);
}

static int compare_roots(const struct promises *p, const struct mf_manifest *old_manifest,
                         const struct mf_manifest *new_manifest)
{
    const struct mf_str none = {NULL, 0};
    size_t i = 0, j = 0;
    int rc = 0;
    while (rc == 0 && (i < old_manifest->root_count || j < new_manifest->root_count)) {
        const struct mf_manifest_root *a = i < old_manifest->root_count ? &old_manifest->roots[i] : NULL;
        const struct mf_manifest_root *b = j < new_manifest->root_count ? &new_manifest->roots[j] : NULL;
        int order = !a ? 1 : !b ? -1 : mf_manifest_root_order(a, b);
        if (a && b && name_order(a, b) == 0 && single(old_manifest, i) && single(new_manifest, j))
            order = 0;
        if (a && b && order == 0)
            rc = compare_files(p, a, b);
        else if (a && order < 0)
            rc = compare_word(p, "root", a, a->module.path, none);
        else if (b)
            rc = compare_word(p, "root", b, none, b->module.path);
        i += order <= 0;
        j += order >= 0;
    }
    return rc;
}

int mf_bundlediff_promises(const struct mf_manifest *old_manifest, const struct mf_manifest *new_manifest,
                           mf_bundlediff_visit_promise *fn, void *ctx)
{
    const struct promises p = {fn, ctx};
    const struct mf_manifest *a = old_manifest, *b = new_manifest;
    int rc = compare_word(&p, "level", NULL, mf_str(mf_level_name(a->level)), mf_str(mf_level_name(b->level)));
    if (rc == 0)
        rc = compare_word(&p, "go", NULL, a->go, b->go);
    if (rc == 0)
        rc = compare_words(&p, "platforms", platforms(a), platforms(b));
    if (rc == 0)
        rc = compare_words(&p, "tags", (struct words){a->tags, a->tag_count}, (struct words){b->tags, b->tag_count});
    if (rc == 0)
        rc = compare_words(&p, "toolchains", (struct words){a->toolchains, a->toolchain_count},
                           (struct words){b->toolchains, b->toolchain_count});
    return rc ? rc : compare_roots(&p, a, b);
}

#include "bundle/loader.h"

#include <search.h>
#include <stdlib.h>

#include "formats/goimports.h"
#include "formats/semver.h"
#include "formats/stdlist.h"

static void keep(void *record)
{
    (void)record; /* records live in the arena */
}

static void forget_packages(struct mf_loader *l)
{
    tdestroy(l->packages, keep);
    l->packages = NULL;
    l->count = l->waiting_count = 0;
    mf_arena_release(&l->scratch);
}

static void release(struct mf_loader *l)
{
    forget_packages(l);
    for (size_t i = 0; l->sources && i < l->source_count; i++)
        mf_buf_release(&l->sources[i].bytes);
    free(l->list);
    free(l->waiting);
    free(l->wanted);
    free(l->needed);
    free(l->sources);
}

static int by_path(const void *a, const void *b)
{
    const struct mf_package *x = a, *y = b;
    return mf_str_cmp(x->path, y->path);
}

/* Of several importers the first counts, but one whose sources the user has at
 * hand before all others. */
static void note_importer(const struct mf_loader *l, struct mf_package *p, const struct mf_package *importer)
{
    bool by_main = mf_loader_is_main(l, importer->source), in_main = importer->in_main || by_main;
    if (p->importer.n == 0 || (in_main && !p->importer_in_main) || (by_main && !p->imported_by_main))
        p->importer = importer->path;
    p->importer_in_main |= in_main;
    p->imported_by_main |= by_main;
}

struct mf_package *mf_loader_package(struct mf_loader *l, struct mf_str path, const struct mf_package *importer,
                                     struct mf_err *err)
{
    struct mf_package key = {.path = path};
    struct mf_package *const *hit = tfind(&key, &l->packages, by_path);
    if (hit && importer)
        note_importer(l, *hit, importer);
    if (hit)
        return *hit;
    struct mf_package *p = mf_arena_alloc(&l->scratch, sizeof(*p), err);
    if (!p || mf_arena_dup(&l->scratch, path, &p->path, err) < 0 ||
        mf_grow(&l->list, &l->cap, l->count + 1, sizeof(struct mf_package *), MF_LOADER_PACKAGES_MAX, err) < 0 ||
        mf_grow(&l->waiting, &l->waiting_cap, l->waiting_count + 1, sizeof(struct mf_package *), MF_LOADER_PACKAGES_MAX,
                err) < 0)
        return NULL;
    if (importer)
        note_importer(l, p, importer);
    if (!tsearch(p, &l->packages, by_path)) {
        mf_err_nomem(err);
        return NULL;
    }
    l->list[l->count++] = p;
    l->waiting[l->waiting_count++] = p;
    return p;
}

/* Resolves what waits, fetching in rounds, until every package has its
 * provider or is reported. */
static int settle(struct mf_loader *l, struct mf_err *err)
{
    while (l->waiting_count) {
        size_t still = 0;
        for (size_t i = 0; i < l->waiting_count; i++) {
            int found = mf_loader_provide(l, l->waiting[i], err);
            if (found < 0)
                return -1;
            if (found == 0)
                l->waiting[still++] = l->waiting[i];
        }
        l->waiting_count = still;
        if (l->wanted_count && mf_zips_need(l->zips, l->wanted, l->wanted_count, false, err) < 0)
            return -1;
        l->wanted_count = 0;
    }
    return 0;
}

int mf_loader_file_counts(struct mf_loader *l, const struct mf_pkgindex_file *f, bool *out, struct mf_err *err)
{
    const struct mf_buildtags_target *t = l->target;
    *out = false;
    if (f->flags & MF_PKGINDEX_HIDDEN || (f->flags & MF_PKGINDEX_CGO && !t->any && !t->cgo) ||
        (!t->any && !mf_buildtags_match_name(t, f->name)))
        return 0;
    return mf_buildtags_match_text(t, f->constraint, out, err);
}

static int take_file(struct mf_loader *l, const struct mf_package *p, const struct mf_pkgindex_file *f,
                     struct mf_err *err)
{
    if (f->flags & MF_PKGINDEX_FAULTS)
        return 0;
    for (uint32_t i = f->imports; i < f->imports_end; i++) {
        struct mf_str path = mf_pkgindex_ref(&p->source->index, i, NULL);
        if (mf_goimports_is_magic(path) || mf_stdlist_has(path, l->options->go))
            continue;
        if (!mf_loader_package(l, path, p, err))
            return -1;
    }
    return 0;
}

/* Takes the imports of a package's files, or of its tests. */
static int take_imports(struct mf_loader *l, struct mf_package *p, bool tests, struct mf_err *err)
{
    bool *taken = tests ? &p->tests_taken : &p->imports_taken;
    if (*taken || !p->source)
        return 0;
    *taken = true;
    for (uint32_t i = p->dir.first; i < p->dir.end; i++) {
        struct mf_pkgindex_file f = mf_pkgindex_file(&p->source->index, i);
        bool counts;
        if (((f.flags & MF_PKGINDEX_TEST) != 0) != tests)
            continue;
        if (mf_loader_file_counts(l, &f, &counts, err) < 0 || (counts && take_file(l, p, &f, err) < 0))
            return -1;
    }
    return 0;
}

/* Follows the imports of all packages to the end. */
static int close_imports(struct mf_loader *l, struct mf_err *err)
{
    for (size_t done = 0;;) {
        if (settle(l, err) < 0)
            return -1;
        if (done == l->count)
            return 0;
        for (size_t settled = l->count; done < settled; done++)
            if (take_imports(l, l->list[done], false, err) < 0)
                return -1;
    }
}

/* Test imports of the first n packages; with main_only, of those of the main
 * modules. */
static int take_tests(struct mf_loader *l, size_t n, bool main_only, struct mf_err *err)
{
    for (size_t i = 0; i < n; i++)
        if ((!main_only || l->list[i]->in_main) && take_imports(l, l->list[i], true, err) < 0)
            return -1;
    return close_imports(l, err);
}

/* Main modules below go 1.16 have a wider "all": tests of every package in it. */
static bool tests_are_closed(const struct mf_root *root)
{
    return root->main_count && mf_gover_compare(root->go, MF_LIT("1.16")) < 0;
}

static int report(struct mf_loader *l, const struct mf_package *p, struct mf_module implicit, struct mf_err *err)
{
    struct mf_packages *out = l->out;
    bool from_main = p->importer_in_main || implicit.version.n;
    size_t at = 0;
    while (at < out->missing_count && !mf_str_eq(out->missing[at].path, p->path))
        at++;
    if (at < out->missing_count && (out->missing[at].from_main || !from_main))
        return 0;
    if (mf_grow(&out->missing, &l->missing_cap, at + 1, sizeof(*out->missing), MF_LOADER_PACKAGES_MAX, err) < 0)
        return -1;
    struct mf_packages_missing *m = &out->missing[at];
    out->missing_count += at == out->missing_count;
    *m = (struct mf_packages_missing){.from_main = from_main, .ambiguous = p->found.n > 0, .implicit = implicit};
    if (mf_arena_dup(l->arena, p->path, &m->path, err) < 0 ||
        mf_arena_dup(l->arena, p->importer, &m->importer, err) < 0)
        return -1;
    return mf_arena_dup(l->arena, p->found, &m->found, err);
}

/* The module of the package at a place of the list, where go.mod has to require
 * that module and does not: what main modules import they must require; with
 * pruning, what their imports come to import as well. */
static struct mf_module implicit_module(const struct mf_loader *l, size_t place)
{
    const struct mf_graph *g = l->graph;
    const struct mf_package *p = l->list[place];
    bool counts = p->imported_by_main || (mf_graph_is_lazy(g) && place < l->all);
    struct mf_module none = {0};
    if (g->root->main_count == 0 || g->unpruned || !counts || !p->source || mf_loader_is_main(l, p->source))
        return none;
    struct mf_module m = g->build_list[p->source - l->sources];
    return mf_graph_is_explicit(g, m) ? none : m;
}

/* Lists what nothing provides, several modules do, or one that go.mod should
 * require. */
static int report_all(struct mf_loader *l, struct mf_err *err)
{
    for (size_t i = 0; i < l->count; i++) {
        const struct mf_package *p = l->list[i];
        struct mf_module implicit = implicit_module(l, i);
        if (((!p->source && !p->unknown) || p->found.n || implicit.version.n) && report(l, p, implicit, err) < 0)
            return -1;
    }
    return 0;
}

static int close_level(struct mf_loader *l, struct mf_err *err)
{
    l->stage = MF_LEVEL_BUILD;
    if (mf_loader_start(l, err) < 0 || close_imports(l, err) < 0)
        return -1;
    l->all = l->count;
    if (l->options->level == MF_LEVEL_BUILD)
        return 0;
    l->stage = MF_LEVEL_TEST;
    if (take_tests(l, l->count, true, err) < 0)
        return -1;
    l->all = l->count;
    if (l->options->level == MF_LEVEL_TEST)
        return 0;
    l->stage = MF_LEVEL_TIDY;
    /* Tests of everything in "all"; what only they import is not tested again. */
    size_t all;
    do {
        all = l->count;
        if (take_tests(l, all, false, err) < 0)
            return -1;
    } while (tests_are_closed(l->graph->root) && l->count > all);
    return 0;
}

static int take_result(struct mf_loader *l, struct mf_err *err)
{
    struct mf_packages *out = l->out;
    for (size_t i = 0; i < l->source_count; i++) {
        struct mf_module id = l->sources[i].actual;
        enum mf_level level = l->needed[i];
        size_t k = 0;
        if (level == MF_LOADER_NOT_NEEDED || id.version.n == 0)
            continue;
        while (k < out->zip_count && !mf_module_eq(out->zips[k].id, id))
            k++;
        if (k < out->zip_count) {
            out->zips[k].level = level < out->zips[k].level ? level : out->zips[k].level;
            continue;
        }
        if (mf_grow(&out->zips, &l->zip_cap, out->zip_count + 1, sizeof(*out->zips), MF_LOADER_PACKAGES_MAX, err) < 0)
            return -1;
        out->zips[out->zip_count++] = (struct mf_packages_zip){id, level};
    }
    return 0;
}

/* The arrays grew on the heap; the caller gets them in the arena. */
static int hand_over(struct mf_packages *found, struct mf_packages *out, struct mf_arena *arena, struct mf_err *err)
{
    struct mf_packages_zip *zips = mf_arena_array(arena, found->zip_count, sizeof(*zips), err);
    struct mf_packages_missing *missing = mf_arena_array(arena, found->missing_count, sizeof(*missing), err);
    if (!zips || !missing)
        return -1;
    if (found->zip_count)
        memcpy(zips, found->zips, found->zip_count * sizeof(*zips));
    if (found->missing_count)
        memcpy(missing, found->missing, found->missing_count * sizeof(*missing));
    *out = *found;
    out->zips = zips;
    out->missing = missing;
    return 0;
}

static void release_found(struct mf_packages *found)
{
    free(found->zips);
    free(found->missing);
}

int mf_packages_close(const struct mf_graph *graph, struct mf_zips *zips, const struct mf_packages_options *options,
                      struct mf_packages *out, struct mf_arena *arena, struct mf_err *err)
{
    MF_CLEANUP(release_found) struct mf_packages found = {0};
    MF_CLEANUP(release)
    struct mf_loader l = {.graph = graph,
                          .zips = zips,
                          .options = options,
                          .out = &found,
                          .arena = arena,
                          .scratch = MF_ARENA_INIT(1024 * MF_MIB)};
    if (mf_loader_sources(&l, err) < 0)
        return -1;
    for (size_t i = 0; i < options->target_count; i++) {
        l.target = &options->targets[i];
        if (close_level(&l, err) < 0 || report_all(&l, err) < 0)
            return -1;
        found.packages = l.count > found.packages ? l.count : found.packages;
        forget_packages(&l);
    }
    if (take_result(&l, err) < 0)
        return -1;
    return hand_over(&found, out, arena, err);
}

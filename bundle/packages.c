#include "bundle/packages.h"

#include <search.h>
#include <stdlib.h>

#include "bundle/localindex.h"
#include "formats/goimports.h"
#include "formats/semver.h"
#include "formats/stdlist.h"

/* At most this many packages in a closure; the largest known have some ten
 * thousands. */
enum { PACKAGES_MAX = 4000000 };

#define NOT_NEEDED MF_LEVEL_ALL /* level all is not followed */

/* A module of the build list, or a main module, with its packages. */
struct source {
    struct mf_str path;      /* module path as required */
    struct mf_module actual; /* what takes its place; version empty: a directory */
    struct mf_pkgindex index;
    bool ready;
    struct mf_zip *unknown; /* its zip where that is absent or unread: nobody knows its packages */
    struct mf_buf bytes;    /* of a directory's index */
};

/* A package, by import path. */
struct package {
    struct mf_str path;
    struct mf_str importer; /* the first one; rather one of a main module */
    bool importer_in_main;
    bool imported_by_main;       /* by a package of a main module, not by a tool line */
    struct mf_str found;         /* the modules that have it, where several do */
    const struct source *source; /* that provides it; NULL: none */
    bool unknown;                /* a module may have it whose packages are not known */
    struct mf_pkgindex_dir dir;
    bool in_main;       /* of a main module, or of the root path@version */
    bool imports_taken; /* its imports are in the closure */
    bool tests_taken;   /* those of its tests as well */
};

struct loader {
    const struct mf_graph *graph;
    struct mf_zips *zips;
    const struct mf_packages_options *options;
    const struct mf_buildtags_target *target;
    struct mf_packages *out;
    struct mf_arena *arena;
    struct mf_arena scratch; /* packages of one target */
    struct source *sources;  /* by position in the build list, then main modules, then directories */
    size_t source_count;
    void *packages;        /* search tree of struct package by path */
    struct package **list; /* the same in order of discovery */
    size_t count, cap;
    size_t all;               /* the first ones of the list are what main modules and their tests import, to the end */
    struct package **waiting; /* whose provider is not known yet */
    size_t waiting_count, waiting_cap;
    struct mf_module *wanted; /* zips to fetch next */
    size_t wanted_count, wanted_cap;
    size_t zip_cap, missing_cap;
    enum mf_level stage;   /* what is being added */
    enum mf_level *needed; /* by source: the lowest level that needs its zip; NOT_NEEDED */
};

static void keep(void *record)
{
    (void)record; /* records live in the arena */
}

static void forget_packages(struct loader *l)
{
    tdestroy(l->packages, keep);
    l->packages = NULL;
    l->count = l->waiting_count = 0;
    mf_arena_release(&l->scratch);
}

static void release(struct loader *l)
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
    const struct package *x = a, *y = b;
    return mf_str_cmp(x->path, y->path);
}

/* Sources: the build list in its order, so that it can be searched; main
 * modules behind it. */
static int make_sources(struct loader *l, struct mf_err *err)
{
    const struct mf_graph *g = l->graph;
    const struct mf_root *root = g->root;
    size_t n = g->build_list_count + root->main_count;
    l->sources = calloc(n + 1, sizeof(*l->sources));
    l->needed = calloc(n + 1, sizeof(*l->needed));
    if (!l->sources || !l->needed)
        return mf_err_nomem(err);
    for (size_t i = 0; i < n; i++) {
        struct source *s = &l->sources[l->source_count++];
        l->needed[i] = NOT_NEEDED;
        const struct mf_main *main = i < g->build_list_count ? NULL : &root->mains[i - g->build_list_count];
        s->path = main ? main->path : g->build_list[i].path;
        s->actual = main ? (struct mf_module){main->dir, MF_LIT("")} : mf_root_replacement(root, g->build_list[i]);
        s->bytes = MF_BUF_INIT(MF_PKGINDEX_MAX);
        if (s->actual.version.n)
            continue;
        if (mf_localindex_make(s->actual.path, &s->bytes, err) < 0 ||
            mf_pkgindex_open(&s->index, mf_buf_view(&s->bytes), err) < 0)
            return mf_err_prefix(err, "read the packages of %.*s", MF_FMT(s->path));
        s->ready = true;
    }
    return 0;
}

/* The source of a module path among the main modules and the build list; with
 * `roots_only`, among what the main module requires. */
static struct source *find_source(struct loader *l, struct mf_str path, bool roots_only)
{
    const struct mf_graph *g = l->graph;
    for (size_t i = g->build_list_count; i < l->source_count; i++)
        if (mf_str_eq(l->sources[i].path, path))
            return &l->sources[i];
    size_t low = 0, high = g->build_list_count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int order = mf_str_cmp(l->sources[mid].path, path);
        if (order == 0)
            return !roots_only || mf_graph_is_root(g, g->build_list[mid]) ? &l->sources[mid] : NULL;
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

/* Makes a source's index available: 1, 0 where its zip has to be fetched. */
static int open_source(struct loader *l, struct source *s, struct mf_err *err)
{
    enum mf_level *needed = &l->needed[s - l->sources];
    *needed = l->stage < *needed ? l->stage : *needed;
    if (s->ready)
        return 1;
    struct mf_zip *zip = mf_zips_find(l->zips, s->actual);
    if (zip) {
        s->unknown = zip->absent || zip->unread ? zip : NULL;
        s->index = zip->packages;
        s->ready = true;
        return 1;
    }
    for (size_t i = 0; i < l->wanted_count; i++)
        if (mf_module_eq(l->wanted[i], s->actual))
            return 0;
    if (mf_grow(&l->wanted, &l->wanted_cap, l->wanted_count + 1, sizeof(*l->wanted), PACKAGES_MAX, err) < 0)
        return -1;
    l->wanted[l->wanted_count++] = s->actual;
    return 0;
}

/* Providers of one import path among the modules looked at. */
struct candidates {
    const struct source *first;
    struct mf_pkgindex_dir dir;
    size_t count;
    bool waits;   /* a zip has to be fetched first */
    bool unknown; /* a module may have it whose packages are not known */
    struct mf_buf names;
};

static int note_wanted(struct loader *l, struct mf_zip *zip, const struct package *p, struct mf_err *err)
{
    if (!zip->absent || zip->wanted.n)
        return 0;
    if (mf_arena_dup(l->arena, p->importer, &zip->wanted_by, err) < 0)
        return -1;
    return mf_arena_dup(l->arena, p->path, &zip->wanted, err);
}

static int look_into(struct loader *l, struct source *s, const struct package *p, struct candidates *c,
                     struct mf_err *err)
{
    const struct mf_str path = p->path;
    struct mf_pkgindex_dir dir;
    int open = open_source(l, s, err);
    if (open <= 0) {
        c->waits |= open == 0;
        return open;
    }
    if (s->unknown) {
        c->unknown = true;
        return note_wanted(l, s->unknown, p, err);
    }
    struct mf_str rest = path.n == s->path.n ? MF_LIT("") : mf_str_from(path, s->path.n + 1);
    if (!mf_pkgindex_find(&s->index, rest, &dir) || !dir.has_visible)
        return 0;
    if (c->count++ == 0) {
        c->first = s;
        c->dir = dir;
    }
    mf_buf_fmt(&c->names, "%s%.*s", c->names.n ? ", " : "", MF_FMT(s->path));
    return 0;
}

/* importFromModules: every module whose path is a prefix is looked at. */
static int look_for(struct loader *l, const struct package *p, bool roots_only, struct candidates *c,
                    struct mf_err *err)
{
    const struct mf_str path = p->path;
    for (struct mf_str prefix = path; prefix.n; prefix = mf_str_head(prefix, mf_str_rfind(prefix, '/'))) {
        struct source *s = find_source(l, prefix, roots_only);
        if (s && look_into(l, s, p, c, err) < 0)
            return -1;
        if (mf_str_rfind(prefix, '/') == prefix.n)
            break;
    }
    return 0;
}

static void release_candidates(struct candidates *c)
{
    mf_buf_release(&c->names);
}

/* Finds the provider: 1, 0 where zips have to be fetched first, -1. */
static int resolve(struct loader *l, struct package *p, struct mf_err *err)
{
    for (int pass = mf_graph_is_lazy(l->graph) ? 1 : 2; pass <= 2; pass++) {
        MF_CLEANUP(release_candidates) struct candidates c = {.names = MF_BUF_INIT(64 * MF_KIB)};
        if (look_for(l, p, pass == 1, &c, err) < 0)
            return -1;
        if (c.waits)
            return 0;
        if (c.count > 1 && mf_arena_dup(&l->scratch, mf_buf_view(&c.names), &p->found, err) < 0)
            return -1;
        if (c.count >= 1) {
            p->source = c.first;
            p->dir = c.dir;
            return 1;
        }
        p->unknown = c.unknown;
        if (c.unknown)
            return 1;
    }
    return 1;
}

static bool is_main_source(const struct loader *l, const struct source *s)
{
    return s && (size_t)(s - l->sources) >= l->graph->build_list_count;
}

/* Of several importers the first counts, but one whose sources the user has at
 * hand before all others. */
static void note_importer(const struct loader *l, struct package *p, const struct package *importer)
{
    bool by_main = is_main_source(l, importer->source), in_main = importer->in_main || by_main;
    if (p->importer.n == 0 || (in_main && !p->importer_in_main) || (by_main && !p->imported_by_main))
        p->importer = importer->path;
    p->importer_in_main |= in_main;
    p->imported_by_main |= by_main;
}

static struct package *package_of(struct loader *l, struct mf_str path, const struct package *importer,
                                  struct mf_err *err)
{
    struct package key = {.path = path};
    struct package *const *hit = tfind(&key, &l->packages, by_path);
    if (hit && importer)
        note_importer(l, *hit, importer);
    if (hit)
        return *hit;
    struct package *p = mf_arena_alloc(&l->scratch, sizeof(*p), err);
    if (!p || mf_arena_dup(&l->scratch, path, &p->path, err) < 0 ||
        mf_grow(&l->list, &l->cap, l->count + 1, sizeof(struct package *), PACKAGES_MAX, err) < 0 ||
        mf_grow(&l->waiting, &l->waiting_cap, l->waiting_count + 1, sizeof(struct package *), PACKAGES_MAX, err) < 0)
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
static int settle(struct loader *l, struct mf_err *err)
{
    while (l->waiting_count) {
        size_t still = 0;
        for (size_t i = 0; i < l->waiting_count; i++) {
            int found = resolve(l, l->waiting[i], err);
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

/* True where go reads the imports of a file on the target. */
static int file_counts(struct loader *l, const struct mf_pkgindex_file *f, bool *out, struct mf_err *err)
{
    const struct mf_buildtags_target *t = l->target;
    *out = false;
    if (f->flags & MF_PKGINDEX_HIDDEN || (f->flags & MF_PKGINDEX_CGO && !t->any && !t->cgo) ||
        (!t->any && !mf_buildtags_match_name(t, f->name)))
        return 0;
    return mf_buildtags_match_text(t, f->constraint, out, err);
}

static int take_file(struct loader *l, const struct package *p, const struct mf_pkgindex_file *f, struct mf_err *err)
{
    if (f->flags & MF_PKGINDEX_FAULTS)
        return 0;
    for (uint32_t i = f->imports; i < f->imports_end; i++) {
        struct mf_str path = mf_pkgindex_ref(&p->source->index, i, NULL);
        if (mf_goimports_is_magic(path) || mf_stdlist_has(path, l->options->go))
            continue;
        if (!package_of(l, path, p, err))
            return -1;
    }
    return 0;
}

/* Takes the imports of a package's files, or of its tests. */
static int take_imports(struct loader *l, struct package *p, bool tests, struct mf_err *err)
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
        if (file_counts(l, &f, &counts, err) < 0 || (counts && take_file(l, p, &f, err) < 0))
            return -1;
    }
    return 0;
}

/* Follows the imports of all packages to the end. */
static int close_imports(struct loader *l, struct mf_err *err)
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
static int take_tests(struct loader *l, size_t n, bool main_only, struct mf_err *err)
{
    for (size_t i = 0; i < n; i++)
        if ((!main_only || l->list[i]->in_main) && take_imports(l, l->list[i], true, err) < 0)
            return -1;
    return close_imports(l, err);
}

/* Directories that "./..." passes over. */
static bool is_hidden_directory(struct mf_str path)
{
    for (struct mf_str rest = path; rest.p && rest.n;) {
        struct mf_str part = mf_str_cut(rest, '/', &rest);
        if (part.p[0] == '.' || part.p[0] == '_' || mf_str_eq(part, MF_LIT("testdata")) ||
            mf_str_eq(part, MF_LIT("vendor")))
            return true;
    }
    return false;
}

/* The `ignore` lines of a main module: "./x" from its root, "x" at any depth. */
static bool is_ignored(const struct mf_gomod *mod, struct mf_str dir)
{
    for (size_t i = 0; mod && i < mod->ignore_count; i++) {
        struct mf_str pattern = mod->ignores[i];
        bool rooted = mf_str_starts(pattern, MF_LIT("./"));
        pattern = rooted ? mf_str_from(pattern, 2) : pattern;
        for (struct mf_str at = dir; at.n;) {
            if (mf_str_path_prefix(at, pattern))
                return true;
            size_t slash = mf_str_find(at, '/');
            if (rooted || slash == at.n)
                break;
            at = mf_str_from(at, slash + 1);
        }
    }
    return false;
}

static int has_matching_file(struct loader *l, const struct source *s, struct mf_pkgindex_dir dir, bool *out,
                             struct mf_err *err)
{
    *out = false;
    for (uint32_t i = dir.first; i < dir.end && !*out; i++) {
        struct mf_pkgindex_file f = mf_pkgindex_file(&s->index, i);
        if (file_counts(l, &f, out, err) < 0)
            return -1;
    }
    return 0;
}

/* The packages that "./..." names in a module. */
static int add_module_packages(struct loader *l, const struct source *s, const struct mf_gomod *mod, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf path = MF_BUF_INIT(64 * MF_KIB);
    for (uint32_t i = 0; i < s->index.dirs; i++) {
        struct mf_pkgindex_dir dir = mf_pkgindex_dir(&s->index, i);
        bool matches;
        if (is_hidden_directory(dir.path) || is_ignored(mod, dir.path))
            continue;
        if (has_matching_file(l, s, dir, &matches, err) < 0)
            return -1;
        if (!matches)
            continue;
        mf_buf_clear(&path);
        mf_buf_fmt(&path, "%.*s%s%.*s", MF_FMT(s->path), dir.path.n ? "/" : "", MF_FMT(dir.path));
        if (mf_buf_check(&path, err) < 0)
            return -1;
        struct package *p = package_of(l, mf_buf_view(&path), NULL, err);
        if (!p)
            return -1;
        p->in_main = p->importer_in_main = true;
        if (is_main_source(l, s) && mf_stdlist_has(p->path, l->options->go)) {
            p->importer = p->path;
            p->found = MF_LIT("this module and the standard library");
        }
    }
    return 0;
}

static int add_tools(struct loader *l, const struct mf_gomod *mod, struct mf_err *err)
{
    for (size_t i = 0; i < mod->tool_count; i++) {
        if (mf_stdlist_has(mod->tools[i], l->options->go))
            continue;
        struct package *p = package_of(l, mod->tools[i], NULL, err);
        if (!p)
            return -1;
        p->importer = MF_LIT("a tool line of go.mod");
        p->importer_in_main = true;
    }
    return 0;
}

/* Where the walk begins: the packages of the main modules, or of the module
 * that a root path@version names. */
static int add_start(struct loader *l, struct mf_err *err)
{
    const struct mf_root *root = l->graph->root;
    for (size_t i = 0; i < root->main_count; i++) {
        const struct mf_main *main = &root->mains[i];
        const struct source *s = &l->sources[l->graph->build_list_count + i];
        if (add_module_packages(l, s, &main->gomod, err) < 0 || add_tools(l, &main->gomod, err) < 0)
            return -1;
    }
    if (root->main_count)
        return 0;
    struct source *s = find_source(l, root->module.path, false);
    if (!s || open_source(l, s, err) < 0)
        return s ? -1 : mf_err_set(err, MF_E_CLOSURE, "%.*s is not in its own build list", MF_FMT(root->module.path));
    if (!s->ready) {
        if (mf_zips_need(l->zips, &s->actual, 1, false, err) < 0 || open_source(l, s, err) < 0)
            return -1;
        l->wanted_count = 0;
    }
    return add_module_packages(l, s, NULL, err);
}

/* Main modules below go 1.16 have a wider "all": tests of every package in it. */
static bool tests_are_closed(const struct mf_root *root)
{
    return root->main_count && mf_gover_compare(root->go, MF_LIT("1.16")) < 0;
}

static int report(struct loader *l, const struct package *p, struct mf_module implicit, struct mf_err *err)
{
    struct mf_packages *out = l->out;
    bool from_main = p->importer_in_main || implicit.version.n;
    size_t at = 0;
    while (at < out->missing_count && !mf_str_eq(out->missing[at].path, p->path))
        at++;
    if (at < out->missing_count && (out->missing[at].from_main || !from_main))
        return 0;
    if (mf_grow(&out->missing, &l->missing_cap, at + 1, sizeof(*out->missing), PACKAGES_MAX, err) < 0)
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
static struct mf_module implicit_module(const struct loader *l, size_t place)
{
    const struct mf_graph *g = l->graph;
    const struct package *p = l->list[place];
    bool counts = p->imported_by_main || (mf_graph_is_lazy(g) && place < l->all);
    struct mf_module none = {0};
    if (g->root->main_count == 0 || g->unpruned || !counts || !p->source || is_main_source(l, p->source))
        return none;
    struct mf_module m = g->build_list[p->source - l->sources];
    return mf_graph_is_explicit(g, m) ? none : m;
}

/* Lists what nothing provides, several modules do, or one that go.mod should
 * require. */
static int report_all(struct loader *l, struct mf_err *err)
{
    for (size_t i = 0; i < l->count; i++) {
        const struct package *p = l->list[i];
        struct mf_module implicit = implicit_module(l, i);
        if (((!p->source && !p->unknown) || p->found.n || implicit.version.n) && report(l, p, implicit, err) < 0)
            return -1;
    }
    return 0;
}

static int close_level(struct loader *l, struct mf_err *err)
{
    l->stage = MF_LEVEL_BUILD;
    if (add_start(l, err) < 0 || close_imports(l, err) < 0)
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

static int take_result(struct loader *l, struct mf_err *err)
{
    struct mf_packages *out = l->out;
    for (size_t i = 0; i < l->source_count; i++) {
        struct mf_module id = l->sources[i].actual;
        enum mf_level level = l->needed[i];
        size_t k = 0;
        if (level == NOT_NEEDED || id.version.n == 0)
            continue;
        while (k < out->zip_count && !mf_module_eq(out->zips[k].id, id))
            k++;
        if (k < out->zip_count) {
            out->zips[k].level = level < out->zips[k].level ? level : out->zips[k].level;
            continue;
        }
        if (mf_grow(&out->zips, &l->zip_cap, out->zip_count + 1, sizeof(*out->zips), PACKAGES_MAX, err) < 0)
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
    struct loader l = {.graph = graph,
                       .zips = zips,
                       .options = options,
                       .out = &found,
                       .arena = arena,
                       .scratch = MF_ARENA_INIT(1024 * MF_MIB)};
    if (make_sources(&l, err) < 0)
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

#include "bundle/loader.h"

#include <stdlib.h>

#include "bundle/localindex.h"

int mf_loader_sources(struct mf_loader *l, struct mf_err *err)
{
    const struct mf_graph *g = l->graph;
    const struct mf_root *root = g->root;
    size_t n = g->build_list_count + root->main_count;
    l->sources = calloc(n + 1, sizeof(*l->sources));
    l->needed = calloc(n + 1, sizeof(*l->needed));
    if (!l->sources || !l->needed)
        return mf_err_nomem(err);
    for (size_t i = 0; i < n; i++) {
        struct mf_source *s = &l->sources[l->source_count++];
        l->needed[i] = MF_LOADER_NOT_NEEDED;
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

struct mf_source *mf_loader_find(struct mf_loader *l, struct mf_str path, bool roots_only)
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

int mf_loader_open(struct mf_loader *l, struct mf_source *s, struct mf_err *err)
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
    if (mf_grow(&l->wanted, &l->wanted_cap, l->wanted_count + 1, sizeof(*l->wanted), MF_LOADER_PACKAGES_MAX, err) < 0)
        return -1;
    l->wanted[l->wanted_count++] = s->actual;
    return 0;
}

/* Providers of one import path among the modules looked at. */
struct candidates {
    const struct mf_source *first;
    struct mf_pkgindex_dir dir;
    size_t count;
    bool waits;   /* a zip has to be fetched first */
    bool unknown; /* a module may have it whose packages are not known */
    struct mf_buf names;
};

static int note_wanted(struct mf_loader *l, struct mf_zip *zip, const struct mf_package *p, struct mf_err *err)
{
    if (!zip->absent || zip->wanted.n)
        return 0;
    if (mf_arena_dup(l->arena, p->importer, &zip->wanted_by, err) < 0)
        return -1;
    return mf_arena_dup(l->arena, p->path, &zip->wanted, err);
}

static int look_into(struct mf_loader *l, struct mf_source *s, const struct mf_package *p, struct candidates *c,
                     struct mf_err *err)
{
    const struct mf_str path = p->path;
    struct mf_pkgindex_dir dir;
    int open = mf_loader_open(l, s, err);
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
static int look_for(struct mf_loader *l, const struct mf_package *p, bool roots_only, struct candidates *c,
                    struct mf_err *err)
{
    const struct mf_str path = p->path;
    for (struct mf_str prefix = path; prefix.n; prefix = mf_str_head(prefix, mf_str_rfind(prefix, '/'))) {
        struct mf_source *s = mf_loader_find(l, prefix, roots_only);
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

int mf_loader_provide(struct mf_loader *l, struct mf_package *p, struct mf_err *err)
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

bool mf_loader_is_main(const struct mf_loader *l, const struct mf_source *s)
{
    return s && (size_t)(s - l->sources) >= l->graph->build_list_count;
}

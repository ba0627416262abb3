#include "bundle/loader.h"

#include "formats/stdlist.h"

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

static int has_matching_file(struct mf_loader *l, const struct mf_source *s, struct mf_pkgindex_dir dir, bool *out,
                             struct mf_err *err)
{
    *out = false;
    for (uint32_t i = dir.first; i < dir.end && !*out; i++) {
        struct mf_pkgindex_file f = mf_pkgindex_file(&s->index, i);
        if (mf_loader_file_counts(l, &f, out, err) < 0)
            return -1;
    }
    return 0;
}

/* The packages that "./..." names in a module. */
static int add_module_packages(struct mf_loader *l, const struct mf_source *s, const struct mf_gomod *mod,
                               struct mf_err *err)
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
        struct mf_package *p = mf_loader_package(l, mf_buf_view(&path), NULL, err);
        if (!p)
            return -1;
        p->in_main = p->importer_in_main = true;
        if (mf_loader_is_main(l, s) && mf_stdlist_has(p->path, l->options->go)) {
            p->importer = p->path;
            p->found = MF_LIT("this module and the standard library");
        }
    }
    return 0;
}

static int add_tools(struct mf_loader *l, const struct mf_gomod *mod, struct mf_err *err)
{
    for (size_t i = 0; i < mod->tool_count; i++) {
        if (mf_stdlist_has(mod->tools[i], l->options->go))
            continue;
        struct mf_package *p = mf_loader_package(l, mod->tools[i], NULL, err);
        if (!p)
            return -1;
        p->importer = MF_LIT("a tool line of go.mod");
        p->importer_in_main = true;
    }
    return 0;
}

int mf_loader_start(struct mf_loader *l, struct mf_err *err)
{
    const struct mf_root *root = l->graph->root;
    for (size_t i = 0; i < root->main_count; i++) {
        const struct mf_main *main = &root->mains[i];
        const struct mf_source *s = &l->sources[l->graph->build_list_count + i];
        if (add_module_packages(l, s, &main->gomod, err) < 0 || add_tools(l, &main->gomod, err) < 0)
            return -1;
    }
    if (root->main_count)
        return 0;
    struct mf_source *s = mf_loader_find(l, root->module.path, false);
    if (!s || mf_loader_open(l, s, err) < 0)
        return s ? -1 : mf_err_set(err, MF_E_CLOSURE, "%.*s is not in its own build list", MF_FMT(root->module.path));
    if (!s->ready) {
        if (mf_zips_need(l->zips, &s->actual, 1, false, err) < 0 || mf_loader_open(l, s, err) < 0)
            return -1;
        l->wanted_count = 0;
    }
    return add_module_packages(l, s, NULL, err);
}

#include "bundle/vcs/coderepo.h"

#include <stdlib.h>

#include "bundle/vcs/codedir.h"
#include "bundle/vcs/zipmake.h"
#include "formats/semver.h"

#define LICENSE_MAX (16 * MF_MIB)

/* --- the place of a module --- */

int mf_coderepo_init(struct mf_coderepo *out, struct mf_gitrepo *git, const struct mf_vcsroot *root, struct mf_str path,
                     struct mf_arena *arena, struct mf_err *err)
{
    struct mf_coderepo r = {.git = git, .path = path, .root = root->root, .prefix = path, .arena = arena};
    struct mf_str below = {"", 0};
    if (!mf_modpath_split_major(path, &r.prefix, &r.major))
        return mf_err_set(err, MF_E_NOT_FOUND, "invalid module path \"%.*s\"", MF_FMT(path));
    if (mf_str_eq(root->root, path))
        r.prefix = path;
    else if (!mf_str_path_prefix(r.prefix, root->root))
        return mf_err_set(err, MF_E_NOT_FOUND, "repository rooted at %.*s cannot contain module %.*s",
                          MF_FMT(root->root), MF_FMT(path));
    else
        below = mf_str_from(r.prefix, root->root.n + 1);
    r.pseudo_major = mf_codedir_major_prefix(r.major);
    r.dir = below;
    if (root->subdir.n && mf_arena_join(arena, below, below.n ? MF_LIT("/") : below, root->subdir, &r.dir, err) < 0)
        return -1;
    *out = r;
    return 0;
}

/* --- versions --- */

static int by_version(const void *a, const void *b)
{
    return mf_semver_order(*(const struct mf_str *)a, *(const struct mf_str *)b);
}

/* Versions of the tags: those that fit the module, and those that may be +incompatible. */
struct listing {
    struct mf_str *fit, *other;
    size_t fit_count, other_count;
};

static void sort_tag(struct mf_coderepo *r, struct mf_str tag, struct mf_str wanted, struct listing *out)
{
    bool canonical;
    struct mf_str version = mf_codedir_tag_version(r, tag, &canonical);
    if (!canonical || mf_semver_is_pseudo(version) || !mf_str_starts(version, wanted))
        return;
    if (mf_codedir_fits(r, version))
        out->fit[out->fit_count++] = version;
    else if (!r->dir.n && !r->major.n)
        out->other[out->other_count++] = version;
}

/* Appends those of one major version, unless the last of them has a go.mod. */
static int add_incompatible(struct mf_coderepo *r, const struct mf_str *group, size_t n, struct mf_str *list,
                            size_t *count, struct mf_err *err)
{
    int has = mf_codedir_has(r, group[n - 1], MF_LIT(""), "go.mod", err);
    for (size_t i = 0; has == 0 && i < n; i++)
        if (mf_arena_join(r->arena, group[i], MF_CODEDIR_INCOMPATIBLE, MF_LIT(""), &list[(*count)++], err) < 0)
            return -1;
    return has < 0 ? -1 : 0;
}

/* The author of a module whose last compatible version has a go.mod keeps major
 * versions apart. */
static int add_all_incompatible(struct mf_coderepo *r, const struct listing *l, struct mf_str *list, size_t *count,
                                struct mf_err *err)
{
    int has =
        l->fit_count && l->other_count ? mf_codedir_has(r, l->fit[l->fit_count - 1], MF_LIT(""), "go.mod", err) : 0;
    for (size_t i = 0, n; has == 0 && i < l->other_count; i += n) {
        const struct mf_str major = mf_codedir_major(l->other[i]);
        for (n = 1; i + n < l->other_count && mf_str_eq(mf_codedir_major(l->other[i + n]), major);)
            n++;
        if (add_incompatible(r, l->other + i, n, list, count, err) < 0)
            return -1;
    }
    return has < 0 ? -1 : 0;
}

static void sort(struct mf_str *list, size_t n)
{
    if (n)
        qsort(list, n, sizeof(*list), by_version);
}

int mf_coderepo_versions(struct mf_coderepo *r, struct mf_str prefix, struct mf_str **out, size_t *count_out,
                         struct mf_err *err)
{
    const struct mf_gitrefs *refs = mf_gitrepo_refs(r->git, err);
    struct listing l = {0};
    *count_out = 0;
    if (!refs)
        return -1;
    *out = mf_arena_array(r->arena, refs->count + 1, sizeof(**out), err);
    l.other = mf_arena_array(r->arena, refs->count + 1, sizeof(**out), err);
    if (!*out || !l.other)
        return -1;
    l.fit = *out;
    /* gopkg.in/x.v2-unstable: the tags are those of gopkg.in/x.v2 */
    const bool unstable = mf_str_starts(r->path, MF_LIT("gopkg.in/")) && mf_str_ends(r->path, MF_LIT("-unstable"));
    for (size_t i = 0; !unstable && i < refs->count; i++)
        sort_tag(r, mf_gitref_tag(&refs->list[i]), prefix, &l);
    sort(l.fit, l.fit_count);
    sort(l.other, l.other_count);
    *count_out = l.fit_count;
    return add_all_incompatible(r, &l, *out, count_out, err);
}

/* --- content --- */

/* A pseudo-version is looked at as a whole, not just for the commit at its end. */
static int check_pseudo(struct mf_coderepo *r, struct mf_str version, struct mf_err *err)
{
    struct mf_codeinfo info;
    return mf_semver_is_pseudo(version) ? mf_coderepo_stat(r, version, &info, err) : 0;
}

int mf_coderepo_gomod(struct mf_coderepo *r, struct mf_str version, struct mf_buf *out, struct mf_err *err)
{
    MF_CLEANUP(mf_codedir_release) struct mf_codedir found = MF_CODEDIR_INIT;
    if (check_pseudo(r, version, err) < 0 || mf_codedir_find(r, version, &found, err) < 0)
        return -1;
    if (!found.has_gomod)
        return mf_gomod_synthetic(r->path, out, err);
    mf_buf_str(out, mf_buf_view(&found.gomod));
    return mf_buf_check(out, err);
}

int mf_coderepo_zip(struct mf_coderepo *r, struct mf_str version, struct mf_dir scratch, int fd, struct mf_err *err)
{
    MF_CLEANUP(mf_codedir_release) struct mf_codedir found = MF_CODEDIR_INIT;
    MF_CLEANUP(mf_temp_release) struct mf_temp archive = MF_TEMP_INIT;
    MF_CLEANUP(mf_buf_release) struct mf_buf license = MF_BUF_INIT(LICENSE_MAX);
    const struct mf_gitrev *rev;
    int licensed = 0;
    if (check_pseudo(r, version, err) < 0 || mf_codedir_find(r, version, &found, err) < 0 ||
        mf_gitrepo_stat(r->git, found.revision, &rev, err) < 0 ||
        mf_temp_open(&archive, scratch, "archive", 0600, err) < 0 ||
        mf_gitrepo_archive(r->git, rev, found.dir, archive.fd, err) < 0)
        return -1;
    if (found.dir.n)
        licensed = mf_gitrepo_read(r->git, found.revision, MF_LIT("LICENSE"), &license, err);
    const struct mf_zipmake make = {.archive = archive.fd,
                                    .module = {r->path, version},
                                    .dir = found.dir,
                                    .gomod = mf_buf_view(&found.gomod),
                                    .has_license = licensed > 0,
                                    .license = mf_buf_view(&license),
                                    .out = fd};
    return licensed < 0 ? -1 : mf_zipmake_write(&make, err);
}

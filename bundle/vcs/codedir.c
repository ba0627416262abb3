#include "bundle/vcs/codedir.h"

#include <stdio.h>

#include "formats/semver.h"

void mf_codedir_release(struct mf_codedir *d)
{
    mf_buf_release(&d->gomod);
}

struct mf_str mf_codedir_major_prefix(struct mf_str major)
{
    static const struct mf_str unstable = MF_LIT("-unstable");
    major = mf_str_from(major, 1);
    return mf_str_ends(major, unstable) ? mf_str_head(major, major.n - unstable.n) : major;
}

struct mf_str mf_codedir_major(struct mf_str version)
{
    return mf_str_head(version, mf_str_find(version, '.'));
}

struct mf_str mf_codedir_compatible(struct mf_str version)
{
    return mf_str_ends(version, MF_CODEDIR_INCOMPATIBLE) ? mf_str_head(version, version.n - MF_CODEDIR_INCOMPATIBLE.n)
                                                         : version;
}

bool mf_codedir_fits(const struct mf_coderepo *r, struct mf_str version)
{
    struct mf_err ignored;
    return mf_modpath_check_major((struct mf_module){r->path, version}, &ignored) == 0;
}

int mf_codedir_join(struct mf_coderepo *r, struct mf_str dir, struct mf_str name, struct mf_str *out,
                    struct mf_err *err)
{
    return mf_arena_join(r->arena, dir, dir.n ? MF_LIT("/") : MF_LIT(""), name, out, err);
}

int mf_codedir_revision(struct mf_coderepo *r, struct mf_str version, struct mf_str *out, struct mf_err *err)
{
    struct mf_str stamp;
    *out = version;
    if (!mf_semver_valid(version) || mf_semver_pseudo_parts(version, &stamp, out))
        return 0;
    return mf_codedir_join(r, r->dir, mf_codedir_compatible(version), out, err);
}

struct mf_str mf_codedir_tag_version(const struct mf_coderepo *r, struct mf_str tag, bool *canonical)
{
    struct mf_semver parts;
    struct mf_str version = tag, none = {NULL, 0};
    *canonical = false;
    if (r->dir.n && (!mf_str_path_prefix(tag, r->dir) || tag.n == r->dir.n))
        return none;
    if (r->dir.n)
        version = mf_str_from(tag, r->dir.n + 1);
    if (mf_semver_is_pseudo(tag) || !mf_semver_parse(version, &parts) || parts.is_short)
        return none;
    *canonical = !parts.build.n;
    return mf_str_head(version, version.n - parts.build.n);
}

int mf_codedir_has(struct mf_coderepo *r, struct mf_str revision, struct mf_str dir, const char *name,
                   struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf content = MF_BUF_INIT(MF_GOMOD_MAX);
    struct mf_str file;
    if (mf_codedir_join(r, dir, mf_str(name), &file, err) < 0)
        return -1;
    return mf_gitrepo_read(r->git, revision, file, &content, err);
}

/* --- what a go.mod declares --- */

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct mf_str trim(struct mf_str s)
{
    while (s.n && is_blank(s.p[0]))
        s = mf_str_from(s, 1);
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

/* Without quotes; a path has nothing that is written with a backslash. */
static struct mf_str unquote(struct mf_str s)
{
    if (!s.n || (s.p[0] != '"' && s.p[0] != '`'))
        return s;
    struct mf_str inner = mf_str_head(mf_str_from(s, 1), s.n < 2 ? 0 : s.n - 2);
    const bool good = s.n >= 2 && s.p[s.n - 1] == s.p[0] && mf_str_find(inner, s.p[0]) == inner.n &&
                      mf_str_find(inner, '\\') == inner.n;
    return good ? inner : (struct mf_str){NULL, 0};
}

/* The path in the module line of a go.mod that need not parse (modfile.ModulePath). */
static struct mf_str declared_path(struct mf_str text)
{
    while (text.p) {
        struct mf_str line = mf_str_cut(text, '\n', &text);
        const char *comment = line.n ? memmem(line.p, line.n, "//", 2) : NULL;
        if (comment)
            line.n = (size_t)(comment - line.p);
        line = trim(line);
        if (!mf_str_starts(line, MF_LIT("module")))
            continue;
        struct mf_str rest = mf_str_from(line, MF_LIT("module").n), path = trim(rest);
        if (path.n && path.n < rest.n)
            return unquote(path);
    }
    return (struct mf_str){NULL, 0};
}

/* Whether what is at `path` can have versions of that major suffix. */
static bool declares_major(struct mf_str path, struct mf_str major)
{
    struct mf_str prefix, own;
    if (!path.n || !mf_modpath_split_major(path, &prefix, &own))
        return false;
    if (major.n)
        return own.n && mf_str_eq(mf_str_from(own, 1), mf_str_from(major, 1));
    struct mf_str low = mf_codedir_major_prefix(own);
    return !low.n || mf_str_eq(low, MF_LIT("v0")) || mf_str_eq(low, MF_LIT("v1"));
}

/* --- where the go.mod is --- */

/* A go.mod that may be there. */
struct candidate {
    struct mf_str dir, file, path; /* path: what it declares */
    struct mf_buf text;
    bool exists, fits;
};

static void candidate_release(struct candidate *c)
{
    mf_buf_release(&c->text);
}

static int read_candidate(struct mf_coderepo *r, struct mf_str revision, struct mf_str dir, struct candidate *c,
                          struct mf_err *err)
{
    c->dir = dir;
    if (mf_codedir_join(r, dir, MF_LIT("go.mod"), &c->file, err) < 0)
        return -1;
    int there = mf_gitrepo_read(r->git, revision, c->file, &c->text, err);
    if (there < 0)
        return mf_err_prefix(err, "reading %.*s/%.*s at revision %.*s", MF_FMT(r->root), MF_FMT(c->file),
                             MF_FMT(revision));
    c->exists = there;
    c->path = declared_path(mf_buf_view(&c->text));
    c->fits = there && declares_major(c->path, r->major);
    return 0;
}

static int take(struct candidate *c, struct mf_codedir *out)
{
    out->dir = c->dir;
    out->has_gomod = true;
    mf_buf_release(&out->gomod);
    out->gomod = c->text;
    c->text = (struct mf_buf){0};
    return 0;
}

static int not_found(struct mf_err *err, struct mf_str file, const char *what, struct mf_str path,
                     struct mf_str revision)
{
    return mf_err_set(err, MF_E_NOT_FOUND, "%.*s %s \"%.*s\" at revision %.*s", MF_FMT(file), what, MF_FMT(path),
                      MF_FMT(revision));
}

/* A go.mod is there, and declares something else. */
static int refuse_mismatch(struct mf_coderepo *r, const struct candidate *c, struct mf_str version,
                           struct mf_str revision, struct mf_err *err)
{
    struct mf_str prefix, major;
    char what[64];
    if (!c->path.n)
        return mf_err_set(err, MF_E_NOT_FOUND, "%.*s is missing module path at revision %.*s", MF_FMT(c->file),
                          MF_FMT(revision));
    if (r->major.n)
        snprintf(what, sizeof(what), "has non-...%.*s module path", MF_FMT(mf_str_head(r->major, 30)));
    else if (!mf_modpath_split_major(c->path, &prefix, &major))
        snprintf(what, sizeof(what), "has malformed module path");
    else
        snprintf(what, sizeof(what), "has post-%.*s module path", MF_FMT(mf_str_head(mf_codedir_major(version), 30)));
    return not_found(err, c->file, what, c->path, revision);
}

static bool is_gopkg(struct mf_str major)
{
    return mf_str_starts(major, MF_LIT("."));
}

static int choose(struct mf_coderepo *r, struct candidate *one, struct candidate *two, struct mf_str version,
                  struct mf_codedir *out, struct mf_err *err)
{
    if (one->fits && two->fits)
        return mf_err_set(
            err, MF_E_NOT_FOUND, "%.*s/%.*s and ...%.*s/go.mod both have ...%.*s module paths at revision %.*s",
            MF_FMT(r->prefix), MF_FMT(one->file), MF_FMT(r->major), MF_FMT(r->major), MF_FMT(out->revision));
    if (two->fits)
        return take(two, out);
    if (two->exists)
        return refuse_mismatch(r, two, version, out->revision, err);
    if (one->fits)
        return take(one, out);
    if (one->exists)
        return refuse_mismatch(r, one, version, out->revision, err);
    if (!r->dir.n && (!r->major.n || is_gopkg(r->major)))
        return 0;
    return mf_err_set(err, MF_E_NOT_FOUND, "missing %.*s/go.mod%s%.*s%s at revision %.*s", MF_FMT(r->prefix),
                      two->file.n ? " and ..." : "", MF_FMT(two->file.n ? r->major : two->file),
                      two->file.n ? "/go.mod" : "", MF_FMT(out->revision));
}

int mf_codedir_find(struct mf_coderepo *r, struct mf_str version, struct mf_codedir *out, struct mf_err *err)
{
    MF_CLEANUP(candidate_release) struct candidate one = {.text = MF_BUF_INIT(MF_GOMOD_MAX)};
    MF_CLEANUP(candidate_release) struct candidate two = {.text = MF_BUF_INIT(MF_GOMOD_MAX)};
    out->dir = (struct mf_str){"", 0};
    if (mf_codedir_revision(r, version, &out->revision, err) < 0 ||
        read_candidate(r, out->revision, r->dir, &one, err) < 0)
        return -1;
    /* a bug of old versions let such paths replace others (golang.org/issue/34254) */
    one.fits = one.fits || (one.exists && !r->major.n && mf_str_starts(one.path, MF_LIT("gopkg.in/")));
    if (r->major.n && !is_gopkg(r->major) && !mf_str_eq(r->root, r->path)) {
        struct mf_str below;
        if (mf_codedir_join(r, r->dir, mf_str_from(r->major, 1), &below, err) < 0 ||
            read_candidate(r, out->revision, below, &two, err) < 0)
            return -1;
    }
    return choose(r, &one, &two, version, out, err);
}

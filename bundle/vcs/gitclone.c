#include "bundle/vcs/gitclone.h"

#include <stdio.h>

enum { LOCAL_SECONDS = 600, FETCH_SECONDS = 3600, NAME_SIZE = 128 };

#define FILE_MAX ((uint64_t)8 << 30) /* bytes of one file of a clone */

static const char attributes[] = "info/attributes"; /* of a clone */

static void name_file(const struct mf_gitrepo *r, const char *suffix, char out[NAME_SIZE])
{
    snprintf(out, NAME_SIZE, "%s%s", r->key, suffix);
}

static int run(struct mf_gitrepo *r, const char *const *args, unsigned seconds, struct mf_buf *out, int *status_out,
               struct mf_err *err)
{
    const struct mf_git_call call = {.args = args,
                                     .dir = r->clone,
                                     .in_repository = true,
                                     .insecure = r->root->insecure,
                                     .seconds = seconds,
                                     .file_max = FILE_MAX,
                                     .out = out};
    return mf_git_run(r->d->git, &call, status_out, err);
}

int mf_gitclone_run(struct mf_gitrepo *r, const char *const *args, struct mf_buf *out, int *status_out,
                    struct mf_err *err)
{
    return run(r, args, LOCAL_SECONDS, out, status_out, err);
}

/* Says that git is writing, until it has ended by itself. */
static int begin_writing(struct mf_gitrepo *r, struct mf_err *err)
{
    char name[NAME_SIZE];
    name_file(r, ".busy", name);
    return mf_dir_write(r->d->dir, name, MF_LIT(""), 0644, err);
}

static int end_writing(struct mf_gitrepo *r, int rc, struct mf_err *err)
{
    char name[NAME_SIZE];
    struct mf_err ignored;
    const bool ended = rc == 0 || err->code == MF_E_UPSTREAM;
    name_file(r, ".busy", name);
    if (ended && mf_dir_remove(r->d->dir, name, rc < 0 ? &ignored : err) < 0)
        return -1;
    return rc;
}

static int write_with(struct mf_gitrepo *r, const char *const *args, struct mf_err *err)
{
    if (begin_writing(r, err) < 0)
        return -1;
    return end_writing(r, run(r, args, FETCH_SECONDS, NULL, NULL, err), err);
}

/* --- making it --- */

static int init(struct mf_gitrepo *r, const struct mf_gitrefs *refs, struct mf_err *err)
{
    static const struct mf_str lines = MF_LIT("* -export-subst -export-ignore -filter\n");
    const bool sha256 = refs->count && refs->list[0].hash.n == 64;
    const char *const args[] = {
        "init", "-q", "--bare", "--template=", sha256 ? "--object-format=sha256" : "--object-format=sha1", NULL};
    /* a remote with a name: git-lfs looks for one (golang.org/issue/25605) */
    const char *const add[] = {"remote", "add", "origin", "--", r->root->url.p, NULL};
    if (mf_dir_sub(&r->clone, r->d->dir, r->key, true, err) < 0 || run(r, args, LOCAL_SECONDS, NULL, NULL, err) < 0 ||
        run(r, add, LOCAL_SECONDS, NULL, NULL, err) < 0)
        return -1;
    return mf_dir_write(r->clone, attributes, lines, 0644, err);
}

/* What was learned of another clone than the one that is open is gone with it, whether
 * this run made it anew or another one did. A file of it tells them apart: the last
 * that is written where a clone is made, and never again. */
static int recognise(struct mf_gitrepo *r, bool is_new, struct mf_err *err)
{
    struct stat st = {0};
    if (mf_dir_stat(r->clone, attributes, &st, err) < 0)
        return -1;
    const struct mf_gitmark mark = {st.st_dev, st.st_ino, st.st_ctim};
    if (mark.device == r->mark.device && mark.file == r->mark.file && mark.made.tv_sec == r->mark.made.tv_sec &&
        mark.made.tv_nsec == r->mark.made.tv_nsec)
        return 0;
    r->mark = mark;
    mf_gitstat_forget(r);
    r->has_local_tags = false;
    r->level = MF_GIT_FETCHED_NONE;
    r->is_new = is_new;
    return 0;
}

int mf_gitclone_open(struct mf_gitrepo *r, struct mf_err *err)
{
    char busy[NAME_SIZE];
    struct stat st;
    name_file(r, ".busy", busy);
    int killed = mf_dir_stat(r->d->dir, busy, &st, err);
    if (killed < 0 || (killed && mf_dir_remove(r->d->dir, r->key, err) < 0))
        return -1;
    int there = mf_dir_stat(r->d->dir, r->key, &st, err);
    if (there < 0)
        return -1;
    if (there && !killed)
        return mf_dir_sub(&r->clone, r->d->dir, r->key, false, err) < 0 ? -1 : recognise(r, false, err);
    const struct mf_gitrefs *refs = mf_gitrepo_refs(r, err);
    /* where this fails, the mark stays: what is there is no clone */
    if (!refs || begin_writing(r, err) < 0 || init(r, refs, err) < 0)
        return -1;
    return end_writing(r, 0, err) < 0 ? -1 : recognise(r, true, err);
}

/* --- fetching --- */

/* A commit gets a name that nothing else has, because git then fetches the tags
 * that point to it as well. */
int mf_gitclone_fetch_one(struct mf_gitrepo *r, struct mf_str ref, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf refspec = MF_BUF_INIT(8 * MF_KIB);
    const bool named = mf_str_starts(ref, MF_LIT("refs/"));
    mf_buf_fmt(&refspec, "%.*s:%.*s", MF_FMT(ref), MF_FMT(named ? ref : MF_LIT("refs/dummy")));
    const char *text = mf_buf_cstr(&refspec);
    if (!text)
        return mf_buf_check(&refspec, err);
    /* protocol 2: golang.org/issue/56881; refmap: what the user's git fetches besides does not count */
    const char *const args[] = {"-c",
                                "protocol.version=2",
                                "fetch",
                                "-q",
                                "-f",
                                "--depth=1",
                                "--refmap=",
                                "--no-recurse-submodules",
                                "--end-of-options",
                                "origin",
                                text,
                                NULL};
    r->is_new = false;
    if (r->level == MF_GIT_FETCHED_NONE)
        r->level = MF_GIT_FETCHED_SOME;
    return write_with(r, args, err);
}

/* All branches and tags; with their history where they have none yet. */
static int fetch_refs(struct mf_gitrepo *r, bool history, struct mf_err *err)
{
    const char *args[16] = {"fetch", "-q", "-f", "--refmap=", "--no-recurse-submodules"};
    size_t n = 5;
    if (history)
        args[n++] = "--unshallow";
    args[n++] = "--end-of-options";
    args[n++] = "origin";
    args[n++] = "refs/heads/*:refs/heads/*";
    args[n++] = "refs/tags/*:refs/tags/*";
    return write_with(r, args, err);
}

int mf_gitclone_fetch_all(struct mf_gitrepo *r, struct mf_err *err)
{
    struct stat st;
    if (r->level == MF_GIT_FETCHED_ALL)
        return 0;
    r->is_new = false;
    /* first the refs, then their history: git up to 2.23 misses some otherwise (golang.org/issue/34266) */
    if (fetch_refs(r, false, err) < 0)
        return -1;
    int shallow = mf_dir_stat(r->clone, "shallow", &st, err);
    if (shallow < 0 || (shallow && fetch_refs(r, true, err) < 0))
        return -1;
    r->level = MF_GIT_FETCHED_ALL;
    return 0;
}

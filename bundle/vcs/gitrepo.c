#include "bundle/vcs/gitrepo.h"

#include <stdio.h>
#include <stdlib.h>

#include "bundle/vcs/gitclone.h"
#include "formats/base/hash.h"

enum { LIST_SECONDS = 300, ARCHIVE_SECONDS = 3600 };

#define REMEMBERED_MAX MF_MIB             /* bytes of a file that is kept for the next question */
#define ARCHIVE_MAX ((uint64_t)500 << 20) /* bytes of an archive, go's limit */

/* --- the repository --- */

static int show_url(struct mf_gitrepo *r, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf shown = MF_BUF_INIT(64 * MF_KIB);
    mf_buf_str(&shown, r->root->url);
    if (mf_buf_check(&shown, err) < 0)
        return -1;
    mf_git_hide_users(&shown);
    return mf_arena_dup(&r->arena, mf_buf_view(&shown), &r->shown, err);
}

static int name_key(struct mf_gitrepo *r, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_BUF_INIT(64 * MF_KIB);
    mf_buf_fmt(&name, "git:%.*s", MF_FMT(r->root->url));
    if (mf_buf_check(&name, err) < 0)
        return -1;
    const struct mf_digest digest = mf_sha256_of(mf_buf_view(&name));
    mf_hex(digest.b, sizeof(digest.b), r->key);
    return 0;
}

int mf_gitrepo_new(struct mf_gitrepo **out, struct mf_discovery *d, const struct mf_vcsroot *root, struct mf_err *err)
{
    MF_CLEANUP(mf_gitrepo_free) struct mf_gitrepo *r = calloc(1, sizeof(*r));
    if (!r)
        return mf_err_nomem(err);
    *r = (struct mf_gitrepo){
        .d = d, .root = root, .lock = -1, .clone = MF_DIR_NONE, .arena = MF_ARENA_INIT(512 * MF_MIB)};
    if (mf_git_open(d->git, d->dir, mf_transport_roots(d->transport), err) < 0 || show_url(r, err) < 0 ||
        name_key(r, err) < 0)
        return -1;
    *out = r;
    r = NULL;
    return 0;
}

void mf_gitrepo_free(struct mf_gitrepo **r)
{
    if (!*r)
        return;
    mf_gitrepo_end(*r);
    mf_arena_release(&(*r)->arena);
    free(*r);
    *r = NULL;
}

struct mf_str mf_gitrepo_shown(const struct mf_gitrepo *r)
{
    return r->shown;
}

int mf_gitrepo_begin(struct mf_gitrepo *r, struct mf_err *err)
{
    char name[sizeof(r->key) + 8];
    snprintf(name, sizeof(name), "%s.lock", r->key);
    r->lock = mf_dir_lock(r->d->dir, name, true, err);
    if (r->lock >= 0 && mf_gitclone_open(r, err) == 0)
        return 0;
    mf_gitrepo_end(r);
    return mf_err_prefix(err, "%.*s", MF_FMT(r->shown));
}

void mf_gitrepo_end(struct mf_gitrepo *r)
{
    mf_dir_release(&r->clone);
    mf_fd_release(&r->lock);
}

/* --- branches and tags --- */

/* git does not say whether there is no such repository; its web server may. */
static int refuse_repository(struct mf_gitrepo *r, struct mf_err *err)
{
    const struct mf_str url = r->root->url;
    struct mf_err ignored;
    if (err->code != MF_E_UPSTREAM ||
        (!mf_str_starts(url, MF_LIT("https://")) && !mf_str_starts(url, MF_LIT("http://"))))
        return -1;
    int there = mf_discovery_exists(r->d, url.p, &ignored);
    if (there < 0 && ignored.code >= MF_E_IO) {
        *err = ignored;
        return -1;
    }
    if (there == 0)
        err->code = MF_E_NOT_FOUND;
    return -1;
}

static int list_refs(struct mf_gitrepo *r, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_GITREPO_REFS_MAX);
    const char *const args[] = {"ls-remote", "-q", "--end-of-options", r->root->url.p, NULL};
    const struct mf_git_call call = {
        .args = args, .dir = r->d->dir, .insecure = r->root->insecure, .seconds = LIST_SECONDS, .out = &text};
    if (mf_git_run(r->d->git, &call, NULL, err) < 0)
        return refuse_repository(r, err);
    return mf_gitrefs_parse(mf_buf_view(&text), &r->refs, &r->arena, err);
}

const struct mf_gitrefs *mf_gitrepo_refs(struct mf_gitrepo *r, struct mf_err *err)
{
    struct mf_err why = {0};
    int rc = mf_git_is_open(&r->refs_asked) ? list_refs(r, &why) : 0;
    return mf_git_settle(&r->refs_asked, rc, &why, &r->arena, err) < 0 ? NULL : &r->refs;
}

/* --- content --- */

/* A small file that was read, or is not there. */
struct mf_gitfile {
    struct mf_str object; /* COMMIT:NAME */
    struct mf_str content;
    bool exists;
    struct mf_gitfile *next;
};

/* Whether a commit has a file: 1, 0, -1. Only what git lists counts: it fails for a
 * damaged clone and for a file that is not there alike. */
static int is_listed(struct mf_gitrepo *r, struct mf_str hash, struct mf_str file, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf commit = MF_BUF_INIT(128), name = MF_BUF_INIT(8 * MF_KIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf listed = MF_BUF_INIT(16 * MF_KIB);
    mf_buf_str(&commit, hash);
    mf_buf_str(&name, file);
    if (!mf_buf_cstr(&commit) || !mf_buf_cstr(&name))
        return mf_buf_check(&commit, err) < 0 ? -1 : mf_buf_check(&name, err);
    const char *const args[] = {"ls-tree", "-z", commit.p, "--", name.p, NULL};
    if (mf_gitclone_run(r, args, &listed, NULL, err) < 0)
        return -1;
    /* a directory or a submodule of that name is no file */
    return listed.n > 0 && memmem(listed.p, mf_str_find(mf_buf_view(&listed), '\t'), " blob ", 6) != NULL;
}

static int read_object(struct mf_gitrepo *r, struct mf_str hash, struct mf_str file, const char *object,
                       struct mf_buf *out, struct mf_err *err)
{
    const char *const args[] = {"cat-file", "--end-of-options", "blob", object, NULL};
    const size_t before = out->n;
    struct mf_err why = {0};
    int status = 0;
    if (mf_gitclone_run(r, args, out, &status, &why) == 0)
        return 1;
    mf_buf_truncate(out, before);
    int listed = status == MF_GIT_FATAL ? is_listed(r, hash, file, err) : 1;
    if (listed <= 0)
        return listed;
    *err = why;
    return -1;
}

static int remember(struct mf_gitrepo *r, struct mf_str object, struct mf_str content, bool exists, struct mf_err *err)
{
    struct mf_gitfile *file = content.n <= REMEMBERED_MAX ? mf_arena_alloc(&r->arena, sizeof(*file), err) : NULL;
    if (content.n > REMEMBERED_MAX)
        return 0;
    if (!file || mf_arena_dup(&r->arena, object, &file->object, err) < 0 ||
        mf_arena_dup(&r->arena, content, &file->content, err) < 0)
        return -1;
    file->exists = exists;
    file->next = r->files;
    r->files = file;
    return 0;
}

int mf_gitrepo_read(struct mf_gitrepo *r, struct mf_str revision, struct mf_str file, struct mf_buf *out,
                    struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_BUF_INIT(8 * MF_KIB);
    const struct mf_gitrev *rev;
    const struct mf_gitfile *known = r->files;
    const size_t before = out->n;
    if (mf_gitrepo_stat(r, revision, &rev, err) < 0)
        return -1;
    mf_buf_fmt(&name, "%.*s:%.*s", MF_FMT(rev->hash), MF_FMT(file));
    const char *object = mf_buf_cstr(&name);
    if (!object)
        return mf_buf_check(&name, err);
    while (known && !mf_str_eq(known->object, mf_buf_view(&name)))
        known = known->next;
    if (known) {
        mf_buf_str(out, known->content);
        return mf_buf_check(out, err) < 0 ? -1 : known->exists;
    }
    int there = read_object(r, rev->hash, file, object, out, err);
    if (there >= 0 && remember(r, mf_buf_view(&name), mf_str_from(mf_buf_view(out), before), there, err) < 0)
        return -1;
    return there;
}

int mf_gitrepo_archive(struct mf_gitrepo *r, const struct mf_gitrev *rev, struct mf_str dir, int fd, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf hash = MF_BUF_INIT(128), part = MF_BUF_INIT(8 * MF_KIB);
    mf_buf_str(&hash, rev->hash);
    mf_buf_str(&part, dir);
    if (!mf_buf_cstr(&hash) || !mf_buf_cstr(&part))
        return mf_buf_check(&hash, err) < 0 ? -1 : mf_buf_check(&part, err);
    /* as go has it, for the same line ends on all systems */
    const char *const args[] = {"-c",
                                "core.autocrlf=input",
                                "-c",
                                "core.eol=lf",
                                "archive",
                                "--format=zip",
                                "--prefix=prefix/",
                                "--end-of-options",
                                hash.p,
                                part.n ? part.p : NULL,
                                NULL};
    const struct mf_git_call call = {.args = args,
                                     .dir = r->clone,
                                     .in_repository = true,
                                     .seconds = ARCHIVE_SECONDS,
                                     .file_max = ARCHIVE_MAX,
                                     .output = fd};
    return mf_git_run(r->d->git, &call, NULL, err);
}

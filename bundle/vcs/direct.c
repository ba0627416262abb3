#include "bundle/vcs/direct.h"

#include <stdlib.h>

#include "bundle/vcs/coderepo.h"
#include "formats/timetext.h"

/* A repository; several modules may be in it. */
struct repository {
    struct mf_gitrepo *git;
    struct mf_str url;
    struct repository *next;
};

/* A module that was asked for. */
struct place {
    struct mf_str path;
    struct mf_vcsroot root;
    struct repository *repository; /* NULL where root is a proxy */
    struct mf_coderepo code;
    struct mf_git_question asked; /* where it is */
    struct place *next;
};

struct mf_direct {
    struct mf_direct_options options;
    struct mf_discovery discovery;
    struct mf_git git;
    struct repository *repositories;
    struct place *places;
    struct mf_buf content; /* of the last answer */
    struct mf_arena arena;
};

#define CONTENT_MAX (16 * MF_MIB)

int mf_direct_new(struct mf_direct **out, const struct mf_direct_options *options, struct mf_err *err)
{
    struct mf_direct *d = calloc(1, sizeof(*d));
    if (!d)
        return mf_err_nomem(err);
    d->options = *options;
    d->git = MF_GIT_INIT;
    d->git.stop = options->stop;
    d->discovery = MF_DISCOVERY_INIT;
    d->discovery.govcs = options->govcs;
    d->discovery.goprivate = options->goprivate;
    d->discovery.goinsecure = options->goinsecure;
    d->discovery.transport = options->transport;
    d->discovery.git = &d->git;
    d->content = MF_BUF_INIT(CONTENT_MAX);
    d->arena = MF_ARENA_INIT(512 * MF_MIB);
    *out = d;
    return 0;
}

void mf_direct_free(struct mf_direct **d)
{
    if (!*d)
        return;
    for (struct repository *r = (*d)->repositories; r; r = r->next)
        mf_gitrepo_free(&r->git);
    mf_git_release(&(*d)->git);
    mf_dir_release(&(*d)->discovery.dir);
    mf_discovery_release(&(*d)->discovery);
    mf_buf_release(&(*d)->content);
    mf_arena_release(&(*d)->arena);
    free(*d);
    *d = NULL;
}

/* --- where a module is --- */

/* The directory of clones; what killed runs have left there goes. */
static int open_dir(struct mf_direct *d, struct mf_err *err)
{
    struct mf_err ignored;
    if (d->discovery.dir.fd >= 0)
        return 0;
    if (mf_dir_open(&d->discovery.dir, d->options.path, true, err) < 0)
        return mf_err_prefix(err, "open the directory of git clones");
    return mf_dir_sweep_dead(d->discovery.dir, ".", &ignored) < 0 && ignored.code == MF_E_NOMEM ? mf_err_nomem(err) : 0;
}

static struct repository *find_repository(struct mf_direct *d, const struct mf_vcsroot *root, struct mf_err *err)
{
    struct repository *r = d->repositories;
    while (r && !mf_str_eq(r->url, root->url))
        r = r->next;
    if (r)
        return r;
    r = mf_arena_alloc(&d->arena, sizeof(*r), err);
    if (!r || mf_gitrepo_new(&r->git, &d->discovery, root, err) < 0)
        return NULL;
    r->url = root->url;
    r->next = d->repositories;
    d->repositories = r;
    return r;
}

static int look_up(struct mf_direct *d, struct place *p, struct mf_err *err)
{
    if (mf_discovery_find(&d->discovery, p->path, &p->root, err) < 0)
        return -1;
    if (p->root.proxy)
        return 0;
    p->repository = find_repository(d, &p->root, err);
    if (!p->repository)
        return -1;
    return mf_coderepo_init(&p->code, p->repository->git, &p->root, p->path, &d->arena, err);
}

static struct place *find_place(struct mf_direct *d, struct mf_str path, struct mf_err *err)
{
    struct place *p = d->places;
    struct mf_err why = {0};
    while (p && !mf_str_eq(p->path, path))
        p = p->next;
    if (!p) {
        p = mf_arena_alloc(&d->arena, sizeof(*p), err);
        if (!p || mf_arena_dup(&d->arena, path, &p->path, err) < 0 || open_dir(d, err) < 0)
            return NULL;
        p->next = d->places;
        d->places = p;
    }
    int rc = mf_git_is_open(&p->asked) ? look_up(d, p, &why) : 0;
    return mf_git_settle(&p->asked, rc, &why, &d->arena, err) < 0 ? NULL : p;
}

/* --- answers --- */

static int answer_list(struct mf_direct *d, struct place *p, struct mf_str prefix, struct mf_err *err)
{
    struct mf_str *list;
    size_t count;
    if (mf_coderepo_versions(&p->code, prefix, &list, &count, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        mf_buf_fmt(&d->content, "%.*s\n", MF_FMT(list[i]));
    return mf_buf_check(&d->content, err);
}

static int answer_info(struct mf_direct *d, struct place *p, struct mf_str revision, struct mf_err *err)
{
    struct mf_codeinfo info;
    char time[MF_TIMETEXT_UTC];
    if (mf_coderepo_stat(&p->code, revision, &info, err) < 0)
        return -1;
    if (!mf_timetext_utc(info.seconds, time))
        return mf_err_set(err, MF_E_NOT_FOUND, "its commit has a time without a year of four digits");
    mf_buf_fmt(&d->content, "{\"Version\":\"%.*s\",\"Time\":\"%s\"}", MF_FMT(info.version), time);
    return mf_buf_check(&d->content, err);
}

static int answer(struct mf_direct *d, struct place *p, enum mf_direct_question question, struct mf_str version, int fd,
                  struct mf_err *err)
{
    switch (question) {
    case MF_DIRECT_LIST:
        return answer_list(d, p, version, err);
    case MF_DIRECT_MOD:
        return mf_coderepo_gomod(&p->code, version, &d->content, err);
    case MF_DIRECT_ZIP:
        return mf_coderepo_zip(&p->code, version, d->discovery.dir, fd, err);
    default:
        return answer_info(d, p, version, err);
    }
}

int mf_direct_ask(struct mf_direct *d, enum mf_direct_question question, struct mf_module m, int fd,
                  struct mf_direct_answer *out, struct mf_err *err)
{
    struct place *p = find_place(d, m.path, err);
    *out = (struct mf_direct_answer){{NULL, 0}, {NULL, 0}, {NULL, 0}};
    mf_buf_clear(&d->content);
    if (!p)
        return -1;
    if (p->root.proxy) {
        out->proxy = p->root.url;
        return 0;
    }
    if (mf_gitrepo_begin(p->repository->git, err) < 0)
        return -1;
    int rc = answer(d, p, question, m.version, fd, err);
    mf_gitrepo_end(p->repository->git);
    out->content = mf_buf_view(&d->content);
    out->source = mf_gitrepo_shown(p->repository->git);
    return rc;
}

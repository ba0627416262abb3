#include <stdlib.h>

#include "bundle/vcs/gitclone.h"

enum { DIGITS_MIN = 7 };

#define LOCAL_TAGS_MAX (64 * MF_MIB)

struct mf_gitstat {
    struct mf_str revision;
    struct mf_gitrev rev;
    struct mf_git_question asked; /* for rev */
    struct mf_gitstat *next;
};

void mf_gitstat_forget(struct mf_gitrepo *r)
{
    struct mf_gitstat **at = &r->stats;
    while (*at) {
        const struct mf_git_question *q = &(*at)->asked;
        if (q->answered || (q->refused && q->refused->code == MF_E_NOT_FOUND))
            *at = (*at)->next;
        else
            at = &(*at)->next;
    }
}

static int unknown(struct mf_str revision, struct mf_err *err)
{
    return mf_err_set(err, MF_E_NOT_FOUND, "unknown revision %.*s", MF_FMT(revision));
}

/* --- what the clone knows --- */

static int by_text(const void *a, const void *b)
{
    return mf_str_cmp(*(const struct mf_str *)a, *(const struct mf_str *)b);
}

static struct mf_str take_word(struct mf_str *text)
{
    struct mf_str word;
    do
        word = mf_str_cut(*text, ' ', text);
    while (!word.n && text->p);
    return word;
}

/* Tags of a commit: those of the clone, in the text of `git log`, and of the
 * repository, because newer versions of git do not send them with a commit. */
static int gather_tags(struct mf_gitrepo *r, struct mf_str decoration, struct mf_gitrev *rev, struct mf_err *err)
{
    size_t most = 1, n = 0;
    for (size_t i = 0; i < decoration.n; i++)
        most += decoration.p[i] == ' ';
    for (size_t i = 0; r->refs_asked.answered && i < r->refs.count; i++)
        most += mf_str_eq(r->refs.list[i].hash, rev->hash);
    struct mf_str *tags = mf_arena_array(&r->arena, most, sizeof(*tags), err);
    if (!tags)
        return -1;
    while (decoration.n) {
        if (!mf_str_eq(take_word(&decoration), MF_LIT("tag:")))
            continue;
        struct mf_str tag = take_word(&decoration);
        tags[n++] = mf_str_ends(tag, MF_LIT(",")) ? mf_str_head(tag, tag.n - 1) : tag;
    }
    for (size_t i = 0; r->refs_asked.answered && i < r->refs.count; i++)
        if (mf_str_eq(r->refs.list[i].hash, rev->hash) && mf_gitref_tag(&r->refs.list[i]).n)
            tags[n++] = mf_gitref_tag(&r->refs.list[i]);
    if (n)
        qsort(tags, n, sizeof(*tags), by_text);
    rev->tags = tags;
    for (size_t i = 0; i < n; i++)
        if (!i || !mf_str_eq(tags[i], tags[i - 1]))
            tags[rev->tag_count++] = tags[i];
    return 0;
}

static bool has_tag(const struct mf_gitrev *rev, struct mf_str tag)
{
    for (size_t i = 0; i < rev->tag_count; i++)
        if (mf_str_eq(rev->tags[i], tag))
            return true;
    return false;
}

/* Why a revision could not be looked up: it is unknown where `git rev-parse` says so,
 * with a status of its own, and not where git was killed or the clone is damaged. */
static int refuse_local(struct mf_gitrepo *r, struct mf_str asked, struct mf_str name, const struct mf_err *failure,
                        struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf commit = MF_BUF_INIT(8 * MF_KIB), text = MF_BUF_INIT(4 * MF_KIB);
    struct mf_err why = {0};
    int status = 0;
    mf_buf_fmt(&commit, "%.*s^{commit}", MF_FMT(name));
    const char *revision = mf_buf_cstr(&commit);
    if (!revision)
        return mf_buf_check(&commit, err);
    const char *const args[] = {"rev-parse", "-q", "--verify", "--end-of-options", revision, NULL};
    int rc = mf_gitclone_run(r, args, &text, &status, &why);
    if (rc < 0 && status == 1)
        return unknown(asked, err);
    *err = rc < 0 ? why : *failure;
    return -1;
}

/* Looks a commit up in the clone; `asked` is the revision as it was asked for. */
static int stat_local(struct mf_gitrepo *r, struct mf_str asked, struct mf_str name, struct mf_gitrev *out,
                      struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(4 * MF_MIB), given = MF_BUF_INIT(8 * MF_KIB);
    struct mf_str line, copy;
    struct mf_err why = {0};
    int status = 0;
    mf_buf_str(&given, name);
    const char *revision = mf_buf_cstr(&given);
    if (!revision)
        return mf_buf_check(&given, err);
    const char *const args[] = {"-c",
                                "log.showsignature=false",
                                "log",
                                "--no-decorate",
                                "-n1",
                                "--format=format:%H %ct %D",
                                "--end-of-options",
                                revision,
                                "--",
                                NULL};
    if (mf_gitclone_run(r, args, &text, &status, &why) < 0) {
        *err = why;
        return status == MF_GIT_FATAL ? refuse_local(r, asked, name, &why, err) : -1;
    }
    if (!mf_gitrepo_refs(r, err) || mf_arena_dup(&r->arena, mf_str_trim(mf_buf_view(&text)), &copy, err) < 0)
        return -1;
    line = copy;
    *out = (struct mf_gitrev){.hash = take_word(&line)};
    struct mf_str seconds = take_word(&line);
    if (!mf_gitref_is_hex(out->hash) || out->hash.n < 40 || !seconds.n)
        return mf_err_set(err, MF_E_UPSTREAM, "unexpected answer of git log");
    out->seconds = strtoll(seconds.p, NULL, 10);
    if (gather_tags(r, line, out, err) < 0)
        return -1;
    out->name = out->hash;
    return has_tag(out, asked) ? mf_arena_dup(&r->arena, asked, &out->name, err) : 0;
}

static int load_local_tags(struct mf_gitrepo *r, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(LOCAL_TAGS_MAX);
    static const char *const args[] = {"show-ref", "--tags", NULL};
    int status = 0;
    struct mf_err why = {0};
    if (r->has_local_tags)
        return 0;
    if (mf_gitclone_run(r, args, &text, &status, &why) < 0 && status != 1) { /* 1: there are none */
        *err = why;
        return -1;
    }
    for (size_t i = 0; i < text.n; i++)
        text.p[i] = text.p[i] == ' ' ? '\t' : text.p[i];
    r->has_local_tags = mf_gitrefs_parse(mf_buf_view(&text), &r->local_tags, &r->arena, err) == 0;
    return r->has_local_tags ? 0 : -1;
}

/* --- resolving --- */

/* What a revision is in the repository: a ref, and the commit. */
struct target {
    struct mf_str ref;  /* "refs/...", "HEAD", or empty */
    struct mf_str hash; /* or empty: part of one is known */
};

static int find_prefix(const struct mf_gitrefs *refs, struct mf_str digits, struct target *out, struct mf_err *err)
{
    for (size_t i = 0; i < refs->count; i++) {
        const struct mf_gitref *ref = &refs->list[i];
        if (!mf_str_starts(ref->hash, digits))
            continue;
        if (out->hash.n && !mf_str_eq(out->hash, ref->hash))
            return mf_err_set(err, MF_E_NOT_FOUND, "ambiguous revision %.*s", MF_FMT(digits));
        if (!out->ref.n) /* they are sorted: which one it is does not depend on the server */
            out->ref = ref->name;
        out->hash = ref->hash;
    }
    if (!out->hash.n && (digits.n == 40 || digits.n == 64))
        out->hash = digits;
    return 0;
}

static bool may_be_hash(struct mf_str revision)
{
    return revision.n >= DIGITS_MIN && revision.n <= 64 && mf_gitref_is_hex(revision);
}

/* `*asked` becomes the commit where the meaning of a name may change. */
static int find_target(const struct mf_gitrefs *refs, struct mf_str *asked, struct target *out, struct mf_err *err)
{
    const struct mf_gitref *tag = mf_gitrefs_find(refs, "refs/tags/", *asked), *ref = tag;
    *out = (struct target){{NULL, 0}, {NULL, 0}};
    if (!ref)
        ref = mf_gitrefs_find(refs, "refs/heads/", *asked);
    if (!ref && mf_str_eq(*asked, MF_LIT("HEAD")))
        ref = mf_gitrefs_find(refs, "", *asked);
    if (ref) {
        *out = (struct target){ref->name, ref->hash};
        *asked = tag ? *asked : ref->hash;
        return 0;
    }
    if (!may_be_hash(*asked))
        return unknown(*asked, err);
    if (find_prefix(refs, *asked, out, err) < 0)
        return -1;
    *asked = out->hash.n ? out->hash : *asked;
    return 0;
}

static int stat_remote(struct mf_gitrepo *r, struct mf_str asked, bool looked, struct mf_gitrev *out,
                       struct mf_err *err)
{
    const struct mf_gitrefs *refs = mf_gitrepo_refs(r, err);
    struct target target;
    struct mf_err why = {0};
    if (!refs || find_target(refs, &asked, &target, err) < 0)
        return -1;
    if (!looked && target.hash.n && stat_local(r, asked, target.hash, out, &why) == 0)
        return 0;
    if (why.code && why.code != MF_E_NOT_FOUND) {
        *err = why;
        return -1;
    }
    if (r->level != MF_GIT_FETCHED_ALL && target.ref.n && target.hash.n) {
        const struct mf_str name = mf_str_eq(target.ref, MF_LIT("HEAD")) ? target.hash : target.ref;
        if (mf_gitclone_fetch_one(r, name, &why) == 0)
            return stat_local(r, asked, name, out, err);
        if (why.code != MF_E_UPSTREAM) { /* a server may refuse this; all of it, no server refuses */
            *err = why;
            return -1;
        }
    }
    if (mf_gitclone_fetch_all(r, err) < 0)
        return -1;
    return stat_local(r, asked, asked, out, err);
}

static int resolve(struct mf_gitrepo *r, struct mf_str asked, struct mf_gitrev *out, struct mf_err *err)
{
    const bool looked = may_be_hash(asked);
    struct mf_err why = {0};
    if (r->is_new)
        return stat_remote(r, asked, true, out, err);
    if (looked && stat_local(r, asked, asked, out, &why) == 0)
        return 0;
    if (looked && why.code != MF_E_NOT_FOUND) {
        *err = why;
        return -1;
    }
    if (load_local_tags(r, err) < 0)
        return -1;
    /* a tag that was fetched keeps its meaning; a branch does not */
    const struct mf_gitref *tag = mf_gitrefs_find(&r->local_tags, "refs/tags/", asked);
    return tag ? stat_local(r, asked, tag->name, out, err) : stat_remote(r, asked, looked, out, err);
}

static struct mf_gitstat *find_stat(struct mf_gitrepo *r, struct mf_str revision, struct mf_err *err)
{
    struct mf_gitstat *s = r->stats;
    while (s && !mf_str_eq(s->revision, revision))
        s = s->next;
    if (s)
        return s;
    s = mf_arena_alloc(&r->arena, sizeof(*s), err);
    if (!s || mf_arena_dup(&r->arena, revision, &s->revision, err) < 0)
        return NULL;
    s->next = r->stats;
    r->stats = s;
    return s;
}

int mf_gitrepo_stat(struct mf_gitrepo *r, struct mf_str revision, const struct mf_gitrev **out, struct mf_err *err)
{
    struct mf_gitstat *s = find_stat(r, revision, err);
    struct mf_err why = {0};
    if (!s)
        return -1;
    int rc = mf_git_is_open(&s->asked) ? resolve(r, s->revision, &s->rev, &why) : 0;
    *out = &s->rev;
    return mf_git_settle(&s->asked, rc, &why, &r->arena, err);
}

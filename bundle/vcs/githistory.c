#include "bundle/vcs/gitclone.h"
#include "formats/semver.h"

#define TEXT_MAX (64 * MF_MIB)

/* What is looked for among the tags behind a commit. */
struct search {
    struct mf_str prefix;
    mf_gitrepo_allowed *allowed;
    void *ctx;
};

/* The highest of the tags in the text; stored without the prefix. */
static int choose(struct mf_str text, const struct search *s, struct mf_str *highest, struct mf_err *err)
{
    while (text.p) {
        const struct mf_gitref ref = {mf_str_cut(text, '\n', &text), {NULL, 0}};
        struct mf_str tag = mf_gitref_tag(&ref), version = mf_str_from(tag, s->prefix.n);
        if (!tag.n || !mf_str_starts(tag, s->prefix))
            continue;
        int allowed = s->allowed(s->ctx, tag, err);
        if (allowed < 0)
            return -1;
        if (allowed && mf_semver_compare(version, *highest) > 0)
            *highest = version;
    }
    return 0;
}

static int describe(struct mf_gitrepo *r, const struct mf_gitrev *rev, const struct search *s, struct mf_str *out,
                    struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(TEXT_MAX), merged = MF_BUF_INIT(128);
    struct mf_str highest = {NULL, 0};
    *out = (struct mf_str){NULL, 0};
    mf_buf_fmt(&merged, "--merged=%.*s", MF_FMT(rev->hash));
    const char *option = mf_buf_cstr(&merged);
    if (!option)
        return mf_buf_check(&merged, err);
    const char *const args[] = {"for-each-ref", "--format=%(refname)", option, NULL};
    if (mf_gitclone_run(r, args, &text, NULL, err) < 0 || choose(mf_buf_view(&text), s, &highest, err) < 0)
        return -1;
    return highest.n ? mf_arena_join(&r->arena, s->prefix, highest, MF_LIT(""), out, err) : 0;
}

static int any_version(struct mf_gitrepo *r, struct mf_str prefix, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf begin = MF_BUF_INIT(8 * MF_KIB);
    const struct mf_gitrefs *refs = mf_gitrepo_refs(r, err);
    if (!refs)
        return -1;
    mf_buf_fmt(&begin, "%.*sv", MF_FMT(prefix));
    if (mf_buf_check(&begin, err) < 0)
        return -1;
    return mf_gitrefs_first_tag(refs, mf_buf_view(&begin)) < refs->count;
}

int mf_gitrepo_recent_tag(struct mf_gitrepo *r, const struct mf_gitrev *rev, struct mf_str prefix,
                          mf_gitrepo_allowed *allowed, void *ctx, struct mf_str *out, struct mf_err *err)
{
    const struct search s = {prefix, allowed, ctx};
    if (describe(r, rev, &s, out, err) < 0)
        return -1;
    if (out->n && !mf_gitref_is_hex(*out))
        return 0;
    /* perhaps the history is not here */
    int any = any_version(r, prefix, err);
    if (any <= 0)
        return any;
    return mf_gitclone_fetch_all(r, err) < 0 ? -1 : describe(r, rev, &s, out, err);
}

/* 1, 0, and -1 where git does not know one of the two, or fails. */
static int ask_ancestor(struct mf_gitrepo *r, const struct mf_gitrev *rev, struct mf_str tag, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf from = MF_BUF_INIT(8 * MF_KIB), to = MF_BUF_INIT(128);
    int status = 0;
    mf_buf_fmt(&from, "refs/tags/%.*s", MF_FMT(tag));
    mf_buf_str(&to, rev->hash);
    if (!mf_buf_cstr(&from) || !mf_buf_cstr(&to))
        return mf_buf_check(&from, err) < 0 ? -1 : mf_buf_check(&to, err);
    const char *const args[] = {"merge-base", "--is-ancestor", "--", from.p, to.p, NULL};
    struct mf_err why = {0};
    if (mf_gitclone_run(r, args, NULL, &status, &why) == 0)
        return 1;
    if (status == 1)
        return 0;
    *err = why;
    return -1;
}

int mf_gitrepo_descends(struct mf_gitrepo *r, const struct mf_gitrev *rev, struct mf_str tag, struct mf_err *err)
{
    struct mf_err why = {0};
    int rc = ask_ancestor(r, rev, tag, &why);
    if (rc > 0)
        return 1;
    if (rc < 0 && why.code != MF_E_UPSTREAM) {
        *err = why;
        return -1;
    }
    /* a clone without history says no as well */
    const struct mf_gitrefs *refs = mf_gitrepo_refs(r, err);
    if (!refs)
        return -1;
    if (!mf_gitrefs_find(refs, "refs/tags/", tag))
        return 0;
    return mf_gitclone_fetch_all(r, err) < 0 ? -1 : ask_ancestor(r, rev, tag, err);
}

#include "bundle/vcs/codedir.h"
#include "formats/pseudover.h"
#include "formats/semver.h"
#include "formats/timetext.h"

enum { SHORT_HASH = 12, VERSION_MAX = 4096 };

/* A commit that was named. */
struct mf_coderepo_named {
    struct mf_str revision;
    struct mf_codeinfo info;
    struct mf_coderepo_named *next;
};

/* A commit that is being named. */
struct naming {
    struct mf_coderepo *repo;
    const struct mf_gitrev *rev;
    struct mf_str wanted; /* what was asked for; empty: the newest */
};

static int invalid(struct mf_err *err, struct mf_str version, const char *why)
{
    return mf_err_set(err, MF_E_NOT_FOUND, "invalid version %.*s: %s", MF_FMT(version), why);
}

/* 1 where a version whose major is not the module's may stand as +incompatible:
 * no go.mod at the root, and none for that major version. */
static int may_be_incompatible(const struct naming *n, struct mf_str version, struct mf_err *err)
{
    struct mf_coderepo *r = n->repo;
    if (r->dir.n || r->major.n)
        return 0;
    int has = mf_codedir_has(r, n->rev->hash, MF_LIT(""), "go.mod", err);
    /* who asks for +incompatible by name gets what go 1.17 and older gave (golang.org/issue/51324) */
    if (has == 0 && !mf_str_ends(n->wanted, MF_CODEDIR_INCOMPATIBLE))
        has = mf_codedir_has(r, n->rev->hash, mf_codedir_major(version), "go.mod", err);
    return has < 0 ? -1 : !has;
}

/* --- checks of a version --- */

/* Adds +incompatible where it has to be, and refuses it where it must not. */
static int settle_incompatible(const struct naming *n, struct mf_str *version, struct mf_err *err)
{
    struct mf_coderepo *r = n->repo;
    const struct mf_str base = mf_codedir_compatible(*version);
    if (mf_codedir_fits(r, base))
        return base.n < version->n
                   ? invalid(err, *version, "+incompatible suffix not allowed: its major version is compatible")
                   : 0;
    int may = may_be_incompatible(n, base, err);
    if (may < 0)
        return -1;
    if (may)
        return mf_arena_join(r->arena, base, MF_CODEDIR_INCOMPATIBLE, MF_LIT(""), version, err);
    return invalid(err, *version,
                   r->major.n ? "module path includes a major version suffix, so major version must match"
                              : "module contains a go.mod file, so module path must match major version");
}

static int check_canonical(const struct naming *n, struct mf_str version, struct mf_codeinfo *out, struct mf_err *err)
{
    MF_CLEANUP(mf_codedir_release) struct mf_codedir found = MF_CODEDIR_INIT;
    struct mf_str named = version;
    struct mf_err mismatch = {0};
    if (mf_codedir_find(n->repo, version, &found, err) < 0)
        return -1;
    if (mf_str_eq(version, mf_codedir_compatible(n->wanted)))
        named = n->wanted;
    int rc = settle_incompatible(n, &named, &mismatch);
    if (rc < 0 && mismatch.code != MF_E_NOT_FOUND) {
        *err = mismatch;
        return -1;
    }
    if (mf_semver_canonical(n->wanted, true) &&
        !mf_str_eq(mf_codedir_compatible(n->wanted), mf_codedir_compatible(named)))
        return mf_err_set(err, MF_E_NOT_FOUND, "invalid version %.*s: resolves to version %.*s (%.*s is not a tag)",
                          MF_FMT(n->wanted), MF_FMT(named), MF_FMT(mf_codedir_compatible(n->wanted)));
    if (rc < 0) {
        *err = mismatch;
        return -1;
    }
    *out = (struct mf_codeinfo){named, n->rev->seconds};
    return mf_arena_dup(n->repo->arena, named, &out->version, err);
}

/* --- pseudo-versions that were given --- */

static int check_digits(const struct naming *n, struct mf_str digits, struct mf_err *err)
{
    const struct mf_str own = mf_str_head(n->rev->hash, SHORT_HASH);
    if (mf_str_eq(digits, own))
        return 0;
    return mf_err_set(err, MF_E_NOT_FOUND, "invalid pseudo-version: %s (expected %.*s)",
                      mf_str_starts(digits, own)   ? "revision is longer than canonical"
                      : mf_str_starts(own, digits) ? "revision is shorter than canonical"
                                                   : "does not match short name of revision",
                      MF_FMT(own));
}

static int check_time(const struct naming *n, struct mf_str stamp, struct mf_err *err)
{
    int64_t seconds;
    char own[MF_TIMETEXT_UTC] = "";
    if (!mf_timetext_stamp(stamp, &seconds))
        return mf_err_set(err, MF_E_NOT_FOUND, "invalid pseudo-version: malformed time \"%.*s\"", MF_FMT(stamp));
    if (seconds == n->rev->seconds)
        return 0;
    if (!mf_timetext_utc(n->rev->seconds, own))
        own[0] = '\0';
    return mf_err_set(err, MF_E_NOT_FOUND,
                      "invalid pseudo-version: does not match version-control timestamp (expected %s)", own);
}

/* The tag of the base has to be among the ancestors, or nothing would keep such
 * versions from being as high as one likes. */
static int check_ancestor(const struct naming *n, struct mf_str base, struct mf_str digits, struct mf_err *err)
{
    struct mf_coderepo *r = n->repo;
    const struct mf_gitrefs *refs = mf_gitrepo_refs(r->git, err);
    struct mf_str last = {NULL, 0}, begin;
    bool canonical;
    if (!refs || mf_codedir_join(r, r->dir, base, &begin, err) < 0)
        return -1;
    for (size_t i = mf_gitrefs_first_tag(refs, begin); i < refs->count; i++) {
        const struct mf_str tag = mf_gitref_tag(&refs->list[i]);
        if (!mf_str_starts(tag, begin))
            break;
        if (!mf_str_eq(mf_codedir_tag_version(r, tag, &canonical), base))
            continue;
        last = tag;
        int found = mf_gitrepo_descends(r->git, n->rev, tag, err);
        if (found != 0)
            return found < 0 ? -1 : 0;
    }
    if (!last.n)
        return mf_err_set(err, MF_E_NOT_FOUND, "invalid pseudo-version: preceding tag (%.*s) not found", MF_FMT(base));
    return mf_err_set(err, MF_E_NOT_FOUND,
                      "invalid pseudo-version: revision %.*s is not a descendent of preceding tag (%.*s)",
                      MF_FMT(digits), MF_FMT(last));
}

static int check_base(const struct naming *n, struct mf_str version, struct mf_str digits, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf base = MF_BUF_INIT(VERSION_MAX);
    if (mf_pseudover_base(mf_codedir_compatible(version), &base, err) < 0)
        return mf_err_prefix(err, "invalid pseudo-version");
    const struct mf_str before = mf_buf_view(&base);
    if (!before.n) {
        if (!n->repo->pseudo_major.n && mf_str_eq(mf_codedir_major(version), MF_LIT("v1")))
            return mf_err_set(err, MF_E_NOT_FOUND,
                              "invalid pseudo-version: major version without preceding tag must be v0, not v1");
        return 0;
    }
    for (size_t i = 0; i < n->rev->tag_count; i++) {
        bool canonical;
        struct mf_str own = mf_codedir_tag_version(n->repo, n->rev->tags[i], &canonical);
        if (canonical && mf_str_eq(own, before))
            return mf_err_set(
                err, MF_E_NOT_FOUND,
                "invalid pseudo-version: tag (%.*s) found on revision %.*s is already canonical, so should "
                "not be replaced with a pseudo-version derived from that tag",
                MF_FMT(n->rev->tags[i]), MF_FMT(digits));
    }
    return check_ancestor(n, before, digits, err);
}

static int name_pseudo(const struct naming *n, struct mf_codeinfo *out, struct mf_err *err)
{
    struct mf_str stamp, digits;
    /* first what needs no history */
    if (check_canonical(n, n->wanted, out, err) < 0)
        return -1;
    if (!mf_semver_pseudo_parts(n->wanted, &stamp, &digits))
        return invalid(err, n->wanted, "no pseudo-version");
    return check_digits(n, digits, err) < 0 || check_time(n, stamp, err) < 0 ||
                   check_base(n, n->wanted, digits, err) < 0
               ? -1
               : 0;
}

/* --- retractions --- */

/* The version whose go.mod says what is retracted: the highest release, else the
 * highest of all; not one with +incompatible, which has no go.mod. */
static struct mf_str choose_latest(const struct mf_str *list, size_t count)
{
    struct mf_str highest = {NULL, 0};
    for (size_t i = 0; i < count && !mf_str_ends(list[i], MF_CODEDIR_INCOMPATIBLE); i++)
        if (mf_semver_is_release(list[i]) || !mf_semver_is_release(highest))
            highest = list[i];
    return highest;
}

static int read_retractions(struct mf_coderepo *r, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_GOMOD_MAX);
    struct mf_str *list, latest, copy;
    struct mf_gomod gomod;
    size_t count;
    if (mf_coderepo_versions(r, MF_LIT(""), &list, &count, err) < 0)
        return -1;
    latest = choose_latest(list, count);
    if (!latest.n)
        return 0;
    if (mf_coderepo_gomod(r, latest, &text, err) < 0 || mf_arena_dup(r->arena, mf_buf_view(&text), &copy, err) < 0 ||
        mf_gomod_parse(&gomod, copy, MF_GOMOD_DEP, "go.mod", r->arena, err) < 0)
        return -1;
    r->retracts = gomod.retracts;
    r->retract_count = gomod.retract_count;
    return 0;
}

/* What cannot be read retracts nothing. */
static int learn_retractions(struct mf_coderepo *r, struct mf_err *err)
{
    struct mf_err why = {0};
    if (r->knows_retractions)
        return 0;
    r->knows_retractions = true;
    if (read_retractions(r, &why) == 0 || why.code < MF_E_IO)
        return 0;
    *err = why;
    return -1;
}

static bool is_retracted(const struct mf_coderepo *r, struct mf_str version)
{
    for (size_t i = 0; i < r->retract_count; i++)
        if (mf_semver_compare(r->retracts[i].low, version) <= 0 && mf_semver_compare(version, r->retracts[i].high) <= 0)
            return true;
    return false;
}

/* --- a name for a commit --- */

/* Whether a tag's version may be that of the module: 1, 0, -1. */
static int is_usable(const struct naming *n, struct mf_str version, struct mf_err *err)
{
    if (!version.n || is_retracted(n->repo, version))
        return 0;
    return mf_codedir_fits(n->repo, version) ? 1 : may_be_incompatible(n, version, err);
}

static int tag_allowed(void *ctx, struct mf_str tag, struct mf_err *err)
{
    const struct naming *n = ctx;
    bool canonical;
    return is_usable(n, mf_codedir_tag_version(n->repo, tag, &canonical), err);
}

/* What the tags of a commit offer. */
struct offer {
    struct mf_str exact;   /* the version that was asked for */
    struct mf_str highest; /* the highest that the module may have */
    struct mf_str base;    /* the version asked for, of a tag with metadata behind it */
};

static int look_at_tags(const struct naming *n, struct offer *out, struct mf_err *err)
{
    *out = (struct offer){{NULL, 0}, {NULL, 0}, {NULL, 0}};
    for (size_t i = 0; i < n->rev->tag_count; i++) {
        bool canonical;
        struct mf_str version = mf_codedir_tag_version(n->repo, n->rev->tags[i], &canonical);
        if (!version.n)
            continue;
        if (n->wanted.n && mf_semver_compare(version, n->wanted) == 0) {
            if (canonical) {
                out->exact = version;
                return 0;
            }
            out->base = version;
        }
        if (!canonical || mf_semver_compare(out->highest, version) >= 0)
            continue;
        int usable = is_usable(n, version, err);
        if (usable < 0)
            return -1;
        if (usable)
            out->highest = version;
    }
    return 0;
}

static int make_pseudo(const struct naming *n, struct mf_str base, struct mf_codeinfo *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf version = MF_BUF_INIT(VERSION_MAX);
    struct mf_coderepo *r = n->repo;
    struct mf_str prefix = {"", 0}, tag;
    bool canonical;
    if (!base.n) {
        if ((r->dir.n && mf_arena_join(r->arena, r->dir, MF_LIT("/"), MF_LIT(""), &prefix, err) < 0) ||
            mf_gitrepo_recent_tag(r->git, n->rev, prefix, tag_allowed, (void *)(uintptr_t)n, &tag, err) < 0)
            return -1;
        base = tag.n ? mf_codedir_tag_version(r, tag, &canonical) : base;
    }
    if (!mf_pseudover_make(r->pseudo_major, base, n->rev->seconds, mf_str_head(n->rev->hash, SHORT_HASH), &version))
        return mf_err_set(err, MF_E_NOT_FOUND, "commit %.*s has a time without a year of four digits",
                          MF_FMT(n->rev->hash));
    if (mf_buf_check(&version, err) < 0)
        return -1;
    return check_canonical(n, mf_buf_view(&version), out, err);
}

static int name_commit(const struct naming *n, struct mf_codeinfo *out, struct mf_err *err)
{
    struct mf_err why = {0};
    struct offer offer;
    bool canonical;
    if (mf_semver_is_pseudo(n->wanted))
        return name_pseudo(n, out, err);
    struct mf_str version = mf_codedir_tag_version(n->repo, n->rev->name, &canonical);
    if (canonical && check_canonical(n, version, out, &why) == 0)
        return 0;
    if (why.code && why.code != MF_E_NOT_FOUND) {
        *err = why;
        return -1;
    }
    if (learn_retractions(n->repo, err) < 0)
        return -1;
    if (look_at_tags(n, &offer, err) < 0)
        return -1;
    if (offer.exact.n || offer.highest.n)
        return check_canonical(n, offer.exact.n ? offer.exact : offer.highest, out, err);
    return make_pseudo(n, offer.base, out, err);
}

/* Names a commit that was not named in this run. */
static int stat_new(struct mf_coderepo *r, struct mf_str revision, struct mf_codeinfo *out, struct mf_err *err)
{
    struct naming n = {.repo = r, .wanted = mf_str_eq(revision, MF_LIT("latest")) ? MF_LIT("") : revision};
    struct mf_str name;
    if (n.wanted.n) {
        if (mf_codedir_revision(r, n.wanted, &name, err) < 0)
            return -1;
    } else {
        const struct mf_gitrefs *refs = mf_gitrepo_refs(r->git, err);
        const struct mf_gitref *head = refs ? mf_gitrefs_find(refs, "", MF_LIT("HEAD")) : NULL;
        if (!head)
            return refs ? mf_err_set(err, MF_E_NOT_FOUND, "no commits") : -1;
        name = head->hash;
    }
    if (mf_gitrepo_stat(r->git, name, &n.rev, err) < 0)
        return -1;
    return name_commit(&n, out, err);
}

int mf_coderepo_stat(struct mf_coderepo *r, struct mf_str revision, struct mf_codeinfo *out, struct mf_err *err)
{
    struct mf_coderepo_named *known = r->named;
    while (known && !mf_str_eq(known->revision, revision))
        known = known->next;
    if (!known) {
        struct mf_codeinfo info;
        if (stat_new(r, revision, &info, err) < 0)
            return -1;
        known = mf_arena_alloc(r->arena, sizeof(*known), err);
        if (!known || mf_arena_dup(r->arena, revision, &known->revision, err) < 0)
            return -1;
        known->info = info;
        known->next = r->named;
        r->named = known;
    }
    *out = known->info;
    return 0;
}

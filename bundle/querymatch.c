#include "bundle/querymatch.h"

#include "formats/modpath.h"
#include "formats/semver.h"

static bool is_word(struct mf_str query)
{
    return mf_str_eq(query, MF_LIT("latest")) || mf_str_eq(query, MF_LIT("upgrade")) ||
           mf_str_eq(query, MF_LIT("patch"));
}

/* "v1" and "v1.2", as opposed to full versions. */
static bool is_short(struct mf_str v)
{
    struct mf_semver parts;
    return mf_semver_parse(v, &parts) && parts.is_short;
}

bool mf_querymatch_is_revision(struct mf_str query)
{
    return !is_word(query) && !mf_str_starts(query, MF_LIT("<")) && !mf_str_starts(query, MF_LIT(">")) &&
           !is_short(query);
}

static bool fits_path(struct mf_str path, struct mf_str version)
{
    struct mf_err ignored;
    return mf_modpath_check_major((struct mf_module){path, version}, &ignored) == 0;
}

/* "v1.2" of "v1.2.3-pre". */
static struct mf_str major_minor(struct mf_str version)
{
    struct mf_semver parts;
    if (!mf_semver_parse(version, &parts))
        return (struct mf_str){NULL, 0};
    return mf_str_head(version, (size_t)(parts.minor.p + parts.minor.n - version.p));
}

static void use_current(struct mf_str current, struct mf_querymatch *out)
{
    out->may_use_latest = current.n == 0 || mf_semver_is_pseudo(current);
    if (current.n == 0)
        return;
    out->bound = MF_BOUND_GE;
    out->limit = current;
    out->stays = true;
}

static int read_word(struct mf_str path, struct mf_str query, struct mf_str current, struct mf_querymatch *out,
                     struct mf_err *err)
{
    if (mf_str_eq(query, MF_LIT("latest"))) {
        out->may_use_latest = true;
        return 0;
    }
    if (mf_str_eq(query, MF_LIT("patch")) && current.n == 0) {
        mf_err_set(err, MF_E_USAGE, "can't query version \"patch\" of module %.*s: no existing version is required",
                   MF_FMT(path));
        return mf_err_next(err, "name a family of versions, such as @v1.2, or @latest");
    }
    use_current(current, out);
    if (mf_str_eq(query, MF_LIT("patch")))
        out->family = major_minor(current);
    return 0;
}

static int read_range(struct mf_str query, struct mf_querymatch *out, struct mf_err *err)
{
    bool lower = query.p[0] == '<', inclusive = query.n > 1 && query.p[1] == '=';
    struct mf_str v = mf_str_from(query, inclusive ? 2 : 1);
    if (!mf_semver_valid(v))
        return mf_err_set(err, MF_E_USAGE, "invalid semantic version \"%.*s\" in range \"%.*s\"", MF_FMT(v),
                          MF_FMT(query));
    /* "<=v1.2" and ">v1.2" would have to say whether v1.2.3 is meant */
    if (is_short(v) && lower == inclusive)
        return mf_err_set(err, MF_E_USAGE, "ambiguous semantic version \"%.*s\" in range \"%.*s\"", MF_FMT(v),
                          MF_FMT(query));
    out->bound = lower ? (inclusive ? MF_BOUND_LE : MF_BOUND_LT) : (inclusive ? MF_BOUND_GE : MF_BOUND_GT);
    out->limit = v;
    out->prefers_lower = !lower;
    return 0;
}

int mf_querymatch_read(struct mf_str path, struct mf_str query, struct mf_str current, struct mf_querymatch *out,
                       struct mf_err *err)
{
    *out = (struct mf_querymatch){.wants_incompatible = mf_str_ends(current, MF_LIT("+incompatible"))};
    if (is_word(query))
        return read_word(path, query, current, out, err);
    struct mf_str named = query;
    if (mf_str_starts(query, MF_LIT("<")) || mf_str_starts(query, MF_LIT(">"))) {
        if (read_range(query, out, err) < 0)
            return -1;
        named = out->limit;
    } else if (is_short(query)) {
        out->family = query;
        out->bound = MF_BOUND_GE; /* v1.2 is not v1.2.0-rc.1 */
        out->limit = query;
    } else {
        out->by_info = true;
    }
    if (mf_semver_valid(named) && !fits_path(path, named))
        out->wants_incompatible = true;
    return 0;
}

bool mf_querymatch_admits(const struct mf_querymatch *m, struct mf_str version)
{
    if (m->family.n &&
        (!mf_str_starts(version, m->family) || version.n == m->family.n || version.p[m->family.n] != '.'))
        return false;
    int order = m->bound == MF_BOUND_NONE ? 0 : mf_semver_compare(version, m->limit);
    switch (m->bound) {
    case MF_BOUND_NONE:
        return true;
    case MF_BOUND_LT:
        return order < 0;
    case MF_BOUND_LE:
        return order <= 0;
    case MF_BOUND_GT:
        return order > 0;
    case MF_BOUND_GE:
        return order >= 0;
    }
    return false;
}

#include "bundle/vcs/govcs.h"

#include "formats/modpath.h"

static int refuse(struct mf_err *err, const char *why, struct mf_str item)
{
    mf_err_set(err, MF_E_USAGE, "%s GOVCS: \"%.*s\"", why, MF_FMT(item));
    return mf_err_next(err, "see `go help vcs`: GOVCS is a list such as public:git,private:all");
}

static bool is_relative(struct mf_str pattern)
{
    return mf_str_eq(pattern, MF_LIT(".")) || mf_str_eq(pattern, MF_LIT("..")) ||
           mf_str_starts(pattern, MF_LIT("./")) || mf_str_starts(pattern, MF_LIT("../"));
}

static struct mf_str pattern_of(struct mf_str item)
{
    struct mf_str rest;
    return mf_str_trim(mf_str_cut(item, ':', &rest));
}

/* The value up to `item`, which is a part of it, has the same pattern. */
static bool is_repeated(struct mf_str value, struct mf_str item)
{
    struct mf_str rest = mf_str_head(value, (size_t)(item.p - value.p)), other;
    while (rest.n) {
        other = mf_str_cut(rest, ',', &rest);
        if (mf_str_eq(pattern_of(other), pattern_of(item)))
            return true;
    }
    return false;
}

static int check_item(struct mf_str value, struct mf_str item, struct mf_err *err)
{
    struct mf_str list, pattern = mf_str_trim(mf_str_cut(item, ':', &list));
    if (!mf_str_trim(item).n)
        return refuse(err, "empty entry in", item);
    if (!list.p)
        return refuse(err, "malformed entry (missing colon) in", item);
    if (!pattern.n)
        return refuse(err, "empty pattern in", item);
    if (!mf_str_trim(list).n)
        return refuse(err, "empty VCS list in", item);
    if (is_relative(pattern))
        return refuse(err, "relative pattern not allowed in", pattern);
    if (is_repeated(value, item))
        return refuse(err, "unreachable pattern in", item);
    while (list.p)
        if (!mf_str_trim(mf_str_cut(list, '|', &list)).n)
            return refuse(err, "empty VCS name in", item);
    return 0;
}

int mf_govcs_check(struct mf_str value, struct mf_err *err)
{
    value = mf_str_trim(value);
    for (struct mf_str rest = value; value.n && rest.p;)
        if (check_item(value, mf_str_cut(rest, ',', &rest), err) < 0)
            return -1;
    return 0;
}

static bool names(struct mf_str list, struct mf_str vcs)
{
    while (list.p) {
        struct mf_str one = mf_str_trim(mf_str_cut(list, '|', &list));
        if (mf_str_eq(one, vcs) || mf_str_eq(one, MF_LIT("all")))
            return true;
    }
    return false;
}

bool mf_govcs_allows(struct mf_str value, struct mf_str goprivate, struct mf_str root, struct mf_str vcs)
{
    const bool private = mf_modpath_match_patterns(goprivate, root);
    struct mf_str rest = mf_str_trim(value);
    while (rest.n) {
        struct mf_str list, pattern = mf_str_trim(mf_str_cut(mf_str_cut(rest, ',', &rest), ':', &list));
        if (mf_str_eq(pattern, MF_LIT("private"))  ? private
            : mf_str_eq(pattern, MF_LIT("public")) ? !private
                                                   : mf_modpath_match_patterns(pattern, root))
            return names(list, vcs);
    }
    return names(private ? MF_LIT("all") : MF_LIT("git|hg"), vcs);
}

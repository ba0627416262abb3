#include "formats/pseudover.h"

#include "formats/semver.h"
#include "formats/timetext.h"

/* Decimal numbers of any length, as text. */
static void add_incremented(struct mf_buf *out, struct mf_str digits)
{
    const size_t from = out->n;
    size_t i = digits.n;
    while (i > 0 && digits.p[i - 1] == '9')
        i--;
    if (i == 0)
        mf_buf_byte(out, '1');
    mf_buf_str(out, digits);
    if (out->failed)
        return;
    if (i > 0)
        out->p[from + i - 1]++;
    for (size_t k = out->n - (digits.n - i); k < out->n; k++)
        out->p[k] = '0';
}

/* False where the number is zero. */
static bool add_decremented(struct mf_buf *out, struct mf_str digits)
{
    const size_t from = out->n;
    size_t i = digits.n;
    while (i > 0 && digits.p[i - 1] == '0')
        i--;
    if (i == 0)
        return false;
    const bool shorter = i == 1 && digits.p[0] == '1' && digits.n > 1;
    mf_buf_str(out, shorter ? mf_str_from(digits, 1) : digits);
    if (out->failed)
        return true;
    if (!shorter)
        out->p[from + i - 1]--;
    for (size_t k = from + (shorter ? 0 : i); k < out->n; k++)
        out->p[k] = '9';
    return true;
}

static bool add_segment(struct mf_buf *out, int64_t seconds, struct mf_str revision)
{
    char text[MF_TIMETEXT_UTC];
    if (!mf_timetext_utc(seconds, text))
        return false;
    for (const char *c = text; *c; c++)
        if (*c >= '0' && *c <= '9')
            mf_buf_byte(out, *c);
    mf_buf_byte(out, '-');
    mf_buf_str(out, revision);
    return true;
}

bool mf_pseudover_make(struct mf_str major, struct mf_str base, int64_t seconds, struct mf_str revision,
                       struct mf_buf *out)
{
    struct mf_semver parts;
    if (!base.n || !mf_semver_parse(base, &parts)) {
        mf_buf_str(out, major.n ? major : MF_LIT("v0"));
        mf_buf_str(out, MF_LIT(".0.0-"));
    } else if (parts.prerelease.n) {
        mf_buf_fmt(out, "v%.*s.%.*s.%.*s%.*s.0.", MF_FMT(parts.major), MF_FMT(parts.minor), MF_FMT(parts.patch),
                   MF_FMT(parts.prerelease));
    } else {
        mf_buf_fmt(out, "v%.*s.%.*s.", MF_FMT(parts.major), MF_FMT(parts.minor));
        add_incremented(out, parts.patch);
        mf_buf_str(out, MF_LIT("-0."));
    }
    return add_segment(out, seconds, revision);
}

int mf_pseudover_base(struct mf_str version, struct mf_buf *out, struct mf_err *err)
{
    struct mf_semver parts;
    struct mf_str stamp, revision;
    if (!mf_semver_parse(version, &parts) || !mf_semver_pseudo_parts(version, &stamp, &revision))
        return mf_err_set(err, MF_E_NOT_FOUND, "%.*s is no pseudo-version", MF_FMT(version));
    const struct mf_str pre = mf_str_head(parts.prerelease, (size_t)(stamp.p - parts.prerelease.p));
    if (mf_str_eq(pre, MF_LIT("-"))) {
        if (parts.build.n)
            return mf_err_set(err, MF_E_NOT_FOUND, "lacks base version, but has build metadata \"%.*s\"",
                              MF_FMT(parts.build));
        return 0;
    }
    mf_buf_fmt(out, "v%.*s.%.*s.", MF_FMT(parts.major), MF_FMT(parts.minor));
    if (!mf_str_eq(pre, MF_LIT("-0."))) {
        mf_buf_str(out, parts.patch);
        mf_buf_str(out, mf_str_head(pre, pre.n - MF_LIT(".0.").n));
    } else if (!add_decremented(out, parts.patch)) {
        return mf_err_set(err, MF_E_NOT_FOUND, "version before v%.*s.%.*s.%.*s would have negative patch number",
                          MF_FMT(parts.major), MF_FMT(parts.minor), MF_FMT(parts.patch));
    }
    return mf_buf_check(out, err);
}

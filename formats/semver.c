#include "formats/semver.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_ident_char(char c)
{
    return is_digit(c) || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-';
}

static bool all_digits(struct mf_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!is_digit(s.p[i]))
            return false;
    }
    return true;
}

/* Takes a decimal number without leading zeros off the front of *s. */
static bool take_number(struct mf_str *s, struct mf_str *out)
{
    size_t n = 0;
    while (n < s->n && is_digit(s->p[n]))
        n++;
    if (n == 0 || (n > 1 && s->p[0] == '0'))
        return false;
    *out = mf_str_head(*s, n);
    *s = mf_str_from(*s, n);
    return true;
}

static bool take_byte(struct mf_str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = mf_str_from(*s, 1);
    return true;
}

/* Checks dot-separated identifiers: none empty, known characters only and,
 * where `strict_numbers` is set, no number with a leading zero. */
static bool idents_ok(struct mf_str s, bool strict_numbers)
{
    struct mf_str rest = s;
    do {
        struct mf_str ident = mf_str_cut(rest, '.', &rest);
        if (ident.n == 0)
            return false;
        for (size_t i = 0; i < ident.n; i++) {
            if (!is_ident_char(ident.p[i]))
                return false;
        }
        if (strict_numbers && ident.n > 1 && ident.p[0] == '0' && all_digits(ident))
            return false;
    } while (rest.p);
    return true;
}

bool mf_semver_parse(struct mf_str v, struct mf_semver *out)
{
    struct mf_semver s = {.minor = MF_LIT("0"), .patch = MF_LIT("0"), .is_short = true};
    if (!take_byte(&v, 'v') || !take_number(&v, &s.major))
        return false;
    if (v.n > 0) {
        if (!take_byte(&v, '.') || !take_number(&v, &s.minor))
            return false;
        if (v.n > 0) {
            if (!take_byte(&v, '.') || !take_number(&v, &s.patch))
                return false;
            s.is_short = false;
        }
    }
    if (v.n > 0 && v.p[0] == '-') {
        s.prerelease = mf_str_head(v, mf_str_find(v, '+'));
        v = mf_str_from(v, s.prerelease.n);
        if (!idents_ok(mf_str_from(s.prerelease, 1), true))
            return false;
    }
    if (v.n > 0 && v.p[0] == '+') {
        s.build = v;
        v = mf_str_from(v, v.n);
        if (!idents_ok(mf_str_from(s.build, 1), false))
            return false;
    }
    if (v.n > 0)
        return false;
    *out = s;
    return true;
}

bool mf_semver_valid(struct mf_str v)
{
    struct mf_semver s;
    return mf_semver_parse(v, &s);
}

bool mf_semver_canonical(struct mf_str v, bool allow_incompatible)
{
    struct mf_semver s;
    if (!mf_semver_parse(v, &s) || s.is_short)
        return false;
    return s.build.n == 0 || (allow_incompatible && mf_str_eq(s.build, MF_LIT("+incompatible")));
}

bool mf_semver_is_release(struct mf_str v)
{
    struct mf_semver s;
    return mf_semver_parse(v, &s) && !s.prerelease.n;
}

/* Decimal numbers without leading zeros, as text. */
static int compare_numbers(struct mf_str a, struct mf_str b)
{
    if (a.n != b.n)
        return a.n < b.n ? -1 : 1;
    return mf_str_cmp(a, b);
}

/* Two different identifiers of a prerelease. */
static int compare_idents(struct mf_str a, struct mf_str b)
{
    bool a_num = all_digits(a);
    bool b_num = all_digits(b);
    if (a_num != b_num)
        return a_num ? -1 : 1;
    return a_num ? compare_numbers(a, b) : mf_str_cmp(a, b);
}

static int compare_prerelease(struct mf_str a, struct mf_str b)
{
    if (mf_str_eq(a, b))
        return 0;
    if (a.n == 0 || b.n == 0)
        return a.n == 0 ? 1 : -1;
    a = mf_str_from(a, 1);
    b = mf_str_from(b, 1);
    while (a.p && b.p) {
        struct mf_str x = mf_str_cut(a, '.', &a);
        struct mf_str y = mf_str_cut(b, '.', &b);
        if (!mf_str_eq(x, y))
            return compare_idents(x, y);
    }
    return a.p ? 1 : -1;
}

int mf_semver_compare(struct mf_str a, struct mf_str b)
{
    struct mf_semver x;
    struct mf_semver y;
    bool a_ok = mf_semver_parse(a, &x);
    bool b_ok = mf_semver_parse(b, &y);
    if (!a_ok || !b_ok)
        return (int)a_ok - (int)b_ok;
    int order = compare_numbers(x.major, y.major);
    if (order == 0)
        order = compare_numbers(x.minor, y.minor);
    if (order == 0)
        order = compare_numbers(x.patch, y.patch);
    return order ? order : compare_prerelease(x.prerelease, y.prerelease);
}

int mf_semver_order(struct mf_str a, struct mf_str b)
{
    int order = mf_semver_compare(a, b);
    return order ? order : mf_str_cmp(a, b);
}

enum { TIME_DIGITS = 14 };

bool mf_semver_pseudo_parts(struct mf_str v, struct mf_str *time_out, struct mf_str *rev_out)
{
    struct mf_semver s;
    if (!mf_semver_parse(v, &s) || s.prerelease.n == 0)
        return false;
    /* PRE is `T-H`, `0.T-H` or `base.0.T-H`; H holds no dash. */
    struct mf_str pre = mf_str_from(s.prerelease, 1);
    size_t dash = mf_str_rfind(pre, '-');
    if (dash == pre.n || dash < TIME_DIGITS)
        return false;
    struct mf_str rev = mf_str_from(pre, dash + 1);
    struct mf_str time = mf_str_from(mf_str_head(pre, dash), dash - TIME_DIGITS);
    if (rev.n == 0 || mf_str_find(rev, '.') < rev.n || !all_digits(time))
        return false;
    struct mf_str base = mf_str_head(pre, dash - TIME_DIGITS);
    bool no_base = base.n == 0 && mf_str_eq(s.minor, MF_LIT("0")) && mf_str_eq(s.patch, MF_LIT("0"));
    if (!no_base && !mf_str_eq(base, MF_LIT("0.")) && !mf_str_ends(base, MF_LIT(".0.")))
        return false;
    *time_out = time;
    *rev_out = rev;
    return true;
}

bool mf_semver_is_pseudo(struct mf_str v)
{
    struct mf_str time;
    struct mf_str rev;
    return mf_semver_pseudo_parts(v, &time, &rev);
}

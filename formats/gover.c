#include "formats/semver.h"

/* A Go version in its parts. An absent part is empty and sorts before "0". */
struct gover {
    struct mf_str major, minor, patch;
    struct mf_str kind; /* "beta", "rc" */
    struct mf_str pre;  /* number of the beta or release candidate */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

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

static int compare_numbers(struct mf_str a, struct mf_str b)
{
    if (a.n != b.n)
        return a.n < b.n ? -1 : 1;
    return mf_str_cmp(a, b);
}

/* What follows MAJOR.MINOR where that is not a patch: letters, then at most
 * one number. */
static bool parse_kind(struct mf_str x, struct gover *v)
{
    size_t n = 0;
    while (n < x.n && x.p[n] >= 'a' && x.p[n] <= 'z')
        n++;
    if (n == 0)
        return false;
    v->kind = mf_str_head(x, n);
    x = mf_str_from(x, n);
    if (x.n == 0)
        return true;
    return take_number(&x, &v->pre) && x.n == 0;
}

static bool parse_gover(struct mf_str x, struct gover *out)
{
    struct gover v = {.pre = {NULL, 0}};
    if (!take_number(&x, &v.major))
        return false;
    if (x.n == 0) {
        v.minor = MF_LIT("0");
        v.patch = MF_LIT("0");
        *out = v;
        return true;
    }
    if (x.p[0] != '.')
        return false;
    x = mf_str_from(x, 1);
    if (!take_number(&x, &v.minor))
        return false;
    if (x.n == 0) {
        /* From 1.21 on a language version is not the same as its release .0. */
        if (compare_numbers(v.minor, MF_LIT("21")) < 0)
            v.patch = MF_LIT("0");
    } else if (x.p[0] == '.') {
        x = mf_str_from(x, 1);
        if (!take_number(&x, &v.patch) || x.n > 0)
            return false;
    } else if (!parse_kind(x, &v)) {
        return false;
    }
    *out = v;
    return true;
}

bool mf_gover_valid(struct mf_str x)
{
    struct gover v;
    return parse_gover(x, &v);
}

int mf_gover_compare(struct mf_str a, struct mf_str b)
{
    struct gover x;
    struct gover y;
    bool a_ok = parse_gover(a, &x);
    bool b_ok = parse_gover(b, &y);
    if (!a_ok || !b_ok)
        return (int)a_ok - (int)b_ok;
    int order = compare_numbers(x.major, y.major);
    if (order == 0)
        order = compare_numbers(x.minor, y.minor);
    if (order == 0)
        order = compare_numbers(x.patch, y.patch);
    if (order == 0)
        order = mf_str_cmp(x.kind, y.kind);
    return order ? order : compare_numbers(x.pre, y.pre);
}

struct mf_str mf_gover_lang(struct mf_str x)
{
    struct gover v;
    if (!parse_gover(x, &v))
        return (struct mf_str){NULL, 0};
    if (v.major.n + 1 >= x.n || (mf_str_eq(v.major, MF_LIT("1")) && mf_str_eq(v.minor, MF_LIT("0"))))
        return v.major;
    return mf_str_head(x, v.major.n + 1 + v.minor.n);
}

/* The Go version in a toolchain name: "1.21.3" of `go1.21.3-bigcorp`; empty
 * where there is none. A bare Go version is allowed too. */
static struct mf_str toolchain_version(struct mf_str name)
{
    struct mf_str none = {NULL, 0};
    if (mf_gover_valid(name))
        return name;
    if (mf_str_find(name, '/') < name.n || mf_str_find(name, '\\') < name.n || !mf_str_starts(name, MF_LIT("go")))
        return none;
    struct mf_str v = mf_str_from(name, 2);
    for (size_t i = 0; i < v.n; i++) {
        if (v.p[i] == ' ' || v.p[i] == '\t' || v.p[i] == '-')
            v = mf_str_head(v, i);
    }
    return mf_gover_valid(v) ? v : none;
}

int mf_modver_compare(struct mf_str path, struct mf_str a, struct mf_str b)
{
    if (a.n == 0 || b.n == 0)
        return (int)(a.n == 0) - (int)(b.n == 0);
    bool a_none = mf_str_eq(a, MF_LIT("none"));
    bool b_none = mf_str_eq(b, MF_LIT("none"));
    if (a_none || b_none)
        return (int)b_none - (int)a_none;
    if (mf_str_eq(path, MF_LIT("go")))
        return mf_gover_compare(a, b);
    if (mf_str_eq(path, MF_LIT("toolchain")))
        return mf_gover_compare(toolchain_version(a), toolchain_version(b));
    return mf_semver_compare(a, b);
}

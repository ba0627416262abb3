#include "formats/base/str.h"

struct mf_str mf_str_from(struct mf_str s, size_t from)
{
    if (from > s.n)
        from = s.n;
    return (struct mf_str){s.p ? s.p + from : NULL, s.n - from};
}

struct mf_str mf_str_head(struct mf_str s, size_t n)
{
    return (struct mf_str){s.p, n < s.n ? n : s.n};
}

bool mf_str_eq(struct mf_str a, struct mf_str b)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): what has a length has bytes */
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

int mf_str_cmp(struct mf_str a, struct mf_str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int order = n ? memcmp(a.p, b.p, n) : 0;
    if (order)
        return order;
    return (a.n > b.n) - (a.n < b.n);
}

bool mf_str_starts(struct mf_str s, struct mf_str prefix)
{
    return s.n >= prefix.n && mf_str_eq(mf_str_head(s, prefix.n), prefix);
}

bool mf_str_ends(struct mf_str s, struct mf_str suffix)
{
    return s.n >= suffix.n && mf_str_eq(mf_str_from(s, s.n - suffix.n), suffix);
}

size_t mf_str_find(struct mf_str s, char c)
{
    const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;
    return hit ? (size_t)(hit - s.p) : s.n;
}

size_t mf_str_rfind(struct mf_str s, char c)
{
    const char *hit = s.n ? memrchr(s.p, c, s.n) : NULL;
    return hit ? (size_t)(hit - s.p) : s.n;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct mf_str mf_str_trim(struct mf_str s)
{
    while (s.n && is_blank(s.p[0]))
        s = mf_str_from(s, 1);
    while (s.n && is_blank(s.p[s.n - 1]))
        s.n--;
    return s;
}

struct mf_str mf_str_cut(struct mf_str s, char c, struct mf_str *rest)
{
    size_t at = mf_str_find(s, c);
    *rest = at < s.n ? mf_str_from(s, at + 1) : (struct mf_str){NULL, 0};
    return mf_str_head(s, at);
}

bool mf_str_path_prefix(struct mf_str path, struct mf_str prefix)
{
    return mf_str_starts(path, prefix) && (path.n == prefix.n || path.p[prefix.n] == '/');
}

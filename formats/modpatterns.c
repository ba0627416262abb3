/* Glob patterns of GOPRIVATE, GONOPROXY and their kin: path.Match of Go. */
#include "formats/base/unicode.h"
#include "formats/modpath.h"

/* Takes one character; a byte that is not UTF-8 counts as U+FFFD, like in Go. */
static uint32_t take_rune(struct mf_str *s, bool *bad)
{
    uint32_t rune;
    size_t len = mf_utf8_decode(s->p, s->n, &rune);
    *bad = len == 0;
    *s = mf_str_from(*s, len ? len : 1);
    return len ? rune : 0xFFFD;
}

/* One end of a range in a class, which may be written with a backslash. */
static bool take_class_rune(struct mf_str *glob, uint32_t *out)
{
    if (glob->n == 0 || glob->p[0] == '-' || glob->p[0] == ']')
        return false;
    if (glob->p[0] == '\\')
        *glob = mf_str_from(*glob, 1);
    if (glob->n == 0)
        return false;
    bool bad;
    *out = take_rune(glob, &bad);
    return !bad && glob->n > 0;
}

/* Matches `rune` against a class whose '[' has been taken, and takes the rest
 * of the class. False where it does not match or is malformed. */
static bool match_class(struct mf_str *glob, uint32_t rune)
{
    bool negated = glob->n > 0 && glob->p[0] == '^';
    if (negated)
        *glob = mf_str_from(*glob, 1);
    bool hit = false;
    for (size_t ranges = 0;; ranges++) {
        if (glob->n > 0 && glob->p[0] == ']' && ranges > 0)
            break;
        uint32_t low;
        if (!take_class_rune(glob, &low))
            return false;
        uint32_t high = low;
        if (glob->p[0] == '-') {
            *glob = mf_str_from(*glob, 1);
            if (!take_class_rune(glob, &high))
                return false;
        }
        if (low <= rune && rune <= high)
            hit = true;
    }
    *glob = mf_str_from(*glob, 1);
    return hit != negated;
}

/* Matches one element of the glob that is not a star, and takes it and what it
 * matched from both. */
static bool match_one(struct mf_str *glob, struct mf_str *name)
{
    bool bad;
    if (name->n == 0)
        return false;
    char c = glob->p[0];
    *glob = mf_str_from(*glob, 1);
    switch (c) {
    case '?':
        if (name->p[0] == '/')
            return false;
        take_rune(name, &bad);
        return true;
    case '[':
        return match_class(glob, take_rune(name, &bad));
    case '\\':
        if (glob->n == 0)
            return false;
        c = glob->p[0];
        *glob = mf_str_from(*glob, 1);
        break;
    default:
        break;
    }
    if (name->p[0] != c)
        return false;
    *name = mf_str_from(*name, 1);
    return true;
}

/* A malformed glob matches nothing: a full match needs every byte of it. Only
 * the last star is tried again, as an earlier one cannot do better. */
static bool match_glob(struct mf_str glob, struct mf_str name)
{
    bool starred = false;
    struct mf_str after_star = {NULL, 0};
    struct mf_str retry = {NULL, 0};
    while (glob.n > 0 || name.n > 0) {
        if (glob.n > 0 && glob.p[0] == '*') {
            glob = mf_str_from(glob, 1);
            starred = true;
            after_star = glob;
            retry = name;
            continue;
        }
        if (glob.n > 0 && match_one(&glob, &name))
            continue;
        if (!starred || retry.n == 0 || retry.p[0] == '/')
            return false;
        retry = mf_str_from(retry, 1);
        glob = after_star;
        name = retry;
    }
    return true;
}

/* The elements of the path up to slash number `slashes` + 1; false where it has fewer. */
static bool cut_elements(struct mf_str path, size_t slashes, struct mf_str *out)
{
    for (size_t i = 0; i < path.n; i++) {
        if (path.p[i] != '/')
            continue;
        if (slashes == 0) {
            *out = mf_str_head(path, i);
            return true;
        }
        slashes--;
    }
    *out = path;
    return slashes == 0;
}

bool mf_modpath_match_patterns(struct mf_str patterns, struct mf_str path)
{
    while (patterns.n > 0) {
        struct mf_str glob = mf_str_cut(patterns, ',', &patterns);
        if (glob.n > 0 && glob.p[glob.n - 1] == '/')
            glob.n--;
        if (glob.n == 0)
            continue;
        size_t slashes = 0;
        for (size_t i = 0; i < glob.n; i++)
            slashes += glob.p[i] == '/';
        struct mf_str prefix;
        if (cut_elements(path, slashes, &prefix) && match_glob(glob, prefix))
            return true;
    }
    return false;
}

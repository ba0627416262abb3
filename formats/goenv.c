#include "formats/goenv.h"

#include <string.h>

bool mf_goenv_find(struct mf_str text, const char *key, struct mf_str *out)
{
    bool found = false;
    for (struct mf_str rest = text; rest.p;) {
        struct mf_str line = mf_str_cut(rest, '\n', &rest);
        size_t eq = mf_str_find(line, '=');
        if (eq == line.n || !mf_str_eq(mf_str_head(line, eq), mf_str(key)))
            continue;
        *out = mf_str_from(line, eq + 1);
        found = true;
    }
    return found;
}

/* The next word of GOFLAGS, which go splits at blanks; a word that begins with
 * a quote goes to the next such quote. */
static struct mf_str next_word(struct mf_str *rest)
{
    struct mf_str s = mf_str_trim(*rest);
    size_t n = 0;
    if (s.n && (s.p[0] == '\'' || s.p[0] == '"')) {
        struct mf_str body = mf_str_from(s, 1);
        n = mf_str_find(body, s.p[0]);
        *rest = mf_str_from(body, n + 1);
        return mf_str_head(body, n);
    }
    while (n < s.n && !memchr(" \t\r\n", s.p[n], 4)) /* a NUL is a byte like any other */
        n++;
    *rest = mf_str_from(s, n);
    return mf_str_head(s, n);
}

struct mf_str mf_goenv_mod(struct mf_str goflags)
{
    struct mf_str mod = {NULL, 0};
    while (mf_str_trim(goflags).n) {
        struct mf_str word = next_word(&goflags);
        if (mf_str_starts(word, MF_LIT("--")))
            word = mf_str_from(word, 1);
        if (mf_str_starts(word, MF_LIT("-mod=")))
            mod = mf_str_from(word, MF_LIT("-mod=").n);
    }
    return mod;
}

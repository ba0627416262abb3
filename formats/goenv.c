#include "formats/goenv.h"

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

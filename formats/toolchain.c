#include "formats/toolchain.h"

#include "formats/semver.h"

bool mf_toolchain_is_lang(struct mf_str go)
{
    return mf_str_eq(mf_gover_lang(go), go) && mf_gover_compare(go, MF_LIT("1.21")) >= 0;
}

static bool is_word(struct mf_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9'))
            return false;
    return s.n > 0;
}

bool mf_toolchain_parse(struct mf_str name, struct mf_toolchain *out)
{
    struct mf_toolchain t = {.os = {NULL, 0}};
    if (!mf_str_starts(name, MF_LIT("go1")) || name.n > MF_TOOLCHAIN_NAME_MAX)
        return false;
    t.release = mf_str_from(name, 2);
    size_t dot = mf_str_rfind(t.release, '.');
    struct mf_str platform = mf_str_from(t.release, dot + 1);
    if (mf_str_find(platform, '-') < platform.n) {
        t.release = mf_str_head(t.release, dot);
        t.os = mf_str_cut(platform, '-', &t.arch);
        if (!is_word(t.os) || !is_word(t.arch))
            return false;
    }
    if (!mf_gover_valid(t.release) || mf_toolchain_is_lang(t.release))
        return false;
    *out = t;
    return true;
}

bool mf_toolchain_is(struct mf_module m)
{
    return mf_str_eq(m.path, MF_LIT(MF_TOOLCHAIN_MODULE));
}

static struct mf_str base_of(struct mf_str file)
{
    size_t slash = mf_str_rfind(file, '/');
    return slash < file.n ? mf_str_from(file, slash + 1) : file;
}

/* The shell pattern go_?*_?*_exec. */
static bool is_exec(struct mf_str base)
{
    if (!mf_str_starts(base, MF_LIT("go_")) || !mf_str_ends(base, MF_LIT("_exec")) || base.n < strlen("go_a_b_exec"))
        return false;
    struct mf_str between = mf_str_head(mf_str_from(base, strlen("go_")), base.n - strlen("go_") - strlen("_exec"));
    size_t bar = mf_str_find(mf_str_from(between, 1), '_') + 1;
    return bar + 1 < between.n;
}

bool mf_toolchain_is_program(struct mf_str file)
{
    return mf_str_starts(file, MF_LIT("bin/")) || mf_str_starts(file, MF_LIT("pkg/tool/")) ||
           (mf_str_starts(file, MF_LIT("lib/")) && is_exec(base_of(file)));
}

bool mf_toolchain_is_gomod(struct mf_str file)
{
    return mf_str_eq(base_of(file), MF_LIT("_go.mod"));
}

#include "bundle/targets.h"

/* N of "1.N" and "1.N.P". */
static unsigned minor_of(struct mf_str go)
{
    struct mf_str rest;
    unsigned n = 0;
    mf_str_cut(go, '.', &rest);
    for (size_t i = 0; i < rest.n && rest.p[i] >= '0' && rest.p[i] <= '9' && n < 100000; i++)
        n = n * 10 + (unsigned)(rest.p[i] - '0');
    return n;
}

int mf_targets_make(const struct mf_str *platforms, size_t platform_count, const struct mf_str *tags, size_t tag_count,
                    struct mf_str go, struct mf_arena *arena, struct mf_buildtags_target **out, size_t *count_out,
                    struct mf_err *err)
{
    struct mf_buildtags_target *list = mf_arena_array(arena, 2 * platform_count + 1, sizeof(*list), err);
    size_t count = 0;
    if (!list)
        return -1;
    for (size_t i = 0; i < platform_count; i++) {
        struct mf_str arch, os = mf_str_cut(platforms[i], '/', &arch);
        if (!mf_buildtags_known_os(os) || !mf_buildtags_known_arch(arch))
            return mf_err_set(err, MF_E_USAGE, "there is no platform %.*s", MF_FMT(platforms[i]));
        for (int cgo = 0; cgo <= 1; cgo++)
            list[count++] = (struct mf_buildtags_target){
                .goos = os, .goarch = arch, .cgo = cgo, .release = minor_of(go), .tags = tags, .tag_count = tag_count};
    }
    if (count == 0)
        list[count++] = (struct mf_buildtags_target){.any = true};
    *out = list;
    *count_out = count;
    return 0;
}

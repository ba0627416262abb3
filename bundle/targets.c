#include "bundle/targets.h"

#include "formats/stdlist.h"

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

static size_t add_platform(const struct mf_targets_options *options, struct mf_str platform, unsigned release,
                           struct mf_buildtags_target *out)
{
    struct mf_str arch, os = mf_str_cut(platform, '/', &arch);
    for (int cgo = 0; cgo <= 1; cgo++)
        out[cgo] = (struct mf_buildtags_target){.goos = os,
                                                .goarch = arch,
                                                .cgo = cgo,
                                                .release = release,
                                                .tags = options->tags,
                                                .tag_count = options->tag_count};
    return 2;
}

int mf_targets_make(const struct mf_targets_options *options, struct mf_arena *arena, struct mf_buildtags_target **out,
                    size_t *count_out, struct mf_err *err)
{
    unsigned first = minor_of(options->go), last = first;
    if (options->newer && mf_stdlist_newest() > last)
        last = mf_stdlist_newest();
    size_t count = 0, most = 2 * options->platform_count * (last - first + 1) + 1;
    struct mf_buildtags_target *list = mf_arena_array(arena, most, sizeof(*list), err);
    if (!list)
        return -1;
    for (size_t i = 0; i < options->platform_count; i++) {
        struct mf_str arch, os = mf_str_cut(options->platforms[i], '/', &arch);
        if (!mf_buildtags_known_os(os) || !mf_buildtags_known_arch(arch))
            return mf_err_set(err, MF_E_USAGE, "there is no platform %.*s", MF_FMT(options->platforms[i]));
        for (unsigned release = first; release <= last; release++)
            count += add_platform(options, options->platforms[i], release, list + count);
    }
    if (count == 0)
        list[count++] = (struct mf_buildtags_target){.any = true};
    *out = list;
    *count_out = count;
    return 0;
}

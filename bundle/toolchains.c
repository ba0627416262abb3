#include "bundle/toolchains.h"

#include <stdlib.h>

#include "formats/buildtags.h"

static int by_bytes(const void *a, const void *b)
{
    return mf_str_cmp(*(const struct mf_str *)a, *(const struct mf_str *)b);
}

static int refuse(struct mf_str typed, struct mf_err *err)
{
    bool is_lang = mf_str_starts(typed, MF_LIT("go")) && mf_toolchain_is_lang(mf_str_from(typed, 2));
    if (is_lang)
        mf_err_set(err, MF_E_USAGE, "--toolchain %.*s: this is a language version, not a release", MF_FMT(typed));
    else
        mf_err_set(err, MF_E_USAGE, "--toolchain %.*s: not the name of a Go release", MF_FMT(typed));
    return is_lang ? mf_err_next(err, "name a release of it, such as %.*s.0", MF_FMT(typed))
                   : mf_err_next(err, "write go1.22.3, or go1.22.3.linux-arm64 for one platform");
}

static int add(struct mf_str release, struct mf_str os, struct mf_str arch, struct mf_arena *arena, struct mf_str *out,
               struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_BUF_INIT(2 * MF_TOOLCHAIN_NAME_MAX);
    if (!mf_buildtags_known_os(os) || !mf_buildtags_known_arch(arch))
        return mf_err_set(err, MF_E_USAGE, "--toolchain go%.*s: there is no platform %.*s-%.*s", MF_FMT(release),
                          MF_FMT(os), MF_FMT(arch));
    mf_buf_fmt(&name, "go%.*s.%.*s-%.*s", MF_FMT(release), MF_FMT(os), MF_FMT(arch));
    return mf_buf_check(&name, err) < 0 ? -1 : mf_arena_dup(arena, mf_buf_view(&name), out, err);
}

static size_t sort_and_join(struct mf_str *list, size_t count)
{
    size_t kept = 0;
    if (count)
        qsort(list, count, sizeof(*list), by_bytes);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || !mf_str_eq(list[kept - 1], list[i]))
            list[kept++] = list[i];
    return kept;
}

int mf_toolchains_expand(const struct mf_str *typed, size_t count, const struct mf_str *platforms,
                         size_t platform_count, struct mf_arena *arena, const struct mf_str **out, size_t *count_out,
                         struct mf_err *err)
{
    const struct mf_str usual = MF_LIT("linux/amd64");
    if (platform_count == 0) {
        platforms = &usual;
        platform_count = 1;
    }
    struct mf_str *list = mf_arena_array(arena, count * platform_count, sizeof(*list), err);
    size_t n = 0;
    if (!list)
        return -1;
    for (size_t i = 0; i < count; i++) {
        struct mf_toolchain t;
        if (!mf_toolchain_parse(typed[i], &t))
            return refuse(typed[i], err);
        size_t times = t.os.n ? 1 : platform_count;
        for (size_t k = 0; k < times; k++) {
            struct mf_str arch = t.arch, os = t.os.n ? t.os : mf_str_cut(platforms[k], '/', &arch);
            if (add(t.release, os, arch, arena, &list[n++], err) < 0)
                return -1;
        }
    }
    *out = list;
    *count_out = sort_and_join(list, n);
    return 0;
}

static int module_of(struct mf_str release, struct mf_str platform, struct mf_arena *arena, struct mf_module *out,
                     struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf version = MF_BUF_INIT(4 * MF_TOOLCHAIN_NAME_MAX);
    out->path = MF_LIT(MF_TOOLCHAIN_MODULE);
    mf_buf_fmt(&version, MF_TOOLCHAIN_VERSION "go%.*s.%.*s", MF_FMT(release), MF_FMT(platform));
    return mf_buf_check(&version, err) < 0 ? -1 : mf_arena_dup(arena, mf_buf_view(&version), &out->version, err);
}

static bool holds(const struct mf_module *list, size_t count, struct mf_module m)
{
    for (size_t i = 0; i < count; i++)
        if (mf_module_eq(list[i], m))
            return true;
    return false;
}

int mf_toolchains_modules(const struct mf_str *names, size_t count, struct mf_arena *arena, struct mf_module **out,
                          size_t *count_out, struct mf_err *err)
{
    struct mf_module *list = mf_arena_array(arena, 2 * count, sizeof(*list), err);
    size_t n = count;
    if (!list)
        return -1;
    for (size_t i = 0; i < count; i++) {
        size_t dot = mf_str_rfind(names[i], '.');
        struct mf_str release = mf_str_from(mf_str_head(names[i], dot), 2);
        if (module_of(release, mf_str_from(names[i], dot + 1), arena, &list[i], err) < 0)
            return -1;
    }
    for (size_t i = 0; i < count; i++) {
        struct mf_str release = mf_str_from(mf_str_head(names[i], mf_str_rfind(names[i], '.')), 2);
        if (module_of(release, MF_LIT("linux-amd64"), arena, &list[n], err) < 0)
            return -1;
        n += !holds(list, n, list[n]);
    }
    *out = list;
    *count_out = n;
    return 0;
}

static int arrived(void *ctx, const struct mf_fetched *f, struct mf_err *err)
{
    const struct mf_upstream *upstream = ctx;
    if (!f->ok && f->error.code == MF_E_NOT_FOUND)
        return mf_store_write(&upstream->store, f->module, MF_FILE_MOD, MF_LIT(MF_TOOLCHAIN_GO_MOD), err);
    if (f->ok)
        return 0;
    *err = f->error;
    return -1;
}

int mf_toolchains_mods(const struct mf_module *modules, size_t count, struct mf_upstream *upstream, struct mf_err *err)
{
    for (size_t i = 0; i < count; i++)
        if (mf_fetch_add(upstream->fetch, modules[i], MF_FILE_MOD, arrived, upstream, err) < 0)
            return -1;
    return mf_fetch_run(upstream->fetch, err);
}

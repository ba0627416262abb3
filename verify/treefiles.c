#include "verify/treefiles.h"

#include <dirent.h>
#include <jansson.h>
#include <stdlib.h>

#include "formats/cjson.h"
#include "formats/semver.h"

enum { VERSIONS_MAX = 1 << 20 };

static void begin(struct mf_buf *b, enum mf_tree_kind kind, struct mf_str path)
{
    mf_buf_clear(b);
    if (kind == MF_TREE_MODCACHE)
        mf_buf_str(b, MF_LIT("cache/download/"));
    mf_modpath_escape(path, b);
}

static const char *finish(struct mf_buf *b, struct mf_err *err)
{
    const char *name = mf_buf_cstr(b);
    return mf_buf_check(b, err) < 0 ? NULL : name;
}

const char *mf_treefiles_name(struct mf_buf *b, enum mf_tree_kind kind, struct mf_module id, const char *suffix,
                              struct mf_err *err)
{
    begin(b, kind, id.path);
    mf_buf_str(b, MF_LIT("/@v/"));
    mf_modpath_escape(id.version, b);
    mf_buf_str(b, mf_str(suffix));
    return finish(b, err);
}

const char *mf_treefiles_path(struct mf_buf *b, enum mf_tree_kind kind, struct mf_str path, const char *file,
                              struct mf_err *err)
{
    begin(b, kind, path);
    mf_buf_byte(b, '/');
    mf_buf_str(b, mf_str(file));
    return finish(b, err);
}

const char *mf_treefiles_dir(struct mf_buf *b, struct mf_module id, struct mf_err *err)
{
    mf_buf_clear(b);
    mf_modpath_escape(id.path, b);
    mf_buf_byte(b, '@');
    mf_modpath_escape(id.version, b);
    return finish(b, err);
}

int mf_treefiles_info(struct mf_str version, struct mf_str time, struct mf_buf *out, struct mf_err *err)
{
    MF_CLEANUP(mf_cjson_release) json_t *info = json_object();
    if (!info || json_object_set_new(info, "Version", json_stringn(version.p, version.n)) < 0)
        return mf_err_nomem(err);
    if (time.n && json_object_set_new(info, "Time", json_stringn(time.p, time.n)) < 0)
        return mf_err_nomem(err);
    char *text = mf_cjson_dumps(info, JSON_COMPACT | JSON_PRESERVE_ORDER);
    if (!text)
        return mf_err_nomem(err);
    mf_buf_str(out, mf_str(text));
    free(text);
    return mf_buf_check(out, err);
}

static bool says(const json_t *object, const char *key, struct mf_str want)
{
    const json_t *value = json_object_get(object, key);
    return json_is_string(value) &&
           mf_str_eq((struct mf_str){json_string_value(value), json_string_length(value)}, want);
}

bool mf_treefiles_info_fits(struct mf_str text, struct mf_str version, struct mf_str time)
{
    json_error_t where;
    bool nomem;
    MF_CLEANUP(mf_cjson_release) json_t *info = mf_cjson_load(text, 0, &where, &nomem);
    return info && says(info, "Version", version) && (time.n == 0 || says(info, "Time", time));
}

struct versions {
    struct mf_arena *arena;
    struct mf_str *mods, *infos; /* unescaped, in directory order */
    size_t mod_count, mod_cap, info_count, info_cap;
};

static int add_version(struct mf_str escaped, struct mf_str **list, size_t *count, size_t *cap, struct mf_arena *arena,
                       struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf version = MF_BUF_INIT(NAME_MAX);
    if (!mf_modpath_unescape(escaped, &version) || !mf_semver_canonical(mf_buf_view(&version), true))
        return mf_buf_check(&version, err);
    if (mf_grow(list, cap, *count + 1, sizeof(**list), VERSIONS_MAX, err) < 0 ||
        mf_arena_dup(arena, mf_buf_view(&version), &(*list)[*count], err) < 0)
        return -1;
    ++*count;
    return 0;
}

static int on_entry(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    struct versions *v = ctx;
    struct mf_str name = mf_str(entry);
    (void)parent;
    if (type == DT_DIR)
        return 0;
    if (mf_str_ends(name, MF_LIT(".mod")))
        return add_version(mf_str_head(name, name.n - 4), &v->mods, &v->mod_count, &v->mod_cap, v->arena, err);
    if (mf_str_ends(name, MF_LIT(".info")))
        return add_version(mf_str_head(name, name.n - 5), &v->infos, &v->info_count, &v->info_cap, v->arena, err);
    return 0;
}

static int by_version(const void *a, const void *b)
{
    return mf_semver_order(*(const struct mf_str *)a, *(const struct mf_str *)b);
}

static bool holds(const struct mf_str *sorted, size_t count, struct mf_str version)
{
    return count && bsearch(&version, sorted, count, sizeof(*sorted), by_version);
}

int mf_treefiles_list(struct mf_dir dir, enum mf_tree_kind kind, struct mf_str path, bool with_info, struct mf_buf *out,
                      struct mf_arena *arena, struct mf_str *newest, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_TREE_NAME_INIT;
    struct versions v = {.arena = arena};
    const char *vdir = mf_treefiles_path(&name, kind, path, "@v", err);
    int rc = vdir ? mf_dir_each(dir, vdir, on_entry, &v, err) : -1;
    *newest = (struct mf_str){0};
    if (v.mod_count)
        qsort(v.mods, v.mod_count, sizeof(*v.mods), by_version);
    if (v.info_count)
        qsort(v.infos, v.info_count, sizeof(*v.infos), by_version);
    for (size_t i = 0; rc == 0 && i < v.mod_count; i++) {
        bool info = holds(v.infos, v.info_count, v.mods[i]);
        if (info)
            *newest = v.mods[i];
        if ((info || !with_info) && (!with_info || !mf_semver_is_pseudo(v.mods[i])))
            mf_buf_fmt(out, "%.*s\n", MF_FMT(v.mods[i]));
    }
    free(v.mods);
    free(v.infos);
    return rc < 0 ? -1 : mf_buf_check(out, err);
}

static int sweep_below(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    const char *at = strchr(entry, '@');
    (void)ctx;
    if (type != DT_DIR || (at && at != entry))
        return 0;
    if (mf_dir_sweep(parent, entry, err) < 0)
        return -1;
    return mf_dir_each(parent, entry, sweep_below, NULL, err);
}

int mf_treefiles_sweep(struct mf_dir dir, struct mf_err *err)
{
    if (mf_dir_sweep(dir, ".", err) < 0)
        return -1;
    return mf_dir_each(dir, ".", sweep_below, NULL, err);
}

#include "bundle/root.h"

#include "bundle/abspath.h"
#include "bundle/rootfiles.h"
#include "bundle/rootreplace.h"
#include "bundle/rootwork.h"
#include "bundle/vendorcheck.h"
#include "formats/semver.h"

bool mf_root_is_query(const char *typed)
{
    struct stat st;
    return strchr(typed, '@') && stat(typed, &st) < 0;
}

/* path@version: a main module without a name that requires only it. */
int mf_root_of_module(const char *typed, struct mf_module m, struct mf_root *out, struct mf_arena *arena,
                      struct mf_err *err)
{
    *out = (struct mf_root){0};
    if (mf_arena_dup(arena, mf_str(typed), &out->typed, err) < 0 ||
        mf_arena_dup(arena, m.path, &out->module.path, err) < 0)
        return -1;
    return mf_arena_dup(arena, m.version, &out->module.version, err);
}

static int load_module(struct mf_root *out, struct mf_err *err)
{
    struct mf_str version, path = mf_str_cut(out->typed, '@', &version);
    out->module = (struct mf_module){path, version};
    if (!mf_semver_canonical(version, true))
        return mf_err_set(err, MF_E_USAGE, "\"%.*s\" is not a full version", MF_FMT(version));
    if (mf_module_check(out->module, err) < 0) {
        err->code = MF_E_USAGE;
        return -1;
    }
    return 0;
}

static int load_single(struct mf_root *out, struct mf_str dir, struct mf_arena *arena, struct mf_err *err)
{
    bool missing;
    out->dir = dir;
    out->mains = mf_arena_array(arena, 1, sizeof(*out->mains), err);
    if (!out->mains)
        return -1;
    out->mains[0].dir = dir;
    if (mf_rootfiles_main(out, MF_LIT(""), &missing, arena, err) < 0)
        return -1;
    const struct mf_gomod *mod = &out->mains[0].gomod;
    out->go = mod->go.n ? mod->go : MF_LIT("1.16");
    out->go_implied = mod->go.n == 0;
    out->toolchain = mod->toolchain;
    return 0;
}

static int join_excludes(struct mf_root *root, struct mf_arena *arena, struct mf_err *err)
{
    size_t count = 0;
    for (size_t i = 0; i < root->main_count; i++)
        count += root->mains[i].gomod.exclude_count;
    root->excludes = mf_arena_array(arena, count, sizeof(*root->excludes), err);
    if (!root->excludes)
        return -1;
    for (size_t i = 0; i < root->main_count; i++)
        for (size_t k = 0; k < root->mains[i].gomod.exclude_count; k++)
            root->excludes[root->exclude_count++] = root->mains[i].gomod.excludes[k];
    return 0;
}

static int load_directory(const char *typed, const struct mf_settings *settings, struct mf_root *out,
                          struct mf_arena *arena, struct mf_err *err)
{
    struct mf_gowork work = {.use_count = 0};
    struct mf_str dir;
    if (mf_abspath_of(typed, arena, &dir, err) < 0 || mf_rootwork_find(dir, settings, &out->go_work, arena, err) < 0)
        return -1;
    bool in_workspace = out->go_work.n > 0;
    if (in_workspace) {
        if (mf_rootwork_load(out, &work, arena, err) < 0 || mf_rootwork_check_dir(out, dir, err) < 0)
            return -1;
    } else if (load_single(out, dir, arena, err) < 0) {
        return -1;
    }
    out->module.path = out->mains[0].path;
    if (join_excludes(out, arena, err) < 0)
        return -1;
    if (mf_rootreplace_load(out, in_workspace ? &work : NULL, arena, err) < 0)
        return -1;
    return mf_vendorcheck(out, arena, err);
}

int mf_root_load(const char *typed, const struct mf_settings *settings, struct mf_root *out, struct mf_arena *arena,
                 struct mf_err *err)
{
    *out = (struct mf_root){0};
    if (mf_arena_dup(arena, mf_str(typed), &out->typed, err) < 0)
        return -1;
    int rc = mf_root_is_query(typed) ? load_module(out, err) : load_directory(typed, settings, out, arena, err);
    return rc < 0 ? mf_err_prefix(err, "root %s", typed) : 0;
}

bool mf_root_is_main(const struct mf_root *root, struct mf_str path)
{
    for (size_t i = 0; i < root->main_count; i++)
        if (mf_str_eq(root->mains[i].path, path))
            return true;
    return false;
}

/* In one file the line for a version goes before the line for all versions;
 * the first file that has either decides. */
const struct mf_root_replace *mf_root_find_replace(const struct mf_root *root, struct mf_module m)
{
    const struct mf_root_replace *found = NULL;
    for (size_t i = 0; i < root->replace_count; i++) {
        const struct mf_root_replace *r = &root->replaces[i];
        if (found && r->group != found->group)
            break;
        if (!mf_str_eq(r->from.path, m.path))
            continue;
        if (mf_str_eq(r->from.version, m.version))
            return r;
        if (r->from.version.n == 0)
            found = r;
    }
    return found;
}

struct mf_module mf_root_replacement(const struct mf_root *root, struct mf_module m)
{
    const struct mf_root_replace *r = mf_root_find_replace(root, m);
    return r ? r->to : m;
}

bool mf_root_excludes(const struct mf_root *root, struct mf_module m)
{
    for (size_t i = 0; i < root->exclude_count; i++)
        if (mf_module_eq(root->excludes[i], m))
            return true;
    return false;
}

const struct mf_gomod *mf_root_directory_gomod(const struct mf_root *root, struct mf_module m, struct mf_err *err)
{
    const struct mf_root_replace *r = mf_root_find_replace(root, m);
    for (size_t i = 0; r && i < root->directory_count; i++) {
        const struct mf_root_directory *d = &root->directories[i];
        if (!mf_str_eq(d->dir, r->to.path))
            continue;
        if (!d->failure)
            return &d->gomod;
        *err = *d->failure;
        mf_err_prefix(err, "%.*s@%.*s (replaced by %.*s)", MF_FMT(m.path), MF_FMT(m.version), MF_FMT(r->typed));
        return NULL;
    }
    mf_err_set(err, MF_E_CLOSURE, "%.*s@%.*s is not replaced by a directory", MF_FMT(m.path), MF_FMT(m.version));
    return NULL;
}

int mf_root_check_sums(const struct mf_root *roots, size_t root_count, struct mf_module m, bool is_mod, const char *h1,
                       bool *found_out, struct mf_err *err)
{
    for (size_t i = 0; i < root_count; i++) {
        struct mf_str expected;
        enum mf_gosum_verdict verdict = mf_gosum_check(&roots[i].sums, m, is_mod, mf_str(h1), &expected);
        if (verdict == MF_GOSUM_MATCH)
            *found_out = true;
        if (verdict == MF_GOSUM_MISMATCH)
            return mf_err_set(err, MF_E_HASH, "%.*s@%.*s%s: checksum mismatch: go.sum of %.*s has %.*s, downloaded %s",
                              MF_FMT(m.path), MF_FMT(m.version), is_mod ? "/go.mod" : "", MF_FMT(roots[i].typed),
                              MF_FMT(expected), h1);
    }
    return 0;
}

#include "bundle/root.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "formats/base/encode.h"
#include "formats/base/hash.h"
#include "formats/semver.h"

static bool is_at_version(const char *typed)
{
    struct stat st;
    return strchr(typed, '@') && stat(typed, &st) < 0;
}

/* path@version: a main module without a name that requires only it. */
static int load_module(const char *typed, struct mf_root *out, struct mf_arena *arena, struct mf_err *err)
{
    struct mf_str version, path = mf_str_cut(out->typed, '@', &version);
    struct mf_require *require = mf_arena_alloc(arena, sizeof(*require), err);
    if (!require)
        return -1;
    out->module = (struct mf_module){path, version};
    if (!mf_semver_canonical(version, true)) {
        mf_err_set(err, MF_E_USAGE, "root %s: \"%.*s\" is not a full version", typed, MF_FMT(version));
        return mf_err_next(err, "name a version such as %.*s@v1.2.3; queries are not supported yet", MF_FMT(path));
    }
    if (mf_module_check(out->module, err) < 0) {
        err->code = MF_E_USAGE;
        return mf_err_prefix(err, "root %s", typed);
    }
    require->module = out->module;
    out->gomod = (struct mf_gomod){.requires = require, .require_count = 1};
    return 0;
}

static void hex_sha256(struct mf_str text, char out[65])
{
    struct mf_digest d = mf_sha256_of(text);
    mf_hex(d.b, sizeof(d.b), out);
}

/* Reads a file of the root into the arena; returns 1, 0 where missing, -1. */
static int read_into(struct mf_dir dir, const char *name, size_t max, struct mf_arena *arena, struct mf_str *out,
                     struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(max);
    bool missing = false;
    struct mf_err why;
    if (mf_dir_read(dir, name, &text, &missing, &why) < 0) {
        if (missing)
            return 0;
        *err = why;
        return -1;
    }
    return mf_arena_dup(arena, mf_buf_view(&text), out, err) < 0 ? -1 : 1;
}

/* A go.work above the directory makes `go` work in a workspace. */
static int refuse_workspace(const char *typed, const struct mf_settings *settings, struct mf_err *err)
{
    struct mf_str setting = settings->value[MF_GOWORK];
    char path[4096];
    if (mf_str_eq(setting, MF_LIT("off")))
        return 0;
    MF_CLEANUP(mf_buf_release) struct mf_buf found = MF_BUF_INIT(sizeof(path) + 16);
    if (setting.n) {
        mf_buf_str(&found, setting);
    } else if (realpath(typed, path)) {
        for (char *slash; (slash = strrchr(path, '/')); *slash = '\0') {
            mf_buf_clear(&found);
            mf_buf_fmt(&found, "%s/go.work", path);
            const char *name = mf_buf_cstr(&found);
            if (name && access(name, F_OK) == 0)
                break;
            mf_buf_clear(&found);
        }
    }
    if (found.n == 0)
        return 0;
    mf_err_set(err, MF_E_POLICY, "%s is part of the workspace %.*s", typed, MF_FMT(mf_buf_view(&found)));
    return mf_err_next(err, "workspaces are not supported yet: set GOWORK=off to take the module by itself");
}

/* True where a relative path of slashes stays below its start. */
static bool stays_inside(struct mf_str path)
{
    int depth = 0;
    if (path.n == 0 || path.p[0] == '/')
        return false;
    for (struct mf_str rest = path; rest.p;) {
        struct mf_str part = mf_str_cut(rest, '/', &rest);
        if (mf_str_eq(part, MF_LIT("..")))
            depth--;
        else if (part.n && !mf_str_eq(part, MF_LIT(".")))
            depth++;
        if (depth < 0)
            return false;
    }
    return depth > 0;
}

/* "./a//b/../c" as "a/c": directory handles take neither "." nor "..". */
static int clean_relative(struct mf_str path, struct mf_buf *out, struct mf_err *err)
{
    for (struct mf_str rest = path; rest.p;) {
        struct mf_str part = mf_str_cut(rest, '/', &rest);
        if (part.n == 0 || mf_str_eq(part, MF_LIT(".")))
            continue;
        if (mf_str_eq(part, MF_LIT(".."))) {
            size_t slash = mf_str_rfind(mf_buf_view(out), '/');
            mf_buf_truncate(out, slash == out->n ? 0 : slash);
            continue;
        }
        if (out->n)
            mf_buf_byte(out, '/');
        mf_buf_str(out, part);
    }
    return mf_buf_check(out, err);
}

static int load_directory_replacement(struct mf_root *root, struct mf_dir dir, const struct mf_replace *replace,
                                      struct mf_arena *arena, struct mf_err *err)
{
    struct mf_root_directory *d = &root->directories[root->directory_count];
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_BUF_INIT(4096);
    struct mf_str text;
    d->path = replace->to.path;
    if (!stays_inside(d->path)) {
        mf_err_set(err, MF_E_POLICY, "go.mod:%u: %.*s is replaced by %.*s, which is outside the project", replace->line,
                   MF_FMT(replace->from.path), MF_FMT(d->path));
        return mf_err_next(err, "move that folder into the project, or replace it by a module and version");
    }
    if (clean_relative(d->path, &name, err) < 0)
        return -1;
    mf_buf_str(&name, MF_LIT("/go.mod"));
    const char *file = mf_buf_cstr(&name);
    if (!file)
        return mf_buf_check(&name, err);
    int got = read_into(dir, file, MF_GOMOD_MAX, arena, &text, err);
    if (got < 0)
        return -1;
    if (got == 0)
        return mf_err_set(err, MF_E_GOMOD, "go.mod:%u: replacement directory %.*s does not hold a go.mod",
                          replace->line, MF_FMT(d->path));
    if (mf_gomod_parse(&d->gomod, text, MF_GOMOD_DEP, file, arena, err) < 0)
        return -1;
    root->directory_count++;
    return 0;
}

static int load_replacements(struct mf_root *root, struct mf_dir dir, struct mf_arena *arena, struct mf_err *err)
{
    const struct mf_gomod *mod = &root->gomod;
    root->directories = mf_arena_array(arena, mod->replace_count + 1, sizeof(*root->directories), err);
    if (!root->directories)
        return -1;
    for (size_t i = 0; i < mod->replace_count; i++) {
        const struct mf_replace *r = &mod->replaces[i];
        if (r->to.version.n || mf_root_directory_gomod(root, r->to.path))
            continue;
        if (load_directory_replacement(root, dir, r, arena, err) < 0)
            return -1;
    }
    return 0;
}

static int load_directory(const char *typed, const struct mf_settings *settings, struct mf_root *out,
                          struct mf_arena *arena, struct mf_err *err)
{
    MF_CLEANUP(mf_dir_release) struct mf_dir dir = MF_DIR_NONE;
    struct mf_str text;
    struct stat st;
    if (stat(typed, &st) < 0) {
        mf_err_errno(err, errno, "root %s", typed);
        err->code = MF_E_NO_GOMOD;
        return -1;
    }
    out->is_directory = true;
    if (mf_dir_open(&dir, typed, false, err) < 0 || refuse_workspace(typed, settings, err) < 0)
        return -1;
    int got = read_into(dir, "go.mod", MF_GOMOD_MAX, arena, &text, err);
    if (got < 0)
        return -1;
    if (got == 0)
        return mf_err_set(err, MF_E_NO_GOMOD, "root %s: there is no go.mod", typed);
    hex_sha256(text, out->go_mod_sha256);
    if (mf_gomod_parse(&out->gomod, text, MF_GOMOD_MAIN, "go.mod", arena, err) < 0)
        return mf_err_prefix(err, "root %s", typed);
    if (out->gomod.module.n == 0)
        return mf_err_set(err, MF_E_GOMOD, "root %s: go.mod: no module declaration", typed);
    out->module.path = out->gomod.module;
    if (mf_importpath_check(out->module.path, err) < 0)
        return mf_err_prefix(err, "root %s: go.mod", typed);
    got = read_into(dir, "go.sum", MF_GOSUM_MAX, arena, &text, err);
    if (got < 0)
        return -1;
    if (got > 0) {
        hex_sha256(text, out->go_sum_sha256);
        if (mf_gosum_add(&out->sums, text, "go.sum", arena, err) < 0)
            return mf_err_prefix(err, "root %s", typed);
    }
    if (load_replacements(out, dir, arena, err) < 0)
        return mf_err_prefix(err, "root %s", typed);
    return 0;
}

int mf_root_load(const char *typed, const struct mf_settings *settings, struct mf_root *out, struct mf_arena *arena,
                 struct mf_err *err)
{
    *out = (struct mf_root){0};
    if (mf_arena_dup(arena, mf_str(typed), &out->typed, err) < 0)
        return -1;
    if (is_at_version(typed))
        return load_module(typed, out, arena, err);
    return load_directory(typed, settings, out, arena, err);
}

struct mf_module mf_root_replacement(const struct mf_root *root, struct mf_module m)
{
    const struct mf_replace *any = NULL;
    for (size_t i = 0; i < root->gomod.replace_count; i++) {
        const struct mf_replace *r = &root->gomod.replaces[i];
        if (!mf_str_eq(r->from.path, m.path))
            continue;
        if (mf_str_eq(r->from.version, m.version))
            return r->to;
        if (r->from.version.n == 0)
            any = r;
    }
    return any ? any->to : m;
}

bool mf_root_excludes(const struct mf_root *root, struct mf_module m)
{
    for (size_t i = 0; i < root->gomod.exclude_count; i++)
        if (mf_module_eq(root->gomod.excludes[i], m))
            return true;
    return false;
}

const struct mf_gomod *mf_root_directory_gomod(const struct mf_root *root, struct mf_str path)
{
    for (size_t i = 0; i < root->directory_count; i++)
        if (mf_str_eq(root->directories[i].path, path))
            return &root->directories[i].gomod;
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

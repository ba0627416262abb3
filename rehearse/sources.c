#include "rehearse/sources.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "formats/base/encode.h"
#include "formats/gowork.h"

#define FILE_MAX (16 * MF_MIB) /* of a go.mod and its kin */

void mf_sources_release(struct mf_sources *s)
{
    free(s->list);
    free(s->given);
    mf_arena_release(&s->arena);
}

static int read_rest(int fd, const char *name, struct mf_buf *out, struct mf_err *err)
{
    size_t got;
    struct stat st;
    if (fstat(fd, &st) < 0)
        return mf_err_errno(err, errno, "open %s", name);
    if (!S_ISREG(st.st_mode))
        return mf_err_set(err, MF_E_IO, "%s is not a regular file", name);
    if (st.st_size > (off_t)FILE_MAX)
        return mf_err_set(err, MF_E_LIMIT, "%s is larger than %zu bytes", name, FILE_MAX);
    char *room = mf_buf_room(out, (size_t)st.st_size);
    if (!room)
        return mf_buf_check(out, err);
    if (mf_read_full(fd, room, (size_t)st.st_size, &got, name, err) < 0)
        return -1;
    mf_buf_grew(out, got);
    return 0;
}

int mf_sources_hash(struct mf_dir dir, const char *name, struct mf_str *text, struct mf_str *hex,
                    struct mf_arena *arena, struct mf_err *err)
{
    MF_CLEANUP(mf_fd_release) int fd = openat(dir.fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    MF_CLEANUP(mf_buf_release) struct mf_buf content = MF_BUF_INIT(FILE_MAX);
    char out[MF_HEX_SIZE(32)];
    *hex = (struct mf_str){NULL, 0};
    if (fd < 0)
        return errno == ENOENT ? 0 : mf_err_errno(err, errno, "open %s", name);
    if (read_rest(fd, name, &content, err) < 0)
        return -1;
    struct mf_digest digest = mf_sha256_of(mf_buf_view(&content));
    mf_hex(digest.b, sizeof(digest.b), out);
    if (text && mf_arena_dup(arena, mf_buf_view(&content), text, err) < 0)
        return -1;
    return mf_arena_dup(arena, mf_str(out), hex, err);
}

/* Reads the main module in `dir`. *found is false where there is no go.mod. */
static int read_module(struct mf_sources *s, struct mf_dir dir, struct mf_source *out, bool *found, struct mf_err *err)
{
    struct mf_str text = {0};
    struct mf_gomod gomod;
    if (mf_sources_hash(dir, "go.mod", &text, &out->go_mod, &s->arena, err) < 0 ||
        mf_sources_hash(dir, "go.sum", NULL, &out->go_sum, &s->arena, err) < 0)
        return -1;
    *found = out->go_mod.n > 0;
    if (!*found)
        return 0;
    /* only its path is of interest: go judges the rest */
    if (mf_gomod_parse(&gomod, text, MF_GOMOD_DEP, "go.mod", &s->arena, err) < 0)
        return -1;
    out->path = gomod.module;
    return 0;
}

static bool is_vendored(struct mf_dir dir)
{
    return faccessat(dir.fd, "vendor/modules.txt", F_OK, 0) == 0;
}

static int append(struct mf_sources *s, const struct mf_source *source, struct mf_err *err)
{
    if (mf_grow(&s->list, &s->cap, s->count + 1, sizeof(*s->list), MF_SOURCES_MAX, err) < 0)
        return -1;
    s->list[s->count++] = *source;
    return 0;
}

/* A `use` path as a name below the directory of go.work. False where it leads out
 * of it, or is absolute: a copy of the directory would still lead to the original. */
static bool clean_use(struct mf_str use, struct mf_buf *out)
{
    struct mf_str rest = use;
    if (use.n == 0 || use.p[0] == '/')
        return false;
    while (rest.p) {
        struct mf_str step = mf_str_cut(rest, '/', &rest);
        if (step.n == 0 || mf_str_eq(step, MF_LIT(".")))
            continue;
        if (mf_str_eq(step, MF_LIT(".."))) {
            if (out->n == 0)
                return false;
            size_t slash = mf_str_rfind(mf_buf_view(out), '/');
            mf_buf_truncate(out, slash < out->n ? slash : 0);
            continue;
        }
        if (out->n)
            mf_buf_byte(out, '/');
        mf_buf_str(out, step);
    }
    if (out->n == 0)
        mf_buf_byte(out, '.');
    return out->failed == MF_OK;
}

static bool is_inside(struct mf_dir top, struct mf_str use, struct mf_buf *name)
{
    MF_CLEANUP(mf_dir_release) struct mf_dir dir = MF_DIR_NONE;
    struct mf_err ignored;
    mf_buf_clear(name);
    const char *text = clean_use(use, name) ? mf_buf_cstr(name) : NULL;
    return text && mf_dir_sub(&dir, top, text, false, &ignored) == 0;
}

/* `sub` is NULL for a directory outside, which is only looked at to know its name. */
static int add_member(struct mf_sources *s, struct mf_dir top, struct mf_str use, const char *sub,
                      struct mf_source like, struct mf_err *err)
{
    MF_CLEANUP(mf_dir_release) struct mf_dir dir = MF_DIR_NONE;
    struct mf_str name, kept;
    bool found;
    if (mf_arena_dup(&s->arena, use, &name, err) < 0 || mf_arena_dup(&s->arena, mf_str(sub), &kept, err) < 0)
        return -1;
    dir.fd = openat(top.fd, sub ? kept.p : name.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    like.sub = kept.p;
    if (dir.fd < 0)
        return errno == ENOENT ? 0 : mf_err_errno(err, errno, "open %s", name.p);
    if (read_module(s, dir, &like, &found, err) < 0)
        return mf_err_prefix(err, "%s", name.p);
    return found ? append(s, &like, err) : 0;
}

/* Adds the workspace whose go.work lies in `path`. */
static int add_workspace(struct mf_sources *s, const char *path, struct mf_err *err)
{
    MF_CLEANUP(mf_dir_release) struct mf_dir top = MF_DIR_NONE;
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_BUF_INIT(PATH_MAX);
    struct mf_source like = {.given = s->given_count - 1};
    struct mf_str text = {0}, kept;
    struct mf_gowork work;
    if (mf_arena_dup(&s->arena, mf_str(path), &kept, err) < 0 || mf_dir_open(&top, path, false, err) < 0 ||
        mf_sources_hash(top, "go.work", &text, &like.go_work, &s->arena, err) < 0 ||
        mf_sources_hash(top, "go.work.sum", NULL, &like.go_work_sum, &s->arena, err) < 0 ||
        mf_gowork_parse(&work, text, "go.work", &s->arena, err) < 0)
        return -1;
    like.top = kept.p;
    like.vendored = is_vendored(top);
    for (size_t i = 0; i < work.use_count; i++)
        if (!is_inside(top, work.uses[i].path, &name))
            like.outside = work.uses[i].path;
    for (size_t i = 0; i < work.use_count; i++) {
        const char *sub = is_inside(top, work.uses[i].path, &name) ? mf_buf_cstr(&name) : NULL;
        if (add_member(s, top, work.uses[i].path, sub, like, err) < 0)
            return -1;
    }
    return 0;
}

/* The nearest go.work in `path` or above; cuts `path` there. */
static bool find_workspace(char *path)
{
    for (;;) {
        char file[PATH_MAX + 16];
        struct stat st;
        snprintf(file, sizeof(file), "%s/go.work", path);
        if (stat(file, &st) == 0 && S_ISREG(st.st_mode))
            return true;
        char *slash = strrchr(path, '/');
        if (!slash || !path[1])
            return false;
        slash[slash == path] = '\0';
    }
}

static int add(struct mf_sources *s, char *path, struct mf_err *err)
{
    MF_CLEANUP(mf_dir_release) struct mf_dir dir = MF_DIR_NONE;
    struct mf_source own = {.given = s->given_count - 1, .sub = "."};
    struct mf_str kept;
    bool found;
    if (mf_arena_dup(&s->arena, mf_str(path), &kept, err) < 0 || mf_dir_open(&dir, path, false, err) < 0 ||
        read_module(s, dir, &own, &found, err) < 0)
        return -1;
    own.top = kept.p;
    own.vendored = is_vendored(dir);
    if (found && append(s, &own, err) < 0)
        return -1;
    bool work = find_workspace(path);
    if (!found && !work)
        return mf_err_set(err, MF_E_NO_GOMOD, "there is no go.mod");
    return work && add_workspace(s, path, err) < 0 ? mf_err_prefix(err, "workspace %s", path) : 0;
}

int mf_sources_add(struct mf_sources *s, const char *typed, struct mf_err *err)
{
    char path[PATH_MAX];
    const char **given = realloc(s->given, (s->given_count + 1) * sizeof(*given));
    if (!given)
        return mf_err_nomem(err);
    s->given = given;
    given[s->given_count++] = typed;
    if (!realpath(typed, path)) {
        mf_err_errno(err, errno, "open %s", typed);
        return mf_err_next(err, "check the name");
    }
    return add(s, path, err) < 0 ? mf_err_prefix(err, "root %s", typed) : 0;
}

static void name_file(struct mf_buf *out, const char *name, struct mf_str wanted, struct mf_str found)
{
    if (!mf_str_eq(wanted, found))
        mf_buf_fmt(out, "%s%s%s", out->n ? ", " : "", name, found.n == 0 ? " (missing)" : wanted.n ? "" : " (new)");
}

static void name_differences(const struct mf_manifest_root *root, const struct mf_source *s, struct mf_buf *out)
{
    name_file(out, "go.mod", root->go_mod, s->go_mod);
    name_file(out, "go.sum", root->go_sum, s->go_sum);
    name_file(out, "go.work", root->go_work, s->go_work);
    name_file(out, "go.work.sum", root->go_work_sum, s->go_work_sum);
}

static int differs(const struct mf_sources *s, const struct mf_source *source, const char *names, struct mf_err *err)
{
    mf_err_set(err, MF_E_HASH, "root %s: other than when the bundle was packed: %s of %.*s", s->given[source->given],
               names, MF_FMT(source->path));
    return mf_err_next(err, "pass the directory as it was packed, or pack it again");
}

static int check_inside(const struct mf_sources *s, const struct mf_source *source, struct mf_err *err)
{
    if (source->outside.n == 0)
        return 0;
    mf_err_set(err, MF_E_POLICY, "root %s: its go.work uses %.*s, which is outside of its directory or behind a link",
               s->given[source->given], MF_FMT(source->outside));
    return mf_err_next(err, "move that module below the directory of go.work, and let go.work use a relative path");
}

int mf_sources_find(const struct mf_sources *s, const struct mf_manifest_root *root, const struct mf_source **out,
                    struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf names = MF_BUF_INIT(256);
    const struct mf_source *other = NULL;
    *out = NULL;
    for (size_t i = 0; i < s->count; i++) {
        const struct mf_source *source = &s->list[i];
        if (!mf_str_eq(source->path, root->module.path) || (source->go_work.n > 0) != (root->go_work.n > 0))
            continue;
        mf_buf_clear(&names);
        name_differences(root, source, &names);
        if (names.n == 0) {
            *out = source;
            return check_inside(s, source, err);
        }
        other = other ? other : source;
    }
    if (!other)
        return 0;
    mf_buf_clear(&names);
    name_differences(root, other, &names);
    const char *text = mf_buf_cstr(&names);
    return text ? differs(s, other, text, err) : mf_buf_check(&names, err);
}

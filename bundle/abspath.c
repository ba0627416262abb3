#include "bundle/abspath.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "formats/base/buf.h"

static void add_parts(struct mf_buf *out, struct mf_str path)
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
        mf_buf_byte(out, '/');
        mf_buf_str(out, part);
    }
}

int mf_abspath_join(struct mf_str base, struct mf_str path, struct mf_arena *arena, struct mf_str *out,
                    struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf clean = MF_BUF_INIT(MF_ABSPATH_MAX);
    if (!mf_str_starts(path, MF_LIT("/")))
        add_parts(&clean, base);
    add_parts(&clean, path);
    if (clean.n == 0)
        mf_buf_byte(&clean, '/');
    if (mf_buf_check(&clean, err) < 0)
        return mf_err_prefix(err, "path %.*s", MF_FMT(mf_str_head(path, 256)));
    return mf_arena_dup(arena, mf_buf_view(&clean), out, err);
}

static bool same_directory(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The working directory by the name that the user took to it. */
static char *working_directory(void)
{
    const char *pwd = getenv("PWD");
    if (pwd && pwd[0] == '/' && same_directory(pwd, "."))
        return strdup(pwd);
    return getcwd(NULL, 0);
}

static void free_text(char **text)
{
    free(*text);
}

int mf_abspath_of(const char *typed, struct mf_arena *arena, struct mf_str *out, struct mf_err *err)
{
    struct stat st;
    MF_CLEANUP(free_text) char *here = working_directory();
    if (!here || stat(typed, &st) < 0) {
        int number = errno;
        mf_err_errno(err, number, "open %s", typed);
        if (number == ENOENT || number == ENOTDIR || number == ENAMETOOLONG)
            err->code = MF_E_NO_GOMOD;
        return -1;
    }
    if (mf_abspath_join(mf_str(here), mf_str(typed), arena, out, err) < 0)
        return -1;
    if (same_directory(out->p, typed))
        return 0;
    /* ".." behind a link: the text leads elsewhere. */
    MF_CLEANUP(free_text) char *real = realpath(typed, NULL);
    return real ? mf_arena_dup(arena, mf_str(real), out, err) : mf_err_errno(err, errno, "%s", typed);
}

bool mf_abspath_below(struct mf_str path, struct mf_str dir, struct mf_str *rest_out)
{
    if (mf_str_eq(path, dir)) {
        *rest_out = MF_LIT(".");
        return true;
    }
    bool is_top = mf_str_eq(dir, MF_LIT("/"));
    if (!is_top && !mf_str_path_prefix(path, dir))
        return false;
    *rest_out = mf_str_from(path, is_top ? 1 : dir.n + 1);
    return true;
}

int mf_abspath_relative(struct mf_str path, struct mf_str dir, struct mf_arena *arena, struct mf_str *out,
                        struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf up = MF_BUF_INIT(2 * MF_ABSPATH_MAX);
    struct mf_str rest;
    while (!mf_abspath_below(path, dir, &rest)) {
        mf_buf_str(&up, MF_LIT("../"));
        dir = mf_abspath_dir(dir);
    }
    if (up.n && mf_str_eq(rest, MF_LIT(".")))
        mf_buf_truncate(&up, up.n - 1);
    else
        mf_buf_str(&up, rest);
    return mf_buf_check(&up, err) < 0 ? -1 : mf_arena_dup(arena, mf_buf_view(&up), out, err);
}

struct mf_str mf_abspath_dir(struct mf_str path)
{
    size_t slash = mf_str_rfind(path, '/');
    return slash == 0 ? MF_LIT("/") : mf_str_head(path, slash);
}

struct mf_str mf_abspath_base(struct mf_str path)
{
    return mf_str_from(path, mf_str_rfind(path, '/') + 1);
}

#include "cmd/targetdir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd/files.h"

/* End of the component of `path` that begins behind `at` bytes. */
static size_t component_end(const char *path, size_t at)
{
    at += strspn(path + at, "/");
    return at + strcspn(path + at, "/");
}

/* The directory that the first `n` bytes of target->path name. */
static const char *beginning(const struct mf_targetdir *target, size_t n, char out[PATH_MAX])
{
    if (n == 0)
        return target->path[0] == '/' ? "/" : ".";
    snprintf(out, PATH_MAX, "%.*s", (int)n, target->path);
    return out;
}

/* Finds what is there, and opens it where something is missing. */
static int look(struct mf_targetdir *target, struct mf_err *err)
{
    char part[PATH_MAX];
    struct stat st;
    size_t n = strlen(target->path);
    if (n >= sizeof(part))
        return mf_err_errno(err, ENAMETOOLONG, "create directory %s", target->path);
    for (size_t at = 0; at < n; at = component_end(target->path, at)) {
        if (stat(beginning(target, component_end(target->path, at), part), &st) == 0 || errno != ENOENT)
            continue;
        target->kept = at;
        target->above.fd = open(beginning(target, at, part), O_PATH | O_DIRECTORY | O_CLOEXEC);
        return target->above.fd < 0 ? mf_err_errno(err, errno, "open directory %.*s", (int)at, target->path) : 0;
    }
    target->kept = n;
    return 0;
}

int mf_targetdir_open(struct mf_targetdir *out, const char *path, struct mf_err *err)
{
    out->path = path;
    return look(out, err) < 0 ? -1 : mf_files_dir(path, true, &out->dir, err);
}

void mf_targetdir_keep(struct mf_targetdir *target)
{
    target->kept = strlen(target->path);
}

void mf_targetdir_release(struct mf_targetdir *target)
{
    char part[PATH_MAX];
    size_t n = target->path ? strlen(target->path) : 0;
    /* from the innermost one on; what is not empty stays, and what it is in */
    while (target->above.fd >= 0) {
        while (n > target->kept && target->path[n - 1] == '/')
            n--;
        if (n <= target->kept || rmdir(beginning(target, n, part)) < 0)
            break;
        while (n > target->kept && target->path[n - 1] != '/')
            n--;
    }
    mf_dir_release(&target->dir);
    mf_dir_release(&target->above);
}

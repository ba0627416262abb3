#include "rehearse/treecopy.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "formats/base/copyfd.h"

struct copying {
    struct mf_dir to;
    const struct stat *except;
    const volatile int *stop;
    unsigned depth;
};

static int copy_directory(const struct copying *c, struct mf_dir from, struct mf_err *err);

static int copy_file(const struct copying *c, int from, const struct stat *st, const char *name, struct mf_err *err)
{
    uint64_t copied;
    mode_t mode = st->st_mode & 0100 ? 0777 : 0666;
    MF_CLEANUP(mf_fd_release)
    int to = openat(c->to.fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (to < 0)
        return mf_err_errno(err, errno, "create it");
    return mf_copyfd_rest(from, to, INT64_MAX, &copied, name, err);
}

static int copy_link(const struct copying *c, struct mf_dir from, const char *name, struct mf_err *err)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(from.fd, name, target, sizeof(target) - 1);
    if (n < 0)
        return mf_err_errno(err, errno, "read the link");
    target[n] = '\0';
    return symlinkat(target, c->to.fd, name) < 0 ? mf_err_errno(err, errno, "create it") : 0;
}

static int copy_below(const struct copying *c, int from, const char *name, struct mf_err *err)
{
    MF_CLEANUP(mf_dir_release) struct mf_dir to = MF_DIR_NONE;
    struct copying below = {.except = c->except, .stop = c->stop, .depth = c->depth + 1};
    if (below.depth > MF_TREECOPY_DEPTH_MAX)
        return mf_err_set(err, MF_E_LIMIT, "more than %d directories deep", MF_TREECOPY_DEPTH_MAX);
    if (mf_dir_sub(&to, c->to, name, true, err) < 0)
        return -1;
    below.to = to;
    return copy_directory(&below, (struct mf_dir){from}, err);
}

/* O_NONBLOCK: a pipe that nobody writes to must not stop us. */
static int copy_entry(const struct copying *c, struct mf_dir from, const char *name, struct mf_err *err)
{
    struct stat st, behind;
    if (fstatat(from.fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return mf_err_errno(err, errno, "look at it");
    bool link = S_ISLNK(st.st_mode);
    if (link && (fstatat(from.fd, name, &behind, 0) < 0 || !S_ISREG(behind.st_mode)))
        return copy_link(c, from, name, err);
    if (!link && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
        return 0;
    if (S_ISDIR(st.st_mode) && st.st_dev == c->except->st_dev && st.st_ino == c->except->st_ino)
        return 0;
    MF_CLEANUP(mf_fd_release)
    int fd = openat(from.fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | (link ? 0 : O_NOFOLLOW));
    if (fd < 0 || fstat(fd, &st) < 0)
        return mf_err_errno(err, errno, "open it");
    if (S_ISDIR(st.st_mode))
        return copy_below(c, fd, name, err);
    return S_ISREG(st.st_mode) ? copy_file(c, fd, &st, name, err) : 0;
}

static int visit(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    const struct copying *c = ctx;
    (void)type;
    if (mf_err_stopped(c->stop, err) < 0)
        return -1;
    if (strcmp(entry, ".git") == 0)
        return 0;
    return copy_entry(c, parent, entry, err) < 0 ? mf_err_prefix(err, "%s", entry) : 0;
}

static int copy_directory(const struct copying *c, struct mf_dir from, struct mf_err *err)
{
    struct copying copy = *c;
    return mf_dir_each(from, ".", visit, &copy, err);
}

int mf_treecopy(struct mf_dir from, struct mf_dir to, const struct stat *except, const volatile int *stop,
                struct mf_err *err)
{
    struct copying c = {.to = to, .except = except, .stop = stop};
    return copy_directory(&c, from, err);
}

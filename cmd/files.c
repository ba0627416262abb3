#include "cmd/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "formats/base/durable.h"

/* The table's advice for MF_E_IO is about discs; a wrong name is likelier. */
static int not_opened(const char *path, struct mf_err *err)
{
    int number = errno;
    mf_err_errno(err, number, "open %s", path);
    if (number == ENOENT || number == ENOTDIR)
        mf_err_next(err, "check the name");
    return -1;
}

int mf_files_is_dir(const char *path, struct mf_err *err)
{
    struct stat st;
    if (stat(path, &st) == 0)
        return S_ISDIR(st.st_mode);
    return errno == ENOENT || errno == ENOTDIR ? 0 : mf_err_errno(err, errno, "look up %s", path);
}

int mf_files_dir(const char *path, bool create, struct mf_dir *out, struct mf_err *err)
{
    struct stat st;
    if (!create && stat(path, &st) < 0)
        return not_opened(path, err);
    return mf_dir_open(out, path, create, err);
}

int mf_files_open(const char *path, struct mf_err *err)
{
    bool standard = strcmp(path, "-") == 0;
    MF_CLEANUP(mf_fd_release)
    int fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return not_opened(standard ? "standard input" : path, err);
    if (S_ISDIR(st.st_mode))
        return mf_err_set(err, MF_E_NOT_BUNDLE, "%s is a directory", path);
    int opened = fd;
    fd = -1;
    return opened;
}

int mf_files_read(const char *path, struct mf_buf *out, struct mf_err *err)
{
    MF_CLEANUP(mf_fd_release) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0)
        return not_opened(path, err);
    return mf_files_read_rest(fd, path, out, err);
}

int mf_files_read_rest(int fd, const char *name, struct mf_buf *out, struct mf_err *err)
{
    size_t got;
    char *room = mf_buf_room(out, out->max - out->n);
    if (!room)
        return mf_buf_check(out, err);
    if (mf_read_full(fd, room, out->max - out->n, &got, name, err) < 0)
        return -1;
    mf_buf_grew(out, got);
    char more;
    if (mf_read_full(fd, &more, 1, &got, name, err) < 0)
        return -1;
    return got ? mf_err_set(err, MF_E_LIMIT, "%s is larger than %zu bytes", name, out->max) : 0;
}

int mf_files_place(const char *path, bool create, struct mf_dir *out, const char **last, struct mf_err *err)
{
    const char *slash = strrchr(path, '/');
    *last = slash ? slash + 1 : path;
    if (!**last || strcmp(*last, ".") == 0 || strcmp(*last, "..") == 0)
        return mf_err_set(err, MF_E_USAGE, "\"%s\" does not name a file", path);
    if (!slash)
        return mf_dir_open(out, ".", create, err);
    MF_CLEANUP(mf_buf_release) struct mf_buf parent = MF_BUF_INIT(4096);
    mf_buf_add(&parent, path, slash == path ? 1 : (size_t)(slash - path));
    const char *text = mf_buf_cstr(&parent);
    return text ? mf_dir_open(out, text, create, err) : mf_buf_check(&parent, err);
}

int mf_files_parent(const char *path, struct mf_dir *out, struct mf_err *err)
{
    const char *last;
    return mf_files_place(path, false, out, &last, err);
}

int mf_files_temp(const char *path, mode_t mode, struct mf_temp *out, struct mf_err *err)
{
    MF_CLEANUP(mf_dir_release) struct mf_dir parent = MF_DIR_NONE;
    struct mf_err why;
    struct stat old;
    const char *last;
    if (mf_files_place(path, false, &parent, &last, err) < 0)
        return -1;
    /* those of a run that was killed; others are none of our business */
    if (mf_dir_sweep_dead(parent, ".", &why) < 0 && why.code == MF_E_NOMEM)
        return mf_err_nomem(err);
    bool replaces = fstatat(parent.fd, last, &old, AT_SYMLINK_NOFOLLOW) == 0;
    if (replaces && !S_ISREG(old.st_mode))
        return mf_err_set(err, MF_E_USAGE, "%s exists and is not a regular file", path);
    if (mf_temp_open(out, parent, last, mode, err) < 0)
        return mf_err_prefix(err, "write %s", path);
    if (replaces && fchmod(out->fd, old.st_mode & 0777) < 0)
        return mf_err_errno(err, errno, "set the mode of %s", path);
    return 0;
}

int mf_files_write(const char *path, struct mf_str content, mode_t mode, struct mf_err *err)
{
    MF_CLEANUP(mf_temp_release) struct mf_temp temp = MF_TEMP_INIT;
    if (mf_files_temp(path, mode, &temp, err) < 0 || mf_write_full(temp.fd, content.p, content.n, path, err) < 0)
        return -1;
    return mf_durable_publish(&temp, path, err);
}

int mf_files_create(const char *path, mode_t mode, struct mf_err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0 && errno == EEXIST) {
        mf_err_set(err, MF_E_POLICY, "%s exists already and is not overwritten", path);
        return mf_err_next(err, "choose another name, or remove the file if you are sure");
    }
    return fd < 0 ? mf_err_errno(err, errno, "create %s", path) : fd;
}

int mf_files_free(int fd, const char *where, uint64_t *out, struct mf_err *err)
{
    struct statvfs fs;
    if (fstatvfs(fd, &fs) < 0)
        return mf_err_errno(err, errno, "look at the space of %s", where);
    *out = (uint64_t)fs.f_bavail * fs.f_frsize;
    return 0;
}

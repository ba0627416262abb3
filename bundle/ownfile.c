#include "bundle/ownfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

int mf_ownfile_read(struct mf_dir dir, const char *name, struct mf_buf *out, struct mf_err *err)
{
    MF_CLEANUP(mf_fd_release) int fd = openat(dir.fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    size_t got, max = out->max - 1;
    struct stat st;
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (fd < 0 || fstat(fd, &st) < 0)
        return mf_err_errno(err, errno, "open %s", name);
    if (!S_ISREG(st.st_mode))
        return mf_err_set(err, MF_E_IO, "open %s: not a regular file", name);
    size_t want = (uint64_t)st.st_size < max ? (size_t)st.st_size + 1 : max + 1;
    char *room = mf_buf_room(out, want);
    if (!room)
        return mf_buf_check(out, err);
    if (mf_read_full(fd, room, want, &got, name, err) < 0)
        return -1;
    mf_buf_grew(out, got);
    if (got > max)
        return mf_err_set(err, MF_E_LIMIT, "read %s: larger than the limit of %zu bytes", name, max);
    return 1;
}

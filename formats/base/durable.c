#include "formats/base/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int mf_durable_all(struct mf_dir d, struct mf_err *err)
{
    return syncfs(d.fd) < 0 ? mf_err_errno(err, errno, "sync the file system") : 0;
}

int mf_durable_file(int fd, const char *name, struct mf_err *err)
{
    return fsync(fd) < 0 && errno != EINVAL ? mf_err_errno(err, errno, "write %s", name) : 0;
}

int mf_durable_publish(struct mf_temp *t, const char *name, struct mf_err *err)
{
    if (mf_durable_file(t->fd, name, err) < 0)
        return -1;
    MF_CLEANUP(mf_fd_release) int parent = fcntl(t->parent.fd, F_DUPFD_CLOEXEC, 0);
    if (parent < 0)
        return mf_err_errno(err, errno, "write %s", name);
    return mf_temp_publish(t, err) < 0 ? -1 : mf_durable_file(parent, name, err);
}

int mf_durable_write(struct mf_dir d, const char *name, struct mf_str content, mode_t mode, struct mf_err *err)
{
    MF_CLEANUP(mf_temp_release) struct mf_temp t = MF_TEMP_INIT;
    if (mf_temp_open(&t, d, name, mode, err) < 0 || mf_write_full(t.fd, content.p, content.n, name, err) < 0)
        return -1;
    return mf_durable_publish(&t, name, err);
}

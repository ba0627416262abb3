#include "verify/zipspool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "formats/base/dir.h"

int mf_zipspool_open(struct mf_zipspool *s, struct mf_err *err)
{
    const char *tmp = getenv("TMPDIR");
    if (!tmp || !*tmp)
        tmp = "/tmp";
    s->fd = open(tmp, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    return s->fd < 0 ? mf_err_errno(err, errno, "make a temporary file in %s", tmp) : 0;
}

void mf_zipspool_release(struct mf_zipspool *s)
{
    mf_fd_release(&s->fd);
}

int mf_zipspool_add(const struct mf_zipspool *s, const void *p, size_t n, struct mf_err *err)
{
    return mf_write_full(s->fd, p, n, "a temporary file", err);
}

int mf_zipspool_walk(const struct mf_zipspool *s, struct mf_module id, const struct mf_modzip_visitor *visitor,
                     struct mf_modzip_facts *facts_out, struct mf_err *err)
{
    return mf_modzip_walk(s->fd, id, false, visitor, facts_out, err);
}

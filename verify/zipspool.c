#include "verify/zipspool.h"

#include <stdlib.h>
#include <unistd.h>

#include "formats/base/dir.h"

/* Descriptors that are left to the rest of the program where not all can be had. */
enum { SPARE = 16 };

int mf_zipspools_make(struct mf_zipspools *s, size_t count, struct mf_err *err)
{
    *s = (struct mf_zipspools){.fds = calloc(count, sizeof(*s->fds))};
    if (!s->fds)
        return mf_err_nomem(err);
    while (s->count < count && (s->fds[s->count] = mf_temp_spool_tmp(&s->failed)) >= 0)
        s->count++;
    if (s->count == count)
        return 0;
    for (int i = 0; i < SPARE && s->count; i++)
        mf_fd_release(&s->fds[--s->count]);
    return 0;
}

void mf_zipspools_release(struct mf_zipspools *s)
{
    for (size_t i = 0; i < s->count; i++)
        mf_fd_release(&s->fds[i]);
    free(s->fds);
    *s = MF_ZIPSPOOLS_INIT;
}

int mf_zipspool_open(struct mf_zipspool *s, struct mf_zipspools *from, struct mf_err *err)
{
    if (from && from->count == 0) {
        *err = from->failed;
        return -1;
    }
    s->from = from;
    s->fd = from ? from->fds[--from->count] : mf_temp_spool_tmp(err);
    return s->fd < 0 ? -1 : 0;
}

void mf_zipspool_release(struct mf_zipspool *s)
{
    /* one that cannot be emptied would be read as the next zip's end */
    if (s->fd >= 0 && s->from && ftruncate(s->fd, 0) == 0 && lseek(s->fd, 0, SEEK_SET) == 0) {
        s->from->fds[s->from->count++] = s->fd;
        s->fd = -1;
    }
    mf_fd_release(&s->fd);
}

int mf_zipspool_add(const struct mf_zipspool *s, const void *p, size_t n, struct mf_err *err)
{
    return mf_write_full(s->fd, p, n, "a temporary file", err);
}

int mf_zipspool_walk(const struct mf_zipspool *s, struct mf_module id, const struct mf_modzip_visitor *visitor,
                     struct mf_modzip_facts *facts_out, struct mf_err *err)
{
    return mf_modzip_walk(s->fd, id, MF_MODZIP_SHA256, visitor, facts_out, err);
}

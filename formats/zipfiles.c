#include "formats/zipfiles.h"

#include <errno.h>
#include <stdlib.h>

#include "formats/base/dir.h"

static int by_name(const void *a, const void *b)
{
    return mf_str_cmp((*(const struct mf_zipdir_entry *const *)a)->name,
                      (*(const struct mf_zipdir_entry *const *)b)->name);
}

int mf_zipfiles_open(struct mf_zipfiles *z, int fd, struct mf_module id, struct mf_err *err)
{
    struct stat st;
    z->fd = fd;
    mf_buf_fmt(&z->name, "%.*s@%.*s/", MF_FMT(id.path), MF_FMT(id.version));
    z->prefix = z->name.n;
    if (mf_buf_check(&z->name, err) < 0)
        return -1;
    if (fstat(fd, &st) < 0)
        return mf_err_errno(err, errno, "read zip");
    if (mf_zipdir_read(&z->dir, fd, (uint64_t)st.st_size, err) < 0)
        return -1;
    z->sorted = calloc(z->dir.count + 1, sizeof(*z->sorted));
    if (!z->sorted)
        return mf_err_nomem(err);
    for (size_t i = 0; i < z->dir.count; i++)
        z->sorted[i] = &z->dir.entries[i];
    if (z->dir.count)
        qsort(z->sorted, z->dir.count, sizeof(*z->sorted), by_name);
    return mf_zipread_new(&z->reader, fd, (uint64_t)st.st_size, err);
}

void mf_zipfiles_release(struct mf_zipfiles *z)
{
    mf_fd_release(&z->fd);
    mf_zipdir_release(&z->dir);
    mf_zipread_free(&z->reader);
    mf_buf_release(&z->name);
    free(z->sorted);
    *z = MF_ZIPFILES_INIT;
}

const struct mf_zipdir_entry *mf_zipfiles_find(struct mf_zipfiles *z, struct mf_str file)
{
    mf_buf_truncate(&z->name, z->prefix);
    mf_buf_str(&z->name, file);
    if (z->name.failed)
        return NULL;
    const struct mf_zipdir_entry wanted = {.name = mf_buf_view(&z->name)}, *key = &wanted;
    const struct mf_zipdir_entry **found =
        z->dir.count ? bsearch(&key, z->sorted, z->dir.count, sizeof(*z->sorted), by_name) : NULL;
    return found ? *found : NULL;
}

static int append(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    mf_buf_add(ctx, p, n);
    return mf_buf_check(ctx, err);
}

int mf_zipfiles_read(struct mf_zipfiles *z, const struct mf_zipdir_entry *e, struct mf_buf *out, struct mf_err *err)
{
    if (e->size > out->max - out->n)
        return mf_err_set(err, MF_E_LIMIT, "%.*s has %llu bytes, more than are asked for", MF_FMT(e->name),
                          (unsigned long long)e->size);
    return mf_zipread_entry(z->reader, e, append, out, err);
}

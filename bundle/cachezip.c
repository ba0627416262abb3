#include "bundle/cachezip.h"

#include <errno.h>
#include <fcntl.h>

#include "formats/base/copyfd.h"

/* Failures that speak of the cache's zip, not of this run. */
static bool is_verdict(enum mf_code code)
{
    return code == MF_E_MODZIP || code == MF_E_DAMAGED || code == MF_E_TRUNCATED || code == MF_E_LIMIT ||
           code == MF_E_HASH;
}

/* Opens the zip in the cache; *fd_out is -1 where that cannot be done. */
static int open_cached(struct mf_dir cache, struct mf_module m, int *fd_out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(4096);
    struct mf_err ignored;
    *fd_out = -1;
    if (mf_store_name(m, MF_FILE_ZIP, &b, err) < 0)
        return -1;
    const char *name = mf_buf_cstr(&b);
    if (!name)
        return mf_buf_check(&b, err);
    *fd_out = mf_dir_open_file(cache, name, NULL, &ignored);
    return 0;
}

/* Copies and hashes: 1 where it is what go.sum says. */
static int copy_checked(int from, const struct mf_gosum *sums, struct mf_module m, int to,
                        struct mf_modzip_facts *facts, struct mf_err *err)
{
    struct mf_err why = {0};
    uint64_t size;
    if (mf_copyfd_rest(from, to, MF_MODZIP_MAX, &size, "a zip of the module cache", &why) < 0 ||
        mf_modzip_walk(to, m, MF_MODZIP_SHA256, NULL, facts, &why) < 0) {
        if (is_verdict(why.code))
            return 0;
        *err = why;
        return -1;
    }
    return mf_gosum_check(sums, m, false, mf_str(facts->h1), NULL) == MF_GOSUM_MATCH;
}

int mf_cachezip_take(struct mf_dir gomodcache_download, const struct mf_gosum *sums, struct mf_module m,
                     const struct mf_store *store, struct mf_err *err)
{
    MF_CLEANUP(mf_temp_release) struct mf_temp temp = MF_TEMP_INIT;
    MF_CLEANUP(mf_fd_release) int from = -1;
    MF_CLEANUP(mf_fd_release) int copy = -1;
    struct mf_modzip_facts facts;
    if (mf_gosum_check(sums, m, false, MF_LIT(""), NULL) == MF_GOSUM_ABSENT)
        return 0;
    if (open_cached(gomodcache_download, m, &from, err) < 0)
        return -1;
    if (from < 0)
        return 0;
    if (mf_store_temp_zip(store, m, &temp, err) < 0)
        return -1;
    int rc = copy_checked(from, sums, m, temp.fd, &facts, err);
    if (rc <= 0)
        return rc;
    copy = fcntl(temp.fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0)
        return mf_err_errno(err, errno, "store: keep a zip of the module cache");
    if (mf_temp_publish(&temp, err) < 0 || mf_store_proof_write(store, m, copy, &facts, err) < 0)
        return -1;
    return 1;
}

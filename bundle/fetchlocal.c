#include "bundle/fetchlocal.h"

#include "bundle/moduleinfo.h"

static int look_for_zip(const struct mf_store *store, struct mf_module m, struct mf_err *err)
{
    bool missing;
    struct mf_err why;
    MF_CLEANUP(mf_fd_release) int fd = mf_store_open_zip(store, m, &missing, &why);
    if (fd >= 0 || missing)
        return fd >= 0;
    *err = why;
    return -1;
}

int mf_fetchlocal_store(const struct mf_store *store, const struct mf_fetchrequest *what, struct mf_buf *body,
                        struct mf_err *err)
{
    struct mf_err why;
    if (what->kind == MF_FILE_ZIP)
        return look_for_zip(store, what->module, err);
    *body = MF_BUF_INIT((size_t)mf_fetchrequest_limit(what));
    int held = mf_store_read(store, what->module, what->kind, body, err);
    if (held <= 0 || what->kind == MF_FILE_MOD ||
        mf_moduleinfo_check(mf_buf_view(body), what->module.version, &why) == 0)
        return held;
    if (why.code == MF_E_NOMEM) {
        *err = why;
        return -1;
    }
    return mf_store_forget(store, what->module, what->kind, err);
}

int mf_fetchlocal_held(const struct mf_held *held, const struct mf_fetchrequest *what, struct mf_buf *body,
                       struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_BUF_INIT(16 * MF_KIB);
    struct mf_held_files files;
    if (what->kind != MF_FILE_MOD)
        return 0;
    /* The same check as on the way to a proxy. */
    if (mf_store_name(what->module, what->kind, &name, err) < 0 || held->look(held->ctx, what->module, &files, err) < 0)
        return -1;
    if (!files.mod)
        return 0;
    *body = MF_BUF_INIT((size_t)mf_fetchrequest_limit(what));
    return held->mod(held->ctx, what->module, body, err) < 0 ? -1 : 1;
}

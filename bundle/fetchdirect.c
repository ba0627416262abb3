#include <errno.h>

#include "bundle/fetchrun.h"

static enum mf_direct_question question_of(const struct mf_fetchrequest *what)
{
    if (what->asks)
        return what->question == MF_ASK_LIST     ? MF_DIRECT_LIST
               : what->question == MF_ASK_LATEST ? MF_DIRECT_LATEST
                                                 : MF_DIRECT_INFO;
    return what->kind == MF_FILE_INFO ? MF_DIRECT_INFO : what->kind == MF_FILE_MOD ? MF_DIRECT_MOD : MF_DIRECT_ZIP;
}

/* The proxy that a go-import line names, parsed once; NULL with the error set. */
static const struct mf_proxy *find_named(struct mf_fetch *f, struct mf_str url, struct mf_err *err)
{
    struct mf_fetchrun_named *n = f->named;
    while (n && !mf_str_eq(n->url, url))
        n = n->next;
    if (n)
        return &n->proxy;
    n = mf_arena_alloc(&f->arena, sizeof(*n), err);
    if (!n || mf_arena_dup(&f->arena, url, &n->url, err) < 0)
        return NULL;
    if (mf_proxies_parse_url("go-import", n->url, &n->proxy, &f->arena, err) < 0) {
        err->code = err->code == MF_E_USAGE ? MF_E_UPSTREAM : err->code;
        return NULL;
    }
    n->next = f->named;
    f->named = n;
    return &n->proxy;
}

/* A zip of which the size is asked for has to be made: so it is kept. */
static int keep_direct(struct mf_fetchrun_request *r, struct mf_str content, struct mf_err *err)
{
    struct stat st;
    if (r->what.asks)
        return 0;
    if (r->what.kind != MF_FILE_ZIP)
        return mf_store_write(r->fetch->options.store, r->what.module, r->what.kind, content, err);
    if (fstat(r->temp.fd, &st) < 0)
        return mf_err_errno(err, errno, "look at a zip");
    r->transfer.length = (uint64_t)st.st_size;
    return mf_temp_publish(&r->temp, err);
}

/* 1 where it is done, 0 where a proxy was asked instead, -1. */
static int try_direct(struct mf_fetchrun_request *r, struct mf_direct_answer *answer, struct mf_err *err)
{
    struct mf_fetch *f = r->fetch;
    struct mf_buf name = MF_BUF_INIT(MF_FETCHRUN_URL_MAX);
    /* a repository has branches that no proxy can be asked for, such as feature/x */
    int rc = r->what.asks ? mf_modpath_check(r->what.module.path, err) : mf_fetchrequest_name(&r->what, &name, err);
    mf_buf_release(&name);
    if (rc < 0)
        return -1;
    if (!f->options.direct)
        return mf_err_set(err, MF_E_UNSUPPORTED, "fetching without a proxy is not possible here");
    mf_temp_release(&r->temp);
    r->temp = MF_TEMP_INIT;
    if (!r->what.asks && r->what.kind == MF_FILE_ZIP &&
        mf_store_temp_zip(f->options.store, r->what.module, &r->temp, err) < 0)
        return -1;
    f->stats.requests++;
    if (mf_direct_ask(f->options.direct, question_of(&r->what), r->what.module, r->temp.fd, answer, err) < 0)
        return -1;
    if (!answer->proxy.n)
        return keep_direct(r, answer->content, err) < 0 ? -1 : 1;
    r->instead = find_named(f, answer->proxy, err);
    return r->instead ? mf_fetchask_send(r, r->instead, err) : -1;
}

void mf_fetchdirect_serve(struct mf_fetchrun_request *r)
{
    struct mf_direct_answer answer = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
    struct mf_err err = {0};
    r->what.direct = true;
    int rc = try_direct(r, &answer, &err);
    r->from_repository = rc > 0;
    if (rc > 0) {
        mf_fetchrun_deliver(r, answer.content, answer.source);
    } else if (rc < 0 && err.code >= MF_E_IO) {
        mf_err_prefix(&err, "%.*s@%.*s", MF_FMT(r->what.module.path), MF_FMT(r->what.module.version));
        mf_fetchrun_fail(r, &err);
    } else if (rc < 0) {
        mf_fetchnotes_add(&r->notes, MF_LIT("direct"), err.text);
        if (err.code != MF_E_NOT_FOUND)
            mf_fetchnotes_code(&r->notes, err.code, err.next);
        mf_fetchrun_give_up(r);
    }
}

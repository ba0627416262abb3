#include <unistd.h>

#include "bundle/fetchrun.h"
#include "bundle/httpstatus.h"
#include "bundle/moduleinfo.h"

static void on_done(void *ctx, struct mf_transfer *t);

int mf_fetchask_send(struct mf_fetchrun_request *r, const struct mf_proxy *proxy, struct mf_err *err)
{
    struct mf_fetch *f = r->fetch;
    mf_buf_clear(&r->url);
    mf_buf_str(&r->url, proxy->url);
    mf_buf_byte(&r->url, '/');
    if (mf_fetchrequest_name(&r->what, &r->url, err) < 0)
        return -1;
    const char *url = mf_buf_cstr(&r->url);
    if (!url)
        return mf_buf_check(&r->url, err);
    mf_temp_release(&r->temp);
    r->temp = MF_TEMP_INIT;
    if (r->what.kind == MF_FILE_ZIP && !r->what.size_only &&
        mf_store_temp_zip(f->options.store, r->what.module, &r->temp, err) < 0)
        return -1;
    mf_buf_release(&r->transfer.body);
    r->transfer = (struct mf_transfer){
        .url = url, .limit = mf_fetchrequest_limit(&r->what), .fd = r->temp.fd, .done = on_done, .ctx = r};
    r->transfer.head_only = r->what.size_only;
    r->transfer.whole = r->what.whole;
    r->transfer.entry = r->instead ? 0 : mf_proxies_number(f->options.proxies, r->proxy);
    if (mf_transport_submit(f->options.transport, &r->transfer, err) < 0)
        return -1;
    f->stats.requests++;
    mf_fetchrun_append(&f->flight, r);
    f->in_flight++;
    return 0;
}

/* Whether the entry r->proxy is to be asked. One that no connection could be made
 * to is passed over, where another one may be. */
static bool may_be_asked(struct mf_fetchrun_request *r, enum mf_proxy_way way)
{
    const struct mf_proxy *proxy = &r->fetch->options.proxies->list[r->proxy];
    const bool unreachable = way == MF_WAY_PROXY && r->fetch->unreachable[r->proxy];
    if (unreachable)
        mf_fetchnotes_add(&r->notes, proxy->shown, "not asked again, no connection could be made before");
    if (unreachable && r->what.asks)
        mf_fetchnotes_code(&r->notes, MF_E_NETWORK, "");
    if (way == MF_WAY_NONE && r->what.asks)
        mf_fetchnotes_add(&r->notes, proxy->shown, "not asked, by GONOPROXY");
    return way != MF_WAY_NONE && !unreachable;
}

/* Nothing that follows "off" is asked. */
static void ask_nobody(struct mf_fetchrun_request *r)
{
    struct mf_err err = {0};
    if (r->notes.asked) {
        mf_fetchnotes_add(&r->notes, MF_LIT("off"), "nothing more is asked");
        mf_fetchrun_give_up(r);
        return;
    }
    mf_fetchrequest_refuse(&r->what, MF_E_OFFLINE, "module lookup is disabled by GOPROXY=off", &err);
    mf_fetchrun_fail(r, &err);
}

void mf_fetchask_next(struct mf_fetchrun_request *r)
{
    struct mf_fetch *f = r->fetch;
    const struct mf_proxies *proxies = f->options.proxies;
    struct mf_err err = {0};
    for (; r->proxy < proxies->count; r->proxy++) {
        const enum mf_proxy_way way = mf_fetch_way(f, r->proxy, r->what.module.path);
        if (way == MF_WAY_OFF) {
            ask_nobody(r);
            return;
        }
        if (!may_be_asked(r, way)) {
            if (r->what.asks)
                break;
            continue;
        }
        if (way == MF_WAY_DIRECT)
            mf_fetchrun_append(&f->direct, r);
        else if (mf_fetchask_send(r, &proxies->list[r->proxy], &err) < 0)
            mf_fetchrun_fail(r, &err);
        return;
    }
    mf_fetchrun_give_up(r);
}

static bool is_local(enum mf_code code)
{
    return code >= MF_E_IO && code <= MF_E_BUSY;
}

/* A page of somebody between us and the proxy, such as one to log in. */
static bool is_page(const struct mf_fetchrun_request *r)
{
    char start[64];
    ssize_t n = r->temp.fd >= 0 ? pread(r->temp.fd, start, sizeof(start), 0) : 0;
    struct mf_str text = n > 0 ? (struct mf_str){start, (size_t)n} : mf_buf_view(&r->transfer.body);
    text = mf_str_trim(text);
    return r->transfer.html && text.n && text.p[0] == '<';
}

/* Keeps what arrived. Returns 1 where it is no use, with the reason in err. */
static int keep(struct mf_fetchrun_request *r, struct mf_err *err)
{
    const struct mf_str body = mf_buf_view(&r->transfer.body);
    if (r->what.asks || r->what.size_only)
        return 0;
    if (is_page(r)) {
        mf_err_set(err, MF_E_UPSTREAM, "the answer is a web page (text/html) instead of a module's file");
        mf_err_next(
            err, "open that URL in a browser: perhaps a proxy on the way wants a login, or GOPROXY has a wrong path");
        return 1;
    }
    if (r->what.kind == MF_FILE_ZIP)
        return mf_temp_publish(&r->temp, err);
    if (r->what.kind == MF_FILE_INFO && mf_moduleinfo_check(body, r->what.module.version, err) < 0)
        return err->code == MF_E_UPSTREAM ? 1 : -1;
    return mf_store_write(r->fetch->options.store, r->what.module, r->what.kind, body, err);
}

static void note_failure(struct mf_fetchrun_request *r, const struct mf_proxy *proxy, const struct mf_err *why,
                         bool not_found)
{
    const struct mf_transfer *t = &r->transfer;
    const struct mf_proxies *proxies = r->fetch->options.proxies;
    char text[MF_HTTPSTATUS_SIZE], next[MF_HTTPSTATUS_SIZE];
    const bool answered = t->outcome == MF_TRANSFER_STATUS;
    if (answered) {
        mf_httpstatus_text(t, text);
        mf_httpstatus_next(t, next);
    }
    mf_fetchnotes_add(&r->notes, proxy->shown, answered ? text : why->text);
    const bool passed_over = t->unreachable && proxy->falls_through && r->proxy + 1 < proxies->count;
    if (passed_over)
        r->fetch->unreachable[r->proxy] = true;
    if (!not_found && (!passed_over || r->what.asks))
        mf_fetchnotes_code(&r->notes, answered ? MF_E_UPSTREAM : why->code, answered ? next : why->next);
}

static void judge(struct mf_fetchrun_request *r)
{
    const struct mf_transfer *t = &r->transfer;
    const struct mf_proxy *proxy = r->instead ? r->instead : &r->fetch->options.proxies->list[r->proxy];
    const bool not_found = t->outcome == MF_TRANSFER_STATUS && (t->status == 404 || t->status == 410);
    struct mf_err err = t->error;
    if (t->outcome == MF_TRANSFER_OK) {
        int rc = keep(r, &err);
        if (rc == 0) {
            mf_fetchrun_deliver(r, mf_buf_view(&t->body), proxy->shown);
            return;
        }
        if (rc < 0) {
            mf_fetchrun_fail(r, &err);
            return;
        }
    } else if (t->outcome != MF_TRANSFER_STATUS && is_local(err.code)) {
        mf_err_prefix(&err, "%.*s@%.*s: fetch %s", MF_FMT(r->what.module.path), MF_FMT(r->what.module.version),
                      mf_fetchrequest_kind(r->what.kind));
        mf_fetchrun_fail(r, &err);
        return;
    }
    note_failure(r, proxy, &err, not_found);
    if (r->what.asks || (!not_found && !proxy->falls_through)) {
        mf_fetchrun_give_up(r);
        return;
    }
    r->instead = NULL;
    r->proxy++;
    mf_fetchask_next(r);
}

static void on_done(void *ctx, struct mf_transfer *t)
{
    struct mf_fetchrun_request *r = ctx;
    struct mf_fetch *f = r->fetch;
    mf_fetchrun_remove(&f->flight, r);
    f->in_flight--;
    f->stats.bytes += t->received;
    judge(r);
    mf_fetchrun_refill(f);
}

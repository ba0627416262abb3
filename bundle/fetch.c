#include "bundle/fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bundle/fetchlocal.h"
#include "bundle/fetchnotes.h"
#include "bundle/moduleinfo.h"

/* WINDOW bounds the temporaries that are open at once; the transport may have
 * fewer of them in flight. */
enum { WINDOW = 64, URL_MAX = 16 * 1024 };

struct request {
    struct mf_fetch *fetch;
    struct mf_fetchrequest what;
    mf_fetch_done *done;
    void *ctx;
    size_t proxy; /* index of the entry asked now */
    struct mf_transfer transfer;
    struct mf_buf url;
    struct mf_temp temp; /* where a zip goes */
    struct mf_fetchnotes notes;
    struct request *next, *previous; /* in queue or in flight */
};

struct list {
    struct request *first, *last;
};

struct mf_fetch {
    struct mf_fetch_options options;
    struct mf_fetch_stats stats;
    struct list queue, flight;
    size_t in_flight;
    bool *unreachable; /* of each entry of GOPROXY: no connection could be made */
    bool failed;
    struct mf_err failure; /* where failed */
};

static void list_append(struct list *l, struct request *r)
{
    r->next = NULL;
    r->previous = l->last;
    *(l->last ? &l->last->next : &l->first) = r;
    l->last = r;
}

static void list_remove(struct list *l, struct request *r)
{
    *(r->previous ? &r->previous->next : &l->first) = r->next;
    *(r->next ? &r->next->previous : &l->last) = r->previous;
}

static void request_free(struct request *r)
{
    mf_buf_release(&r->transfer.body);
    mf_buf_release(&r->url);
    mf_temp_release(&r->temp);
    free(r);
}

static void drop_all(struct mf_fetch *f)
{
    while (f->queue.first) {
        struct request *r = f->queue.first;
        list_remove(&f->queue, r);
        request_free(r);
    }
    while (f->flight.first) {
        struct request *r = f->flight.first;
        list_remove(&f->flight, r);
        request_free(r);
    }
    f->in_flight = 0;
}

int mf_fetch_new(struct mf_fetch **out, const struct mf_fetch_options *options, struct mf_err *err)
{
    struct mf_fetch *f = calloc(1, sizeof(*f));
    bool *unreachable = calloc(options->proxies->count, sizeof(*unreachable));
    if (!f || !unreachable) {
        free(f);
        free(unreachable);
        return mf_err_nomem(err);
    }
    f->options = *options;
    f->unreachable = unreachable;
    *out = f;
    return 0;
}

void mf_fetch_free(struct mf_fetch **f)
{
    if (!*f)
        return;
    drop_all(*f);
    free((*f)->unreachable);
    free(*f);
    *f = NULL;
}

struct mf_fetch_stats mf_fetch_stats(const struct mf_fetch *f)
{
    return f->stats;
}

bool mf_fetch_passed_over(const struct mf_fetch *f, size_t proxy)
{
    return f->unreachable[proxy];
}

const struct mf_fetch_options *mf_fetch_options(const struct mf_fetch *f)
{
    return &f->options;
}

/* Queues a copy of what is set in `wanted`. */
static int queue(struct mf_fetch *f, const struct request *wanted, struct mf_err *err)
{
    struct request *r = malloc(sizeof(*r));
    if (!r)
        return mf_err_nomem(err);
    *r = *wanted;
    r->fetch = f;
    r->url = MF_BUF_INIT(URL_MAX);
    r->temp = MF_TEMP_INIT;
    list_append(&f->queue, r);
    return 0;
}

int mf_fetch_add(struct mf_fetch *f, struct mf_module m, enum mf_file_kind kind, mf_fetch_done *done, void *ctx,
                 struct mf_err *err)
{
    struct request r = {.what = {.module = m, .kind = kind}, .done = done, .ctx = ctx};
    return queue(f, &r, err);
}

int mf_fetch_again(struct mf_fetch *f, struct mf_module m, mf_fetch_done *done, void *ctx, struct mf_err *err)
{
    struct request r = {.what = {.module = m, .kind = MF_FILE_ZIP, .whole = true}, .done = done, .ctx = ctx};
    return queue(f, &r, err);
}

int mf_fetch_ask(struct mf_fetch *f, size_t proxy, struct mf_module m, enum mf_fetch_question what, mf_fetch_done *done,
                 void *ctx, struct mf_err *err)
{
    struct request r = {.what = {.module = m, .asks = true, .question = what, .kind = MF_FILE_INFO},
                        .done = done,
                        .ctx = ctx,
                        .proxy = proxy};
    return queue(f, &r, err);
}

int mf_fetch_size(struct mf_fetch *f, struct mf_module m, mf_fetch_done *done, void *ctx, struct mf_err *err)
{
    struct request r = {.what = {.module = m, .kind = MF_FILE_ZIP, .size_only = true}, .done = done, .ctx = ctx};
    return queue(f, &r, err);
}

void mf_fetch_forget(struct mf_fetch *f, struct mf_module m, enum mf_file_kind kind)
{
    struct mf_err ignored;
    if (!f->options.held)
        (void)mf_store_forget(f->options.store, m, kind, &ignored);
}

/* --- results --- */

static void fail_run(struct mf_fetch *f, const struct mf_err *why)
{
    if (!f->failed)
        f->failure = *why;
    f->failed = true;
    mf_transport_cancel(f->options.transport);
}

/* Tells whoever watches where a file came from. */
static void tell(const struct request *r, const struct mf_fetched *result)
{
    const struct mf_watch *watch = r->fetch->options.watch;
    struct mf_watch_file file = {.what = mf_fetchrequest_what(&r->what),
                                 .module = r->what.module,
                                 .transfer = r->transfer.id,
                                 .size = UINT64_MAX,
                                 .failed = result->error.code};
    if (!watch)
        return;
    if (result->ok && !result->source.n) {
        file.source = MF_WATCH_STORE;
        file.size = result->content.n ? result->content.n : UINT64_MAX;
    } else if (result->ok) {
        file.source = MF_WATCH_PROXY;
        file.from = result->source;
        file.entry = r->transfer.entry;
        file.size = r->what.size_only ? r->transfer.length : r->transfer.received;
    }
    watch->file(watch->ctx, &file);
}

/* Calls back and forgets the request, which is in neither list. */
static void deliver(struct request *r, const struct mf_fetched *result)
{
    struct mf_fetch *f = r->fetch;
    tell(r, result);
    struct mf_err err = {0};
    const bool go_on = !f->failed && r->done(r->ctx, result, &err) == 0;
    request_free(r);
    if (!go_on && !f->failed)
        fail_run(f, &err);
}

static struct mf_fetched result_of(const struct request *r)
{
    return (struct mf_fetched){.module = r->what.module, .kind = r->what.kind};
}

static void deliver_error(struct request *r, const struct mf_err *why)
{
    struct mf_fetched result = result_of(r);
    result.error = *why;
    deliver(r, &result);
}

static void deliver_content(struct request *r, struct mf_str content, struct mf_str source)
{
    struct mf_fetched result = result_of(r);
    result.ok = true;
    result.content = content;
    result.source = source;
    result.size = r->transfer.length;
    result.pieced = r->transfer.pieced;
    if (!source.n)
        r->fetch->stats.from_store++;
    deliver(r, &result);
}

/* --- asking one proxy after the other --- */

static void finish_failed(struct request *r)
{
    struct mf_err err = {0};
    mf_fetchrequest_refuse(&r->what, r->notes.code ? r->notes.code : MF_E_NOT_FOUND, r->notes.text, &err);
    if (r->notes.hint[0])
        mf_err_next(&err, "%s", r->notes.hint);
    deliver_error(r, &err);
}

static void on_done(void *ctx, struct mf_transfer *t);

static int send_request(struct request *r, const struct mf_proxy *proxy, struct mf_err *err)
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
    r->transfer.entry = (unsigned)r->proxy + 1;
    r->transfer.head_only = r->what.size_only;
    r->transfer.whole = r->what.whole;
    if (mf_transport_submit(f->options.transport, &r->transfer, err) < 0)
        return -1;
    f->stats.requests++;
    list_append(&f->flight, r);
    f->in_flight++;
    return 0;
}

/* Passes over entries that no connection could be made to, where another one may
 * be asked. False where there is none, or a question was for such an entry. */
static bool find_reachable(struct request *r)
{
    const struct mf_proxies *proxies = r->fetch->options.proxies;
    while (r->proxy < proxies->count) {
        const struct mf_proxy *proxy = &proxies->list[r->proxy];
        if (!r->fetch->unreachable[r->proxy])
            return true;
        mf_fetchnotes_add(&r->notes, proxy->shown, "not asked again, no connection could be made before");
        if (r->what.asks) {
            mf_fetchnotes_code(&r->notes, MF_E_NETWORK, "");
            return false;
        }
        r->proxy++;
    }
    return false;
}

/* Asks the entry r->proxy, or says how it all ended. r is in neither list. */
static void ask(struct request *r)
{
    const struct mf_proxies *proxies = r->fetch->options.proxies;
    struct mf_err err = {0};
    if (!find_reachable(r)) {
        finish_failed(r);
        return;
    }
    const struct mf_proxy *proxy = &proxies->list[r->proxy];
    const bool off = mf_str_eq(proxy->url, MF_LIT("off"));
    if (!off && !mf_str_eq(proxy->url, MF_LIT("direct"))) {
        if (send_request(r, proxy, &err) < 0)
            deliver_error(r, &err);
        return;
    }
    if (r->notes.asked) {
        mf_fetchnotes_add(&r->notes, proxy->url, off ? "nothing more is asked" : "not supported yet");
        finish_failed(r);
        return;
    }
    if (off) {
        mf_fetchrequest_refuse(&r->what, MF_E_OFFLINE, "module lookup is disabled by GOPROXY=off", &err);
    } else {
        mf_fetchrequest_refuse(&r->what, MF_E_UNSUPPORTED,
                               "GOPROXY=direct, fetching without a proxy, is not supported yet", &err);
        mf_err_next(&err, "set GOPROXY to a module proxy that has it");
    }
    deliver_error(r, &err);
}

static bool is_local(enum mf_code code)
{
    return code >= MF_E_IO && code <= MF_E_BUSY;
}

/* A page of somebody between us and the proxy, such as one to log in. */
static bool is_page(const struct request *r)
{
    char start[64];
    ssize_t n = r->temp.fd >= 0 ? pread(r->temp.fd, start, sizeof(start), 0) : 0;
    struct mf_str text = n > 0 ? (struct mf_str){start, (size_t)n} : mf_buf_view(&r->transfer.body);
    text = mf_str_trim(text);
    return r->transfer.html && text.n && text.p[0] == '<';
}

/* Keeps what arrived. Returns 1 where it is no use, with the reason in err. */
static int keep(struct request *r, struct mf_err *err)
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

static void judge(struct request *r)
{
    const struct mf_transfer *t = &r->transfer;
    const struct mf_proxy *proxy = &r->fetch->options.proxies->list[r->proxy];
    const bool not_found = t->outcome == MF_TRANSFER_STATUS && (t->status == 404 || t->status == 410);
    struct mf_err err = t->error;
    if (t->outcome == MF_TRANSFER_OK) {
        int rc = keep(r, &err);
        if (rc == 0) {
            deliver_content(r, mf_buf_view(&t->body), proxy->shown);
            return;
        }
        if (rc < 0) {
            deliver_error(r, &err);
            return;
        }
    } else if (t->outcome != MF_TRANSFER_STATUS && is_local(err.code)) {
        mf_err_prefix(&err, "%.*s@%.*s: fetch %s", MF_FMT(r->what.module.path), MF_FMT(r->what.module.version),
                      mf_fetchrequest_kind(r->what.kind));
        deliver_error(r, &err);
        return;
    }
    if (t->outcome == MF_TRANSFER_STATUS)
        mf_fetchnotes_status(&r->notes, proxy->shown, t);
    else
        mf_fetchnotes_add(&r->notes, proxy->shown, err.text);
    const bool passed_over = t->unreachable && proxy->falls_through && r->proxy + 1 < r->fetch->options.proxies->count;
    r->fetch->unreachable[r->proxy] |= passed_over;
    if (!not_found && (!passed_over || r->what.asks))
        mf_fetchnotes_code(&r->notes, t->outcome == MF_TRANSFER_STATUS ? MF_E_UPSTREAM : err.code, err.next);
    if (r->what.asks || (!not_found && !proxy->falls_through)) {
        finish_failed(r);
        return;
    }
    r->proxy++;
    ask(r);
}

/* --- store first --- */

static void begin(struct request *r)
{
    const struct mf_fetch_options *options = &r->fetch->options;
    struct mf_err err = {0};
    int held = r->what.asks || r->what.size_only ? 0
               : options->held                   ? mf_fetchlocal_held(options->held, &r->what, &r->transfer.body, &err)
                               : mf_fetchlocal_store(options->store, &r->what, &r->transfer.body, &err);
    if (held < 0) {
        deliver_error(r, &err);
    } else if (held) {
        deliver_content(r, mf_buf_view(&r->transfer.body), (struct mf_str){NULL, 0});
    } else if (options->offline) {
        mf_fetchrequest_refuse(&r->what, MF_E_OFFLINE,
                               options->held ? "it is not held" : "it is not in the store, and the network is off",
                               &err);
        deliver_error(r, &err);
    } else if (mf_modpath_match_patterns(options->noproxy, r->what.module.path)) {
        mf_fetchrequest_refuse(&r->what, MF_E_UNSUPPORTED,
                               "GONOPROXY matches it, and fetching without a proxy is not supported yet", &err);
        mf_err_next(&err, "set GONOPROXY=none and GOPROXY to a module proxy that has it");
        deliver_error(r, &err);
    } else {
        ask(r);
    }
}

static void refill(struct mf_fetch *f)
{
    while (!f->failed && f->queue.first && f->in_flight < WINDOW) {
        struct request *r = f->queue.first;
        list_remove(&f->queue, r);
        begin(r);
    }
}

static void on_done(void *ctx, struct mf_transfer *t)
{
    struct request *r = ctx;
    struct mf_fetch *f = r->fetch;
    list_remove(&f->flight, r);
    f->in_flight--;
    f->stats.bytes += t->received;
    judge(r);
    refill(f);
}

int mf_fetch_run(struct mf_fetch *f, struct mf_err *err)
{
    f->failed = false;
    refill(f);
    int rc = f->failed ? 0 : mf_transport_run(f->options.transport, err);
    if (rc == 0 && f->failed) {
        *err = f->failure;
        rc = -1;
    }
    if (rc < 0)
        drop_all(f);
    return rc;
}

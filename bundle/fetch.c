#include "bundle/fetch.h"

#include <stdlib.h>

#include "bundle/fetchlocal.h"
#include "bundle/fetchrun.h"

/* Bounds the temporaries that are open at once; the transport may have fewer of
 * them in flight. */
enum { WINDOW = 64 };

void mf_fetchrun_append(struct mf_fetchrun_list *l, struct mf_fetchrun_request *r)
{
    r->next = NULL;
    r->previous = l->last;
    *(l->last ? &l->last->next : &l->first) = r;
    l->last = r;
}

void mf_fetchrun_remove(struct mf_fetchrun_list *l, struct mf_fetchrun_request *r)
{
    *(r->previous ? &r->previous->next : &l->first) = r->next;
    *(r->next ? &r->next->previous : &l->last) = r->previous;
}

static void request_free(struct mf_fetchrun_request *r)
{
    mf_buf_release(&r->transfer.body);
    mf_buf_release(&r->url);
    mf_temp_release(&r->temp);
    free(r);
}

struct mf_fetchrun_request *mf_fetchrun_take(struct mf_fetchrun_list *l)
{
    struct mf_fetchrun_request *r = l->first;
    if (r)
        mf_fetchrun_remove(l, r);
    return r;
}

static void drop_all(struct mf_fetch *f)
{
    struct mf_fetchrun_list *const all[] = {&f->queue, &f->flight, &f->direct};
    for (size_t i = 0; i < MF_COUNT(all); i++)
        for (struct mf_fetchrun_request *r; (r = mf_fetchrun_take(all[i]));)
            request_free(r);
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
    f->arena = MF_ARENA_INIT(64 * MF_MIB);
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
    mf_arena_release(&(*f)->arena);
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

enum mf_proxy_way mf_fetch_way(const struct mf_fetch *f, size_t proxy, struct mf_str path)
{
    return mf_proxies_way(&f->options.proxies->list[proxy], f->options.noproxy, path);
}

const struct mf_fetch_options *mf_fetch_options(const struct mf_fetch *f)
{
    return &f->options;
}

/* Queues a copy of what is set in `wanted`. */
static int queue(struct mf_fetch *f, const struct mf_fetchrun_request *wanted, struct mf_err *err)
{
    struct mf_fetchrun_request *r = malloc(sizeof(*r));
    if (!r)
        return mf_err_nomem(err);
    *r = *wanted;
    r->fetch = f;
    r->url = MF_BUF_INIT(MF_FETCHRUN_URL_MAX);
    r->temp = MF_TEMP_INIT;
    mf_fetchrun_append(&f->queue, r);
    return 0;
}

int mf_fetch_add(struct mf_fetch *f, struct mf_module m, enum mf_file_kind kind, mf_fetch_done *done, void *ctx,
                 struct mf_err *err)
{
    struct mf_fetchrun_request r = {.what = {.module = m, .kind = kind}, .done = done, .ctx = ctx};
    return queue(f, &r, err);
}

int mf_fetch_again(struct mf_fetch *f, struct mf_module m, mf_fetch_done *done, void *ctx, struct mf_err *err)
{
    struct mf_fetchrun_request r = {
        .what = {.module = m, .kind = MF_FILE_ZIP, .whole = true}, .done = done, .ctx = ctx};
    return queue(f, &r, err);
}

int mf_fetch_ask(struct mf_fetch *f, size_t proxy, struct mf_module m, enum mf_fetch_question what, mf_fetch_done *done,
                 void *ctx, struct mf_err *err)
{
    struct mf_fetchrun_request r = {.what = {.module = m, .asks = true, .question = what, .kind = MF_FILE_INFO},
                                    .done = done,
                                    .ctx = ctx,
                                    .proxy = proxy};
    return queue(f, &r, err);
}

int mf_fetch_size(struct mf_fetch *f, struct mf_module m, mf_fetch_done *done, void *ctx, struct mf_err *err)
{
    struct mf_fetchrun_request r = {
        .what = {.module = m, .kind = MF_FILE_ZIP, .size_only = true}, .done = done, .ctx = ctx};
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
static void tell(const struct mf_fetchrun_request *r, const struct mf_fetched *result)
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
        file.source = r->from_repository ? MF_WATCH_REPOSITORY : MF_WATCH_PROXY;
        file.from = result->source;
        file.entry = r->transfer.entry;
        file.size = r->what.size_only ? r->transfer.length : r->transfer.received;
    }
    watch->file(watch->ctx, &file);
}

/* Calls back and forgets the request, which is in neither list. */
static void deliver(struct mf_fetchrun_request *r, const struct mf_fetched *result)
{
    struct mf_fetch *f = r->fetch;
    tell(r, result);
    struct mf_err err = {0};
    const bool go_on = !f->failed && r->done(r->ctx, result, &err) == 0;
    request_free(r);
    if (!go_on && !f->failed)
        fail_run(f, &err);
}

static struct mf_fetched result_of(const struct mf_fetchrun_request *r)
{
    return (struct mf_fetched){.module = r->what.module, .kind = r->what.kind};
}

void mf_fetchrun_fail(struct mf_fetchrun_request *r, const struct mf_err *why)
{
    struct mf_fetched result = result_of(r);
    result.error = *why;
    deliver(r, &result);
}

void mf_fetchrun_deliver(struct mf_fetchrun_request *r, struct mf_str content, struct mf_str source)
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

void mf_fetchrun_give_up(struct mf_fetchrun_request *r)
{
    struct mf_err err = {0};
    mf_fetchnotes_refuse(&r->notes, &r->what, &err);
    mf_fetchrun_fail(r, &err);
}

/* --- store first --- */

static void begin(struct mf_fetchrun_request *r)
{
    const struct mf_fetch_options *options = &r->fetch->options;
    struct mf_err err = {0};
    int held = r->what.asks || r->what.size_only ? 0
               : options->held                   ? mf_fetchlocal_held(options->held, &r->what, &r->transfer.body, &err)
                               : mf_fetchlocal_store(options->store, &r->what, &r->transfer.body, &err);
    if (held < 0) {
        mf_fetchrun_fail(r, &err);
    } else if (held) {
        mf_fetchrun_deliver(r, mf_buf_view(&r->transfer.body), (struct mf_str){NULL, 0});
    } else if (options->offline) {
        mf_fetchrequest_refuse(&r->what, MF_E_OFFLINE,
                               options->held ? "it is not held" : "it is not in the store, and the network is off",
                               &err);
        mf_fetchrun_fail(r, &err);
    } else {
        mf_fetchask_next(r);
    }
}

void mf_fetchrun_refill(struct mf_fetch *f)
{
    while (!f->failed && f->queue.first && f->in_flight < WINDOW) {
        struct mf_fetchrun_request *r = f->queue.first;
        mf_fetchrun_remove(&f->queue, r);
        begin(r);
    }
}

int mf_fetch_run(struct mf_fetch *f, struct mf_err *err)
{
    f->failed = false;
    int rc = 0;
    do {
        mf_fetchrun_refill(f);
        rc = f->failed ? 0 : mf_transport_run(f->options.transport, err);
        for (struct mf_fetchrun_request *r;
             rc == 0 && !f->failed && !f->flight.first && (r = mf_fetchrun_take(&f->direct));)
            mf_fetchdirect_serve(r);
    } while (rc == 0 && !f->failed && (f->queue.first || f->flight.first || f->direct.first));
    if (rc == 0 && f->failed) {
        *err = f->failure;
        rc = -1;
    }
    if (rc < 0)
        drop_all(f);
    return rc;
}

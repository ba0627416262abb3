#include "bundle/net/transport.h"

#include <signal.h>
#include <sodium.h>
#include <stdlib.h>

#include "bundle/net/filetransfer.h"
#include "bundle/net/httpwatch.h"
#include "bundle/net/transferqueue.h"
#include "formats/base/clock.h"

enum {
    POLL_MS = 200,
    TRIES = 6,
    TRIES_UNREACHABLE = 3,
    BACKOFF_MS = 250,
    WAIT_MAX_MS = 30000,
    RETRY_SECONDS = 300,
    PARTS_MAX = 1000, /* tries that brought a part of the body */
    CONNECT_SECONDS = 30,
    ANSWER_SECONDS = 60,
    STALL_SECONDS = 60,
};

struct slot {
    struct mf_httptransfer http;
    struct mf_queued *item; /* NULL while idle */
};

struct mf_transport {
    struct mf_httpcommon common;
    CURLM *multi;
    bool curl_ready;
    struct mf_transferqueue queue;
    struct slot *slots; /* options.parallel */
    unsigned active;
    uint64_t done_bytes; /* of bodies of transfers that are done */
    int64_t told_ms;     /* when the watcher was told last how much has moved */
};

static int open_curl(struct mf_transport *t, struct mf_err *err)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return mf_err_set(err, MF_E_NOMEM, "curl does not start");
    t->curl_ready = true;
    t->multi = curl_multi_init();
    if (!t->multi)
        return mf_err_nomem(err);
    curl_multi_setopt(t->multi, CURLMOPT_MAXCONNECTS, (long)t->common.options.parallel);
    curl_multi_setopt(t->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)t->common.options.parallel);
    if (mf_proxyenv_read(&t->common.env, getenv, err) < 0)
        return -1;
    return mf_caroots_read(&t->common.roots, &t->common.options, getenv, err);
}

static unsigned otherwise(unsigned value, unsigned usual)
{
    return value ? value : usual;
}

static void fill_in(struct mf_transport_options *o)
{
    o->tries = otherwise(o->tries, TRIES);
    o->backoff_ms = otherwise(o->backoff_ms, BACKOFF_MS);
    o->connect_seconds = otherwise(o->connect_seconds, CONNECT_SECONDS);
    o->answer_seconds = otherwise(o->answer_seconds, ANSWER_SECONDS);
    o->stall_seconds = otherwise(o->stall_seconds, STALL_SECONDS);
}

int mf_transport_new(struct mf_transport **out, const struct mf_transport_options *options, struct mf_err *err)
{
    MF_CLEANUP(mf_transport_free) struct mf_transport *t = calloc(1, sizeof(*t));
    if (!t)
        return mf_err_nomem(err);
    t->common = (struct mf_httpcommon){*options, MF_PROXYENV_INIT, MF_CAROOTS_INIT};
    fill_in(&t->common.options);
    mf_transferqueue_init(&t->queue);
    t->slots = calloc(options->parallel, sizeof(*t->slots));
    if (!t->slots)
        return mf_err_nomem(err);
    if (open_curl(t, err) < 0)
        return -1;
    *out = t;
    t = NULL;
    return 0;
}

void mf_transport_free(struct mf_transport **t)
{
    if (!*t)
        return;
    mf_transport_cancel(*t);
    for (unsigned i = 0; (*t)->slots && i < (*t)->common.options.parallel; i++)
        mf_httptransfer_release(&(*t)->slots[i].http);
    if ((*t)->multi)
        curl_multi_cleanup((*t)->multi);
    if ((*t)->curl_ready)
        curl_global_cleanup();
    mf_proxyenv_release(&(*t)->common.env);
    mf_caroots_release(&(*t)->common.roots);
    free((*t)->slots);
    free(*t);
    *t = NULL;
}

struct mf_str mf_transport_roots(const struct mf_transport *t)
{
    return mf_buf_view(&t->common.roots.bytes);
}

const struct mf_httpcommon *mf_transport_common(const struct mf_transport *t)
{
    return &t->common;
}

int mf_transport_submit(struct mf_transport *transport, struct mf_transfer *t, struct mf_err *err)
{
    return mf_transferqueue_add(&transport->queue, t, err);
}

/* Ends the request of a slot, which is idle then; what it was for goes to the caller. */
static struct mf_queued *empty_slot(struct mf_transport *t, struct slot *s, const struct mf_httpwatch_end *end)
{
    struct mf_queued *item = s->item;
    mf_httpwatch_end(&s->http, end);
    mf_httptransfer_abandon(&s->http);
    s->item = NULL;
    t->active--;
    return item;
}

void mf_transport_cancel(struct mf_transport *transport)
{
    for (unsigned i = 0; transport->slots && i < transport->common.options.parallel; i++) {
        struct slot *s = &transport->slots[i];
        if (!s->item)
            continue;
        curl_multi_remove_handle(transport->multi, s->http.easy);
        mf_queued_free(empty_slot(transport, s, &(struct mf_httpwatch_end){.end = MF_NETEND_DROPPED}));
    }
    mf_transferqueue_drop(&transport->queue);
}

/* Hands the result to the caller, who may free the transfer. */
static void complete(struct mf_transport *transport, struct mf_queued *item)
{
    struct mf_transfer *t = item->course.t;
    transport->done_bytes += t->received;
    mf_httpcourse_settle(&item->course);
    mf_queued_free(item);
    t->done(t->ctx, t);
}

static struct slot *idle_slot(struct mf_transport *t)
{
    for (unsigned i = 0; i < t->common.options.parallel; i++)
        if (!t->slots[i].item)
            return &t->slots[i];
    return NULL;
}

static int start_credentials(struct mf_credentials *c, const char *url, struct mf_err *err)
{
    if (!c || c->started || strncasecmp(url, "https:", 6) != 0)
        return 0;
    c->started = true;
    return c->start ? c->start(c->ctx, err) : 0;
}

/* A URL that cannot be asked is the failure of its request; others are the machinery's. */
static int begin_http(struct mf_transport *t, struct slot *s, struct mf_queued *item, struct mf_err *err)
{
    struct mf_err why = {0};
    int rc = start_credentials(t->common.options.credentials, item->course.t->url, &why);
    if (rc == 0)
        rc = mf_httptransfer_begin(&s->http, &item->course, &t->common, &why);
    if (rc == 0 && curl_multi_add_handle(t->multi, s->http.easy) != CURLM_OK)
        rc = mf_err_nomem(&why);
    if (rc == 0) {
        item->since = item->since ? item->since : mf_clock_ms();
        s->item = item;
        t->active++;
        return 0;
    }
    mf_httptransfer_abandon(&s->http);
    if (why.code == MF_E_UPSTREAM) { /* not a URL */
        item->course.t->error = why;
        complete(t, item);
        return 0;
    }
    *err = why;
    mf_queued_free(item);
    return -1;
}

/* Begins as many requests as may be in flight. */
static int begin_ready(struct mf_transport *t, struct mf_err *err)
{
    mf_transferqueue_wake(&t->queue);
    while (t->queue.ready) {
        struct slot *s = NULL;
        if (mf_err_stopped(t->common.options.stop, err) < 0)
            return -1;
        if (mf_filetransfer_handles(t->queue.ready->course.t->url)) {
            struct mf_queued *item = mf_transferqueue_take(&t->queue);
            mf_httpwatch_file(t->common.options.watch, item->course.t, mf_filetransfer_run);
            complete(t, item);
            continue;
        }
        s = idle_slot(t);
        if (!s)
            return 0;
        if (begin_http(t, s, mf_transferqueue_take(&t->queue), err) < 0)
            return -1;
    }
    return 0;
}

/* A pause of backoff * 2^n with a random quarter less, or what the server asks
 * for; negative where that is too long to wait, or enough was tried. */
static int64_t pause_ms(const struct mf_transport *t, struct mf_queued *item, const struct mf_httpoutcome *end)
{
    const struct mf_transport_options *o = &t->common.options;
    const bool part = end->progressed && item->parts < PARTS_MAX;
    const unsigned most = item->course.t->unreachable && o->tries > TRIES_UNREACHABLE ? TRIES_UNREACHABLE : o->tries;
    item->parts += part;
    item->tries = part ? 1 : item->tries + 1;
    if (end->wait_ms > WAIT_MAX_MS || item->tries >= most ||
        (!part && mf_clock_ms() - item->since > RETRY_SECONDS * (int64_t)1000))
        return -1;
    int64_t wait = (int64_t)o->backoff_ms << (item->tries < 8 ? item->tries - 1 : 7);
    wait -= (int64_t)randombytes_uniform((uint32_t)(wait / 4 + 1));
    return wait < end->wait_ms ? end->wait_ms : wait;
}

/* Hands the request on: to another try after a pause, to another place at once, or
 * back to the caller. The slot is idle then. */
static void pass_on(struct mf_transport *t, struct slot *s, const struct mf_httpoutcome *end)
{
    const int64_t wait = end->verdict == MF_HTTP_RETRY ? pause_ms(t, s->item, end) : -1;
    struct mf_queued *item = empty_slot(t, s, &(struct mf_httpwatch_end){mf_httpwatch_kind(&s->http, end, wait), wait});
    if (end->verdict == MF_HTTP_AGAIN)
        mf_transferqueue_first(&t->queue, item);
    else if (wait >= 0 && mf_httpcourse_rewind(&item->course))
        mf_transferqueue_delay(&t->queue, item, wait);
    else
        complete(t, item);
}

static int end_http(struct mf_transport *t, struct slot *s, CURLcode code, struct mf_err *err)
{
    struct mf_httpoutcome end;
    curl_multi_remove_handle(t->multi, s->http.easy);
    int rc = mf_httpoutcome_finish(&s->http, code, &end, err);
    /* curl may leave transfers that wait for this one's connection waiting for
     * ever then, so it is a failure of the machinery */
    if (rc == 0 && code == CURLE_OUT_OF_MEMORY)
        rc = mf_err_nomem(err);
    if (rc == 0) {
        pass_on(t, s, &end);
        return 0;
    }
    mf_queued_free(empty_slot(t, s, &(struct mf_httpwatch_end){.end = MF_NETEND_DROPPED}));
    return -1;
}

static int end_finished(struct mf_transport *t, struct mf_err *err)
{
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(t->multi, &left))) {
        struct slot *s = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        /* the message is gone once its handle is removed */
        const CURLcode code = message->data.result;
        for (unsigned i = 0; i < t->common.options.parallel; i++)
            if (t->slots[i].item && t->slots[i].http.easy == message->easy_handle)
                s = &t->slots[i];
        if (s && end_http(t, s, code, err) < 0)
            return -1;
    }
    return 0;
}

static void tell_moved(struct mf_transport *t)
{
    const struct mf_netwatch *watch = t->common.options.watch;
    uint64_t bytes = t->done_bytes;
    const int64_t now = mf_clock_ms();
    if (!watch || now - t->told_ms < POLL_MS / 2)
        return;
    t->told_ms = now;
    for (unsigned i = 0; i < t->common.options.parallel; i++)
        bytes += t->slots[i].item ? t->slots[i].item->course.t->received : 0;
    watch->moved(watch->ctx, bytes);
}

static int run_step(struct mf_transport *t, struct mf_err *err)
{
    int running;
    tell_moved(t);
    if (mf_err_stopped(t->common.options.stop, err) < 0 || begin_ready(t, err) < 0)
        return -1;
    CURLMcode rc = curl_multi_perform(t->multi, &running);
    if (end_finished(t, err) < 0)
        return -1;
    if (rc == CURLM_OK && !t->queue.ready && (t->active || t->queue.delayed))
        rc = curl_multi_poll(t->multi, NULL, 0, mf_transferqueue_wait(&t->queue, POLL_MS), NULL);
    else if (rc == CURLM_OK && t->active == t->common.options.parallel)
        rc = curl_multi_poll(t->multi, NULL, 0, POLL_MS, NULL);
    if (rc != CURLM_OK)
        return mf_err_set(err, rc == CURLM_OUT_OF_MEMORY ? MF_E_NOMEM : MF_E_NETWORK, "transfers: %s",
                          curl_multi_strerror(rc));
    return 0;
}

int mf_transport_run(struct mf_transport *transport, struct mf_err *err)
{
    while (transport->queue.ready || transport->queue.delayed || transport->active)
        if (run_step(transport, err) < 0) {
            mf_transport_cancel(transport);
            return -1;
        }
    return 0;
}

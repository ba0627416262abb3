#include "bundle/sumdbget.h"

#include <stdlib.h>

#include "bundle/httpstatus.h"

/* BATCH bounds the transfers that are prepared at once. */
enum { URL_MAX = 16 * 1024, SUPPORTED_MAX = 64 * 1024, BATCH = 256 };

/* A question on its way. */
struct asking {
    struct mf_sumdbget *get;
    struct mf_sumdbget_item *item;
    struct mf_buf url;
    struct mf_transfer transfer;
};

struct batch {
    struct asking *list;
    size_t count;
};

static void batch_release(struct batch *b)
{
    for (size_t i = 0; i < b->count; i++) {
        mf_buf_release(&b->list[i].url);
        mf_buf_release(&b->list[i].transfer.body);
    }
    free(b->list);
}

static bool is_missing(const struct mf_transfer *t)
{
    return t->outcome == MF_TRANSFER_STATUS && (t->status == 404 || t->status == 410);
}

/* Why a transfer gave no answer. */
static void describe(const struct mf_transfer *t, struct mf_str base, const char *path, struct mf_err *out)
{
    char text[MF_HTTPSTATUS_SIZE], next[MF_HTTPSTATUS_SIZE];
    if (t->outcome != MF_TRANSFER_STATUS) {
        *out = t->error;
        mf_err_prefix(out, "%.*s/%s", MF_FMT(base), path);
        return;
    }
    mf_httpstatus_text(t, text);
    mf_err_set(out, is_missing(t) ? MF_E_NOT_FOUND : MF_E_UPSTREAM, "%.*s/%s: %s", MF_FMT(base), path, text);
    mf_httpstatus_next(t, next);
    mf_err_next(out, "%s", next);
}

static void nothing(void *ctx, struct mf_transfer *t)
{
    (void)ctx;
    (void)t;
}

/* Prepares and queues a transfer; a->transfer has its outcome after the run. */
static int submit(struct asking *a, struct mf_str base, const char *path, uint64_t limit, unsigned entry,
                  struct mf_err *err)
{
    a->url = MF_BUF_INIT(URL_MAX);
    mf_buf_fmt(&a->url, "%.*s/%s", MF_FMT(base), path);
    const char *url = mf_buf_cstr(&a->url);
    if (!url)
        return mf_buf_check(&a->url, err);
    a->transfer = (struct mf_transfer){.url = url, .limit = limit, .fd = -1, .entry = entry, .done = nothing};
    a->get->requests++;
    return mf_transport_submit(a->get->transport, &a->transfer, err);
}

/* One question by itself, to a proxy: whether it stands for the database. */
static int ask_supported(struct mf_sumdbget *g, const struct mf_proxy *proxy, bool *missing_out, struct mf_err *failure,
                         struct mf_err *err)
{
    MF_CLEANUP(batch_release) struct batch one = {calloc(1, sizeof(struct asking)), 1};
    MF_CLEANUP(mf_buf_release) struct mf_buf path = MF_BUF_INIT(1024);
    if (!one.list) {
        one.count = 0;
        return mf_err_nomem(err);
    }
    one.list->get = g;
    mf_buf_fmt(&path, "sumdb/%.*s/supported", MF_FMT(g->db->key.name));
    const char *name = mf_buf_cstr(&path);
    if (!name)
        return mf_buf_check(&path, err);
    const unsigned entry = mf_proxies_number(g->proxies, (size_t)(proxy - g->proxies->list));
    if (submit(one.list, proxy->url, name, SUPPORTED_MAX, entry, err) < 0 || mf_transport_run(g->transport, err) < 0)
        return -1;
    const struct mf_transfer *t = &one.list->transfer;
    if (t->outcome == MF_TRANSFER_OK || t->outcome == MF_TRANSFER_TOO_BIG)
        return 1;
    /* one that cannot be reached, and need not, is as good as absent (fetch.h) */
    const bool last = proxy + 1 == g->proxies->list + g->proxies->count;
    *missing_out = is_missing(t) || (t->unreachable && proxy->falls_through && !last);
    describe(t, proxy->shown, name, failure);
    return 0;
}

static int use(struct mf_sumdbget *g, const struct mf_proxy *proxy, struct mf_err *err)
{
    if (mf_arena_join(g->arena, proxy->url, MF_LIT("/sumdb/"), g->db->key.name, &g->base.url, err) < 0 ||
        mf_arena_join(g->arena, proxy->shown, MF_LIT("/sumdb/"), g->db->key.name, &g->base.shown, err) < 0)
        return -1;
    g->entry = mf_proxies_number(g->proxies, (size_t)(proxy - g->proxies->list));
    g->found = true;
    return 0;
}

static int use_url(struct mf_sumdbget *g, struct mf_str url, struct mf_err *err)
{
    if (mf_proxies_parse_url("GOSUMDB", url, &g->base, g->arena, err) < 0)
        return -1;
    g->found = true;
    return 0;
}

static int use_host(struct mf_sumdbget *g, struct mf_err *err)
{
    struct mf_str url;
    if (mf_arena_join(g->arena, MF_LIT("https://"), g->db->key.name, (struct mf_str){NULL, 0}, &url, err) < 0)
        return -1;
    return use_url(g, url, err);
}

static int find_base(struct mf_sumdbget *g, struct mf_err *err)
{
    struct mf_err failure = {0};
    bool failed = false;
    if (g->db->url.n)
        return use_url(g, g->db->url, err);
    for (size_t i = 0; i < g->proxies->count; i++) {
        const struct mf_proxy *proxy = &g->proxies->list[i];
        struct mf_err why = {0};
        bool missing = false;
        if (proxy->kind == MF_PROXY_DIRECT)
            return use_host(g, err);
        if (proxy->kind == MF_PROXY_OFF)
            break;
        if (proxy->kind == MF_PROXY_NOPROXY)
            continue;
        int rc = ask_supported(g, proxy, &missing, &why, err);
        if (rc != 0)
            return rc < 0 ? -1 : use(g, proxy, err);
        if (!missing && !failed)
            failure = why;
        failed = failed || !missing;
        if (!missing && !proxy->falls_through)
            break;
    }
    if (!failed)
        return use_host(g, err);
    *err = failure;
    return -1;
}

/* Hands the outcome of a transfer over to its question. */
static int take(struct asking *a, struct mf_err *err)
{
    struct mf_sumdbget_item *item = a->item;
    struct mf_transfer *t = &a->transfer;
    a->get->bytes += t->received;
    item->ok = t->outcome == MF_TRANSFER_OK;
    item->missing = is_missing(t);
    item->transfer = t->id;
    if (item->ok) {
        item->body = t->body;
        t->body = (struct mf_buf){0};
        return 0;
    }
    item->error = mf_arena_alloc(a->get->arena, sizeof(*item->error), err);
    if (!item->error)
        return -1;
    describe(t, a->get->base.shown, item->path, item->error);
    return 0;
}

static int ask_batch(struct mf_sumdbget *g, struct mf_sumdbget_item *items, size_t n, struct mf_err *err)
{
    MF_CLEANUP(batch_release) struct batch b = {calloc(n, sizeof(struct asking)), 0};
    if (!b.list)
        return mf_err_nomem(err);
    for (; b.count < n; b.count++) {
        struct asking *a = &b.list[b.count];
        a->get = g;
        a->item = &items[b.count];
        if (submit(a, g->base.url, a->item->path, a->item->limit, g->entry, err) < 0) {
            mf_buf_release(&a->url);
            mf_transport_cancel(g->transport);
            return -1;
        }
    }
    struct mf_err why = {0};
    const int ran = mf_transport_run(g->transport, &why);
    for (size_t i = 0; i < n; i++) {
        if (ran < 0 && b.list[i].transfer.outcome != MF_TRANSFER_OK)
            continue; /* it has no outcome */
        if (take(&b.list[i], err) < 0)
            return -1;
    }
    if (ran < 0)
        *err = why;
    return ran;
}

int mf_sumdbget_find(struct mf_sumdbget *g, struct mf_err *err)
{
    return g->found ? 0 : find_base(g, err);
}

int mf_sumdbget_all(struct mf_sumdbget *g, struct mf_sumdbget_item *items, size_t n, struct mf_err *err)
{
    if (n && mf_sumdbget_find(g, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i += BATCH)
        if (ask_batch(g, items + i, n - i < BATCH ? n - i : BATCH, err) < 0)
            return -1;
    return 0;
}

#include "bundle/net/httpwatch.h"

#include <stdio.h>

#include "formats/base/clock.h"

enum { PLACE_MAX = 400, REASON_MAX = 400 };

enum mf_netend mf_httpwatch_kind(const struct mf_httptransfer *h, const struct mf_httpoutcome *end, int64_t wait)
{
    const enum mf_transfer_outcome outcome = h->course->t->outcome;
    if (end->verdict == MF_HTTP_AGAIN)
        return h->resume_refused || h->status == 416 ? MF_NETEND_ANEW
               : h->status < 400                     ? MF_NETEND_REDIRECT
                                                     : MF_NETEND_CREDENTIALS;
    if (wait >= 0)
        return MF_NETEND_RETRY;
    return outcome == MF_TRANSFER_OK       ? MF_NETEND_OK
           : outcome == MF_TRANSFER_STATUS ? MF_NETEND_STATUS
                                           : MF_NETEND_FAILED;
}

/* Writes scheme, host and port of a URL: what stands behind them may be a token. */
static const char *place_of(const char *url, char out[PLACE_MAX])
{
    MF_CLEANUP(mf_httpurl_release) struct mf_httpurl u = MF_HTTPURL_NONE;
    struct mf_err ignored;
    if (!url || mf_httpurl_parse(&u, url, &ignored) < 0)
        return NULL;
    const bool v6 = strchr(u.host, ':') != NULL;
    snprintf(out, PLACE_MAX, "%s://%s%s%s:%s/...", u.secure ? "https" : "http", v6 ? "[" : "", u.host, v6 ? "]" : "",
             u.port);
    return out;
}

/* A forward proxy, without user and password. */
static const char *proxy_of(const char *proxy, char out[PLACE_MAX])
{
    if (!proxy)
        return NULL;
    const char *scheme_end = strstr(proxy, "://"), *at = strrchr(proxy, '@');
    const size_t n = scheme_end ? (size_t)(scheme_end - proxy) + 3 : 0;
    snprintf(out, PLACE_MAX, "%.*s%s", (int)n, proxy, at ? at + 1 : proxy + n);
    return out;
}

/* What a server says of itself is left out: it may repeat what it was told. */
static const char *reason_of(const struct mf_httptransfer *h, const struct mf_httpwatch_end *end, char out[REASON_MAX])
{
    const struct mf_transfer *t = h->course->t;
    if (end->end == MF_NETEND_OK || end->end == MF_NETEND_DROPPED || end->end == MF_NETEND_REDIRECT)
        return NULL;
    if (end->end == MF_NETEND_ANEW)
        return "the answer is not the rest of what is here";
    if (t->error.code != MF_OK)
        snprintf(out, REASON_MAX, "%.*s", REASON_MAX - 1, t->error.text);
    else
        snprintf(out, REASON_MAX, "status %ld", h->status);
    return out;
}

static const char *http_of(CURL *easy)
{
    long version = 0;
    curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
    return version == CURL_HTTP_VERSION_1_0   ? "1.0"
           : version == CURL_HTTP_VERSION_1_1 ? "1.1"
           : version == CURL_HTTP_VERSION_2_0 ? "2"
           : version == CURL_HTTP_VERSION_3   ? "3"
                                              : NULL;
}

/* -1 where it did not take place. */
static int64_t time_of(CURL *easy, CURLINFO which)
{
    curl_off_t us = 0;
    curl_easy_getinfo(easy, which, &us);
    return us > 0 ? us : -1;
}

/* Connection and first byte; a connection that was there already took no time. */
static void measure(CURL *easy, struct mf_netrequest *r)
{
    long connects = 0, status = 0;
    curl_off_t bytes = 0;
    curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_SIZE_DOWNLOAD_T, &bytes);
    r->status = (int)status;
    r->bytes = bytes > 0 ? (uint64_t)bytes : 0;
    r->http = status ? http_of(easy) : NULL;
    r->reused = connects == 0 && time_of(easy, CURLINFO_PRETRANSFER_TIME_T) >= 0;
    r->dns_us = r->reused ? -1 : time_of(easy, CURLINFO_NAMELOOKUP_TIME_T);
    r->connect_us = r->reused ? -1 : time_of(easy, CURLINFO_CONNECT_TIME_T);
    r->tls_us = r->reused ? -1 : time_of(easy, CURLINFO_APPCONNECT_TIME_T);
    r->first_byte_us = time_of(easy, CURLINFO_STARTTRANSFER_TIME_T);
}

void mf_httpwatch_end(const struct mf_httptransfer *h, const struct mf_httpwatch_end *end)
{
    const struct mf_netwatch *watch = h->common->options.watch;
    const struct mf_httpcourse *c = h->course;
    char place[PLACE_MAX], proxy[PLACE_MAX], to[PLACE_MAX], reason[REASON_MAX];
    if (!watch)
        return;
    struct mf_netrequest r = {.transfer = c->t->id,
                              .number = c->requests,
                              .entry = c->t->entry,
                              .method = c->t->head_only ? "HEAD" : "GET",
                              .range_from = h->range_from,
                              .authorized = h->authorized,
                              .began_us = h->began_us,
                              .total_us = mf_clock_us() - h->began_us,
                              .end = end->end,
                              .pause_ms = end->pause_ms};
    const bool redirected = end->end == MF_NETEND_REDIRECT;
    r.url = c->hops > (redirected ? 1U : 0U) ? place_of(h->url.text, place) : h->url.text;
    r.to = redirected ? place_of(c->hop, to) : NULL;
    r.proxy = proxy_of(h->proxy, proxy);
    r.reason = reason_of(h, end, reason);
    measure(h->easy, &r);
    if (r.url)
        watch->request(watch->ctx, &r);
}

void mf_httpwatch_file(const struct mf_netwatch *watch, struct mf_transfer *t, void (*run)(struct mf_transfer *t))
{
    const int64_t began = mf_clock_us();
    run(t);
    if (!watch)
        return;
    const bool answered = t->outcome == MF_TRANSFER_OK || t->outcome == MF_TRANSFER_STATUS;
    const struct mf_netrequest r = {.transfer = t->id,
                                    .number = 1,
                                    .entry = t->entry,
                                    .method = "FILE",
                                    .url = t->url,
                                    .reason = answered ? NULL : t->error.text,
                                    .began_us = began,
                                    .dns_us = -1,
                                    .connect_us = -1,
                                    .tls_us = -1,
                                    .first_byte_us = -1,
                                    .total_us = mf_clock_us() - began,
                                    .bytes = t->received,
                                    .status = answered ? t->status : 0,
                                    .end = t->outcome == MF_TRANSFER_OK ? MF_NETEND_OK
                                           : answered                   ? MF_NETEND_STATUS
                                                                        : MF_NETEND_FAILED};
    watch->request(watch->ctx, &r);
}

#include "bundle/net/httpoutcome.h"

#include <stdlib.h>

#include "bundle/net/httpfailure.h"

enum { REDIRECTS = 10 };

/* True where the answer leads elsewhere; else the transfer has its outcome. */
static bool follow(struct mf_httptransfer *h)
{
    struct mf_httpcourse *c = h->course;
    struct mf_httpurl next = MF_HTTPURL_NONE;
    struct mf_err *err = &c->t->error;
    const char *to = NULL;
    char peer[300];
    mf_httpurl_peer(h->url.text, peer, sizeof(peer));
    curl_easy_getinfo(h->easy, CURLINFO_REDIRECT_URL, &to);
    c->t->outcome = MF_TRANSFER_FAILED;
    c->t->cause = MF_CAUSE_REDIRECT;
    if (!to || mf_httpurl_parse(&next, to, err) < 0 || (h->url.secure && !next.secure)) {
        mf_err_set(err, MF_E_UPSTREAM, "%s: redirected to a URL that is not secure or not HTTP", peer);
    } else if (c->hops == REDIRECTS) {
        mf_err_set(err, MF_E_UPSTREAM, "%s: stopped after %d redirects", peer, REDIRECTS);
    } else {
        char *hop = strdup(to);
        free(c->hop);
        c->hop = hop;
        c->hops++;
        c->t->cause = MF_CAUSE_OTHER;
        if (!hop)
            mf_err_nomem(err);
    }
    mf_httpurl_release(&next);
    return err->code == MF_OK;
}

/* 1 where the request is to be sent again with credentials. */
static int ask_more(struct mf_httptransfer *h, struct mf_err *err)
{
    const struct mf_credentials *all = h->common->options.credentials;
    struct mf_httpcourse *c = h->course;
    MF_CLEANUP(mf_httpurl_release) struct mf_httpurl first = MF_HTTPURL_NONE;
    if (h->status < 400 || h->status > 499 || c->asked_more || !all || !all->more)
        return 0;
    if (mf_httpurl_parse(&first, c->t->url, err) < 0)
        return -1;
    if (!first.secure || first.user)
        return 0;
    c->asked_more = true;
    return all->more(all->ctx, first.text, mf_buf_view(&h->answer), err);
}

static bool is_redirect(long status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* A server that repeats what it was told must not make a message of it: the text of
 * its answer is dropped where it holds the last word of a header of ours. */
static void drop_repeated(struct mf_httptransfer *h)
{
    struct mf_buf *text = &h->course->text;
    for (const struct curl_slist *one = h->headers; one; one = one->next) {
        const char *space = strrchr(one->data, ' ');
        const size_t n = space ? strlen(space + 1) : 0;
        if (n && text->n && memmem(text->p, text->n, space + 1, n))
            mf_buf_clear(text);
    }
}

static struct mf_transfer_from from_whom(const struct mf_httptransfer *h)
{
    const struct mf_proxyenv *env = &h->common->env;
    struct mf_transfer_from from = {.secure = h->url.secure, .authorized = h->authorized, .own_login = h->own_login};
    /* through a tunnel only the server answers */
    if (!h->proxy || h->url.secure || strncmp(h->proxy, "http", 4) != 0)
        return from;
    from.proxy_variable = env->http_variable;
    from.proxy_scheme = env->http_scheme;
    from.proxy_login = strchr(h->proxy, '@') != NULL;
    return from;
}

/* The answer is there, and its status is not 200. */
static int finish_status(struct mf_httptransfer *h, struct mf_httpoutcome *end, struct mf_err *err)
{
    struct mf_transfer *t = h->course->t;
    curl_off_t seconds = 0;
    drop_repeated(h);
    if (is_redirect(h->status) && follow(h)) {
        end->verdict = MF_HTTP_AGAIN;
        return 0;
    }
    if (t->error.code != MF_OK)
        return 0;
    int more = ask_more(h, err);
    if (more != 0) {
        end->verdict = MF_HTTP_AGAIN;
        return more < 0 ? -1 : 0;
    }
    curl_easy_getinfo(h->easy, CURLINFO_RETRY_AFTER, &seconds);
    t->wait_seconds = seconds > 0 && seconds < INT32_MAX ? (uint32_t)seconds : 0;
    end->wait_ms = (int64_t)t->wait_seconds * 1000;
    t->outcome = MF_TRANSFER_STATUS;
    t->status = (int)h->status;
    t->from = from_whom(h);
    if (mf_httpfailure_passing_status(t->status))
        end->verdict = MF_HTTP_RETRY;
    return 0;
}

static void finish_failed(struct mf_httptransfer *h, CURLcode code, struct mf_httpoutcome *end)
{
    struct mf_httpcourse *c = h->course;
    c->t->outcome = MF_TRANSFER_FAILED;
    mf_httpfailure_describe(h, code);
    if (!mf_httpfailure_passing(h, code))
        return;
    end->verdict = MF_HTTP_RETRY;
    if (h->status == 200 && c->t->received > 0 && !c->t->whole) {
        if (c->resume.kept && c->t->received > c->resume.kept)
            c->resume.kept = c->t->received;
        else if (!c->resume.kept)
            mf_httpresume_note(&c->resume, h->easy, c->t->received);
    }
    end->progressed = c->resume.kept > c->most;
    if (end->progressed)
        c->most = c->resume.kept;
}

/* An answer that is not the rest of the body: everything is fetched again. */
static void begin_anew(struct mf_httpcourse *c, struct mf_httpoutcome *end)
{
    c->resume.never = true;
    end->verdict = mf_httpcourse_reset(c) ? MF_HTTP_AGAIN : MF_HTTP_DONE;
    if (end->verdict == MF_HTTP_DONE)
        mf_err_set(&c->t->error, MF_E_IO, "cut a fetched file back to its beginning");
}

static int finish(struct mf_httptransfer *h, CURLcode code, struct mf_httpoutcome *end, struct mf_err *err)
{
    struct mf_httpcourse *c = h->course;
    struct mf_transfer *t = c->t;
    curl_off_t length = -1;
    if (!h->started && code == CURLE_OK)
        mf_httptransfer_answered(h); /* an empty one */
    if (h->too_big) {
        t->outcome = MF_TRANSFER_TOO_BIG;
        mf_err_set(&t->error, MF_E_LIMIT, "the answer is larger than the limit of %llu bytes",
                   (unsigned long long)t->limit);
    } else if (h->resume_refused || (c->resume.kept && h->status == 416)) {
        begin_anew(c, end);
    } else if (h->local_failure) {
        t->outcome = MF_TRANSFER_FAILED;
    } else if (code != CURLE_OK && !h->enough) {
        finish_failed(h, code, end);
    } else if (h->status != 200) {
        return finish_status(h, end, err);
    } else {
        curl_easy_getinfo(h->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
        t->outcome = MF_TRANSFER_OK;
        t->length = length < 0 ? UINT64_MAX : (uint64_t)length;
        t->status = 200;
    }
    return 0;
}

static void measure(struct mf_httptransfer *h)
{
    curl_off_t sent = 0, first = 0, all = 0;
    curl_easy_getinfo(h->easy, CURLINFO_PRETRANSFER_TIME_T, &sent);
    curl_easy_getinfo(h->easy, CURLINFO_STARTTRANSFER_TIME_T, &first);
    curl_easy_getinfo(h->easy, CURLINFO_TOTAL_TIME_T, &all);
    h->course->t->first_byte_us = h->answered && first > sent ? (uint64_t)(first - sent) : 0;
    h->course->t->total_us = (uint64_t)all;
}

int mf_httpoutcome_finish(struct mf_httptransfer *h, CURLcode code, struct mf_httpoutcome *end, struct mf_err *err)
{
    *end = (struct mf_httpoutcome){.verdict = MF_HTTP_DONE};
    measure(h);
    return finish(h, code, end, err);
}

#include "bundle/net/httptransfer.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "formats/base/dir.h"

enum { CONNECT_SECONDS = 30, STALL_SECONDS = 60, REDIRECTS = 10, TEXT_MAX = 1024, DISCARD_MAX = 64 * 1024 };

/* --- the body --- */

static void start_body(struct mf_httptransfer *h)
{
    const char *type = NULL;
    curl_off_t length = -1;
    h->started = true;
    curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &h->status);
    curl_easy_getinfo(h->easy, CURLINFO_CONTENT_TYPE, &type);
    curl_easy_getinfo(h->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (h->status == 200) {
        h->too_big = length > 0 && (uint64_t)length > h->t->limit;
        if (h->t->fd < 0)
            h->t->body = MF_BUF_INIT(h->t->limit < SIZE_MAX ? (size_t)h->t->limit : SIZE_MAX);
        return;
    }
    const size_t n = strlen("text/plain");
    h->keeps_text = type && strncasecmp(type, "text/plain", n) == 0 && (!type[n] || type[n] == ';' || type[n] == ' ');
    h->t->body = MF_BUF_INIT(TEXT_MAX);
}

/* Keeps the start of an error text and lets the rest pass, so that the
 * connection stays usable; an endless one is cut off. */
static size_t take_error_body(struct mf_httptransfer *h, const char *p, size_t n)
{
    struct mf_buf *body = &h->t->body;
    size_t keep = h->keeps_text ? body->max - body->n : 0;
    mf_buf_add(body, p, keep < n ? keep : n);
    h->discarded += n;
    h->enough = h->discarded > DISCARD_MAX;
    return h->enough ? 0 : n;
}

static size_t on_body(char *p, size_t size, size_t count, void *ctx)
{
    struct mf_httptransfer *h = ctx;
    struct mf_transfer *t = h->t;
    size_t n = size * count;
    if (!h->started)
        start_body(h);
    if (h->status != 200)
        return take_error_body(h, p, n);
    h->too_big = h->too_big || n > t->limit - t->received;
    if (h->too_big)
        return 0;
    t->received += n;
    if (t->fd >= 0) {
        h->local_failure = mf_write_full(t->fd, p, n, "a fetched file", &t->error) < 0;
    } else {
        mf_buf_add(&t->body, p, n);
        h->local_failure = mf_buf_check(&t->body, &t->error) < 0;
    }
    return h->local_failure ? 0 : n;
}

/* --- setting up --- */

static const char *set_proxy(struct mf_httptransfer *h, bool secure, const struct mf_proxyenv *env)
{
    const char *proxy = secure ? env->https : env->http;
    if (proxy)
        curl_easy_setopt(h->easy, CURLOPT_PROXY, proxy);
    curl_easy_setopt(h->easy, CURLOPT_NOPROXY, env->exceptions.p);
    return proxy;
}

static CURLcode set_roots(CURL *easy, const struct mf_transport_options *options)
{
    const char *file = getenv("SSL_CERT_FILE");
    const char *dir = getenv("SSL_CERT_DIR");
    CURLcode rc = CURLE_OK;
    /* the system's directory of roots stays, so a CA file adds to it */
    if (options->ca_file || (file && file[0]))
        rc = curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file ? options->ca_file : file);
    if (rc == CURLE_OK && dir && dir[0])
        rc = curl_easy_setopt(easy, CURLOPT_CAPATH, dir);
    return rc;
}

static CURLcode set_credentials(CURL *easy)
{
    const char *file = getenv("NETRC");
    CURLcode rc = curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
    if (rc == CURLE_OK && file && file[0])
        rc = curl_easy_setopt(easy, CURLOPT_NETRC_FILE, file);
    return rc;
}

int mf_httptransfer_begin(struct mf_httptransfer *h, struct mf_transfer *t, const struct mf_transport_options *options,
                          const struct mf_proxyenv *env, struct mf_err *err)
{
    const bool secure = strncasecmp(t->url, "https:", 6) == 0;
    CURL *easy = h->easy ? h->easy : curl_easy_init();
    if (!easy)
        return mf_err_nomem(err);
    curl_easy_reset(easy);
    *h = (struct mf_httptransfer){.easy = easy, .t = t, .fd_start = -1};
    if (t->fd >= 0)
        h->fd_start = lseek(t->fd, 0, SEEK_CUR);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOBODY, t->head_only ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)REDIRECTS);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME,
                     options->stall_seconds ? (long)options->stall_seconds : (long)STALL_SECONDS);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, h);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, h);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, h->detail);
    h->proxy = set_proxy(h, secure, env);
    /* these copy their text, so they can run out of memory; and a curl without
     * the protocol options must not be used at all */
    if (curl_easy_setopt(easy, CURLOPT_URL, t->url) != CURLE_OK || //
        curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https") != CURLE_OK ||
        curl_easy_setopt(easy, CURLOPT_USERAGENT, options->user_agent) != CURLE_OK ||
        (!t->head_only && curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "") != CURLE_OK) ||
        set_roots(easy, options) != CURLE_OK || (secure && options->netrc && set_credentials(easy) != CURLE_OK))
        return mf_err_set(err, MF_E_NOMEM, "set up a transfer: out of memory, or curl lacks http or https");
    return 0;
}

/* --- what came of it --- */

/* Writes "host port 443" of a URL, nothing else of it. */
static void describe_peer(const char *url, char *out, size_t cap)
{
    CURLU *u = curl_url();
    char *host = NULL, *port = NULL;
    const unsigned flags = CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME;
    if (u && url && curl_url_set(u, CURLUPART_URL, url, flags) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
        snprintf(out, cap, "%s port %s", host, port);
    else
        snprintf(out, cap, "%s", host ? host : "the server");
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(u);
}

/* Text of an errno value as it reads after a colon. */
static const char *why_text(long number, char *out, size_t cap)
{
    char text[128];
    snprintf(out, cap, "%s", strerror_r((int)number, text, sizeof(text)));
    if (isupper((unsigned char)out[0]) && islower((unsigned char)out[1]))
        out[0] = (char)tolower((unsigned char)out[0]);
    return out;
}

static int describe_connect(struct mf_httptransfer *h, const char *peer, struct mf_err *err)
{
    long number = 0;
    char proxy[300] = "", why[128];
    curl_easy_getinfo(h->easy, CURLINFO_OS_ERRNO, &number);
    if (h->proxy)
        describe_peer(h->proxy, proxy, sizeof(proxy));
    const bool at_proxy = proxy[0] && strstr(h->detail, proxy);
    return mf_err_set(err, MF_E_NETWORK, "connect to %s%s: %s", at_proxy ? "the HTTP proxy " : "",
                      at_proxy ? proxy : peer,
                      number ? why_text(number, why, sizeof(why)) : "no connection could be made");
}

static int describe_timeout(struct mf_httptransfer *h, const char *peer, struct mf_err *err)
{
    curl_off_t ready = 0;
    curl_easy_getinfo(h->easy, CURLINFO_PRETRANSFER_TIME_T, &ready);
    if (!ready)
        return mf_err_set(err, MF_E_NETWORK, "connect to %s: no connection within %d seconds", peer, CONNECT_SECONDS);
    return mf_err_set(err, MF_E_NETWORK, "read from %s: the server sent nothing for too long", peer);
}

static int describe(struct mf_httptransfer *h, CURLcode code, struct mf_err *err)
{
    char *url = NULL;
    char peer[300];
    curl_easy_getinfo(h->easy, CURLINFO_EFFECTIVE_URL, &url);
    describe_peer(url, peer, sizeof(peer));
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return mf_err_set(err, MF_E_NETWORK, "resolve %s: no such host, or no resolver answers", peer);
    case CURLE_COULDNT_RESOLVE_PROXY:
        describe_peer(h->proxy, peer, sizeof(peer));
        return mf_err_set(err, MF_E_NETWORK, "resolve the HTTP proxy %s: no such host", peer);
    case CURLE_COULDNT_CONNECT:
        return describe_connect(h, peer, err);
    case CURLE_OPERATION_TIMEDOUT:
        return describe_timeout(h, peer, err);
    case CURLE_PARTIAL_FILE:
        return mf_err_set(err, MF_E_NETWORK, "read from %s: the answer ended early, after %llu bytes", peer,
                          (unsigned long long)h->t->received);
    case CURLE_TOO_MANY_REDIRECTS:
        return mf_err_set(err, MF_E_UPSTREAM, "%s: stopped after %d redirects", peer, REDIRECTS);
    case CURLE_UNSUPPORTED_PROTOCOL:
        return mf_err_set(err, MF_E_UPSTREAM, "%s: redirected to a URL that is not secure or not HTTP", peer);
    case CURLE_BAD_CONTENT_ENCODING:
        return mf_err_set(err, MF_E_UPSTREAM, "%s: the answer does not decompress", peer);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return mf_err_set(err, MF_E_NETWORK, "TLS with %s: %s", peer,
                          h->detail[0] ? h->detail : curl_easy_strerror(code));
    case CURLE_OUT_OF_MEMORY:
        return mf_err_nomem(err);
    default:
        return mf_err_set(err, MF_E_NETWORK, "transfer from %s: %s", peer, curl_easy_strerror(code));
    }
}

static bool worth_another_try(const struct mf_transfer *t, CURLcode code)
{
    if (t->outcome == MF_TRANSFER_STATUS)
        return t->status == 429 || (t->status >= 500 && t->status != 501);
    switch (code) {
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return t->outcome == MF_TRANSFER_FAILED;
    default:
        return false;
    }
}

enum mf_httptransfer_verdict mf_httptransfer_finish(struct mf_httptransfer *h, CURLcode code, int64_t *wait_ms_out)
{
    struct mf_transfer *t = h->t;
    curl_off_t seconds = 0, length = -1;
    long status = 0;
    curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(h->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    curl_easy_getinfo(h->easy, CURLINFO_RETRY_AFTER, &seconds);
    *wait_ms_out = seconds > 0 && seconds < INT32_MAX ? (int64_t)seconds * 1000 : 0;
    if (h->too_big) {
        t->outcome = MF_TRANSFER_TOO_BIG;
        mf_err_set(&t->error, MF_E_LIMIT, "the answer is larger than the limit of %llu bytes",
                   (unsigned long long)t->limit);
    } else if (h->local_failure) {
        t->outcome = MF_TRANSFER_FAILED;
    } else if (code == CURLE_OK || h->enough) {
        t->outcome = status == 200 ? MF_TRANSFER_OK : MF_TRANSFER_STATUS;
        t->length = length < 0 ? UINT64_MAX : (uint64_t)length;
        t->status = (int)status;
    } else {
        t->outcome = MF_TRANSFER_FAILED;
        describe(h, code, &t->error);
    }
    h->t = NULL;
    return !h->local_failure && worth_another_try(t, code) ? MF_HTTP_RETRY : MF_HTTP_DONE;
}

bool mf_httptransfer_reset(struct mf_transfer *t, int64_t fd_start)
{
    if (t->fd >= 0 && t->received > 0 &&
        (fd_start < 0 || ftruncate(t->fd, fd_start) < 0 || lseek(t->fd, fd_start, SEEK_SET) < 0))
        return false;
    mf_buf_release(&t->body);
    t->body = (struct mf_buf){0};
    t->outcome = MF_TRANSFER_FAILED;
    t->status = 0;
    t->received = 0;
    t->error = (struct mf_err){0};
    return true;
}

void mf_httptransfer_release(struct mf_httptransfer *h)
{
    curl_easy_cleanup(h->easy);
    *h = (struct mf_httptransfer){0};
}

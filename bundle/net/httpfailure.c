#include "bundle/net/httpfailure.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

/* Where a request went, for messages. */
struct peers {
    char host[300];
    char proxy[340]; /* "the HTTP proxy ... port ..."; empty where there is none */
};

static struct peers peers_of(const struct mf_httptransfer *h)
{
    struct peers p = {"", ""};
    char text[300];
    mf_httpurl_peer(h->url.text, p.host, sizeof(p.host));
    if (!h->proxy)
        return p;
    mf_httpurl_peer(h->proxy, text, sizeof(text));
    snprintf(p.proxy, sizeof(p.proxy), "the %s %s", mf_proxyenv_kind(h->proxy), text);
    return p;
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

static int describe_connect(struct mf_httptransfer *h, const struct peers *p, struct mf_err *err)
{
    long number = 0;
    char why[128];
    curl_easy_getinfo(h->easy, CURLINFO_OS_ERRNO, &number);
    return mf_err_set(err, MF_E_NETWORK, "connect to %s: %s", h->proxy ? p->proxy : p->host,
                      number ? why_text(number, why, sizeof(why)) : "no connection could be made");
}

/* What a SOCKS proxy said (RFC 1928, section 6). */
static const char *socks_text(long code)
{
    switch (code) {
    case CURLPX_REPLY_NOT_ALLOWED:
        return "its rules do not allow it";
    case CURLPX_REPLY_NETWORK_UNREACHABLE:
        return "network unreachable";
    case CURLPX_REPLY_HOST_UNREACHABLE:
        return "host unreachable";
    case CURLPX_REPLY_CONNECTION_REFUSED:
        return "connection refused";
    case CURLPX_REPLY_TTL_EXPIRED:
        return "time to live expired";
    case CURLPX_NO_AUTH:
    case CURLPX_USER_REJECTED:
        return "it wants another user and password";
    default:
        return "it does not answer as a SOCKS proxy does";
    }
}

static int describe_socks(struct mf_httptransfer *h, const struct peers *p, struct mf_err *err)
{
    long code = 0;
    curl_easy_getinfo(h->easy, CURLINFO_PROXY_ERROR, &code);
    return mf_err_set(err, MF_E_NETWORK, "connect to %s through %s: %s", p->host, p->proxy, socks_text(code));
}

static int describe_late(const struct mf_httptransfer *h, const struct peers *p, struct mf_err *err)
{
    const struct mf_transport_options *o = &h->common->options;
    if (h->late == MF_HTTP_NO_ANSWER)
        return mf_err_set(err, MF_E_NETWORK, "read from %s: no answer began within %u seconds", p->host,
                          o->answer_seconds);
    if (h->late == MF_HTTP_STALLED)
        return mf_err_set(err, MF_E_NETWORK, "read from %s: nothing arrived for %u seconds, after %llu bytes", p->host,
                          o->stall_seconds, (unsigned long long)h->course->t->received);
    if (h->late == MF_HTTP_TOO_LONG)
        return mf_err_set(err, MF_E_NETWORK, "read from %s: not done within %u seconds, after %llu bytes", p->host,
                          o->total_seconds, (unsigned long long)h->course->t->received);
    return mf_err_set(err, MF_E_NETWORK, "connect to %s: no connection within %u seconds",
                      h->proxy ? p->proxy : p->host, o->connect_seconds);
}

static int describe_tls(struct mf_httptransfer *h, CURLcode code, const struct peers *p, struct mf_err *err)
{
    long wrong = 0; /* in the certificate of a proxy */
    curl_easy_getinfo(h->easy, CURLINFO_PROXY_SSL_VERIFYRESULT, &wrong);
    /* of these curl would name a file that nobody knows (caroots.h) */
    const char *why = code == CURLE_SSL_CACERT_BADFILE
                          ? "a certificate of --ca, SSL_CERT_FILE, SSL_CERT_DIR or the system's cannot be used"
                      : h->detail[0] ? h->detail
                                     : curl_easy_strerror(code);
    mf_err_set(err, MF_E_NETWORK, "TLS with %s: %s", h->proxy && wrong ? p->proxy : p->host, why);
    if (code == CURLE_PEER_FAILED_VERIFICATION)
        return mf_err_next(err,
                           "if a root of your own signs here, name its certificate with --ca FILE or SSL_CERT_FILE");
    return -1;
}

static long connect_status(struct mf_httptransfer *h)
{
    long status = 0;
    curl_easy_getinfo(h->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    return status;
}

/* A broken connection; or a proxy that did not make one. */
static int describe_other(struct mf_httptransfer *h, CURLcode code, const struct peers *p, struct mf_err *err)
{
    const long status = connect_status(h);
    if (h->proxy && mf_proxyenv_wants_login(status)) {
        mf_err_set(err, MF_E_NETWORK, "connect to %s through %s: %s", p->host, p->proxy,
                   status == 407 ? "407 Proxy Authentication Required" : "401 Unauthorized");
        return mf_err_next(err, "put user and password into %s: %s://user:password@host:port",
                           h->common->env.https_variable, h->common->env.https_scheme);
    }
    if (h->proxy && status >= 300)
        return mf_err_set(err, MF_E_NETWORK, "connect to %s through %s: status %ld", p->host, p->proxy, status);
    return mf_err_set(err, MF_E_NETWORK, "transfer from %s: %s", p->host, curl_easy_strerror(code));
}

static int describe(struct mf_httptransfer *h, CURLcode code, struct mf_err *err)
{
    const struct peers p = peers_of(h);
    if (h->head_too_big)
        return mf_err_set(err, MF_E_UPSTREAM, "%s: the head of the answer does not end", p.host);
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
        return mf_err_set(err, MF_E_NETWORK, "resolve %s: no such host, or no resolver answers", p.host);
    case CURLE_COULDNT_RESOLVE_PROXY:
        return mf_err_set(err, MF_E_NETWORK, "resolve %s: no such host", p.proxy);
    case CURLE_COULDNT_CONNECT:
        return describe_connect(h, &p, err);
    case CURLE_PROXY:
        return describe_socks(h, &p, err);
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_ABORTED_BY_CALLBACK:
        return describe_late(h, &p, err);
    case CURLE_PARTIAL_FILE:
        return mf_err_set(err, MF_E_NETWORK, "read from %s: the answer ended early, after %llu bytes", p.host,
                          (unsigned long long)h->course->t->received);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return mf_err_set(err, MF_E_UPSTREAM, "%s: the answer is not HTTP", p.host);
    case CURLE_BAD_CONTENT_ENCODING:
        return mf_err_set(err, MF_E_UPSTREAM, "%s: the answer does not decompress", p.host);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
        return describe_tls(h, code, &p, err);
    case CURLE_OUT_OF_MEMORY:
        return mf_err_nomem(err);
    default:
        return describe_other(h, code, &p, err);
    }
}

static enum mf_transfer_cause cause_of(const struct mf_httptransfer *h, CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
        return MF_CAUSE_CONNECTION;
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_ABORTED_BY_CALLBACK:
        return h->late == MF_HTTP_NO_ANSWER  ? MF_CAUSE_NO_ANSWER
               : h->late == MF_HTTP_STALLED  ? MF_CAUSE_STALLED
               : h->late == MF_HTTP_TOO_LONG ? MF_CAUSE_TOO_LONG
                                             : MF_CAUSE_CONNECTION;
    case CURLE_PARTIAL_FILE:
        return MF_CAUSE_TRUNCATED;
    case CURLE_GOT_NOTHING:
        return MF_CAUSE_EMPTY;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return MF_CAUSE_RESET;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        return MF_CAUSE_NOT_HTTP;
    case CURLE_BAD_CONTENT_ENCODING:
        return MF_CAUSE_ENCODING;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
        return MF_CAUSE_TLS;
    default:
        return MF_CAUSE_OTHER;
    }
}

/* No request reached the server. */
static bool is_unreachable(struct mf_httptransfer *h)
{
    curl_off_t ready = 0;
    curl_easy_getinfo(h->easy, CURLINFO_PRETRANSFER_TIME_T, &ready);
    return ready == 0;
}

void mf_httpfailure_describe(struct mf_httptransfer *h, CURLcode code)
{
    struct mf_transfer *t = h->course->t;
    t->unreachable = is_unreachable(h);
    t->cause = h->head_too_big ? MF_CAUSE_NOT_HTTP : cause_of(h, code);
    describe(h, code, &t->error);
}

bool mf_httpfailure_passing(struct mf_httptransfer *h, CURLcode code)
{
    const long status = h->proxy ? connect_status(h) : 0;
    long connects = 1;
    if (status >= 300)
        return mf_httpfailure_passing_status((int)status);
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_ABORTED_BY_CALLBACK:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
        return true;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
        /* on a connection of an earlier request, more may have come than that one's length */
        curl_easy_getinfo(h->easy, CURLINFO_NUM_CONNECTS, &connects);
        return connects == 0;
    default:
        return false;
    }
}

bool mf_httpfailure_passing_status(int status)
{
    return status == 408 || status == 429 || (status >= 500 && status != 501);
}

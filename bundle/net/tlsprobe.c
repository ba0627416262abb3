#include "bundle/net/tlsprobe.h"

#include <stdio.h>
#include <string.h>

#include "bundle/net/httptransfer.h"
#include "formats/base/clock.h"
#include "formats/base/str.h"

/* What OpenSSL's X509_V_ERR_... are (openssl/x509_vfy.h), which curl hands on. */
/* 1 is where curl begins, and what remains where it is curl that does not like the name. */
enum {
    UNSPECIFIED = 1,
    NOT_YET = 9,
    EXPIRED = 10,
    SELF_SIGNED = 18,
    SELF_SIGNED_ROOT = 19,
    NO_ISSUER = 20,
    NO_SIGNATURE = 21
};

static void release_easy(CURL **easy)
{
    curl_easy_cleanup(*easy);
}

static size_t ignore(char *p, size_t size, size_t count, void *ctx)
{
    (void)p, (void)ctx;
    return size * count;
}

static int on_progress(void *ctx, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
    const volatile int *const *stop = ctx;
    (void)total, (void)now, (void)up_total, (void)up;
    return *stop && **stop;
}

static bool set_roots(CURL *easy, const struct mf_httpcommon *common, enum mf_tlsprobe_roots roots)
{
    const long checks = roots != MF_ROOTS_ANY;
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, checks);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, checks ? 2L : 0L);
    return roots != MF_ROOTS_AS_SET ||
           (mf_caroots_set(&common->roots, easy) == CURLE_OK && mf_httpcommon_certify(common, easy));
}

static bool set_up(CURL *easy, const struct mf_httpcommon *common, const struct mf_httpurl *url,
                   enum mf_tlsprobe_roots roots, char *detail)
{
    const long limit = (long)common->options.connect_seconds * 1000;
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy, CURLOPT_CERTINFO, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, limit);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, limit);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, &common->options.stop);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, ignore);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail);
    return mf_httpcommon_route(easy, url, mf_proxyenv_for(&common->env, url->secure, url->host, url->port)) &&
           set_roots(easy, common, roots);
}

/* --- what is shown --- */

static void take_field(const char *line, struct mf_tlsprobe_certificate *c)
{
    struct mf_str value, name = mf_str_cut(mf_str(line), ':', &value);
    if (mf_str_eq(name, MF_LIT("Subject")))
        snprintf(c->subject, sizeof(c->subject), "%.*s", MF_FMT(value));
    else if (mf_str_eq(name, MF_LIT("Issuer")))
        snprintf(c->issuer, sizeof(c->issuer), "%.*s", MF_FMT(value));
    else if (mf_str_eq(name, MF_LIT("X509v3 Subject Alternative Name")))
        snprintf(c->names, sizeof(c->names), "%.*s", MF_FMT(value));
    else if (mf_str_eq(name, MF_LIT("Expire date")))
        c->expires = (int64_t)curl_getdate(value.p ? value.p : "", NULL);
}

static void take_chain(CURL *easy, struct mf_tlsprobe *out)
{
    struct curl_certinfo *info = NULL;
    if (curl_easy_getinfo(easy, CURLINFO_CERTINFO, &info) != CURLE_OK || !info)
        return;
    for (int i = 0; i < info->num_of_certs && out->count < MF_TLSPROBE_CHAIN_MAX; i++) {
        struct mf_tlsprobe_certificate *c = &out->chain[out->count++];
        c->expires = -1;
        for (const struct curl_slist *one = info->certinfo[i]; one; one = one->next)
            take_field(one->data, c);
    }
}

/* --- what went wrong --- */

static enum mf_tlsprobe_distrust distrust_of(long verify)
{
    switch (verify) {
    case SELF_SIGNED:
        return MF_DISTRUST_SELF_SIGNED;
    case SELF_SIGNED_ROOT:
    case NO_ISSUER:
    case NO_SIGNATURE:
        return MF_DISTRUST_ISSUER;
    case EXPIRED:
        return MF_DISTRUST_EXPIRED;
    case NOT_YET:
        return MF_DISTRUST_NOT_YET;
    default:
        return MF_DISTRUST_OTHER;
    }
}

static enum mf_tlsprobe_socks socks_of(long code)
{
    switch (code) {
    case CURLPX_NO_AUTH:
    case CURLPX_USER_REJECTED:
        return MF_SOCKS_AUTH;
    case CURLPX_REPLY_NOT_ALLOWED:
        return MF_SOCKS_RULES;
    case CURLPX_REPLY_NETWORK_UNREACHABLE:
    case CURLPX_REPLY_HOST_UNREACHABLE:
    case CURLPX_REPLY_CONNECTION_REFUSED:
    case CURLPX_REPLY_TTL_EXPIRED:
        return MF_SOCKS_UNREACHABLE;
    default:
        return MF_SOCKS_OTHER;
    }
}

/* The handshake broke without a word of TLS. OpenSSL says so in text only. */
static bool is_broken(const char *detail)
{
    return strstr(detail, "reset by peer") || strstr(detail, "SSL_ERROR_SYSCALL") || strstr(detail, "unexpected eof") ||
           strstr(detail, "Broken pipe");
}

static enum mf_tlsprobe_outcome tls_outcome(CURL *easy, CURLcode code, bool proxied, struct mf_tlsprobe *out)
{
    long verify = 0, of_proxy = 0, status = 0;
    curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verify);
    curl_easy_getinfo(easy, CURLINFO_PROXY_SSL_VERIFYRESULT, &of_proxy);
    curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &status);
    if (proxied && of_proxy && !status)
        return MF_TLSPROBE_PROXY_TLS;
    if (code != CURLE_PEER_FAILED_VERIFICATION)
        return is_broken(out->detail) ? MF_TLSPROBE_RESET : MF_TLSPROBE_REFUSED;
    out->why = distrust_of(verify);
    return verify > UNSPECIFIED ? MF_TLSPROBE_UNTRUSTED : MF_TLSPROBE_WRONG_NAME;
}

static enum mf_tlsprobe_outcome outcome_of(CURL *easy, CURLcode code, const struct mf_probe_way *way,
                                           struct mf_tlsprobe *out)
{
    long socks = 0;
    curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &out->status);
    curl_easy_getinfo(easy, CURLINFO_PROXY_ERROR, &socks);
    out->proxy_says = socks_of(socks);
    if (code == CURLE_OK)
        return MF_TLSPROBE_OK;
    if (way->tunnels && out->status >= 300)
        return MF_TLSPROBE_PROXY_STATUS;
    switch (code) {
    case CURLE_PROXY:
        return socks_of(socks) == MF_SOCKS_OTHER ? MF_TLSPROBE_PROXY_GARBLED : MF_TLSPROBE_PROXY_SOCKS;
    case CURLE_OPERATION_TIMEDOUT:
        return way->tunnels && !out->status ? MF_TLSPROBE_PROXY_SILENT : MF_TLSPROBE_LATE;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
        return MF_TLSPROBE_NO_CONNECTION;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
        return tls_outcome(easy, code, way->proxy != NULL, out);
    default:
        return way->tunnels && out->status / 100 != 2 ? MF_TLSPROBE_PROXY_GARBLED : MF_TLSPROBE_REFUSED;
    }
}

int mf_tlsprobe_run(const struct mf_transport *t, const char *url, enum mf_tlsprobe_roots roots,
                    struct mf_tlsprobe *out, struct mf_err *err)
{
    MF_CLEANUP(mf_httpurl_release) struct mf_httpurl u = MF_HTTPURL_NONE;
    MF_CLEANUP(release_easy) CURL *easy = curl_easy_init();
    const struct mf_httpcommon *common = mf_transport_common(t);
    char detail[CURL_ERROR_SIZE] = "";
    struct mf_probe_way way;
    *out = (struct mf_tlsprobe){.outcome = MF_TLSPROBE_OK};
    if (!easy)
        return mf_err_nomem(err);
    if (mf_httpurl_parse(&u, url, err) < 0 || mf_probe_find_way(t, url, &way, err) < 0)
        return -1;
    if (!set_up(easy, common, &u, roots, detail))
        return mf_err_nomem(err);
    const int64_t begun = mf_clock_ms();
    const CURLcode code = curl_easy_perform(easy);
    out->milliseconds = mf_clock_ms() - begun;
    snprintf(out->detail, sizeof(out->detail), "%s", detail[0] || code == CURLE_OK ? detail : curl_easy_strerror(code));
    out->outcome = outcome_of(easy, code, &way, out);
    take_chain(easy, out);
    if (code == CURLE_OUT_OF_MEMORY)
        return mf_err_nomem(err);
    return mf_err_stopped(common->options.stop, err);
}

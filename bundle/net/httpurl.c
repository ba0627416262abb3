#include "bundle/net/httpurl.h"

#include <curl/curl.h>
#include <sodium.h>
#include <stdio.h>
#include <strings.h>

static void release_handle(CURLU **u)
{
    curl_url_cleanup(*u);
}

static void unbracket(char *host)
{
    size_t n = strlen(host);
    if (n < 2 || host[0] != '[')
        return;
    memmove(host, host + 1, n - 2);
    host[n - 2] = '\0';
}

static bool take_parts(CURLU *u, struct mf_httpurl *out)
{
    char *scheme = NULL;
    if (curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK)
        return false;
    out->secure = strcasecmp(scheme, "https") == 0;
    const bool known = out->secure || strcasecmp(scheme, "http") == 0;
    curl_free(scheme);
    if (!known || curl_url_get(u, CURLUPART_HOST, &out->host, 0) != CURLUE_OK ||
        curl_url_get(u, CURLUPART_PORT, &out->port, CURLU_DEFAULT_PORT) != CURLUE_OK)
        return false;
    unbracket(out->host);
    /* these fail where there is none */
    (void)curl_url_get(u, CURLUPART_USER, &out->user, CURLU_URLDECODE);
    (void)curl_url_get(u, CURLUPART_PASSWORD, &out->password, CURLU_URLDECODE);
    return curl_url_set(u, CURLUPART_USER, NULL, 0) == CURLUE_OK &&
           curl_url_set(u, CURLUPART_PASSWORD, NULL, 0) == CURLUE_OK &&
           curl_url_get(u, CURLUPART_URL, &out->text, 0) == CURLUE_OK;
}

int mf_httpurl_parse(struct mf_httpurl *out, const char *text, struct mf_err *err)
{
    MF_CLEANUP(release_handle) CURLU *u = curl_url();
    *out = MF_HTTPURL_NONE;
    if (!u)
        return mf_err_nomem(err);
    if (curl_url_set(u, CURLUPART_URL, text, CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK && take_parts(u, out))
        return 0;
    mf_httpurl_release(out);
    return mf_err_set(err, MF_E_UPSTREAM, "not an HTTP URL");
}

bool mf_httpurl_same_origin(const struct mf_httpurl *a, const struct mf_httpurl *b)
{
    return a->secure == b->secure && strcasecmp(a->host, b->host) == 0 && strcmp(a->port, b->port) == 0;
}

void mf_httpurl_release(struct mf_httpurl *u)
{
    if (u->password)
        sodium_memzero(u->password, strlen(u->password));
    curl_free(u->host);
    curl_free(u->port);
    curl_free(u->user);
    curl_free(u->password);
    curl_free(u->text);
    *u = MF_HTTPURL_NONE;
}

/* Returns false where the text has no host and port; both are the caller's. */
static bool find_peer(const char *text, char **host, char **port)
{
    MF_CLEANUP(release_handle) CURLU *u = curl_url();
    const unsigned flags = CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME;
    return u && text && curl_url_set(u, CURLUPART_URL, text, flags) == CURLUE_OK &&
           curl_url_get(u, CURLUPART_HOST, host, 0) == CURLUE_OK &&
           curl_url_get(u, CURLUPART_PORT, port, CURLU_DEFAULT_PORT) == CURLUE_OK;
}

int mf_httpurl_host(const char *text, char *host, size_t host_cap, char *port, size_t port_cap, struct mf_err *err)
{
    char *host_text = NULL, *port_text = NULL;
    const bool found = find_peer(text, &host_text, &port_text);
    if (found) {
        unbracket(host_text);
        snprintf(host, host_cap, "%s", host_text);
        snprintf(port, port_cap, "%s", port_text);
    }
    curl_free(host_text);
    curl_free(port_text);
    return found ? 0 : mf_err_set(err, MF_E_UPSTREAM, "not a URL with host and port");
}

void mf_httpurl_peer(const char *text, char *out, size_t cap)
{
    char *host = NULL, *port = NULL;
    if (find_peer(text, &host, &port))
        snprintf(out, cap, "%s port %s", host, port);
    else
        snprintf(out, cap, "%s", host ? host : "the server");
    curl_free(host);
    curl_free(port);
}

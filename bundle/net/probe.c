#include "bundle/net/probe.h"

#include <stdio.h>
#include <stdlib.h>

#include "bundle/net/httpurl.h"
#include "bundle/net/probeparts.h"

static bool is_set(const char *variable)
{
    const char *value = getenv(variable);
    return value && value[0];
}

int mf_probe_new(struct mf_probe **out, const struct mf_probe_options *options, struct mf_err *err)
{
    MF_CLEANUP(mf_probe_free) struct mf_probe *p = calloc(1, sizeof(*p));
    if (!p)
        return mf_err_nomem(err);
    *p = (struct mf_probe){*options, MF_PROXYENV_INIT, MF_CAROOTS_INIT, false, false};
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return mf_err_set(err, MF_E_NOMEM, "curl does not start");
    p->curl_ready = true;
    p->own_roots = options->ca_file || is_set("SSL_CERT_FILE") || is_set("SSL_CERT_DIR");
    const struct mf_transport_options roots = {.ca_file = options->ca_file};
    if (mf_proxyenv_read(&p->env, getenv, err) < 0 || mf_caroots_read(&p->roots, &roots, getenv, err) < 0)
        return -1;
    *out = p;
    p = NULL;
    return 0;
}

void mf_probe_free(struct mf_probe **p)
{
    if (!*p)
        return;
    mf_proxyenv_release(&(*p)->env);
    mf_caroots_release(&(*p)->roots);
    if ((*p)->curl_ready)
        curl_global_cleanup();
    free(*p);
    *p = NULL;
}

bool mf_probe_has_own_roots(const struct mf_probe *p)
{
    return p->own_roots;
}

/* The scheme of a proxy is one of four, as mf_proxyenv_read writes them. */
static const char *kind_of(const char *proxy)
{
    return strncmp(proxy, "socks", 5) == 0   ? "SOCKS proxy"
           : strncmp(proxy, "https", 5) == 0 ? "HTTPS proxy"
                                             : "HTTP proxy";
}

static const char *variable_of(bool secure)
{
    return secure ? (is_set("HTTPS_PROXY") ? "HTTPS_PROXY" : "https_proxy")
                  : (is_set("HTTP_PROXY") && !is_set("REQUEST_METHOD") ? "HTTP_PROXY" : "http_proxy");
}

int mf_probe_find_way(const struct mf_probe *p, const char *url, struct mf_probe_way *out, struct mf_err *err)
{
    MF_CLEANUP(mf_httpurl_release) struct mf_httpurl u = MF_HTTPURL_NONE;
    *out = (struct mf_probe_way){0};
    if (mf_httpurl_parse(&u, url, err) < 0)
        return -1;
    out->secure = u.secure;
    snprintf(out->host, sizeof(out->host), "%s", u.host);
    snprintf(out->port, sizeof(out->port), "%s", u.port);
    const char *proxy = mf_proxyenv_for(&p->env, u.secure, u.host, u.port);
    if (!proxy)
        return 0;
    out->proxy = kind_of(proxy);
    out->tunnels = u.secure || out->proxy[0] == 'S';
    out->variable = variable_of(u.secure);
    return mf_httpurl_host(proxy, out->proxy_host, sizeof(out->proxy_host), out->proxy_port, sizeof(out->proxy_port),
                           err);
}

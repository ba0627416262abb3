#include "bundle/net/probe.h"

#include <stdio.h>

#include "bundle/net/httptransfer.h"

bool mf_probe_has_own_roots(const struct mf_transport *t)
{
    const struct mf_httpcommon *c = mf_transport_common(t);
    return c->options.ca_file || c->roots.file || c->roots.no_directory;
}

int mf_probe_find_way(const struct mf_transport *t, const char *url, struct mf_probe_way *out, struct mf_err *err)
{
    MF_CLEANUP(mf_httpurl_release) struct mf_httpurl u = MF_HTTPURL_NONE;
    const struct mf_proxyenv *env = &mf_transport_common(t)->env;
    *out = (struct mf_probe_way){0};
    if (mf_httpurl_parse(&u, url, err) < 0)
        return -1;
    out->secure = u.secure;
    snprintf(out->host, sizeof(out->host), "%s", u.host);
    snprintf(out->port, sizeof(out->port), "%s", u.port);
    const char *proxy = mf_proxyenv_for(env, u.secure, u.host, u.port);
    if (!proxy)
        return 0;
    out->proxy = mf_proxyenv_kind(proxy);
    out->tunnels = u.secure || out->proxy[0] == 'S';
    out->variable = u.secure ? env->https_variable : env->http_variable;
    out->scheme = u.secure ? env->https_scheme : env->http_scheme;
    return mf_httpurl_host(proxy, out->proxy_host, sizeof(out->proxy_host), out->proxy_port, sizeof(out->proxy_port),
                           err);
}

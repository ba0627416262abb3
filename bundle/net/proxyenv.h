/* The forward proxy that the environment asks for, by Go's rules
 * (golang.org/x/net/http/httpproxy): HTTPS_PROXY or https_proxy for https,
 * HTTP_PROXY or http_proxy for http (not HTTP_PROXY where REQUEST_METHOD is set,
 * which is a CGI program's environment), NO_PROXY or no_proxy for exceptions,
 * never a proxy for localhost and loopback addresses. ALL_PROXY does not count.
 *
 * A proxy is URL or host:port; schemes are http (the default), https, socks5 and
 * socks5h, which both let the proxy resolve names, as in Go. User and password
 * may stand in the URL.
 *
 * An entry of NO_PROXY is "*", an address, a network (10.0.0.0/8), a domain that
 * counts with all below it, or ".domain" and "*.domain" for those below it alone;
 * addresses and domains may have a port. Names that are not ASCII are not converted.
 */
#ifndef MF_PROXYENV_H
#define MF_PROXYENV_H

#include "formats/base/buf.h"

struct mf_proxyenv {
    struct mf_buf http, https; /* URL with scheme and port, ends in NUL; empty: none. May hold a password */
    struct mf_buf exceptions;  /* in lower case */
    const char *http_variable, *https_variable; /* that names it; static */
    const char *http_scheme, *https_scheme;     /* as the variable has it, in lower case; static */
};

#define MF_PROXYENV_INIT                                                                                               \
    ((struct mf_proxyenv){                                                                                             \
        .http = MF_BUF_INIT(4 * MF_KIB), .https = MF_BUF_INIT(4 * MF_KIB), .exceptions = MF_BUF_INIT(64 * MF_KIB)})

/* `getenv_fn` is getenv but for tests. MF_E_USAGE, without credentials in the
 * text, for a proxy of another scheme or without a host; MF_E_LIMIT, MF_E_NOMEM. */
int mf_proxyenv_read(struct mf_proxyenv *p, char *(*getenv_fn)(const char *),
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The proxy for a request, or NULL. `host` without brackets, in any case; `port`
 * in decimal, never empty. */
const char *mf_proxyenv_for(const struct mf_proxyenv *p, bool secure, const char *host, const char *port) MF_NONNULL;

/* What such a proxy is called: "HTTP proxy", "HTTPS proxy" or "SOCKS proxy". Static. */
const char *mf_proxyenv_kind(const char *proxy) MF_NONNULL;

/* True where a proxy that answers so wants a login, or another one: 401 is tinyproxy's
 * answer to CONNECT with a wrong password. */
bool mf_proxyenv_wants_login(long status);

void mf_proxyenv_release(struct mf_proxyenv *p) MF_NONNULL;

#endif

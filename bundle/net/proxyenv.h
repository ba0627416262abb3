/* The HTTP proxy that the environment asks for.
 *
 * As Go does it (golang.org/x/net/http/httpproxy): HTTPS_PROXY or https_proxy
 * for https, HTTP_PROXY or http_proxy for http (not HTTP_PROXY where
 * REQUEST_METHOD is set, which is a CGI program's environment), NO_PROXY or
 * no_proxy for exceptions, never a proxy for localhost and loopback addresses.
 *
 * Different from Go, because curl matches the exceptions: ".example.com" also
 * excepts example.com itself, and an entry with a port counts for every port.
 * ALL_PROXY, which Go does not know, is curl's to honour where nothing else is
 * set. After a redirect from http to https the proxy for http stays in use.
 */
#ifndef MF_PROXYENV_H
#define MF_PROXYENV_H

#include "formats/base/buf.h"

struct mf_proxyenv {
    const char *http, *https; /* NULL: none; borrowed from the environment */
    struct mf_buf exceptions; /* for CURLOPT_NOPROXY */
};

#define MF_PROXYENV_INIT ((struct mf_proxyenv){.exceptions = MF_BUF_INIT(64 * MF_KIB)})

/* `getenv_fn` is getenv but for tests. MF_E_LIMIT, MF_E_NOMEM. */
int mf_proxyenv_read(struct mf_proxyenv *p, char *(*getenv_fn)(const char *),
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

void mf_proxyenv_release(struct mf_proxyenv *p) MF_NONNULL;

#endif

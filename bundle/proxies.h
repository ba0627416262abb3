/* The entries of a GOPROXY list.
 *
 * Rules: GOROOT/src/cmd/go/internal/modfetch/proxy.go (proxyList,
 * newProxyRepo), GOSPEC section 5.1. Entries are separated by ',' (the next one
 * is asked after 404 and 410) or '|' (the next one is asked after any failure);
 * empty ones are skipped and nothing after "off" or "direct" counts. An entry
 * with a dot, colon or slash and without ":/" gets "https://" in front.
 *
 * Stricter than go: a query or fragment, a host with characters that no host
 * name has, and http with credentials are refused here, not at the first use. So is
 * an entry with credentials and without a scheme behind one with a colon, which is
 * what a password with a comma in it looks like.
 */
#ifndef MF_PROXIES_H
#define MF_PROXIES_H

#include "formats/base/arena.h"

/* One entry of a GOPROXY list. */
struct mf_proxy {
    struct mf_str url;   /* no trailing slash; ends in NUL; "direct", "off" as they are */
    struct mf_str shown; /* the same without credentials, for messages and provenance */
    bool falls_through;  /* followed by '|': any failure goes on to the next */
};

struct mf_proxies {
    struct mf_proxy *list;
    size_t count; /* >= 1; nothing follows "direct" or "off" */
};

/* Parses a GOPROXY value; the result lives in the arena. In url, bytes of the
 * path that are blank or not ASCII are percent-encoded, so that it can be sent
 * as it is. MF_E_USAGE, without credentials in the text, for an empty list, a
 * bare path, a scheme other than https, http and file, a file URL with a host,
 * http with credentials, and for text that is no URL. */
int mf_proxies_parse(struct mf_str value, struct mf_proxies *out, struct mf_arena *arena,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Parses one URL as an entry of the list is parsed; messages begin with `what`,
 * the name of the setting that has it. */
int mf_proxies_parse_url(const char *what, struct mf_str text, struct mf_proxy *out, struct mf_arena *arena,
                         struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

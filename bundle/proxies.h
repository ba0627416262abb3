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

enum mf_proxy_kind {
    MF_PROXY_URL,
    MF_PROXY_OFF,
    MF_PROXY_DIRECT,  /* every module from its repository */
    MF_PROXY_NOPROXY, /* those that GONOPROXY matches */
};

/* One entry of a GOPROXY list. */
struct mf_proxy {
    enum mf_proxy_kind kind;
    struct mf_str url;   /* no trailing slash; ends in NUL; of other kinds "off", "direct", "noproxy" */
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

/* Puts an entry of kind NOPROXY before all others, as go does, unless no module can
 * match the patterns of GONOPROXY, or GOPROXY is `direct` alone. */
int mf_proxies_add_noproxy(struct mf_proxies *p, struct mf_str patterns, struct mf_arena *arena,
                           struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Which entry of GOPROXY the entry `i` of the list is, from 1; 0 for one that is put
 * before them. */
unsigned mf_proxies_number(const struct mf_proxies *p, size_t i) MF_NONNULL;

/* What an entry of the list does for a module (modfetch/repo.go, lookup). */
enum mf_proxy_way {
    MF_WAY_PROXY,
    MF_WAY_DIRECT, /* it is fetched from its repository */
    MF_WAY_OFF,
    MF_WAY_NONE, /* nothing: the entry is for others */
};

enum mf_proxy_way mf_proxies_way(const struct mf_proxy *entry, struct mf_str patterns, struct mf_str path) MF_NONNULL;

/* Parses one URL as an entry of the list is parsed; messages begin with `what`,
 * the name of the setting that has it. */
int mf_proxies_parse_url(const char *what, struct mf_str text, struct mf_proxy *out, struct mf_arena *arena,
                         struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

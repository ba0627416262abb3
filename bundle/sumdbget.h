/* Asking a checksum database: lookups and tiles, many at once.
 *
 * The way to the database is go's (GOROOT/src/cmd/go/internal/modfetch/sumdb.go,
 * initBase; GOSPEC section 7.1): the URL of GOSUMDB where it has one; else the
 * first proxy of GOPROXY that answers <proxy>/sumdb/<name>/supported, and then
 * that one alone; else https://<name>. A proxy without the file (404, 410), or
 * with any failure where '|' follows it, goes on to the next one; one before '|'
 * that no connection can be made to counts as one without it; "direct" and
 * "off" end the list. It is found out at the first question.
 */
#ifndef MF_SUMDBGET_H
#define MF_SUMDBGET_H

#include "bundle/net/transport.h"
#include "bundle/proxies.h"
#include "formats/gosumdb.h"

/* One question, and the answer. */
struct mf_sumdbget_item {
    const char *path; /* "lookup/..." or "tile/..."; borrowed */
    uint64_t limit;   /* bytes of the answer */
    bool ok;
    bool missing;         /* 404 or 410; the error is set as well */
    struct mf_buf body;   /* where ok; the caller's to release */
    uint64_t transfer;    /* netwatch.h */
    struct mf_err *error; /* where not ok: MF_E_NOT_FOUND, MF_E_UPSTREAM, MF_E_NETWORK, MF_E_LIMIT; in the arena */
};

struct mf_sumdbget {
    const struct mf_gosumdb *db;
    const struct mf_proxies *proxies;
    struct mf_transport *transport; /* used for nothing else while questions are under way */
    struct mf_arena *arena;         /* all borrowed */
    bool found;
    struct mf_proxy base; /* where found: URL of the database */
    unsigned entry;       /* of GOPROXY that it is behind, from 1; 0: none */
    uint64_t requests, bytes;
};

/* Finds out now where the database is. As below. */
int mf_sumdbget_find(struct mf_sumdbget *g, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Asks all questions, and waits. Returns -1 where the way to the database cannot
 * be found or the transport fails, with the answers that have come before; failures
 * of single questions are answers. */
int mf_sumdbget_all(struct mf_sumdbget *g, struct mf_sumdbget_item *items, size_t n, struct mf_err *err)
    MF_NONNULL_ARGS(1, 4) MF_NODISCARD;

#endif

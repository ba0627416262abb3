/* Tells whoever watches (netwatch.h) what became of a request. For transport.c.
 */
#ifndef MF_HTTPWATCH_H
#define MF_HTTPWATCH_H

#include "bundle/net/httpoutcome.h"

struct mf_httpwatch_end {
    enum mf_netend end;
    int64_t pause_ms; /* where RETRY */
};

/* How a request has ended; `wait` is the pause before the next try, negative where
 * there is none. */
enum mf_netend mf_httpwatch_kind(const struct mf_httptransfer *h, const struct mf_httpoutcome *end,
                                 int64_t wait) MF_NONNULL;

/* Tells of an HTTP request, before its handle is abandoned. Does nothing where nobody
 * watches; what there is no memory for is left out. */
void mf_httpwatch_end(const struct mf_httptransfer *h, const struct mf_httpwatch_end *end) MF_NONNULL;

/* Runs a transfer of a file:// URL and tells of it; watch may be NULL. */
void mf_httpwatch_file(const struct mf_netwatch *watch, struct mf_transfer *t, void (*run)(struct mf_transfer *t))
    MF_NONNULL_ARGS(2, 3);

#endif

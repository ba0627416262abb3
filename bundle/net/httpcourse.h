/* What a request keeps from one try to the next, and from one redirect to the next.
 */
#ifndef MF_HTTPCOURSE_H
#define MF_HTTPCOURSE_H

#include "bundle/net/httpresume.h"
#include "bundle/net/transport.h"

struct mf_httpcourse {
    struct mf_transfer *t;
    int64_t fd_start; /* offset of t->fd before the body; -1 where it has none */
    char *hop;        /* where a redirect led; NULL: t->url is asked */
    unsigned hops;
    unsigned requests;  /* that were begun */
    bool asked_more;    /* for credentials */
    struct mf_buf text; /* start of the last error answer in text/plain */
    struct mf_httpresume resume;
    uint64_t most; /* that resume.kept has been */
};

/* Makes one for a transfer, whose result fields are emptied. */
struct mf_httpcourse mf_httpcourse_of(struct mf_transfer *t) MF_NONNULL;
void mf_httpcourse_release(struct mf_httpcourse *c) MF_NONNULL;

/* Drops what is there of the body. False where the fd cannot be cut back. */
bool mf_httpcourse_reset(struct mf_httpcourse *c) MF_NONNULL MF_NODISCARD;

/* Makes the transfer ready for another try: what of the body cannot be kept is
 * dropped. False where the fd cannot be cut back. */
bool mf_httpcourse_rewind(struct mf_httpcourse *c) MF_NONNULL MF_NODISCARD;

/* Gives the transfer what its outcome promises; nothing is to follow. */
void mf_httpcourse_settle(struct mf_httpcourse *c) MF_NONNULL;

#endif

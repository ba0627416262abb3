/* What came of an HTTP request, and what to do next. Redirects are followed here
 * and not by curl, because each hop has its own forward proxy and may carry
 * credentials only where the first one went.
 */
#ifndef MF_HTTPOUTCOME_H
#define MF_HTTPOUTCOME_H

#include "bundle/net/httptransfer.h"

enum mf_httpoutcome_verdict {
    MF_HTTP_DONE,
    MF_HTTP_AGAIN, /* not done: another request is to be sent at once */
    MF_HTTP_RETRY, /* done, but worth another try after a pause */
};

struct mf_httpoutcome {
    enum mf_httpoutcome_verdict verdict;
    int64_t wait_ms; /* what the server asked for (Retry-After), 0 where nothing */
    bool progressed; /* bytes of the body came that the next try need not fetch */
};

/* Fills in the outcome of the transfer after curl has ended with `code`. h is not
 * idle yet. A failure is one of asking for credentials. */
int mf_httpoutcome_finish(struct mf_httptransfer *h, CURLcode code, struct mf_httpoutcome *end,
                          struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

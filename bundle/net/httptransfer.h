/* One HTTP transfer on one curl handle: setting it up, taking its body, saying
 * what came of it. transport.c drives the handles.
 */
#ifndef MF_HTTPTRANSFER_H
#define MF_HTTPTRANSFER_H

#include <curl/curl.h>

#include "bundle/net/proxyenv.h"
#include "bundle/net/transport.h"

struct mf_httptransfer {
    CURL *easy;            /* owned; reused from one transfer to the next */
    struct mf_transfer *t; /* NULL while idle */
    const char *proxy;     /* HTTP proxy asked for, or NULL */
    int64_t fd_start;      /* offset of t->fd before the body; -1 where it has none */
    long status;           /* of the answer whose body is arriving */
    bool started;          /* the body has begun */
    bool keeps_text;       /* an error answer in text/plain */
    bool too_big, enough, local_failure;
    size_t discarded; /* bytes of an error answer that nobody wants */
    char detail[CURL_ERROR_SIZE];
};

enum mf_httptransfer_verdict {
    MF_HTTP_DONE,
    MF_HTTP_RETRY, /* done, but worth another try */
};

/* Makes the handle ready for t, whose result fields are empty. */
int mf_httptransfer_begin(struct mf_httptransfer *h, struct mf_transfer *t, const struct mf_transport_options *options,
                          const struct mf_proxyenv *env, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Fills in the outcome after curl has ended with `code`; h is idle then.
 * *wait_ms_out is what the server asked for (Retry-After), 0 where nothing. */
enum mf_httptransfer_verdict mf_httptransfer_finish(struct mf_httptransfer *h, CURLcode code,
                                                    int64_t *wait_ms_out) MF_NONNULL;

/* Empties the result of t for another try: releases the body and cuts t->fd
 * back to `fd_start`. False where the fd cannot be cut back. */
bool mf_httptransfer_reset(struct mf_transfer *t, int64_t fd_start) MF_NONNULL;

void mf_httptransfer_release(struct mf_httptransfer *h) MF_NONNULL;

#endif

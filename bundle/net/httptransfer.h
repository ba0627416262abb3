/* One HTTP request on one curl handle: setting it up, taking its body.
 * httpoutcome.h says what came of it; transport.c drives the handles.
 */
#ifndef MF_HTTPTRANSFER_H
#define MF_HTTPTRANSFER_H

#include <curl/curl.h>

#include "bundle/net/caroots.h"
#include "bundle/net/httpcourse.h"
#include "bundle/net/httpurl.h"
#include "bundle/net/proxyenv.h"

/* What all requests of a transport share. */
struct mf_httpcommon {
    struct mf_transport_options options; /* without zeros */
    struct mf_proxyenv env;
    struct mf_caroots roots;
};

/* That of a transport. */
const struct mf_httpcommon *mf_transport_common(const struct mf_transport *t) MF_NONNULL;

/* Where a handle connects to: the URL, by a forward proxy or, where that is NULL, by
 * none. False where memory is missing, or curl lacks http or https. */
bool mf_httpcommon_route(CURL *easy, const struct mf_httpurl *url, const char *proxy) MF_NONNULL_ARGS(1, 2);

/* The client certificate, where there is one. False where memory is missing. */
bool mf_httpcommon_certify(const struct mf_httpcommon *common, CURL *easy) MF_NONNULL;

/* Why curl was told to give up. */
enum mf_httptransfer_late { MF_HTTP_IN_TIME, MF_HTTP_NO_ANSWER, MF_HTTP_STALLED, MF_HTTP_TOO_LONG };

struct mf_httptransfer {
    CURL *easy; /* owned; reused from one request to the next */
    const struct mf_httpcommon *common;
    struct mf_httpcourse *course; /* NULL while idle */
    struct mf_httpurl url;        /* what is asked now */
    const char *proxy;            /* forward proxy, or NULL */
    struct curl_slist *headers;
    struct mf_buf answer; /* status line and headers, where somebody may want them */
    long status;          /* of the answer whose body is arriving */
    bool started;         /* the body has begun */
    bool authorized;      /* a header with credentials is sent */
    bool own_login;       /* which are those of the URL */
    bool keeps_text;
    bool too_big, enough, local_failure, resume_refused, head_too_big;
    size_t head_bytes;
    size_t discarded; /* bytes of an error answer that nobody wants */
    int64_t began_us, sent_ms, moved_ms;
    uint64_t range_from; /* bytes of the body that were here */
    curl_off_t moved_bytes;
    bool answered;
    enum mf_httptransfer_late late;
    char detail[CURL_ERROR_SIZE];
};

/* Makes the handle ready for the next request of a course. MF_E_UPSTREAM for a
 * URL that is none; another error is a failure of the machinery. */
int mf_httptransfer_begin(struct mf_httptransfer *h, struct mf_httpcourse *course, const struct mf_httpcommon *common,
                          struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Looks at the head of an answer, once: whether its body counts, and from where. */
void mf_httptransfer_answered(struct mf_httptransfer *h) MF_NONNULL;

/* Drops what belongs to one request; the handle stays. */
void mf_httptransfer_abandon(struct mf_httptransfer *h) MF_NONNULL;

void mf_httptransfer_release(struct mf_httptransfer *h) MF_NONNULL;

#endif

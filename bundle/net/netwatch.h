/* Whoever watches requests go by: for traces and progress. The calls come from
 * inside mf_transport_run, and must not use the transport.
 *
 * Nothing here holds a secret: no header, no user and password, of a redirect
 * only where it leads and not what it carries.
 */
#ifndef MF_NETWATCH_H
#define MF_NETWATCH_H

#include "formats/base/err.h"
#include "formats/base/str.h"

enum mf_netend {
    MF_NETEND_OK,          /* the body is here */
    MF_NETEND_STATUS,      /* an answer with another status; the last word */
    MF_NETEND_FAILED,      /* no usable answer; the last word */
    MF_NETEND_RETRY,       /* sent again after a pause */
    MF_NETEND_REDIRECT,    /* sent again to another place */
    MF_NETEND_CREDENTIALS, /* sent again with credentials */
    MF_NETEND_ANEW,        /* the answer was not the rest of the body: sent again for all of it */
    MF_NETEND_DROPPED,     /* somebody has interrupted it, or the run has failed */
};

/* One request, over. Strings live during the call. */
struct mf_netrequest {
    uint64_t transfer;   /* 1, 2, ...: the transfer that it belongs to */
    unsigned number;     /* of its requests, from 1: retries and redirects count */
    unsigned entry;      /* as the caller has named it in mf_transfer */
    const char *method;  /* "GET", "HEAD", "FILE" */
    const char *url;     /* without user and password; behind a redirect "https://host:port/..." */
    const char *proxy;   /* the forward proxy, without user and password; NULL: none */
    const char *to;      /* where REDIRECT: "https://host:port/..."; else NULL */
    const char *reason;  /* where it was of no use, in words; else NULL */
    uint64_t range_from; /* bytes of the body that were here already */
    bool authorized;     /* a header with credentials was sent */
    int64_t began_us;    /* on the monotonic clock (clock.h) */
    /* Microseconds from there until the name was resolved, the connection was there, TLS with the server was ready,
     * the first byte came, and all was over; -1 where that did not take place. The first three belong to the forward
     * proxy where there is one, but for TLS. */
    int64_t dns_us, connect_us, tls_us, first_byte_us, total_us;
    bool reused;      /* went over the connection of an earlier request */
    uint64_t bytes;   /* of the body, as they came over the network */
    int status;       /* 0: no answer */
    const char *http; /* "1.1", "2"; NULL: no answer, or a file */
    enum mf_netend end;
    int64_t pause_ms; /* where RETRY: until the next one */
};

struct mf_netwatch {
    void *ctx;
    void (*request)(void *ctx, const struct mf_netrequest *r);
    /* At least twice a second while requests are under way: bytes of bodies that have come so far; less than before
     * where some are to come again. */
    void (*moved)(void *ctx, uint64_t bytes);
};

#endif

/* Transfers: many HTTP(S) requests at once, and file:// URLs in the same terms.
 *
 * curl's multi interface runs on the caller's thread inside mf_transport_run;
 * finished requests call back from there and may submit more. This folder is
 * the only place that includes curl; everything above sees this header, and
 * tests put a fake behind it.
 *
 * HTTP as the go command does it (GOSPEC section 5.1): GET (and HEAD, which go never needs), at most 10 redirects,
 * never from https to http, forward proxies as proxyenv.h has them, body
 * decompressed where the server says it is, roots as caroots.h has them.
 *
 * Credentials are for https alone: user and password in the URL, else those of
 * `credentials`, and the client certificate. They go to the scheme, host and port
 * that the caller named, and not on to where a redirect leads; the client certificate
 * not to a server whose own is not checked either.
 *
 * Unlike go: a connection that fails or breaks, a 5xx answer, 408 and 429 are tried
 * again with growing pauses (a Retry-After of up to 30 s is honoured), three times
 * at most where no connection could be made, and not after RETRY_SECONDS; a body
 * that broke off is gone on with (httpresume.h), and a try that brought a part of
 * it does not count. A transfer that is slow but moves has no limit on its time.
 *
 * A transport and its transfers belong to one thread.
 */
#ifndef MF_TRANSPORT_H
#define MF_TRANSPORT_H

#include "bundle/net/credentials.h"
#include "bundle/net/netwatch.h"

struct mf_transport;

enum mf_transfer_outcome {
    MF_TRANSFER_OK,      /* status 200, body complete */
    MF_TRANSFER_STATUS,  /* an answer with another status; 404 also for a missing file */
    MF_TRANSFER_FAILED,  /* no usable answer; error says why */
    MF_TRANSFER_TOO_BIG, /* the body exceeded `limit`; error is MF_E_LIMIT */
};

/* What kind of failure it was, where FAILED; for who wants more than the words. */
enum mf_transfer_cause {
    MF_CAUSE_OTHER,      /* memory, the local file system, a URL that is none; or none of these */
    MF_CAUSE_CONNECTION, /* none could be made: name, server or forward proxy */
    MF_CAUSE_TLS,
    MF_CAUSE_NO_ANSWER, /* answer_seconds */
    MF_CAUSE_STALLED,   /* stall_seconds */
    MF_CAUSE_TOO_LONG,  /* total_seconds */
    MF_CAUSE_TRUNCATED, /* the body ended early */
    MF_CAUSE_EMPTY,     /* the connection was closed instead of an answer */
    MF_CAUSE_RESET,     /* it broke */
    MF_CAUSE_NOT_HTTP,
    MF_CAUSE_ENCODING, /* the body does not decompress */
    MF_CAUSE_REDIRECT, /* one that is not followed */
};

/* Who may have given an answer, and what was sent to prove who asks. */
struct mf_transfer_from {
    bool secure;     /* https: it is the server's own */
    bool authorized; /* credentials were sent to it */
    bool own_login;  /* which were user and password of the URL */
    /* where the answer may be that of a forward proxy: the variable that names it, and
     * the scheme that it has there, both static; else NULL */
    const char *proxy_variable, *proxy_scheme;
    bool proxy_login; /* that has user and password */
};

struct mf_transfer;

/* Called once per request, from inside mf_transport_run; may submit and cancel,
 * and may free the transfer. */
typedef void mf_transfer_done(void *ctx, struct mf_transfer *t);

/* What a request asks for and what came of it. */
struct mf_transfer {
    /* set by the caller */
    const char *url; /* http, https or file; borrowed until done */
    bool head_only;  /* HEAD: no body is fetched, `length` is what matters */
    uint64_t limit;  /* bytes of body, after decompression */
    bool whole;      /* the body is not to be put together from parts of several answers */
    bool any_status; /* an answer with another status than 200 has a body too, up to `limit` bytes; fd is -1 */
    bool unverified; /* https: any certificate will do, as GOINSECURE has it */
    int fd;          /* the body is written here, from the current offset; what is there where the
                        outcome is not OK does not count. -1: it is collected in `body` */
    unsigned entry;  /* for whoever watches: which entry of GOPROXY is asked, from 1; 0: none */
    mf_transfer_done *done;
    void *ctx;
    /* set when it is queued: 1, 2, ... */
    uint64_t id;
    /* set before done is called */
    enum mf_transfer_outcome outcome;
    int status;                   /* HTTP status, or 200/403/404 for files; 0 where FAILED */
    struct mf_transfer_from from; /* where STATUS: whose answer it is */
    uint32_t wait_seconds;        /* where STATUS: what the server asks to wait (Retry-After); 0 where nothing */
    struct mf_buf body; /* where fd is -1; also the start (up to 1 KiB) of a text/plain error answer, or all of
                           any with any_status;
                           the caller's to release, whatever the outcome */
    uint64_t received;  /* bytes of body */
    uint64_t length;    /* where head_only and OK: bytes that a GET would bring; UINT64_MAX where not said */
    bool unreachable;   /* where FAILED: no connection was made, so no request was sent */
    bool html;          /* where OK: the server says that the body is text/html */
    bool pieced;        /* where OK: the body was put together from several answers */
    enum mf_transfer_cause cause;
    uint64_t
        first_byte_us;   /* of the last request: from when it was sent to the first byte of the answer; 0: none came */
    uint64_t total_us;   /* of the last request, name and connection included; both 0 for files */
    struct mf_err error; /* MF_E_NETWORK or MF_E_UPSTREAM with host and cause; MF_E_IO.. for fd */
};

/* Strings are borrowed for the life of the transport. */
struct mf_transport_options {
    unsigned parallel;                  /* requests in flight at most, and connections to one host; >= 1 */
    const char *ca_file;                /* additional roots, or NULL */
    const char *client_cert;            /* file in PEM form: certificate, and key where client_key is NULL; or NULL */
    const char *client_key;             /* file in PEM form, without a password; or NULL */
    const char *user_agent;             /* "modferry/0.1.0" */
    const volatile int *stop;           /* a signal number once the user interrupts; may be NULL; seen within 200 ms */
    struct mf_credentials *credentials; /* may be NULL */
    const struct mf_netwatch *watch;    /* may be NULL */
    unsigned tries;                     /* of one request; 0: 6 */
    unsigned backoff_ms;                /* pause before the second try; it doubles; 0: 250 */
    unsigned connect_seconds;           /* for name, connection and TLS together; 0: 30 */
    unsigned answer_seconds;            /* from the request to the first byte of an answer; 0: 60 */
    unsigned stall_seconds;             /* without a byte of a body; 0: 60 */
    unsigned total_seconds;             /* from the request to the end of the answer; 0: as long as it moves */
};

int mf_transport_new(struct mf_transport **out, const struct mf_transport_options *options,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_transport_free(struct mf_transport **t) MF_NONNULL; /* *t may be NULL */

/* The certificates, in PEM form, that count in the place of the system's, for
 * programs that make connections of their own: of ca_file, SSL_CERT_FILE and
 * SSL_CERT_DIR. Empty where the system's count alone, or SSL_CERT_FILE alone. */
struct mf_str mf_transport_roots(const struct mf_transport *t) MF_NONNULL;

/* Queues a request; its result fields are emptied. `t` stays the caller's and must live until done. Never
 * calls back from inside. */
int mf_transport_submit(struct mf_transport *transport, struct mf_transfer *t,
                        struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Drops every request that is not done, without a call; may be called from a
 * done function. */
void mf_transport_cancel(struct mf_transport *transport) MF_NONNULL;

/* Runs until no request is left. Returns -1 for a failure of the machinery or
 * an interruption (MF_E_INTERRUPTED, MF_E_TERMINATED); every pending request has
 * then been dropped without a call. */
int mf_transport_run(struct mf_transport *transport, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* A connection as a transfer would make it, through the forward proxy where there
 * is one and with its TLS handshake, and what can be learned from that. No request
 * is sent, so nothing secret is either, but for the password of the proxy. The limit is
 * connect_seconds of the transport; its client certificate is shown where all else is
 * as for transfers.
 */
#ifndef MF_TLSPROBE_H
#define MF_TLSPROBE_H

#include "bundle/net/probe.h"

enum mf_tlsprobe_outcome {
    MF_TLSPROBE_OK,
    MF_TLSPROBE_NO_CONNECTION, /* not even to the proxy */
    MF_TLSPROBE_PROXY_STATUS,  /* a proxy answered CONNECT with `status` */
    MF_TLSPROBE_PROXY_SOCKS,   /* a SOCKS proxy made no connection: `proxy_says` */
    MF_TLSPROBE_PROXY_SILENT,  /* it takes connections, and answers nothing within the limit */
    MF_TLSPROBE_PROXY_GARBLED, /* it does not answer as such a proxy does */
    MF_TLSPROBE_PROXY_TLS,     /* TLS with the proxy itself fails: `detail` */
    MF_TLSPROBE_UNTRUSTED,     /* the certificate's signatures: `why` */
    MF_TLSPROBE_WRONG_NAME,    /* the certificate is not for this host */
    MF_TLSPROBE_LATE,          /* no handshake within the limit */
    MF_TLSPROBE_RESET,         /* the connection was broken or closed during the handshake */
    MF_TLSPROBE_REFUSED,       /* the handshake failed otherwise: an alert, or no TLS at all */
};

/* Why a certificate is not trusted. */
enum mf_tlsprobe_distrust {
    MF_DISTRUST_OTHER,
    MF_DISTRUST_SELF_SIGNED,
    MF_DISTRUST_ISSUER, /* no root that is trusted signed for it */
    MF_DISTRUST_EXPIRED,
    MF_DISTRUST_NOT_YET,
};

/* What a SOCKS proxy said. */
enum mf_tlsprobe_socks { MF_SOCKS_OTHER, MF_SOCKS_AUTH, MF_SOCKS_RULES, MF_SOCKS_UNREACHABLE };

#define MF_TLSPROBE_CHAIN_MAX 8

/* Text is the server's. */
struct mf_tlsprobe_certificate {
    char subject[160], issuer[160]; /* "CN = example.com"; cut off where they are longer */
    char names[256];                /* alternative ones, joined by ", "; of the first certificate of a chain alone */
    int64_t expires;                /* seconds since 1970; -1 where not known */
};

struct mf_tlsprobe {
    enum mf_tlsprobe_outcome outcome;
    enum mf_tlsprobe_distrust why;
    enum mf_tlsprobe_socks proxy_says;
    long status;
    int64_t milliseconds;                                        /* all of it */
    char detail[256];                                            /* curl's words; may be empty */
    struct mf_tlsprobe_certificate chain[MF_TLSPROBE_CHAIN_MAX]; /* as sent, the server's own first */
    size_t count; /* 0 where there was no handshake, or where it was not trusted */
};

/* Which certificates count. */
enum mf_tlsprobe_roots {
    MF_ROOTS_AS_SET, /* as for transfers */
    MF_ROOTS_SYSTEM, /* those of the system alone */
    MF_ROOTS_ANY,    /* nothing is checked: to see what is shown */
};

/* -1 for an interruption and where memory is missing. */
int mf_tlsprobe_run(const struct mf_transport *t, const char *url, enum mf_tlsprobe_roots roots,
                    struct mf_tlsprobe *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* The way of a transport to a server: by which forward proxy, trusting whom. What a
 * transfer does in one go can be looked at step by step with this, hostlookup.h,
 * nameservers.h, connectprobe.h and tlsprobe.h.
 */
#ifndef MF_PROBE_H
#define MF_PROBE_H

#include "bundle/net/transport.h"

/* Whether the user's own roots take part: --ca, SSL_CERT_FILE or SSL_CERT_DIR. */
bool mf_probe_has_own_roots(const struct mf_transport *t) MF_NONNULL;

#define MF_PROBE_HOST_SIZE 256
#define MF_PROBE_PORT_SIZE 8

/* Who is connected to for a URL. */
struct mf_probe_way {
    bool secure; /* https */
    char host[MF_PROBE_HOST_SIZE], port[MF_PROBE_PORT_SIZE];
    const char *proxy; /* "HTTP proxy", "HTTPS proxy", "SOCKS proxy"; NULL: none is between. Static */
    bool tunnels;      /* the proxy is asked for a connection to the server (CONNECT, SOCKS) */
    char proxy_host[MF_PROBE_HOST_SIZE], proxy_port[MF_PROBE_PORT_SIZE];
    const char *variable, *scheme; /* that names the proxy, and the scheme that it has there; static */
};

/* MF_E_UPSTREAM where the URL is none of http or https. */
int mf_probe_find_way(const struct mf_transport *t, const char *url, struct mf_probe_way *out,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

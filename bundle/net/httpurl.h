/* The parts of a URL that decide who gets a request and what it may carry. For
 * bundle/net alone, because curl takes it apart.
 */
#ifndef MF_HTTPURL_H
#define MF_HTTPURL_H

#include "formats/base/err.h"
#include "formats/base/str.h"

struct mf_httpurl {
    bool secure;           /* https */
    char *host;            /* without brackets */
    char *port;            /* in decimal, never empty */
    char *user, *password; /* decoded; NULL where there is none */
    char *text;            /* the URL without them */
};

#define MF_HTTPURL_NONE ((struct mf_httpurl){0})

/* Takes an http or https URL apart. MF_E_UPSTREAM where it is none, MF_E_NOMEM. */
int mf_httpurl_parse(struct mf_httpurl *out, const char *text, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* True where scheme, host and port are the same. */
bool mf_httpurl_same_origin(const struct mf_httpurl *a, const struct mf_httpurl *b) MF_NONNULL;

/* Overwrites the password. */
void mf_httpurl_release(struct mf_httpurl *u) MF_NONNULL;

/* Writes host (without brackets) and port of a URL of any scheme. MF_E_UPSTREAM. */
int mf_httpurl_host(const char *text, char *host, size_t host_cap, char *port, size_t port_cap,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Writes "host port 443" of a URL, nothing else of it; "the server" where it is none. */
void mf_httpurl_peer(const char *text, char *out, size_t cap) MF_NONNULL_ARGS(2);

#endif

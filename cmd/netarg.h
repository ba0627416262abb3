/* The options that say how the network is used, for resolve and pack, and of them for
 * the doctor those that name certificates. */
#ifndef MF_NETARG_H
#define MF_NETARG_H

#include "bundle/upstream.h"
#include "cmd/cli.h"

#define MF_NETARG_CERTIFICATES                                                                                         \
    {"ca", 0, "FILE", "certificates of more authorities to trust, in PEM form", false},                                \
        {"client-cert", 0, "FILE", "certificate to show to servers that ask for one, in PEM form", false},             \
    {                                                                                                                  \
        "client-key", 0, "FILE", "its key, in PEM form (default: the file of --client-cert)", false                    \
    }

#define MF_NETARG_OPTIONS                                                                                              \
    {"offline", 0, NULL, "use no network: the store of earlier runs must hold everything", false},                     \
        {"try-next-on-error", 0, NULL, "after any failure ask the next entry of GOPROXY, as if '|' stood there",       \
         false},                                                                                                       \
        {"connections", 0, "N", "requests under way at once, 1 to 256 (default: 32)", false},                          \
        {"retries", 0, "N", "how often a request that failed in passing is sent again, 0 to 100 (default: 5)", false}, \
        MF_NETARG_CERTIFICATES

/* Reads them into the options of an upstream. */
int mf_netarg_read(const struct mf_cli_args *args, struct mf_upstream_options *out,
                   struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Reads those that name certificates; NULL for one that is not there. */
int mf_netarg_certificates(const struct mf_cli_args *args, const char **ca_file, const char **client_cert,
                           const char **client_key, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

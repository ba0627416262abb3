/* Options of pack about the place of a bundle among others: its channel and
 * counter, when it expires, and the trust file that it carries.
 */
#ifndef MF_PLACEARG_H
#define MF_PLACEARG_H

#include "bundle/pack.h"
#include "cmd/cli.h"

#define MF_PLACEARG_OPTIONS                                                                                            \
    {"channel", 0, "NAME", "the sequence of bundles that this one is of; trust documents have rules for each", false}, \
        {"counter", 0, "N", "its place in the channel (default: the time of creation, in seconds since 1970)", false}, \
        {"expires", 0, "WHEN", "refused from then on: days from now (90d), or a time (2026-12-31T00:00:00Z)", false},  \
    {                                                                                                                  \
        "attach-trust", 0, "FILE", "carry this trust file, for `modferry trust update FILE BUNDLE`", false             \
    }

/* --channel, --counter and --expires into `out`, whose time of creation is set.
 * MF_E_USAGE. */
int mf_placearg_read(const struct mf_cli_args *args, struct mf_pack_options *out,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* --attach-trust: reads the file into `text`, to which out->trustfile points.
 * The errors of mf_trustcheck_walk. */
int mf_placearg_trustfile(const struct mf_cli_args *args, struct mf_buf *text, struct mf_pack_options *out,
                          struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* --only PATTERN: some of the modules of a bundle. */
#ifndef MF_ONLYARG_H
#define MF_ONLYARG_H

#include "cmd/bundlearg.h"
#include "cmd/cli.h"

#define MF_ONLYARG_OPTION                                                                                              \
    {                                                                                                                  \
        "only", 0, "PATTERN",                                                                                          \
            "publish modules that match alone: a glob as in GOPRIVATE, or glob@VERSION; may be repeated", true         \
    }

/* Sets *out to an array with an entry per module of the bundle's manifest, true
 * where one of the patterns matches, for the caller to free; to NULL where the
 * option was not given. MF_E_USAGE where a pattern matches no module. */
int mf_onlyarg_read(const struct mf_cli_args *args, const struct mf_bundlearg *bundle, bool **out,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

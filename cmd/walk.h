/* Options of the walks over a payload, as verify and unpack share them. */
#ifndef MF_WALK_H
#define MF_WALK_H

#include "cmd/cli.h"
#include "cmd/progress.h"
#include "verify/unpack.h"

/* Sets threads from --jobs, the stop flag of the signal handlers (which are
 * installed), and progress, which is started as step `what` and must live as
 * long as `out` is used. */
int mf_walk_options(const struct mf_cli_args *args, const char *what, struct mf_progress *progress,
                    struct mf_unpack_options *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* Options of the walks over a payload, as verify and unpack share them. */
#ifndef MF_WALK_H
#define MF_WALK_H

#include "cmd/cli.h"
#include "cmd/progress.h"
#include "verify/unpack.h"

/* What a walk needs to live as long as it. */
struct mf_walk {
    struct mf_unpack_options options;
    struct mf_gosumdb gosumdb;
    struct mf_arena arena;
};

#define MF_WALK_INIT ((struct mf_walk){.arena = MF_ARENA_INIT(64 * MF_KIB)})

void mf_walk_release(struct mf_walk *walk) MF_NONNULL;

/* Reads GOSUMDB of the environment (go's default where it is not set), and sets
 * threads from --jobs, the stop flag of the signal handlers (which are
 * installed), and progress, which is started as step `what` and must live as
 * long as `out` is used. `out` must not move. */
int mf_walk_options(const struct mf_cli_args *args, const char *what, struct mf_progress *progress, struct mf_walk *out,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

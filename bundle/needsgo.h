/* Which Go release a closure wants past the gap that nothing there may have.
 *
 * From go 1.21 on, `go` refuses a go.mod whose go line is above its own release,
 * or switches to a newer one: for the go and toolchain lines of a main module to
 * exactly the release they name, for those of dependencies to any that is new
 * enough (GOSPEC sections 3.8 and 8). A user knows the go line of his own
 * project, so there is something to say only where
 *
 *   - a dependency wants more than the roots say, and no toolchain travels that
 *     is new enough;
 *   - the toolchain line of a root names one that does not travel; or
 *   - toolchains travel, and the release that a root's go line names does not.
 *
 * A language version (go 1.24) stands for its first release, as in go.
 */
#ifndef MF_NEEDSGO_H
#define MF_NEEDSGO_H

#include "bundle/plan.h"

struct mf_needsgo {
    struct mf_str toolchain; /* "go1.24.0", the highest that is wanted; empty: nothing to say */
    struct mf_str because;   /* "example.com/x@v1.2.0 says go 1.24.0" */
    bool exact;              /* a newer release does not do */
};

/* Looks at a plan that was made. Text lives in the arena. MF_E_NOMEM, MF_E_LIMIT. */
int mf_needsgo_find(const struct mf_plan *plan, struct mf_needsgo *out, struct mf_arena *arena,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

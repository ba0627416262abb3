/* What a bundle promises: the go commands that will work past the gap in each
 * of its roots. DESIGN section 7 has the levels, GOSPEC section 3.6 what each
 * command reads. */
#ifndef MF_PROMISE_H
#define MF_PROMISE_H

#include "bundle/plan.h"

/* Fills in the commands and the missing sums of `out` for a fetched plan's root
 * number `index`: of its main module `main`, or of `path@version` where `main` is
 * NULL. Commands that go would refuse for want of go.sum lines are left out.
 * Texts live in the arena. */
int mf_promise_describe(const struct mf_plan *plan, size_t index, const struct mf_main *main,
                        struct mf_manifest_root *out, struct mf_arena *arena, struct mf_err *err)
    MF_NONNULL_ARGS(1, 4, 5, 6) MF_NODISCARD;

#endif

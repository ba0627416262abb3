/* What authors say of the modules of a plan: retracted versions, deprecated
 * modules. Notes only: nothing is refused for them.
 */
#ifndef MF_RETRACTIONS_H
#define MF_RETRACTIONS_H

#include "bundle/plan.h"

/* Fills in the notes of the modules that travel with their zip. With `ask`, list,
 * .info and .mod of the latest version of each are fetched where needed, which go
 * does for `go list -m -u all` only; without, what the queries of the roots have
 * found out is used, and no request is made. *unknown_out (may be NULL) becomes
 * the number of modules of which nothing could be learnt. */
int mf_retractions_note(struct mf_plan *plan, bool ask, size_t *unknown_out, struct mf_err *err)
    MF_NONNULL_ARGS(1, 4) MF_NODISCARD;

#endif

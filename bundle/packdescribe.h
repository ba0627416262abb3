/* What the manifest says beside modules: roots and what is promised for them,
 * constraints, statement.
 */
#ifndef MF_PACKDESCRIBE_H
#define MF_PACKDESCRIBE_H

#include "bundle/pack.h"

/* Fills in `out`; what it points to lives in the arena, the plan or the options.
 * MF_E_USAGE where a time cannot be written as a date. */
int mf_packdescribe(const struct mf_plan *plan, const struct mf_pack_options *options, struct mf_manifest *out,
                    struct mf_arena *arena, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

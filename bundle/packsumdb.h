/* The members sumdb/... of a bundle: lookups of the covered modules under one
 * head, and the tiles that prove them and the heads that clients may hold.
 */
#ifndef MF_PACKSUMDB_H
#define MF_PACKSUMDB_H

#include "bundle/planproof.h"
#include "formats/bundleout.h"

/* Writes them, first of all members, and describes them in `m`; nothing where
 * nothing was proved or the proofs are not to be carried. */
int mf_packsumdb_write(struct mf_bundleout *out, const struct mf_plan *plan, const struct mf_planproof *proof,
                       struct mf_manifest *m, struct mf_arena *arena, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

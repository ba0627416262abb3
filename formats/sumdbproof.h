/* The proofs that a bundle carries (docs/format-bundle.md, section 6): the set of
 * tiles follows from tree head, records and older heads, so who writes a bundle
 * and who reads it make the same list.
 */
#ifndef MF_SUMDBPROOF_H
#define MF_SUMDBPROOF_H

#include "formats/manifest.h"
#include "formats/tileproof.h"

#define MF_SUMDBPROOF_TILES_MAX 16384

/* Appends "sumdb/<name>/". */
void mf_sumdbproof_folder(struct mf_str name, struct mf_buf *out) MF_NONNULL;

/* Appends "sumdb/<name>/lookup/<escaped path>@<escaped version>"; id must pass
 * its checks. */
void mf_sumdbproof_lookup(struct mf_str name, struct mf_module id, struct mf_buf *out) MF_NONNULL;

/* Starts the proof of n records (their numbers) and of older trees under a head.
 * As mf_tileproof_begin and _want_*; MF_E_LIMIT past MF_SUMDBPROOF_TILES_MAX. */
int mf_sumdbproof_begin(struct mf_tileproof *p, const struct mf_treehead *head, const uint64_t *ids, size_t n,
                        const struct mf_manifest_older *older, size_t older_count, struct mf_arena *arena,
                        struct mf_err *err) MF_NONNULL_ARGS(1, 2, 7, 8) MF_NODISCARD;

#endif

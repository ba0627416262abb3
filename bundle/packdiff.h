/* Packing a difference: what is left out because the far side holds it, and after
 * which of its files the frames of the rest are compressed.
 *
 *     mf_packdiff_new                   which modules are held
 *     mf_packdiff_layout                a bundleout that only counts: part one is written to it once
 *     mf_packdiff_choose                lists of files, a list for each frame
 *     mf_packdiff_begin                 the lists, into the real bundleout; prefixes from there on
 *     ... write part one and the content that travels ...
 *     mf_packdiff_describe              frames[].base, after mf_bundleout_finish
 */
#ifndef MF_PACKDIFF_H
#define MF_PACKDIFF_H

#include "bundle/planproof.h"
#include "formats/bundleout.h"
#include "formats/heldset.h"

struct mf_packdiff;

/* `plan` after mf_plan_fetch; what is passed must outlive the result. Older
 * versions of what changed are fetched where the store lacks them and a proxy
 * has them. */
int mf_packdiff_new(struct mf_packdiff **out, const struct mf_plan *plan, const struct mf_heldset *held,
                    const struct mf_planproof *proof, const volatile int *stop, struct mf_err *err)
    MF_NONNULL_ARGS(1, 2, 3, 4, 6) MF_NODISCARD;
void mf_packdiff_free(struct mf_packdiff **slot) MF_NONNULL; /* *slot may be NULL */

/* Module i of the plan has a zip, and the far side holds it with the same h1. */
bool mf_packdiff_holds(const struct mf_packdiff *d, size_t i) MF_NONNULL;

int mf_packdiff_layout(struct mf_packdiff *d, struct mf_bundleout **out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* `m` has the modules with their forms, and the places of the .mod files as they
 * are without lists; `part_one` bytes are in front of the content. */
int mf_packdiff_choose(struct mf_packdiff *d, const struct mf_manifest *m, uint64_t part_one,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Writes the members base/... and sets m->base. */
int mf_packdiff_begin(struct mf_packdiff *d, struct mf_bundleout *out, struct mf_manifest *m,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;

int mf_packdiff_describe(const struct mf_packdiff *d, struct mf_manifest *m, struct mf_arena *arena,
                         struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Modules that are left out; those in it that have no file with an older self;
 * older versions of modules in it that are held there and could not be had here. */
void mf_packdiff_count(const struct mf_packdiff *d, size_t *held_out, size_t *alone_out,
                       size_t *lacking_out) MF_NONNULL;

#endif

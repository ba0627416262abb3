/* What an installed tree holds, for the resolver (formats/held.h): a proxy tree
 * or a GOMODCACHE that unpack filled, or any other directory of that layout.
 *
 * Where the record of unpack and stat agree, a zip has the h1 of the record; a
 * zip that changed, or that came there otherwise, is read when it matters. A
 * .mod is hashed whenever it is asked for. Whatever differs from the record is
 * MF_E_HASH, whatever is no regular file MF_E_DAMAGED.
 */
#ifndef MF_HELDTREE_H
#define MF_HELDTREE_H

#include "formats/dirhash.h"
#include "formats/held.h"
#include "formats/tile.h"
#include "verify/check.h"

struct mf_heldtree;

/* Opens the record, where there is one that is sound: a damaged one vouches for nothing. Without, a
 * directory with cache/download in it is a GOMODCACHE and every other one a proxy tree. `dir` stays the
 * caller's; it and *stop must outlive the result. `threads` >= 1 read zips. */
int mf_heldtree_new(struct mf_heldtree **out, struct mf_dir dir, unsigned threads, const volatile int *stop,
                    struct mf_err *err) MF_NONNULL_ARGS(1, 5) MF_NODISCARD;
void mf_heldtree_free(struct mf_heldtree **slot) MF_NONNULL; /* *slot may be NULL */

struct mf_held mf_heldtree_view(struct mf_heldtree *t) MF_NONNULL;

/* The h1 of a module's zip: of the record where stat agrees with it, else by
 * reading the zip, and "" for one that is no module zip. Returns 1, 0 where there
 * is no such file, -1. Safe for several threads at once. */
int mf_heldtree_h1(const struct mf_heldtree *t, struct mf_module id, char h1[MF_H1_SIZE],
                   struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Opens the zip of a module; as mf_dir_open_file. */
int mf_heldtree_open_zip(const struct mf_heldtree *t, struct mf_module id, bool *missing,
                         struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends the .mod of a module, or a tile of a checksum database, as it is. A
 * file that is not there sets *missing, and the error too. */
int mf_heldtree_read_mod(const struct mf_heldtree *t, struct mf_module id, struct mf_buf *out, bool *missing,
                         struct mf_err *err) MF_NONNULL MF_NODISCARD;
int mf_heldtree_read_tile(const struct mf_heldtree *t, struct mf_str db, struct mf_tile tile, struct mf_buf *out,
                          bool *missing, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* True where unpack filled the tree. */
bool mf_heldtree_recorded(const struct mf_heldtree *t) MF_NONNULL;

#endif

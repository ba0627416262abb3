/* Signatures of a bundle: putting them into its head.
 *
 * A signature is over the raw bytes of manifest.json and is stored under the
 * stem of the public key (DESIGN section 5).
 */
#ifndef MF_HEADSIGN_H
#define MF_HEADSIGN_H

#include "formats/head.h"

/* Adds the .minisig text of a signature by `key`, or puts it in place of an
 * earlier one by the same key (*replaced_out says which). The text is copied.
 * MF_E_LIMIT where the head is full. Nothing is verified here. */
int mf_headsign_put(struct mf_head *head, const struct mf_pubkey *key, struct mf_str minisig, struct mf_arena *arena,
                    bool *replaced_out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The trusted comment that our own signatures carry: the time of signing, in
 * seconds since 1970, and the bundle id. Room for MF_HEADSIGN_COMMENT bytes. */
#define MF_HEADSIGN_COMMENT 128
void mf_headsign_comment(uint64_t seconds, const struct mf_digest *id, char out[MF_HEADSIGN_COMMENT]) MF_NONNULL;

#endif

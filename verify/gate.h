/* The trust gate: raw bytes, signatures, only then parsing.
 *
 * mf_gate_open reads the head of a bundle, checks its signatures over the raw
 * bytes of manifest.json against what the caller trusts, and parses the
 * manifest only after that. `verified` records what happened; everything that
 * publishes looks at it.
 */
#ifndef MF_GATE_H
#define MF_GATE_H

#include "formats/head.h"
#include "formats/manifest.h"
#include "formats/minisign.h"

/* What the caller trusts. One key that verifies is enough. */
struct mf_trust {
    const struct mf_pubkey *keys;
    size_t key_count;
    bool allow_unverified; /* --allow-unsigned: signatures are not asked for */
};

struct mf_gate {
    struct mf_head head;
    struct mf_manifest manifest;
    struct mf_digest manifest_sha256;                  /* of the raw manifest.json */
    bool verified;                                     /* a trusted key's signature holds */
    struct mf_pubkey signer;                           /* that key, where verified */
    char trusted_comment[MF_MINISIGN_COMMENT_MAX + 1]; /* of that signature, where verified */
    struct mf_arena arena;                             /* owns what head and manifest point to */
};

#define MF_GATE_ARENA_MAX (256 * MF_MIB)

/* Reads from fd (file or pipe, at its start); leaves it behind the head. `name`
 * is for messages. Release the gate whatever the result is.
 *
 * MF_E_UNSIGNED: no signatures. MF_E_WRONG_KEY: none by a trusted key; the ids
 * found and wanted are named. MF_E_SIGNATURE: one that says it is by a trusted
 * key does not verify. Otherwise the errors of mf_head_read and
 * mf_manifest_parse. */
int mf_gate_open(int fd, const char *name, const struct mf_trust *trust, struct mf_gate *out,
                 struct mf_err *err) MF_NONNULL MF_NODISCARD;

void mf_gate_release(struct mf_gate *gate) MF_NONNULL;

#endif

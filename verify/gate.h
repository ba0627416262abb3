/* The trust gate: raw bytes, signatures, only then parsing.
 *
 * mf_gate_open reads the head of a bundle, checks its signatures over the raw
 * bytes of manifest.json against what the caller trusts, and parses the
 * manifest only after that. With a trust document, one of its keys has to have
 * signed before the manifest is parsed; the manifest then says for which channel,
 * and the threshold of that channel is asked for. `verified` records what
 * happened; everything that publishes looks at it.
 */
#ifndef MF_GATE_H
#define MF_GATE_H

#include "formats/head.h"
#include "formats/manifest.h"
#include "formats/trustdoc.h"

/* What the caller trusts: some keys, each alone; or a document; or anything. */
struct mf_trust {
    const struct mf_pubkey *keys;
    size_t key_count;
    const struct mf_trustdoc *document; /* or NULL; then there are no `keys` */
    int64_t now;                        /* seconds since 1970: which of its keys count */
    bool allow_unverified;              /* --allow-unsigned: signatures are not asked for */
};

/* A key whose signature holds and counts. */
struct mf_gate_signer {
    struct mf_pubkey key;
    struct mf_str name;    /* in the document; empty without one */
    struct mf_str comment; /* the trusted comment of its signature, NUL-terminated */
};

struct mf_gate {
    struct mf_head head;
    struct mf_manifest manifest;
    struct mf_digest manifest_sha256;                      /* of the raw manifest.json */
    bool verified;                                         /* as many trusted signatures hold as are asked for */
    struct mf_gate_signer signers[MF_HEAD_SIGNATURES_MAX]; /* those keys, all different */
    size_t signer_count;
    uint64_t threshold;    /* signers that the document asks for; 0 without one */
    struct mf_arena arena; /* owns what head and manifest point to */
};

#define MF_GATE_ARENA_MAX (256 * MF_MIB)

/* Reads from fd (file or pipe, at its start); leaves it behind the head. `name`
 * is for messages. Release the gate whatever the result is.
 *
 * MF_E_UNSIGNED: no signatures. MF_E_WRONG_KEY: none by a trusted key that
 * counts; the ids found and wanted are named. MF_E_SIGNATURE: one that says it
 * is by a trusted key does not verify, and no other does. MF_E_POLICY: the
 * document has no rule for the bundle's channel. MF_E_THRESHOLD: fewer keys of
 * the channel than it asks for. Otherwise the errors of mf_head_read and
 * mf_manifest_parse. */
int mf_gate_open(int fd, const char *name, const struct mf_trust *trust, struct mf_gate *out,
                 struct mf_err *err) MF_NONNULL MF_NODISCARD;

void mf_gate_release(struct mf_gate *gate) MF_NONNULL;

#endif

/* Trust documents: whose signatures count, for which channel (docs/trust.md).
 *
 * A document is one line of canonical JSON with its newline; those bytes are
 * what is signed, so stock minisign checks them. It names keys, the role
 * "root", which signs trust documents, and a role for each channel, which signs
 * bundles. A role is a set of keys and a threshold: so many different keys of
 * the set have to sign.
 *
 * Slices and arrays live in the arena that was passed in. Nothing here looks at
 * a signature; trustcheck.h does.
 */
#ifndef MF_TRUSTDOC_H
#define MF_TRUSTDOC_H

#include "formats/base/arena.h"
#include "formats/minisign.h"

#define MF_TRUSTDOC_FORMAT "modferry-trust/1"
#define MF_TRUSTDOC_MAX (128 * MF_KIB) /* bytes of one document */
#define MF_TRUSTDOC_KEYS_MAX 256       /* keys of a document */
#define MF_TRUSTDOC_CHANNELS_MAX 256
#define MF_TRUSTDOC_ROLE_MAX 64    /* keys of a role: as many signatures as a bundle has room for */
#define MF_TRUSTDOC_NAME_MAX 64    /* bytes of the name of a key or channel */
#define MF_TRUSTDOC_REASON_MAX 256 /* bytes of the reason of a revocation */
#define MF_TRUSTDOC_DAYS_MAX 36500 /* days of max_age_days */
#define MF_TRUSTDOC_DEFAULT "*"    /* the channel that stands for all without an entry of their own */

struct mf_trustkey {
    struct mf_str name; /* unique in the document */
    struct mf_pubkey key;
    struct mf_str valid_from, valid_until;     /* times in UTC; empty: no such bound */
    struct mf_str revoked_at, revoked_because; /* empty: not revoked */
};

struct mf_trustrole {
    size_t *keys; /* indices into the document's keys, rising */
    size_t key_count;
    uint64_t threshold; /* 1 to key_count */
};

struct mf_trustchannel {
    struct mf_str name; /* or MF_TRUSTDOC_DEFAULT */
    struct mf_trustrole role;
    uint64_t max_age_days; /* a bundle created earlier is stale; 0: no such rule */
    bool require_expires;  /* a bundle has to say when it expires */
};

struct mf_trustdoc {
    uint64_t version; /* from 1 */
    struct mf_str created;
    struct mf_trustkey *keys; /* sorted bytewise by name */
    size_t key_count;
    struct mf_trustrole root;
    struct mf_trustchannel *channels; /* sorted bytewise by name */
    size_t channel_count;
};

/* Parses one document, its newline included. MF_E_UNSUPPORTED for another
 * `format`, which is looked at before everything else, and for an unknown
 * field; MF_E_LIMIT past a limit above; MF_E_DAMAGED for everything else: names
 * out of order or twice, one public key under two names, a role that names no
 * key of the document, a threshold that no set of keys reaches, or for the root
 * none of keys that are not revoked. */
int mf_trustdoc_parse(struct mf_str text, struct mf_trustdoc *out, struct mf_arena *arena,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends the document with its newline. It is checked as a parsed one is. */
int mf_trustdoc_write(const struct mf_trustdoc *doc, struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* True for 1 to MF_TRUSTDOC_NAME_MAX letters, digits and "._@+-", a letter or
 * digit first. */
bool mf_trustdoc_is_name(struct mf_str name);

/* Index of the key of that name, or -1. */
long mf_trustdoc_find_key(const struct mf_trustdoc *doc, struct mf_str name) MF_NONNULL;

/* The entry for a channel, by its exact name (not the default's); NULL where
 * there is none. */
struct mf_trustchannel *mf_trustdoc_find_channel(const struct mf_trustdoc *doc, struct mf_str name) MF_NONNULL;

/* The entry whose rules hold for bundles of `name` (empty: without a channel):
 * its own, or the default; NULL where the document has neither. */
const struct mf_trustchannel *mf_trustdoc_rules_of(const struct mf_trustdoc *doc, struct mf_str name) MF_NONNULL;

/* Whether a key counts at `now`, in seconds since 1970: it is not revoked, and
 * valid_from <= now < valid_until. A revoked key never counts, whatever the
 * time: nothing shows when a signature was made. */
bool mf_trustkey_counts(const struct mf_trustkey *key, int64_t now) MF_NONNULL;

/* Why it does not: "revoked 2026-01-02T03:04:05Z: lost", "expired ...", "not
 * valid before ..."; "" where it counts. Room for MF_TRUSTKEY_WHY bytes. */
#define MF_TRUSTKEY_WHY 320
void mf_trustkey_why(const struct mf_trustkey *key, int64_t now, char out[MF_TRUSTKEY_WHY]) MF_NONNULL;

#endif

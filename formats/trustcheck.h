/* Which trust document holds: signatures of trust documents, one version after
 * the other.
 *
 * A document is trusted because it is given, or because it was accepted before.
 * Its successor, version n+1, is accepted where the threshold of the root of
 * version n is reached, over the raw bytes, before these are parsed; and then
 * that of its own root. Versions are never skipped. A threshold counts different
 * public keys that verify, never key ids, and only keys that count at `now`.
 */
#ifndef MF_TRUSTCHECK_H
#define MF_TRUSTCHECK_H

#include "formats/trustfile.h"

/* What came of counting the signatures of a role; the texts are for messages. */
struct mf_trusttally {
    uint64_t counted; /* different keys of the role that verify and count */
    bool verified[MF_TRUSTDOC_ROLE_MAX];
    char found[512];   /* "alice (0123456789ABCDEF), key 89ABCDEF01234567"; "nobody" */
    char wanted[512];  /* the keys of the role */
    char ignored[512]; /* "; not counted: bob (...) revoked ...", or "" */
};

/* Checks every signature of an entry under the keys of a role of `doc`, which
 * need not be the document of the entry. */
void mf_trustcheck_tally(const struct mf_trustdoc *doc, const struct mf_trustrole *role,
                         const struct mf_trustfile_entry *entry, int64_t now, struct mf_trusttally *out) MF_NONNULL;

/* Reads a document that is trusted because it is given; its own root has to
 * have signed it. MF_E_THRESHOLD otherwise, and the errors of
 * mf_trustdoc_parse. */
int mf_trustcheck_first(const struct mf_trustfile_entry *entry, int64_t now, struct mf_trustdoc *out,
                        struct mf_arena *arena, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Accepts `entry` as the successor of `have`. MF_E_THRESHOLD where one of the
 * two roots has not signed it; MF_E_POLICY where its version is not the next. */
int mf_trustcheck_next(const struct mf_trustdoc *have, const struct mf_trustfile_entry *entry, int64_t now,
                       struct mf_trustdoc *out, struct mf_arena *arena, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* A document that was accepted before. */
struct mf_trustseen {
    uint64_t version; /* 0: none */
    struct mf_digest sha256;
};

/* Walks to the newest document of a file: from the one that was seen before, or
 * where none was, from the first one, which is trusted because it is given. What
 * stands before the start is not looked at.
 *
 * MF_E_POLICY where the file does not hold the document that was seen: it ends
 * before it (a rollback), begins behind it, or has another one of that version
 * (a fork); both are named. */
int mf_trustcheck_walk(const struct mf_trustfile *file, const struct mf_trustseen *seen, int64_t now,
                       struct mf_trustdoc *out, struct mf_arena *arena, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Ids and names of keys, for a message; at its end " ..." where the room is too
 * small. `name` may be empty. */
void mf_trustcheck_list(char *text, size_t room, struct mf_str name, const uint8_t id[8]) MF_NONNULL;

#endif

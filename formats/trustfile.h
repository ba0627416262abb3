/* Trust files: trust documents with their signatures, oldest first.
 *
 *     {"channels":[...],...,"version":1}
 *     untrusted comment: ...
 *     <base64>
 *     trusted comment: ...
 *     <base64>
 *     {"channels":[...],...,"version":2}
 *     ...
 *
 * Each document is a line; each signature the four lines of a minisign
 * signature file over that line, its newline included. Files may be joined with
 * `cat` where one goes on from the other. Splitting reads no document and no
 * signature: whether they are to be parsed is decided by mf_trustcheck_*.
 */
#ifndef MF_TRUSTFILE_H
#define MF_TRUSTFILE_H

#include "formats/trustdoc.h"

#define MF_TRUSTFILE_MAX (2 * MF_MIB)   /* bytes of a file */
#define MF_TRUSTFILE_DOCUMENTS_MAX 1024 /* documents of a file */
#define MF_TRUSTFILE_SIGNATURES_MAX 128 /* signatures of a document: the roots of two versions */
#define MF_TRUSTFILE_MEDIA_TYPE "application/vnd.modferry.trust" /* of an attachment */
#define MF_TRUSTFILE_ATTACHMENT "modferry.trust"                 /* name of that attachment */

struct mf_trustfile_entry {
    struct mf_str text; /* the document as it is signed, with its newline */
    struct mf_digest sha256;
    struct mf_str *signatures; /* texts of minisign signature files, not parsed */
    size_t signature_count;
};

struct mf_trustfile {
    struct mf_trustfile_entry *entries; /* at least one */
    size_t count;
};

/* Cuts `text`, which must stay where it is, into its parts. MF_E_DAMAGED where
 * the lines are not such ones, MF_E_LIMIT past a limit above. */
int mf_trustfile_split(struct mf_str text, struct mf_trustfile *out, struct mf_arena *arena,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends an entry to a text. */
void mf_trustfile_put(const struct mf_trustfile_entry *entry, struct mf_buf *out) MF_NONNULL;

/* Index of the document with this digest, or -1. */
long mf_trustfile_find(const struct mf_trustfile *file, const struct mf_digest *sha256) MF_NONNULL;

#endif

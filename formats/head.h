/* The head of a bundle: frame 0, raw blocks, a tar of manifest.json and then
 * signatures/<stem>.minisig in name order, and nothing else.
 *
 * This is the only code that meets bytes which no signature covers: it copies
 * them out under fixed limits and interprets none of the documents.
 */
#ifndef MF_HEAD_H
#define MF_HEAD_H

#include "formats/base/arena.h"
#include "formats/base/buf.h"
#include "formats/minisign.h"

#define MF_HEAD_SIGNATURES_MAX 64

struct mf_head_signature {
    struct mf_str stem; /* 16 lower-case hex digits */
    struct mf_str text; /* the .minisig file, at most MF_MINISIGN_FILE_MAX bytes */
};

struct mf_head {
    struct mf_str manifest; /* raw bytes of manifest.json; unverified */
    struct mf_head_signature signatures[MF_HEAD_SIGNATURES_MAX];
    size_t signature_count;
    uint64_t frame_size; /* bytes of frame 0 in the file */
    uint64_t raw_size;   /* bytes of tar in it */
};

/* Reads frame 0 from fd at its current position (file or pipe) and leaves the
 * position behind it. `name` is for messages. MF_E_NOT_BUNDLE where the first
 * bytes are not those of a bundle, MF_E_TRUNCATED, MF_E_DAMAGED, MF_E_LIMIT. */
int mf_head_read(int fd, const char *name, struct mf_head *out, struct mf_arena *arena,
                 struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends frame 0. Signatures are put in name order; two of one stem are
 * MF_E_DAMAGED. Sets frame_size and raw_size. */
int mf_head_write(struct mf_head *head, struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

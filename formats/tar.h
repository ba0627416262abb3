/* The tar that bundles hold: ustar (POSIX.1-1988), plus pax records (POSIX.1-
 * 2001) for `path` and `size` only where ustar cannot say it; regular files,
 * mode 0644, owner 0, time 0. The writer makes only this and the reader accepts
 * nothing else: a member has exactly one possible header.
 */
#ifndef MF_TAR_H
#define MF_TAR_H

#include "formats/base/buf.h"

#define MF_TAR_BLOCK 512

/* Name in the header block that announces pax records, and in the block after
 * it where the real name is in the record `path`. */
#define MF_TAR_PAX_NAME "pax/records"
#define MF_TAR_PAX_PATH "pax/path"

/* Appends the header block(s) of a member. The name is a clean relative path
 * of 1 to MF_MEMBER_PATH_MAX bytes, else MF_E_LIMIT or MF_E_DAMAGED. */
int mf_tar_header(struct mf_str name, uint64_t size, struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Bytes of zero padding after `size` bytes of content, 0 to 511. */
size_t mf_tar_padding(uint64_t size);

/* Bytes of the end-of-archive mark: two blocks of zeros. */
#define MF_TAR_END (2 * MF_TAR_BLOCK)

/* Receives members. `offset` is the member's first header byte in the stream.
 * A function that fails sets the error and returns -1. */
struct mf_tar_visitor {
    void *ctx;
    int (*member)(void *ctx, struct mf_str name, uint64_t size, uint64_t offset, struct mf_err *err);
    int (*data)(void *ctx, const void *p, size_t n, struct mf_err *err);
    int (*member_end)(void *ctx, struct mf_err *err);
};

/* A push reader: the stream is fed in pieces cut anywhere. */
struct mf_tar_reader {
    const struct mf_tar_visitor *visitor;
    struct mf_buf header; /* header blocks collected so far */
    uint64_t offset;      /* bytes of the stream consumed */
    uint64_t start;       /* offset of the current member's first header byte */
    uint64_t left;        /* content bytes still to come */
    size_t padding;       /* padding bytes still to come */
    bool ended;           /* the end mark was complete */
    bool in_member;
};

void mf_tar_reader_init(struct mf_tar_reader *r, const struct mf_tar_visitor *visitor) MF_NONNULL;
void mf_tar_reader_release(struct mf_tar_reader *r) MF_NONNULL;

/* Feeds n bytes. MF_E_DAMAGED for anything but the one form above, for padding
 * that is not zero, and for bytes after the end mark. */
int mf_tar_reader_feed(struct mf_tar_reader *r, const void *p, size_t n, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Goes on at another offset of the stream, where a member begins; the reader
 * stands between two members. */
void mf_tar_reader_seek(struct mf_tar_reader *r, uint64_t offset) MF_NONNULL;

/* Says that the stream is over. With `want_end_mark`, its absence is
 * MF_E_TRUNCATED; without, the stream must end between two members. */
int mf_tar_reader_finish(struct mf_tar_reader *r, bool want_end_mark, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* Writing a bundle: members in, frames out, head last.
 *
 * The payload goes to a spool (an unlinked file) because the head, which comes
 * first in the file, is known last:
 *
 *     mf_bundleout_new(&b, spool_fd, level, threads, &err)
 *     per member:  _member, _data..., _member_end
 *     _cut between part one (meta, sumdb, attachments) and the sources
 *     mf_bundleout_finish(b, &manifest, arena, &err)   frames and payload_size
 *     ... write the manifest, sign it ...
 *     mf_bundleout_assemble(out_fd, name, &head, spool_fd, 0, &manifest, &err)
 *
 * Of a difference, mf_bundleout_prefixes says after what the frames from here on
 * are compressed. And mf_bundleout_plan makes one that writes nothing: it tells
 * where members will stand.
 *
 * Frames are cut every MF_FRAME_RAW_MAX bytes of payload, and at _cut, and
 * compressed on `threads` threads; the bytes do not depend on their number.
 * Memory: about (threads + 2) * (32 MiB + a compression context), and for a
 * difference 16 MiB more each.
 */
#ifndef MF_BUNDLEOUT_H
#define MF_BUNDLEOUT_H

#include "formats/head.h"
#include "formats/manifest.h"

struct mf_bundleout;

/* spool_fd stays the caller's. level 1 to 22; threads >= 1. */
int mf_bundleout_new(struct mf_bundleout **out, int spool_fd, int level, unsigned threads,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_bundleout_free(struct mf_bundleout **slot) MF_NONNULL; /* *slot may be NULL */

/* Told of each member: its name, and the bytes of payload that it takes. Returns
 * 0, or -1 with the error set. */
typedef int mf_bundleout_member_seen(void *ctx, struct mf_str name, struct mf_span span, struct mf_err *err);

/* Makes one for which members are only counted; content may be NULL with its
 * size. _finish and _assemble are not for it. */
int mf_bundleout_plan(struct mf_bundleout **out, mf_bundleout_member_seen *seen, void *ctx, struct mf_err *err)
    MF_NONNULL_ARGS(1, 2, 4) MF_NODISCARD;

/* Appends to `out`, which is empty, what frame n is compressed after, at most
 * MF_PREFIX_MAX bytes; nothing for one that stands alone. Returns 0, or -1 with
 * the error set. */
typedef int mf_bundleout_prefix(void *ctx, size_t n, struct mf_buf *out, struct mf_err *err);

/* Asks `prefix` for each frame that is begun after this call, between two frames;
 * n counts them from 0. It is called on this thread. */
void mf_bundleout_prefixes(struct mf_bundleout *b, mf_bundleout_prefix *prefix, void *ctx) MF_NONNULL_ARGS(1, 2);

/* Bytes of payload so far: the offset of what is written next. */
uint64_t mf_bundleout_offset(const struct mf_bundleout *b) MF_NONNULL;

/* One member: its name and size are announced, exactly `size` bytes follow. */
int mf_bundleout_member(struct mf_bundleout *b, struct mf_str name, uint64_t size,
                        struct mf_err *err) MF_NONNULL MF_NODISCARD;
int mf_bundleout_data(struct mf_bundleout *b, const void *p, size_t n, struct mf_err *err)
    MF_NONNULL_ARGS(1, 4) MF_NODISCARD;
int mf_bundleout_member_end(struct mf_bundleout *b, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Ends the current frame, if it holds anything. */
int mf_bundleout_cut(struct mf_bundleout *b, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Writes the end mark and the last frame; sets frames (but for the modules of
 * their base), frame_count and payload_size of m. */
int mf_bundleout_finish(struct mf_bundleout *b, struct mf_manifest *m, struct mf_arena *arena,
                        struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Writes head, payload frames copied from spool_fd at `spool_offset`, and seek
 * table to out_fd. Also how `sign` makes its new file: spool_fd is then the old
 * bundle and spool_offset the size of its head. */
int mf_bundleout_assemble(int out_fd, const char *out_name, struct mf_head *head, int spool_fd, uint64_t spool_offset,
                          const struct mf_manifest *m, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

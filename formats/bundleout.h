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
 * Frames are cut every MF_FRAME_RAW_MAX bytes of payload, and at _cut, and
 * compressed on `threads` threads; the bytes do not depend on their number.
 * Memory: about (threads + 2) * (32 MiB + a compression context).
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

/* Writes the end mark and the last frame; sets frames, frame_count and
 * payload_size of m. */
int mf_bundleout_finish(struct mf_bundleout *b, struct mf_manifest *m, struct mf_arena *arena,
                        struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Writes head, payload frames copied from spool_fd at `spool_offset`, and seek
 * table to out_fd. Also how `sign` makes its new file: spool_fd is then the old
 * bundle and spool_offset the size of its head. */
int mf_bundleout_assemble(int out_fd, const char *out_name, struct mf_head *head, int spool_fd, uint64_t spool_offset,
                          const struct mf_manifest *m, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

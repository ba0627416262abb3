/* zstd frames (RFC 8878) as bundles use them.
 *
 * Every frame states its content size and carries no checksum (its SHA-256 is
 * in the manifest). A frame may be compressed after a prefix: bytes that who
 * decompresses it must have, and that are not in it. Limits: MF_FRAME_RAW_MAX bytes raw, windowLog 25,
 * ZSTD_compressBound(raw) bytes compressed.
 */
#ifndef MF_ZFRAME_H
#define MF_ZFRAME_H

#include "formats/base/buf.h"
#include "formats/manifest.h"

#define MF_ZFRAME_LEVEL_DEFAULT 9
#define MF_ZFRAME_LEVEL_MAX 22

struct mf_zcompress;   /* one per thread */
struct mf_zdecompress; /* one per thread */

/* `level` is 1 to MF_ZFRAME_LEVEL_MAX, else MF_E_USAGE. */
int mf_zcompress_new(struct mf_zcompress **out, int level, struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_zcompress_free(struct mf_zcompress **z) MF_NONNULL;

/* Compresses raw into one frame, replacing the contents of out; after `prefix`,
 * at most MF_PREFIX_MAX bytes, where it is not empty. The bytes depend on raw,
 * prefix, level and the version of zstd alone. */
int mf_zcompress_frame(struct mf_zcompress *z, struct mf_str raw, struct mf_str prefix, struct mf_buf *out,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

int mf_zdecompress_new(struct mf_zdecompress **out, struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_zdecompress_free(struct mf_zdecompress **z) MF_NONNULL;

/* Decompresses exactly one frame of exactly raw_size bytes into out, which is
 * replaced; `prefix` is what it was compressed after. MF_E_DAMAGED otherwise. Memory is bounded before anything runs.
 */
int mf_zdecompress_frame(struct mf_zdecompress *z, struct mf_str frame, struct mf_str prefix, size_t raw_size,
                         struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends a frame of raw (stored) blocks with content size: readable without a
 * decompressor. `raw` is at most 16 MiB. */
int mf_zframe_store(struct mf_str raw, struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends the skippable frame with the seekable-format table
 * (zstd contrib/seekable_format, no checksums) for the head frame (compressed
 * and raw size in bytes) and the payload frames. */
int mf_zframe_seektable(uint64_t head_size, uint64_t head_raw, const struct mf_frame *frames, size_t count,
                        struct mf_buf *out, struct mf_err *err) MF_NONNULL_ARGS(5, 6) MF_NODISCARD;

#endif

#include "formats/zframe.h"

#include <stdlib.h>
#include <zstd.h>

#include "formats/zstore.h"

#define MAGIC_SKIPPABLE 0x184D2A5Eu /* the one of 16 that the seekable format uses */
#define MAGIC_SEEKABLE 0x8F92EAB1u
#define WINDOW_LOG_MAX 25
/* The whole of a frame. Measured over Go sources: 3 % smaller at level 9 than
 * the window of that level, in the same time; long-distance matching on top of
 * it gained nothing from level 9 on. */
#define WINDOW_LOG 24
/* Twice the tries of zstd at the level that nobody has to ask for: 1.2 % smaller
 * over the closure of prometheus, in the same memory, for a fifth more CPU of zstd. */
enum { SEARCH_LOG_DEFAULT = 5 };
/* Prefix and frame, and matches far back, which the hash tables of most levels do
 * not reach. Where little is new, looking harder for it costs little: measured for
 * prometheus v0.304.0 to v0.305.0 at level 9, 3 % of the bundle for a tenth more
 * time, in the same memory. */
#define WINDOW_LOG_PREFIX 25
enum { SEARCH_LOG_PREFIX = 6, SEARCH_LEVEL_MIN = 5, SEARCH_LEVEL_MAX = 11 };
/* Of a difference, what is new in a few frames is most of the bytes: where a frame
 * comes out larger than that part of it, it is compressed once more at a level that
 * weighs matches against one another. For the same update 6 % of the bundle. */
enum { AGAIN_PART = 32, AGAIN_LEVEL = 16, AGAIN_LEVEL_MIN = MF_ZFRAME_LEVEL_DEFAULT };
#define FRAMES_MAX 0x8000000u /* of the seekable format */

/* Bits of the frame header descriptor (RFC 8878, 3.1.1.1.1). */
enum { FHD_DICTIONARY = 0x03, FHD_CHECKSUM = 0x04, FHD_SINGLE_SEGMENT = 0x20 };

struct mf_zcompress {
    ZSTD_CCtx *ctx;
    int level;
};

struct mf_zdecompress {
    ZSTD_DCtx *ctx;
};

int mf_zcompress_new(struct mf_zcompress **out, int level, struct mf_err *err)
{
    MF_CLEANUP(mf_zcompress_free) struct mf_zcompress *z = calloc(1, sizeof(*z));
    if (!z)
        return mf_err_nomem(err);
    z->ctx = ZSTD_createCCtx();
    if (!z->ctx)
        return mf_err_nomem(err);
    if (level < 1 || level > MF_ZFRAME_LEVEL_MAX)
        return mf_err_set(err, MF_E_USAGE, "compression level %d is not 1 to %d", level, MF_ZFRAME_LEVEL_MAX);
    if (ZSTD_isError(ZSTD_CCtx_setParameter(z->ctx, ZSTD_c_contentSizeFlag, 1)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(z->ctx, ZSTD_c_checksumFlag, 0)))
        return mf_err_nomem(err);
    z->level = level;
    *out = z;
    z = NULL;
    return 0;
}

void mf_zcompress_free(struct mf_zcompress **z)
{
    if (*z)
        ZSTD_freeCCtx((*z)->ctx);
    free(*z);
    *z = NULL;
}

/* What to ask zstd for; 0 is what it takes of itself. */
static int search_log(int level, bool prefix)
{
    if (prefix)
        return level >= SEARCH_LEVEL_MIN && level <= SEARCH_LEVEL_MAX ? SEARCH_LOG_PREFIX : 0;
    return level == MF_ZFRAME_LEVEL_DEFAULT ? SEARCH_LOG_DEFAULT : 0;
}

/* Replaces the contents of out. It has room for the bound, so that zstd can lack
 * nothing but memory for its tables. zstd forgets a prefix after one frame. */
static int compress(struct mf_zcompress *z, int level, struct mf_str raw, struct mf_str prefix, struct mf_buf *out,
                    struct mf_err *err)
{
    bool any = prefix.n > 0;
    size_t bound = ZSTD_compressBound(raw.n);
    mf_buf_clear(out);
    char *to = mf_buf_room(out, bound);
    if (!to)
        return mf_buf_check(out, err);
    if (ZSTD_isError(ZSTD_CCtx_setParameter(z->ctx, ZSTD_c_compressionLevel, level)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(z->ctx, ZSTD_c_searchLog, search_log(level, any))) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(z->ctx, ZSTD_c_windowLog, any ? WINDOW_LOG_PREFIX : WINDOW_LOG)) ||
        ZSTD_isError(ZSTD_CCtx_setParameter(z->ctx, ZSTD_c_enableLongDistanceMatching, any)) ||
        ZSTD_isError(ZSTD_CCtx_refPrefix(z->ctx, any ? prefix.p : NULL, prefix.n)))
        return mf_err_nomem(err);
    size_t n = ZSTD_compress2(z->ctx, to, bound, raw.p, raw.n);
    if (ZSTD_isError(n))
        return mf_err_nomem(err);
    mf_buf_grew(out, n);
    return 0;
}

/* The size is known to zstd from the start, so it takes no window larger than
 * the content. */
int mf_zcompress_frame(struct mf_zcompress *z, struct mf_str raw, struct mf_str prefix, struct mf_buf *out,
                       struct mf_err *err)
{
    if (raw.n > MF_FRAME_RAW_MAX || prefix.n > MF_PREFIX_MAX)
        return mf_err_set(err, MF_E_LIMIT, "a frame or prefix of more than %zu bytes", MF_FRAME_RAW_MAX);
    if (compress(z, z->level, raw, prefix, out, err) < 0)
        return -1;
    bool again = prefix.n && z->level >= AGAIN_LEVEL_MIN && z->level < AGAIN_LEVEL && out->n > raw.n / AGAIN_PART;
    return again ? compress(z, AGAIN_LEVEL, raw, prefix, out, err) : 0;
}

int mf_zdecompress_new(struct mf_zdecompress **out, struct mf_err *err)
{
    MF_CLEANUP(mf_zdecompress_free) struct mf_zdecompress *z = calloc(1, sizeof(*z));
    if (!z)
        return mf_err_nomem(err);
    z->ctx = ZSTD_createDCtx();
    if (!z->ctx)
        return mf_err_nomem(err);
    *out = z;
    z = NULL;
    return 0;
}

void mf_zdecompress_free(struct mf_zdecompress **z)
{
    if (*z)
        ZSTD_freeDCtx((*z)->ctx);
    free(*z);
    *z = NULL;
}

static int bad(const char *what, struct mf_err *err)
{
    return mf_err_set(err, MF_E_DAMAGED, "zstd frame: %s", what);
}

/* Decompressing in one call needs no window buffer, but a frame that asks for a
 * larger one is still none of ours. */
static int check_frame(struct mf_str frame, size_t raw_size, struct mf_err *err)
{
    const unsigned char *p = (const unsigned char *)frame.p;
    if (frame.n < 6 || mf_zstore_get32(p) != MF_ZSTORE_MAGIC)
        return bad("not a zstd frame", err);
    if (p[4] & FHD_DICTIONARY)
        return bad("needs a dictionary", err);
    if (p[4] & FHD_CHECKSUM)
        return bad("has a checksum", err);
    if (!(p[4] & FHD_SINGLE_SEGMENT)) {
        unsigned log = 10 + (p[5] >> 3);
        if (log > WINDOW_LOG_MAX || (log == WINDOW_LOG_MAX && (p[5] & 7)))
            return bad("needs a window of more than 32 MiB", err);
    }
    unsigned long long size = ZSTD_getFrameContentSize(frame.p, frame.n);
    if (size != raw_size)
        return bad("does not announce the size that the manifest has", err);
    if (ZSTD_findFrameCompressedSize(frame.p, frame.n) != frame.n)
        return bad("is cut short or followed by something", err);
    return 0;
}

int mf_zdecompress_frame(struct mf_zdecompress *z, struct mf_str frame, struct mf_str prefix, size_t raw_size,
                         struct mf_buf *out, struct mf_err *err)
{
    if (raw_size > MF_FRAME_RAW_MAX || prefix.n > MF_PREFIX_MAX)
        return mf_err_set(err, MF_E_LIMIT, "a frame or prefix of more than %zu bytes", MF_FRAME_RAW_MAX);
    if (check_frame(frame, raw_size, err) < 0)
        return -1;
    mf_buf_clear(out);
    char *to = mf_buf_room(out, raw_size);
    if (!to)
        return mf_buf_check(out, err);
    if (ZSTD_isError(ZSTD_DCtx_refPrefix(z->ctx, prefix.n ? prefix.p : NULL, prefix.n)))
        return mf_err_nomem(err);
    size_t n = ZSTD_decompressDCtx(z->ctx, to, raw_size, frame.p, frame.n);
    if (ZSTD_isError(n))
        return mf_err_set(err, MF_E_DAMAGED, "zstd frame: %s", ZSTD_getErrorName(n));
    if (n != raw_size)
        return bad("has another size than it announces", err);
    mf_buf_grew(out, n);
    return 0;
}

int mf_zframe_store(struct mf_str raw, struct mf_buf *out, struct mf_err *err)
{
    unsigned char b[MF_ZSTORE_HEADER];
    if (raw.n > MF_FRAME_RAW_MAX)
        return mf_err_set(err, MF_E_LIMIT, "a frame of more than %zu bytes", MF_FRAME_RAW_MAX);
    mf_zstore_header((uint32_t)raw.n, b);
    mf_buf_add(out, b, MF_ZSTORE_HEADER);
    do {
        struct mf_str block = mf_str_head(raw, MF_ZSTORE_BLOCK);
        raw = mf_str_from(raw, block.n);
        mf_zstore_block((uint32_t)block.n, raw.n == 0, b);
        mf_buf_add(out, b, MF_ZSTORE_BLOCK_HEADER);
        mf_buf_str(out, block);
    } while (raw.n);
    return mf_buf_check(out, err);
}

static void add32(struct mf_buf *out, uint32_t value)
{
    unsigned char b[4];
    mf_zstore_put32(b, value);
    mf_buf_add(out, b, 4);
}

int mf_zframe_seektable(uint64_t head_size, uint64_t head_raw, const struct mf_frame *frames, size_t count,
                        struct mf_buf *out, struct mf_err *err)
{
    if (count >= FRAMES_MAX || head_size > UINT32_MAX || head_raw > UINT32_MAX)
        return mf_err_set(err, MF_E_LIMIT, "seek table: %zu frames are too many", count);
    add32(out, MAGIC_SKIPPABLE);
    add32(out, (uint32_t)((count + 1) * 8 + 9));
    add32(out, (uint32_t)head_size);
    add32(out, (uint32_t)head_raw);
    for (size_t i = 0; i < count; i++) {
        if (frames[i].size > UINT32_MAX || frames[i].raw_size > UINT32_MAX)
            return mf_err_set(err, MF_E_LIMIT, "seek table: frame %zu is too large", i);
        add32(out, (uint32_t)frames[i].size);
        add32(out, (uint32_t)frames[i].raw_size);
    }
    add32(out, (uint32_t)(count + 1));
    mf_buf_byte(out, 0); /* no checksums */
    add32(out, MAGIC_SEEKABLE);
    return mf_buf_check(out, err);
}

#include "formats/zipread.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <zlib.h>

#include "formats/base/dir.h"

enum {
    LOCAL_SIZE = 30,
    DESCRIPTOR_SIZE = 16,
    WHOLE_MAX = 4 * 1024 * 1024, /* inflated in one go up to this size */
    CHUNK = 128 * 1024,
};

struct mf_zipread {
    int fd;
    uint64_t size;
    struct libdeflate_decompressor *whole;
    z_stream stream;
    bool stream_ready;
    struct mf_buf in, out;
};

/* One entry being read. */
struct job {
    struct mf_zipread *r;
    const struct mf_zipdir_entry *e;
    mf_zipread_sink *sink;
    void *ctx;
    uint64_t at;   /* file offset of the compressed data */
    uint64_t have; /* bytes of it: what the directory claims, as far as the file goes */
    uint64_t done; /* bytes of content given to the sink */
    uint32_t crc;
};

int mf_zipread_new(struct mf_zipread **out, int fd, uint64_t size, struct mf_err *err)
{
    struct mf_zipread *r = calloc(1, sizeof(*r));
    if (!r)
        return mf_err_nomem(err);
    r->fd = fd;
    r->size = size;
    r->in = MF_BUF_INIT(WHOLE_MAX + 256 * MF_KIB);
    r->out = MF_BUF_INIT(WHOLE_MAX + CHUNK);
    r->whole = libdeflate_alloc_decompressor();
    if (!r->whole) {
        free(r);
        return mf_err_nomem(err);
    }
    *out = r;
    return 0;
}

void mf_zipread_free(struct mf_zipread **r)
{
    if (!*r)
        return;
    libdeflate_free_decompressor((*r)->whole);
    if ((*r)->stream_ready)
        inflateEnd(&(*r)->stream);
    mf_buf_release(&(*r)->in);
    mf_buf_release(&(*r)->out);
    free(*r);
    *r = NULL;
}

static int bad(const struct mf_zipdir_entry *e, const char *what, struct mf_err *err)
{
    return mf_err_set(err, MF_E_MODZIP, "\"%.*s\": %s", MF_FMT(e->name), what);
}

static int give(struct job *j, const void *p, size_t n, struct mf_err *err)
{
    if (n > j->e->size - j->done)
        return bad(j->e, "content is larger than its declared size", err);
    j->crc = libdeflate_crc32(j->crc, p, n);
    j->done += n;
    return n ? j->sink(j->ctx, p, n, err) : 0;
}

/* Checks the local header and finds the data. */
static int locate(struct job *j, struct mf_err *err)
{
    const struct mf_zipdir_entry *e = j->e;
    uint8_t b[LOCAL_SIZE];
    uint64_t offset = (uint64_t)e->offset;
    if (e->offset < 0 || j->r->size < LOCAL_SIZE || offset > j->r->size - LOCAL_SIZE)
        return bad(e, "its local header lies outside the zip", err);
    if (mf_pread_full(j->r->fd, b, sizeof(b), offset, "zip", err) < 0)
        return -1;
    if (mf_zip_u32(b) != 0x04034b50)
        return bad(e, "no local header where the central directory points", err);
    j->at = offset + LOCAL_SIZE + mf_zip_u16(b + 26) + mf_zip_u16(b + 28);
    uint64_t left = j->at < j->r->size ? j->r->size - j->at : 0;
    if (e->compressed <= INT64_MAX)
        j->have = e->compressed < left ? e->compressed : left;
    return 0;
}

/* The CRC behind the data, with or without a signature before it; the sizes
 * that follow are not looked at, as in Go. */
static int check_descriptor(const struct job *j, struct mf_err *err)
{
    uint8_t b[DESCRIPTOR_SIZE];
    uint64_t at = j->at + j->e->compressed, left = at < j->r->size ? j->r->size - at : 0;
    size_t have = left < sizeof(b) ? (size_t)left : sizeof(b);
    if (mf_pread_full(j->r->fd, b, have, at, "zip", err) < 0)
        return -1;
    bool marked = have >= 4 && mf_zip_u32(b) == 0x08074b50;
    if (have < (marked ? 16u : 12u))
        return bad(j->e, "its data descriptor is cut off by the end of the zip", err);
    if (mf_zip_u32(b + (marked ? 4 : 0)) != j->e->crc)
        return bad(j->e, "the CRC behind its data is not the one in the central directory", err);
    return 0;
}

static int check_end(const struct job *j, struct mf_err *err)
{
    bool descriptor = j->e->flags & MF_ZIP_FLAG_DESCRIPTOR;
    if (j->done != j->e->size)
        return bad(j->e, "content is smaller than its declared size", err);
    if (descriptor && check_descriptor(j, err) < 0)
        return -1;
    if (j->crc != j->e->crc && (descriptor || j->e->crc != 0))
        return bad(j->e, "wrong CRC", err);
    return 0;
}

/* Reads up to CHUNK bytes of compressed data from `used` on. */
static int read_chunk(struct job *j, uint64_t used, size_t *got_out, struct mf_err *err)
{
    uint64_t n = j->have - used;
    if (n > CHUNK)
        n = CHUNK;
    mf_buf_clear(&j->r->in);
    char *to = mf_buf_room(&j->r->in, CHUNK);
    if (!to)
        return mf_buf_check(&j->r->in, err);
    *got_out = (size_t)n;
    return mf_pread_full(j->r->fd, to, (size_t)n, j->at + used, "zip", err);
}

static int read_stored(struct job *j, struct mf_err *err)
{
    uint64_t used = 0;
    while (used < j->have) {
        size_t got = 0;
        if (read_chunk(j, used, &got, err) < 0 || give(j, j->r->in.p, got, err) < 0)
            return -1;
        used += got;
    }
    return 0;
}

static int start_stream(struct mf_zipread *r, struct mf_err *err)
{
    int code = r->stream_ready ? inflateReset(&r->stream) : inflateInit2(&r->stream, -MAX_WBITS);
    if (code != Z_OK)
        return mf_err_nomem(err);
    r->stream_ready = true;
    return 0;
}

static int read_streamed(struct job *j, struct mf_err *err)
{
    z_stream *z = &j->r->stream;
    uint64_t used = 0;
    int code = Z_OK;
    mf_buf_clear(&j->r->out);
    char *to = mf_buf_room(&j->r->out, CHUNK);
    if (!to)
        return mf_buf_check(&j->r->out, err);
    if (start_stream(j->r, err) < 0)
        return -1;
    z->avail_in = 0;
    while (code != Z_STREAM_END) {
        size_t got = 0;
        if (z->avail_in == 0) {
            if (used == j->have)
                return bad(j->e, "compressed data is cut off", err);
            if (read_chunk(j, used, &got, err) < 0)
                return -1;
            used += got;
            z->next_in = (Bytef *)j->r->in.p;
            z->avail_in = (uInt)got;
        }
        do {
            z->next_out = (Bytef *)to;
            z->avail_out = CHUNK;
            code = inflate(z, Z_NO_FLUSH);
            if (code == Z_MEM_ERROR)
                return mf_err_nomem(err);
            if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR)
                return bad(j->e, "compressed data is damaged", err);
            if (give(j, to, CHUNK - z->avail_out, err) < 0)
                return -1;
        } while (code == Z_OK && z->avail_out == 0);
    }
    return 0;
}

static int read_whole(struct job *j, struct mf_err *err)
{
    size_t n = (size_t)j->have, size = (size_t)j->e->size, used, made;
    mf_buf_clear(&j->r->in);
    mf_buf_clear(&j->r->out);
    char *in = mf_buf_room(&j->r->in, n + 1), *to = mf_buf_room(&j->r->out, size + 1);
    if (!in || !to)
        return mf_err_nomem(err);
    if (mf_pread_full(j->r->fd, in, n, j->at, "zip", err) < 0)
        return -1;
    switch (libdeflate_deflate_decompress_ex(j->r->whole, in, n, to, size, &used, &made)) {
    case LIBDEFLATE_SUCCESS:
        return give(j, to, made, err);
    case LIBDEFLATE_INSUFFICIENT_SPACE:
        return bad(j->e, "content is larger than its declared size", err);
    default:
        return bad(j->e, "compressed data is damaged or cut off", err);
    }
}

int mf_zipread_entry(struct mf_zipread *r, const struct mf_zipdir_entry *e, mf_zipread_sink *sink, void *ctx,
                     struct mf_err *err)
{
    struct job j = {.r = r, .e = e, .sink = sink, .ctx = ctx};
    int done;
    if (locate(&j, err) < 0)
        return -1;
    if (mf_str_ends(e->name, MF_LIT("/")))
        return e->size ? bad(e, "a directory with content", err) : 0;
    if (e->method == MF_ZIP_STORED)
        done = read_stored(&j, err);
    else if (e->method != MF_ZIP_DEFLATED)
        done = mf_err_set(err, MF_E_MODZIP, "\"%.*s\": compression method %u is unknown", MF_FMT(e->name), e->method);
    else if (e->size <= WHOLE_MAX && j.have <= WHOLE_MAX)
        done = read_whole(&j, err);
    else
        done = read_streamed(&j, err);
    return done < 0 ? -1 : check_end(&j, err);
}

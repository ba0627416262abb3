#include "formats/modziprebuild.h"

#include <libdeflate.h>
#include <stdlib.h>

#include "formats/base/dir.h"
#include "formats/goflate.h"
#include "formats/zipwrite.h"

enum {
    WINDOW = 256 * 1024,
    PIECE = 1024 * 1024, /* content compressed between two comparisons */
    OUT_MAX = 256 * 1024 * 1024,
};

struct mf_modziprebuild {
    int fd;
    uint64_t size; /* of the zip */
    uint64_t at;   /* bytes of it found equal so far */
    bool differs;
    struct mf_zipwrite zip;
    struct mf_goflate *flate;
    struct mf_buf out;
    uint64_t begin; /* where the deflate stream of the current file began */
    uint64_t content;
    uint32_t crc;
    size_t window_n;
    uint64_t window_at; /* file offset of the window */
    char window[WINDOW];
};

int mf_modziprebuild_new(struct mf_modziprebuild **out, int fd, uint64_t size, struct mf_err *err)
{
    struct mf_modziprebuild *r = malloc(sizeof(*r));
    if (!r)
        return mf_err_nomem(err);
    memset(r, 0, offsetof(struct mf_modziprebuild, window));
    r->fd = fd;
    r->size = size;
    r->zip = MF_ZIPWRITE_INIT;
    r->out = MF_BUF_INIT(OUT_MAX);
    if (mf_goflate_new(&r->flate, err) < 0) {
        free(r);
        return -1;
    }
    *out = r;
    return 0;
}

void mf_modziprebuild_free(struct mf_modziprebuild **r)
{
    if (!*r)
        return;
    mf_zipwrite_release(&(*r)->zip);
    mf_goflate_free(&(*r)->flate);
    mf_buf_release(&(*r)->out);
    free(*r);
    *r = NULL;
}

/* Fills the window from offset `at` on. */
static int refill(struct mf_modziprebuild *r, uint64_t at, struct mf_err *err)
{
    uint64_t n = r->size - at < WINDOW ? r->size - at : WINDOW;
    r->window_at = at;
    r->window_n = 0;
    if (mf_pread_full(r->fd, r->window, (size_t)n, at, "zip", err) < 0)
        return -1;
    r->window_n = (size_t)n;
    return 0;
}

/* Compares what was written with the zip and empties the buffer. */
static int compare(struct mf_modziprebuild *r, struct mf_err *err)
{
    if (mf_buf_check(&r->out, err) < 0)
        return -1;
    struct mf_str rest = mf_buf_view(&r->out);
    if (rest.n > r->size - r->at)
        r->differs = true;
    while (rest.n && !r->differs) {
        if (r->at >= r->window_at + r->window_n && refill(r, r->at, err) < 0)
            return -1;
        size_t skip = (size_t)(r->at - r->window_at), n = r->window_n - skip;
        if (n > rest.n)
            n = rest.n;
        r->differs = memcmp(rest.p, r->window + skip, n) != 0;
        rest = mf_str_from(rest, n);
        r->at += n;
    }
    mf_buf_clear(&r->out);
    return 0;
}

int mf_modziprebuild_begin(struct mf_modziprebuild *r, struct mf_str name, struct mf_err *err)
{
    if (r->differs)
        return 0;
    if (mf_zipwrite_begin_file(&r->zip, name, &r->out, err) < 0 || compare(r, err) < 0)
        return -1;
    mf_goflate_start(r->flate);
    r->begin = r->at;
    r->content = 0;
    r->crc = 0;
    return 0;
}

int mf_modziprebuild_data(struct mf_modziprebuild *r, const void *p, size_t n, struct mf_err *err)
{
    const char *from = p;
    while (n && !r->differs) {
        size_t piece = n < PIECE ? n : PIECE;
        mf_goflate_write(r->flate, from, piece, &r->out);
        r->crc = libdeflate_crc32(r->crc, from, piece);
        r->content += piece;
        from += piece;
        n -= piece;
        if (compare(r, err) < 0)
            return -1;
    }
    return 0;
}

int mf_modziprebuild_end(struct mf_modziprebuild *r, struct mf_err *err)
{
    if (r->differs)
        return 0;
    mf_goflate_finish(r->flate, &r->out);
    if (compare(r, err) < 0 || r->differs)
        return r->differs ? 0 : -1;
    if (mf_zipwrite_end_file(&r->zip, r->crc, r->at - r->begin, r->content, &r->out, err) < 0)
        return -1;
    return compare(r, err);
}

int mf_modziprebuild_finish(struct mf_modziprebuild *r, bool *same_out, struct mf_err *err)
{
    if (!r->differs && (mf_zipwrite_finish(&r->zip, &r->out, err) < 0 || compare(r, err) < 0))
        return -1;
    *same_out = !r->differs && r->at == r->size;
    return 0;
}

#include "formats/bundlein.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "formats/base/dir.h"
#include "formats/base/pool.h"
#include "formats/zframe.h"
#include "formats/zstack.h"

/* One frame on its way. */
struct frame_job {
    struct mf_zstack *contexts;
    const struct mf_frame *frame;
    struct mf_buf compressed, raw, prefix;
    int result;
    struct mf_err err;
};

/* What the reader owns; jobs are used in turn, as the pool gives them back in
 * the order in which it got them. */
struct reader {
    int fd;
    const char *name;
    struct mf_pool *pool;
    struct mf_zstack contexts;
    struct mf_zdecompress **owned;
    unsigned threads;
    struct frame_job *jobs;
    unsigned depth;
    struct mf_tar_reader tar;
    const struct mf_span *spans; /* the stretches to be read; NULL: everything */
    size_t span_count, span_at;  /* span_at: the one being fed, or the next */
    const struct mf_bundlein_options *options;
    bool prefixes; /* a frame that has one was met */
};

static void release(struct reader *r)
{
    while (r->pool && mf_pool_take(r->pool))
        continue;
    mf_pool_free(&r->pool);
    for (unsigned i = 0; r->jobs && i < r->depth; i++) {
        mf_buf_release(&r->jobs[i].compressed);
        mf_buf_release(&r->jobs[i].raw);
        mf_buf_release(&r->jobs[i].prefix);
    }
    for (unsigned i = 0; r->owned && i < r->threads; i++)
        mf_zdecompress_free(&r->owned[i]);
    mf_zstack_release(&r->contexts);
    mf_tar_reader_release(&r->tar);
    free(r->owned);
    free(r->jobs);
}

static int init(struct reader *r, struct mf_err *err)
{
    if (mf_zstack_init(&r->contexts, r->threads, err) < 0)
        return -1;
    r->owned = calloc(r->threads, sizeof(struct mf_zdecompress *));
    r->jobs = calloc(r->depth, sizeof(*r->jobs));
    if (!r->owned || !r->jobs)
        return mf_err_nomem(err);
    for (unsigned i = 0; i < r->threads; i++) {
        if (mf_zdecompress_new(&r->owned[i], err) < 0)
            return -1;
        mf_zstack_push(&r->contexts, r->owned[i]);
    }
    for (unsigned i = 0; i < r->depth; i++) {
        r->jobs[i].contexts = &r->contexts;
        r->jobs[i].compressed.max = ZSTD_COMPRESSBOUND(MF_FRAME_RAW_MAX);
        r->jobs[i].raw.max = MF_FRAME_RAW_MAX;
        r->jobs[i].prefix.max = MF_PREFIX_MAX;
    }
    return mf_pool_new(&r->pool, r->threads, r->depth, err);
}

/* What a frame was compressed after is compared before libzstd sees either. */
static int check_prefix(const struct mf_frame *f, const struct mf_buf *prefix, struct mf_err *err)
{
    struct mf_digest digest;
    if (f->base.prefix_size == 0)
        return 0;
    digest = mf_sha256_of(mf_buf_view(prefix));
    if (prefix->n == f->base.prefix_size && mf_digest_eq(&digest, &f->base.prefix_sha256))
        return 0;
    return mf_err_set(err, MF_E_BASE, "the files that it was compressed after are not the same in the base");
}

/* The hash comes before libzstd sees a byte. raw_sha256 is not compared: what
 * comes out is a function of bytes that have been checked. */
static void run_job(void *arg)
{
    struct frame_job *job = arg;
    const struct mf_frame *f = job->frame;
    struct mf_digest digest = mf_sha256_of(mf_buf_view(&job->compressed));
    if (!mf_digest_eq(&digest, &f->sha256)) {
        job->result = mf_err_set(&job->err, MF_E_HASH, "its SHA-256 is not the one in the manifest");
        return;
    }
    job->result = check_prefix(f, &job->prefix, &job->err);
    if (job->result < 0)
        return;
    struct mf_zdecompress *z = mf_zstack_pop(job->contexts);
    job->result = mf_zdecompress_frame(z, mf_buf_view(&job->compressed), mf_buf_view(&job->prefix), (size_t)f->raw_size,
                                       &job->raw, &job->err);
    mf_zstack_push(job->contexts, z);
    mf_buf_release(&job->prefix); /* before the frame's turn to be delivered comes */
}

static uint64_t span_end(const struct mf_span *s)
{
    return s->offset + s->length;
}

/* Gives those stretches of a frame to the tar reader that are wanted. */
static int feed_spans(struct reader *r, const struct mf_frame *f, struct mf_str raw, struct mf_err *err)
{
    const uint64_t frame_end = f->offset + raw.n;
    for (; r->span_at < r->span_count; r->span_at++) {
        const struct mf_span *s = &r->spans[r->span_at];
        uint64_t from = s->offset > f->offset ? s->offset : f->offset;
        uint64_t to = span_end(s) < frame_end ? span_end(s) : frame_end;
        if (from >= frame_end)
            return 0;
        if (from == s->offset)
            mf_tar_reader_seek(&r->tar, from);
        if (mf_tar_reader_feed(&r->tar, raw.p + (from - f->offset), (size_t)(to - from), err) < 0)
            return -1;
        if (to < span_end(s))
            return 0;
        if (mf_tar_reader_finish(&r->tar, false, err) < 0) {
            err->code = MF_E_DAMAGED;
            return -1;
        }
    }
    return 0;
}

static int feed(struct reader *r, const struct mf_frame *f, struct mf_str raw, struct mf_err *err)
{
    int rc = r->spans ? feed_spans(r, f, raw, err) : mf_tar_reader_feed(&r->tar, raw.p, raw.n, err);
    return rc < 0 ? mf_err_prefix(err, "%s", r->name) : 0;
}

/* Takes the oldest frame and gives it to the tar reader. Returns 1, 0 where no
 * frame is in flight, or -1. */
static int deliver(struct reader *r, const struct mf_manifest *m, struct mf_err *err)
{
    struct frame_job *job = mf_pool_take(r->pool);
    if (!job)
        return 0;
    if (job->result < 0) {
        *err = job->err;
        return mf_err_prefix(err, "%s: frame %zu", r->name, (size_t)(job->frame - m->frames) + 1);
    }
    return feed(r, job->frame, mf_buf_view(&job->raw), err) < 0 ? -1 : 1;
}

static int deliver_all(struct reader *r, const struct mf_manifest *m, struct mf_err *err)
{
    int more;
    do
        more = deliver(r, m, err);
    while (more > 0);
    return more;
}

/* Reads the compressed bytes of one frame. Returns 1, 0 where the file ends
 * before, or -1. */
static int read_frame(struct reader *r, const struct mf_frame *f, struct mf_buf *out, struct mf_err *err)
{
    size_t got;
    if (f->raw_size > MF_FRAME_RAW_MAX || f->size > ZSTD_COMPRESSBOUND((size_t)f->raw_size))
        return mf_err_set(err, MF_E_LIMIT, "%s: a frame is larger than the format allows", r->name);
    mf_buf_clear(out);
    char *to = mf_buf_room(out, (size_t)f->size);
    if (!to)
        return mf_buf_check(out, err);
    if (mf_read_full(r->fd, to, (size_t)f->size, &got, r->name, err) < 0)
        return -1;
    mf_buf_grew(out, got);
    return got == f->size;
}

/* Gets what frame i was compressed after. */
static int load_prefix(struct reader *r, const struct mf_manifest *m, size_t i, struct mf_buf *out, struct mf_err *err)
{
    mf_buf_clear(out);
    if (m->frames[i].base.prefix_size == 0)
        return 0;
    if (!r->options->prefix)
        return mf_err_set(err, MF_E_BASE, "%s: frame %zu was compressed after files that it does not hold", r->name,
                          i + 1);
    /* the lists are in the frames before */
    if (!r->prefixes && deliver_all(r, m, err) < 0)
        return -1;
    r->prefixes = true;
    if (!mf_buf_room(out, (size_t)m->frames[i].base.prefix_size))
        return mf_buf_check(out, err);
    if (r->options->prefix(r->options->prefix_ctx, i, out, err) < 0)
        return mf_err_prefix(err, "%s: frame %zu", r->name, i + 1);
    return 0;
}

/* Puts frame i on its way; `submitted` frames were before it. */
static int submit_frame(struct reader *r, const struct mf_manifest *m, size_t i, size_t submitted, struct mf_err *err)
{
    if (mf_pool_full(r->pool) && deliver(r, m, err) < 0)
        return -1;
    struct frame_job *job = &r->jobs[submitted % r->depth];
    job->frame = &m->frames[i];
    if (load_prefix(r, m, i, &job->prefix, err) < 0)
        return -1;
    int whole = read_frame(r, job->frame, &job->compressed, err);
    if (whole < 0)
        return -1;
    if (whole == 0) {
        if (deliver_all(r, m, err) < 0)
            return -1;
        return mf_err_set(err, MF_E_TRUNCATED, "%s: ends inside frame %zu of %zu", r->name, i + 1, m->frame_count);
    }
    mf_pool_submit(r->pool, run_job, job);
    return 0;
}

static int read_frames(struct reader *r, const struct mf_manifest *m, const struct mf_bundlein_options *options,
                       struct mf_err *err)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < m->frame_count; i++) {
        if (submit_frame(r, m, i, i, err) < 0)
            return -1;
        bytes += m->frames[i].size;
        if (options->progress)
            options->progress(options->progress_ctx, bytes);
    }
    return deliver_all(r, m, err);
}

static int seek_to(int fd, uint64_t offset, const char *name, struct mf_err *err)
{
    return lseek(fd, (off_t)offset, SEEK_SET) < 0 ? mf_err_errno(err, errno, "read %s", name) : 0;
}

/* Reads the frames that have a part in a span; `at` is where the first frame of
 * all begins in the file. */
static int read_some_frames(struct reader *r, const struct mf_manifest *m, uint64_t at,
                            const struct mf_bundlein_options *options, struct mf_err *err)
{
    uint64_t bytes = 0;
    size_t span = 0, submitted = 0;
    for (size_t i = 0; i < m->frame_count && span < r->span_count; at += m->frames[i++].size) {
        const struct mf_frame *f = &m->frames[i];
        if (r->spans[span].offset >= f->offset + f->raw_size)
            continue;
        if (seek_to(r->fd, at, r->name, err) < 0 || submit_frame(r, m, i, submitted++, err) < 0)
            return -1;
        bytes += f->size;
        if (options->progress)
            options->progress(options->progress_ctx, bytes);
        while (span < r->span_count && span_end(&r->spans[span]) <= f->offset + f->raw_size)
            span++;
    }
    return deliver_all(r, m, err);
}

/* The seek table is given by head and manifest, so it is compared, not read;
 * then the file is over. */
static int read_end(int fd, const char *name, const struct mf_head *head, const struct mf_manifest *m,
                    struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf want = MF_BUF_INIT(16 * MF_MIB), got = MF_BUF_INIT(16 * MF_MIB);
    size_t n;
    if (mf_zframe_seektable(head->frame_size, head->raw_size, m->frames, m->frame_count, &want, err) < 0)
        return -1;
    char *to = mf_buf_room(&got, want.n + 1);
    if (!to)
        return mf_buf_check(&got, err);
    if (mf_read_full(fd, to, want.n + 1, &n, name, err) < 0)
        return -1;
    mf_buf_grew(&got, n);
    if (!mf_str_eq(mf_str_head(mf_buf_view(&want), n), mf_str_head(mf_buf_view(&got), want.n)))
        return mf_err_set(err, MF_E_DAMAGED, "%s: its seek table is not the one of this bundle", name);
    if (n < want.n)
        return mf_err_set(err, MF_E_TRUNCATED, "%s: ends inside its seek table", name);
    if (n > want.n)
        return mf_err_set(err, MF_E_DAMAGED, "%s: something follows its seek table", name);
    return 0;
}

int mf_bundlein_run(int fd, const char *name, const struct mf_head *head, const struct mf_manifest *m,
                    const struct mf_tar_visitor *visitor, const struct mf_bundlein_options *options, struct mf_err *err)
{
    /* With one thread, jobs run inside submit and none needs to wait. */
    unsigned depth = options->threads > 1 ? options->threads + 1 : 1;
    MF_CLEANUP(release)
    struct reader r = {.fd = fd, .name = name, .threads = options->threads, .depth = depth, .options = options};
    mf_tar_reader_init(&r.tar, visitor);
    if (init(&r, err) < 0 || read_frames(&r, m, options, err) < 0)
        return -1;
    if (mf_tar_reader_finish(&r.tar, true, err) < 0) {
        /* Every frame was there, so the writer made it so. */
        err->code = MF_E_DAMAGED;
        return mf_err_prefix(err, "%s", name);
    }
    return read_end(fd, name, head, m, err);
}

int mf_bundlein_spans(int fd, const char *name, const struct mf_head *head, const struct mf_manifest *m,
                      const struct mf_span *spans, size_t n, const struct mf_tar_visitor *visitor,
                      const struct mf_bundlein_options *options, struct mf_err *err)
{
    unsigned depth = options->threads > 1 ? options->threads + 1 : 1;
    if (n == 0)
        return 0;
    MF_CLEANUP(release)
    struct reader r = {.fd = fd,
                       .name = name,
                       .threads = options->threads,
                       .depth = depth,
                       .options = options,
                       .spans = spans,
                       .span_count = n};
    mf_tar_reader_init(&r.tar, visitor);
    if (init(&r, err) < 0)
        return -1;
    return read_some_frames(&r, m, head->frame_size, options, err);
}

int mf_bundlein_whole(int fd, const char *name, const struct mf_head *head, const struct mf_manifest *m,
                      struct mf_err *err)
{
    uint64_t end = head->frame_size;
    struct stat st;
    if (fstat(fd, &st) < 0)
        return mf_err_errno(err, errno, "look at %s", name);
    if (!S_ISREG(st.st_mode))
        return mf_err_set(err, MF_E_USAGE, "%s is not a file: parts of it could not be read alone", name);
    for (size_t i = 0; i < m->frame_count; i++)
        end += m->frames[i].size;
    if ((uint64_t)st.st_size < end)
        return mf_err_set(err, MF_E_TRUNCATED, "%s: ends inside its payload", name);
    return seek_to(fd, end, name, err) < 0 ? -1 : read_end(fd, name, head, m, err);
}

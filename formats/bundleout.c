#include "formats/bundleout.h"

#include <inttypes.h>
#include <stdlib.h>
#include <zstd.h>

#include "formats/base/dir.h"
#include "formats/base/pool.h"
#include "formats/tar.h"
#include "formats/zframe.h"
#include "formats/zstack.h"

#define FRAMES_MAX 0x8000000 /* of the seek table */
#define COPY_SIZE MF_MIB

/* One frame on its way. Jobs are made when needed and used again. */
struct frame_job {
    struct mf_bundleout *owner;
    struct frame_job *next; /* while idle */
    struct mf_buf raw, compressed, prefix;
    struct mf_digest raw_sha256, sha256, prefix_sha256;
    size_t raw_size, prefix_size;
    int result;
    struct mf_err err;
};

struct mf_bundleout {
    int spool_fd;
    struct mf_pool *pool;
    struct mf_zstack contexts;
    struct mf_zcompress **owned; /* every context, `threads` of them */
    unsigned threads;
    struct frame_job *idle;
    struct frame_job *filling; /* NULL between two frames */
    struct mf_frame *frames;   /* those in the spool */
    size_t count, cap;
    uint64_t offset;  /* bytes of payload */
    uint64_t written; /* of them, bytes in frames in the spool */
    uint64_t left;    /* bytes of the current member still to come */
    size_t padding;   /* of the current member */
    bool in_member;
    mf_bundleout_prefix *prefix; /* or NULL */
    void *prefix_ctx;
    size_t prefix_from;             /* frames that were cut before the first one it is asked for */
    size_t cut;                     /* frames cut so far */
    mf_bundleout_member_seen *seen; /* set: nothing is written */
    void *seen_ctx;
};

static void free_job(struct frame_job *job)
{
    mf_buf_release(&job->raw);
    mf_buf_release(&job->compressed);
    mf_buf_release(&job->prefix);
    free(job);
}

void mf_bundleout_free(struct mf_bundleout **slot)
{
    struct mf_bundleout *b = *slot;
    if (!b)
        return;
    for (struct frame_job *job; b->pool && (job = mf_pool_take(b->pool));)
        free_job(job);
    mf_pool_free(&b->pool);
    if (b->filling)
        free_job(b->filling);
    while (b->idle) {
        struct frame_job *next = b->idle->next;
        free_job(b->idle);
        b->idle = next;
    }
    for (unsigned i = 0; b->owned && i < b->threads; i++)
        mf_zcompress_free(&b->owned[i]);
    mf_zstack_release(&b->contexts);
    free(b->owned);
    free(b->frames);
    free(b);
    *slot = NULL;
}

int mf_bundleout_new(struct mf_bundleout **out, int spool_fd, int level, unsigned threads, struct mf_err *err)
{
    MF_CLEANUP(mf_bundleout_free) struct mf_bundleout *b = calloc(1, sizeof(*b));
    if (!b)
        return mf_err_nomem(err);
    b->spool_fd = spool_fd;
    b->threads = threads;
    if (mf_zstack_init(&b->contexts, threads, err) < 0)
        return -1;
    b->owned = calloc(threads, sizeof(struct mf_zcompress *));
    if (!b->owned)
        return mf_err_nomem(err);
    for (unsigned i = 0; i < threads; i++) {
        if (mf_zcompress_new(&b->owned[i], level, err) < 0)
            return -1;
        mf_zstack_push(&b->contexts, b->owned[i]);
    }
    /* With one thread, jobs run inside submit and none needs to wait. */
    if (mf_pool_new(&b->pool, threads, threads > 1 ? threads + 1 : 1, err) < 0)
        return -1;
    *out = b;
    b = NULL;
    return 0;
}

int mf_bundleout_plan(struct mf_bundleout **out, mf_bundleout_member_seen *seen, void *ctx, struct mf_err *err)
{
    struct mf_bundleout *b = calloc(1, sizeof(*b));
    if (!b)
        return mf_err_nomem(err);
    b->spool_fd = -1;
    b->seen = seen;
    b->seen_ctx = ctx;
    *out = b;
    return 0;
}

void mf_bundleout_prefixes(struct mf_bundleout *b, mf_bundleout_prefix *prefix, void *ctx)
{
    b->prefix = prefix;
    b->prefix_ctx = ctx;
    b->prefix_from = b->cut;
}

uint64_t mf_bundleout_offset(const struct mf_bundleout *b)
{
    return b->offset;
}

static void run_job(void *arg)
{
    struct frame_job *job = arg;
    struct mf_zcompress *z = mf_zstack_pop(&job->owner->contexts);
    job->raw_sha256 = mf_sha256_of(mf_buf_view(&job->raw));
    if (job->prefix.n)
        job->prefix_sha256 = mf_sha256_of(mf_buf_view(&job->prefix));
    job->result = mf_zcompress_frame(z, mf_buf_view(&job->raw), mf_buf_view(&job->prefix), &job->compressed, &job->err);
    if (job->result == 0)
        job->sha256 = mf_sha256_of(mf_buf_view(&job->compressed));
    job->raw_size = job->raw.n;
    job->prefix_size = job->prefix.n;
    /* of a difference, memory is given back before the frame's turn to be written comes */
    if (job->prefix.n) {
        mf_buf_release(&job->prefix);
        mf_buf_release(&job->raw);
    }
    mf_zstack_push(&job->owner->contexts, z);
}

/* Puts a frame that is done behind the others in the spool. */
static int write_frame(struct mf_bundleout *b, const struct frame_job *job, struct mf_err *err)
{
    if (job->result < 0) {
        *err = job->err;
        return -1;
    }
    if (mf_grow(&b->frames, &b->cap, b->count + 1, sizeof(*b->frames), FRAMES_MAX, err) < 0)
        return -1;
    if (mf_write_full(b->spool_fd, job->compressed.p, job->compressed.n, "spool", err) < 0)
        return -1;
    b->frames[b->count++] = (struct mf_frame){.offset = b->written,
                                              .raw_size = job->raw_size,
                                              .size = job->compressed.n,
                                              .raw_sha256 = job->raw_sha256,
                                              .sha256 = job->sha256,
                                              .base.prefix_size = job->prefix_size};
    if (job->prefix_size)
        b->frames[b->count - 1].base.prefix_sha256 = job->prefix_sha256;
    b->written += job->raw_size;
    return 0;
}

/* Takes the oldest frame from the pool. */
static int take_frame(struct mf_bundleout *b, struct frame_job *job, struct mf_err *err)
{
    int result = write_frame(b, job, err);
    job->next = b->idle;
    b->idle = job;
    return result;
}

static int begin_frame(struct mf_bundleout *b, struct mf_err *err)
{
    struct frame_job *job = b->idle;
    if (job)
        b->idle = job->next;
    else
        job = calloc(1, sizeof(*job));
    if (!job)
        return mf_err_nomem(err);
    job->owner = b;
    job->raw.max = MF_FRAME_RAW_MAX;
    job->compressed.max = ZSTD_COMPRESSBOUND(MF_FRAME_RAW_MAX);
    job->prefix.max = MF_PREFIX_MAX;
    mf_buf_clear(&job->raw);
    mf_buf_clear(&job->prefix);
    b->filling = job;
    return mf_buf_room(&job->raw, MF_FRAME_RAW_MAX) ? 0 : mf_buf_check(&job->raw, err);
}

int mf_bundleout_cut(struct mf_bundleout *b, struct mf_err *err)
{
    if (!b->filling)
        return 0;
    /* frames with a prefix take twice the memory, so one less of them is under way */
    bool enough = b->prefix && mf_pool_ahead(b->pool) >= b->threads;
    if ((enough || mf_pool_full(b->pool)) && take_frame(b, mf_pool_take(b->pool), err) < 0)
        return -1;
    size_t n = b->cut++ - b->prefix_from;
    /* most frames and prefixes are full: growing step by step would copy them, and leave holes */
    if (b->prefix && !mf_buf_room(&b->filling->prefix, MF_PREFIX_MAX))
        return mf_buf_check(&b->filling->prefix, err);
    if (b->prefix && b->prefix(b->prefix_ctx, n, &b->filling->prefix, err) < 0)
        return -1;
    mf_pool_submit(b->pool, run_job, b->filling);
    b->filling = NULL;
    return 0;
}

static int add(struct mf_bundleout *b, struct mf_str s, struct mf_err *err)
{
    if (b->seen) {
        b->offset += s.n;
        return 0;
    }
    while (s.n) {
        if (!b->filling && begin_frame(b, err) < 0)
            return -1;
        struct mf_buf *raw = &b->filling->raw;
        struct mf_str piece = mf_str_head(s, MF_FRAME_RAW_MAX - raw->n);
        mf_buf_str(raw, piece);
        if (mf_buf_check(raw, err) < 0)
            return -1;
        s = mf_str_from(s, piece.n);
        b->offset += piece.n;
        if (raw->n == MF_FRAME_RAW_MAX && mf_bundleout_cut(b, err) < 0)
            return -1;
    }
    return 0;
}

static int add_zeros(struct mf_bundleout *b, size_t n, struct mf_err *err)
{
    static const char zeros[MF_TAR_END];
    return add(b, (struct mf_str){zeros, n}, err);
}

int mf_bundleout_member(struct mf_bundleout *b, struct mf_str name, uint64_t size, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf header = MF_BUF_INIT(8 * MF_TAR_BLOCK);
    if (b->in_member)
        return mf_err_set(err, MF_E_DAMAGED, "member \"%.*s\" begins inside another", MF_FMT(name));
    if (mf_tar_header(name, size, &header, err) < 0)
        return -1;
    const struct mf_span span = {b->offset, header.n + size + mf_tar_padding(size)};
    if ((b->seen && b->seen(b->seen_ctx, name, span, err) < 0) || add(b, mf_buf_view(&header), err) < 0)
        return -1;
    b->left = size;
    b->padding = mf_tar_padding(size);
    b->in_member = true;
    return 0;
}

int mf_bundleout_data(struct mf_bundleout *b, const void *p, size_t n, struct mf_err *err)
{
    if (!b->in_member || n > b->left)
        return mf_err_set(err, MF_E_DAMAGED, "a member has more bytes than its announced size");
    b->left -= n;
    return add(b, (struct mf_str){p, n}, err);
}

int mf_bundleout_member_end(struct mf_bundleout *b, struct mf_err *err)
{
    if (!b->in_member || b->left)
        return mf_err_set(err, MF_E_DAMAGED, "a member lacks %" PRIu64 " bytes of its announced size", b->left);
    b->in_member = false;
    return add_zeros(b, b->padding, err);
}

int mf_bundleout_finish(struct mf_bundleout *b, struct mf_manifest *m, struct mf_arena *arena, struct mf_err *err)
{
    if (b->in_member)
        return mf_err_set(err, MF_E_DAMAGED, "the payload ends inside a member");
    if (add_zeros(b, MF_TAR_END, err) < 0 || mf_bundleout_cut(b, err) < 0)
        return -1;
    for (struct frame_job *job; (job = mf_pool_take(b->pool));)
        if (take_frame(b, job, err) < 0)
            return -1;
    struct mf_frame *frames = mf_arena_array(arena, b->count, sizeof(*frames), err);
    if (!frames)
        return -1;
    memcpy(frames, b->frames, b->count * sizeof(*frames));
    m->frames = frames;
    m->frame_count = b->count;
    m->payload_size = b->offset;
    return 0;
}

static int copy_range(int out_fd, const char *out_name, int from_fd, uint64_t offset, uint64_t n, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf buf = MF_BUF_INIT(COPY_SIZE);
    char *piece = mf_buf_room(&buf, COPY_SIZE);
    if (!piece)
        return mf_buf_check(&buf, err);
    while (n) {
        size_t step = n < COPY_SIZE ? (size_t)n : COPY_SIZE;
        if (mf_pread_full(from_fd, piece, step, offset, "payload", err) < 0 ||
            mf_write_full(out_fd, piece, step, out_name, err) < 0)
            return -1;
        offset += step;
        n -= step;
    }
    return 0;
}

int mf_bundleout_assemble(int out_fd, const char *out_name, struct mf_head *head, int spool_fd, uint64_t spool_offset,
                          const struct mf_manifest *m, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf bytes = MF_BUF_INIT(16 * MF_MIB);
    uint64_t size = 0;
    for (size_t i = 0; i < m->frame_count; i++)
        size += m->frames[i].size;
    if (mf_head_write(head, &bytes, err) < 0 || mf_write_full(out_fd, bytes.p, bytes.n, out_name, err) < 0)
        return -1;
    if (copy_range(out_fd, out_name, spool_fd, spool_offset, size, err) < 0)
        return -1;
    mf_buf_clear(&bytes);
    if (mf_zframe_seektable(head->frame_size, head->raw_size, m->frames, m->frame_count, &bytes, err) < 0)
        return -1;
    return mf_write_full(out_fd, bytes.p, bytes.n, out_name, err);
}

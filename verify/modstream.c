#include "verify/modstream.h"

#include <stdlib.h>

#include "formats/base/encode.h"
#include "formats/base/pool.h"
#include "formats/modnames.h"

#define BATCH_BYTES MF_MIB
#define LARGE_FILE (4 * MF_MIB)
#define PACKED_MAX (BATCH_BYTES + LARGE_FILE + MF_MIB)
enum { BATCH_FILES = 256 };

/* A module whose content is on its way. */
struct work {
    struct work *next;
    size_t index;
    const struct mf_manifest_module *m;
    void *state;              /* the sink's */
    uint64_t files_in, in;    /* files and bytes that have come */
    uint64_t files, bytes;    /* files and bytes that were consumed */
    bool zip_seen;            /* form zip: its one member has come */
    struct mf_dirhash hashes; /* of what was consumed */
    struct mf_modnames names; /* of what has come, form files */
    struct mf_buf name;       /* "path@version/" and then a file's name */
    size_t prefix;
};

/* A job and what it works on. */
struct batch {
    struct batch *next; /* in the list of idle ones */
    const struct mf_sink *sink;
    struct work *module;
    bool last; /* of its module */
    struct mf_sink_file *files;
    size_t *name_at; /* of each file in names */
    size_t count;
    struct mf_buf raw, names;
    struct mf_sink_scratch scratch;
    struct mf_modzip_facts facts; /* form zip */
    bool failed;
    struct mf_err error;
};

struct mf_modstream {
    const struct mf_manifest *manifest;
    const struct mf_sink *sink;
    struct mf_unpack_result *result;
    uint64_t *complete;
    struct mf_pool *pool;
    unsigned threads, depth; /* of the pool */
    struct batch *idle;
    struct batch *fill;  /* being filled, or NULL */
    struct work *alive;  /* every module that was begun and not dropped */
    struct work *module; /* the current one, or NULL */
    bool failed;         /* a batch was not consumed: nothing may follow */
    bool large;          /* the current file is one */
    struct mf_sha256 sum;
    uint64_t large_size;
    struct mf_buf large_copy; /* its name */
};

static void batch_free(struct batch *b)
{
    if (!b)
        return;
    mf_goflate_free(&b->scratch.flate);
    mf_buf_release(&b->scratch.packed);
    mf_buf_release(&b->raw);
    mf_buf_release(&b->names);
    free(b->files);
    free(b->name_at);
    free(b);
}

static int batch_new(struct mf_modstream *s, struct mf_err *err)
{
    struct batch *b = calloc(1, sizeof(*b));
    if (!b)
        return mf_err_nomem(err);
    b->files = calloc(BATCH_FILES, sizeof(*b->files));
    b->name_at = calloc(BATCH_FILES, sizeof(*b->name_at));
    b->raw = MF_BUF_INIT(BATCH_BYTES + LARGE_FILE);
    b->names = MF_BUF_INIT((size_t)BATCH_FILES * MF_MEMBER_PATH_MAX);
    b->scratch.packed = MF_BUF_INIT(PACKED_MAX);
    b->sink = s->sink;
    if (!b->files || !b->name_at) {
        batch_free(b);
        return mf_err_nomem(err);
    }
    b->next = s->idle;
    s->idle = b;
    return 0;
}

int mf_modstream_new(struct mf_modstream **out, const struct mf_manifest *m, const struct mf_sink *sink,
                     unsigned threads, struct mf_unpack_result *result, uint64_t *complete, struct mf_err *err)
{
    struct mf_modstream *s = calloc(1, sizeof(*s));
    if (!s)
        return mf_err_nomem(err);
    s->manifest = m;
    s->sink = sink;
    s->result = result;
    s->complete = complete;
    s->large_copy = MF_BUF_INIT(MF_MEMBER_PATH_MAX);
    s->threads = threads;
    s->depth = MF_MODSTREAM_ALIVE(threads) - 1;
    bool ok = mf_pool_new(&s->pool, threads, s->depth, err) == 0;
    for (unsigned i = 0; ok && i < s->depth + 1; i++)
        ok = batch_new(s, err) == 0;
    if (!ok) {
        mf_modstream_free(&s);
        return -1;
    }
    *out = s;
    return 0;
}

static void work_free(struct mf_modstream *s, struct work *w)
{
    for (struct work **at = &s->alive; *at; at = &(*at)->next)
        if (*at == w) {
            *at = w->next;
            break;
        }
    if (w->state)
        s->sink->drop(s->sink->ctx, w->state);
    mf_dirhash_release(&w->hashes);
    mf_modnames_release(&w->names);
    mf_buf_release(&w->name);
    free(w);
}

void mf_modstream_free(struct mf_modstream **slot)
{
    struct mf_modstream *s = *slot;
    if (!s)
        return;
    for (struct batch *b; s->pool && (b = mf_pool_take(s->pool));)
        batch_free(b);
    mf_pool_free(&s->pool);
    while (s->alive)
        work_free(s, s->alive);
    batch_free(s->fill);
    while (s->idle) {
        struct batch *next = s->idle->next;
        batch_free(s->idle);
        s->idle = next;
    }
    mf_buf_release(&s->large_copy);
    free(s);
    *slot = NULL;
}

/* Pool thread. */
static void run_files(void *job)
{
    struct batch *b = job;
    for (size_t i = 0; i < b->count; i++) {
        struct mf_sink_file *f = &b->files[i];
        f->sha256 = mf_sha256_of(f->content);
        if (b->sink->work && b->sink->work(b->sink->ctx, b->module->state, f, &b->scratch, &b->error) < 0) {
            b->failed = true;
            return;
        }
    }
}

/* Pool thread. */
static void run_zip(void *job)
{
    struct batch *b = job;
    b->failed = b->sink->zip_walk(b->sink->ctx, b->module->state, &b->facts, &b->error) < 0;
}

static int add_hash(struct work *w, struct mf_str name, uint64_t size, const struct mf_digest *sha256,
                    struct mf_err *err)
{
    mf_buf_truncate(&w->name, w->prefix);
    mf_buf_str(&w->name, name);
    if (mf_buf_check(&w->name, err) < 0)
        return -1;
    w->files++;
    w->bytes += size;
    return mf_dirhash_add(&w->hashes, mf_buf_view(&w->name), sha256, err);
}

/* A zip that travels as it was served is the very one that the manifest names. */
static int check_zip(const struct mf_manifest_module *m, const struct mf_digest *sha256, struct mf_err *err)
{
    char hex[MF_HEX_SIZE(sizeof(sha256->b))];
    mf_hex(sha256->b, sizeof(sha256->b), hex);
    if (!m->zip_sha256.n || mf_str_eq(m->zip_sha256, mf_str(hex)))
        return 0;
    return mf_err_set(err, MF_E_HASH, "its zip has SHA-256 %s, the manifest promises %.*s", hex, MF_FMT(m->zip_sha256));
}

/* The module is whole: compare it with the manifest, publish it. */
static int finish(struct mf_modstream *s, const struct batch *b, struct mf_err *err)
{
    struct work *w = b->module;
    char h1[MF_H1_SIZE];
    if (w->m->comes == MF_FORM_ZIP) {
        memcpy(h1, b->facts.h1, sizeof(h1));
        w->files = b->facts.files;
        w->bytes = b->facts.size;
    } else {
        mf_dirhash_done(&w->hashes, h1);
    }
    if (!mf_str_eq(mf_str(h1), w->m->h1))
        return mf_err_set(err, MF_E_HASH, "its content has %s, the manifest promises %.*s", h1, MF_FMT(w->m->h1));
    if (w->files != w->m->files || w->bytes != w->m->size)
        return mf_err_set(err, MF_E_DAMAGED, "it has %llu files of %llu bytes, the manifest says %llu of %llu",
                          (unsigned long long)w->files, (unsigned long long)w->bytes, (unsigned long long)w->m->files,
                          (unsigned long long)w->m->size);
    if (w->m->form == MF_FORM_ZIP && check_zip(w->m, &b->facts.zip_sha256, err) < 0)
        return -1;
    if (s->sink->publish && s->sink->publish(s->sink->ctx, w->state, err) < 0)
        return -1;
    s->result->bytes += w->bytes;
    ++*s->complete;
    work_free(s, w);
    return 0;
}

static int consume(struct mf_modstream *s, struct batch *b, struct mf_err *err)
{
    struct work *w = b->module;
    if (b->failed) {
        *err = b->error;
        return -1;
    }
    for (size_t i = 0; i < b->count; i++) {
        const struct mf_sink_file *f = &b->files[i];
        if (add_hash(w, f->name, f->content.n, &f->sha256, err) < 0)
            return -1;
        if (s->sink->file && s->sink->file(s->sink->ctx, w->state, f, &b->scratch, err) < 0)
            return -1;
    }
    return b->last ? finish(s, b, err) : 0;
}

/* Waits for the oldest batch and consumes it. Returns 1, 0 where none is in
 * flight, or -1. */
static int take_one(struct mf_modstream *s, struct mf_err *err)
{
    struct batch *b = mf_pool_take(s->pool);
    if (!b)
        return 0;
    struct mf_module id = b->module->m->id;
    s->failed = consume(s, b, err) < 0;
    b->next = s->idle;
    s->idle = b;
    if (s->failed)
        return mf_err_prefix(err, "module %.*s@%.*s", MF_FMT(id.path), MF_FMT(id.version));
    return 1;
}

/* The batch being filled. One is idle always: there is one more than the pool
 * takes. */
static struct batch *filling(struct mf_modstream *s)
{
    if (!s->fill) {
        struct batch *b = s->idle;
        s->idle = b->next;
        b->module = s->module;
        b->count = 0;
        b->last = b->failed = false;
        mf_buf_clear(&b->raw);
        mf_buf_clear(&b->names);
        mf_buf_clear(&b->scratch.packed);
        s->fill = b;
    }
    return s->fill;
}

static int submit(struct mf_modstream *s, mf_pool_run *run, struct mf_err *err)
{
    struct batch *b = s->fill;
    size_t at = 0;
    /* files are in memory, zips on the disc */
    const size_t most = run == run_files ? 2 * (size_t)s->threads : s->depth;
    while (mf_pool_ahead(s->pool) >= most)
        if (take_one(s, err) < 0)
            return -1;
    for (size_t i = 0; i < b->count; i++) {
        struct mf_sink_file *f = &b->files[i];
        f->name.p = b->names.p + b->name_at[i];
        f->content.p = b->raw.p ? b->raw.p + at : "";
        at += f->content.n;
    }
    s->fill = NULL;
    mf_pool_submit_sized(s->pool, run, b, run == run_zip ? b->module->m->size : b->raw.n);
    return 0;
}

int mf_modstream_drain(struct mf_modstream *s, struct mf_err *err)
{
    int rc = 0;
    if (s->failed)
        return 0;
    do
        rc = take_one(s, err);
    while (rc > 0);
    return rc;
}

int mf_modstream_begin(struct mf_modstream *s, size_t module, struct mf_err *err)
{
    const struct mf_manifest_module *m = &s->manifest->modules[module];
    struct work *w = calloc(1, sizeof(*w));
    if (!w)
        return mf_err_nomem(err);
    w->index = module;
    w->m = m;
    w->hashes = MF_DIRHASH_INIT;
    mf_modnames_init(&w->names);
    w->name = MF_BUF_INIT(4 * MF_MEMBER_PATH_MAX);
    w->next = s->alive;
    s->alive = w;
    s->module = w;
    mf_buf_fmt(&w->name, "%.*s@%.*s/", MF_FMT(m->id.path), MF_FMT(m->id.version));
    w->prefix = w->name.n;
    if (mf_buf_check(&w->name, err) < 0)
        return -1;
    return s->sink->begin(s->sink->ctx, module, &w->state, err);
}

bool mf_modstream_complete(const struct mf_modstream *s)
{
    const struct work *w = s->module;
    return w->m->comes == MF_FORM_ZIP ? w->zip_seen : w->files_in == w->m->files;
}

/* Everything before a large file has to be in the zip first. */
static int large_begin(struct mf_modstream *s, struct mf_str name, uint64_t size, struct mf_err *err)
{
    if ((s->fill && submit(s, run_files, err) < 0) || mf_modstream_drain(s, err) < 0)
        return -1;
    mf_buf_clear(&s->large_copy);
    mf_buf_str(&s->large_copy, name);
    if (mf_buf_check(&s->large_copy, err) < 0)
        return -1;
    s->large = true;
    s->large_size = size;
    mf_sha256_init(&s->sum);
    if (!s->sink->large_begin)
        return 0;
    return s->sink->large_begin(s->sink->ctx, s->module->state, mf_buf_view(&s->large_copy), err);
}

int mf_modstream_file(struct mf_modstream *s, struct mf_str name, uint64_t size, struct mf_err *err)
{
    struct work *w = s->module;
    w->files_in++;
    if (w->m->comes == MF_FORM_ZIP) {
        w->zip_seen = true;
        if (size > MF_MODZIP_MAX)
            return mf_err_set(err, MF_E_LIMIT, "a zip of %llu bytes is above the limit", (unsigned long long)size);
        return 0;
    }
    if (size > w->m->size - w->in)
        return mf_err_set(err, MF_E_DAMAGED, "the files are larger than the %llu bytes of the manifest",
                          (unsigned long long)w->m->size);
    w->in += size;
    if (mf_modnames_copy(&w->names, name, size, err) < 0)
        return -1;
    if (size > LARGE_FILE)
        return large_begin(s, name, size, err);
    struct batch *b = filling(s);
    b->name_at[b->count] = b->names.n;
    b->files[b->count] = (struct mf_sink_file){.name.n = name.n, .content.n = (size_t)size};
    b->count++;
    mf_buf_str(&b->names, name);
    if (size && !mf_buf_room(&b->raw, (size_t)size))
        return mf_buf_check(&b->raw, err);
    return mf_buf_check(&b->names, err);
}

int mf_modstream_data(struct mf_modstream *s, const void *p, size_t n, struct mf_err *err)
{
    struct work *w = s->module;
    if (w->m->comes == MF_FORM_ZIP)
        return s->sink->zip_data(s->sink->ctx, w->state, p, n, err);
    if (s->large) {
        mf_sha256_add(&s->sum, p, n);
        return s->sink->large_data ? s->sink->large_data(s->sink->ctx, w->state, p, n, err) : 0;
    }
    mf_buf_add(&s->fill->raw, p, n);
    return mf_buf_check(&s->fill->raw, err);
}

int mf_modstream_file_end(struct mf_modstream *s, struct mf_err *err)
{
    struct work *w = s->module;
    if (w->m->comes == MF_FORM_ZIP)
        return 0;
    if (!s->large) {
        struct batch *b = s->fill;
        return b->count == BATCH_FILES || b->raw.n >= BATCH_BYTES ? submit(s, run_files, err) : 0;
    }
    struct mf_digest sha256;
    s->large = false;
    mf_sha256_done(&s->sum, &sha256);
    if (s->sink->large_end && s->sink->large_end(s->sink->ctx, w->state, err) < 0)
        return -1;
    return add_hash(w, mf_buf_view(&s->large_copy), s->large_size, &sha256, err);
}

int mf_modstream_end(struct mf_modstream *s, struct mf_err *err)
{
    struct batch *b = filling(s);
    b->last = true;
    return submit(s, s->module->m->comes == MF_FORM_ZIP ? run_zip : run_files, err);
}

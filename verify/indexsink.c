#include "verify/indexsink.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/zipindex.h"
#include "verify/zipspool.h"

struct state {
    const struct mf_manifest_module *m;
    struct mf_zipindex index;
    pthread_mutex_t lock; /* of index.maker: files of a module come from several threads */
    struct mf_zipspool spool;
};

static int begin(void *ctx, size_t module, void **state_out, struct mf_err *err)
{
    const struct mf_indexsink *to = ctx;
    struct state *s = calloc(1, sizeof(*s));
    if (!s)
        return mf_err_nomem(err);
    s->m = &to->m->modules[module];
    s->index = MF_ZIPINDEX_INIT;
    s->spool = MF_ZIPSPOOL_NONE;
    pthread_mutex_init(&s->lock, NULL);
    *state_out = s;
    if (mf_zipindex_start(&s->index, err) < 0)
        return -1;
    return s->m->comes == MF_FORM_ZIP ? mf_zipspool_open(&s->spool, NULL, err) : 0;
}

static int add(struct state *s, struct mf_str name, struct mf_str content, struct mf_err *err)
{
    pthread_mutex_lock(&s->lock);
    int rc = mf_pkgindex_add(s->index.maker, name, content, err);
    pthread_mutex_unlock(&s->lock);
    return rc;
}

/* Pool thread. */
static int work(void *ctx, void *state, struct mf_sink_file *file, struct mf_sink_scratch *scratch, struct mf_err *err)
{
    (void)ctx;
    (void)scratch;
    return add(state, file->name, file->content, err);
}

static int large_begin(void *ctx, void *state, struct mf_str name, struct mf_err *err)
{
    struct state *s = state;
    (void)ctx;
    mf_buf_clear(&s->index.name);
    mf_buf_clear(&s->index.content);
    mf_buf_str(&s->index.name, name);
    return mf_buf_check(&s->index.name, err);
}

static int large_data(void *ctx, void *state, const void *p, size_t n, struct mf_err *err)
{
    struct state *s = state;
    (void)ctx;
    if (mf_pkgindex_wants(mf_buf_view(&s->index.name)))
        mf_buf_add(&s->index.content, p, n);
    return mf_buf_check(&s->index.content, err);
}

static int large_end(void *ctx, void *state, struct mf_err *err)
{
    struct state *s = state;
    (void)ctx;
    int rc = add(s, mf_buf_view(&s->index.name), mf_buf_view(&s->index.content), err);
    mf_buf_release(&s->index.content);
    return rc;
}

static int zip_data(void *ctx, void *state, const void *p, size_t n, struct mf_err *err)
{
    const struct state *s = state;
    (void)ctx;
    return mf_zipspool_add(&s->spool, p, n, err);
}

static int zip_walk(void *ctx, void *state, struct mf_modzip_facts *facts_out, struct mf_err *err)
{
    struct state *s = state;
    (void)ctx;
    struct mf_modzip_visitor visitor = mf_zipindex_visitor(&s->index);
    return mf_zipspool_walk(&s->spool, s->m->id, &visitor, facts_out, err);
}

/* h1 was right, so the index belongs to it. */
static int publish(void *ctx, void *state, struct mf_err *err)
{
    const struct mf_indexsink *to = ctx;
    struct state *s = state;
    MF_CLEANUP(mf_buf_release) struct mf_buf bytes = MF_BUF_INIT(MF_PKGINDEX_MAX);
    char h1[MF_H1_SIZE];
    snprintf(h1, sizeof(h1), "%.*s", MF_FMT(s->m->h1));
    if (mf_pkgindex_finish(s->index.maker, &bytes, err) < 0)
        return -1;
    return to->fn(to->ctx, s->m->id, h1, mf_buf_view(&bytes), err);
}

static void drop(void *ctx, void *state)
{
    struct state *s = state;
    (void)ctx;
    mf_zipindex_release(&s->index);
    mf_zipspool_release(&s->spool);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

struct mf_sink mf_indexsink_make(struct mf_indexsink *to)
{
    return (struct mf_sink){.ctx = to,
                            .begin = begin,
                            .work = work,
                            .large_begin = large_begin,
                            .large_data = large_data,
                            .large_end = large_end,
                            .zip_data = zip_data,
                            .zip_walk = zip_walk,
                            .publish = publish,
                            .drop = drop};
}

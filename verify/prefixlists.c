#include "verify/prefixlists.h"

#include <stdlib.h>

struct mf_prefixlists {
    const struct mf_manifest *m;
    struct mf_base *base;
    struct mf_buf text;       /* of all lists */
    struct mf_span *of_frame; /* its list in `text`; length 0: none yet */
    size_t first;             /* frame behind the lists */
    size_t at;                /* frame whose list is being read, or follows */
};

void mf_prefixlists_free(struct mf_prefixlists **slot)
{
    struct mf_prefixlists *l = *slot;
    if (!l)
        return;
    mf_buf_release(&l->text);
    free(l->of_frame);
    free(l);
    *slot = NULL;
}

/* The next frame from `at` on that has a prefix. */
static void to_next(struct mf_prefixlists *l)
{
    while (l->at < l->m->frame_count && l->m->frames[l->at].base.prefix_size == 0)
        l->at++;
}

int mf_prefixlists_new(struct mf_prefixlists **out, const struct mf_manifest *m, struct mf_base *base,
                       struct mf_err *err)
{
    if (!base)
        return mf_err_set(err, MF_E_BASE, "the bundle is a difference, and nothing is named that holds the rest of it");
    struct mf_prefixlists *l = calloc(1, sizeof(*l));
    if (!l)
        return mf_err_nomem(err);
    *l = (struct mf_prefixlists){.m = m,
                                 .base = base,
                                 .text = MF_BUF_INIT(MF_BASE_RANGE_MAX),
                                 .of_frame = calloc(m->frame_count + 1, sizeof(*l->of_frame))};
    if (!l->of_frame) {
        free(l);
        return mf_err_nomem(err);
    }
    while (l->first < m->frame_count && m->frames[l->first].offset < m->base.length)
        l->first++;
    to_next(l);
    *out = l;
    return 0;
}

int mf_prefixlists_member(struct mf_prefixlists *l, struct mf_str name, uint64_t size, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf want = MF_BUF_INIT(64);
    if (l->at < l->m->frame_count)
        mf_baselist_name(l->at - l->first, &want);
    if (mf_buf_check(&want, err) < 0)
        return -1;
    if (!mf_str_eq(name, mf_buf_view(&want)))
        return mf_err_set(err, MF_E_DAMAGED, "member \"%.*s\" is not the list that follows", MF_FMT(name));
    if (size > MF_BASELIST_MAX)
        return mf_err_set(err, MF_E_LIMIT, "member %.*s has more than %zu bytes", MF_FMT(name), MF_BASELIST_MAX);
    l->of_frame[l->at].offset = l->text.n;
    return 0;
}

int mf_prefixlists_data(struct mf_prefixlists *l, const void *p, size_t n, struct mf_err *err)
{
    mf_buf_add(&l->text, p, n);
    return mf_buf_check(&l->text, err);
}

static struct mf_str list_of(const struct mf_prefixlists *l, size_t i)
{
    const struct mf_span *s = &l->of_frame[i];
    return mf_str_head(mf_str_from(mf_buf_view(&l->text), (size_t)s->offset), (size_t)s->length);
}

int mf_prefixlists_member_end(struct mf_prefixlists *l, struct mf_err *err)
{
    l->of_frame[l->at].length = l->text.n - l->of_frame[l->at].offset;
    if (mf_baselist_check(list_of(l, l->at), &l->m->frames[l->at].base, l->m->sumdb_name, err) < 0)
        return mf_err_prefix(err, "frame %zu", l->at + 1);
    l->at++;
    to_next(l);
    return 0;
}

int mf_prefixlists_load(void *ctx, size_t i, struct mf_buf *out, struct mf_err *err)
{
    struct mf_prefixlists *l = ctx;
    const size_t most = out->max;
    if (l->of_frame[i].length == 0)
        return mf_err_set(err, MF_E_DAMAGED, "the list of what it was compressed after is missing");
    int rc = 0;
    out->max = (size_t)l->m->frames[i].base.prefix_size;
    for (struct mf_str rest = list_of(l, i); rc == 0 && rest.n;) {
        struct mf_baselist_line line;
        rc = mf_baselist_next(&rest, &line, err);
        if (rc == 0)
            rc = mf_base_file(l->base, &line, out, err);
    }
    out->max = most;
    return rc;
}

#include "verify/base.h"

#include <stdlib.h>

#include "formats/base/pool.h"
#include "verify/basekind.h"

enum { NAMED = 5 }; /* modules that a refusal names */

void mf_base_free(struct mf_base **slot)
{
    if (*slot)
        (*slot)->free(*slot);
    *slot = NULL;
}

/* A module that the base must have. */
struct need {
    struct mf_module id;
    struct mf_str h1;
    char found[MF_H1_SIZE];
    int there; /* as mf_base.h1 */
};

struct needs {
    struct need *list; /* malloc */
    size_t count, cap;
};

static int add(struct needs *n, struct mf_module id, struct mf_str h1, struct mf_err *err)
{
    if (mf_grow(&n->list, &n->cap, n->count + 1, sizeof(*n->list), SIZE_MAX / sizeof(*n->list), err) < 0)
        return -1;
    n->list[n->count++] = (struct need){.id = id, .h1 = h1};
    return 0;
}

static int by_module(const void *a, const void *b)
{
    const struct need *x = a, *y = b;
    int order = mf_module_order(x->id, y->id);
    return order ? order : mf_str_cmp(x->h1, y->h1);
}

/* What is needed, each once; *prefixes_out: some frame that is read has one. */
static int gather(const struct mf_manifest *m, const bool *wanted, const struct mf_extract_parts *parts,
                  struct needs *out, bool *prefixes_out, struct mf_err *err)
{
    *prefixes_out = false;
    for (size_t i = 0; i < m->module_count; i++) {
        const struct mf_manifest_module *mod = &m->modules[i];
        if (mod->form == MF_FORM_HELD && (!wanted || wanted[i]) && add(out, mod->id, mod->h1, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < m->frame_count; i++) {
        const struct mf_frame_base *b = &m->frames[i].base;
        if (b->prefix_size == 0 || !mf_extract_reads(m, &m->frames[i], parts))
            continue;
        *prefixes_out = true;
        for (size_t k = 0; k < b->module_count; k++)
            if (add(out, b->modules[k].id, b->modules[k].h1, err) < 0)
                return -1;
    }
    if (out->count)
        qsort(out->list, out->count, sizeof(*out->list), by_module);
    size_t kept = 0;
    for (size_t i = 0; i < out->count; i++)
        if (kept == 0 || by_module(&out->list[kept - 1], &out->list[i]) != 0)
            out->list[kept++] = out->list[i];
    out->count = kept;
    return 0;
}

/* One of them that is looked up. */
struct job {
    const struct mf_base *base;
    struct need *need;
    struct mf_err error;
};

/* Pool thread. */
static void run_need(void *arg)
{
    struct job *j = arg;
    struct need *n = j->need;
    n->there = mf_err_stopped(j->base->stop, &j->error) < 0 ? -1 : j->base->h1(j->base, n->id, n->found, &j->error);
}

/* The oldest job; its error is kept where it is the first. Returns 0 where no job is in flight. */
static int take(struct mf_pool *pool, int *rc, struct mf_err *err)
{
    const struct job *j = mf_pool_take(pool);
    if (j && *rc == 0 && j->need->there < 0) {
        *err = j->error;
        *rc = -1;
    }
    return j != NULL;
}

static int look_up(const struct mf_base *b, struct needs *needs, struct mf_err *err)
{
    struct mf_pool *pool = NULL;
    const size_t depth = MF_POOL_AHEAD * (size_t)b->threads;
    struct job *jobs = calloc(depth, sizeof(*jobs));
    int rc = jobs ? mf_pool_new(&pool, b->threads, (unsigned)depth, err) : mf_err_nomem(err);
    for (size_t i = 0; rc == 0 && i < needs->count; i++) {
        if (mf_pool_full(pool))
            take(pool, &rc, err);
        struct job *j = &jobs[i % depth]; /* jobs come back in order, so this one is free */
        *j = (struct job){.base = b, .need = &needs->list[i]};
        mf_pool_submit(pool, run_need, j);
    }
    while (pool && take(pool, &rc, err))
        continue;
    mf_pool_free(&pool);
    free(jobs);
    return rc;
}

static bool fits(const struct need *n)
{
    return n->there > 0 && mf_str_eq(mf_str(n->found), n->h1);
}

/* Names some of what does not fit; what is missing before what is wrong. */
static int refuse(const struct mf_base *b, const struct needs *needs, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(8 * MF_KIB);
    size_t missing = 0, wrong = 0, named = 0;
    for (size_t i = 0; i < needs->count; i++) {
        missing += needs->list[i].there == 0;
        wrong += needs->list[i].there > 0 && !fits(&needs->list[i]);
    }
    if (missing + wrong == 0)
        return 0;
    for (size_t i = 0; i < needs->count && named < NAMED; i++) {
        const struct need *n = &needs->list[i];
        if (missing ? n->there != 0 : fits(n))
            continue;
        mf_buf_fmt(&text, "%s%.*s@%.*s", named++ ? ", " : "", MF_FMT(n->id.path), MF_FMT(n->id.version));
    }
    if (named < (missing ? missing : wrong))
        mf_buf_fmt(&text, ", and %zu more", (missing ? missing : wrong) - named);
    if (mf_buf_check(&text, err) < 0)
        return -1;
    if (missing)
        return mf_err_set(err, MF_E_BASE, "%s lacks %zu of %zu modules that the difference is made from: %.*s", b->name,
                          missing, needs->count, MF_FMT(mf_buf_view(&text)));
    return mf_err_set(err, MF_E_BASE,
                      "%s has %zu of %zu modules that the difference is made from with another h1: %.*s", b->name,
                      wrong, needs->count, MF_FMT(mf_buf_view(&text)));
}

static int fit(struct mf_base *b, const struct mf_manifest *m, const bool *wanted, const struct mf_extract_parts *parts,
               struct needs *needs, struct mf_err *err)
{
    bool prefixes;
    if (gather(m, wanted, parts, needs, &prefixes, err) < 0)
        return -1;
    if (needs->count == 0 && !prefixes)
        return 0;
    if (!b)
        return mf_err_set(err, MF_E_BASE, "the bundle is a difference, and nothing is named that holds the rest of it");
    b->m = m;
    if (look_up(b, needs, err) < 0 || refuse(b, needs, err) < 0)
        return -1;
    for (size_t i = 0; i < m->module_count; i++)
        if (m->modules[i].form == MF_FORM_HELD && (!wanted || wanted[i]))
            m->modules[i].comes = b->form(b, m->modules[i].id);
    return 0;
}

int mf_base_fit(struct mf_base *b, const struct mf_manifest *m, const bool *wanted,
                const struct mf_extract_parts *parts, struct mf_err *err)
{
    struct needs needs = {0};
    if (!mf_manifest_is_difference(m))
        return 0;
    int rc = fit(b, m, wanted, parts, &needs, err);
    free(needs.list);
    return rc;
}

struct mf_str mf_base_zip_sha256(const struct mf_base *b, struct mf_module id)
{
    return b->zip_sha256(b, id);
}

int mf_base_file(struct mf_base *b, const struct mf_baselist_line *line, struct mf_buf *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_BUF_INIT(2 * MF_MEMBER_PATH_MAX);
    struct mf_err why = {0};
    bool missing = false;
    if (b->file(b, line, out, &missing, &why) == 0)
        return 0;
    mf_baselist_member(line, &name);
    if (missing)
        return mf_err_set(err, MF_E_BASE, "%s lacks %.*s", b->name, MF_FMT(mf_buf_view(&name)));
    *err = why;
    /* larger than what was there, or no zip: not the base that the packer had */
    if (err->code == MF_E_LIMIT || err->code == MF_E_MODZIP)
        err->code = MF_E_BASE;
    return mf_err_prefix(err, "%s: %.*s", b->name, MF_FMT(mf_buf_view(&name)));
}

int mf_base_content(struct mf_base *b, const struct mf_gate *gate, const bool *wanted, const struct mf_sink *sink,
                    const struct mf_unpack_options *options, struct mf_unpack_result *result, struct mf_err *err)
{
    if (!b)
        return 0;
    return b->content(b, gate, wanted, sink, options, result, err) < 0 ? mf_err_prefix(err, "base %s", b->name) : 0;
}

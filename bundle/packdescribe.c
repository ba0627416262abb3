#include "bundle/packdescribe.h"

#include <stdlib.h>
#include <zstd.h>

#include "bundle/promise.h"
#include "formats/timetext.h"

struct describing {
    const struct mf_plan *plan;
    const struct mf_pack_options *options;
    struct mf_manifest *out;
    struct mf_arena *arena;
};

static int by_root(const void *a, const void *b)
{
    const struct mf_manifest_root *x = a, *y = b;
    const struct mf_str of_x[] = {x->module.path, x->module.version, x->go_mod, x->go_sum, x->go_work, x->go_work_sum};
    const struct mf_str of_y[] = {y->module.path, y->module.version, y->go_mod, y->go_sum, y->go_work, y->go_work_sum};
    int order = 0;
    for (size_t i = 0; order == 0 && i < MF_COUNT(of_x); i++)
        order = mf_str_cmp(of_x[i], of_y[i]);
    return order;
}

/* Appends a root of the manifest: a main module, or `path@version` where `main`
 * is NULL. */
static int describe_root(struct describing *d, size_t index, const struct mf_main *main, struct mf_err *err)
{
    const struct mf_root *root = &d->plan->roots[index];
    struct mf_manifest_root *out = &d->out->roots[d->out->root_count++];
    if (main)
        *out = (struct mf_manifest_root){
            .module.path = main->path,
            .go_mod = mf_str(main->go_mod_sha256),
            .go_sum = mf_str(main->go_sum_sha256),
            .go_work = mf_str(root->go_work_sha256),
            .go_work_sum = mf_str(root->go_work_sum_sha256),
        };
    else
        out->module = root->module;
    return mf_promise_describe(d->plan, index, main, out, d->arena, err);
}

/* A root of the manifest per main module. */
static int describe_roots(struct describing *d, struct mf_err *err)
{
    struct mf_manifest *out = d->out;
    size_t n = 0;
    for (size_t i = 0; i < d->plan->root_count; i++)
        n += d->plan->roots[i].main_count ? d->plan->roots[i].main_count : 1;
    out->roots = mf_arena_array(d->arena, n, sizeof(*out->roots), err);
    out->queries = mf_arena_array(d->arena, n + d->plan->typed_count, sizeof(*out->queries), err);
    if (!out->roots || !out->queries)
        return -1;
    for (size_t i = 0; i < d->plan->typed_count; i++)
        out->queries[out->query_count++] = d->plan->typed[i];
    for (size_t i = 0; i < d->plan->root_count; i++) {
        const struct mf_root *root = &d->plan->roots[i];
        if (root->main_count == 0 && describe_root(d, i, NULL, err) < 0)
            return -1;
        /* A directory's path says nothing past the gap and is nobody's affair. */
        for (size_t k = 0; k < root->main_count; k++) {
            if (describe_root(d, i, &root->mains[k], err) < 0)
                return -1;
            out->queries[out->query_count++] = root->mains[k].path;
        }
    }
    qsort(out->roots, out->root_count, sizeof(*out->roots), by_root);
    return 0;
}

static int copy_list(struct describing *d, const struct mf_str *list, size_t count, struct mf_str **out,
                     size_t *count_out, struct mf_err *err)
{
    *out = mf_arena_array(d->arena, count, sizeof(**out), err);
    if (!*out)
        return -1;
    if (count)
        memcpy(*out, list, count * sizeof(**out));
    *count_out = count;
    return 0;
}

static int describe_constraints(struct describing *d, struct mf_err *err)
{
    const struct mf_plan_options *o = d->plan->options;
    struct mf_manifest *out = d->out;
    if (copy_list(d, o->platforms, o->platform_count, &out->platforms, &out->platform_count, err) < 0)
        return -1;
    if (copy_list(d, o->toolchains, o->toolchain_count, &out->toolchains, &out->toolchain_count, err) < 0)
        return -1;
    return copy_list(d, o->tags, o->tag_count, &out->tags, &out->tag_count, err);
}

static int describe_statement(struct describing *d, struct mf_err *err)
{
    struct mf_manifest *out = d->out;
    char text[MF_TIMETEXT_UTC];
    if (!mf_timetext_utc((int64_t)d->options->created, text))
        return mf_err_set(err, MF_E_USAGE, "the time of creation cannot be written as a date");
    if (mf_arena_dup(d->arena, mf_str(text), &out->created, err) < 0)
        return -1;
    if (d->options->expires && !mf_timetext_utc((int64_t)d->options->expires, text))
        return mf_err_set(err, MF_E_USAGE, "the time of expiry cannot be written as a date");
    if (d->options->expires && mf_arena_dup(d->arena, mf_str(text), &out->expires, err) < 0)
        return -1;
    out->channel = d->options->channel;
    out->counter = d->options->counter;
    out->tool = MF_LIT("modferry " MODFERRY_VERSION);
    out->zstd = mf_str(ZSTD_versionString());
    return 0;
}

int mf_packdescribe(const struct mf_plan *plan, const struct mf_pack_options *options, struct mf_manifest *out,
                    struct mf_arena *arena, struct mf_err *err)
{
    struct describing d = {plan, options, out, arena};
    out->level = plan->level;
    out->go = plan->go;
    out->tree_head = options->proof->sumdb.head.note;
    return describe_constraints(&d, err) < 0 || describe_roots(&d, err) < 0 ? -1 : describe_statement(&d, err);
}

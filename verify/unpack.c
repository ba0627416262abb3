#include "verify/unpack.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "formats/base/durable.h"
#include "formats/bundlein.h"
#include "verify/base.h"
#include "verify/extract.h"
#include "verify/tree.h"
#include "verify/treesumdb.h"

#define LOCK_NAME ".modferry/lock"

/* The null sink. */
struct null_state {
    struct mf_module id;
    struct mf_zipspool spool;
};

struct null_sink {
    const struct mf_manifest *m;
    struct mf_zipspools *spools;
};

static int null_begin(void *ctx, size_t module, void **state_out, struct mf_err *err)
{
    const struct null_sink *sink = ctx;
    const struct mf_manifest_module *m = &sink->m->modules[module];
    struct null_state *s = calloc(1, sizeof(*s));
    if (!s)
        return mf_err_nomem(err);
    *s = (struct null_state){m->id, MF_ZIPSPOOL_NONE};
    *state_out = s;
    return m->comes == MF_FORM_ZIP ? mf_zipspool_open(&s->spool, sink->spools, err) : 0;
}

static int null_zip_data(void *ctx, void *state, const void *p, size_t n, struct mf_err *err)
{
    const struct null_state *s = state;
    (void)ctx;
    return mf_zipspool_add(&s->spool, p, n, err);
}

static int null_zip_walk(void *ctx, void *state, struct mf_modzip_facts *facts_out, struct mf_err *err)
{
    const struct null_state *s = state;
    (void)ctx;
    return mf_zipspool_walk(&s->spool, s->id, NULL, facts_out, err);
}

static void null_drop(void *ctx, void *state)
{
    struct null_state *s = state;
    (void)ctx;
    mf_zipspool_release(&s->spool);
    free(s);
}

int mf_unpack_verify(int fd, const char *name, const struct mf_gate *gate, const struct mf_unpack_options *options,
                     struct mf_unpack_result *result_out, struct mf_err *err)
{
    struct null_sink to = {&gate->manifest, options->spools};
    const struct mf_sink sink = {
        .ctx = &to, .begin = null_begin, .zip_data = null_zip_data, .zip_walk = null_zip_walk, .drop = null_drop};
    *result_out = (struct mf_unpack_result){.modules = gate->manifest.module_count};
    if (mf_base_fit(options->base, &gate->manifest, NULL, NULL, err) < 0 ||
        mf_extract_run(fd, name, gate, NULL, 0, &sink, options, result_out, err) < 0)
        return -1;
    return mf_base_content(options->base, gate, NULL, &sink, options, result_out, err);
}

/* Lists of every path that changed; modules are sorted, so a path's versions
 * stand together. */
static int write_lists(const struct mf_tree *t, struct mf_err *err)
{
    for (size_t i = 0, next; i < t->m->module_count; i = next) {
        struct mf_str path = t->m->modules[i].id.path;
        bool touched = false;
        for (next = i; next < t->m->module_count && mf_str_eq(path, t->m->modules[next].id.path); next++)
            touched |= t->touched[next];
        if (!touched)
            continue;
        if ((t->kind == MF_TREE_PROXY ? mf_proxytree_list : mf_modcache_list)(t->dir, path, err) < 0)
            return mf_err_prefix(err, "list the versions of %.*s", MF_FMT(path));
    }
    return 0;
}

/* Brings lists and record up to date with what is published, also after a
 * failure; the first error is the one that counts. Later runs and `check` take the
 * record's word, so all that it names is on the medium before it is written, and
 * the record before the mark of an unfinished run goes. */
static int settle(struct mf_tree *t, int rc, struct mf_err *err)
{
    struct mf_err late = {0};
    int settled = mf_tree_begin_writing(t, &late);
    if (settled == 0)
        settled = write_lists(t, &late);
    /* a bundle that was refused before anything of it was published leaves no trace */
    t->refused = rc < 0 && !t->result->united && !t->result->published;
    bool any = !t->refused || t->unsupported;
    if (settled == 0 && any)
        settled = mf_treesumdb_settle(t, t->gosumdb, &late);
    if (settled == 0 && (any || t->record.changed))
        settled = mf_durable_all(t->dir, &late);
    /* of a bundle without modules too, so that it is a tree to env, check and fits */
    if (settled == 0 && (t->record.changed || (rc == 0 && t->unrecorded)))
        settled = mf_installed_write(t->dir, &t->record, &late);
    if (settled == 0)
        settled = mf_dir_remove(t->dir, MF_TREE_UNFINISHED, &late);
    if (rc == 0 && settled < 0)
        *err = late;
    return rc < 0 || settled < 0 ? -1 : 0;
}

static int read_record(struct mf_tree *t, struct mf_err *err)
{
    struct mf_err bad = {0};
    int rc = mf_installed_read(t->dir, &t->record, &bad);
    if (rc < 0 && bad.code != MF_E_DAMAGED) {
        *err = bad;
        return -1;
    }
    if (rc > 0 && t->record.kind != t->kind)
        return mf_err_set(err, MF_E_USAGE, "this directory holds a %s, not a %s",
                          t->kind == MF_TREE_PROXY ? "GOMODCACHE" : "proxy tree",
                          t->kind == MF_TREE_PROXY ? "proxy tree" : "GOMODCACHE");
    t->unrecorded = rc <= 0;
    if (rc <= 0)
        mf_installed_release(&t->record); /* lost or damaged: everything is hashed again */
    t->record.kind = t->kind;
    return 0;
}

/* Removes what a killed run left behind. The mark itself is written beside the
 * record, so a temporary may be there without it. */
static int clean_up(struct mf_tree *t, struct mf_err *err)
{
    struct stat st;
    int unfinished = mf_dir_stat(t->dir, MF_TREE_UNFINISHED, &st, err);
    if (unfinished < 0)
        return -1;
    t->writing = unfinished > 0;
    return t->writing ? mf_treefiles_sweep(t->dir, err) : mf_dir_sweep(t->dir, ".modferry", err);
}

static int unite(void *ctx, const struct mf_carriedproof *carried, struct mf_err *err)
{
    struct mf_tree *t = ctx;
    return mf_treesumdb_unite(t, t->gosumdb, carried, err);
}

/* Whether only those frames are read that hold what is wanted: of a file, where not all was asked for. */
static bool reads_parts(int fd, const struct mf_unpack_options *options)
{
    struct stat st;
    return options->only && fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

/* What is wanted and not there yet: what the bundle carries, then what it leaves
 * out. */
static int extract(const struct mf_tree *t, int fd, const char *name, const struct mf_gate *gate, const bool *wanted,
                   const struct mf_extract_parts *parts, const struct mf_sink *sink,
                   const struct mf_unpack_options *options, struct mf_err *err)
{
    int rc = parts ? mf_extract_part(fd, name, gate, parts, sink, options, t->result, err)
                   : mf_extract_run(fd, name, gate, t->skip, t->result->present, sink, options, t->result, err);
    return rc < 0 ? -1 : mf_base_content(options->base, gate, wanted, sink, options, t->result, err);
}

/* After the survey: nothing of the bundle has been written yet. */
static int write_all(struct mf_tree *t, int fd, const char *name, const struct mf_gate *gate, const bool *wanted,
                     const struct mf_unpack_options *options, struct mf_err *err)
{
    const struct mf_extract_parts some = {true, wanted, wanted}, *parts = reads_parts(fd, options) ? &some : NULL;
    if ((parts && mf_bundlein_whole(fd, name, &gate->head, &gate->manifest, err) < 0) ||
        mf_base_fit(options->base, t->m, wanted, parts, err) < 0 || mf_tree_begin_writing(t, err) < 0)
        return -1;
    if (mf_treesumdb_before(t, err) < 0)
        return -1;
    struct mf_sink sink = t->kind == MF_TREE_PROXY ? mf_proxytree_sink(t) : mf_modcache_sink(t);
    sink.proofs = unite;
    int rc = extract(t, fd, name, gate, wanted, parts, &sink, options, err);
    return settle(t, rc, err);
}

/* With the lock held. */
static int fill(struct mf_tree *t, int fd, const char *name, const struct mf_gate *gate,
                const struct mf_unpack_options *options, struct mf_err *err)
{
    if (clean_up(t, err) < 0 || read_record(t, err) < 0 || mf_tree_survey(t, options, err) < 0)
        return -1;
    int current = t->gosumdb && !t->gosumdb->off ? mf_treesumdb_is_current(t, err) : 1;
    if (current < 0)
        return -1;
    if (t->result->present == t->result->modules && current) {
        bool any = t->writing || t->record.changed || t->unrecorded;
        for (size_t i = 0; i < t->m->module_count; i++)
            any |= t->touched[i];
        return any ? settle(t, 0, err) : 0;
    }
    bool *wanted = calloc(t->m->module_count + 1, sizeof(*wanted));
    if (!wanted)
        return mf_err_nomem(err);
    for (size_t i = 0; i < t->m->module_count; i++)
        wanted[i] = !t->skip[i];
    int rc = write_all(t, fd, name, gate, wanted, options, err);
    free(wanted);
    return rc;
}

static int unpack(enum mf_tree_kind kind, int fd, const char *name, const struct mf_gate *gate, struct mf_dir target,
                  const struct mf_unpack_options *options, struct mf_unpack_result *result, struct mf_err *err)
{
    size_t count = gate->manifest.module_count;
    *result = (struct mf_unpack_result){.modules = options->only ? 0 : count};
    for (size_t i = 0; options->only && i < count; i++)
        result->modules += options->only[i];
    MF_CLEANUP(mf_fd_release) int lock = mf_dir_lock(target, LOCK_NAME, true, err);
    if (lock < 0)
        return -1;
    struct mf_tree t = {.kind = kind,
                        .dir = target,
                        .m = &gate->manifest,
                        .record = MF_INSTALLED_INIT,
                        .result = result,
                        .gosumdb = options->gosumdb,
                        .no_zips = options->no_zips,
                        .there = calloc(count + 1, sizeof(*t.there)),
                        .skip = calloc(count + 1, sizeof(*t.skip)),
                        .touched = calloc(count + 1, sizeof(*t.touched)),
                        .zips = calloc(count + 1, sizeof(*t.zips))};
    int rc = t.there && t.skip && t.touched && t.zips ? fill(&t, fd, name, gate, options, err) : mf_err_nomem(err);
    mf_installed_release(&t.record);
    free(t.there);
    free(t.skip);
    free(t.touched);
    free(t.zips);
    return rc;
}

int mf_unpack_proxy(int fd, const char *name, const struct mf_gate *gate, struct mf_dir target,
                    const struct mf_unpack_options *options, struct mf_unpack_result *result_out, struct mf_err *err)
{
    return unpack(MF_TREE_PROXY, fd, name, gate, target, options, result_out, err);
}

int mf_unpack_modcache(int fd, const char *name, const struct mf_gate *gate, struct mf_dir target,
                       const struct mf_unpack_options *options, struct mf_unpack_result *result_out, struct mf_err *err)
{
    return unpack(MF_TREE_MODCACHE, fd, name, gate, target, options, result_out, err);
}

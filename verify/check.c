#include "verify/check.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/base/pool.h"
#include "formats/toolchain.h"
#include "verify/installed.h"
#include "verify/rehash.h"
#include "verify/treefiles.h"

enum { PARTS = 4, FOUND_MAX = 1 << 20 };

static const char *const part_names[PARTS] = {"mod", "zip", "dir", "ziphash"};
static const char *const suffixes[] = {".mod", ".zip"};

/* What one part of a module turned out to be. */
struct part {
    bool looked_at;
    enum mf_check_verdict verdict;
    char detail[512];
};

struct job {
    struct mf_dir dir;
    enum mf_tree_kind kind;
    bool quick;
    const struct mf_installed_module *m;
    struct part parts[PARTS];
    uint64_t bytes;
    bool failed;
    struct mf_err error;
};

/* Something in the tree that the record does not name. */
struct found {
    struct mf_module id;
    size_t part;
};

struct checker {
    struct mf_dir dir;
    const struct mf_installed *record;
    void (*fn)(void *ctx, const struct mf_check_finding *f);
    void *ctx;
    struct mf_check_result *result;
    /* unrecorded, sorted once all are found */
    struct found *found;
    size_t found_count, found_cap, reported;
    struct mf_arena arena;
    struct mf_buf way; /* of the walk: escaped module path so far */
};

static bool has_toolchain(const struct mf_installed *record)
{
    for (size_t i = 0; i < record->count; i++)
        if (mf_toolchain_is(record->modules[i].id) && record->modules[i].h1.n)
            return true;
    return false;
}

int mf_check_kind(struct mf_dir dir, enum mf_tree_kind *kind_out, bool *toolchains_out, struct mf_err *err)
{
    MF_CLEANUP(mf_installed_release) struct mf_installed record = MF_INSTALLED_INIT;
    int rc = mf_installed_read(dir, &record, err);
    if (rc == 0)
        return mf_err_set(err, MF_E_USAGE, "there is no record of modferry in it: not a tree that it filled");
    if (rc < 0)
        return -1;
    *kind_out = record.kind;
    if (toolchains_out)
        *toolchains_out = has_toolchain(&record);
    return 0;
}

/* Judges the result of an mf_rehash function. What cannot be a module any more
 * is changed; what cannot be read is an error. */
static int judge(struct job *job, size_t part, int rc, const char *found, struct mf_str want, struct mf_err *why)
{
    struct part *p = &job->parts[part];
    p->looked_at = true;
    if (rc < 0 && why->code != MF_E_MODZIP && why->code != MF_E_DAMAGED && why->code != MF_E_LIMIT) {
        job->error = *why;
        return -1;
    }
    p->verdict = rc == 0 ? MF_CHECK_MISSING : MF_CHECK_OK;
    if (rc < 0) {
        p->verdict = MF_CHECK_CHANGED;
        snprintf(p->detail, sizeof(p->detail), "expected %.*s, found: %.400s", MF_FMT(want), why->text);
    } else if (rc > 0 && !mf_str_eq(mf_str(found), want)) {
        char masked[128];
        mf_mask(found, strlen(found), masked, sizeof(masked));
        p->verdict = MF_CHECK_CHANGED;
        snprintf(p->detail, sizeof(p->detail), "expected %.*s, found %s", MF_FMT(want), masked);
    }
    return 0;
}

static int check_ziphash(struct job *job, struct mf_buf *name, struct mf_err *why)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_KIB);
    const char *file = mf_treefiles_name(name, job->kind, job->m->id, ".ziphash", why);
    int rc = file ? mf_rehash_regular(job->dir, file, why) : -1;
    if (rc > 0 && mf_dir_read(job->dir, file, &text, NULL, why) < 0)
        rc = -1;
    /* go forgives white space around it and nothing else */
    struct mf_str value = mf_str_trim(mf_buf_view(&text));
    char found[MF_H1_SIZE + 16];
    snprintf(found, sizeof(found), "%.*s", (int)(value.n < sizeof(found) ? value.n : sizeof(found) - 1),
             value.p ? value.p : "");
    return judge(job, 3, rc, found, job->m->h1, why);
}

/* 1 where the zip is the one that is recorded, 0 where it is another, not there or
 * not known, -1. */
static int is_recorded_zip(struct job *job, const char *file, struct mf_err *why)
{
    struct mf_installed_facts now;
    struct mf_digest found;
    if (!job->m->zip_hash.known)
        return 0;
    if (mf_installed_facts(job->dir, file, &now, why) < 0)
        return -1;
    if (now.size != job->m->zip.size)
        return 0;
    int there = mf_rehash_file(job->dir, file, &found, &job->bytes, why);
    return there > 0 ? mf_digest_eq(&found, &job->m->zip_hash.sha256) : there;
}

/* As mf_rehash_zip; of a quick check, a zip that is the recorded one has the h1
 * that it had then. In a GOMODCACHE, *extracted_out is true where the extracted
 * directory was found to have the very files of the zip; that of a toolchain has more. */
static int check_zip(struct job *job, const char *file, char h1[MF_H1_SIZE], bool *extracted_out, struct mf_err *why)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_TREE_NAME_INIT;
    int recorded = job->quick ? is_recorded_zip(job, file, why) : 0;
    if (recorded < 0)
        return -1;
    if (recorded) {
        snprintf(h1, MF_H1_SIZE, "%.*s", MF_FMT(job->m->h1));
        return 1;
    }
    if (job->kind != MF_TREE_MODCACHE || mf_toolchain_is(job->m->id))
        return mf_rehash_zip(job->dir, file, job->m->id, h1, NULL, &job->bytes, why);
    const char *directory = mf_treefiles_dir(&name, job->m->id, why);
    return directory ? mf_rehash_both(job->dir, file, directory, job->m->id, h1, extracted_out, &job->bytes, why) : -1;
}

static int check_module(struct job *job)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_TREE_NAME_INIT;
    const struct mf_installed_module *m = job->m;
    struct mf_err why = {0};
    char h1[MF_H1_SIZE] = "";
    bool extracted = false;
    const char *file = mf_treefiles_name(&name, job->kind, m->id, ".mod", &why);
    int rc = file ? mf_rehash_mod(job->dir, file, h1, &job->bytes, &why) : -1;
    if (judge(job, 0, rc, h1, m->mod_h1, &why) < 0)
        return -1;
    if (m->h1.n == 0)
        return 0;
    file = mf_treefiles_name(&name, job->kind, m->id, ".zip", &why);
    rc = file ? check_zip(job, file, h1, &extracted, &why) : -1;
    bool without = rc == 0 && m->zip.inode == 0; /* unpacked without zips */
    if (!without && judge(job, 1, rc, h1, m->h1, &why) < 0)
        return -1;
    if (job->kind != MF_TREE_MODCACHE)
        return 0;
    if (!extracted) {
        file = mf_treefiles_dir(&name, m->id, &why);
        rc = file ? mf_rehash_dir(job->dir, file, m->id, h1, &job->bytes, &why) : -1;
    }
    if (judge(job, 2, rc, h1, m->h1, &why) < 0)
        return -1;
    return check_ziphash(job, &name, &why);
}

static void run(void *arg)
{
    struct job *job = arg;
    job->failed = check_module(job) < 0;
}

static int add_found(struct checker *c, struct mf_str path, struct mf_str version, size_t part, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf plain = MF_BUF_INIT(MF_TREE_NAME_MAX);
    struct found f = {.part = part};
    struct mf_err bad = {0};
    if (!mf_modpath_unescape(path, &plain))
        return mf_buf_check(&plain, err);
    if (mf_arena_dup(&c->arena, mf_buf_view(&plain), &f.id.path, err) < 0)
        return -1;
    mf_buf_clear(&plain);
    if (!mf_modpath_unescape(version, &plain))
        return mf_buf_check(&plain, err);
    if (mf_arena_dup(&c->arena, mf_buf_view(&plain), &f.id.version, err) < 0)
        return -1;
    if (mf_module_check(f.id, &bad) < 0)
        return 0; /* no module: not ours to judge */
    const struct mf_installed_module *known = mf_installed_find(c->record, f.id);
    if (known && (part == 0 || known->h1.n))
        return 0;
    if (mf_grow(&c->found, &c->found_cap, c->found_count + 1, sizeof(f), FOUND_MAX, err) < 0)
        return -1;
    c->found[c->found_count++] = f;
    return 0;
}

/* An entry of an @v directory; c->way is "<escaped path>/@v". */
static int on_version_file(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    struct checker *c = ctx;
    struct mf_str name = mf_str(entry), path = mf_str_head(mf_buf_view(&c->way), c->way.n - 3);
    (void)parent;
    (void)type;
    for (size_t i = 0; i < MF_COUNT(suffixes); i++)
        if (mf_str_ends(name, mf_str(suffixes[i])))
            return add_found(c, path, mf_str_head(name, name.n - 4), i, err);
    return 0;
}

static int walk(struct checker *c, struct mf_dir parent, const char *entry, mf_dir_visit *fn, struct mf_err *err)
{
    size_t before = c->way.n;
    if (before)
        mf_buf_byte(&c->way, '/');
    mf_buf_str(&c->way, mf_str(entry));
    int rc = mf_buf_check(&c->way, err) < 0 ? -1 : mf_dir_each(parent, entry, fn, c, err);
    mf_buf_truncate(&c->way, before);
    return rc;
}

static int on_download_entry(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    if (type != DT_DIR || strcmp(entry, ".modferry") == 0)
        return 0;
    return walk(ctx, parent, entry, strcmp(entry, "@v") == 0 ? on_version_file : on_download_entry, err);
}

/* Extracted modules of a GOMODCACHE. */
static int on_cache_entry(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    struct checker *c = ctx;
    const char *at = strchr(entry, '@');
    if (type != DT_DIR || entry[0] == '.' || (c->way.n == 0 && strcmp(entry, "cache") == 0))
        return 0;
    if (!at)
        return walk(c, parent, entry, on_cache_entry, err);
    size_t before = c->way.n;
    if (before)
        mf_buf_byte(&c->way, '/');
    mf_buf_add(&c->way, entry, (size_t)(at - entry));
    int rc = mf_buf_check(&c->way, err);
    if (rc == 0)
        rc = add_found(c, mf_buf_view(&c->way), mf_str(at + 1), 2, err);
    mf_buf_truncate(&c->way, before);
    return rc;
}

static int by_id(const void *a, const void *b)
{
    const struct found *x = a, *y = b;
    int order = mf_module_order(x->id, y->id);
    return order ? order : x->part < y->part ? -1 : x->part > y->part;
}

static int find_unrecorded(struct checker *c, struct mf_err *err)
{
    bool cache = c->record->kind == MF_TREE_MODCACHE;
    if (mf_dir_each(c->dir, cache ? "cache/download" : ".", on_download_entry, c, err) < 0)
        return -1;
    if (cache && mf_dir_each(c->dir, ".", on_cache_entry, c, err) < 0)
        return -1;
    if (c->found_count)
        qsort(c->found, c->found_count, sizeof(*c->found), by_id);
    return 0;
}

/* Reports what is unrecorded and sorts before `next`, which may be NULL. */
static void report_found(struct checker *c, const struct mf_module *next)
{
    for (; c->reported < c->found_count; c->reported++) {
        const struct found *f = &c->found[c->reported];
        if (next && mf_module_order(f->id, *next) >= 0)
            return;
        c->result->unrecorded++;
        c->fn(c->ctx, &(struct mf_check_finding){f->id, part_names[f->part], MF_CHECK_UNRECORDED, ""});
    }
}

static int report(struct checker *c, const struct job *job, struct mf_err *err)
{
    if (job->failed) {
        *err = job->error;
        return mf_err_prefix(err, "check %.*s@%.*s", MF_FMT(job->m->id.path), MF_FMT(job->m->id.version));
    }
    report_found(c, &job->m->id);
    c->result->bytes += job->bytes;
    for (size_t i = 0; i < PARTS; i++) {
        const struct part *p = &job->parts[i];
        if (!p->looked_at)
            continue;
        c->result->ok += p->verdict == MF_CHECK_OK;
        c->result->changed += p->verdict == MF_CHECK_CHANGED;
        c->result->missing += p->verdict == MF_CHECK_MISSING;
        if (p->verdict != MF_CHECK_OK)
            c->fn(c->ctx, &(struct mf_check_finding){job->m->id, part_names[i], p->verdict, p->detail});
    }
    return 0;
}

static int check_all(struct checker *c, bool quick, unsigned threads, struct mf_err *err)
{
    struct mf_pool *pool = NULL;
    size_t depth = MF_POOL_AHEAD * (size_t)threads;
    struct job *jobs = calloc(depth, sizeof(*jobs)), *job;
    int rc = jobs ? mf_pool_new(&pool, threads, (unsigned)depth, err) : mf_err_nomem(err);
    for (size_t i = 0; rc == 0 && i < c->record->count; i++) {
        if (mf_pool_full(pool) && report(c, mf_pool_take(pool), err) < 0) {
            rc = -1;
            break;
        }
        job = &jobs[i % depth]; /* jobs come back in order, so this one is free */
        *job = (struct job){.dir = c->dir, .kind = c->record->kind, .quick = quick, .m = &c->record->modules[i]};
        mf_pool_submit_sized(pool, run, job, job->m->zip.size);
    }
    while (pool && (job = mf_pool_take(pool)))
        if (rc == 0)
            rc = report(c, job, err);
    mf_pool_free(&pool);
    free(jobs);
    return rc;
}

int mf_check_tree(struct mf_dir dir, bool quick, unsigned threads,
                  void (*fn)(void *ctx, const struct mf_check_finding *f), void *ctx,
                  struct mf_check_result *result_out, struct mf_err *err)
{
    MF_CLEANUP(mf_installed_release) struct mf_installed record = MF_INSTALLED_INIT;
    struct checker c = {.dir = dir,
                        .record = &record,
                        .fn = fn,
                        .ctx = ctx,
                        .result = result_out,
                        .arena = MF_ARENA_INIT(256 * MF_MIB),
                        .way = MF_BUF_INIT(MF_TREE_NAME_MAX)};
    *result_out = (struct mf_check_result){0};
    int rc = mf_installed_read(dir, &record, err);
    if (rc == 0)
        return mf_err_set(err, MF_E_USAGE, "there is no record of modferry in it: not a tree that it filled");
    if (rc < 0)
        return -1;
    result_out->modules = record.count;
    rc = find_unrecorded(&c, err) < 0 || check_all(&c, quick, threads, err) < 0 ? -1 : 0;
    if (rc == 0)
        report_found(&c, NULL);
    free(c.found);
    mf_buf_release(&c.way);
    mf_arena_release(&c.arena);
    return rc;
}

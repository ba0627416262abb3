#include "verify/tree.h"

#include <stdlib.h>

#include "formats/base/encode.h"
#include "formats/base/pool.h"
#include "verify/rehash.h"

mode_t mf_tree_mode(const struct mf_tree *t)
{
    return t->kind == MF_TREE_PROXY ? 0644 : 0666;
}

int mf_tree_begin_writing(struct mf_tree *t, struct mf_err *err)
{
    if (!t->writing && mf_dir_write(t->dir, MF_TREE_UNFINISHED, MF_LIT(""), 0644, err) < 0)
        return -1;
    t->writing = true;
    return 0;
}

int mf_tree_write_info(const struct mf_tree *t, size_t module, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_TREE_NAME_INIT, text = MF_BUF_INIT(4 * MF_KIB);
    const struct mf_manifest_module *m = &t->m->modules[module];
    const char *file = mf_treefiles_name(&name, t->kind, m->id, ".info", err);
    if (!file || mf_treefiles_info(m->id.version, m->time, &text, err) < 0)
        return -1;
    return mf_dir_write(t->dir, file, mf_buf_view(&text), mf_tree_mode(t), err);
}

/* The facts of the module's files as they are now. */
static int gather(const struct mf_tree *t, size_t module, struct mf_installed_module *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_TREE_NAME_INIT;
    const struct mf_manifest_module *m = &t->m->modules[module];
    *out = (struct mf_installed_module){.id = m->id, .h1 = m->h1, .mod_h1 = m->mod_h1};
    const char *file = mf_treefiles_name(&name, t->kind, m->id, ".mod", err);
    if (!file || mf_installed_facts(t->dir, file, &out->mod, err) < 0)
        return -1;
    if (m->only_mod)
        return 0;
    file = mf_treefiles_name(&name, t->kind, m->id, ".zip", err);
    if (!file || mf_installed_facts(t->dir, file, &out->zip, err) < 0)
        return -1;
    if (out->zip.inode)
        out->zip_hash = t->zips[module];
    if (t->kind != MF_TREE_MODCACHE)
        return 0;
    file = mf_treefiles_dir(&name, m->id, err);
    return file ? mf_installed_facts(t->dir, file, &out->dir, err) : -1;
}

int mf_tree_record(struct mf_tree *t, size_t module, struct mf_err *err)
{
    struct mf_installed_module now;
    if (gather(t, module, &now, err) < 0)
        return -1;
    /* A bundle that carries less takes nothing away. */
    const struct mf_installed_module *old = mf_installed_find(&t->record, now.id);
    if (old && t->m->modules[module].only_mod && old->h1.n && mf_str_eq(old->mod_h1, now.mod_h1)) {
        const struct mf_installed_facts mod = now.mod;
        now = *old;
        now.mod = mod;
    }
    return mf_installed_put(&t->record, &now, err);
}

int mf_tree_published(struct mf_tree *t, size_t module, struct mf_err *err)
{
    t->touched[module] = true;
    t->result->published++;
    if (t->there[module] == MF_THERE_WRONG)
        t->result->replaced++;
    return mf_tree_record(t, module, err);
}

void mf_tree_note_zip(struct mf_tree *t, size_t module, const struct mf_digest *sha256)
{
    t->zips[module] = (struct mf_installed_hash){true, *sha256};
    struct mf_str want = t->m->modules[module].zip_sha256;
    char hex[MF_HEX_SIZE(sizeof(sha256->b))];
    mf_hex(sha256->b, sizeof(sha256->b), hex);
    if (want.n && !mf_str_eq(want, mf_str(hex)))
        t->result->rebuilt_differently++;
}

/* Reads a small file. Returns 1, 0 where it is not there, too large or no
 * regular file, -1. */
static int read_small(struct mf_dir dir, const char *name, struct mf_buf *out, struct mf_err *err)
{
    struct mf_err first = {0};
    bool missing = false;
    mf_buf_clear(out);
    int there = mf_rehash_regular(dir, name, &first);
    if (there > 0 && mf_dir_read(dir, name, out, &missing, &first) == 0)
        return 1;
    if (there == 0 || missing || first.code == MF_E_LIMIT || first.code == MF_E_DAMAGED)
        return 0;
    *err = first;
    return -1;
}

/* 1 where .ziphash says m->h1 and no .partial is there, 0 where not, -1. */
static int markers_right(const struct mf_tree *t, const struct mf_manifest_module *m, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_TREE_NAME_INIT, text = MF_BUF_INIT(MF_KIB);
    struct stat st;
    const char *file = mf_treefiles_name(&name, t->kind, m->id, ".ziphash", err);
    int there = file ? read_small(t->dir, file, &text, err) : -1;
    if (there <= 0)
        return there;
    if (!mf_str_eq(mf_str_trim(mf_buf_view(&text)), m->h1))
        return 0;
    file = mf_treefiles_name(&name, t->kind, m->id, ".partial", err);
    there = file ? mf_dir_stat(t->dir, file, &st, err) : -1;
    return there < 0 ? -1 : !there;
}

/* 1 where the record has this very module and nothing was touched since. */
static int recorded(const struct mf_tree *t, size_t module, struct mf_err *err)
{
    const struct mf_manifest_module *m = &t->m->modules[module];
    const struct mf_installed_module *old = mf_installed_find(&t->record, m->id);
    struct mf_installed_module now;
    if (!old || !mf_str_eq(old->mod_h1, m->mod_h1) || (!m->only_mod && !mf_str_eq(old->h1, m->h1)))
        return 0;
    if (gather(t, module, &now, err) < 0)
        return -1;
    if (now.mod.inode == 0 || !mf_installed_facts_eq(&now.mod, &old->mod))
        return 0;
    if (m->only_mod)
        return 1;
    if ((now.zip.inode == 0 && !t->no_zips) || !mf_installed_facts_eq(&now.zip, &old->zip))
        return 0;
    if (t->kind == MF_TREE_PROXY)
        return 1;
    if (now.dir.inode == 0 || !mf_installed_facts_eq(&now.dir, &old->dir))
        return 0;
    return markers_right(t, m, err);
}

/* Turns the result of one of the mf_rehash functions into a verdict. What
 * cannot be a module at all is wrong; what cannot be read is an error. */
static int judge(int rc, const char *h1, struct mf_str want, enum mf_there *out, const struct mf_err *why,
                 struct mf_err *err)
{
    if (rc < 0 && why->code != MF_E_MODZIP && why->code != MF_E_DAMAGED && why->code != MF_E_LIMIT) {
        *err = *why;
        return -1;
    }
    *out = rc == 0 ? MF_THERE_NOT : rc > 0 && mf_str_eq(mf_str(h1), want) ? MF_THERE_RIGHT : MF_THERE_WRONG;
    return 0;
}

static enum mf_there join(enum mf_there a, enum mf_there b)
{
    if (a == MF_THERE_WRONG || b == MF_THERE_WRONG)
        return MF_THERE_WRONG;
    return a == MF_THERE_RIGHT ? b : a;
}

int mf_tree_look(struct mf_tree *t, size_t module, enum mf_there *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_TREE_NAME_INIT;
    const struct mf_manifest_module *m = &t->m->modules[module];
    struct mf_installed_hash *zip = &t->zips[module];
    struct mf_err why = {0};
    enum mf_there part;
    char h1[MF_H1_SIZE];
    uint64_t bytes = 0;
    const char *file = mf_treefiles_name(&name, t->kind, m->id, ".mod", err);
    if (!file || judge(mf_rehash_mod(t->dir, file, h1, &bytes, &why), h1, m->mod_h1, out, &why, err) < 0)
        return -1;
    if (m->only_mod)
        return 0;
    file = mf_treefiles_name(&name, t->kind, m->id, ".zip", err);
    int there = file ? mf_rehash_zip(t->dir, file, m->id, h1, &zip->sha256, &bytes, &why) : -1;
    if (!file || judge(there, h1, m->h1, &part, &why, err) < 0)
        return -1;
    zip->known = part == MF_THERE_RIGHT;
    if (part != MF_THERE_NOT || !t->no_zips)
        *out = join(*out, part);
    if (t->kind != MF_TREE_MODCACHE || *out == MF_THERE_WRONG)
        return 0;
    int markers = markers_right(t, m, err);
    if (markers < 0)
        return -1;
    if (markers == 0) {
        *out = MF_THERE_NOT; /* go does not use a directory without its markers */
        return 0;
    }
    file = mf_treefiles_dir(&name, m->id, err);
    if (!file || judge(mf_rehash_dir(t->dir, file, m->id, h1, &bytes, &why), h1, m->h1, &part, &why, err) < 0)
        return -1;
    *out = join(*out, part);
    return 0;
}

/* An .info that says something else is made again; one that go wrote stays. */
static int check_info(struct mf_tree *t, size_t module, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_TREE_NAME_INIT, text = MF_BUF_INIT(64 * MF_KIB);
    const struct mf_manifest_module *m = &t->m->modules[module];
    const char *file = mf_treefiles_name(&name, t->kind, m->id, ".info", err);
    int there = file ? read_small(t->dir, file, &text, err) : -1;
    if (there < 0)
        return -1;
    if (there && mf_treefiles_info_fits(mf_buf_view(&text), m->id.version, m->time))
        return 0;
    t->touched[module] = true;
    return mf_tree_begin_writing(t, err) < 0 ? -1 : mf_tree_write_info(t, module, err);
}

/* A list that somebody removed is made again. */
static int check_list(struct mf_tree *t, size_t module, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_TREE_NAME_INIT;
    struct mf_str path = t->m->modules[module].id.path;
    struct stat st;
    if (module > 0 && mf_str_eq(path, t->m->modules[module - 1].id.path))
        return 0;
    const char *file = mf_treefiles_path(&name, t->kind, path, "@v/list", err);
    int there = file ? mf_dir_stat(t->dir, file, &st, err) : -1;
    if (there == 0)
        t->touched[module] = true;
    return there < 0 ? -1 : 0;
}

struct look_job {
    struct mf_tree *t;
    size_t module;
    bool failed;
    struct mf_err error;
};

static void run_look(void *arg)
{
    struct look_job *job = arg;
    job->failed = mf_tree_look(job->t, job->module, &job->t->there[job->module], &job->error) < 0;
}

/* Hashes on several threads what the record does not vouch for. */
static int look_all(struct mf_tree *t, const bool *todo, const struct mf_unpack_options *options, struct mf_err *err)
{
    struct mf_pool *pool = NULL;
    unsigned depth = MF_POOL_AHEAD * options->threads;
    struct look_job *jobs = calloc(depth, sizeof(*jobs)), *job;
    int rc = jobs ? mf_pool_new(&pool, options->threads, depth, err) : mf_err_nomem(err);
    size_t used = 0;
    for (size_t i = 0; rc == 0 && i < t->m->module_count; i++) {
        if (!todo[i])
            continue;
        if (mf_err_stopped(options->stop, err) < 0) {
            rc = -1;
            break;
        }
        job = mf_pool_full(pool) ? mf_pool_take(pool) : &jobs[used++];
        if (job->failed) {
            *err = job->error;
            rc = -1;
            break;
        }
        *job = (struct look_job){.t = t, .module = i};
        mf_pool_submit(pool, run_look, job);
    }
    while (pool && (job = mf_pool_take(pool)))
        if (job->failed && rc == 0) {
            *err = job->error;
            rc = -1;
        }
    mf_pool_free(&pool);
    free(jobs);
    return rc;
}

int mf_tree_survey(struct mf_tree *t, const struct mf_unpack_options *options, struct mf_err *err)
{
    bool *todo = calloc(t->m->module_count + 1, sizeof(*todo)), any = false;
    int rc = todo ? 0 : mf_err_nomem(err);
    for (size_t i = 0; rc == 0 && i < t->m->module_count; i++) {
        if (options->only && !options->only[i]) {
            t->skip[i] = true;
            continue;
        }
        int known = recorded(t, i, err);
        rc = known < 0 ? -1 : 0;
        t->there[i] = known > 0 ? MF_THERE_RIGHT : MF_THERE_NOT;
        todo[i] = known == 0;
        any |= todo[i];
    }
    if (rc == 0 && any)
        rc = look_all(t, todo, options, err);
    for (size_t i = 0; rc == 0 && i < t->m->module_count; i++) {
        if (t->there[i] != MF_THERE_RIGHT)
            continue;
        t->skip[i] = true;
        t->result->present++;
        if (check_info(t, i, err) < 0 || check_list(t, i, err) < 0)
            rc = -1;
        else if (todo[i]) {
            t->touched[i] = true; /* an earlier run may have died before its list */
            rc = mf_tree_record(t, i, err);
        }
    }
    free(todo);
    return rc;
}

int mf_tree_write_mod(void *ctx, size_t module, struct mf_str text, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_TREE_NAME_INIT;
    struct mf_tree *t = ctx;
    const struct mf_manifest_module *m = &t->m->modules[module];
    const char *file = mf_treefiles_name(&name, t->kind, m->id, ".mod", err);
    if (!file || mf_dir_write(t->dir, file, text, mf_tree_mode(t), err) < 0)
        return -1;
    if (!m->only_mod)
        return 0;
    if (mf_tree_write_info(t, module, err) < 0)
        return -1;
    return mf_tree_published(t, module, err);
}

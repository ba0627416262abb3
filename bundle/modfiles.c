#include "bundle/modfiles.h"

#include <search.h>
#include <stdio.h>

struct mf_modfile_waiter {
    struct mf_modfile_waiter *next;
    mf_modfile_ready *ready;
    void *ctx;
};

void mf_modfiles_init(struct mf_modfiles *t, struct mf_fetch *fetch, const struct mf_root *roots, size_t root_count)
{
    *t = (struct mf_modfiles){
        .fetch = fetch, .roots = roots, .root_count = root_count, .arena = MF_ARENA_INIT(MF_MODFILES_ARENA_MAX)};
}

static void keep(void *record)
{
    (void)record; /* records live in the arena */
}

void mf_modfiles_release(struct mf_modfiles *t)
{
    tdestroy(t->tree, keep);
    t->tree = NULL;
    mf_arena_release(&t->arena);
}

static int by_id(const void *a, const void *b)
{
    const struct mf_modfile *x = a, *y = b;
    int order = mf_str_cmp(x->id.path, y->id.path);
    return order ? order : mf_str_cmp(x->id.version, y->id.version);
}

struct mf_modfile *mf_modfiles_find(const struct mf_modfiles *t, struct mf_module m)
{
    struct mf_modfile key = {.id = m};
    struct mf_modfile *const *hit = tfind(&key, &t->tree, by_id);
    return hit ? *hit : NULL;
}

int mf_modfiles_refuse(const struct mf_modfiles *t, const struct mf_modfile *file, struct mf_err *err)
{
    if (err->code != MF_E_NOMEM)
        mf_fetch_forget(t->fetch, file->id, MF_FILE_MOD);
    if (err->code == MF_E_GOMOD && !err->next[0])
        mf_err_next(err, "use another GOPROXY or another version: this one cannot be used by go either");
    return -1;
}

static int parse(struct mf_modfiles *t, struct mf_modfile *file, struct mf_str content, struct mf_err *err)
{
    char name[512];
    if (content.n > MF_GOMOD_MAX)
        return mf_err_set(err, MF_E_LIMIT, "go.mod of %.*s@%.*s is larger than %zu bytes", MF_FMT(file->id.path),
                          MF_FMT(file->id.version), MF_GOMOD_MAX);
    snprintf(name, sizeof(name), "%.*s@%.*s/go.mod", MF_FMT(file->id.path), MF_FMT(file->id.version));
    mf_dirhash_gomod(content, file->h1);
    if (mf_root_check_sums(t->roots, t->root_count, file->id, true, file->h1, &file->in_sum, err) < 0 ||
        mf_arena_dup(&t->arena, content, &file->text, err) < 0 ||
        mf_gomod_parse(&file->gomod, file->text, MF_GOMOD_DEP, name, &t->arena, err) < 0)
        return -1;
    file->loaded = true;
    return 0;
}

/* What a request for a file carries. */
struct arrival {
    struct mf_modfiles *table;
    struct mf_modfile *file;
};

static int arrived(void *ctx, const struct mf_fetched *f, struct mf_err *err)
{
    struct arrival *a = ctx;
    struct mf_modfile *file = a->file;
    bool missing = !f->ok && (f->error.code == MF_E_NOT_FOUND || f->error.code == MF_E_OFFLINE);
    file->absent = missing && !file->required;
    if (!f->ok && !file->absent) {
        *err = f->error;
        return -1;
    }
    if (f->ok && parse(a->table, file, f->content, err) < 0)
        return mf_modfiles_refuse(a->table, file, err);
    for (struct mf_modfile_waiter *w = file->waiters; w; w = w->next)
        if (w->ready(w->ctx, file, err) < 0)
            return -1;
    file->waiters = NULL;
    return 0;
}

static int request(struct mf_modfiles *t, struct mf_modfile *file, struct mf_err *err)
{
    struct arrival *a = mf_arena_alloc(&t->arena, sizeof(*a), err);
    if (!a)
        return -1;
    *a = (struct arrival){.table = t, .file = file};
    return mf_fetch_add(t->fetch, file->id, MF_FILE_MOD, arrived, a, err);
}

static struct mf_modfile *add(struct mf_modfiles *t, struct mf_module m, struct mf_err *err)
{
    struct mf_modfile *file = mf_arena_alloc(&t->arena, sizeof(*file), err);
    if (!file || mf_arena_dup(&t->arena, m.path, &file->id.path, err) < 0 ||
        mf_arena_dup(&t->arena, m.version, &file->id.version, err) < 0)
        return NULL;
    if (!tsearch(file, &t->tree, by_id)) {
        mf_err_nomem(err);
        return NULL;
    }
    return request(t, file, err) < 0 ? NULL : file;
}

static int wait_for(struct mf_modfiles *t, struct mf_modfile *file, mf_modfile_ready *ready, void *ctx,
                    struct mf_err *err)
{
    struct mf_modfile_waiter *w = mf_arena_alloc(&t->arena, sizeof(*w), err);
    if (!w)
        return -1;
    *w = (struct mf_modfile_waiter){.next = file->waiters, .ready = ready, .ctx = ctx};
    file->waiters = w;
    return 0;
}

int mf_modfiles_want(struct mf_modfiles *t, struct mf_module m, bool optional, mf_modfile_ready *ready, void *ctx,
                     struct mf_err *err)
{
    struct mf_modfile *file = mf_modfiles_find(t, m);
    if (!file && !(file = add(t, m, err)))
        return -1;
    file->required |= !optional;
    if (file->absent && !optional) {
        /* Asked again, for the error that says who does not have it. */
        file->absent = false;
        if (request(t, file, err) < 0)
            return -1;
    }
    if (!ready)
        return 0;
    return file->loaded || file->absent ? ready(ctx, file, err) : wait_for(t, file, ready, ctx, err);
}

/* The sink for a static proxy tree. */
#include <stdlib.h>

#include "verify/rezip.h"
#include "verify/tree.h"

struct module {
    size_t index;
    struct mf_rezip zip;
};

static int on_begin(void *ctx, size_t module, void **state_out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_TREE_NAME_INIT;
    struct mf_tree *t = ctx;
    struct mf_module id = t->m->modules[module].id;
    struct module *s = calloc(1, sizeof(*s));
    if (!s)
        return mf_err_nomem(err);
    *state_out = s;
    s->index = module;
    s->zip.temp = MF_TEMP_INIT;
    const char *file = mf_treefiles_name(&name, t->kind, id, ".zip", err);
    return file ? mf_rezip_init(&s->zip, t->dir, file, id, mf_tree_mode(t), err) : -1;
}

static int on_work(void *ctx, void *state, struct mf_sink_file *file, struct mf_sink_scratch *scratch,
                   struct mf_err *err)
{
    (void)ctx;
    (void)state;
    return mf_rezip_pack(file, scratch, err);
}

static int on_file(void *ctx, void *state, const struct mf_sink_file *file, const struct mf_sink_scratch *scratch,
                   struct mf_err *err)
{
    struct module *s = state;
    (void)ctx;
    return mf_rezip_file(&s->zip, file, scratch, err);
}

static int on_large_begin(void *ctx, void *state, struct mf_str name, struct mf_err *err)
{
    struct module *s = state;
    (void)ctx;
    return mf_rezip_large_begin(&s->zip, name, err);
}

static int on_large_data(void *ctx, void *state, const void *p, size_t n, struct mf_err *err)
{
    struct module *s = state;
    (void)ctx;
    return mf_rezip_large_data(&s->zip, p, n, err);
}

static int on_large_end(void *ctx, void *state, struct mf_err *err)
{
    struct module *s = state;
    (void)ctx;
    return mf_rezip_large_end(&s->zip, err);
}

static int on_zip_data(void *ctx, void *state, const void *p, size_t n, struct mf_err *err)
{
    struct module *s = state;
    (void)ctx;
    return mf_rezip_raw(&s->zip, p, n, err);
}

static int on_zip_walk(void *ctx, void *state, struct mf_modzip_facts *facts_out, struct mf_err *err)
{
    const struct mf_tree *t = ctx;
    struct module *s = state;
    return mf_rezip_walk(&s->zip, t->m->modules[s->index].id, NULL, facts_out, err);
}

static int on_publish(void *ctx, void *state, struct mf_err *err)
{
    struct mf_tree *t = ctx;
    struct module *s = state;
    if (t->m->modules[s->index].comes == MF_FORM_FILES && mf_rezip_finish(&s->zip, err) < 0)
        return -1;
    mf_tree_note_zip(t, s->index, &s->zip.sha256);
    if (mf_temp_publish(&s->zip.temp, err) < 0 || mf_tree_write_info(t, s->index, err) < 0)
        return -1;
    return mf_tree_published(t, s->index, err);
}

static void on_drop(void *ctx, void *state)
{
    struct module *s = state;
    (void)ctx;
    mf_rezip_release(&s->zip);
    free(s);
}

struct mf_sink mf_proxytree_sink(struct mf_tree *t)
{
    return (struct mf_sink){.ctx = t,
                            .mod = mf_tree_write_mod,
                            .begin = on_begin,
                            .work = on_work,
                            .file = on_file,
                            .large_begin = on_large_begin,
                            .large_data = on_large_data,
                            .large_end = on_large_end,
                            .zip_data = on_zip_data,
                            .zip_walk = on_zip_walk,
                            .publish = on_publish,
                            .drop = on_drop};
}

/* @latest repeats the .info of the newest version; go asks for it only where
 * the list names none. */
static int write_latest(struct mf_dir dir, struct mf_module newest, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_TREE_NAME_INIT, text = MF_BUF_INIT(64 * MF_KIB);
    const char *file = mf_treefiles_name(&name, MF_TREE_PROXY, newest, ".info", err);
    if (!file || mf_dir_read(dir, file, &text, NULL, err) < 0)
        return -1;
    file = mf_treefiles_path(&name, MF_TREE_PROXY, newest.path, "@latest", err);
    return file ? mf_dir_write(dir, file, mf_buf_view(&text), 0644, err) : -1;
}

int mf_proxytree_list(struct mf_dir dir, struct mf_str path, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_TREE_NAME_INIT, text = MF_BUF_INIT(16 * MF_MIB);
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(64 * MF_MIB);
    struct mf_str newest;
    if (mf_treefiles_list(dir, MF_TREE_PROXY, path, true, &text, &arena, &newest, err) < 0)
        return -1;
    const char *file = mf_treefiles_path(&name, MF_TREE_PROXY, path, "@v/list", err);
    if (!file || mf_dir_write(dir, file, mf_buf_view(&text), 0644, err) < 0)
        return -1;
    if (text.n == 0 && newest.n)
        return write_latest(dir, (struct mf_module){path, newest}, err);
    file = mf_treefiles_path(&name, MF_TREE_PROXY, path, "@latest", err);
    return file ? mf_dir_remove(dir, file, err) : -1;
}

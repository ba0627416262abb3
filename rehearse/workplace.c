#include "rehearse/workplace.h"

#include <limits.h>

#include "rehearse/treecopy.h"

#define PLACE "work"
#define FILE_MAX (16 * MF_MIB)

void mf_workplace_init(struct mf_workplace *w)
{
    w->how.cwd = MF_DIR_NONE;
    w->go_work = MF_BUF_INIT(2 * PATH_MAX);
    w->go_mod = MF_BUF_INIT(FILE_MAX);
    w->go_sum = MF_BUF_INIT(FILE_MAX);
}

void mf_workplace_release(struct mf_workplace *w)
{
    mf_dir_release(&w->how.cwd);
    mf_buf_release(&w->go_work);
    mf_buf_release(&w->go_mod);
    mf_buf_release(&w->go_sum);
}

static int check_files(const struct mf_manifest_root *root, struct mf_dir work, struct mf_dir module,
                       struct mf_err *err)
{
    const struct {
        struct mf_dir dir;
        const char *name;
        struct mf_str want;
    } files[] = {{module, "go.mod", root->go_mod},
                 {module, "go.sum", root->go_sum},
                 {work, "go.work", root->go_work},
                 {work, "go.work.sum", root->go_work_sum}};
    /* without go_work in the manifest a go.work has no say: GOWORK is off */
    for (size_t i = 0; i < (root->go_work.n ? 4 : 2); i++) {
        MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
        struct mf_str found;
        if (mf_sources_hash(files[i].dir, files[i].name, NULL, &found, &arena, err) < 0)
            return -1;
        if (!mf_str_eq(found, files[i].want))
            return mf_err_set(err, MF_E_HASH, "%s changed while it was copied", files[i].name);
    }
    return 0;
}

/* The copy has the name of the original: "../name/x" in a replacement leads back
 * into it. */
static int make_copy(struct mf_workplace *w, struct mf_dir place, struct mf_err *err)
{
    MF_CLEANUP(mf_dir_release) struct mf_dir from = MF_DIR_NONE;
    MF_CLEANUP(mf_dir_release) struct mf_dir to = MF_DIR_NONE;
    const char *slash = strrchr(w->source->top, '/');
    const char *name = slash && slash[1] ? slash + 1 : "root";
    if (mf_dir_open(&from, w->source->top, false, err) < 0 || mf_dir_sub(&to, place, name, true, err) < 0)
        return -1;
    if (mf_treecopy(from, to, w->except, w->stop, err) < 0)
        return mf_err_prefix(err, "copy %s", w->source->top);
    if (mf_dir_sub(&w->how.cwd, to, w->source->sub, false, err) < 0 || check_files(w->root, to, w->how.cwd, err) < 0)
        return -1;
    w->how.ignore_vendor = w->source->vendored;
    mf_buf_clear(&w->go_work);
    if (w->root->go_work.n)
        mf_buf_fmt(&w->go_work, "%s/" PLACE "/%s/go.work", w->parent_path, name);
    return mf_buf_check(&w->go_work, err);
}

static int make_module(struct mf_workplace *w, struct mf_dir place, struct mf_err *err)
{
    if (mf_dir_sub(&w->how.cwd, place, "new", true, err) < 0)
        return -1;
    if (w->go_mod.n && mf_dir_write(w->how.cwd, "go.mod", mf_buf_view(&w->go_mod), 0666, err) < 0)
        return -1;
    return w->go_sum.n ? mf_dir_write(w->how.cwd, "go.sum", mf_buf_view(&w->go_sum), 0666, err) : 0;
}

int mf_workplace_make(struct mf_workplace *w, struct mf_err *err)
{
    MF_CLEANUP(mf_dir_release) struct mf_dir place = MF_DIR_NONE;
    if (w->fresh)
        return 0;
    mf_dir_release(&w->how.cwd);
    if (mf_dir_remove(w->parent, PLACE, err) < 0 || mf_dir_sub(&place, w->parent, PLACE, true, err) < 0 ||
        (w->source ? make_copy(w, place, err) : make_module(w, place, err)) < 0)
        return -1;
    w->how.go_work = w->go_work.n ? mf_buf_cstr(&w->go_work) : "off";
    if (!w->how.go_work)
        return mf_buf_check(&w->go_work, err);
    w->fresh = true;
    return 0;
}

int mf_workplace_keep(struct mf_workplace *w, struct mf_err *err)
{
    bool missing;
    mf_buf_clear(&w->go_mod);
    mf_buf_clear(&w->go_sum);
    if (mf_dir_read(w->how.cwd, "go.mod", &w->go_mod, NULL, err) < 0)
        return -1;
    return mf_dir_read(w->how.cwd, "go.sum", &w->go_sum, &missing, err) < 0 && !missing ? -1 : 0;
}

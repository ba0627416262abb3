#include "bundle/rootwork.h"

#include "bundle/abspath.h"
#include "bundle/rootfiles.h"
#include "formats/semver.h"

static bool is_file(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISDIR(st.st_mode);
}

int mf_rootwork_find(struct mf_str dir, const struct mf_settings *settings, struct mf_str *out, struct mf_arena *arena,
                     struct mf_err *err)
{
    struct mf_str setting = settings->value[MF_GOWORK];
    *out = (struct mf_str){NULL, 0};
    if (mf_str_eq(setting, MF_LIT("off")))
        return 0;
    if (setting.n && !mf_str_eq(setting, MF_LIT("auto"))) {
        if (setting.p[0] != '/')
            return mf_err_set(err, MF_E_USAGE, "invalid GOWORK: not an absolute path");
        return mf_abspath_join(MF_LIT("/"), setting, arena, out, err);
    }
    for (struct mf_str at = dir;; at = mf_abspath_dir(at)) {
        struct mf_str file;
        if (mf_abspath_join(at, MF_LIT("go.work"), arena, &file, err) < 0)
            return -1;
        if (is_file(file.p)) {
            *out = file;
            return 0;
        }
        if (at.n <= 1)
            return 0;
    }
}

/* How go names a directory of the workspace in messages: relative to it, where
 * it lies below. */
static struct mf_str shown_dir(const struct mf_root *root, struct mf_str dir)
{
    struct mf_str rest;
    return mf_abspath_below(dir, root->dir, &rest) ? rest : dir;
}

/* From go 1.21 on a module must not be newer than its workspace. */
static int check_go(const struct mf_root *root, const struct mf_gowork *work, const struct mf_main *main,
                    struct mf_err *err)
{
    struct mf_str go = main->gomod.go;
    struct mf_str shown = shown_dir(root, main->dir);
    if (mf_gover_compare(go, root->go) <= 0 || mf_gover_compare(go, MF_LIT("1.21")) < 0)
        return 0;
    mf_err_set(err, MF_E_CLOSURE, "module %.*s listed in go.work file requires go >= %.*s, but go.work %s go %.*s",
               MF_FMT(shown), MF_FMT(go), work->go.n ? "lists" : "implicitly requires", MF_FMT(root->go));
    return mf_err_next(err, "run `go work use` in the workspace: it raises the go line of go.work");
}

static int check_twice(const struct mf_root *root, const struct mf_main *main, const struct mf_gowork_use *use,
                       struct mf_err *err)
{
    for (const struct mf_main *other = root->mains; other < main; other++)
        if (mf_str_eq(other->dir, main->dir))
            return mf_err_set(err, MF_E_GOMOD,
                              "error loading go.work: %.*s:%u: path %.*s appears multiple times in workspace",
                              MF_FMT(mf_abspath_base(root->go_work)), use->line, MF_FMT(main->dir));
    return 0;
}

static int load_main(struct mf_root *root, const struct mf_gowork *work, struct mf_arena *arena, struct mf_err *err)
{
    struct mf_main *main = &root->mains[root->main_count];
    struct mf_str shown = shown_dir(root, main->dir);
    bool missing = false;
    if (mf_rootfiles_main(root, shown, &missing, arena, err) < 0) {
        if (missing) {
            mf_err_set(err, MF_E_CLOSURE, "open %.*s/go.mod: no such file or directory", MF_FMT(shown));
            mf_err_next(err, "create that module, or take it out: go work edit -dropuse=%.*s", MF_FMT(shown));
        }
        return mf_err_prefix(err, "cannot load module %.*s listed in go.work file", MF_FMT(shown));
    }
    if (check_go(root, work, main, err) < 0)
        return -1;
    for (const struct mf_main *other = root->mains; other < main; other++)
        if (mf_str_eq(other->path, main->path)) {
            mf_err_set(err, MF_E_CLOSURE, "module %.*s appears multiple times in workspace", MF_FMT(main->path));
            return mf_err_next(err, "take one of the two out: go work edit -dropuse=%.*s", MF_FMT(shown));
        }
    return 0;
}

int mf_rootwork_load(struct mf_root *root, struct mf_gowork *work, struct mf_arena *arena, struct mf_err *err)
{
    if (mf_rootfiles_work(root, work, arena, err) < 0)
        return -1;
    root->go = work->go.n ? work->go : MF_LIT("1.18");
    root->go_implied = work->go.n == 0;
    root->toolchain = work->toolchain;
    root->mains = mf_arena_array(arena, work->use_count, sizeof(*root->mains), err);
    if (!root->mains)
        return -1;
    for (size_t i = 0; i < work->use_count; i++)
        if (mf_abspath_join(root->dir, work->uses[i].path, arena, &root->mains[i].dir, err) < 0 ||
            check_twice(root, &root->mains[i], &work->uses[i], err) < 0)
            return -1;
    for (size_t i = 0; i < work->use_count; i++)
        if (load_main(root, work, arena, err) < 0)
            return -1;
    if (root->main_count)
        return 0;
    mf_err_set(err, MF_E_CLOSURE, "%.*s: no modules were found in the current workspace", MF_FMT(root->go_work));
    return mf_err_next(err, "add a module with `go work use`; see 'go help work'");
}

static bool is_directory(const struct stat *wanted, struct mf_str dir)
{
    struct stat st;
    return stat(dir.p, &st) == 0 && st.st_dev == wanted->st_dev && st.st_ino == wanted->st_ino;
}

int mf_rootwork_check_dir(const struct mf_root *root, struct mf_str dir, struct mf_err *err)
{
    struct stat st, mod;
    struct mf_str rest;
    if (stat(dir.p, &st) < 0 || is_directory(&st, root->dir))
        return 0;
    for (size_t i = 0; i < root->main_count; i++)
        if (is_directory(&st, root->mains[i].dir))
            return 0;
    MF_CLEANUP(mf_dir_release) struct mf_dir d = MF_DIR_NONE;
    if (mf_dir_open(&d, dir.p, false, err) < 0)
        return -1;
    if (mf_dir_stat(d, "go.mod", &mod, err) <= 0)
        return mf_err_set(err, MF_E_NO_GOMOD, "there is no go.mod");
    mf_err_set(err, MF_E_CLOSURE, "it is not one of the workspace modules listed in %.*s", MF_FMT(root->go_work));
    return mf_err_next(err, "add it with `go work use %.*s`, or set GOWORK=off to take the module by itself",
                       mf_abspath_below(dir, root->dir, &rest) ? (int)rest.n : (int)dir.n,
                       mf_abspath_below(dir, root->dir, &rest) ? rest.p : dir.p);
}

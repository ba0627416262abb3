#include "bundle/rootfiles.h"

#include <errno.h>

#include "bundle/abspath.h"
#include "bundle/ownfile.h"
#include "formats/base/encode.h"
#include "formats/base/hash.h"

static void hex_sha256(struct mf_str text, char out[65])
{
    struct mf_digest d = mf_sha256_of(text);
    mf_hex(d.b, sizeof(d.b), out);
}

/* Reads a file into the arena; returns 1, 0 where missing, -1. In the user's own directories, as for go, files
 * may be links, and be reached through some. */
static int read_own(struct mf_dir dir, const char *name, size_t max, struct mf_arena *arena, struct mf_str *out,
                    struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(max + 1);
    int got = mf_ownfile_read(dir, name, &text, err);
    if (got <= 0)
        return got;
    return mf_arena_dup(arena, mf_buf_view(&text), out, err) < 0 ? -1 : 1;
}

/* Adds the lines of a file of sums; nothing there is no failure. */
static int read_sums(struct mf_root *root, struct mf_dir dir, const char *name, const char *shown, char sha256[65],
                     struct mf_arena *arena, struct mf_err *err)
{
    struct mf_str text;
    int got = read_own(dir, name, MF_GOSUM_MAX, arena, &text, err);
    if (got <= 0)
        return got;
    hex_sha256(text, sha256);
    if (mf_gosum_add(&root->sums, text, shown, arena, err) == 0)
        return 0;
    return mf_err_next(err, "correct that line of %s: it holds a module, a version and a hash", shown);
}

/* "DIR/FILE" for messages, or FILE where no directory is shown. */
static const char *shown_name(struct mf_buf *out, struct mf_str shown, const char *file)
{
    if (shown.n) {
        mf_buf_str(out, mf_str_head(shown, 512));
        mf_buf_byte(out, '/');
    }
    mf_buf_str(out, mf_str(file));
    const char *text = mf_buf_cstr(out);
    return text ? text : file;
}

/* modload's checks of a main module's path. */
static int check_path(struct mf_str path, const char *file, struct mf_err *err)
{
    if (path.n == 0) {
        mf_err_set(err, MF_E_GOMOD, "error reading %s: missing module declaration", file);
        return mf_err_next(err, "name the module: go mod edit -module=example.com/mod");
    }
    if (mf_str_eq(path, MF_LIT("go")) || mf_str_eq(path, MF_LIT("toolchain")))
        return mf_err_set(err, MF_E_GOMOD, "error reading %s: invalid module path: \"%.*s\"", file, MF_FMT(path));
    return mf_importpath_check(path, err) < 0 ? mf_err_prefix(err, "%s", file) : 0;
}

int mf_rootfiles_main(struct mf_root *root, struct mf_str shown, bool *missing_out, struct mf_arena *arena,
                      struct mf_err *err)
{
    MF_CLEANUP(mf_dir_release) struct mf_dir dir = MF_DIR_NONE;
    MF_CLEANUP(mf_buf_release) struct mf_buf mod = MF_BUF_INIT(1024);
    MF_CLEANUP(mf_buf_release) struct mf_buf sum = MF_BUF_INIT(1024);
    struct mf_main *main = &root->mains[root->main_count];
    const char *mod_name = shown_name(&mod, shown, "go.mod");
    const char *sum_name = shown_name(&sum, shown, "go.sum");
    struct mf_str text;
    struct stat st;
    int got = 0;
    *missing_out = false;
    if (stat(main->dir.p, &st) == 0) {
        if (!S_ISDIR(st.st_mode))
            return mf_err_set(err, MF_E_NO_GOMOD, "this is not a directory");
        if (mf_dir_open(&dir, main->dir.p, false, err) < 0)
            return -1;
        got = read_own(dir, "go.mod", MF_GOMOD_MAX, arena, &text, err);
    } else if (errno != ENOENT && errno != ENOTDIR) {
        return mf_err_errno(err, errno, "look up %s", main->dir.p);
    }
    *missing_out = got == 0;
    if (got < 0)
        return -1;
    if (got == 0)
        return mf_err_set(err, MF_E_NO_GOMOD, "there is no go.mod");
    hex_sha256(text, main->go_mod_sha256);
    if (mf_gomod_parse(&main->gomod, text, MF_GOMOD_MAIN, mod_name, arena, err) < 0 ||
        check_path(main->gomod.module, mod_name, err) < 0 ||
        read_sums(root, dir, "go.sum", sum_name, main->go_sum_sha256, arena, err) < 0)
        return -1;
    main->path = main->gomod.module;
    root->main_count++;
    return 0;
}

int mf_rootfiles_work(struct mf_root *root, struct mf_gowork *out, struct mf_arena *arena, struct mf_err *err)
{
    MF_CLEANUP(mf_dir_release) struct mf_dir dir = MF_DIR_NONE;
    struct mf_str text, sum, name = mf_abspath_base(root->go_work), folder;
    if (mf_arena_dup(arena, mf_abspath_dir(root->go_work), &folder, err) < 0 ||
        mf_arena_join(arena, name, MF_LIT(".sum"), MF_LIT(""), &sum, err) < 0 ||
        mf_dir_open(&dir, folder.p, false, err) < 0)
        return -1;
    root->dir = folder;
    int got = read_own(dir, name.p, MF_GOMOD_MAX, arena, &text, err);
    if (got < 0)
        return -1;
    if (got == 0) {
        mf_err_set(err, MF_E_NO_GOMOD, "reading go.work: open %.*s: no such file or directory", MF_FMT(root->go_work));
        return mf_err_next(err, "let GOWORK name a go.work file, or set GOWORK=off");
    }
    hex_sha256(text, root->go_work_sha256);
    if (mf_gowork_parse(out, text, name.p, arena, err) < 0)
        return -1;
    return read_sums(root, dir, sum.p, sum.p, root->go_work_sum_sha256, arena, err);
}

int mf_rootfiles_directory(struct mf_root_directory *d, struct mf_str base, struct mf_str name, struct mf_str shown,
                           struct mf_arena *arena, struct mf_err *err)
{
    MF_CLEANUP(mf_dir_release) struct mf_dir top = MF_DIR_NONE;
    MF_CLEANUP(mf_buf_release) struct mf_buf path = MF_BUF_INIT(MF_ABSPATH_MAX);
    MF_CLEANUP(mf_buf_release) struct mf_buf label = MF_BUF_INIT(1024);
    const char *label_text = shown_name(&label, shown, "go.mod");
    struct mf_str text, base_z;
    if (!mf_str_eq(name, MF_LIT("."))) {
        mf_buf_str(&path, name);
        mf_buf_byte(&path, '/');
    }
    mf_buf_str(&path, MF_LIT("go.mod"));
    if (!mf_buf_cstr(&path) || mf_arena_dup(arena, base, &base_z, err) < 0)
        return mf_buf_check(&path, err) < 0 ? -1 : mf_err_nomem(err);
    if (mf_dir_open(&top, base_z.p, false, err) < 0)
        return -1;
    int got = read_own(top, mf_buf_cstr(&path), MF_GOMOD_MAX, arena, &text, err);
    if (got < 0)
        return -1;
    if (got == 0) {
        mf_err_set(err, MF_E_CLOSURE, "reading %s: open %.*s/go.mod: no such file or directory", label_text,
                   MF_FMT(d->dir));
        return mf_err_next(err, "correct the path of the replacement, or write a go.mod there");
    }
    return mf_gomod_parse(&d->gomod, text, MF_GOMOD_DEP, label_text, arena, err);
}

#include "bundle/localindex.h"

#include <dirent.h>
#include <string.h>

#include "bundle/ownfile.h"

#define FILE_MAX_SIZE (64 * MF_MIB)

/* Directories nested deeper than this are not followed. */
enum { DEPTH_MAX = 256 };

struct walk {
    struct mf_pkgindex_maker *maker;
    struct mf_buf path; /* of the directory being visited, relative, ends in '/' unless empty */
    unsigned depth;
};

static void release(struct walk *w)
{
    mf_pkgindex_maker_free(&w->maker);
    mf_buf_release(&w->path);
}

static int add_file(struct walk *w, struct mf_dir parent, const char *entry, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf content = MF_BUF_INIT(FILE_MAX_SIZE);
    size_t before = w->path.n;
    mf_buf_str(&w->path, mf_str(entry));
    if (mf_buf_check(&w->path, err) < 0 ||
        (mf_pkgindex_wants(mf_buf_view(&w->path)) && mf_ownfile_read(parent, entry, &content, err) < 0) ||
        mf_pkgindex_add(w->maker, mf_buf_view(&w->path), mf_buf_view(&content), err) < 0)
        return -1;
    mf_buf_truncate(&w->path, before);
    return 0;
}

static int visit(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err);

static int add_directory(struct walk *w, struct mf_dir parent, const char *entry, struct mf_err *err)
{
    struct stat st;
    MF_CLEANUP(mf_dir_release) struct mf_dir dir = MF_DIR_NONE;
    if (w->depth >= DEPTH_MAX)
        return mf_err_set(err, MF_E_LIMIT, "%s is nested deeper than %d directories", entry, DEPTH_MAX);
    if (mf_dir_sub(&dir, parent, entry, false, err) < 0)
        return -1;
    int nested = mf_dir_stat(dir, "go.mod", &st, err);
    if (nested != 0)
        return nested < 0 ? -1 : 0;
    size_t before = w->path.n;
    mf_buf_str(&w->path, mf_str(entry));
    mf_buf_byte(&w->path, '/');
    w->depth++;
    int rc = mf_buf_check(&w->path, err) < 0 ? -1 : mf_dir_each(dir, ".", visit, w, err);
    w->depth--;
    mf_buf_truncate(&w->path, before);
    return rc;
}

/* What version control keeps beside the sources is large, and no package. Other
 * names with a dot are passed over by "./...", but may be imported. */
static bool is_version_control(const char *entry)
{
    static const char *const names[] = {".bzr", ".git", ".hg", ".svn"};
    for (size_t i = 0; i < MF_COUNT(names); i++)
        if (strcmp(entry, names[i]) == 0)
            return true;
    return false;
}

/* go reads files through links, but does not walk into directories through
 * them. */
static bool is_linked_file(struct mf_dir parent, const char *entry)
{
    struct stat st;
    return fstatat(parent.fd, entry, &st, 0) == 0 && S_ISREG(st.st_mode);
}

static int visit(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    struct walk *w = ctx;
    if (type == DT_DIR)
        return is_version_control(entry) ? 0 : add_directory(w, parent, entry, err);
    bool file = type == DT_REG || (type == DT_LNK && is_linked_file(parent, entry));
    if (!file || !mf_str_ends(mf_str(entry), MF_LIT(".go")))
        return 0;
    return add_file(w, parent, entry, err);
}

int mf_localindex_make(struct mf_str path, struct mf_buf *out, struct mf_err *err)
{
    MF_CLEANUP(release) struct walk w = {.path = MF_BUF_INIT(64 * MF_KIB)};
    MF_CLEANUP(mf_dir_release) struct mf_dir dir = MF_DIR_NONE;
    if (mf_dir_open(&dir, path.p, false, err) < 0 || mf_pkgindex_maker_new(&w.maker, err) < 0 ||
        mf_dir_each(dir, ".", visit, &w, err) < 0)
        return -1;
    return mf_pkgindex_finish(w.maker, out, err);
}

#include "bundle/importsite.h"

#include <dirent.h>

#include "formats/base/dir.h"
#include "formats/goimports.h"
#include "formats/goscan.h"
#include "formats/pkgindex.h"

#define FILE_MAX_SIZE (64 * MF_MIB) /* as localindex.c */

struct search {
    struct mf_str folder; /* of the package, below the module; empty: the module's own */
    struct mf_str path;   /* the import looked for */
    struct mf_buf *out;
    bool found;
};

static int look_into(struct search *s, struct mf_str name, struct mf_str content, struct mf_err *err)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(FILE_MAX_SIZE);
    struct mf_goimports file;
    if (mf_goimports_parse(content, &arena, &file, err) < 0)
        return -1;
    for (size_t i = 0; i < file.import_count; i++) {
        unsigned line, column;
        if (!mf_str_eq(file.imports[i].text, s->path))
            continue;
        mf_goscan_position(content, file.imports[i].at, &line, &column);
        mf_buf_fmt(s->out, "%.*s%s%.*s:%u:%u", MF_FMT(s->folder), s->folder.n ? "/" : "", MF_FMT(name), line, column);
        s->found = true;
        return mf_buf_check(s->out, err);
    }
    return 0;
}

static int visit(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    struct search *s = ctx;
    MF_CLEANUP(mf_buf_release) struct mf_buf content = MF_BUF_INIT(FILE_MAX_SIZE);
    struct mf_str name = mf_str(entry);
    if (s->found || type != DT_REG || entry[0] == '_' || entry[0] == '.' || !mf_pkgindex_wants(name))
        return 0;
    return mf_dir_read(parent, entry, &content, NULL, err) < 0 ? -1 : look_into(s, name, mf_buf_view(&content), err);
}

/* The main module that a package belongs to: the one with the longest path. */
static const struct mf_main *main_of(const struct mf_root *root, struct mf_str package)
{
    const struct mf_main *best = NULL;
    for (size_t i = 0; i < root->main_count; i++)
        if (mf_str_path_prefix(package, root->mains[i].path) && (!best || root->mains[i].path.n > best->path.n))
            best = &root->mains[i];
    return best;
}

int mf_importsite_find(const struct mf_root *root, struct mf_str importer, struct mf_str path, struct mf_buf *out,
                       struct mf_err *err)
{
    const struct mf_main *main = main_of(root, importer);
    MF_CLEANUP(mf_dir_release) struct mf_dir dir = MF_DIR_NONE;
    MF_CLEANUP(mf_buf_release) struct mf_buf folder = MF_BUF_INIT(64 * MF_KIB);
    if (!main)
        return 0;
    mf_buf_str(&folder, mf_str_from(importer, main->path.n + 1));
    struct search s = {.folder = mf_buf_view(&folder), .path = path, .out = out};
    const char *name = mf_buf_cstr(&folder);
    if (mf_buf_check(&folder, err) < 0 || mf_dir_open(&dir, main->dir.p, false, err) < 0 ||
        mf_dir_each(dir, s.folder.n ? name : ".", visit, &s, err) < 0)
        return -1;
    return s.found;
}

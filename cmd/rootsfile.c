#include "cmd/rootsfile.h"

#include <stdlib.h>

#include "cmd/files.h"

enum { ROOTS_MAX = 100000, PIECE = 64 * 1024 };

void mf_rootsfile_release(struct mf_rootsfile *r)
{
    mf_buf_release(&r->text);
    free(r->list);
    *r = MF_ROOTSFILE_INIT;
}

int mf_rootsfile_add(struct mf_rootsfile *r, const char *root, struct mf_err *err)
{
    if (mf_grow(&r->list, &r->cap, r->count + 1, sizeof(*r->list), ROOTS_MAX, err) < 0)
        return -1;
    r->list[r->count++] = root;
    return 0;
}

static int read_all(const char *path, struct mf_buf *out, struct mf_err *err)
{
    size_t got = PIECE;
    MF_CLEANUP(mf_fd_release) int fd = mf_files_open(path, err);
    if (fd < 0)
        return -1;
    while (got == PIECE) {
        char piece[PIECE];
        if (mf_read_full(fd, piece, sizeof(piece), &got, path, err) < 0)
            return -1;
        mf_buf_add(out, piece, got);
        if (mf_buf_check(out, err) < 0)
            return -1;
    }
    return 0;
}

/* What stands before a comment. */
static struct mf_str without_comment(struct mf_str line)
{
    for (size_t i = 0; i < line.n; i++)
        if (line.p[i] == '#' && (i == 0 || line.p[i - 1] == ' ' || line.p[i - 1] == '\t'))
            return mf_str_trim(mf_str_head(line, i));
    return mf_str_trim(line);
}

int mf_rootsfile_read(struct mf_rootsfile *r, const char *path, struct mf_err *err)
{
    const size_t before = r->count;
    if (read_all(path, &r->text, err) < 0)
        return mf_err_prefix(err, "--roots");
    if (mf_str_find(mf_buf_view(&r->text), '\0') < r->text.n)
        return mf_err_set(err, MF_E_USAGE, "--roots %s: not a text file", path);
    if (!mf_buf_cstr(&r->text))
        return mf_buf_check(&r->text, err);
    for (struct mf_str rest = mf_buf_view(&r->text); rest.p;) {
        struct mf_str root = without_comment(mf_str_cut(rest, '\n', &rest));
        if (!root.n)
            continue;
        r->text.p[root.p + root.n - r->text.p] = '\0';
        if (mf_rootsfile_add(r, root.p, err) < 0)
            return -1;
    }
    if (r->count > before)
        return 0;
    mf_err_set(err, MF_E_USAGE, "--roots %s: the file names no root", path);
    return mf_err_next(err, "write one root a line, a directory or path@query");
}

#include "formats/baselist.h"

#include <stdlib.h>

#include "formats/gosumdb.h"
#include "formats/membername.h"
#include "formats/semver.h"
#include "formats/sumdbproof.h"

void mf_baselist_name(size_t n, struct mf_buf *out)
{
    mf_buf_fmt(out, "base/%zu", n + 1);
}

void mf_baselist_write(const struct mf_baselist_line *line, struct mf_buf *out)
{
    char tile[MF_TILE_PATH_SIZE];
    switch (line->kind) {
    case MF_BASELIST_FILE:
        mf_buf_fmt(out, "%.*s %.*s ", MF_FMT(line->id.path), MF_FMT(line->id.version));
        mf_buf_str(out, line->file);
        break;
    case MF_BASELIST_MOD:
        mf_buf_fmt(out, "%.*s %.*s", MF_FMT(line->id.path), MF_FMT(line->id.version));
        break;
    case MF_BASELIST_TILE:
        mf_tile_path(line->tile, tile);
        mf_buf_fmt(out, "%.*s %s", MF_FMT(line->db), tile);
        break;
    }
    mf_buf_byte(out, '\n');
}

static int bad(struct mf_str line, const char *why, struct mf_err *err)
{
    return mf_err_set(err, MF_E_DAMAGED, "list of a prefix: \"%.*s\" %s", MF_FMT(mf_str_head(line, 256)), why);
}

static int parse_tile(struct mf_str line, struct mf_str path, struct mf_baselist_line *out, struct mf_err *err)
{
    out->kind = MF_BASELIST_TILE;
    if (!mf_gosumdb_name_valid(out->db))
        return bad(line, "names no checksum database", err);
    if (!mf_tile_path_parse(path, &out->tile) || out->tile.width != MF_TILE_HASHES)
        return bad(line, "is no full tile", err);
    return 0;
}

static int parse_module(struct mf_str line, bool file, struct mf_baselist_line *out, struct mf_err *err)
{
    struct mf_err why = {0};
    out->kind = file ? MF_BASELIST_FILE : MF_BASELIST_MOD;
    if (mf_module_check(out->id, &why) < 0 || !mf_semver_canonical(out->id.version, true))
        return bad(line, "names no module", err);
    if (file && (out->file.n > MF_MEMBER_PATH_MAX || mf_filepath_check(out->file, &why) < 0))
        return bad(line, "names no file of a module", err);
    return 0;
}

int mf_baselist_next(struct mf_str *rest, struct mf_baselist_line *out, struct mf_err *err)
{
    struct mf_str after, second, third;
    struct mf_str line = mf_str_cut(*rest, '\n', &after);
    if (!after.p)
        return bad(line, "does not end", err);
    *rest = after;
    struct mf_str first = mf_str_cut(line, ' ', &second);
    second = mf_str_cut(second, ' ', &third);
    *out = (struct mf_baselist_line){.id = {first, second}, .file = third};
    if (!third.p && mf_str_starts(second, MF_LIT("tile/"))) {
        out->db = first;
        return parse_tile(line, second, out, err);
    }
    return parse_module(line, third.p != NULL, out, err);
}

static int by_text(const void *a, const void *b)
{
    return mf_str_cmp(*(const struct mf_str *)a, *(const struct mf_str *)b);
}

/* The place of the module in what the frame says of its base, or -1. */
static long find(const struct mf_frame_base *base, struct mf_module id)
{
    for (size_t i = 0; i < base->module_count; i++)
        if (mf_module_eq(base->modules[i].id, id))
            return (long)i;
    return -1;
}

/* Collects the lines, which are sound each by itself. */
static int collect(struct mf_str text, const struct mf_frame_base *base, struct mf_str db, struct mf_str *lines,
                   size_t *count_out, bool *used, struct mf_err *err)
{
    size_t count = 0;
    long at = -1;
    for (struct mf_str rest = text; rest.n;) {
        struct mf_baselist_line line;
        struct mf_str whole = rest;
        if (count == MF_BASELIST_LINES_MAX)
            return mf_err_set(err, MF_E_LIMIT, "list of a prefix: more than %d lines", MF_BASELIST_LINES_MAX);
        if (mf_baselist_next(&rest, &line, err) < 0)
            return -1;
        lines[count] = mf_str_head(whole, whole.n - rest.n - 1);
        if (line.kind == MF_BASELIST_TILE && !mf_str_eq(line.db, db))
            return bad(lines[count], "is not of the checksum database of the bundle", err);
        if (line.kind == MF_BASELIST_FILE) {
            bool same = at >= 0 && mf_module_eq(base->modules[at].id, line.id);
            at = same ? at : find(base, line.id);
            if (at < 0)
                return bad(lines[count], "is of a module that the frame does not name", err);
            if (!same && used[at])
                return bad(lines[count], "does not stand with the others of its module", err);
            used[at] = true;
        }
        count++;
    }
    *count_out = count;
    return 0;
}

static int check(struct mf_str text, const struct mf_frame_base *base, struct mf_str db, struct mf_str *lines,
                 bool *used, struct mf_err *err)
{
    size_t count = 0;
    if (collect(text, base, db, lines, &count, used, err) < 0)
        return -1;
    if (count == 0)
        return mf_err_set(err, MF_E_DAMAGED, "list of a prefix: it is empty");
    qsort(lines, count, sizeof(*lines), by_text);
    for (size_t i = 1; i < count; i++)
        if (mf_str_eq(lines[i - 1], lines[i]))
            return bad(lines[i], "is there twice", err);
    for (size_t i = 0; i < base->module_count; i++)
        if (!used[i])
            return mf_err_set(err, MF_E_DAMAGED, "list of a prefix: no file of %.*s@%.*s is in it",
                              MF_FMT(base->modules[i].id.path), MF_FMT(base->modules[i].id.version));
    return 0;
}

int mf_baselist_check(struct mf_str text, const struct mf_frame_base *base, struct mf_str db, struct mf_err *err)
{
    if (text.n > MF_BASELIST_MAX)
        return mf_err_set(err, MF_E_LIMIT, "list of a prefix: more than %zu bytes", MF_BASELIST_MAX);
    size_t most = 0;
    for (size_t i = 0; i < text.n && most < MF_BASELIST_LINES_MAX; i++)
        most += text.p[i] == '\n';
    struct mf_str *lines = calloc(most + 1, sizeof(*lines));
    bool *used = calloc(base->module_count + 1, sizeof(*used));
    int rc = lines && used ? check(text, base, db, lines, used, err) : mf_err_nomem(err);
    free(lines);
    free(used);
    return rc;
}

void mf_baselist_member(const struct mf_baselist_line *line, struct mf_buf *out)
{
    char tile[MF_TILE_PATH_SIZE];
    switch (line->kind) {
    case MF_BASELIST_TILE:
        mf_tile_path(line->tile, tile);
        mf_sumdbproof_folder(line->db, out);
        mf_buf_str(out, mf_str(tile));
        return;
    case MF_BASELIST_FILE:
        mf_membername_add(line->id, MF_FORM_FILES, out);
        mf_buf_str(out, line->file);
        return;
    case MF_BASELIST_MOD:
        mf_membername_add(line->id, MF_FORM_NONE, out);
        return;
    }
}

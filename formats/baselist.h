/* The members base/<n> of a difference: after what a frame is compressed
 * (docs/format-bundle.md, section 4).
 *
 * Text, a line for each file, in the order in which they are joined:
 *
 *     PATH VERSION FILE     a file of a module, under its name in the zip without "PATH@VERSION/"
 *     PATH VERSION          its .mod
 *     NAME tile/8/...       a full tile of the checksum database NAME
 *
 * The files of one module stand together, so that each is looked up once.
 */
#ifndef MF_BASELIST_H
#define MF_BASELIST_H

#include "formats/manifest.h"
#include "formats/tile.h"

#define MF_BASELIST_MAX (4 * MF_MIB) /* bytes of one list */
#define MF_BASELIST_LINES_MAX 65536  /* of one list */

enum mf_baselist_kind { MF_BASELIST_FILE, MF_BASELIST_MOD, MF_BASELIST_TILE };

struct mf_baselist_line {
    enum mf_baselist_kind kind;
    struct mf_module id; /* not of a tile */
    struct mf_str file;  /* of a file */
    struct mf_str db;    /* of a tile: the name of its database */
    struct mf_tile tile; /* of a tile */
};

/* Appends the line. */
void mf_baselist_write(const struct mf_baselist_line *line, struct mf_buf *out) MF_NONNULL;

/* Cuts the first line off *rest, which is not empty. MF_E_DAMAGED where it is
 * none: a path, version or file name that Go would not accept, a version that is
 * not canonical, another tile, no newline. Slices point into the text. */
int mf_baselist_next(struct mf_str *rest, struct mf_baselist_line *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Checks a whole list: at least one line, none twice, files of the modules that
 * `base` names and of no others, those of one module together, tiles of the database `db` (empty: none).
 * MF_E_DAMAGED; MF_E_LIMIT. */
int mf_baselist_check(struct mf_str text, const struct mf_frame_base *base, struct mf_str db,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends the name that the file has as a member of a bundle: src/..., meta/...
 * or sumdb/... */
void mf_baselist_member(const struct mf_baselist_line *line, struct mf_buf *out) MF_NONNULL;

/* Appends the name of the list of the n-th frame behind the lists, from 0 on. */
void mf_baselist_name(size_t n, struct mf_buf *out) MF_NONNULL;

#endif

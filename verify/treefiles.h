/* Names and small files of installed trees. Internal to verify/.
 *
 * A proxy tree keeps a module's files in <escaped path>/@v, a GOMODCACHE in
 * cache/download/<escaped path>/@v. Names that these functions return are
 * NUL-terminated, live in the buffer, and are NULL with the error set where
 * memory ran out.
 */
#ifndef MF_TREEFILES_H
#define MF_TREEFILES_H

#include "formats/base/dir.h"
#include "formats/modpath.h"
#include "verify/check.h"

#define MF_TREE_NAME_MAX (4 * MF_KIB)
#define MF_TREE_NAME_INIT MF_BUF_INIT(MF_TREE_NAME_MAX)

/* ".../@v/<escaped version><suffix>", suffix ".mod", ".info", ".zip", ... */
const char *mf_treefiles_name(struct mf_buf *b, enum mf_tree_kind kind, struct mf_module id, const char *suffix,
                              struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* ".../<file>", file "@v", "@v/list" or "@latest". */
const char *mf_treefiles_path(struct mf_buf *b, enum mf_tree_kind kind, struct mf_str path, const char *file,
                              struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* "<escaped path>@<escaped version>": the extracted files in a GOMODCACHE. */
const char *mf_treefiles_dir(struct mf_buf *b, struct mf_module id, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends {"Version":...,"Time":...}; no Time where it is empty. */
int mf_treefiles_info(struct mf_str version, struct mf_str time, struct mf_buf *out,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* True where `text` is an .info that says the same: version, and time where
 * one is given. What go adds (Origin) does not matter. */
bool mf_treefiles_info_fits(struct mf_str text, struct mf_str version, struct mf_str time);

/* Appends the content of @v/list: the versions that `dir` has a .mod for, and
 * an .info too where `with_info`; without pseudo-versions (go drops them), in
 * the order of semver.Sort, a line each. `newest` (arena memory) becomes the
 * highest version that has both files, pseudo-versions included, or empty. */
int mf_treefiles_list(struct mf_dir dir, enum mf_tree_kind kind, struct mf_str path, bool with_info, struct mf_buf *out,
                      struct mf_arena *arena, struct mf_str *newest, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Removes the temporaries that a killed run left anywhere in the tree. Looks
 * into no extracted module. */
int mf_treefiles_sweep(struct mf_dir dir, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

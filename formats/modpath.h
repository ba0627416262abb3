/* Module paths, import paths, file names in modules, and their escaped forms.
 *
 * Rules: GOROOT/src/cmd/vendor/golang.org/x/mod/module/module.go. A path that
 * has passed mf_modpath_check holds ASCII only and is safe as a relative file
 * name once escaped.
 */
#ifndef MF_MODPATH_H
#define MF_MODPATH_H

#include "formats/base/arena.h"
#include "formats/base/buf.h"

/* A module at a version; the version is empty for a main module. */
struct mf_module {
    struct mf_str path;
    struct mf_str version;
};

/* Each check returns 0, or -1 with MF_E_GOMOD and text such as
 * `malformed module path "x//y": empty path element`.
 *
 * mf_modpath_check:  module.CheckPath, for modules that can be fetched
 * mf_importpath_check: module.CheckImportPath, also what a main module must pass
 * mf_filepath_check: module.CheckFilePath, names inside a module zip
 * mf_module_check:   module.Check, path and version and that they fit together
 */
int mf_modpath_check(struct mf_str path, struct mf_err *err) MF_NONNULL MF_NODISCARD;
int mf_importpath_check(struct mf_str path, struct mf_err *err) MF_NONNULL MF_NODISCARD;
int mf_filepath_check(struct mf_str path, struct mf_err *err) MF_NONNULL MF_NODISCARD;
int mf_module_check(struct mf_module m, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Splits `path` into prefix and major suffix ("/v2", ".v1" for gopkg.in, or
 * empty); false where the suffix is malformed (module.SplitPathVersion). */
bool mf_modpath_split_major(struct mf_str path, struct mf_str *prefix_out, struct mf_str *major_out) MF_NONNULL;

/* Checks that the version fits the path's major suffix (module.CheckPathMajor). */
int mf_modpath_check_major(struct mf_module m, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends the escaped form of a path or version, `A` as `!a`
 * (module.EscapePath, EscapeVersion). The input must have passed its check. */
void mf_modpath_escape(struct mf_str s, struct mf_buf *out) MF_NONNULL;

/* Appends the original of an escaped path or version; false where the text is
 * not an escaped form (an upper-case letter, '!' before something else). */
bool mf_modpath_unescape(struct mf_str s, struct mf_buf *out) MF_NONNULL MF_NODISCARD;

/* Order of build lists and bundles: bytewise by path, then as
 * mf_modver_compare, then bytewise by version. */
int mf_module_order(struct mf_module a, struct mf_module b);
bool mf_module_eq(struct mf_module a, struct mf_module b);

/* The entry of that module among `count` of `size` bytes each, which begin with
 * their struct mf_module and are sorted by mf_module_order; NULL where there is
 * none. `list` may be NULL with a count of 0. */
const void *mf_module_find(const void *list, size_t count, size_t size, struct mf_module id);

/* True where `path` matches one of the comma-separated glob patterns of
 * GOPRIVATE and its kin (module.MatchPrefixPatterns). */
bool mf_modpath_match_patterns(struct mf_str patterns, struct mf_str path);

#endif

/* Absolute paths as text, for go.work and directory replacements, whose meaning
 * Go defines on text (filepath.Join, filepath.Clean): "a/../b" is "b" whatever
 * "a" is.
 */
#ifndef MF_ABSPATH_H
#define MF_ABSPATH_H

#include "formats/base/arena.h"

enum { MF_ABSPATH_MAX = 4096 }; /* bytes, as PATH_MAX */

/* The absolute path of directory `typed`, without links at its end being
 * resolved where $PWD allows it, as in `go`. MF_E_NO_GOMOD where there is no
 * such directory. */
int mf_abspath_of(const char *typed, struct mf_arena *arena, struct mf_str *out,
                  struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* `path` taken from the absolute directory `base`, clean; `path` may be
 * absolute. Ends in NUL. MF_E_LIMIT above MF_ABSPATH_MAX. */
int mf_abspath_join(struct mf_str base, struct mf_str path, struct mf_arena *arena, struct mf_str *out,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* True where the clean absolute `path` is `dir` or below it; *rest_out becomes
 * what follows, "." for `dir` itself. */
bool mf_abspath_below(struct mf_str path, struct mf_str dir, struct mf_str *rest_out) MF_NONNULL;

/* `path` as seen from the directory `dir`, both clean and absolute: "../a", "a",
 * or "." (filepath.Rel). */
int mf_abspath_relative(struct mf_str path, struct mf_str dir, struct mf_arena *arena, struct mf_str *out,
                        struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The part before the last slash and the one behind it. */
struct mf_str mf_abspath_dir(struct mf_str path);
struct mf_str mf_abspath_base(struct mf_str path);

#endif

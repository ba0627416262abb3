/* Pseudo-versions: the names of commits that have no version of their own.
 *
 * Rules: GOROOT/src/cmd/vendor/golang.org/x/mod/module/pseudo.go, GOSPEC section
 * 2.1. formats/semver.h tells them from others and takes time and commit out.
 */
#ifndef MF_PSEUDOVER_H
#define MF_PSEUDOVER_H

#include "formats/base/buf.h"

/* Appends the pseudo-version of a commit: `major` is "v2", or empty for v0;
 * `base` a canonical version without build metadata that comes before it, or
 * empty; `seconds` its time since 1970; `revision` its first 12 hex digits.
 * False where the time has no year of four digits. */
bool mf_pseudover_make(struct mf_str major, struct mf_str base, int64_t seconds, struct mf_str revision,
                       struct mf_buf *out) MF_NONNULL MF_NODISCARD;

/* Appends the version that a pseudo-version comes after (without build metadata);
 * nothing where it has none. MF_E_NOT_FOUND, with go's words, where there can be no
 * such version. */
int mf_pseudover_base(struct mf_str version, struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

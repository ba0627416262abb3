/* What a proxy answers to @v/list: a version a line, perhaps followed by its time.
 *
 * Rules: GOROOT/src/cmd/go/internal/modfetch/proxy.go (Versions, latest). Lines
 * that begin with no valid version are passed over, so that nothing is malformed.
 */
#ifndef MF_VERSIONLIST_H
#define MF_VERSIONLIST_H

#include "formats/base/arena.h"

struct mf_versionlist {
    struct mf_str *versions; /* valid ones without pseudo-versions, sorted by mf_semver_order */
    size_t count;
    struct mf_str newest; /* the latest by time: pseudo-versions, and lines that give one; may be empty */
};

/* Reads a list; what it says lives in the arena. MF_E_LIMIT (of the arena),
 * MF_E_NOMEM. */
int mf_versionlist_parse(struct mf_str text, struct mf_versionlist *out, struct mf_arena *arena,
                         struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

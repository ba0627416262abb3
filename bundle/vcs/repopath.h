/* Module paths that say themselves where their repository is.
 *
 * Rules: GOROOT/src/cmd/go/internal/vcs/vcs.go (vcsPaths). `go` asks some hosts
 * for no page: two that hold repositories under two names, and any path with an
 * element that ends in ".git" or the name of another version control system.
 * The rest of its table is hosts that are gone.
 */
#ifndef MF_REPOPATH_H
#define MF_REPOPATH_H

#include "formats/base/err.h"
#include "formats/base/str.h"

struct mf_repopath {
    struct mf_str root; /* import path of the root, a slice of the path */
    struct mf_str vcs;  /* "git", "hg", "svn", "bzr", "fossil" */
    struct mf_str repo; /* HOST/PATH of the URL, a slice of the path */
    bool any_scheme;    /* which scheme it has is to be tried out; else https */
};

/* Returns 1 where the path says it, 0 where a page has to be asked for, -1 with
 * MF_E_NOT_FOUND where no repository can have that path. */
int mf_repopath_find(struct mf_str path, struct mf_repopath *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* A module that is kept in a git repository: its versions, and the commits and
 * directories that they stand for.
 *
 * Rules: GOROOT/src/cmd/go/internal/modfetch/coderepo.go, GOSPEC section 5.3. A
 * module in a directory has tags that begin with it; one of major version 2 or
 * higher is in its directory, or in one named for the version below it. Where a
 * commit has no version, it gets a pseudo-version after the highest version that
 * leads to it; one that is given must be right in all its parts.
 *
 * The repository is begun (gitrepo.h) while functions here run. What does not exist,
 * and what go refuses as no version of the module, is MF_E_NOT_FOUND with go's
 * words; else the codes of gitrepo.h.
 */
#ifndef MF_CODEREPO_H
#define MF_CODEREPO_H

#include "bundle/vcs/gitrepo.h"
#include "formats/gomod.h"

struct mf_coderepo_named;

struct mf_coderepo {
    struct mf_gitrepo *git;     /* borrowed */
    struct mf_str path;         /* of the module */
    struct mf_str root;         /* import path of the repository */
    struct mf_str dir;          /* where the module is, but for a directory of its major version */
    struct mf_str prefix;       /* of path: without major, unless path is root */
    struct mf_str major;        /* "/v2", ".v1", or empty */
    struct mf_str pseudo_major; /* "v2", or empty for v0 and v1 */
    bool knows_retractions;
    struct mf_retract *retracts;
    size_t retract_count;
    struct mf_coderepo_named *named; /* what mf_coderepo_stat has found */
    struct mf_arena *arena;          /* borrowed: where versions are kept */
};

struct mf_codeinfo {
    struct mf_str version;
    int64_t seconds; /* of the commit, since 1970 */
};

/* Prepares the module `path` of the repository at `root`, whose slices must live
 * as long as *out. MF_E_NOT_FOUND where it cannot be in there. */
int mf_coderepo_init(struct mf_coderepo *out, struct mf_gitrepo *git, const struct mf_vcsroot *root, struct mf_str path,
                     struct mf_arena *arena, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The versions that begin with `prefix`, sorted, +incompatible ones last. */
int mf_coderepo_versions(struct mf_coderepo *r, struct mf_str prefix, struct mf_str **out, size_t *count_out,
                         struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* What a version, branch, tag or commit is; the newest commit of the main branch
 * where `revision` is empty. */
int mf_coderepo_stat(struct mf_coderepo *r, struct mf_str revision, struct mf_codeinfo *out,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends the go.mod of a canonical version; one that is made up where there is none. */
int mf_coderepo_gomod(struct mf_coderepo *r, struct mf_str version, struct mf_buf *out,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Writes the zip of a canonical version to the descriptor `fd`. `scratch` is where
 * temporary files may be. MF_E_MODZIP, MF_E_LIMIT where go would refuse the zip. */
int mf_coderepo_zip(struct mf_coderepo *r, struct mf_str version, struct mf_dir scratch, int fd,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

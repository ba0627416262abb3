/* A remote git repository, and what of it was fetched: a bare clone, which grows
 * as more is wanted, shared by all runs.
 *
 * Clones are directories of $XDG_CACHE_HOME/modferry/vcs, beside the store, each
 * named by the SHA-256 of "git:" and the URL. KEY.lock is locked while somebody uses
 * KEY; KEY.busy is there while git writes. Where it is found, that run was killed,
 * and the clone is removed and made anew, because git would wait for the locks of
 * the dead.
 *
 * Rules: GOROOT/src/cmd/go/internal/modfetch/codehost/git.go. A commit is fetched
 * alone (depth 1) where a branch or tag names it, everything only where history is asked
 * for or nothing names it. Commits that no branch or tag leads to are not fetched,
 * because some hosts offer those that were never accepted.
 *
 *     mf_gitrepo_new(&repo, ...)
 *     mf_gitrepo_begin(repo, err)     the lock
 *     mf_gitrepo_stat(repo, ...) ...  MF_E_NOT_FOUND: no such revision
 *     mf_gitrepo_end(repo)
 *
 * What failed for other reasons has the codes of mf_git_run; a repository that is
 * not there at all is MF_E_NOT_FOUND where its https server says so. Refs and revisions
 * are asked for once. Their failures are kept as mf_git_settle does: what fails in
 * passing has a second try, also where the clone was made anew in between.
 * Slices live as long as the repository.
 */
#ifndef MF_GITREPO_H
#define MF_GITREPO_H

#include "bundle/vcs/discovery.h"
#include "bundle/vcs/gitrefs.h"

#define MF_GITREPO_REFS_MAX (64 * MF_MIB) /* bytes of all branches and tags as text */

struct mf_gitrepo;

/* A commit. */
struct mf_gitrev {
    struct mf_str hash;  /* in full */
    struct mf_str name;  /* the tag that was asked for, else the hash */
    int64_t seconds;     /* of the committer, since 1970 */
    struct mf_str *tags; /* its tags, sorted */
    size_t tag_count;
};

/* Prepares the repository at `root`, whose slices must live as long; nothing is
 * fetched. `d` tells how to reach it, and where clones are. */
int mf_gitrepo_new(struct mf_gitrepo **out, struct mf_discovery *d, const struct mf_vcsroot *root,
                   struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_gitrepo_free(struct mf_gitrepo **r) MF_NONNULL; /* *r may be NULL */

/* Takes the lock and opens the clone, making it where there is none. */
int mf_gitrepo_begin(struct mf_gitrepo *r, struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_gitrepo_end(struct mf_gitrepo *r) MF_NONNULL;

/* The URL without user and password. */
struct mf_str mf_gitrepo_shown(const struct mf_gitrepo *r) MF_NONNULL;

/* The branches and tags; NULL with the error set. */
const struct mf_gitrefs *mf_gitrepo_refs(struct mf_gitrepo *r, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Resolves a branch, a tag, HEAD, or 7 digits or more of a commit, and fetches it. */
int mf_gitrepo_stat(struct mf_gitrepo *r, struct mf_str revision, const struct mf_gitrev **out,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends a file of a revision. Returns 1, 0 where it is not there, -1. */
int mf_gitrepo_read(struct mf_gitrepo *r, struct mf_str revision, struct mf_str file, struct mf_buf *out,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The highest version among the tags that lead to a commit: those that begin with
 * `prefix` and that `allowed` (1, 0, -1) admits. An empty slice where there is none. */
typedef int mf_gitrepo_allowed(void *ctx, struct mf_str tag, struct mf_err *err);
int mf_gitrepo_recent_tag(struct mf_gitrepo *r, const struct mf_gitrev *rev, struct mf_str prefix,
                          mf_gitrepo_allowed *allowed, void *ctx, struct mf_str *out,
                          struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Whether a tag is an ancestor of the commit: 1, 0, -1. */
int mf_gitrepo_descends(struct mf_gitrepo *r, const struct mf_gitrev *rev, struct mf_str tag,
                        struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Writes `git archive --format=zip` of a commit, or of one of its directories, to
 * the descriptor; names begin with "prefix/". No attribute leaves anything out of it,
 * puts anything into it or starts a filter (so that of large files of git-lfs the
 * pointers are there, as for a `go` without git-lfs). */
int mf_gitrepo_archive(struct mf_gitrepo *r, const struct mf_gitrev *rev, struct mf_str dir, int fd,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

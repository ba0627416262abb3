/* Inside of a repository. For gitrepo.c, gitclone.c, gitstat.c and githistory.c alone. */
#ifndef MF_GITCLONE_H
#define MF_GITCLONE_H

#include "bundle/vcs/gitrepo.h"
#include "formats/base/encode.h"

enum mf_gitlevel { MF_GIT_FETCHED_NONE, MF_GIT_FETCHED_SOME, MF_GIT_FETCHED_ALL };

struct mf_gitstat; /* a revision that was looked up */
struct mf_gitfile; /* a file that was read */

/* What tells a clone from another one in its place. */
struct mf_gitmark {
    dev_t device;
    ino_t file;
    struct timespec made;
};

struct mf_gitrepo {
    struct mf_discovery *d;
    const struct mf_vcsroot *root;
    struct mf_str shown;
    char key[MF_HEX_SIZE(32)];
    int lock;               /* -1: not begun */
    struct mf_dir clone;    /* while begun */
    struct mf_gitmark mark; /* of the clone that was opened last */
    enum mf_gitlevel level; /* of it, in this run */
    struct mf_git_question refs_asked;
    struct mf_gitrefs refs;
    struct mf_gitrefs local_tags; /* of the clone, by name; hash is empty */
    bool has_local_tags;
    bool is_new; /* the clone: it holds nothing yet */
    struct mf_gitstat *stats;
    struct mf_gitfile *files;
    struct mf_arena arena;
};

/* Runs git in the clone, with its output in `out`, which may be NULL. */
int mf_gitclone_run(struct mf_gitrepo *r, const char *const *args, struct mf_buf *out, int *status_out,
                    struct mf_err *err) MF_NONNULL_ARGS(1, 2, 5) MF_NODISCARD;

/* Fetches one ref, or a commit by its hash, alone. */
int mf_gitclone_fetch_one(struct mf_gitrepo *r, struct mf_str ref, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Fetches all branches and tags with their history, once. */
int mf_gitclone_fetch_all(struct mf_gitrepo *r, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Drops what was learned of revisions, for another clone; failures stay that the clone
 * had no part in. */
void mf_gitstat_forget(struct mf_gitrepo *r) MF_NONNULL;

/* Opens the clone, or makes it. */
int mf_gitclone_open(struct mf_gitrepo *r, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

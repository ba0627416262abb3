/* Where the commands of one root run: a copy of its sources, or a new module.
 *
 * Commands that write would change what the next one sees, so after such a one
 * the place is made anew, under the same path: go's build cache knows packages by
 * their directory.
 */
#ifndef MF_WORKPLACE_H
#define MF_WORKPLACE_H

#include "rehearse/gorun.h"
#include "rehearse/sources.h"

#define MF_WORKPLACE_MODULE "rehearsal.invalid/new" /* path of the new module */

struct mf_workplace {
    const struct mf_manifest_root *root;
    const struct mf_source *source; /* NULL: a new module for a root path@version */
    struct mf_dir parent;           /* the temporary directory; the caller's */
    const char *parent_path;
    const struct stat *except; /* describes it: never copied */
    const volatile int *stop;
    /* set here */
    bool fresh;              /* the place is there, and as it was made */
    struct mf_gorun_how how; /* how to run go in it; cwd is owned */
    struct mf_buf go_work;   /* what how.go_work points to */
    /* of a new module, once it requires its root; empty before */
    struct mf_buf go_mod, go_sum;
};

void mf_workplace_init(struct mf_workplace *w) MF_NONNULL;

/* Closes it; what it made stays for whoever removes the temporary directory. */
void mf_workplace_release(struct mf_workplace *w) MF_NONNULL;

/* Makes the place unless it is fresh. For sources, their files are hashed in the
 * copy: MF_E_HASH where the directory changed since it was looked at. */
int mf_workplace_make(struct mf_workplace *w, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Remembers go.mod and go.sum of a new module as they are now: the place is made
 * with them from then on. */
int mf_workplace_keep(struct mf_workplace *w, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* Held content named on the command line: a bundle, behind the trust gate, or a
 * directory.
 */
#ifndef MF_HELDARG_H
#define MF_HELDARG_H

#include "cmd/bundlearg.h"
#include "verify/heldbundle.h"
#include "verify/heldtree.h"

struct mf_heldarg {
    const char *name; /* as the user wrote it */
    bool is_bundle;
    struct mf_bundlearg bundle;       /* where is_bundle */
    struct mf_heldbundle *in_bundle;  /* likewise */
    struct mf_dir dir;                /* where not */
    struct mf_heldtree *in_directory; /* likewise */
    struct mf_held held;
};

#define MF_HELDARG_INIT ((struct mf_heldarg){.bundle = MF_BUNDLEARG_INIT, .dir = MF_DIR_NONE})

/* Opens `path`. A bundle needs one of the options of trustopts.h, a directory
 * goes without: MF_E_USAGE. Reads --jobs. `h` must not move afterwards; release
 * it whatever the result is. */
int mf_heldarg_open(const struct mf_cli_args *args, const char *path, const volatile int *stop, struct mf_heldarg *h,
                    struct mf_err *err) MF_NONNULL_ARGS(1, 2, 4, 5) MF_NODISCARD;
void mf_heldarg_release(struct mf_heldarg *h) MF_NONNULL;

#endif

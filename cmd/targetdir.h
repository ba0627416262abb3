/* The directory that unpack fills. It is made before the bundle is looked at,
 * because later nothing can be made beside it (verify/sandbox.h), and removed
 * again where the bundle is refused at the gate. */
#ifndef MF_TARGETDIR_H
#define MF_TARGETDIR_H

#include "formats/base/dir.h"

struct mf_targetdir {
    const char *path;    /* the user's */
    struct mf_dir dir;   /* owned */
    struct mf_dir above; /* owned: what holds the first directory that was made, or none */
    size_t kept;         /* bytes of path that were there before, or stay */
};

#define MF_TARGETDIR_INIT ((struct mf_targetdir){.dir = {-1}, .above = {-1}})

/* Opens the directory at `path`, making it and its parents where they are
 * missing; `path` must outlive out. */
int mf_targetdir_open(struct mf_targetdir *out, const char *path, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* What was made stays. */
void mf_targetdir_keep(struct mf_targetdir *target) MF_NONNULL;

/* Closes it and removes what was made, unless it is to stay or something is in
 * it by now. */
void mf_targetdir_release(struct mf_targetdir *target) MF_NONNULL;

#endif

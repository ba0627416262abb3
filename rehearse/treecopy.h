/* A copy of a directory, so that commands which write have something of their
 * own to write to. */
#ifndef MF_TREECOPY_H
#define MF_TREECOPY_H

#include "formats/base/dir.h"

#define MF_TREECOPY_DEPTH_MAX 256 /* levels of directories */

/* Copies what is in `from` into the empty directory `to`: directories, regular
 * files with their executable bit, and symbolic links. A link to a file is copied
 * as that file, because its target may lie outside; another one stays as it is.
 * Left out are `.git`, sockets, pipes and devices, and the directory that `except`
 * describes (where the copy lies below `from`). Nothing in `from` is written to.
 * `stop` as elsewhere; may be NULL. MF_E_LIMIT where it is nested too deep. */
int mf_treecopy(struct mf_dir from, struct mf_dir to, const struct stat *except, const volatile int *stop,
                struct mf_err *err) MF_NONNULL_ARGS(3, 5) MF_NODISCARD;

#endif

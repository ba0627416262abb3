/* The files of a root: go.mod and go.sum of a main module, go.work beside
 * go.work.sum, and go.mod of the target of a directory replacement. For
 * bundle/root*.c alone.
 */
#ifndef MF_ROOTFILES_H
#define MF_ROOTFILES_H

#include "bundle/root.h"

/* Reads the files in the directory root->mains[root->main_count].dir, and counts
 * it. `shown` is the name of the directory for messages, empty for the only main
 * module. *missing_out: there is no go.mod (then the error is set too). */
int mf_rootfiles_main(struct mf_root *root, struct mf_str shown, bool *missing_out, struct mf_arena *arena,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Reads root->go_work and the sums beside it. */
int mf_rootfiles_work(struct mf_root *root, struct mf_gowork *out, struct mf_arena *arena,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Reads the go.mod of d->dir, which is `name` below `base`; no link is followed
 * on the way. `shown` as above. MF_E_CLOSURE where there is none. */
int mf_rootfiles_directory(struct mf_root_directory *d, struct mf_str base, struct mf_str name, struct mf_str shown,
                           struct mf_arena *arena, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* The replacements of a root, of go.work and every main module, as one list.
 * For bundle/root.c.
 */
#ifndef MF_ROOTREPLACE_H
#define MF_ROOTREPLACE_H

#include "bundle/root.h"

/* Fills in root->replaces and root->directories; `work` is NULL outside of
 * workspaces. MF_E_CLOSURE where replacements conflict in a way that go refuses
 * at once. What a single directory replacement fails for is kept with it. */
int mf_rootreplace_load(struct mf_root *root, const struct mf_gowork *work, struct mf_arena *arena, struct mf_err *err)
    MF_NONNULL_ARGS(1, 3, 4) MF_NODISCARD;

#endif

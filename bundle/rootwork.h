/* Workspaces: finding go.work, and loading what it uses. For bundle/root.c. */
#ifndef MF_ROOTWORK_H
#define MF_ROOTWORK_H

#include "bundle/root.h"

/* The go.work that covers the absolute directory `dir`: empty where none does,
 * or GOWORK=off. A GOWORK that is not absolute is MF_E_USAGE. */
int mf_rootwork_find(struct mf_str dir, const struct mf_settings *settings, struct mf_str *out, struct mf_arena *arena,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Loads the workspace root->go_work with all main modules; `work` receives the
 * parsed file. */
int mf_rootwork_load(struct mf_root *root, struct mf_gowork *work, struct mf_arena *arena,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Checks that a command started in `dir` would find itself in a module of the
 * workspace: `dir` is a main module, or holds go.work. */
int mf_rootwork_check_dir(const struct mf_root *root, struct mf_str dir, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

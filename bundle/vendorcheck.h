/* Whether `go` will accept the vendor directory of a project past the gap.
 *
 * A project that vendors can be packed like any other: the bundle is what its
 * go.mod asks for. But where vendor/modules.txt contradicts go.mod, go refuses
 * to build, whatever the bundle holds, so the user should hear of it.
 *
 * Rules: GOROOT/src/cmd/go/internal/modload/vendor.go (checkVendorConsistency)
 * and init.go (setDefaultBuildMod).
 */
#ifndef MF_VENDORCHECK_H
#define MF_VENDORCHECK_H

#include "bundle/root.h"

/* Fills in root->vendor_problems: none where there is no vendor directory, go
 * would not use it by itself (go line missing or below 1.14; of a workspace, but
 * used outside it, or the other way round), or it is consistent. Directory roots
 * only, after replacements have been loaded. */
int mf_vendorcheck(struct mf_root *root, struct mf_arena *arena, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

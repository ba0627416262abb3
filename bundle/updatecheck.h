/* Whether `go` will take the go.mod of a root as it is.
 *
 * By default go does not change go.mod (-mod=readonly), and stops where it would
 * have to: "updates to go.mod needed". A bundle of such a project would hold
 * everything, and `go build` would not run; so packing says it first.
 *
 * Rules: GOROOT/src/cmd/go/internal/modload/buildlist.go (updatePrunedRoots,
 * updateUnprunedRoots), init.go (UpdateGoModFromReqs), modfile.go
 * (modFileIsDirty) and load.go (checkMultiplePaths).
 */
#ifndef MF_UPDATECHECK_H
#define MF_UPDATECHECK_H

#include "bundle/graph.h"

/* Refuses a go.mod that requires another version than the graph selects, of a
 * module, of go or of the toolchain; that requires what it excludes; whose go
 * line names no version; or whose toolchain line says nothing. Of workspaces only
 * the go lines are looked at. `g` is finished.
 * MF_E_CLOSURE. */
int mf_updatecheck(const struct mf_graph *g, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Refuses one module, or directory, that stands for two module paths: among the
 * requirements of the main module where these are all that go looks at, with
 * `whole` in the build list. MF_E_CLOSURE. */
int mf_updatecheck_paths(const struct mf_graph *g, bool whole, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

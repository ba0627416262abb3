/* go.sum lines that go will ask for in a root, and that the root does not have.
 *
 * Outside of workspaces go reads no go.mod and no zip without a line for it
 * (-mod=readonly, the default): "missing go.sum entry". The checksum database
 * does not help there; only commands that may write go.sum ask it. So a bundle
 * can be complete, and `go build` past the gap fail all the same.
 *
 * Rules: GOSPEC section 4; GOROOT/src/cmd/go/internal/modload/import.go
 * (mustHaveSums), modfile.go (goModSummary) and init.go (keepSums).
 */
#ifndef MF_MISSINGSUMS_H
#define MF_MISSINGSUMS_H

#include "bundle/root.h"

struct mf_missingsum {
    struct mf_module module; /* as it travels: a replacement under its own path */
    bool is_mod;             /* its go.mod; else its zip */
};

/* The lines that one root lacks. */
struct mf_missingsums {
    struct mf_missingsum *list; /* owned; after mf_missingsums_sort each once, by module, zips first */
    size_t count, cap;
    bool only_test_all; /* a provider's go.mod has no line, and only `go test all` reads it */
};

void mf_missingsums_release(struct mf_missingsums *m) MF_NONNULL;

/* True where go insists on sums, in a root with one main module and no go.work,
 * and the root lacks the line of `id`. */
bool mf_missingsums_lacks(const struct mf_root *root, struct mf_module id, bool is_mod) MF_NONNULL;

/* Notes the line of `id` where the root lacks it. Slices are kept. MF_E_NOMEM. */
int mf_missingsums_look(struct mf_missingsums *m, const struct mf_root *root, struct mf_module id, bool is_mod,
                        struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Sorts the list and drops repetitions. */
void mf_missingsums_sort(struct mf_missingsums *m) MF_NONNULL;

#endif

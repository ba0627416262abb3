/* check: re-hash an installed tree, proxy tree or GOMODCACHE.
 *
 * What unpack published is recorded in DIR/.modferry; check reads every recorded
 * zip, .mod and extracted directory again and compares h1 with the record. A quick
 * check does not open the zips whose SHA-256 is recorded and still the same: it
 * finds what was damaged or replaced, but not somebody who has changed the record
 * as well. What go or others added since is listed as unrecorded, not judged.
 */
#ifndef MF_CHECK_H
#define MF_CHECK_H

#include "formats/base/dir.h"
#include "formats/modpath.h"

enum mf_tree_kind { MF_TREE_PROXY, MF_TREE_MODCACHE };

/* Which kind of tree the record in `dir` says it is, and (where not NULL)
 * whether it holds a Go toolchain. MF_E_USAGE where there is no record: not a
 * tree that modferry filled. */
int mf_check_kind(struct mf_dir dir, enum mf_tree_kind *kind_out, bool *toolchains_out, struct mf_err *err)
    MF_NONNULL_ARGS(2, 4) MF_NODISCARD;

enum mf_check_verdict { MF_CHECK_OK, MF_CHECK_CHANGED, MF_CHECK_MISSING, MF_CHECK_UNRECORDED };

/* One thing that was looked at: `what` is "mod", "zip", "dir" (the extracted
 * files) or "ziphash". `detail` says expected and found hash where changed. */
struct mf_check_finding {
    struct mf_module module;
    const char *what;
    enum mf_check_verdict verdict;
    const char *detail;
};

struct mf_check_result {
    uint64_t modules;                          /* in the record */
    uint64_t ok, changed, missing, unrecorded; /* things, of which a module has one to four */
    uint64_t bytes;                            /* read */
};

/* Calls fn for each finding that is not OK, in module order. Returns 0 where
 * the tree could be read, whatever was found: the caller decides by result. */
int mf_check_tree(struct mf_dir dir, bool quick, unsigned threads,
                  void (*fn)(void *ctx, const struct mf_check_finding *f), void *ctx,
                  struct mf_check_result *result_out, struct mf_err *err) MF_NONNULL_ARGS(4, 6, 7) MF_NODISCARD;

#endif

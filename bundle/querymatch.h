/* Version queries by their text alone: what kind one is, and which versions of a
 * list it admits.
 *
 * Rules: GOROOT/src/cmd/go/internal/modload/query.go (newQueryMatcher,
 * IsRevisionQuery); GOSPEC section 2.2. No network, no memory; slices are those
 * of the arguments.
 */
#ifndef MF_QUERYMATCH_H
#define MF_QUERYMATCH_H

#include "formats/base/err.h"
#include "formats/base/str.h"

enum mf_querymatch_bound { MF_BOUND_NONE, MF_BOUND_LT, MF_BOUND_LE, MF_BOUND_GT, MF_BOUND_GE };

struct mf_querymatch {
    bool by_info;            /* a version, branch, tag or commit: its .info answers, no list */
    bool prefers_lower;      /* the lowest match is taken */
    bool may_use_latest;     /* @latest answers where the list has no match */
    bool wants_incompatible; /* +incompatible versions count from the start */
    bool stays;              /* upgrade or patch: the current version will do */
    struct mf_str family;    /* "v1" or "v1.2": only versions below it; or empty */
    enum mf_querymatch_bound bound;
    struct mf_str limit; /* of bound */
};

/* Reads a query for the module `path`. `current` is the version in use, or empty
 * where the module is not required yet. MF_E_USAGE with go's words for a range
 * that is none or ambiguous, and for "patch" without a current version. */
int mf_querymatch_read(struct mf_str path, struct mf_str query, struct mf_str current, struct mf_querymatch *out,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* True where family and bound admit the version. */
bool mf_querymatch_admits(const struct mf_querymatch *m, struct mf_str version) MF_NONNULL;

/* True for queries that name a revision (a full version counts as one) rather
 * than choose among versions. */
bool mf_querymatch_is_revision(struct mf_str query);

#endif

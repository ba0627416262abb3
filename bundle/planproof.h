/* Proof by the checksum database of what a plan has fetched.
 *
 * Every module version of a plan is looked up and proved (sumdb.h), those with
 * lines in go.sum too, and its hashes are compared with the record: that of its
 * go.mod, and of its zip where it travels. Names that GONOSUMDB (GOPRIVATE) or
 * GONOSUMCHECK match are asked of nobody, apart from golang.org/toolchain, which
 * go never lets pass unchecked; with GOSUMDB=off nothing is asked.
 */
#ifndef MF_PLANPROOF_H
#define MF_PLANPROOF_H

#include "bundle/plan.h"
#include "bundle/sumdb.h"

struct mf_planproof {
    struct mf_gosumdb db;
    bool asked;                      /* there was something to look up */
    struct mf_sumdb sumdb;           /* where asked: the head, and the tiles under it */
    struct mf_sumdb_record *records; /* of the covered modules, in the order of the plan */
    size_t record_count;
    bool carry; /* the proofs travel */
    struct mf_str channel;
    struct mf_str *older; /* signed heads that clients past the gap may hold, as given and as kept */
    size_t older_count;
    struct mf_arena arena;
};

#define MF_PLANPROOF_INIT ((struct mf_planproof){.sumdb = MF_SUMDB_INIT, .arena = MF_ARENA_INIT(64 * MF_MIB)})

struct mf_planproof_options {
    bool carry;            /* prove for clients past the gap as well: heads of earlier bundles and `since` */
    struct mf_str since;   /* list of signed heads (note.h) */
    struct mf_str channel; /* that the bundle is of; empty: none. Heads of bundles without one count in each */
};

/* Looks up and proves what the plan holds after mf_plan_fetch; sets `record` or
 * `not_covered` of each of its modules. Versions that are carried only if they
 * are there are left out of the plan where the database does not know them. `p`
 * must not move afterwards and must outlive the plan's use; release it whatever
 * the result is.
 *
 * MF_E_USAGE: GOSUMDB is none. MF_E_HASH: a hash differs from the record, in go's
 * words; the file is taken out of the store. MF_E_NOT_FOUND: the database does not
 * know a module. Otherwise the errors of mf_sumdb_prove. */
int mf_planproof_make(struct mf_planproof *p, struct mf_plan *plan, const struct mf_planproof_options *options,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Remembers that a bundle of this channel was made under the head, so that later
 * ones serve clients that have it. */
int mf_planproof_shipped(const struct mf_planproof *p, struct mf_err *err) MF_NONNULL MF_NODISCARD;

void mf_planproof_release(struct mf_planproof *p) MF_NONNULL;

#endif

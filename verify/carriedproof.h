/* The proofs of the checksum database that a bundle carries: members sumdb/...,
 * collected while they stream by, and checked before anything after them is used
 * (docs/format-bundle.md, section 6).
 *
 * What is trusted is the database's key, as go has it or as GOSUMDB of this
 * machine names it, and not the signer of the bundle: the tree head must be
 * signed with it, every record lie in that tree and give the hashes that the
 * manifest promises, and every older head lie in it too.
 */
#ifndef MF_CARRIEDPROOF_H
#define MF_CARRIEDPROOF_H

#include "formats/gosumdb.h"
#include "formats/sumdbproof.h"

struct mf_carriedproof;

/* For a manifest with sumdb_name. `db` is GOSUMDB of this machine; where that is
 * off, everything is checked but the signature of the head. MF_E_POLICY where it
 * is another database. MF_E_SUMDB where the head is not signed with its key. */
int mf_carriedproof_new(struct mf_carriedproof **out, const struct mf_manifest *m, const struct mf_gosumdb *db,
                        struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_carriedproof_free(struct mf_carriedproof **slot) MF_NONNULL; /* *slot may be NULL */

/* One member after the other: its name and size, its bytes, its end. MF_E_DAMAGED
 * where it is not the one that follows; MF_E_LIMIT; MF_E_HASH where a record has
 * another hash than the manifest; MF_E_SUMDB. */
int mf_carriedproof_member(struct mf_carriedproof *c, struct mf_str name, uint64_t size,
                           struct mf_err *err) MF_NONNULL MF_NODISCARD;
int mf_carriedproof_data(struct mf_carriedproof *c, const void *p, size_t n, struct mf_err *err)
    MF_NONNULL_ARGS(1, 4) MF_NODISCARD;
int mf_carriedproof_member_end(struct mf_carriedproof *c, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* All members were there: MF_E_DAMAGED where not, MF_E_SUMDB where they do not
 * prove what they should. */
int mf_carriedproof_finish(struct mf_carriedproof *c, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Records that are proved; 0 before mf_carriedproof_finish, and where GOSUMDB is
 * off. */
uint64_t mf_carriedproof_count(const struct mf_carriedproof *c) MF_NONNULL;

/* For who unites them with those of a tree, after mf_carriedproof_finish: the
 * signed head, the lookups (index below mf_carriedproof_lookups) with the module
 * of each, and a tile of at least the width of t, NULL where none is carried. */
const struct mf_treehead *mf_carriedproof_head(const struct mf_carriedproof *c) MF_NONNULL;
size_t mf_carriedproof_lookups(const struct mf_carriedproof *c) MF_NONNULL;
const struct mf_lookup *mf_carriedproof_lookup(const struct mf_carriedproof *c, size_t i,
                                               struct mf_module *id_out) MF_NONNULL;
const uint8_t *mf_carriedproof_tile(const struct mf_carriedproof *c, struct mf_tile t) MF_NONNULL;

#endif

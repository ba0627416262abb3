/* The checksum database of a tree: what several bundles carry, united into one
 * that serves a fresh client, and clients at every head published before
 * (DESIGN section 5). Internal to verify/.
 *
 *     sumdb/<name>/{lookup,tile}/...      in a proxy tree, with `supported`
 *     cache/download/sumdb/<name>/...     in a GOMODCACHE
 *     .modferry/heads                     every head published, a list of notes (note.h)
 *     .modferry/sumdb                     below
 *
 * .modferry/sumdb is text: `modferry-sumdb/1 KEY`, KEY being the verifier key;
 * `complete` where every module of the tree has its lookup or is exempt; and
 * `exempt PATH` for each path that nobody is to be asked about.
 */
#ifndef MF_TREESUMDB_H
#define MF_TREESUMDB_H

#include "verify/carriedproof.h"
#include "verify/tree.h"

#define MF_TREESUMDB_HEADS ".modferry/heads"
#define MF_TREESUMDB_RECORD ".modferry/sumdb"

struct mf_treesumdb_record {
    struct mf_str key; /* empty: no bundle with proofs was unpacked yet */
    bool complete;
    struct mf_str *exempt; /* sorted bytewise, none twice */
    size_t exempt_count;
};

/* Reads the record; an empty one where there is none. MF_E_DAMAGED, also where
 * an exempt path is not one of a module. */
int mf_treesumdb_read(struct mf_dir tree, struct mf_treesumdb_record *out, struct mf_arena *arena,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* 1 where the tree has all that the bundle carries, under its head or a newer
 * one, 0 where not, -1. */
int mf_treesumdb_is_current(const struct mf_tree *t, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Proves every lookup of tree and bundle (of a GOMODCACHE those of recorded modules: others are `go`'s own) under the
 * newest head of both, and every published head to lead to it; then publishes tiles, heads and lookups. Before that
 * nothing is written. MF_E_POLICY where tiles are missing: both heads are named, and what to pass to pack. MF_E_SUMDB
 * where something does not hold. */
int mf_treesumdb_unite(struct mf_tree *t, const struct mf_gosumdb *db, const struct mf_carriedproof *carried,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Before modules are published: takes `supported` away where the bundle has
 * modules that neither have a proof in it nor are exempt. */
int mf_treesumdb_before(struct mf_tree *t, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* After modules were published: notes what is exempt and whether the database is
 * complete, and makes `supported` then. `db` may be NULL. */
int mf_treesumdb_settle(struct mf_tree *t, const struct mf_gosumdb *db, struct mf_err *err)
    MF_NONNULL_ARGS(1, 3) MF_NODISCARD;

/* Proves every lookup of the tree under its newest head, and every published
 * head to lead to it; *lookups_out becomes their number. `key` is that of the
 * record. MF_E_SUMDB or MF_E_DAMAGED where something was changed or is missing. */
int mf_treesumdb_check(struct mf_dir dir, enum mf_tree_kind kind, struct mf_str key, uint64_t *lookups_out,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

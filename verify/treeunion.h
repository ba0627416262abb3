/* The union of what a tree has of the checksum database and what a bundle
 * carries: all heads and lookups of both, proved under the newest head. Nothing is
 * written here. Internal to verify/ (treesumdb.h).
 */
#ifndef MF_TREEUNION_H
#define MF_TREEUNION_H

#include "verify/treesumdb.h"

#define MF_TREEUNION_HEADS_MAX (4 * MF_MIB) /* bytes of .modferry/heads: some 17,000 */

/* A signed head. */
struct mf_treeunion_head {
    struct mf_treehead tree;
    struct mf_str note; /* empty: an older head of the bundle, of which only size and root are known */
};

/* A lookup of the tree or of the bundle: where it goes, and what it says. */
struct mf_treeunion_entry {
    struct mf_str name; /* below lookup/ */
    struct mf_lookup lookup;
    bool carried;
    const struct mf_err *bad; /* what is there is no lookup; NULL: it is one */
};

struct mf_treeunion {
    struct mf_tree *t;
    const struct mf_gosumdb *db;
    const struct mf_carriedproof *carried; /* NULL: the tree by itself */
    struct mf_dir files;                   /* sumdb/<name> of the tree; may be MF_DIR_NONE */
    struct mf_treeunion_head *heads;       /* of different sizes */
    size_t head_count, head_cap;
    struct mf_treeunion_head newest;
    struct mf_treeunion_entry *entries; /* sorted by name, each once */
    size_t entry_count, entry_cap;
    struct mf_tileproof proof; /* its tiles are those of the bundle and of the tree */
    struct mf_arena arena;
};

#define MF_TREEUNION_INIT(tree, gosumdb, proofs)                                                                       \
    {                                                                                                                  \
        .t = (tree), .db = (gosumdb), .carried = (proofs), .files = MF_DIR_NONE, .arena = MF_ARENA_INIT(512 * MF_MIB)  \
    }

/* Releases what is below u, `files` too. */
void mf_treeunion_release(struct mf_treeunion *u) MF_NONNULL;

/* Reads heads and lookups of both. MF_E_SUMDB where a head of the tree is not
 * signed with the key, or two of one size differ; MF_E_DAMAGED; MF_E_LIMIT. */
int mf_treeunion_collect(struct mf_treeunion *u, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Proves every lookup under the newest head, and every head to lead to it.
 * MF_E_SUMDB where something does not hold. Where a tile is missing: MF_E_POLICY
 * with a bundle, naming both heads and what to pass to pack, else MF_E_DAMAGED. */
int mf_treeunion_prove(struct mf_treeunion *u, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* Proofs by tiles: which tiles prove something under a tree head, and whether
 * they do.
 *
 *     struct mf_tileproof p;
 *     mf_tileproof_begin(&p, &head, &arena, err);      // the tiles of the right edge
 *     mf_tileproof_want_record(&p, id, err);           // inclusion of a record
 *     mf_tileproof_want_tree(&p, older.size, err);     // consistency with an older head
 *     for each of p.tiles[0 .. p.count): set ->data
 *     mf_tileproof_check(&p, &bad, err);               // all against the root, or nothing
 *     mf_tileproof_record(&p, id)  == mf_tree_record_hash(text)
 *     mf_tileproof_tree(&p, older.size) == older.root
 *
 * The order of tiles, their widths and the checks are those of go's client
 * (GOROOT/src/cmd/vendor/golang.org/x/mod/sumdb/tlog/tile.go, ReadHashes): the
 * maximal complete subtrees of the tree must give its root; every other tile is
 * full and must give the hash of it that the tile above has, which comes before
 * it in the list. So the list is also what go opens in a static tree. Where the
 * tiles of an older proof are to be shared, equal tiles have equal bytes.
 */
#ifndef MF_TILEPROOF_H
#define MF_TILEPROOF_H

#include "formats/tile.h"
#include "formats/treehead.h"

#define MF_TILEPROOF_MAX 65536 /* tiles: 512 MiB */

struct mf_tileproof_tile {
    struct mf_tile tile;
    const uint8_t *data; /* mf_tile_bytes(tile) bytes, borrowed; NULL while it is not here */
    bool edge;           /* needed for the root itself; the others are full */
};

struct mf_tileproof {
    struct mf_treehead head;
    struct mf_tileproof_tile **tiles; /* each once, what proves before what is proved */
    size_t count, cap;
    bool checked; /* mf_tileproof_check has passed since the last tile was added */
    void *tree;   /* search tree by tile */
    struct mf_arena *arena;
};

/* Starts a proof under a head of at least one record. The tiles live in the
 * arena; release the proof before it. MF_E_SUMDB for a head of size 0, under
 * which nothing can be proved. */
int mf_tileproof_begin(struct mf_tileproof *p, const struct mf_treehead *head, struct mf_arena *arena,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_tileproof_release(struct mf_tileproof *p) MF_NONNULL;

/* Adds the tiles for a record, or for the root of the tree that had `size`
 * records. MF_E_SUMDB where the head's tree is too small; MF_E_LIMIT past
 * MF_TILEPROOF_MAX. */
int mf_tileproof_want_record(struct mf_tileproof *p, uint64_t id, struct mf_err *err) MF_NONNULL MF_NODISCARD;
int mf_tileproof_want_tree(struct mf_tileproof *p, uint64_t size, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The tile at these coordinates in the list, else NULL. */
struct mf_tileproof_tile *mf_tileproof_find(const struct mf_tileproof *p, struct mf_tile tile) MF_NONNULL;

/* Checks every tile; each must have its data. MF_E_SUMDB where one is wrong:
 * *bad_out is its index then. Of the edge tiles one cannot say which is wrong:
 * *bad_out is then the index of the first of them, 0. */
int mf_tileproof_check(struct mf_tileproof *p, size_t *bad_out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The proved hash of what was wanted before. Only after mf_tileproof_check. */
struct mf_digest mf_tileproof_record(const struct mf_tileproof *p, uint64_t id) MF_NONNULL;
struct mf_digest mf_tileproof_tree(const struct mf_tileproof *p, uint64_t size) MF_NONNULL;

#endif

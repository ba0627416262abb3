/* Tiles: how a transparency log serves the hashes of its tree.
 *
 * A tile of level L and number N lists `width` hashes of tree level 8 * L,
 * beginning with hash N * 256: 32 bytes each. It stands for the subtree over
 * them, so hashes of the seven levels above can be made from it. A full tile has
 * 256 hashes and never changes again; a partial one is at the right edge of a
 * tree of some size. Its path is
 *
 *     tile/8/L/NNN[.p/W]      N in groups of three digits, all but the last
 *                             with an x before: 1234067 is x001/x234/067
 *
 * Rules: GOROOT/src/cmd/vendor/golang.org/x/mod/sumdb/tlog/tile.go, tile height 8.
 */
#ifndef MF_TILE_H
#define MF_TILE_H

#include "formats/base/str.h"

#define MF_TILE_HASHES 256   /* in a full tile */
#define MF_TILE_BYTES 8192   /* of a full tile */
#define MF_TILE_PATH_SIZE 64 /* of a path with its NUL */

struct mf_tile {
    unsigned level;  /* 0 to 6 */
    uint64_t number; /* below 2^53 */
    unsigned width;  /* hashes, 1 to MF_TILE_HASHES */
};

/* A node of the tree: hash `index` of `level`, which stands for the records from
 * index << level on, 1 << level of them. */
struct mf_treenode {
    unsigned level; /* 0 to 52 */
    uint64_t index;
};

enum { MF_TREENODES_MAX = 53 };

/* The maximal complete subtrees that a tree of `size` <= MF_TREE_SIZE_MAX records
 * consists of, from left to right; stores them and returns how many. Its root
 * hash joins theirs from the right. */
size_t mf_treenodes(uint64_t size, struct mf_treenode out[MF_TREENODES_MAX]) MF_NONNULL;

/* The narrowest tile that holds the node. */
struct mf_tile mf_tile_of(struct mf_treenode node);

/* In a tree of `size` records: the tile k levels above t that covers it, as wide
 * as it is there; for k = 0, t itself widened. Width 0 where there is none. */
struct mf_tile mf_tile_parent(struct mf_tile t, unsigned k, uint64_t size);

/* The tile as it is when full. */
static inline struct mf_tile mf_tile_full(struct mf_tile t)
{
    return (struct mf_tile){t.level, t.number, MF_TILE_HASHES};
}

static inline size_t mf_tile_bytes(struct mf_tile t)
{
    return (size_t)t.width * 32;
}

/* By level, then number, then width: <0, 0, >0. */
int mf_tile_order(const struct mf_tile *a, const struct mf_tile *b) MF_NONNULL;

/* Writes the path, NUL-terminated. */
void mf_tile_path(struct mf_tile t, char out[MF_TILE_PATH_SIZE]) MF_NONNULL;

/* Parses a path in its one form. False for every other text, other heights,
 * data tiles, and numbers past the limits. */
bool mf_tile_path_parse(struct mf_str path, struct mf_tile *out) MF_NONNULL MF_NODISCARD;

#endif

/* A log of records in memory, for tests of tiles and proofs. Its hashes follow
 * RFC 6962 by rows: row[l][i] stands for the records i << l to (i + 1) << l. */
#ifndef MF_TREEKIT_H
#define MF_TREEKIT_H

#include <stdio.h>
#include <stdlib.h>

#include "formats/tile.h"
#include "formats/treehead.h"

enum { TREEKIT_ROWS = 18, TREEKIT_TEXT = 256 }; /* up to 131072 records; bytes of one */

struct treekit {
    size_t size;
    struct mf_digest *row[TREEKIT_ROWS];
};

static inline struct mf_str treekit_record(size_t i, char out[TREEKIT_TEXT])
{
    return (struct mf_str){out, (size_t)snprintf(out, TREEKIT_TEXT, "record %zu\n", i)};
}

/* The text of record i, in `out` or elsewhere. */
typedef struct mf_str treekit_text(size_t i, char out[TREEKIT_TEXT]);

static inline void treekit_make_of(struct treekit *k, size_t size, treekit_text *record)
{
    char text[TREEKIT_TEXT];
    k->size = size;
    for (int l = 0; l < TREEKIT_ROWS; l++) {
        size_t n = size >> l;
        k->row[l] = calloc(n + 1, sizeof(struct mf_digest));
        for (size_t i = 0; i < n; i++)
            k->row[l][i] = l ? mf_tree_node_hash(&k->row[l - 1][2 * i], &k->row[l - 1][2 * i + 1])
                             : mf_tree_record_hash(record(i, text));
    }
}

static inline void treekit_make(struct treekit *k, size_t size)
{
    treekit_make_of(k, size, treekit_record);
}

static inline void treekit_release(struct treekit *k)
{
    for (int l = 0; l < TREEKIT_ROWS; l++)
        free(k->row[l]);
}

/* Hash of the records [from, to), as RFC 6962 defines it. */
static inline struct mf_digest treekit_range(const struct treekit *k, size_t from, size_t to)
{
    size_t half = 1;
    int l = 0;
    if (to - from == 1)
        return k->row[0][from];
    while (2 * half < to - from) {
        half *= 2;
        l++;
    }
    /* the left half is complete and begins at a multiple of its size */
    struct mf_digest left = k->row[l][from >> l], right = treekit_range(k, from + half, to);
    return mf_tree_node_hash(&left, &right);
}

static inline struct mf_treehead treekit_head(const struct treekit *k, size_t size)
{
    struct mf_treehead head = {size, mf_treehead_empty()};
    if (size)
        head.root = treekit_range(k, 0, size);
    return head;
}

/* The bytes of a tile: a part of a row. */
static const uint8_t *treekit_tile(const struct treekit *k, struct mf_tile t)
{
    return k->row[8 * t.level][t.number * MF_TILE_HASHES].b;
}

#endif

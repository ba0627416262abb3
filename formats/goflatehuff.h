/* Blocks of mf_goflate: from tokens to bits.
 *
 * A block is written stored, with the fixed codes or with its own (dynamic)
 * codes, whichever is smallest by the arithmetic of GOROOT/src/compress/flate/
 * huffman_bit_writer.go; the lengths of the codes are those that the
 * length-limited construction in huffman_code.go finds, ties included. Nothing
 * here looks for matches, allocates or can fail, apart from the caller's buffer.
 */
#ifndef MF_GOFLATEHUFF_H
#define MF_GOFLATEHUFF_H

#include "formats/base/buf.h"

enum {
    MF_GOFLATE_LITERALS = 286, /* 256 bytes, end of block, 29 lengths */
    MF_GOFLATE_DISTANCES = 30,
    MF_GOFLATE_MAX_TOKENS = 1 << 14, /* in one block */
};

/* A token is a byte, or a match: MATCH | (length - 3) << 16 | (distance - 1). */
#define MF_GOFLATE_MATCH 0x80000000u

struct mf_goflate_code {
    uint16_t bits; /* as they go out, first bit lowest */
    uint16_t n;    /* how many; 0 = no such symbol */
};

/* State between the blocks of a stream. Zeroed is a valid beginning. */
struct mf_goflatehuff {
    uint64_t pending; /* bits that do not fill a byte yet */
    unsigned pending_n;
    uint32_t token_n;
    uint32_t literal_freq[MF_GOFLATE_LITERALS];
    uint32_t distance_freq[MF_GOFLATE_DISTANCES];
    uint32_t tokens[MF_GOFLATE_MAX_TOKENS];
    uint8_t length_code[256]; /* of length - 3; filled in by init */
};

/* Fills in the table; once. */
void mf_goflatehuff_init(struct mf_goflatehuff *h) MF_NONNULL;

/* Begins a stream: no pending bits, no tokens. */
void mf_goflatehuff_start(struct mf_goflatehuff *h) MF_NONNULL;

/* The distance code of `d` = distance - 1. */
static inline unsigned mf_goflatehuff_distance_code(uint32_t d)
{
    if (d < 4)
        return d;
    unsigned top = 31u - (unsigned)__builtin_clz(d);
    return 2 * top + (d >> (top - 1) & 1);
}

/* Adds a token to the block and counts its symbols; there must be room. */
static inline void mf_goflatehuff_literal(struct mf_goflatehuff *h, uint8_t byte)
{
    h->literal_freq[byte]++;
    h->tokens[h->token_n++] = byte;
}

static inline void mf_goflatehuff_match(struct mf_goflatehuff *h, uint32_t length, uint32_t distance)
{
    h->literal_freq[257 + h->length_code[length - 3]]++;
    h->distance_freq[mf_goflatehuff_distance_code(distance - 1)]++;
    h->tokens[h->token_n++] = MF_GOFLATE_MATCH | (length - 3) << 16 | (distance - 1);
}

/* Writes the tokens as one block that is not the last, and starts a new one.
 * `content` is what they stand for, or the NULL slice where it is no longer
 * known; then the block cannot be stored. */
void mf_goflatehuff_block(struct mf_goflatehuff *h, struct mf_str content, struct mf_buf *out) MF_NONNULL;

/* Writes an empty stored block marked as the last, which ends on a byte. */
void mf_goflatehuff_end(struct mf_goflatehuff *h, struct mf_buf *out) MF_NONNULL;

#endif

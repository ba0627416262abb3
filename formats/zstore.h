/* The bytes of a zstd frame of raw blocks (RFC 8878), as the head of a bundle
 * is stored. Shared by its writer (zframe.c) and by the reader of unverified
 * bytes (head.c), which calls nothing of libzstd.
 *
 *     4 bytes  magic 28 B5 2F FD
 *     1 byte   0xA0: content size in 4 bytes, single segment, no checksum
 *     4 bytes  content size, little endian
 *     blocks   3 bytes header (bit 0: last, bits 1-2: 0 = raw, then the size),
 *              then the bytes: MF_ZSTORE_BLOCK of them, the rest in the last
 */
#ifndef MF_ZSTORE_H
#define MF_ZSTORE_H

#include <stdbool.h>

#include "formats/base/macros.h"

#define MF_ZSTORE_MAGIC 0xFD2FB528u
#define MF_ZSTORE_DESCRIPTOR 0xA0
#define MF_ZSTORE_HEADER 9
#define MF_ZSTORE_BLOCK (128 * MF_KIB)
#define MF_ZSTORE_BLOCK_HEADER 3

static inline void mf_zstore_put32(unsigned char b[4], uint32_t value)
{
    for (int i = 0; i < 4; i++)
        b[i] = (unsigned char)(value >> (8 * i));
}

static inline uint32_t mf_zstore_get32(const unsigned char b[4])
{
    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static inline void mf_zstore_header(uint32_t raw_size, unsigned char b[MF_ZSTORE_HEADER])
{
    mf_zstore_put32(b, MF_ZSTORE_MAGIC);
    b[4] = MF_ZSTORE_DESCRIPTOR;
    mf_zstore_put32(b + 5, raw_size);
}

static inline void mf_zstore_block(uint32_t size, bool last, unsigned char b[MF_ZSTORE_BLOCK_HEADER])
{
    uint32_t value = size << 3 | (last ? 1 : 0);
    for (int i = 0; i < MF_ZSTORE_BLOCK_HEADER; i++)
        b[i] = (unsigned char)(value >> (8 * i));
}

#endif

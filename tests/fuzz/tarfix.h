/* Checksums of tar headers, put right, so that changed headers get past them. */
#ifndef MF_TARFIX_H
#define MF_TARFIX_H

#include <stdio.h>

#include "formats/tar.h"

enum { TARFIX_SIZE_AT = 124, TARFIX_SUM_AT = 148 };

static inline void tarfix_block(uint8_t *block)
{
    unsigned sum = 0;
    memset(block + TARFIX_SUM_AT, ' ', 8);
    for (size_t i = 0; i < MF_TAR_BLOCK; i++)
        sum += block[i];
    snprintf((char *)block + TARFIX_SUM_AT, 7, "%06o", sum);
}

/* Every header that a walk from the first block comes to, as sizes say. */
static inline void tarfix(uint8_t *tar, size_t n)
{
    for (size_t at = 0; n - at >= MF_TAR_BLOCK;) {
        uint8_t *block = tar + at;
        uint64_t size = 0;
        at += MF_TAR_BLOCK;
        if (block[0] == 0)
            continue;
        tarfix_block(block);
        for (size_t i = TARFIX_SIZE_AT; block[i] >= '0' && block[i] <= '7' && i < TARFIX_SIZE_AT + 11; i++)
            size = size * 8 + (unsigned)(block[i] - '0');
        if (size > n - at)
            return;
        at += size + mf_tar_padding(size);
        if (at > n)
            return;
    }
}

#endif

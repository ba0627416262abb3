#include "formats/base/crc32.h"

#include <pthread.h>

/* Slicing by eight: table[k][b] is the effect of byte b followed by k zero
 * bytes, so that eight bytes take eight independent look-ups. */
static uint32_t table[8][256];
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_table(void)
{
    for (uint32_t b = 0; b < 256; b++) {
        uint32_t crc = b;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ 0xEDB88320u : crc >> 1;
        table[0][b] = crc;
    }
    for (int k = 1; k < 8; k++)
        for (int b = 0; b < 256; b++)
            table[k][b] = table[k - 1][b] >> 8 ^ table[0][table[k - 1][b] & 0xff];
}

static uint32_t load32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint32_t mf_crc32(uint32_t crc, const void *p, size_t n)
{
    const uint8_t *at = p;
    pthread_once(&once, make_table);
    crc = ~crc;
    for (; n >= 8; n -= 8, at += 8) {
        uint32_t x = crc ^ load32(at), y = load32(at + 4);
        crc = table[7][x & 0xff] ^ table[6][x >> 8 & 0xff] ^ table[5][x >> 16 & 0xff] ^ table[4][x >> 24] ^
              table[3][y & 0xff] ^ table[2][y >> 8 & 0xff] ^ table[1][y >> 16 & 0xff] ^ table[0][y >> 24];
    }
    for (; n; n--, at++)
        crc = crc >> 8 ^ table[0][(crc ^ *at) & 0xff];
    return ~crc;
}

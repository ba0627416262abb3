/* CRC-32 as zip files use it (ISO 3309, reflected polynomial 0xEDB88320).
 * Cannot fail; safe for several threads at once. */
#ifndef MF_CRC32_H
#define MF_CRC32_H

#include "formats/base/macros.h"

/* The checksum of `n` more bytes after those that gave `crc`; start with 0. */
uint32_t mf_crc32(uint32_t crc, const void *p, size_t n);

#endif

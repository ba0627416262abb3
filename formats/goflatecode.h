/* Huffman codes as Go's compress/flate builds them (huffman_code.go).
 *
 * The lengths are optimal for the frequencies under a limit, found by
 * package-merge; where that leaves a choice, the rules are: a package goes
 * before a symbol of the same weight, a smaller symbol before a larger one of
 * the same frequency. Codes follow RFC 1951, 3.2.2.
 */
#ifndef MF_GOFLATECODE_H
#define MF_GOFLATECODE_H

#include "formats/goflatehuff.h"

/* Builds codes of at most max_bits <= 15 bits for the `n` <= 286 symbols with
 * frequencies freq[]; symbols of frequency 0 get none. The sum of frequencies
 * is below 2^24, each below 2^16. One or two symbols get codes of one bit. */
void mf_goflatecode_build(const uint32_t *freq, size_t n, unsigned max_bits, struct mf_goflate_code *codes) MF_NONNULL;

#endif

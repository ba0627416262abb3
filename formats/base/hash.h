/* SHA-256 (FIPS 180-4), by nettle. Cannot fail. */
#ifndef MF_HASH_H
#define MF_HASH_H

#include <nettle/sha2.h>

#include "formats/base/str.h"

struct mf_digest {
    uint8_t b[32];
};

struct mf_sha256 {
    struct sha256_ctx ctx;
};

void mf_sha256_init(struct mf_sha256 *h) MF_NONNULL;
void mf_sha256_add(struct mf_sha256 *h, const void *p, size_t n) MF_NONNULL_ARGS(1);

/* Stores the digest and makes h ready for a new message. */
void mf_sha256_done(struct mf_sha256 *h, struct mf_digest *out) MF_NONNULL;

/* The digest of one piece of memory. */
struct mf_digest mf_sha256_of(struct mf_str s);

static inline bool mf_digest_eq(const struct mf_digest *a, const struct mf_digest *b)
{
    return memcmp(a->b, b->b, sizeof(a->b)) == 0;
}

#endif

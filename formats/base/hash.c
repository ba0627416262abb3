#include "formats/base/hash.h"

void mf_sha256_init(struct mf_sha256 *h)
{
    sha256_init(&h->ctx);
}

void mf_sha256_add(struct mf_sha256 *h, const void *p, size_t n)
{
    if (n)
        sha256_update(&h->ctx, n, p);
}

void mf_sha256_done(struct mf_sha256 *h, struct mf_digest *out)
{
    sha256_digest(&h->ctx, sizeof(out->b), out->b);
}

struct mf_digest mf_sha256_of(struct mf_str s)
{
    struct mf_sha256 h;
    struct mf_digest out;
    mf_sha256_init(&h);
    mf_sha256_add(&h, s.p, s.n);
    mf_sha256_done(&h, &out);
    return out;
}

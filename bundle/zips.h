/* Zips of module versions: fetched, walked and checked once each.
 *
 * mf_zips_need makes sure that a set of zips is in the store, and that each has
 * been read under Go's rules: its h1 compared with the go.sum of the roots, what
 * its packages import indexed, and (`prove`) whether it can be rebuilt from its
 * files found out. Zips are walked on several threads while others are still
 * arriving. What a walk found is kept in the store, so that the next run does not
 * walk again, unless it is the first one that asks for the proof.
 *
 * A zip comes from the store, from the user's GOMODCACHE where a go.sum line
 * vouches for it, or from a proxy.
 */
#ifndef MF_ZIPS_H
#define MF_ZIPS_H

#include "bundle/root.h"
#include "bundle/upstream.h"
#include "formats/pkgindex.h"

/* One zip. */
struct mf_zip {
    struct mf_module id;
    struct mf_modzip_facts facts;
    struct mf_pkgindex packages;  /* what its Go files import */
    struct mf_buf packages_bytes; /* owned: what `packages` reads */
    bool in_sum;                  /* a root's go.sum has its h1 */
    bool absent;                  /* of held content: not there; no packages, no facts. `wanted_by` says why */
    bool unread;                  /* of held content: no packages, because nobody asked for them */
    struct mf_str wanted_by;      /* of one that is absent: the package that imports from it, or empty */
    struct mf_str wanted;         /* and what it imports */
    bool as_zip;                  /* cannot travel as files, as far as `prove` tells: not rebuilt bit for bit, or a
                                     name too long for a member */
};

typedef void mf_zips_progress(void *ctx, uint64_t done, uint64_t total);

struct mf_zips {
    struct mf_upstream *upstream; /* borrowed */
    const struct mf_root *roots;  /* borrowed: whose go.sum files count */
    size_t root_count;
    unsigned threads;           /* for walking, >= 1 */
    bool prove;                 /* as_zip of each zip is needed */
    const volatile int *stop;   /* a signal number once the user interrupts; may be NULL */
    mf_zips_progress *progress; /* may be NULL */
    void *progress_ctx;
    void *tree; /* search tree of struct mf_zip by id */
    struct mf_arena arena;
};

#define MF_ZIPS_INIT ((struct mf_zips){.arena = MF_ARENA_INIT(256 * MF_MIB)})

void mf_zips_release(struct mf_zips *z) MF_NONNULL;

/* Order of the tree. */
int mf_zips_order(const void *a, const void *b);

/* Fetches and checks those of the n modules that are not known yet. Ids must be
 * different; their slices are copied. With `optional`, a zip that no proxy has
 * is left out: mf_zips_find does not know it then.
 *
 * MF_E_HASH: h1 differs from go.sum; MF_E_MODZIP: go refuses the zip. Either is
 * removed from the store; one that a broken connection had put together from
 * several answers is fetched anew first. Otherwise the errors of fetching. Where the upstream is
 * held content, what is not held is marked absent, required or not. */
int mf_zips_need(struct mf_zips *z, const struct mf_module *ids, size_t n, bool optional, struct mf_err *err)
    MF_NONNULL_ARGS(1, 5) MF_NODISCARD;

/* The zip of a module that was needed before, else NULL. */
struct mf_zip *mf_zips_find(const struct mf_zips *z, struct mf_module id) MF_NONNULL;

#endif

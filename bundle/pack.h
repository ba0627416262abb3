/* Writing the bundle that a plan describes.
 *
 * Each zip in the store is hashed again before its files are read, and must be the
 * one that was checked; the store replaces zips by rename, never in place. Unless
 * all travel as zips, the plan was made with `prove`. The order of everything follows from the plan, so
 * the bytes depend on plan, level, SOURCE_DATE_EPOCH and the versions of tool
 * and zstd alone.
 */
#ifndef MF_PACK_H
#define MF_PACK_H

#include "bundle/planproof.h"
#include "formats/heldset.h"

struct mf_pack_options {
    int compress;            /* zstd level, 1 to 22 */
    bool all_as_zip;         /* every module travels as the zip that was served, not as files */
    unsigned threads;        /* >= 1 */
    uint64_t created;        /* seconds since 1970 */
    struct mf_str channel;   /* empty: none */
    uint64_t counter;        /* its place in the channel; 0 without one */
    uint64_t expires;        /* seconds since 1970; 0: never */
    struct mf_str trustfile; /* attached as MF_TRUSTFILE_ATTACHMENT; empty: none */
    const struct mf_planproof
        *proof; /* of the plan (planproof.h); its head is named, its proofs are carried if it says so */
    struct mf_seckey *const *keys; /* signers, in any order; may be none */
    size_t key_count;
    void (*progress)(void *ctx, uint64_t bytes, uint64_t bytes_total); /* file bytes packed; may be NULL */
    void *progress_ctx;
    const volatile int *stop;      /* a signal number once the user interrupts; may be NULL */
    const struct mf_heldset *base; /* what the far side holds: a difference is packed; NULL: a full bundle */
};

struct mf_pack_result {
    struct mf_digest id;              /* bundle id */
    struct mf_digest manifest_sha256; /* of manifest.json */
    uint64_t bundle_size;             /* bytes of the file */
    uint64_t content_size;            /* bytes of files in it */
    uint64_t zip_size;                /* bytes of the zips it stands for */
    size_t modules, zips, as_zip;     /* module versions; with zip; that travel as zip */
    /* of a difference */
    uint64_t carried_zip_size; /* bytes of the zips of modules that are in it */
    size_t held;               /* modules that are left out */
    size_t alone;              /* modules in it in form files that nothing older was found for */
    size_t lacking;            /* versions that the far side holds of modules in it, and that cannot be had here */
};

/* Writes the bundle to out_fd (file or pipe; nothing before all is compressed).
 * spool_fd is an empty file that can be written and read. Names are for
 * messages. */
int mf_pack_write(const struct mf_plan *plan, int out_fd, const char *out_name, int spool_fd,
                  const struct mf_pack_options *options, struct mf_pack_result *result_out,
                  struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

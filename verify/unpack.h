/* verify and unpack: one walk over the payload, different sinks.
 *
 * Every module's content is hashed while it streams by; a module is published
 * by rename when it is complete and its h1 (and its .mod's) equals the
 * manifest's. A failure stops the walk; what was published before is complete
 * and right, nothing else appears. A target may be interrupted at any instant:
 * only temporaries stay behind, which the next run removes.
 */
#ifndef MF_UNPACK_H
#define MF_UNPACK_H

#include "formats/base/dir.h"
#include "formats/gosumdb.h"
#include "verify/gate.h"
#include "verify/zipspool.h"

/* Progress on the walk; called on the caller's thread. */
struct mf_unpack_progress {
    uint64_t bytes;       /* of the bundle file read so far */
    uint64_t bytes_total; /* of the bundle file */
    uint64_t modules;     /* complete so far */
    uint64_t modules_total;
};

struct mf_base;

struct mf_unpack_options {
    unsigned threads;                                                /* >= 1 */
    void (*progress)(void *ctx, const struct mf_unpack_progress *p); /* may be NULL */
    void *progress_ctx;
    const volatile int *stop;         /* a signal number once the user interrupts; may be NULL */
    const struct mf_gosumdb *gosumdb; /* GOSUMDB of this machine; carried proofs are checked with its key */
    struct mf_base *base;             /* of a difference (base.h); NULL: none, and it is refused */
    struct mf_zipspools *spools;      /* made with as many threads; for what writes to no tree; NULL: made as needed */
    /* For unpacking: publish those modules of the manifest alone (one entry per
     * module; NULL: all). Of a regular file only the frames that hold them are
     * read then, and those with the proofs of the checksum database. */
    const bool *only;
    bool no_zips; /* for a GOMODCACHE: keep no zips, see mf_unpack_modcache */
};

struct mf_unpack_result {
    uint64_t modules;   /* in the bundle, or asked for; those with only a .mod included */
    uint64_t published; /* written by this run */
    uint64_t present;   /* already there and right */
    uint64_t replaced;  /* there, but wrong: reported and replaced (counted in published too) */
    uint64_t bytes;     /* of file content checked */
    uint64_t proved;    /* modules whose carried proof holds */
    bool united;        /* the tree's checksum database was written with them */
    /* Zips rebuilt from their files that are not bit for bit the zip which the
     * online half saw. No error: h1, which is what counts, is right. */
    uint64_t rebuilt_differently;
};

/* Checks the whole payload behind an opened gate and publishes nothing. */
int mf_unpack_verify(int fd, const char *name, const struct mf_gate *gate, const struct mf_unpack_options *options,
                     struct mf_unpack_result *result_out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Fills a static proxy tree: <escaped path>/@v/{list,<version>.info,.mod,.zip}
 * and @latest where a list would be empty; DESIGN section 6. `fd` is read only
 * as far as needed: where all is there already, not at all. */
int mf_unpack_proxy(int fd, const char *name, const struct mf_gate *gate, struct mf_dir target,
                    const struct mf_unpack_options *options, struct mf_unpack_result *result_out,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Fills a GOMODCACHE with go's layout, modes, locks and markers (GOSPEC section
 * 6): cache/download files, zips included, and the extracted trees. With no_zips
 * zips are neither made nor asked for: `go` builds from the trees, and wants a
 * zip in `go mod download` alone. One that is there stays where it is right. */
int mf_unpack_modcache(int fd, const char *name, const struct mf_gate *gate, struct mf_dir target,
                       const struct mf_unpack_options *options, struct mf_unpack_result *result_out,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* The walk over a payload: every member must be where the manifest says that
 * it is, have the name that it must have, and nothing else may be there.
 * Internal to verify/.
 */
#ifndef MF_EXTRACT_H
#define MF_EXTRACT_H

#include "verify/sink.h"
#include "verify/unpack.h"

/* Reads the payload behind an opened gate from fd into the sink. Modules for
 * which skip[index] is set are passed over (`skip` may be NULL); `complete` is
 * their number, for progress. Attachments are hashed and compared.
 *
 * On a failure every module that was whole before it has been published, the
 * rest dropped. MF_E_HASH: content differs from the manifest; MF_E_DAMAGED:
 * members out of place; MF_E_INTERRUPTED or MF_E_TERMINATED: options->stop;
 * else the errors of mf_bundlein_run and of the sink. */
int mf_extract_run(int fd, const char *name, const struct mf_gate *gate, const bool *skip, uint64_t complete,
                   const struct mf_sink *sink, const struct mf_unpack_options *options, struct mf_unpack_result *result,
                   struct mf_err *err) MF_NONNULL_ARGS(2, 3, 6, 7, 8, 9) MF_NODISCARD;

/* What to read of a payload; arrays have an entry per module of the manifest. */
struct mf_extract_parts {
    bool sumdb;           /* the proofs of the checksum database, where there are some */
    const bool *mods;     /* the .mod of these; NULL: of none */
    const bool *contents; /* the content of these, where they have one; NULL: of none */
};

/* True where mf_extract_part reads the frame; parts NULL: mf_extract_run, which
 * reads all. */
bool mf_extract_reads(const struct mf_manifest *m, const struct mf_frame *f, const struct mf_extract_parts *parts)
    MF_NONNULL_ARGS(1, 2);

/* Reads some of the payload from fd, a regular file, and of the file the frames
 * alone that hold it. Otherwise as mf_extract_run; attachments and the end of the
 * file are not looked at, and progress is not told. */
int mf_extract_part(int fd, const char *name, const struct mf_gate *gate, const struct mf_extract_parts *parts,
                    const struct mf_sink *sink, const struct mf_unpack_options *options,
                    struct mf_unpack_result *result, struct mf_err *err)
    MF_NONNULL_ARGS(2, 3, 4, 5, 6, 7, 8) MF_NODISCARD;

#endif

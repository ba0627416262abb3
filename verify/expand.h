/* A full bundle from a difference and its base: same content, same bundle id, and
 * the payload that packing it in full gives (with the same level and version of
 * zstd). Its manifest is new, so nobody has signed it.
 *
 * Frames are compressed on walk->threads threads; difference and base are read
 * on the caller's. Memory: what writing a bundle takes (bundleout.h), and 48 MiB, of
 * a base that is a bundle 16 MiB more.
 */
#ifndef MF_EXPAND_H
#define MF_EXPAND_H

#include "verify/base.h"
#include "verify/modstream.h"

/* Spools in use at once: of two walks, one inside the other, on one thread each, and
 * of a file whose size is not said. */
#define MF_EXPAND_SPOOLS (2 * MF_MODSTREAM_ALIVE(1) + 1)

struct mf_expand_options {
    const struct mf_unpack_options *walk; /* with the base, and with MF_EXPAND_SPOOLS spools */
    int level;                            /* of zstd, 1 to 22 */
    struct mf_str tool;                   /* for the statement: which program has written it */
};

/* Reads the difference behind an opened gate from fd, a regular file, checks it as
 * mf_unpack_verify does, and writes the frames of the full bundle to `spool`, an
 * empty file, and its manifest to *out, whose memory is the gate's and the
 * arena's. MF_E_USAGE where it is no difference. MF_E_BASE where the base has a
 * module that the full bundle does not have so: another zip with the same h1. */
int mf_expand(int fd, const char *name, const struct mf_gate *gate, int spool, const struct mf_expand_options *options,
              struct mf_manifest *out, struct mf_unpack_result *result_out, struct mf_arena *arena,
              struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* Reading the payload of a bundle whose manifest has been accepted.
 *
 * Frames are read in order from a file or pipe; each one's SHA-256 is compared
 * with the manifest before it is decompressed; decompression runs on several
 * threads; the tar stream is given to the visitor in order, on the caller's
 * thread. Memory: about (threads + 2) * 32 MiB.
 */
#ifndef MF_BUNDLEIN_H
#define MF_BUNDLEIN_H

#include "formats/head.h"
#include "formats/manifest.h"
#include "formats/tar.h"

/* Called after each frame with the compressed bytes read so far; may be NULL. */
typedef void mf_bundlein_progress(void *ctx, uint64_t bytes);

struct mf_bundlein_options {
    unsigned threads; /* >= 1 */
    mf_bundlein_progress *progress;
    void *progress_ctx;
};

/* Reads all frames from fd, which stands behind the head; `name` is for
 * messages. At the end the seek table must be the one that follows from head
 * and manifest, and nothing may come after it.
 *
 * MF_E_HASH: a frame differs from the manifest. MF_E_TRUNCATED: the file ends
 * early; whatever came before has been given to the visitor. MF_E_DAMAGED: the
 * tar or the seek table is not as documented. Or the visitor's error. Messages
 * begin with `name`. */
int mf_bundlein_run(int fd, const char *name, const struct mf_head *head, const struct mf_manifest *m,
                    const struct mf_tar_visitor *visitor, const struct mf_bundlein_options *options,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

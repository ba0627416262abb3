/* Reading the payload of a bundle whose manifest has been accepted.
 *
 * Frames are read in order from a file or pipe; each one's SHA-256 is compared
 * with the manifest before it is decompressed; decompression runs on several
 * threads; the tar stream is given to the visitor in order, on the caller's
 * thread. Memory: about (threads + 2) * 32 MiB, and of a difference
 * (threads + 1) * 16 MiB more.
 *
 * From a file, stretches of the payload can be read alone: frames that have no
 * part in them are passed over.
 */
#ifndef MF_BUNDLEIN_H
#define MF_BUNDLEIN_H

#include "formats/head.h"
#include "formats/manifest.h"
#include "formats/tar.h"

/* Called after each frame with the compressed bytes read so far; may be NULL. */
typedef void mf_bundlein_progress(void *ctx, uint64_t bytes);

/* Appends to `out`, which is empty, what frame i of the manifest was compressed
 * after: at most frames[i].base.prefix_size bytes. Called on the caller's thread,
 * after everything in frames that have no prefix and come before the first that
 * has one was given to the visitor. Its SHA-256 is compared behind it. Returns 0,
 * or -1 with the error set. */
typedef int mf_bundlein_prefix(void *ctx, size_t i, struct mf_buf *out, struct mf_err *err);

struct mf_bundlein_options {
    unsigned threads; /* >= 1 */
    mf_bundlein_progress *progress;
    void *progress_ctx;
    mf_bundlein_prefix *prefix; /* NULL: a frame with a prefix is MF_E_BASE */
    void *prefix_ctx;
};

/* Reads all frames from fd, which stands behind the head; `name` is for
 * messages. At the end the seek table must be the one that follows from head
 * and manifest, and nothing may come after it.
 *
 * MF_E_BASE: what a frame was compressed after is not what the manifest says.
 * MF_E_HASH: a frame differs from the manifest. MF_E_TRUNCATED: the file ends
 * early; whatever came before has been given to the visitor. MF_E_DAMAGED: the
 * tar or the seek table is not as documented. Or the visitor's error. Messages
 * begin with `name`. */
int mf_bundlein_run(int fd, const char *name, const struct mf_head *head, const struct mf_manifest *m,
                    const struct mf_tar_visitor *visitor, const struct mf_bundlein_options *options,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* As mf_bundlein_run, for the n spans alone: whole members each, in order,
 * without overlap, none empty. fd is a regular file, wherever it stands. The
 * seek table is not looked at. */
int mf_bundlein_spans(int fd, const char *name, const struct mf_head *head, const struct mf_manifest *m,
                      const struct mf_span *spans, size_t n, const struct mf_tar_visitor *visitor,
                      const struct mf_bundlein_options *options, struct mf_err *err)
    MF_NONNULL_ARGS(2, 3, 4, 7, 8, 9) MF_NODISCARD;

/* Checks without reading a frame that the bundle is all there: fd, a regular
 * file, has the size that head and manifest give and ends with their seek table.
 * MF_E_TRUNCATED, MF_E_DAMAGED; MF_E_USAGE where it is no regular file. */
int mf_bundlein_whole(int fd, const char *name, const struct mf_head *head, const struct mf_manifest *m,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

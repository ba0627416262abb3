/* DEFLATE (RFC 1951) as Go's compress/flate writes it at level 5.
 *
 * Module zips that proxies serve were written by Go's archive/zip, which
 * compresses each file with flate.NewWriter(w, 5). This encoder makes the same
 * bit stream from the same content, so that a zip taken apart can be rebuilt
 * byte for byte. The match finder, the lazy evaluation and the choice of block
 * type follow the behaviour of GOROOT/src/compress/flate; tests compare with
 * the real thing.
 *
 * The output does not depend on how the input is cut into pieces.
 */
#ifndef MF_GOFLATE_H
#define MF_GOFLATE_H

#include "formats/base/buf.h"

struct mf_goflate;

/* Makes an encoder (about 600 KiB); reusable by mf_goflate_start for any number
 * of streams, one at a time. */
int mf_goflate_new(struct mf_goflate **out, struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_goflate_free(struct mf_goflate **g) MF_NONNULL; /* *g may be NULL */

/* Begins a new stream. Compressed bytes are appended to the buffers given to
 * the following calls; a limit of the buffer is its owner's matter. */
void mf_goflate_start(struct mf_goflate *g) MF_NONNULL;
void mf_goflate_write(struct mf_goflate *g, const void *p, size_t n, struct mf_buf *out) MF_NONNULL_ARGS(1, 4);

/* Ends the stream, as flate.Writer.Close does. */
void mf_goflate_finish(struct mf_goflate *g, struct mf_buf *out) MF_NONNULL;

#endif

/* file:// URLs in the terms of a transfer, without curl.
 *
 * As the go command does it (GOROOT/src/cmd/go/internal/web/http.go, getFile):
 * a missing file is status 404, one that may not be read 403. The path is the
 * URL's, percent-decoded; links are followed, the proxy being the user's word.
 */
#ifndef MF_FILETRANSFER_H
#define MF_FILETRANSFER_H

#include "bundle/net/transport.h"

/* True for URLs that begin with "file://". */
bool mf_filetransfer_handles(const char *url) MF_NONNULL;

/* Carries out the transfer and fills in its outcome; does not call t->done.
 * Blocks. What is not a regular file, and failures to read, are FAILED. */
void mf_filetransfer_run(struct mf_transfer *t) MF_NONNULL;

#endif

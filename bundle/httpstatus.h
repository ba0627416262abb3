/* What a server answered, in words for a message: "404 Not Found", and the first
 * lines of the text that came with it.
 */
#ifndef MF_HTTPSTATUS_H
#define MF_HTTPSTATUS_H

#include "bundle/net/transport.h"

#define MF_HTTPSTATUS_SIZE 320

/* For a transfer with the outcome MF_TRANSFER_STATUS; NUL-terminated. The text
 * is the server's: it is masked when it becomes an error. */
void mf_httpstatus_text(const struct mf_transfer *t, char out[MF_HTTPSTATUS_SIZE]) MF_NONNULL;

/* What to do about it, for mf_err_next; "" where the code's default says it. No text of a server's. */
void mf_httpstatus_next(const struct mf_transfer *t, char out[MF_HTTPSTATUS_SIZE]) MF_NONNULL;

/* Whether it is, or may be, a forward proxy that wants a login, or another one. */
bool mf_httpstatus_of_proxy(const struct mf_transfer *t) MF_NONNULL;

#endif

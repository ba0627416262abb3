/* Attachments of a bundle: read where they are asked for, never applied.
 */
#ifndef MF_ATTACHMENT_H
#define MF_ATTACHMENT_H

#include "verify/gate.h"

/* Reads the attachment `name`, of at most out->max bytes, and compares its hash;
 * only the frames it is in are read. fd is a regular file. MF_E_CLOSURE where
 * the bundle has none of that name, MF_E_LIMIT where it is larger, MF_E_HASH,
 * and the errors of mf_bundlein_spans. */
int mf_attachment_read(int fd, const char *bundle, const struct mf_gate *gate, struct mf_str name, struct mf_buf *out,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

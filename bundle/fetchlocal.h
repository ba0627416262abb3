/* Files that are here already: in the store, or among held content. For fetch.c
 * alone.
 */
#ifndef MF_FETCHLOCAL_H
#define MF_FETCHLOCAL_H

#include "bundle/fetchrequest.h"

/* Both return 1 where the file is here, with its content in *body (not of a zip,
 * which is only looked for), 0 where it is not, -1. *body is the caller's to
 * release in any case. An .info that is not what it has to be leaves the store. */
int mf_fetchlocal_store(const struct mf_store *store, const struct mf_fetchrequest *what, struct mf_buf *body,
                        struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Only .mod files are asked for. */
int mf_fetchlocal_held(const struct mf_held *held, const struct mf_fetchrequest *what, struct mf_buf *body,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

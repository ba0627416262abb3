/* A bundle with another head around the same payload, as a new file. */
#ifndef MF_HEADSWAP_H
#define MF_HEADSWAP_H

#include "formats/head.h"
#include "formats/manifest.h"

/* Writes `head`, the payload of bundle file `fd`, which begins there at `payload`,
 * and the seek table that `m` implies to a file that takes the name `path` when it
 * is complete. A signal ends it without a file. */
int mf_headswap_write(const char *path, struct mf_head *head, int fd, uint64_t payload, const struct mf_manifest *m,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

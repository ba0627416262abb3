/* Files of the user's own project. */
#ifndef MF_OWNFILE_H
#define MF_OWNFILE_H

#include "formats/base/dir.h"

/* Appends the whole of a regular file, up to out->max - 1 bytes, which for the
 * user's own directory may be reached through a link, as for go. Returns 1, 0
 * where there is none, -1 with the error set; MF_E_LIMIT where it is larger. */
int mf_ownfile_read(struct mf_dir dir, const char *name, struct mf_buf *out,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* Copying one file into another by the cheapest way the file system offers. */
#ifndef MF_COPYFD_H
#define MF_COPYFD_H

#include "formats/base/err.h"

/* Copies the rest of file `from` to `to`, both at their current offsets, which
 * move: shared blocks or a copy inside the kernel where the file systems can,
 * read and write otherwise. At most `limit` bytes may come: MF_E_LIMIT past it
 * (nothing is promised about `to` then). *copied_out is the number of bytes.
 * `name` is for messages. Blocks until done. */
int mf_copyfd_rest(int from, int to, uint64_t limit, uint64_t *copied_out, const char *name,
                   struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* The proof that a module zip is what its files make: while a zip is walked,
 * the canonical zip is written from its files (mf_zipwrite over mf_goflate) and
 * compared, piece by piece, with the bytes that the zip has at that place. The
 * work stops at the first difference; the zip is never held in memory.
 */
#ifndef MF_MODZIPREBUILD_H
#define MF_MODZIPREBUILD_H

#include "formats/base/err.h"
#include "formats/base/str.h"

struct mf_modziprebuild;

/* Prepares the comparison with the zip in `fd`, of `size` bytes, read by pread. */
int mf_modziprebuild_new(struct mf_modziprebuild **out, int fd, uint64_t size,
                         struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_modziprebuild_free(struct mf_modziprebuild **r) MF_NONNULL; /* *r may be NULL */

/* The next file, with its full name, its content in any pieces, its end. They
 * fail for input or output errors and for lack of memory only; a difference is
 * remembered and makes the following calls return 0 at once. */
int mf_modziprebuild_begin(struct mf_modziprebuild *r, struct mf_str name, struct mf_err *err) MF_NONNULL MF_NODISCARD;
int mf_modziprebuild_data(struct mf_modziprebuild *r, const void *p, size_t n,
                          struct mf_err *err) MF_NONNULL MF_NODISCARD;
int mf_modziprebuild_end(struct mf_modziprebuild *r, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Writes the central directory; *same_out is true where every byte was equal
 * and the zip ends there. */
int mf_modziprebuild_finish(struct mf_modziprebuild *r, bool *same_out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

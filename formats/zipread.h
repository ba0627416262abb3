/* The content of one entry of a zip, streamed and checked as Go checks it.
 *
 * Where the data lies is said by the entry's local header, how much of it by
 * the central directory; the content must inflate to exactly the size and the
 * CRC-32 that the directory claims, and so must the data descriptor where the
 * flags announce one (GOROOT/src/archive/zip/reader.go, File.Open). Entries
 * whose name ends in a slash are directories and have no content.
 *
 * Small entries are inflated in one go by libdeflate, which takes half the time
 * of zlib; large ones are streamed through zlib in bounded memory (at most
 * 10 MiB are held). libarchive is not used here: it takes names, sizes and order
 * from the local headers, which Go does not read.
 */
#ifndef MF_ZIPREAD_H
#define MF_ZIPREAD_H

#include "formats/base/buf.h"
#include "formats/zipdir.h"

struct mf_zipread;

/* Receives content piece by piece; -1 with the error set ends the reading. */
typedef int mf_zipread_sink(void *ctx, const void *p, size_t n, struct mf_err *err);

/* Makes a reader of the zip in `fd`, a regular file of `size` bytes, which is
 * read by pread and stays the caller's. One thread at a time. */
int mf_zipread_new(struct mf_zipread **out, int fd, uint64_t size, struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_zipread_free(struct mf_zipread **r) MF_NONNULL; /* *r may be NULL */

/* Reads one entry into the sink. MF_E_MODZIP, with the entry's name, for data
 * that lies outside the file, an unknown method, damaged data, a wrong size or
 * CRC; MF_E_IO, MF_E_NOMEM; whatever the sink fails with. */
int mf_zipread_entry(struct mf_zipread *r, const struct mf_zipdir_entry *e, mf_zipread_sink *sink, void *ctx,
                     struct mf_err *err) MF_NONNULL_ARGS(1, 2, 3, 5) MF_NODISCARD;

#endif

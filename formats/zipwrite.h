/* The canonical module zip: byte for byte what Go's archive/zip writes for
 * zip.Writer.Create(name) and the content, the way module proxies make zips.
 *
 * Per file: local header (version 20, flags 0x8, method deflate, no time; flag
 * 0x800 where archive/zip's detectUTF8 asks for it), the deflate stream of
 * mf_goflate, data descriptor with signature; at the end the central directory
 * (GOROOT/src/archive/zip/writer.go). Names are "path@version/" + file.
 *
 * The writer makes records; where they go is the caller's affair:
 *
 *     mf_zipwrite_begin_file(w, name, out)          local header
 *     ... append the deflate stream to the same place ...
 *     mf_zipwrite_end_file(w, crc, compressed, size, out)   data descriptor
 *     mf_zipwrite_finish(w, out)                    central directory
 *
 * Module zips stay below 4 GiB (Go's limit is 500 MiB), so zip64 records only
 * occur for more than 65535 files, which is supported as archive/zip does.
 */
#ifndef MF_ZIPWRITE_H
#define MF_ZIPWRITE_H

#include "formats/base/arena.h"
#include "formats/base/buf.h"

struct mf_zipwrite_entry;
struct mf_zipwrite {
    struct mf_zipwrite_entry *entries;
    size_t count, cap;
    uint64_t offset; /* bytes of zip so far */
    struct mf_arena names;
};

#define MF_ZIPWRITE_INIT ((struct mf_zipwrite){.names = MF_ARENA_INIT(256 * MF_MIB)})

int mf_zipwrite_begin_file(struct mf_zipwrite *w, struct mf_str name, struct mf_buf *out,
                           struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* crc32 of the content, sizes in bytes. */
int mf_zipwrite_end_file(struct mf_zipwrite *w, uint32_t crc, uint64_t compressed, uint64_t size, struct mf_buf *out,
                         struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Writes the central directory; w is then empty and ready for another zip. */
int mf_zipwrite_finish(struct mf_zipwrite *w, struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

void mf_zipwrite_release(struct mf_zipwrite *w) MF_NONNULL;

#endif

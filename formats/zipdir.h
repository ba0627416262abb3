/* The entries of a zip file as Go's archive/zip lists them.
 *
 * Go believes the central directory alone, and has its own ways to find it: the
 * end record is looked for in the last 1 KiB and then in the last 65 KiB,
 * zip64 records count only under certain values, data may stand before the
 * zip, records are read until one does not parse, and only the low 16 bits of
 * their number have to fit. A zip that another reader sees differently must be
 * seen here as Go sees it, or a hash made here would not be Go's. So this file
 * follows GOROOT/src/archive/zip/reader.go (readDirectoryEnd, Reader.init,
 * readDirectoryHeader) case by case.
 */
#ifndef MF_ZIPDIR_H
#define MF_ZIPDIR_H

#include "formats/base/arena.h"

/* Entries of one zip, and bytes of all their names: those of a module
 * (modnames.h), whose names are longer by "path@version/" here. */
#define MF_ZIPDIR_MAX_ENTRIES ((size_t)1 << 17)
#define MF_ZIPDIR_MAX_NAMES (24 * MF_MIB)

#define MF_ZIP_STORED 0
#define MF_ZIP_DEFLATED 8
#define MF_ZIP_FLAG_DESCRIPTOR 0x8 /* CRC and sizes follow the data */

struct mf_zipdir_entry {
    struct mf_str name;  /* raw bytes as stored, NUL-terminated behind the end */
    int64_t offset;      /* of the local header in the file; may lie outside */
    uint64_t compressed; /* bytes */
    uint64_t size;       /* bytes of content, as the directory claims */
    uint32_t crc;        /* CRC-32 of the content, as the directory claims */
    uint16_t method;     /* MF_ZIP_STORED, MF_ZIP_DEFLATED or anything */
    uint16_t flags;
    bool regular; /* the stored mode does not say link, device or the like */
};

/* Set it to MF_ZIPDIR_INIT, release it. */
struct mf_zipdir {
    struct mf_zipdir_entry *entries; /* in the order of the central directory */
    size_t count, cap;
    struct mf_arena names;
};

#define MF_ZIPDIR_INIT ((struct mf_zipdir){.names = MF_ARENA_INIT(MF_ZIPDIR_MAX_NAMES)})

/* Reads the central directory of the zip in `fd`, a regular file of `size`
 * bytes, by pread. MF_E_MODZIP where Go finds no valid zip, MF_E_LIMIT past the
 * maxima above, MF_E_IO. */
int mf_zipdir_read(struct mf_zipdir *dir, int fd, uint64_t size, struct mf_err *err) MF_NONNULL MF_NODISCARD;

void mf_zipdir_release(struct mf_zipdir *dir) MF_NONNULL;

/* Little-endian numbers in zip records. */
static inline uint16_t mf_zip_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t mf_zip_u32(const uint8_t *p)
{
    return (uint32_t)mf_zip_u16(p) | (uint32_t)mf_zip_u16(p + 2) << 16;
}

static inline uint64_t mf_zip_u64(const uint8_t *p)
{
    return (uint64_t)mf_zip_u32(p) | (uint64_t)mf_zip_u32(p + 4) << 32;
}

#endif

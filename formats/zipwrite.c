#include "formats/zipwrite.h"

#include <stdlib.h>

#include "formats/base/unicode.h"

enum {
    LOCAL_SIZE = 30,
    DESCRIPTOR_SIZE = 16,
    CENTRAL_SIZE = 46,
    END64_SIZE = 56,
    LOCATOR_SIZE = 20,
    VERSION_20 = 20,
    VERSION_45 = 45,
    METHOD_DEFLATE = 8,
    FLAG_DESCRIPTOR = 0x8,
    FLAG_UTF8 = 0x800,
    MAX_ENTRIES = 1 << 24,
};

struct mf_zipwrite_entry {
    struct mf_str name;
    uint32_t offset, crc, compressed, size;
    uint16_t flags;
};

/* A record being filled in, little-endian. */
struct record {
    uint8_t b[END64_SIZE + LOCATOR_SIZE];
    size_t n;
};

static void put(struct record *r, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        r->b[r->n++] = (uint8_t)(value >> (8 * i));
}

static void put16(struct record *r, uint64_t value)
{
    put(r, value, 2);
}

static void put32(struct record *r, uint64_t value)
{
    put(r, value, 4);
}

static void put64(struct record *r, uint64_t value)
{
    put(r, value, 8);
}

/* archive/zip's detectUTF8: the flag is set where a name is valid UTF-8 and
 * holds something that is not the same in the code pages zip tools assume. */
static bool wants_utf8_flag(struct mf_str name)
{
    bool wants = false;
    for (size_t i = 0; i < name.n;) {
        uint32_t rune;
        size_t n = mf_utf8_decode(name.p + i, name.n - i, &rune);
        if (n == 0)
            return false;
        if (rune < 0x20 || rune > 0x7d || rune == '\\')
            wants = true;
        i += n;
    }
    return wants;
}

/* Fields that the local header and the central directory share. */
static void put_common(struct record *r, uint16_t flags)
{
    put16(r, VERSION_20);
    put16(r, flags);
    put16(r, METHOD_DEFLATE);
    put32(r, 0); /* time and date */
}

static int advance(struct mf_zipwrite *w, uint64_t n, struct mf_err *err)
{
    if (n >= UINT32_MAX - w->offset)
        return mf_err_set(err, MF_E_LIMIT, "zip of 4 GiB or more");
    w->offset += n;
    return 0;
}

int mf_zipwrite_begin_file(struct mf_zipwrite *w, struct mf_str name, struct mf_buf *out, struct mf_err *err)
{
    if (name.n > UINT16_MAX)
        return mf_err_set(err, MF_E_LIMIT, "file name of %zu bytes in a zip", name.n);
    if (mf_grow(&w->entries, &w->cap, w->count + 1, sizeof(*w->entries), MAX_ENTRIES, err) < 0)
        return -1;
    struct mf_zipwrite_entry *e = &w->entries[w->count];
    *e = (struct mf_zipwrite_entry){.offset = (uint32_t)w->offset};
    e->flags = (uint16_t)(FLAG_DESCRIPTOR | (wants_utf8_flag(name) ? FLAG_UTF8 : 0));
    if (mf_arena_dup(&w->names, name, &e->name, err) < 0 || advance(w, LOCAL_SIZE + name.n, err) < 0)
        return -1;
    w->count++;

    struct record r = {.n = 0};
    put32(&r, 0x04034b50);
    put_common(&r, e->flags);
    put32(&r, 0); /* CRC and sizes follow the data */
    put64(&r, 0);
    put16(&r, name.n);
    put16(&r, 0);
    mf_buf_add(out, r.b, r.n);
    mf_buf_str(out, name);
    return mf_buf_check(out, err);
}

int mf_zipwrite_end_file(struct mf_zipwrite *w, uint32_t crc, uint64_t compressed, uint64_t size, struct mf_buf *out,
                         struct mf_err *err)
{
    struct mf_zipwrite_entry *e = &w->entries[w->count - 1];
    if (compressed >= UINT32_MAX || size >= UINT32_MAX)
        return mf_err_set(err, MF_E_LIMIT, "\"%.*s\": file of 4 GiB or more", MF_FMT(e->name));
    if (advance(w, compressed + DESCRIPTOR_SIZE, err) < 0)
        return -1;
    e->crc = crc;
    e->compressed = (uint32_t)compressed;
    e->size = (uint32_t)size;

    struct record r = {.n = 0};
    put32(&r, 0x08074b50);
    put32(&r, crc);
    put32(&r, compressed);
    put32(&r, size);
    mf_buf_add(out, r.b, r.n);
    return mf_buf_check(out, err);
}

static void write_central(const struct mf_zipwrite_entry *e, struct mf_buf *out)
{
    struct record r = {.n = 0};
    put32(&r, 0x02014b50);
    put16(&r, VERSION_20);
    put_common(&r, e->flags);
    put32(&r, e->crc);
    put32(&r, e->compressed);
    put32(&r, e->size);
    put16(&r, e->name.n);
    put32(&r, 0); /* lengths of extra field and comment */
    put32(&r, 0); /* disk, internal attributes */
    put32(&r, 0); /* external attributes */
    put32(&r, e->offset);
    mf_buf_add(out, r.b, r.n);
    mf_buf_str(out, e->name);
}

/* The zip64 end record and its locator, which archive/zip writes as soon as the
 * count does not fit below 65535. */
static void write_end64(uint64_t count, uint64_t size, uint64_t offset, struct mf_buf *out)
{
    struct record r = {.n = 0};
    put32(&r, 0x06064b50);
    put64(&r, END64_SIZE - 12);
    put16(&r, VERSION_45);
    put16(&r, VERSION_45);
    put64(&r, 0); /* disk numbers */
    put64(&r, count);
    put64(&r, count);
    put64(&r, size);
    put64(&r, offset);
    put32(&r, 0x07064b50);
    put32(&r, 0);
    put64(&r, offset + size);
    put32(&r, 1);
    mf_buf_add(out, r.b, r.n);
}

int mf_zipwrite_finish(struct mf_zipwrite *w, struct mf_buf *out, struct mf_err *err)
{
    uint64_t count = w->count, offset = w->offset;
    for (size_t i = 0; i < w->count; i++) {
        if (advance(w, CENTRAL_SIZE + w->entries[i].name.n, err) < 0)
            return -1;
        write_central(&w->entries[i], out);
    }
    uint64_t size = w->offset - offset;
    if (count >= UINT16_MAX) {
        write_end64(count, size, offset, out);
        count = UINT16_MAX;
        size = offset = UINT32_MAX;
    }
    struct record r = {.n = 0};
    put32(&r, 0x06054b50);
    put32(&r, 0); /* disk numbers */
    put16(&r, count);
    put16(&r, count);
    put32(&r, size);
    put32(&r, offset);
    put16(&r, 0); /* no comment */
    mf_buf_add(out, r.b, r.n);
    w->count = 0;
    w->offset = 0;
    mf_arena_release(&w->names);
    return mf_buf_check(out, err);
}

void mf_zipwrite_release(struct mf_zipwrite *w)
{
    free(w->entries);
    mf_arena_release(&w->names);
    w->entries = NULL;
    w->count = w->cap = 0;
    w->offset = 0;
}

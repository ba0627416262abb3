#include "formats/zipdir.h"

#include <stdlib.h>

#include "formats/base/buf.h"
#include "formats/base/dir.h"

enum {
    CENTRAL_SIZE = 46,
    END_SIZE = 22,
    END64_SIZE = 56,
    LOCATOR_SIZE = 20,
    VARIABLE_MAX = 3 * UINT16_MAX, /* name, extra field and comment of one record */
    WINDOW = 256 * 1024,
    NEAR_TAIL = 1024,
    FAR_TAIL = 65 * 1024,
};

_Static_assert(WINDOW >= CENTRAL_SIZE + VARIABLE_MAX, "a record fits into the window");

/* A file read forward through a window of at most WINDOW bytes. */
struct window {
    int fd;
    uint64_t size; /* of the file */
    uint64_t next; /* file offset of the first byte not yet in the window */
    size_t at;     /* first unread byte of the window */
    struct mf_buf bytes;
};

/* What one end record says. */
struct end {
    uint64_t records, size, offset;
};

enum step { STEP_RECORD, STEP_NO_RECORD, STEP_FILE_END, STEP_ERROR };

static int pread_at(int fd, void *p, size_t n, uint64_t offset, struct mf_err *err)
{
    return mf_pread_full(fd, p, n, offset, "zip", err);
}

static int not_a_zip(struct mf_err *err, const char *why)
{
    return mf_err_set(err, MF_E_MODZIP, "not a valid zip file: %s", why);
}

/* Makes up to n unread bytes available; *got_out says how many there are, fewer
 * than n only at the end of the file. */
static int window_need(struct window *w, size_t n, size_t *got_out, struct mf_err *err)
{
    if (w->bytes.n - w->at < n && w->next < w->size) {
        mf_buf_drop(&w->bytes, w->at);
        w->at = 0;
        uint64_t more = WINDOW - w->bytes.n;
        if (more > w->size - w->next)
            more = w->size - w->next;
        char *to = mf_buf_room(&w->bytes, (size_t)more);
        if (!to)
            return mf_buf_check(&w->bytes, err);
        if (pread_at(w->fd, to, (size_t)more, w->next, err) < 0)
            return -1;
        mf_buf_grew(&w->bytes, (size_t)more);
        w->next += more;
    }
    size_t have = w->bytes.n - w->at;
    *got_out = have < n ? have : n;
    return 0;
}

static void window_release(struct window *w)
{
    mf_buf_release(&w->bytes);
}

/* Takes from a zip64 extra field the values whose 32-bit fields are full.
 * False where one that is needed is cut short or missing. */
static bool apply_zip64(struct mf_zipdir_entry *e, const uint8_t *extra, size_t n)
{
    bool size = e->size == UINT32_MAX, compressed = e->compressed == UINT32_MAX, offset = e->offset == UINT32_MAX;
    while (n >= 4) {
        size_t tag = mf_zip_u16(extra), length = mf_zip_u16(extra + 2);
        extra += 4;
        n -= 4;
        if (length > n)
            break;
        const uint8_t *field = extra;
        size_t left = tag == 1 ? length : 0;
        bool *wanted[] = {&size, &compressed, &offset};
        uint64_t values[] = {e->size, e->compressed, (uint64_t)e->offset};
        for (size_t i = 0; tag == 1 && i < MF_COUNT(wanted); i++) {
            if (!*wanted[i])
                continue;
            if (left < 8)
                return false;
            *wanted[i] = false;
            values[i] = mf_zip_u64(field);
            field += 8;
            left -= 8;
        }
        e->size = values[0];
        e->compressed = values[1];
        e->offset = (int64_t)values[2];
        extra += length;
        n -= length;
    }
    return !compressed && !offset;
}

/* Mode bits count where the creator is Unix or macOS. */
static bool is_regular(uint16_t creator, uint32_t attributes)
{
    uint32_t type = attributes >> 28;
    bool has_mode = creator >> 8 == 3 || creator >> 8 == 19;
    return !has_mode || type == 0x8 || type == 0x0;
}

/* Reads the record at the window's position; the name is a slice of the window,
 * valid until the next step. */
static enum step read_record(struct window *w, struct mf_zipdir_entry *out, struct mf_err *err)
{
    size_t got = 0;
    if (window_need(w, CENTRAL_SIZE, &got, err) < 0)
        return STEP_ERROR;
    if (got == 0)
        return STEP_FILE_END;
    const uint8_t *p = (const uint8_t *)w->bytes.p + w->at;
    if (got < CENTRAL_SIZE || mf_zip_u32(p) != 0x02014b50)
        return STEP_NO_RECORD;
    size_t name = mf_zip_u16(p + 28), extra = mf_zip_u16(p + 30), rest = name + extra + mf_zip_u16(p + 32);
    if (window_need(w, CENTRAL_SIZE + rest, &got, err) < 0)
        return STEP_ERROR;
    if (got < CENTRAL_SIZE + rest)
        return got == CENTRAL_SIZE ? STEP_FILE_END : STEP_NO_RECORD;
    p = (const uint8_t *)w->bytes.p + w->at;
    *out = (struct mf_zipdir_entry){
        .name = {(const char *)p + CENTRAL_SIZE, name},
        .flags = mf_zip_u16(p + 8),
        .method = mf_zip_u16(p + 10),
        .crc = mf_zip_u32(p + 16),
        .compressed = mf_zip_u32(p + 20),
        .size = mf_zip_u32(p + 24),
        .offset = mf_zip_u32(p + 42),
        .regular = is_regular(mf_zip_u16(p + 4), mf_zip_u32(p + 38)),
    };
    w->at += CENTRAL_SIZE + rest;
    return apply_zip64(out, p + CENTRAL_SIZE + name, extra) ? STEP_RECORD : STEP_NO_RECORD;
}

/* Looks for the end record in the last `n` bytes, of which only the last one
 * counts: where its comment is cut off, there is none. */
static int find_end_in(int fd, uint64_t size, size_t n, int64_t *at_out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf tail = MF_BUF_INIT(FAR_TAIL);
    *at_out = -1;
    if (n > size)
        n = (size_t)size;
    char *to = mf_buf_room(&tail, n);
    if (!to)
        return mf_buf_check(&tail, err);
    if (pread_at(fd, to, n, size - n, err) < 0)
        return -1;
    for (size_t i = n; i >= END_SIZE; i--) {
        const uint8_t *p = (const uint8_t *)to + (i - END_SIZE);
        if (mf_zip_u32(p) != 0x06054b50)
            continue;
        if (mf_zip_u16(p + 20) <= n - i)
            *at_out = (int64_t)(size - n + (i - END_SIZE));
        break;
    }
    return 0;
}

/* Replaces *end and its position by the zip64 end record, where there is a
 * locator right before the end record. */
static int read_end64(int fd, uint64_t size, int64_t *at, struct end *end, struct mf_err *err)
{
    uint8_t b[END64_SIZE];
    if (*at < LOCATOR_SIZE)
        return 0;
    if (pread_at(fd, b, LOCATOR_SIZE, (uint64_t)*at - LOCATOR_SIZE, err) < 0)
        return -1;
    uint64_t where = mf_zip_u64(b + 8);
    if (mf_zip_u32(b) != 0x07064b50 || mf_zip_u32(b + 4) != 0 || mf_zip_u32(b + 16) != 1 || where > INT64_MAX)
        return 0;
    if (size < END64_SIZE || where > size - END64_SIZE)
        return not_a_zip(err, "the zip64 end record lies outside");
    if (pread_at(fd, b, END64_SIZE, where, err) < 0)
        return -1;
    if (mf_zip_u32(b) != 0x06064b50)
        return not_a_zip(err, "no zip64 end record where its locator points");
    *end = (struct end){mf_zip_u64(b + 32), mf_zip_u64(b + 40), mf_zip_u64(b + 48)};
    *at = (int64_t)where;
    return 0;
}

static int read_end(int fd, uint64_t size, int64_t *at_out, struct end *out, struct mf_err *err)
{
    uint8_t b[END_SIZE];
    if (find_end_in(fd, size, NEAR_TAIL, at_out, err) < 0)
        return -1;
    if (*at_out < 0 && size > NEAR_TAIL && find_end_in(fd, size, FAR_TAIL, at_out, err) < 0)
        return -1;
    if (*at_out < 0)
        return not_a_zip(err, "no end record");
    if (pread_at(fd, b, END_SIZE, (uint64_t)*at_out, err) < 0)
        return -1;
    *out = (struct end){mf_zip_u16(b + 10), mf_zip_u32(b + 12), mf_zip_u32(b + 16)};
    /* 0xffff for the size is Go's own reading of the format. */
    if (out->records == 0xffff || out->size == 0xffff || out->offset == 0xffffffff)
        return read_end64(fd, size, at_out, out, err);
    return 0;
}

/* Where the zip proper begins in the file: what the end record's position says,
 * unless a record parses when counted from the start of the file. */
static int find_base(struct window *w, const struct end *end, int64_t end_at, int64_t *base_out, struct mf_err *err)
{
    if (end->size > INT64_MAX || end->offset > INT64_MAX || end->size > (uint64_t)end_at)
        return not_a_zip(err, "the central directory lies outside");
    int64_t start = end_at - (int64_t)end->size;
    *base_out = start - (int64_t)end->offset;
    if ((uint64_t)start >= w->size)
        return not_a_zip(err, "the central directory lies outside");
    if (*base_out <= 0)
        return 0;
    struct mf_zipdir_entry ignored;
    w->next = end->offset;
    enum step step = read_record(w, &ignored, err);
    if (step == STEP_ERROR)
        return -1;
    if (step == STEP_RECORD)
        *base_out = 0;
    w->at = 0;
    mf_buf_clear(&w->bytes);
    return 0;
}

static int add_entry(struct mf_zipdir *dir, const struct mf_zipdir_entry *e, int64_t base, struct mf_err *err)
{
    if (mf_grow(&dir->entries, &dir->cap, dir->count + 1, sizeof(*dir->entries), MF_ZIPDIR_MAX_ENTRIES, err) < 0)
        return mf_err_prefix(err, "zip");
    struct mf_zipdir_entry *to = &dir->entries[dir->count];
    *to = *e;
    if (mf_arena_dup(&dir->names, e->name, &to->name, err) < 0)
        return mf_err_prefix(err, "zip");
    /* Wraps for absurd offsets, as in Go; the reader checks the result. */
    to->offset = (int64_t)((uint64_t)e->offset + (uint64_t)base);
    dir->count++;
    return 0;
}

int mf_zipdir_read(struct mf_zipdir *dir, int fd, uint64_t size, struct mf_err *err)
{
    MF_CLEANUP(window_release) struct window w = {.fd = fd, .size = size, .bytes = MF_BUF_INIT(WINDOW)};
    struct end end = {0};
    int64_t end_at = -1, base = 0;
    if (read_end(fd, size, &end_at, &end, err) < 0 || find_base(&w, &end, end_at, &base, err) < 0)
        return -1;
    w.next = (uint64_t)base + end.offset;
    for (;;) {
        struct mf_zipdir_entry e;
        enum step step = read_record(&w, &e, err);
        if (step == STEP_ERROR)
            return -1;
        if (step == STEP_FILE_END)
            return not_a_zip(err, "the central directory does not end");
        if (step == STEP_NO_RECORD)
            break;
        if (add_entry(dir, &e, base, err) < 0)
            return -1;
    }
    if ((uint16_t)dir->count != (uint16_t)end.records)
        return not_a_zip(err, "the number of entries is not what the end record says");
    return 0;
}

void mf_zipdir_release(struct mf_zipdir *dir)
{
    free(dir->entries);
    mf_arena_release(&dir->names);
    dir->entries = NULL;
    dir->count = dir->cap = 0;
}

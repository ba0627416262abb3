/* A growing byte buffer that is born with a maximum.
 *
 * Appending past the maximum or running out of memory makes the buffer fail;
 * the failure is sticky, so a sequence of appends needs one check at its end:
 *
 *     MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(64 * MF_KIB);
 *     mf_buf_str(&b, MF_LIT("h1:"));
 *     mf_buf_add(&b, text, n);
 *     if (mf_buf_check(&b, err) < 0)
 *         return -1;
 *
 * After a failure the contents are what was there before the failing append.
 */
#ifndef MF_BUF_H
#define MF_BUF_H

#include "formats/base/err.h"
#include "formats/base/str.h"

struct mf_buf {
    char *p;  /* n bytes in use; NULL while nothing was appended */
    size_t n; /* bytes in use */
    size_t cap;
    size_t max;          /* the most bytes it will ever hold */
    enum mf_code failed; /* MF_OK, MF_E_LIMIT or MF_E_NOMEM */
};

#define MF_BUF_INIT(maximum) ((struct mf_buf){.max = (maximum)})

/* Frees the memory; the buffer is then empty and usable again. */
void mf_buf_release(struct mf_buf *b) MF_NONNULL;

/* As mf_buf_release, but overwrites the memory first; for secrets. A buffer
 * that grew has left copies behind, so make room for a secret beforehand. */
void mf_buf_wipe(struct mf_buf *b) MF_NONNULL;

/* Empties it and forgets a failure, keeping the memory. */
void mf_buf_clear(struct mf_buf *b) MF_NONNULL;

void mf_buf_add(struct mf_buf *b, const void *p, size_t n) MF_NONNULL_ARGS(1);
void mf_buf_str(struct mf_buf *b, struct mf_str s) MF_NONNULL;
void mf_buf_byte(struct mf_buf *b, char c) MF_NONNULL;
void mf_buf_fmt(struct mf_buf *b, const char *fmt, ...) MF_NONNULL MF_PRINTF(2, 3);

/* Makes room for n more bytes and returns where they go, or NULL after setting
 * the failure. The bytes count once mf_buf_grew is called. */
char *mf_buf_room(struct mf_buf *b, size_t n) MF_NONNULL MF_NODISCARD;
void mf_buf_grew(struct mf_buf *b, size_t n) MF_NONNULL;

/* Drops the first n bytes, or those after the first n. */
void mf_buf_drop(struct mf_buf *b, size_t n) MF_NONNULL;
void mf_buf_truncate(struct mf_buf *b, size_t n) MF_NONNULL;

/* Terminates it with a NUL that does not count and returns the text; NULL after
 * a failure. */
const char *mf_buf_cstr(struct mf_buf *b) MF_NONNULL;

static inline struct mf_str mf_buf_view(const struct mf_buf *b)
{
    return (struct mf_str){b->p, b->n};
}

/* 0 while every append has worked, else -1 and the error is set. */
int mf_buf_check(const struct mf_buf *b, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Grows an array that the caller owns: makes *items (elements of `size` bytes,
 * capacity *cap) able to hold `need` elements. Doubles, checks overflow, and
 * never exceeds `max` elements. */
int mf_grow(void *items, size_t *cap, size_t need, size_t size, size_t max, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

#include "formats/base/buf.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void mf_buf_release(struct mf_buf *b)
{
    free(b->p);
    *b = MF_BUF_INIT(b->max);
}

void mf_buf_wipe(struct mf_buf *b)
{
    if (b->p)
        sodium_memzero(b->p, b->cap);
    mf_buf_release(b);
}

void mf_buf_clear(struct mf_buf *b)
{
    b->n = 0;
    b->failed = MF_OK;
}

/* Makes room for n bytes that count and `spare` (0 or 1) that does not. */
static char *reserve(struct mf_buf *b, size_t n, size_t spare)
{
    if (b->failed)
        return NULL;
    if (n > b->max - b->n || b->n + n > SIZE_MAX - spare) {
        b->failed = MF_E_LIMIT;
        return NULL;
    }
    size_t need = b->n + n + spare;
    if (need <= b->cap && b->p)
        return b->p + b->n;
    size_t cap = b->cap ? b->cap : 64;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    if (cap > b->max && b->max >= 64)
        cap = need > b->max ? need : b->max;
    char *p = realloc(b->p, cap);
    if (!p) {
        b->failed = MF_E_NOMEM;
        return NULL;
    }
    b->p = p;
    b->cap = cap;
    return p + b->n;
}

char *mf_buf_room(struct mf_buf *b, size_t n)
{
    return reserve(b, n, 0);
}

void mf_buf_grew(struct mf_buf *b, size_t n)
{
    b->n += n;
}

void mf_buf_add(struct mf_buf *b, const void *p, size_t n)
{
    char *to = mf_buf_room(b, n);
    if (!to || !n)
        return;
    memcpy(to, p, n);
    b->n += n;
}

void mf_buf_str(struct mf_buf *b, struct mf_str s)
{
    mf_buf_add(b, s.p, s.n);
}

void mf_buf_byte(struct mf_buf *b, char c)
{
    mf_buf_add(b, &c, 1);
}

void mf_buf_fmt(struct mf_buf *b, const char *fmt, ...)
{
    char small[256];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(small, sizeof(small), fmt, args);
    va_end(args);
    if (n < 0) {
        b->failed = MF_E_NOMEM;
        return;
    }
    if ((size_t)n < sizeof(small)) {
        mf_buf_add(b, small, (size_t)n);
        return;
    }
    char *to = reserve(b, (size_t)n, 1);
    if (!to)
        return;
    va_start(args, fmt);
    vsnprintf(to, (size_t)n + 1, fmt, args);
    va_end(args);
    b->n += (size_t)n;
}

void mf_buf_drop(struct mf_buf *b, size_t n)
{
    if (n >= b->n) {
        b->n = 0;
        return;
    }
    if (n)
        memmove(b->p, b->p + n, b->n - n);
    b->n -= n;
}

void mf_buf_truncate(struct mf_buf *b, size_t n)
{
    if (n < b->n)
        b->n = n;
}

const char *mf_buf_cstr(struct mf_buf *b)
{
    char *to = reserve(b, 0, 1);
    if (!to)
        return NULL;
    *to = '\0';
    return b->p;
}

int mf_buf_check(const struct mf_buf *b, struct mf_err *err)
{
    if (b->failed == MF_OK)
        return 0;
    if (b->failed == MF_E_NOMEM)
        return mf_err_nomem(err);
    return mf_err_set(err, b->failed, "larger than the limit of %zu bytes", b->max);
}

int mf_grow(void *items, size_t *cap, size_t need, size_t size, size_t max, struct mf_err *err)
{
    void *p;
    if (need <= *cap)
        return 0;
    if (need > max || need > SIZE_MAX / size / 2)
        return mf_err_set(err, MF_E_LIMIT, "more than %zu entries", max);
    size_t next = *cap ? *cap * 2 : 16;
    if (next < need)
        next = need;
    if (next > max)
        next = max;
    /* by memcpy, because *items is a pointer of some other type */
    memcpy(&p, items, sizeof(p));
    p = realloc(p, next * size);
    if (!p)
        return mf_err_nomem(err);
    memcpy(items, &p, sizeof(p));
    *cap = next;
    return 0;
}

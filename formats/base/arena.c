#include "formats/base/arena.h"

#include <stdalign.h>
#include <stdlib.h>

struct mf_arena_block {
    struct mf_arena_block *next;
    size_t used;
    size_t cap;
    alignas(max_align_t) char bytes[];
};

enum { BLOCK_SIZE = 64 * 1024 };

void mf_arena_release(struct mf_arena *a)
{
    struct mf_arena_block *b = a->head;
    while (b) {
        struct mf_arena_block *next = b->next;
        free(b);
        b = next;
    }
    *a = MF_ARENA_INIT(a->max);
}

static struct mf_arena_block *add_block(struct mf_arena *a, size_t n, struct mf_err *err)
{
    size_t cap = n > BLOCK_SIZE / 4 ? n : BLOCK_SIZE;
    struct mf_arena_block *b = calloc(1, sizeof(*b) + cap);
    if (!b) {
        mf_err_nomem(err);
        return NULL;
    }
    b->cap = cap;
    /* A block made for one large record goes behind the current one, which
     * may still have room for small ones. */
    if (cap == n && a->head) {
        b->next = a->head->next;
        a->head->next = b;
    } else {
        b->next = a->head;
        a->head = b;
    }
    return b;
}

void *mf_arena_alloc(struct mf_arena *a, size_t n, struct mf_err *err)
{
    const size_t align = alignof(max_align_t);
    if (n > a->max - a->used || n > SIZE_MAX - align - sizeof(struct mf_arena_block)) {
        mf_err_set(err, MF_E_LIMIT, "needs more than %zu bytes of records", a->max);
        return NULL;
    }
    size_t rounded = (n + align - 1) / align * align;
    struct mf_arena_block *b = a->head;
    if (!b || rounded > b->cap - b->used) {
        b = add_block(a, rounded, err);
        if (!b)
            return NULL;
    }
    void *p = b->bytes + b->used;
    b->used += rounded;
    a->used += n;
    return p;
}

void *mf_arena_array(struct mf_arena *a, size_t count, size_t size, struct mf_err *err)
{
    if (size && count > SIZE_MAX / size) {
        mf_err_nomem(err);
        return NULL;
    }
    return mf_arena_alloc(a, count * size, err);
}

int mf_arena_join(struct mf_arena *a, struct mf_str x, struct mf_str y, struct mf_str z, struct mf_str *out,
                  struct mf_err *err)
{
    size_t n;
    if (__builtin_add_overflow(x.n, y.n, &n) || __builtin_add_overflow(n, z.n, &n) || n == SIZE_MAX)
        return mf_err_nomem(err);
    char *p = mf_arena_alloc(a, n + 1, err);
    if (!p)
        return -1;
    *out = (struct mf_str){p, n};
    if (x.n)
        memcpy(p, x.p, x.n);
    if (y.n)
        memcpy(p + x.n, y.p, y.n);
    if (z.n)
        memcpy(p + x.n + y.n, z.p, z.n);
    return 0;
}

int mf_arena_dup(struct mf_arena *a, struct mf_str s, struct mf_str *out, struct mf_err *err)
{
    return mf_arena_join(a, s, (struct mf_str){NULL, 0}, (struct mf_str){NULL, 0}, out, err);
}

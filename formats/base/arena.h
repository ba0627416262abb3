/* An arena: many small records, one release.
 *
 * Graph nodes, manifest records and parsed directives live in an arena and are
 * freed together. Memory is zeroed and aligned for any type. Not for use by
 * several threads at once.
 */
#ifndef MF_ARENA_H
#define MF_ARENA_H

#include "formats/base/err.h"
#include "formats/base/str.h"

struct mf_arena_block;

struct mf_arena {
    struct mf_arena_block *head;
    size_t used; /* bytes handed out so far */
    size_t max;  /* the most it hands out */
};

#define MF_ARENA_INIT(maximum) ((struct mf_arena){.max = (maximum)})

/* Frees everything; the arena is then empty and usable again. */
void mf_arena_release(struct mf_arena *a) MF_NONNULL;

/* n zeroed bytes, or NULL with the error set (MF_E_LIMIT past the maximum,
 * MF_E_NOMEM). */
void *mf_arena_alloc(struct mf_arena *a, size_t n, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* As mf_arena_alloc for `count` elements of `size` bytes, overflow checked. */
void *mf_arena_array(struct mf_arena *a, size_t count, size_t size, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Copies the slice, with a NUL behind it that does not count. */
int mf_arena_dup(struct mf_arena *a, struct mf_str s, struct mf_str *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Joins up to three slices into one. */
int mf_arena_join(struct mf_arena *a, struct mf_str x, struct mf_str y, struct mf_str z, struct mf_str *out,
                  struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

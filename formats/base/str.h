/* Slices: a pointer and a length into bytes that somebody else owns.
 *
 * Parsing works on slices, so nothing has to end in NUL and nothing is copied
 * before its length has been checked. A slice never owns memory; its bytes
 * live as long as the buffer or arena they were cut from. The empty slice may
 * have a NULL pointer.
 */
#ifndef MF_STR_H
#define MF_STR_H

#include <stdbool.h>
#include <string.h>

#include "formats/base/macros.h"

struct mf_str {
    const char *p; /* first byte; not NUL-terminated in general */
    size_t n;      /* length in bytes */
};

/* Arguments for a "%.*s" conversion. */
#define MF_FMT(s) (int)(s).n, (s).p ? (s).p : ""

/* A slice of a string literal. */
#define MF_LIT(literal) ((struct mf_str){(literal), sizeof(literal) - 1})

/* The slice of a NUL-terminated string; NULL gives the empty slice. */
static inline struct mf_str mf_str(const char *s)
{
    return (struct mf_str){s, s ? strlen(s) : 0};
}

/* The slice from byte `from` on, and the one of the first `n` bytes. Both
 * clamp to what is there. */
struct mf_str mf_str_from(struct mf_str s, size_t from);
struct mf_str mf_str_head(struct mf_str s, size_t n);

bool mf_str_eq(struct mf_str a, struct mf_str b);

/* Bytewise order, as memcmp with the shorter one first: <0, 0, >0. */
int mf_str_cmp(struct mf_str a, struct mf_str b);

bool mf_str_starts(struct mf_str s, struct mf_str prefix);
bool mf_str_ends(struct mf_str s, struct mf_str suffix);

/* Offset of the first (last) byte c, or s.n where there is none. */
size_t mf_str_find(struct mf_str s, char c);
size_t mf_str_rfind(struct mf_str s, char c);

/* Without the leading and trailing bytes that are blank, tab, CR or LF. */
struct mf_str mf_str_trim(struct mf_str s);

/* Cuts s at the first c: the part before it is returned and *rest becomes the
 * part after it. Without a c, all of s is returned and *rest becomes empty
 * with a NULL pointer, which ends a `while (rest.p)` loop. */
struct mf_str mf_str_cut(struct mf_str s, char c, struct mf_str *rest) MF_NONNULL;

/* True where `path` is `prefix` itself or begins with `prefix` and a slash. */
bool mf_str_path_prefix(struct mf_str path, struct mf_str prefix);

#endif

/* go.sum: the hashes that the main module trusts.
 *
 * Rules: GOROOT/src/cmd/go/internal/modfetch/fetch.go (readGoSum, checkModSum).
 */
#ifndef MF_GOSUM_H
#define MF_GOSUM_H

#include "formats/base/arena.h"
#include "formats/modpath.h"

#define MF_GOSUM_MAX (64 * MF_MIB) /* bytes of text */

/* One h1 line. */
struct mf_gosum_line {
    struct mf_module module;
    bool is_mod;      /* a `/go.mod` line */
    struct mf_str h1; /* begins with "h1:"; what follows is not checked */
    unsigned file;    /* which of the texts added, counted from 0 */
    unsigned line;    /* in it, counted from 1 */
};

struct mf_gosum {
    struct mf_gosum_line *lines; /* sorted by module, then is_mod, then file and line */
    size_t count;
    unsigned files; /* texts added so far */
};

enum mf_gosum_verdict {
    MF_GOSUM_ABSENT,   /* no h1 line for it */
    MF_GOSUM_MATCH,    /* its first line has this hash, in each file that has one */
    MF_GOSUM_MISMATCH, /* the first line of some file has another hash */
};

/* Adds the lines of one go.sum text to `sums` (several files may be added).
 * A line of other than 0 or 3 fields is MF_E_GOMOD with FILE:LINE; hash kinds
 * other than h1 are passed over, and so is the hash of an empty go.mod. */
int mf_gosum_add(struct mf_gosum *sums, struct mf_str text, const char *file, struct mf_arena *arena,
                 struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Compares h1 of a module's zip (or go.mod, where is_mod) with the lines.
 * Of several lines in one file the first counts, as in go; files must agree.
 * *expected_out (may be NULL) becomes the hash of the line that decided, where
 * there is one. */
enum mf_gosum_verdict mf_gosum_check(const struct mf_gosum *sums, struct mf_module m, bool is_mod, struct mf_str h1,
                                     struct mf_str *expected_out) MF_NONNULL_ARGS(1);

#endif

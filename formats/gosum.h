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
    struct mf_str h1; /* "h1:" and 44 base64 characters */
};

struct mf_gosum {
    struct mf_gosum_line *lines; /* sorted by module, then is_mod, then h1 */
    size_t count;
};

enum mf_gosum_verdict {
    MF_GOSUM_ABSENT,   /* no h1 line for it */
    MF_GOSUM_MATCH,    /* one of its lines has this hash */
    MF_GOSUM_MISMATCH, /* lines, none with this hash */
};

/* Adds the lines of one go.sum text to `sums` (several files may be added).
 * A line of other than 0 or 3 fields is MF_E_GOMOD with FILE:LINE; hash kinds
 * other than h1 are passed over, and so is the hash of an empty go.mod. */
int mf_gosum_add(struct mf_gosum *sums, struct mf_str text, const char *file, struct mf_arena *arena,
                 struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Compares h1 of a module's zip (or go.mod, where is_mod) with the lines.
 * *expected_out (may be NULL) becomes one of the lines' hash where there is one. */
enum mf_gosum_verdict mf_gosum_check(const struct mf_gosum *sums, struct mf_module m, bool is_mod, struct mf_str h1,
                                     struct mf_str *expected_out) MF_NONNULL_ARGS(1);

#endif

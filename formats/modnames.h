/* The names of a module's files, looked at one after another as they come, from
 * a zip or as members of a bundle (GOROOT/src/cmd/vendor/golang.org/x/mod/zip/
 * zip.go, checkZip): valid file paths, no two that fold to one, no file that is
 * also a directory, go.mod at the root only and spelled so, limits on sizes.
 *
 * Memory: 32 bytes for each file and each directory on the way to one, at most
 * four times as much while it grows, and the copies that are asked for.
 */
#ifndef MF_MODNAMES_H
#define MF_MODNAMES_H

#include <sodium.h>

#include "formats/base/arena.h"
#include "formats/base/buf.h"

/* Limits of our own: Go has none but the size of the zip. Several times what
 * the largest modules hold; above them memory could not be bounded. */
#define MF_MODNAMES_MAX ((size_t)1 << 17)   /* files, and directories on the way to them */
#define MF_MODNAMES_BYTES_MAX (16 * MF_MIB) /* of all their names */

struct mf_modnames_slot;

/* Make it with mf_modnames_init, release it. */
struct mf_modnames {
    /* An open-addressed hash table keyed by the folded path. */
    struct mf_modnames_slot *slots;
    size_t count, cap; /* cap is a power of two */
    size_t bytes;      /* of all names in it */
    uint64_t size;     /* sum of the sizes of files */
    unsigned char key[crypto_shorthash_KEYBYTES];
    struct mf_buf folded, other;
    struct mf_arena copies;
};

/* The key is random, so that nobody can choose names that meet in one place. */
void mf_modnames_init(struct mf_modnames *n) MF_NONNULL;
void mf_modnames_release(struct mf_modnames *n) MF_NONNULL;

/* A file of `size` bytes, or a directory without a trailing slash. `name` is
 * without "path@version/", and must stay where it is until the release.
 * MF_E_MODZIP where Go would refuse it; MF_E_LIMIT past the limits above. */
int mf_modnames_add(struct mf_modnames *n, struct mf_str name, bool is_dir, uint64_t size,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* As mf_modnames_add for a file whose name does not stay: it is copied. */
int mf_modnames_copy(struct mf_modnames *n, struct mf_str name, uint64_t size,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* h1: Go's hash of a set of files (GOROOT/src/cmd/vendor/golang.org/x/mod/
 * sumdb/dirhash/hash.go, Hash1): SHA-256 over the lines
 * `hex(sha256(content)) + "  " + name + "\n"`, names sorted bytewise.
 */
#ifndef MF_DIRHASH_H
#define MF_DIRHASH_H

#include "formats/base/arena.h"
#include "formats/base/hash.h"

#define MF_H1_SIZE 48 /* "h1:" + 44 characters + NUL */

/* A collection of names and digests; set it to MF_DIRHASH_INIT, release it. */
struct mf_dirhash_entry;
struct mf_dirhash {
    struct mf_dirhash_entry *entries;
    size_t count, cap;
    struct mf_arena names;
};

#define MF_DIRHASH_INIT ((struct mf_dirhash){.names = MF_ARENA_INIT(256 * MF_MIB)})

/* Adds one file: name as in the module zip ("path@version/file", or "go.mod").
 * A name with a newline is MF_E_MODZIP. The name is copied. */
int mf_dirhash_add(struct mf_dirhash *h, struct mf_str name, const struct mf_digest *content,
                   struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Writes the hash, NUL-terminated, and empties the collection. */
void mf_dirhash_done(struct mf_dirhash *h, char h1[MF_H1_SIZE]) MF_NONNULL;

void mf_dirhash_release(struct mf_dirhash *h) MF_NONNULL;

/* h1 of a go.mod file: the one name is "go.mod". */
void mf_dirhash_gomod(struct mf_str text, char h1[MF_H1_SIZE]) MF_NONNULL;

/* True where the text is "h1:" and canonical base64 of 32 bytes. */
bool mf_h1_valid(struct mf_str h1);

#endif

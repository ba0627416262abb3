/* Hashing what a tree holds, for unpack (is it right already?) and check.
 * Internal to verify/. Safe for several threads at once.
 *
 * Each returns 1 and the h1, 0 where there is no such file, -1 where it could
 * not be read: MF_E_MODZIP or MF_E_DAMAGED where it is not a module zip or tree
 * at all, MF_E_IO and its kin otherwise. `bytes` is counted up by what was read.
 */
#ifndef MF_REHASH_H
#define MF_REHASH_H

#include "formats/base/dir.h"
#include "formats/dirhash.h"
#include "formats/modpath.h"

/* Only looks: 1 where it is a regular file. MF_E_DAMAGED where it is a link or
 * anything else. */
int mf_rehash_regular(struct mf_dir dir, const char *name, struct mf_err *err) MF_NONNULL MF_NODISCARD;

int mf_rehash_mod(struct mf_dir dir, const char *name, char h1[MF_H1_SIZE], uint64_t *bytes,
                  struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* `sha256_out`, which may be NULL, is that of the zip itself. */
int mf_rehash_zip(struct mf_dir dir, const char *name, struct mf_module id, char h1[MF_H1_SIZE],
                  struct mf_digest *sha256_out, uint64_t *bytes, struct mf_err *err)
    MF_NONNULL_ARGS(2, 4, 6, 7) MF_NODISCARD;

/* The zip, and the directory that was extracted from it, which is compared with it
 * byte for byte: *same_out (set with 1) where it has the very files under the very
 * names, hence the same h1. Where not, where its files cannot be read, and where the
 * zip has entries for directories, mf_rehash_dir tells what it is. */
int mf_rehash_both(struct mf_dir dir, const char *zip, const char *extracted, struct mf_module id, char h1[MF_H1_SIZE],
                   bool *same_out, uint64_t *bytes, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* A file as it is: its SHA-256 in place of an h1. */
int mf_rehash_file(struct mf_dir dir, const char *name, struct mf_digest *sha256_out, uint64_t *bytes,
                   struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* An extracted module. In a toolchain, a go.mod that is a copy of the _go.mod
 * beside it does not count: go makes it on first use. A link, a device or another thing that is no regular
 * file is MF_E_DAMAGED. */
int mf_rehash_dir(struct mf_dir dir, const char *name, struct mf_module id, char h1[MF_H1_SIZE], uint64_t *bytes,
                  struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

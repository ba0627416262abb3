/* Module zips: what Go accepts, read file by file.
 *
 * Rules: GOROOT/src/cmd/vendor/golang.org/x/mod/zip/zip.go (CheckZip, Unzip) and
 * DESIGN section 4. Each file's name begins with "path@version/", is a valid
 * file path, collides with no other when case is folded (directories on the way
 * included), there is no go.mod below the root and none spelled otherwise, all
 * files are regular, the zip and the sum of uncompressed sizes are at most
 * 500 MiB, go.mod and LICENSE at most 16 MiB each. Names are raw bytes; the
 * locale does not matter. Entries are those of the central directory, as Go
 * reads it (zipdir.h), content and its checks are Go's too (zipread.h).
 *
 * Every refusal is MF_E_MODZIP and names the entry, the way go does, except for
 * MF_E_LIMIT: more files than modnames.h and zipdir.h allow, or longer names.
 */
#ifndef MF_MODZIP_H
#define MF_MODZIP_H

#include "formats/base/hash.h"
#include "formats/dirhash.h"
#include "formats/modpath.h"

#define MF_MODZIP_MAX (500 * MF_MIB)      /* zip, and sum of file sizes */
#define MF_MODZIP_GOMOD_MAX (16 * MF_MIB) /* go.mod, LICENSE */

/* Receives a zip's files in the order of the zip. Any function may be NULL; a
 * function that fails sets the error and returns -1, which ends the walk.
 * `name` is without the "path@version/" prefix. `sha256` is NULL in
 * mf_modzip_again. */
struct mf_modzip_visitor {
    void *ctx;
    int (*file)(void *ctx, struct mf_str name, uint64_t size, struct mf_err *err);
    int (*data)(void *ctx, const void *p, size_t n, struct mf_err *err);
    int (*file_end)(void *ctx, const struct mf_digest *sha256, struct mf_err *err);
};

struct mf_modzip_facts {
    char h1[MF_H1_SIZE];
    struct mf_digest zip_sha256; /* of the zip file itself; zeros with MF_MODZIP_H1 */
    uint64_t zip_size;           /* bytes */
    uint64_t size;               /* sum of file sizes, bytes */
    uint64_t files;              /* number of files */
    bool directories;            /* it has entries for directories, which h1 counts as empty files */
    bool proved;                 /* canonical was looked for */
    /* True where rebuilding from the files (mf_zipwrite over mf_goflate, in
     * this order) gives back this very zip; false for directory entries, other
     * writers, stored files: such a zip travels as it is. */
    bool canonical;
};

/* What a walk finds out; each has all that those before it have. */
enum mf_modzip_depth {
    MF_MODZIP_H1,     /* h1, sizes and files */
    MF_MODZIP_SHA256, /* zip_sha256 too */
    MF_MODZIP_PROOF,  /* canonical too, by rebuilding: takes longer than all the rest */
};

/* Walks the zip in `fd` (a regular file, read by pread from its start) as module
 * m and fills in *facts; visitor may be NULL. Nothing of the content may be
 * trusted before the walk has ended well. At most about 15 MiB of content are
 * held, whatever the size of the zip. */
int mf_modzip_walk(int fd, struct mf_module m, enum mf_modzip_depth depth, const struct mf_modzip_visitor *visitor,
                   struct mf_modzip_facts *facts, struct mf_err *err) MF_NONNULL_ARGS(5, 6) MF_NODISCARD;

/* Walks a zip of which an earlier walk has made facts: it is hashed and then read,
 * its files are not hashed, file_end gets NULL. Where *zip_sha256_out is what it
 * was then, and nobody writes to the file meanwhile, they are the files of that h1. */
int mf_modzip_again(int fd, struct mf_module m, const struct mf_modzip_visitor *visitor,
                    struct mf_digest *zip_sha256_out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

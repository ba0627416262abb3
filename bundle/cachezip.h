/* Zips out of an existing GOMODCACHE.
 *
 * From there only zips are taken, and only those whose h1 equals a go.sum line
 * of the roots: what else lies in a module cache proves nothing.
 */
#ifndef MF_CACHEZIP_H
#define MF_CACHEZIP_H

#include "bundle/store.h"
#include "formats/gosum.h"

/* Copies the zip of m from the download directory of a module cache
 * (GOMODCACHE/cache/download) into the store, sharing blocks where the file
 * system can, and writes its proof. The copy is what is hashed, so the cache may
 * change meanwhile.
 *
 * Returns 1, or 0 where it is not there, cannot be read, is no zip that Go
 * accepts, or where `sums` has no line for it or only others. -1: a failure of
 * the store, MF_E_NOMEM, MF_E_GOMOD for a path or version that cannot be held. */
int mf_cachezip_take(struct mf_dir gomodcache_download, const struct mf_gosum *sums, struct mf_module m,
                     const struct mf_store *store, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* What is kept of a checksum database: lookups and tiles in the store, once they
 * have been proved, and the newest tree head that this user has seen.
 *
 *     <store>/sumdb/<name>/lookup/<escaped path>@<escaped version>
 *     <store>/sumdb/<name>/tile/8/...
 *     $XDG_CACHE_HOME/modferry/sumdb/<name>/latest     beside the store
 *     $XDG_CACHE_HOME/modferry/sumdb/<name>/shipped    heads of bundles without a channel, for later ones
 *     $XDG_CACHE_HOME/modferry/sumdb/<name>/shipped-<channel>    of those in a channel
 *
 * as go keeps them in GOMODCACHE/cache/download/sumdb and $GOPATH/pkg/sumdb. The
 * head is what a database that forks is found out by: it is replaced only by one
 * that it has been proved to lead to, under a lock. Both files of heads are on the
 * medium when they are written.
 */
#ifndef MF_SUMDBCACHE_H
#define MF_SUMDBCACHE_H

#include "bundle/store.h"
#include "formats/tile.h"
#include "formats/treehead.h"

struct mf_sumdbcache {
    struct mf_dir files; /* <store>/sumdb/<name> */
    struct mf_dir heads; /* .../modferry/sumdb/<name> */
};

#define MF_SUMDBCACHE_NONE ((struct mf_sumdbcache){MF_DIR_NONE, MF_DIR_NONE})

/* Appends the place of the heads of all databases; as mf_store_default_path. */
int mf_sumdbcache_default_path(char *(*getenv_fn)(const char *), struct mf_buf *out,
                               struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Opens (and makes) what is kept of the database `name`, which must be valid
 * (gosumdb.h); `heads_path` is as above. */
int mf_sumdbcache_open(struct mf_sumdbcache *out, const struct mf_store *store, const char *heads_path,
                       struct mf_str name, struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_sumdbcache_release(struct mf_sumdbcache *c) MF_NONNULL;

/* Appends "lookup/<escaped path>@<escaped version>". MF_E_GOMOD as
 * mf_store_name. */
int mf_sumdbcache_lookup_name(struct mf_module m, struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends what is kept under a name. Returns 1, 0 where nothing is, -1. */
int mf_sumdbcache_read(const struct mf_sumdbcache *c, const char *name, struct mf_buf *out,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;
int mf_sumdbcache_write(const struct mf_sumdbcache *c, const char *name, struct mf_str content,
                        struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Stores the bytes of a tile, from its own file or from the full tile's.
 * Returns 1, 0 where neither is kept with the right length, -1. */
int mf_sumdbcache_tile(const struct mf_sumdbcache *c, struct mf_tile t, uint8_t *out,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends the newest head, a signed note. Returns 1, 0 where none was seen yet, -1. */
int mf_sumdbcache_head(const struct mf_sumdbcache *c, struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Replaces the head `old` (empty: none) by `new`. Returns 1, 0 where another
 * process has put a third one in its place meanwhile, -1. */
int mf_sumdbcache_advance(const struct mf_sumdbcache *c, struct mf_str old, struct mf_str new,
                          struct mf_err *err) MF_NONNULL MF_NODISCARD;

#define MF_SUMDBCACHE_SHIPPED_MAX MF_MIB /* bytes of the list of shipped heads: some 4,400 */

/* Appends the heads under which bundles of a channel (empty: without one) were
 * made, a list of notes (note.h); and adds one to it, in the place of the oldest where it is full. Clients past the gap
 * may hold any of them. MF_E_USAGE: the channel cannot be part of a file's name; MF_E_LIMIT. */
int mf_sumdbcache_shipped(const struct mf_sumdbcache *c, struct mf_str channel, struct mf_buf *out,
                          struct mf_err *err) MF_NONNULL MF_NODISCARD;
int mf_sumdbcache_ship(const struct mf_sumdbcache *c, struct mf_str channel, struct mf_str note,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Keeps two heads that contradict each other, beside `latest` as `fork`. */
int mf_sumdbcache_keep_fork(const struct mf_sumdbcache *c, struct mf_str a, struct mf_str b,
                            struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* A module in form zip on its way through: spooled to an unlinked file, because
 * a zip cannot be walked as a stream.
 *
 * A spool makes its file itself, or takes one of those that were made ahead
 * (mf_zipspools) for a program that may not open any later. Calls that name the
 * same mf_zipspools come from one thread.
 */
#ifndef MF_ZIPSPOOL_H
#define MF_ZIPSPOOL_H

#include "formats/modzip.h"

/* Files made ahead, in $TMPDIR or /tmp. */
struct mf_zipspools {
    int *fds; /* owned; those that no spool has now are the first `count` */
    size_t count;
    struct mf_err failed; /* of making one more, where not all were made */
};

#define MF_ZIPSPOOLS_INIT ((struct mf_zipspools){0})

/* Makes `count`: as many as walks have in use at once (MF_MODSTREAM_ALIVE). That one
 * could not be made is no failure before it is asked for: most bundles need
 * none. */
int mf_zipspools_make(struct mf_zipspools *s, size_t count, struct mf_err *err) MF_NONNULL MF_NODISCARD;
/* After the release of every spool that took one. */
void mf_zipspools_release(struct mf_zipspools *s) MF_NONNULL;

struct mf_zipspool {
    int fd;                    /* owned; -1 before mf_zipspool_open */
    struct mf_zipspools *from; /* where fd goes back to, or NULL */
};

#define MF_ZIPSPOOL_NONE ((struct mf_zipspool){.fd = -1})

/* Takes a file out of `from`, or makes one in $TMPDIR or /tmp where it is NULL. */
int mf_zipspool_open(struct mf_zipspool *s, struct mf_zipspools *from, struct mf_err *err)
    MF_NONNULL_ARGS(1, 3) MF_NODISCARD;
void mf_zipspool_release(struct mf_zipspool *s) MF_NONNULL;

int mf_zipspool_add(const struct mf_zipspool *s, const void *p, size_t n, struct mf_err *err)
    MF_NONNULL_ARGS(1, 4) MF_NODISCARD;

/* Walks what was added as module `id` (mf_modzip_walk); visitor may be NULL. */
int mf_zipspool_walk(const struct mf_zipspool *s, struct mf_module id, const struct mf_modzip_visitor *visitor,
                     struct mf_modzip_facts *facts_out, struct mf_err *err) MF_NONNULL_ARGS(1, 4, 5) MF_NODISCARD;

#endif

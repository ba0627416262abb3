/* A module in form zip on its way through: spooled to an unlinked file, because
 * a zip cannot be walked as a stream. Internal to verify/.
 */
#ifndef MF_ZIPSPOOL_H
#define MF_ZIPSPOOL_H

#include "formats/modzip.h"

struct mf_zipspool {
    int fd; /* owned; -1 before mf_zipspool_open */
};

#define MF_ZIPSPOOL_NONE ((struct mf_zipspool){-1})

/* Makes the file, in $TMPDIR or /tmp. */
int mf_zipspool_open(struct mf_zipspool *s, struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_zipspool_release(struct mf_zipspool *s) MF_NONNULL;

int mf_zipspool_add(const struct mf_zipspool *s, const void *p, size_t n, struct mf_err *err)
    MF_NONNULL_ARGS(1, 4) MF_NODISCARD;

/* Walks what was added as module `id` (mf_modzip_walk); visitor may be NULL. */
int mf_zipspool_walk(const struct mf_zipspool *s, struct mf_module id, const struct mf_modzip_visitor *visitor,
                     struct mf_modzip_facts *facts_out, struct mf_err *err) MF_NONNULL_ARGS(1, 4, 5) MF_NODISCARD;

#endif

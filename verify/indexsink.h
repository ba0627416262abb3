/* A sink that publishes nothing and gives away the index of each module's
 * packages (formats/held.h). Internal to verify/.
 */
#ifndef MF_INDEXSINK_H
#define MF_INDEXSINK_H

#include "formats/held.h"
#include "verify/sink.h"

/* Who gets what; must outlive the sink. */
struct mf_indexsink {
    const struct mf_manifest *m;
    mf_held_indexed *fn;
    void *ctx;
};

struct mf_sink mf_indexsink_make(struct mf_indexsink *to) MF_NONNULL;

#endif

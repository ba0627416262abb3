/* Zips of held content (formats/held.h) in the place of fetched ones. Internal
 * to bundle/: mf_zips_need comes here where the upstream is held content.
 *
 * The index of a module's packages is taken from the store, where an earlier run
 * (or pack) has kept it under the module's h1; only modules without one are read,
 * and their indexes kept.
 */
#ifndef MF_HELDZIPS_H
#define MF_HELDZIPS_H

#include "bundle/zips.h"

/* As mf_zips_need. A zip that is not held is no failure: it becomes one without
 * packages, marked `absent`. Without `indexed`, a zip whose h1 is known without
 * reading it gets no packages either and is marked `unread`. */
int mf_heldzips_need(struct mf_zips *z, const struct mf_module *ids, size_t n, bool indexed, struct mf_err *err)
    MF_NONNULL_ARGS(1, 5) MF_NODISCARD;

#endif

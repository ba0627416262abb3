/* The lines of --trace, as documents, and of -v. */
#ifndef MF_TRACELINE_H
#define MF_TRACELINE_H

#include <jansson.h>

#include "bundle/watch.h"

/* The name of a source: "store", "gomodcache", "proxy", "sumdb", "nowhere". */
const char *mf_traceline_source(enum mf_watch_source source);

/* Documents, NULL where memory is short; `began_us` is when the run began, on the
 * monotonic clock. */
json_t *mf_traceline_request(const struct mf_netrequest *r, int64_t began_us) MF_NONNULL;
json_t *mf_traceline_file(const struct mf_watch_file *f, int64_t began_us) MF_NONNULL;

/* Short lines on standard error. */
void mf_traceline_tell_request(const struct mf_netrequest *r) MF_NONNULL;
void mf_traceline_tell_file(const struct mf_watch_file *f) MF_NONNULL;

#endif

/* What `modferry rehearse` prints: a line for each command as it ends, or one JSON
 * document. */
#ifndef MF_REHEARSEREPORT_H
#define MF_REHEARSEREPORT_H

#include <jansson.h>

#include "cmd/bundlearg.h"
#include "rehearse/rehearsal.h"

struct mf_rehearsereport {
    bool json;
    json_t *roots;    /* owned; NULL unless json */
    json_t *commands; /* of the current root; owned until it is ended */
    size_t ok, failed, skipped;
};

void mf_rehearsereport_release(struct mf_rehearsereport *r) MF_NONNULL;

/* Before the first root. */
void mf_rehearsereport_start(struct mf_rehearsereport *r, const struct mf_bundlearg *bundle,
                             const struct mf_rehearsal *rehearsal) MF_NONNULL;

/* Around the commands of a root; `source` may be NULL, `why` is not empty where it
 * is not rehearsed. */
void mf_rehearsereport_root(struct mf_rehearsereport *r, const struct mf_manifest_root *root,
                            const struct mf_source *source) MF_NONNULL_ARGS(1, 2);
void mf_rehearsereport_root_end(struct mf_rehearsereport *r, const struct mf_manifest_root *root,
                                struct mf_str why) MF_NONNULL;

/* One command; an mf_rehearsal_report whose context is the report. */
void mf_rehearsereport_command(void *ctx, const struct mf_manifest_run *run, uint64_t milliseconds,
                               struct mf_str output);

/* At the end; `record` is the file that was written, or NULL. */
int mf_rehearsereport_end(struct mf_rehearsereport *r, const struct mf_bundlearg *bundle,
                          const struct mf_rehearsal *rehearsal, const char *record, struct mf_err *err)
    MF_NONNULL_ARGS(1, 2, 3, 5) MF_NODISCARD;

#endif

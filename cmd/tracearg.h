/* --trace, -v and the progress of transfers: what resolve and pack tell of a run.
 *
 * --trace FILE writes JSON lines (docs/network.md has the fields). Each line is one
 * write, so that a run that is interrupted or killed leaves whole lines. A file
 * that cannot be written to its end is a warning: the run itself is not the worse
 * for it. -v writes short lines for people to standard error. Neither shows a secret
 * (netwatch.h).
 */
#ifndef MF_TRACEARG_H
#define MF_TRACEARG_H

#include "bundle/watch.h"
#include "cmd/progress.h"

#define MF_TRACEARG_OPTIONS                                                                                            \
    {"trace", 0, "FILE", "write every request, and where each file came from, to FILE as JSON lines", false},          \
    {                                                                                                                  \
        "verbose", 'v', NULL, "say the same in short lines on standard error", false                                   \
    }

#define MF_TRACEARG_SOURCES (MF_WATCH_SUMDB + 1)

struct mf_tracearg {
    struct mf_watch watch;
    struct mf_progress *progress;
    const char *path; /* of --trace */
    int fd;           /* -1: none */
    int failed;       /* errno value of a line that was not written; 0: all were */
    bool verbose;
    int64_t began_us;
    uint64_t requests, again, bytes, files[MF_TRACEARG_SOURCES];
    uint64_t moved, moved_before; /* bytes so far, and when the step of the progress began */
    uint64_t at_hand;             /* files of this step that took no transfer */
};

#define MF_TRACEARG_INIT ((struct mf_tracearg){.fd = -1})

/* Reads the options and opens the file; `t` must not move afterwards. Its watch is
 * for an upstream, which must be released before it. MF_E_USAGE; MF_E_IO and its kin
 * where FILE cannot be opened. */
int mf_tracearg_open(struct mf_tracearg *t, const struct mf_cli_args *args, struct mf_progress *progress,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Shows that a step has come so far; one of another name begins anew. */
void mf_tracearg_step(struct mf_tracearg *t, const char *step, uint64_t done, uint64_t total) MF_NONNULL;

/* Writes the last line. */
void mf_tracearg_release(struct mf_tracearg *t) MF_NONNULL;

#endif

/* A rehearsal: the promised commands of a bundle, run with the installed `go` as
 * they will be run past the gap, with nothing but the unpacked tree and without
 * network.
 *
 *     mf_rehearsal_open(&r, err)                    asks go for version and platform
 *     per root:  mf_rehearsal_root(&r, m, i, source, &runs, &count, err)
 *
 * Commands are those of promised.h; anything else in the manifest is not run and
 * counts as failed, because nobody knows whether it would work. Commands that
 * depend on the platform are run for each of content.platforms, with cgo switched
 * off where that is not the platform of this machine, and with content.tags;
 * where a bundle is for every platform they are run for this machine alone. Tests
 * run for this machine alone, and only where the caller says so: they are code of
 * the modules.
 */
#ifndef MF_REHEARSAL_H
#define MF_REHEARSAL_H

#include "rehearse/gorun.h"
#include "rehearse/sources.h"

#define MF_REHEARSAL_OUTPUT_MAX (16 * MF_KIB) /* bytes of a command's output that are kept, the last ones */

/* A command was run, or was not. `output` is the end of what it printed; both are
 * the rehearsal's. */
typedef void mf_rehearsal_report(void *ctx, const struct mf_manifest_run *run, uint64_t milliseconds,
                                 struct mf_str output);

struct mf_rehearsal {
    /* set by the caller */
    struct mf_gorun go;
    struct mf_dir top;     /* the directory go.top */
    struct mf_str setting; /* "NAME=value" that differs from what `env` prints, for the record; may be empty */
    bool run_tests;
    mf_rehearsal_report *report; /* may be NULL */
    void *report_ctx;
    struct mf_arena *arena; /* for the texts of runs */
    /* set by open */
    struct stat top_stat;
    struct mf_str version, platform; /* "go1.26.0", "linux/amd64" */
};

/* Makes the directories that go fills below r->top, and asks go. MF_E_ACCESS
 * where the system permits no network namespace, MF_E_IO where the program is no
 * go command. */
int mf_rehearsal_open(struct mf_rehearsal *r, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Runs the commands of root number `index`; `source` is NULL for a root
 * path@version. Fills in runs, settings, go and platform of `out`: there is an
 * entry for each command and platform, and none is failed or skipped without its
 * reason. A command that fails is no error. */
int mf_rehearsal_root(struct mf_rehearsal *r, const struct mf_manifest *m, size_t index, const struct mf_source *source,
                      struct mf_manifest_rehearsed *out, struct mf_err *err) MF_NONNULL_ARGS(1, 2, 5, 6) MF_NODISCARD;

#endif

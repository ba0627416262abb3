/* Progress on standard error, three ways.
 *
 * On a terminal one line is redrawn, at most ten times a second: bytes, modules,
 * rate, time left. It is cut to the width of the terminal. Elsewhere there is
 * nothing, or with --progress=plain a line every five seconds, so short runs are
 * silent. --progress=json writes one JSON object a line, for programs, with a last
 * one that has "event":"end". --quiet writes nothing.
 *
 *     MF_CLEANUP(mf_progress_release) struct mf_progress p = MF_PROGRESS_INIT;
 *     if (mf_progress_start(&p, args, "verify", err) < 0) ...
 *     mf_progress_update(&p, &counts);          as often as wanted
 *
 * Release clears the line, and so does mf_progress_hide, which whatever else is
 * printed calls first (report.h, output.h): nothing stands behind a progress line.
 * One thread, and one progress, at a time.
 */
#ifndef MF_PROGRESS_H
#define MF_PROGRESS_H

#include "cmd/cli.h"

struct mf_progress_counts {
    uint64_t bytes, bytes_total;     /* total 0: not known */
    uint64_t modules, modules_total; /* total 0: not known */
    uint64_t at_hand;                /* of the modules: took no time, so that they say nothing of what is left */
};

enum mf_progress_mode { MF_PROGRESS_OFF, MF_PROGRESS_TERMINAL, MF_PROGRESS_PLAIN, MF_PROGRESS_JSON };

struct mf_progress {
    enum mf_progress_mode mode;
    const char *what;         /* the step, one ASCII word */
    uint64_t started, latest; /* milliseconds of the monotonic clock */
    struct mf_progress_counts counts;
};

#define MF_PROGRESS_INIT ((struct mf_progress){0})

/* The options, for a command's table. */
#define MF_PROGRESS_OPTIONS                                                                                            \
    {"quiet", 'q', NULL, "show no progress", false},                                                                   \
    {                                                                                                                  \
        "progress", 0, "auto|plain|json", "how to show it on standard error (default: auto)", false                    \
    }

/* Begins a step. MF_E_USAGE where --progress has another value, or stands
 * beside --quiet. */
int mf_progress_start(struct mf_progress *p, const struct mf_cli_args *args, const char *what,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Begins another step with the same options. */
void mf_progress_step(struct mf_progress *p, const char *what) MF_NONNULL;

void mf_progress_update(struct mf_progress *p, const struct mf_progress_counts *counts) MF_NONNULL;

/* Clears the line that is on the terminal, if there is one; the next update draws it
 * again. */
void mf_progress_hide(void);

/* Ends: clears the line, or writes the last JSON line. */
void mf_progress_release(struct mf_progress *p) MF_NONNULL;

#endif

/* How a failure is shown.
 *
 *     modferry: verify deps.tar.zst: frame 3 differs from the manifest
 *       next: do not use this content; find out where it was changed
 *
 * goes to stderr; with --json an object {"error":{"code","text","next"}} goes to
 * stdout as well, so that a program reading it always finds a document there.
 */
#ifndef MF_REPORT_H
#define MF_REPORT_H

#include "cmd/cli.h"

/* Prints the error and returns its exit status. `command` (may be NULL) adds
 * its usage lines where the error is MF_E_USAGE. */
int mf_report_error(const struct mf_cli_program *program, const struct mf_cli_command *command, bool json,
                    const struct mf_err *err) MF_NONNULL_ARGS(1, 4);

/* Prints `modferry: warning: TEXT` on stderr; the text is masked. */
void mf_report_warning(const char *fmt, ...) MF_NONNULL MF_PRINTF(1, 2);

/* As mf_report_warning, with `note`: for what is right and good to know. */
void mf_report_note(const char *fmt, ...) MF_NONNULL MF_PRINTF(1, 2);

/* Prints a line of its own on stderr, as it is but masked: what was asked for with -v. */
void mf_report_detail(const char *fmt, ...) MF_NONNULL MF_PRINTF(1, 2);

#endif

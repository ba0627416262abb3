/* Manual pages in the man(7) macros, made from the tables that --help is made
 * from. They carry the date of SOURCE_DATE_EPOCH, or none. */
#ifndef MF_MANPAGE_H
#define MF_MANPAGE_H

#include <stdio.h>

#include "cmd/cli.h"

/* NAME.1. With `whole` it explains every command, else each has its own page and
 * this one lists them. */
void mf_manpage_program(const struct mf_cli_program *program, bool whole, const char *date, FILE *to) MF_NONNULL;

/* NAME-COMMAND.1. */
void mf_manpage_command(const struct mf_cli_program *program, const struct mf_cli_command *command, const char *date,
                        FILE *to) MF_NONNULL;

#endif

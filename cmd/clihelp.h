/* Help, version and suggestions, all made from the tables of cli.h. Text goes
 * to the stream given. */
#ifndef MF_CLIHELP_H
#define MF_CLIHELP_H

#include <stdio.h>

#include "cmd/cli.h"
#include "formats/base/buf.h"

/* What every command understands besides its own options: --help. */
extern const struct mf_cli_option mf_clihelp_option;

/* The meanings of exit statuses; ends with NULL. */
struct mf_clihelp_exit {
    const char *status, *meaning;
};
extern const struct mf_clihelp_exit mf_clihelp_exits[];

/* The program's page: what it is and its commands. */
void mf_clihelp_program(const struct mf_cli_program *program, FILE *to) MF_NONNULL;

/* A command's page: usage, description, options, examples. */
void mf_clihelp_command(const struct mf_cli_program *program, const struct mf_cli_command *command,
                        FILE *to) MF_NONNULL;

/* Only the lines "usage: ...", each behind `indent`. */
void mf_clihelp_usage(const struct mf_cli_program *program, const struct mf_cli_command *command, const char *indent,
                      FILE *to) MF_NONNULL;

/* Appends a line of the command's examples, with the program's own name in it. */
void mf_clihelp_example(const struct mf_cli_program *program, const char *line, struct mf_buf *out) MF_NONNULL;

/* Versions of the program, the formats it reads and its libraries. */
void mf_clihelp_version(const struct mf_cli_program *program, FILE *to) MF_NONNULL;

/* The command of a list that `word` names, or NULL; of one in a group the word is
 * the last of its name. */
const struct mf_cli_command *mf_clihelp_find(const struct mf_cli_command *const *commands, const char *word) MF_NONNULL;

/* The command or long option that `word` is most likely a slip for: at most two
 * letters changed, added, left out or swapped, and fewer than half of them. NULL
 * where none is near. */
const struct mf_cli_command *mf_clihelp_near_command(const struct mf_cli_command *const *commands,
                                                     struct mf_str word) MF_NONNULL;
const char *mf_clihelp_near_option(const struct mf_cli_command *command, struct mf_str word) MF_NONNULL;

#endif

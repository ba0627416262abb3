/* The tables of a program in the language of a shell. Each goes into a template,
 * completion.bash.in and its kin, in the place of the line @TABLE@. */
#ifndef MF_COMPLETION_H
#define MF_COMPLETION_H

#include <stdio.h>

#include "cmd/cli.h"

/* The longest name of a function, with its NUL. */
#define MF_COMPLETION_FUNCTION 64

/* How the functions of a completion are called: "_" and the program's name, with
 * every '-' made '_'. */
void mf_completion_function(const struct mf_cli_program *program, char out[MF_COMPLETION_FUNCTION]) MF_NONNULL;

void mf_completion_bash(const struct mf_cli_program *program, FILE *to) MF_NONNULL;
void mf_completion_zsh(const struct mf_cli_program *program, FILE *to) MF_NONNULL;
void mf_completion_fish(const struct mf_cli_program *program, FILE *to) MF_NONNULL;

#endif

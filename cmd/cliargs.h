/* Arguments of one command: parsed by its table, then asked for by name. */
#ifndef MF_CLIARGS_H
#define MF_CLIARGS_H

#include "cmd/cli.h"

/* Parses the words behind the command's name. MF_E_USAGE for an unknown option
 * (with the nearest one), a missing or superfluous value, a repeated option that
 * is not repeatable, missing or too many operands. Release `out` afterwards. */
int mf_cliargs_parse(struct mf_cli_args *out, const struct mf_cli_program *program,
                     const struct mf_cli_command *command, int count, char **words,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_cliargs_release(struct mf_cli_args *args) MF_NONNULL;

/* True where option `name` was given. */
bool mf_cliargs_has(const struct mf_cli_args *args, const char *name) MF_NONNULL;

/* The value of option `name`: the n-th one given, counted from 0; NULL where
 * there is none. */
const char *mf_cliargs_nth(const struct mf_cli_args *args, const char *name, size_t n) MF_NONNULL;
const char *mf_cliargs_value(const struct mf_cli_args *args, const char *name) MF_NONNULL;

/* --jobs: a number from 1 to 64, by default the processors of this process. */
int mf_cliargs_jobs(const struct mf_cli_args *args, unsigned *jobs_out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* A decimal number from `min` to `max`; `fallback` where the option was not
 * given. MF_E_USAGE otherwise. */
int mf_cliargs_number(const struct mf_cli_args *args, const char *name, unsigned long min, unsigned long max,
                      unsigned long fallback, unsigned long *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The two options that many commands share. */
#define MF_CLIARGS_JSON                                                                                                \
    {                                                                                                                  \
        "json", 0, NULL, "print the result as JSON", false                                                             \
    }
#define MF_CLIARGS_JOBS                                                                                                \
    {                                                                                                                  \
        "jobs", 'j', "N", "threads to use, 1 to 64 (default: the processors)", false                                   \
    }

#endif

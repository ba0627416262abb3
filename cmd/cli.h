/* The command line as tables, and the program that runs on them.
 *
 * A command is one `struct mf_cli_command`: its name, help and options are
 * data, so --help, man pages and completions (tools/) all come from here. A
 * program is a list of commands; which list is linked decides what it can do.
 *
 * Forms understood: --opt VALUE, --opt=VALUE, -o VALUE, -oVALUE, flags joined
 * as in -ab, `--` before operands that begin with a dash, and `-` as an
 * operand. Options and operands may be mixed. Long names are not abbreviated,
 * so that new options never change the meaning of a script.
 */
#ifndef MF_CLI_H
#define MF_CLI_H

#include "formats/base/err.h"
#include "formats/base/str.h"

/* One option; a table of them ends with an all-zero entry.
 *
 * A placeholder in capitals says what kind of thing the value is: FILE and DIR
 * can be completed, others (N, LIST, TEXT) cannot. One in lower case is the list
 * of all values, "sh|fish|json". In brackets, "[dot|text]", the value may be left
 * out, and is given behind `=` or the letter only. */
struct mf_cli_option {
    const char *name;  /* long name without dashes */
    char letter;       /* short form, or 0 */
    const char *value; /* placeholder of its value, NULL for a flag */
    const char *help;  /* a phrase without a full stop */
    bool repeatable;   /* a second one adds to the first instead of being an error */
};

struct mf_cli_args;

/* Runs a command. Returns its exit status once the result has been printed, or
 * -1 with the error set, which the caller reports. Most return 0 or -1. */
typedef int mf_cli_run(const struct mf_cli_args *args, struct mf_err *err);

struct mf_cli_command {
    const char *name;
    const char *summary;                 /* one line, begins with a verb */
    const char *const *usage;            /* lines without the program's name; ends with NULL */
    const char *description;             /* paragraphs, each ended by \n; wrapped when printed */
    const char *const *examples;         /* command lines beginning with "modferry "; ends with NULL */
    const struct mf_cli_option *options; /* --help is understood besides these */
    const char *const *operands;         /* names of the operands that must be there; ends with NULL */
    const char *more;                    /* name of those that may follow; NULL where none may */
    size_t operands_max;                 /* MF_CLI_ANY: any number */
    mf_cli_run *run;
    const struct mf_cli_command *const *commands; /* a group: its commands, named "GROUP COMMAND", ended by NULL; it
                                                     has no options, operands, examples and `run` then */
};

#define MF_CLI_ANY ((size_t)-1)

/* A program; its table is defined once, in table_full.c or table_offline.c. */
struct mf_cli_program {
    const char *name;
    const char *summary;
    const struct mf_cli_command *const *commands; /* in the order of help; ends with NULL */
    const char *libraries;                        /* further lines for --version, each ended by \n; may be "" */
};

/* What the user gave a command. Values and operands are strings of argv. */
struct mf_cli_given {
    const struct mf_cli_option *option;
    const char *value; /* NULL for a flag */
};

struct mf_cli_args {
    const struct mf_cli_program *program;
    const struct mf_cli_command *command;
    struct mf_cli_given *given; /* owned */
    size_t given_count;
    const char **operands; /* owned array */
    size_t operand_count;
    bool help; /* --help was among them: nothing else was checked */
};

/* The whole of main(): makes descriptors 0 to 2 safe, parses, runs, reports,
 * and checks that standard output could be written. Returns the exit status. */
int mf_cli_main(const struct mf_cli_program *program, int argc, char **argv) MF_NONNULL;

#endif

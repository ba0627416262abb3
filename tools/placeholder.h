/* What the placeholders of the command tables (cli.h) stand for, as a shell that
 * completes a command line wants to know it. */
#ifndef MF_PLACEHOLDER_H
#define MF_PLACEHOLDER_H

#include "cmd/cli.h"

enum mf_placeholder_kind {
    MF_PLACEHOLDER_ANY,   /* nothing to offer */
    MF_PLACEHOLDER_FILES, /* files, and directories on the way to them */
    MF_PLACEHOLDER_DIRS,
    MF_PLACEHOLDER_WORDS /* the words of the list */
};

struct mf_placeholder {
    enum mf_placeholder_kind kind;
    bool optional;       /* given behind `=` only */
    struct mf_str words; /* without brackets; joined by | where kind says words */
};

/* The value of an option, or an operand. The name of an operand that says nothing
 * is taken for a file, but for MODULE@VERSION and the like. */
struct mf_placeholder mf_placeholder_of_value(const char *value) MF_NONNULL;
struct mf_placeholder mf_placeholder_of_operand(const char *name) MF_NONNULL;

/* What the user types for a command: of one in a group the last word. */
const char *mf_placeholder_word(const struct mf_cli_command *command) MF_NONNULL;

/* The n-th name of what is expected where n operands came before, from 0; NULL
 * where no more are taken. */
const char *mf_placeholder_operand(const struct mf_cli_command *command, size_t n) MF_NONNULL;

#endif

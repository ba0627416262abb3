#include "tools/completion.h"
#include "tools/placeholder.h"

/* A kind as the template knows it: `files`, `dirs`, `any`, or `=word|word`. */
static void put_kind(struct mf_placeholder p, FILE *to)
{
    static const char *const names[] = {
        [MF_PLACEHOLDER_ANY] = "any", [MF_PLACEHOLDER_FILES] = "files", [MF_PLACEHOLDER_DIRS] = "dirs"};
    if (p.kind == MF_PLACEHOLDER_WORDS)
        fprintf(to, "=%.*s", MF_FMT(p.words));
    else
        fputs(names[p.kind], to);
}

static void put_options(const struct mf_cli_command *command, FILE *to)
{
    fputs("        options='", to);
    for (const struct mf_cli_option *o = command->options; o->name; o++)
        fprintf(to, "--%s ", o->name);
    for (const struct mf_cli_option *o = command->options; o->name; o++)
        if (o->letter)
            fprintf(to, "-%c ", o->letter);
    fputs("--help -h'\n        values='", to);
    for (const struct mf_cli_option *o = command->options; o->name; o++) {
        if (!o->value)
            continue;
        const struct mf_placeholder p = mf_placeholder_of_value(o->value);
        fprintf(to, " --%s%s:", o->name, p.optional ? "=" : "");
        put_kind(p, to);
        if (o->letter && !p.optional) {
            fprintf(to, " -%c:", o->letter);
            put_kind(p, to);
        }
    }
    fputs(" '\n", to);
}

static void put_operands(const struct mf_cli_command *command, FILE *to)
{
    size_t n = 0;
    fputs("        operands=(", to);
    for (; command->operands[n]; n++) {
        fputs(n ? " '" : "'", to);
        put_kind(mf_placeholder_of_operand(command->operands[n]), to);
        fputc('\'', to);
    }
    fputs(")\n", to);
    const char *more = mf_placeholder_operand(command, n);
    if (more) {
        fputs("        more='", to);
        put_kind(mf_placeholder_of_operand(more), to);
        fputs("'\n", to);
    }
}

static void put_command(const struct mf_cli_command *command, FILE *to)
{
    fprintf(to, "    '%s')\n", command->name);
    if (command->commands) {
        fputs("        group='", to);
        for (const struct mf_cli_command *const *c = command->commands; *c; c++)
            fprintf(to, "%s ", mf_placeholder_word(*c));
        fputs("'\n        ;;\n", to);
        for (const struct mf_cli_command *const *c = command->commands; *c; c++)
            put_command(*c, to);
        return;
    }
    put_options(command, to);
    put_operands(command, to);
    fputs("        ;;\n", to);
}

void mf_completion_bash(const struct mf_cli_program *program, FILE *to)
{
    fputs("    commands='", to);
    for (const struct mf_cli_command *const *c = program->commands; *c; c++)
        fprintf(to, "%s ", (*c)->name);
    fputs("help'\n    case $1 in\n", to);
    for (const struct mf_cli_command *const *c = program->commands; *c; c++)
        put_command(*c, to);
    fputs("    help) operands=(\"=${commands// /|}\") ;;\n    esac\n", to);
}

#include "tools/completion.h"
#include "tools/placeholder.h"

void mf_completion_function(const struct mf_cli_program *program, char out[MF_COMPLETION_FUNCTION])
{
    snprintf(out, MF_COMPLETION_FUNCTION, "_%s", program->name);
    for (char *p = out; *p; p++)
        if (*p == '-')
            *p = '_';
}

static void put_text(const char *text, FILE *to)
{
    for (; *text; text++)
        if (*text != '`')
            fprintf(to, "%s%c", *text == '\'' || *text == '\\' ? "\\" : "", *text);
}

/* Arguments of `complete` that offer what a placeholder stands for. */
static void put_offer(struct mf_placeholder p, FILE *to)
{
    if (p.kind == MF_PLACEHOLDER_FILES) {
        fputs(" -F", to);
    } else if (p.kind == MF_PLACEHOLDER_DIRS) {
        fputs(" -a '(__fish_complete_directories (commandline -ct))'", to);
    } else if (p.kind == MF_PLACEHOLDER_WORDS) {
        fputs(" -a '", to);
        for (size_t i = 0; i < p.words.n; i++)
            fputc(p.words.p[i] == '|' ? ' ' : p.words.p[i], to);
        fputc('\'', to);
    }
}

/* `where`: "at", "group" or "operand", functions of the template. */
static void put_start(const struct mf_cli_program *program, const char *where, const char *command, FILE *to)
{
    char function[MF_COMPLETION_FUNCTION];
    mf_completion_function(program, function);
    fprintf(to, "complete -c %s -n '_%s_%s%s%s'", program->name, function, where, *command ? " " : "", command);
}

static void put_option(const struct mf_cli_option *o, FILE *to)
{
    if (o->letter)
        fprintf(to, " -s %c", o->letter);
    fprintf(to, " -l %s", o->name);
    if (o->value) {
        const struct mf_placeholder p = mf_placeholder_of_value(o->value);
        fputs(p.optional ? " -f" : p.kind == MF_PLACEHOLDER_FILES ? " -r" : " -x", to);
        put_offer(p, to);
    }
    fputs(" -d '", to);
    put_text(o->help, to);
    fputs("'\n", to);
}

/* Each kind of operand once: where in the row the cursor stands is not asked. */
static void put_operands(const struct mf_cli_program *program, const struct mf_cli_command *command, FILE *to)
{
    bool done[MF_PLACEHOLDER_WORDS + 1] = {false};
    for (size_t n = 0;; n++) {
        const char *name = mf_placeholder_operand(command, n);
        if (!name)
            return;
        const struct mf_placeholder p = mf_placeholder_of_operand(name);
        if (!done[p.kind]) {
            put_start(program, "operand", command->name, to);
            put_offer(p, to);
            fputc('\n', to);
        }
        done[p.kind] = true;
        if (name == command->more)
            return;
    }
}

static void put_name(const struct mf_cli_program *program, const char *where, const char *group,
                     const struct mf_cli_command *command, FILE *to)
{
    put_start(program, where, group, to);
    fprintf(to, " -a %s -d '", mf_placeholder_word(command));
    put_text(command->summary, to);
    fputs("'\n", to);
}

static void put_command(const struct mf_cli_program *program, const struct mf_cli_command *command, FILE *to)
{
    for (const struct mf_cli_command *const *c = command->commands; c && *c; c++) {
        put_name(program, "group", command->name, *c, to);
        put_command(program, *c, to);
    }
    if (command->commands)
        return;
    for (const struct mf_cli_option *o = command->options; o->name; o++) {
        put_start(program, "at", command->name, to);
        put_option(o, to);
    }
    put_operands(program, command, to);
}

void mf_completion_fish(const struct mf_cli_program *program, FILE *to)
{
    for (const struct mf_cli_command *const *c = program->commands; *c; c++) {
        put_name(program, "at", "", *c, to);
        put_name(program, "at", "help", *c, to);
    }
    for (const struct mf_cli_command *const *c = program->commands; *c; c++)
        put_command(program, *c, to);
}

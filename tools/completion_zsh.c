#include "tools/completion.h"
#include "tools/placeholder.h"

/* Text inside single quotes; `special` is what _arguments or _describe would read
 * as the end of the text. */
static void put_text(const char *text, const char *special, FILE *to)
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", to);
        else if (*text != '`')
            fprintf(to, "%s%c", strchr(special, *text) ? "\\" : "", *text);
    }
}

/* `:MESSAGE:ACTION` */
static void put_action(struct mf_placeholder p, FILE *to)
{
    static const char *const actions[] = {
        [MF_PLACEHOLDER_ANY] = " ", [MF_PLACEHOLDER_FILES] = "_files", [MF_PLACEHOLDER_DIRS] = "_files -/"};
    if (p.kind != MF_PLACEHOLDER_WORDS) {
        fprintf(to, ":%.*s:%s", MF_FMT(p.words), actions[p.kind]);
        return;
    }
    fputs(":value:(", to);
    for (size_t i = 0; i < p.words.n; i++)
        fputc(p.words.p[i] == '|' ? ' ' : p.words.p[i], to);
    fputc(')', to);
}

static void put_option(const struct mf_cli_option *o, FILE *to)
{
    const struct mf_placeholder p = o->value ? mf_placeholder_of_value(o->value) : (struct mf_placeholder){0};
    const char *sign = p.optional ? "=-" : o->value ? "=" : "";
    fputs("            ", to);
    if (o->repeatable)
        fputs("'*'", to);
    else if (o->letter)
        fprintf(to, "'(-%c --%s)'", o->letter, o->name);
    if (o->letter)
        fprintf(to, "{-%c%s,--%s%s}'[", o->letter, p.optional ? "-" : o->value ? "+" : "", o->name, sign);
    else
        fprintf(to, "'--%s%s[", o->name, sign);
    put_text(o->help, "[]:\\", to);
    fputs(p.optional ? "]:" : "]", to);
    if (o->value)
        put_action(p, to);
    fputs("'\n", to);
}

static void put_operands(const struct mf_cli_command *command, FILE *to)
{
    size_t n = 0;
    for (; command->operands[n]; n++) {
        fprintf(to, "            '%zu", n + 1);
        put_action(mf_placeholder_of_operand(command->operands[n]), to);
        fputs("'\n", to);
    }
    const char *more = mf_placeholder_operand(command, n);
    if (more) {
        fputs("            '*", to);
        put_action(mf_placeholder_of_operand(more), to);
        fputs("'\n", to);
    }
}

static void put_descriptions(const struct mf_cli_command *const *commands, FILE *to)
{
    for (; *commands; commands++) {
        fprintf(to, "        '%s:", mf_placeholder_word(*commands));
        put_text((*commands)->summary, "\\", to);
        fputs("'\n", to);
    }
}

static void put_command(const struct mf_cli_command *command, FILE *to)
{
    fprintf(to, "    '%s')\n", command->name);
    if (command->commands) {
        fputs("        group=1\n        subcommands=(\n", to);
        put_descriptions(command->commands, to);
    } else {
        fputs("        specs=(\n", to);
        for (const struct mf_cli_option *o = command->options; o->name; o++)
            put_option(o, to);
        put_operands(command, to);
    }
    fputs("        )\n        ;;\n", to);
    for (const struct mf_cli_command *const *c = command->commands; c && *c; c++)
        put_command(*c, to);
}

void mf_completion_zsh(const struct mf_cli_program *program, FILE *to)
{
    fputs("    subcommands=(\n", to);
    put_descriptions(program->commands, to);
    fputs("        'help:Explain a command'\n    )\n    case $1 in\n", to);
    for (const struct mf_cli_command *const *c = program->commands; *c; c++)
        put_command(*c, to);
    fputs("    esac\n", to);
}

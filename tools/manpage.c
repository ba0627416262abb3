#include "tools/manpage.h"

#include <ctype.h>

#include "cmd/clihelp.h"
#include "formats/base/buf.h"

#define WIDTH 72 /* of lines in the source */

static void put_char(char c, FILE *to)
{
    static const char special[] = "\\-'`^~";
    static const char *const escapes[] = {"\\e", "\\-", "\\(aq", "\\(ga", "\\(ha", "\\(ti"};
    const char *hit = strchr(special, c);
    if (hit)
        fputs(escapes[hit - special], to);
    else
        fputc(c, to);
}

static void put_line(const char *text, FILE *to)
{
    if (*text == '.')
        fputs("\\&", to);
    for (; *text; text++)
        put_char(*text, to);
}

/* Paragraphs, each but the last ended by \n, with `code` in bold. A line never
 * begins with a dot, which would be a macro. */
static void put_text(const char *text, FILE *to)
{
    bool code = false, fresh = true;
    for (size_t at = 0; *text; text++, at++) {
        size_t word = strcspn(text + 1, " \n");
        if (*text == '\n') {
            if (text[1])
                fputs("\n.PP\n", to);
            at = 0;
            fresh = true;
        } else if (*text == '`') {
            code = !code;
            fputs(code ? "\\fB" : "\\fR", to);
            fresh = false;
        } else if (*text == ' ' && !code && at + word > WIDTH) {
            fputc('\n', to);
            at = 0;
            fresh = true;
        } else {
            if (fresh && *text == '.')
                fputs("\\&", to);
            put_char(*text, to);
            fresh = false;
        }
    }
    fputc('\n', to);
}

static void put_upper(const char *text, FILE *to)
{
    for (; *text; text++)
        fputc(*text == ' ' ? '-' : toupper((unsigned char)*text), to);
}

/* Name of the page of a command: modferry-pack, or modferry-GROUP-COMMAND. */
static void put_page(const struct mf_cli_program *program, const struct mf_cli_command *command, FILE *to)
{
    put_line(program->name, to);
    put_char('-', to);
    for (const char *p = command->name; *p; p++)
        put_char(*p == ' ' ? '-' : *p, to);
}

/* `summary` is what NAME says; of a program, up to its first colon. */
static void put_start(const struct mf_cli_program *program, const struct mf_cli_command *command, const char *date,
                      const char *summary, FILE *to)
{
    fprintf(to, ".\\\" Made from the tables of %s --help.\n.TH \"", program->name);
    put_upper(program->name, to);
    if (command) {
        fputc('-', to);
        put_upper(command->name, to);
    }
    fprintf(to, "\" \"1\" \"%s\" \"modferry %s\" \"User Commands\"\n.SH NAME\n", date, MODFERRY_VERSION);
    if (command)
        put_page(program, command, to);
    else
        put_line(program->name, to);
    fputs(" \\- ", to);
    put_char((char)tolower((unsigned char)summary[0]), to);
    for (summary++; *summary && (command || *summary != ':'); summary++)
        put_char(*summary, to);
    fputc('\n', to);
}

/* A line of usage, which begins with a command of `word` bytes: broken between options, and
 * within them between alternatives only. */
static void put_usage(const struct mf_cli_program *program, const char *line, size_t word, FILE *to)
{
    int depth = 0;
    fprintf(to, ".SY \"");
    put_line(program->name, to);
    fprintf(to, " %.*s\"\n", (int)word, line);
    for (line += word + (line[word] == ' '); *line; line++) {
        depth += *line == '[' || *line == '(';
        depth -= *line == ']' || *line == ')';
        if (*line == ' ')
            fputs(depth && line[-1] != '|' ? "\\ " : "\\&\n", to); /* no end of a sentence behind ... */
        else
            put_char(*line, to);
    }
    fputs("\n.YS\n", to);
}

static void put_option(const struct mf_cli_option *o, FILE *to)
{
    bool optional = o->value && o->value[0] == '[';
    fputs(".TP\n", to);
    if (o->letter)
        fprintf(to, "\\fB\\-%c\\fR, ", o->letter);
    fputs("\\fB\\-\\-", to);
    put_line(o->name, to);
    fputs(optional ? "\\fR[=" : o->value ? "\\fR " : "\\fR", to);
    if (o->value) {
        fputs("\\fI", to);
        for (const char *p = o->value + optional; *p; p++) {
            if (*p == ']')
                fputs("\\fR", to);
            put_char(*p, to);
        }
        fputs("\\fR", to);
    }
    fputc('\n', to);
    put_text(o->help, to);
}

static void put_options(const struct mf_cli_command *command, FILE *to)
{
    for (const struct mf_cli_option *o = command->options; o->name; o++)
        put_option(o, to);
    put_option(&mf_clihelp_option, to);
}

static void put_examples(const struct mf_cli_program *program, const struct mf_cli_command *command, FILE *to)
{
    fputs(".EX\n", to);
    for (const char *const *line = command->examples; *line; line++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(4 * MF_KIB);
        mf_clihelp_example(program, *line, &text);
        fputs("$ ", to);
        put_line(mf_buf_cstr(&text), to);
        fputc('\n', to);
    }
    fputs(".EE\n", to);
}

static void put_exits(FILE *to)
{
    fputs(".SH EXIT STATUS\n", to);
    for (const struct mf_clihelp_exit *e = mf_clihelp_exits; e->status; e++)
        fprintf(to, ".TP\n%s\n%s\n", e->status, e->meaning);
}

static void put_see_also(const struct mf_cli_program *program, const struct mf_cli_command *but, FILE *to)
{
    fputs(".SH SEE ALSO\n", to);
    if (but)
        fprintf(to, ".BR %s (1)", program->name);
    const char *comma = but ? ",\n" : "";
    for (const struct mf_cli_command *const *c = program->commands; *c; c++) {
        if (*c == but)
            continue;
        fprintf(to, "%s.BR ", comma);
        put_page(program, *c, to);
        fputs(" (1)", to);
        comma = ",\n";
    }
    fputc('\n', to);
}

static void put_usages(const struct mf_cli_program *program, const struct mf_cli_command *command, FILE *to)
{
    for (const char *const *line = command->usage; *line; line++)
        put_usage(program, *line, strlen(command->name), to);
}

static void put_list(const struct mf_cli_program *program, const struct mf_cli_command *const *commands, FILE *to)
{
    for (const struct mf_cli_command *const *c = commands; *c; c++) {
        fputs(".TP\n.BR ", to);
        put_page(program, *c, to);
        fputs(" (1)\n", to);
        put_text((*c)->summary, to);
    }
}

void mf_manpage_command(const struct mf_cli_program *program, const struct mf_cli_command *command, const char *date,
                        FILE *to)
{
    put_start(program, command, date, command->summary, to);
    fputs(".SH SYNOPSIS\n", to);
    put_usages(program, command, to);
    fputs(".SH DESCRIPTION\n", to);
    put_text(command->description, to);
    if (command->commands) {
        fputs(".SH COMMANDS\n", to);
        put_list(program, command->commands, to);
    } else {
        fputs(".SH OPTIONS\n", to);
        put_options(command, to);
        fputs(".SH EXAMPLES\n", to);
        put_examples(program, command, to);
    }
    put_exits(to);
    put_see_also(program, command, to);
}

/* A command in the page of its program. */
static void put_section(const struct mf_cli_program *program, const struct mf_cli_command *command, FILE *to)
{
    fputs(".SS ", to);
    put_line(command->name, to);
    fputc('\n', to);
    put_usages(program, command, to);
    fputs(".PP\n", to);
    put_line(command->summary, to);
    fputs(".\n.PP\n", to);
    put_text(command->description, to);
    for (const struct mf_cli_command *const *c = command->commands; c && *c; c++)
        put_section(program, *c, to);
    if (command->commands)
        return;
    put_options(command, to);
    fputs(".PP\n", to);
    put_examples(program, command, to);
}

void mf_manpage_program(const struct mf_cli_program *program, bool whole, const char *date, FILE *to)
{
    static const struct mf_cli_option version = {"version", 'V', NULL,
                                                 "versions of program, formats and libraries; sandbox", false};
    put_start(program, NULL, date, program->summary, to);
    fputs(".SH SYNOPSIS\n", to);
    put_usage(program, "COMMAND [ARGUMENT...]", 7, to);
    put_usage(program, "help [COMMAND]", 4, to);
    fputs(".SH DESCRIPTION\n", to);
    put_text(program->summary, to);
    fputs(".SH COMMANDS\n", to);
    if (whole)
        for (const struct mf_cli_command *const *c = program->commands; *c; c++)
            put_section(program, *c, to);
    else
        put_list(program, program->commands, to);
    fputs(".SH OPTIONS\n", to);
    put_option(&mf_clihelp_option, to);
    put_option(&version, to);
    put_exits(to);
    if (!whole)
        put_see_also(program, NULL, to);
}

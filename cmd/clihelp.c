#include "cmd/clihelp.h"

#include <zstd.h>

#include "formats/manifest.h"
#include "verify/sandbox.h"

#define WIDTH 80
#define OPTION_COLUMN 27
#define WORD_MAX 32 /* longest word that suggestions are made for */
#define EXAMPLE_MAX (4 * MF_KIB)

const struct mf_cli_option mf_clihelp_option = {"help", 'h', NULL, "this page", false};

const struct mf_clihelp_exit mf_clihelp_exits[] = {
    {"0", "done"},
    {"1", "a check refused the input"},
    {"2", "wrong usage"},
    {"3", "network or upstream failure"},
    {"4", "damaged or malformed input"},
    {"5", "local file system failure"},
    {"130, 143", "interrupted"},
    {NULL, NULL},
};

/* Prints text wrapped to WIDTH. The cursor is in column `at`; every further
 * line starts in column `indent`. A \n in the text ends a paragraph. */
static void wrap(const char *text, size_t at, size_t indent, FILE *to)
{
    bool fresh = true;
    while (*text) {
        size_t n = strcspn(text, " \n");
        if (!fresh && at + 1 + n > WIDTH) {
            fprintf(to, "\n%*s", (int)indent, "");
            at = indent;
            fresh = true;
        }
        fprintf(to, "%s%.*s", fresh ? "" : " ", (int)n, text);
        at += n + (fresh ? 0 : 1);
        fresh = false;
        text += n;
        if (*text == '\n' && text[1]) {
            fprintf(to, "\n\n%*s", (int)indent, "");
            at = indent;
            fresh = true;
        }
        if (*text)
            text++;
    }
    fputc('\n', to);
}

static void print_exits(FILE *to)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(EXAMPLE_MAX);
    mf_buf_str(&text, MF_LIT("Exit status: "));
    for (const struct mf_clihelp_exit *e = mf_clihelp_exits; e->status; e++)
        mf_buf_fmt(&text, "%s %s%s", e->status, e->meaning, e[1].status ? "; " : ".");
    const char *line = mf_buf_cstr(&text);
    if (line)
        wrap(line, 0, 0, to);
}

void mf_clihelp_program(const struct mf_cli_program *program, FILE *to)
{
    fprintf(to, "Usage: %s COMMAND [ARGUMENT...]\n\n", program->name);
    wrap(program->summary, 0, 0, to);
    fprintf(to, "\nCommands:\n");
    for (const struct mf_cli_command *const *c = program->commands; *c; c++)
        fprintf(to, "  %-10s %s\n", (*c)->name, (*c)->summary);
    fprintf(to, "  %-10s %s\n", "help", "Explain a command");
    fprintf(to,
            "\nOptions:\n"
            "  -h, --help      this page; `%s COMMAND --help` explains a command\n"
            "  -V, --version   versions of program, formats and libraries; sandbox\n\n",
            program->name);
    print_exits(to);
}

void mf_clihelp_usage(const struct mf_cli_program *program, const struct mf_cli_command *command, const char *indent,
                      FILE *to)
{
    for (const char *const *line = command->usage; *line; line++)
        fprintf(to, "%susage: %s %s\n", indent, program->name, *line);
}

static void print_option(const struct mf_cli_option *option, FILE *to)
{
    char left[64];
    char letter[8] = "    ";
    if (option->letter)
        snprintf(letter, sizeof(letter), "-%c, ", option->letter);
    bool optional = option->value && option->value[0] == '[';
    int n = snprintf(left, sizeof(left), "  %s--%s%s%s", letter, option->name,
                     optional        ? "[="
                     : option->value ? " "
                                     : "",
                     option->value ? option->value + optional : "");
    if (n < OPTION_COLUMN)
        fprintf(to, "%-*s", OPTION_COLUMN, left);
    else
        fprintf(to, "%s\n%*s", left, OPTION_COLUMN, "");
    wrap(option->help, OPTION_COLUMN, OPTION_COLUMN, to);
}

void mf_clihelp_example(const struct mf_cli_program *program, const char *line, struct mf_buf *out)
{
    static const char standard[] = "modferry ";
    for (const char *hit; (hit = strstr(line, standard)); line = hit + sizeof(standard) - 1)
        mf_buf_fmt(out, "%.*s%s ", (int)(hit - line), line, program->name);
    mf_buf_str(out, mf_str(line));
}

static void print_example(const struct mf_cli_program *program, const char *line, FILE *to)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(EXAMPLE_MAX);
    mf_clihelp_example(program, line, &text);
    fprintf(to, "  $ %.*s\n", MF_FMT(mf_buf_view(&text)));
}

static void print_group(const struct mf_cli_program *program, const struct mf_cli_command *group, FILE *to)
{
    fprintf(to, "\nCommands:\n");
    for (const struct mf_cli_command *const *c = group->commands; *c; c++)
        fprintf(to, "  %-14s %s\n", (*c)->name, (*c)->summary);
    fprintf(to, "\n`%s %s COMMAND --help` explains one of them.\n", program->name, group->name);
}

void mf_clihelp_command(const struct mf_cli_program *program, const struct mf_cli_command *command, FILE *to)
{
    mf_clihelp_usage(program, command, "", to);
    fprintf(to, "\n%s.\n\n", command->summary);
    wrap(command->description, 0, 0, to);
    if (command->commands) {
        print_group(program, command, to);
        return;
    }
    fprintf(to, "\nOptions:\n");
    for (const struct mf_cli_option *o = command->options; o->name; o++)
        print_option(o, to);
    print_option(&mf_clihelp_option, to);
    fprintf(to, "\nExamples:\n");
    for (const char *const *line = command->examples; *line; line++)
        print_example(program, *line, to);
}

void mf_clihelp_version(const struct mf_cli_program *program, FILE *to)
{
    char sandbox[128];
    mf_sandbox_describe(sandbox, sizeof(sandbox));
    fprintf(to, "%s %s\nbundle format: %s\nzstd %s\n%ssandbox: %s\n", program->name, MODFERRY_VERSION,
            MF_MANIFEST_FORMAT, ZSTD_versionString(), program->libraries, sandbox);
}

/* What the user types for a command: of one in a group the last word. */
static const char *word_of(const struct mf_cli_command *command)
{
    const char *blank = strrchr(command->name, ' ');
    return blank ? blank + 1 : command->name;
}

const struct mf_cli_command *mf_clihelp_find(const struct mf_cli_command *const *commands, const char *word)
{
    for (const struct mf_cli_command *const *c = commands; *c; c++)
        if (strcmp(word_of(*c), word) == 0)
            return *c;
    return NULL;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned m = a < b ? a : b;
    return m < c ? m : c;
}

/* Edits (change, add, leave out, swap neighbours) between two words of at most
 * WORD_MAX bytes: optimal string alignment. */
static unsigned edits(struct mf_str a, struct mf_str b)
{
    unsigned d[WORD_MAX + 1][WORD_MAX + 1];
    for (size_t i = 0; i <= a.n; i++)
        d[i][0] = (unsigned)i;
    for (size_t j = 0; j <= b.n; j++)
        d[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a.n; i++) {
        for (size_t j = 1; j <= b.n; j++) {
            unsigned change = d[i - 1][j - 1] + (a.p[i - 1] != b.p[j - 1]);
            d[i][j] = least(d[i - 1][j] + 1, d[i][j - 1] + 1, change);
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] && d[i - 2][j - 2] + 1 < d[i][j])
                d[i][j] = d[i - 2][j - 2] + 1;
        }
    }
    return d[a.n][b.n];
}

/* Keeps `candidate` where it is nearer to `word` than what *distance says. */
static void consider(struct mf_str word, const char *candidate, unsigned *distance, const char **near)
{
    struct mf_str c = mf_str(candidate);
    if (word.n == 0 || word.n > WORD_MAX || c.n > WORD_MAX)
        return;
    unsigned d = edits(word, c);
    if (d < *distance && 2 * d < c.n) {
        *distance = d;
        *near = candidate;
    }
}

const struct mf_cli_command *mf_clihelp_near_command(const struct mf_cli_command *const *commands, struct mf_str word)
{
    unsigned distance = 3;
    const char *near = NULL;
    for (const struct mf_cli_command *const *c = commands; *c; c++)
        consider(word, word_of(*c), &distance, &near);
    return near ? mf_clihelp_find(commands, near) : NULL;
}

const char *mf_clihelp_near_option(const struct mf_cli_command *command, struct mf_str word)
{
    unsigned distance = 3;
    const char *near = NULL;
    for (const struct mf_cli_option *o = command->options; o->name; o++)
        consider(word, o->name, &distance, &near);
    return near;
}

/* Writes the manual pages and shell completions of the program whose table of
 * commands is linked (table_full.c or table_offline.c), while it is being built.
 *
 *     mkpages TEMPLATES OUT [--whole]
 *
 * TEMPLATES holds completion.bash.in and its kin; OUT is an existing directory.
 * With --whole one manual page has all commands, for a program that is installed
 * alone. Nothing but SOURCE_DATE_EPOCH makes the output of two runs differ. */
#include <errno.h>
#include <stdlib.h>
#include <time.h>

#include "cmd/commandtable.h"
#include "tools/completion.h"
#include "tools/manpage.h"

#define PATH_SIZE 4096
#define LINE_SIZE 1024

static void die(const char *what, const char *path)
{
    fprintf(stderr, "mkpages: %s %s: %s\n", what, path, strerror(errno));
    exit(1);
}

static FILE *open_in(const char *directory, const char *name, const char *mode)
{
    char path[PATH_SIZE];
    if ((size_t)snprintf(path, sizeof(path), "%s/%s", directory, name) >= sizeof(path))
        errno = ENAMETOOLONG;
    else {
        FILE *file = fopen(path, mode);
        if (file)
            return file;
    }
    die("open", name);
    return NULL;
}

static void close_written(FILE *file, const char *name)
{
    bool failed = ferror(file);
    if (fclose(file) != 0 || failed)
        die("write", name);
}

/* One line of a template, with @PROGRAM@ and @FUNCTION@ replaced. */
static void fill_line(const char *line, const char *function, FILE *to)
{
    static const char program_mark[] = "@PROGRAM@", function_mark[] = "@FUNCTION@";
    while (*line) {
        if (strncmp(line, program_mark, sizeof(program_mark) - 1) == 0) {
            fputs(mf_commandtable.name, to);
            line += sizeof(program_mark) - 1;
        } else if (strncmp(line, function_mark, sizeof(function_mark) - 1) == 0) {
            fputs(function, to);
            line += sizeof(function_mark) - 1;
        } else {
            fputc(*line++, to);
        }
    }
}

static void write_completion(const char *templates, const char *out, const char *shell,
                             void table(const struct mf_cli_program *, FILE *))
{
    char line[LINE_SIZE], name[64], function[MF_COMPLETION_FUNCTION];
    mf_completion_function(&mf_commandtable, function);
    snprintf(name, sizeof(name), "completion.%s.in", shell);
    FILE *from = open_in(templates, name, "r");
    snprintf(name, sizeof(name), "%s.%s", mf_commandtable.name, shell);
    FILE *to = open_in(out, name, "w");
    while (fgets(line, sizeof(line), from)) {
        if (strcmp(line, "@TABLE@\n") == 0)
            table(&mf_commandtable, to);
        else
            fill_line(line, function, to);
    }
    if (ferror(from) || fclose(from) != 0)
        die("read the template of", name);
    close_written(to, name);
}

static void write_command(const char *out, const struct mf_cli_command *command, const char *date)
{
    char name[128];
    snprintf(name, sizeof(name), "%s-%s.1", mf_commandtable.name, command->name);
    for (char *p = name; *p; p++)
        if (*p == ' ')
            *p = '-';
    FILE *to = open_in(out, name, "w");
    mf_manpage_command(&mf_commandtable, command, date, to);
    close_written(to, name);
    for (const struct mf_cli_command *const *c = command->commands; c && *c; c++)
        write_command(out, *c, date);
}

static void write_manpages(const char *out, bool whole, const char *date)
{
    char name[128];
    snprintf(name, sizeof(name), "%s.1", mf_commandtable.name);
    FILE *to = open_in(out, name, "w");
    mf_manpage_program(&mf_commandtable, whole, date, to);
    close_written(to, name);
    for (const struct mf_cli_command *const *c = mf_commandtable.commands; *c && !whole; c++)
        write_command(out, *c, date);
}

/* The date of the pages, as 2024-05-31; empty where none is set. */
static void read_date(char *out, size_t size)
{
    const char *text = getenv("SOURCE_DATE_EPOCH");
    out[0] = 0;
    if (!text || !*text)
        return;
    char *end;
    errno = 0;
    const time_t seconds = (time_t)strtoll(text, &end, 10);
    struct tm tm;
    if (errno == 0 && *end)
        errno = EINVAL;
    if (errno || !gmtime_r(&seconds, &tm) || strftime(out, size, "%Y-%m-%d", &tm) == 0)
        die("SOURCE_DATE_EPOCH", text);
}

int main(int argc, char **argv)
{
    bool whole = argc == 4 && strcmp(argv[3], "--whole") == 0;
    char date[32];
    if (argc != 3 && !whole) {
        fprintf(stderr, "usage: mkpages TEMPLATES OUT [--whole]\n");
        return 2;
    }
    read_date(date, sizeof(date));
    write_manpages(argv[2], whole, date);
    write_completion(argv[1], argv[2], "bash", mf_completion_bash);
    write_completion(argv[1], argv[2], "zsh", mf_completion_zsh);
    write_completion(argv[1], argv[2], "fish", mf_completion_fish);
    return 0;
}

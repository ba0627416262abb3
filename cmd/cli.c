#include "cmd/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cmd/cliargs.h"
#include "cmd/clihelp.h"
#include "cmd/output.h"
#include "cmd/report.h"

enum { OPEN_FILES = 4096 };

/* Opens descriptors 0 to 2 where the caller closed them, the wrong way round:
 * no file of ours may get such a number, and writing there must still fail. */
static bool secure_standard_streams(void)
{
    for (int fd = 0; fd < 3; fd++) {
        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
            continue;
        if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return false;
    }
    return true;
}

/* --json counts even where the command line did not parse. */
static bool wants_json(int count, char **words)
{
    for (int i = 0; i < count && strcmp(words[i], "--") != 0; i++)
        if (strcmp(words[i], "--json") == 0)
            return true;
    return false;
}

/* `group` is NULL for the program's own commands. */
static int unknown_command(const struct mf_cli_program *program, const struct mf_cli_command *group, const char *word,
                           struct mf_err *err)
{
    const struct mf_cli_command *near =
        mf_clihelp_near_command(group ? group->commands : program->commands, mf_str(word));
    mf_err_set(err, MF_E_USAGE, "unknown command \"%s%s%s\"", group ? group->name : "", group ? " " : "", word);
    if (near)
        mf_err_next(err, "did you mean `%s %s`? `%s --help` lists all commands", program->name, near->name,
                    program->name);
    return -1;
}

/* Takes the words of a command off the front: one, or two of a group. A group
 * alone is found as it is. */
static int take_command(const struct mf_cli_program *program, int *count, char ***words,
                        const struct mf_cli_command **command, struct mf_err *err)
{
    const struct mf_cli_command *group = NULL;
    const struct mf_cli_command *const *list = program->commands;
    do {
        const char *word = **words;
        const struct mf_cli_command *found = mf_clihelp_find(list, word);
        if (!found)
            return unknown_command(program, group, word, err);
        *command = found;
        (*count)--;
        (*words)++;
        group = found;
        list = found->commands;
    } while (list && *count > 0 && (**words)[0] != '-');
    return 0;
}

static int run_help(const struct mf_cli_program *program, int count, char **words, struct mf_err *err)
{
    const char *name = count > 0 ? words[0] : "help";
    const struct mf_cli_command *command;
    if (count <= 1 && (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0)) {
        mf_clihelp_program(program, stdout);
        return 0;
    }
    if (take_command(program, &count, &words, &command, err) < 0)
        return -1;
    if (count > 0)
        return mf_err_set(err, MF_E_USAGE, "help explains one command at a time");
    mf_clihelp_command(program, command, stdout);
    return 0;
}

/* A group without one of its commands: all that it can do is to explain itself. */
static int run_group(const struct mf_cli_program *program, const struct mf_cli_command *group, int count, char **words,
                     struct mf_err *err)
{
    if (count == 0)
        return mf_err_set(err, MF_E_USAGE, "%s: which of its commands to run was not said", group->name);
    if (strcmp(words[0], "--help") != 0 && strcmp(words[0], "-h") != 0)
        return mf_err_set(err, MF_E_USAGE, "%s: unknown option %s before the command", group->name, words[0]);
    mf_clihelp_command(program, group, stdout);
    return 0;
}

static int run_command(const struct mf_cli_program *program, const struct mf_cli_command *command, int count,
                       char **words, struct mf_err *err)
{
    MF_CLEANUP(mf_cliargs_release) struct mf_cli_args args = {0};
    if (mf_cliargs_parse(&args, program, command, count, words, err) < 0)
        return mf_err_prefix(err, "%s", command->name);
    if (args.help) {
        mf_clihelp_command(program, command, stdout);
        return 0;
    }
    return command->run(&args, err);
}

/* Runs what the words ask for. Returns the exit status or -1; *command becomes
 * the command, where one was named. */
static int dispatch(const struct mf_cli_program *program, int count, char **words,
                    const struct mf_cli_command **command, struct mf_err *err)
{
    if (count == 0)
        return mf_err_set(err, MF_E_USAGE, "no command was given");
    const char *first = words[0];
    if (strcmp(first, "--version") == 0 || strcmp(first, "-V") == 0) {
        mf_clihelp_version(program, stdout);
        return 0;
    }
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0)
        return run_help(program, 0, NULL, err);
    if (strcmp(first, "help") == 0)
        return run_help(program, count - 1, words + 1, err);
    if (first[0] == '-')
        return mf_err_set(err, MF_E_USAGE, "unknown option %s before the command", first);
    if (take_command(program, &count, &words, command, err) < 0)
        return -1;
    return ((*command)->commands ? run_group : run_command)(program, *command, count, words, err);
}

/* A bundle with zips has hundreds of files open (verify/modstream.h), which some limits
 * are too low for. What cannot be had shows where a file is opened. */
static void raise_file_limit(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) < 0 || files.rlim_cur >= OPEN_FILES)
        return;
    files.rlim_cur = files.rlim_max < OPEN_FILES ? files.rlim_max : OPEN_FILES;
    setrlimit(RLIMIT_NOFILE, &files);
}

int mf_cli_main(const struct mf_cli_program *program, int argc, char **argv)
{
    int count = argc > 0 ? argc - 1 : 0;
    const struct mf_cli_command *command = NULL;
    struct mf_err err = {0};
    /* a closed pipe is then a failed write like any other */
    signal(SIGPIPE, SIG_IGN);
    raise_file_limit();
    if (!secure_standard_streams() || sodium_init() < 0)
        return mf_code_exit(MF_E_IO);
    int status = dispatch(program, count, argv + 1, &command, &err);
    if (status < 0)
        status = mf_report_error(program, command, wants_json(count, argv + 1), &err);
    if (mf_output_close(&err) < 0) {
        int failed = mf_report_error(program, NULL, false, &err);
        status = status ? status : failed;
    }
    return status;
}

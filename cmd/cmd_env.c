#include <errno.h>
#include <stdlib.h>

#include "cmd/cliargs.h"
#include "cmd/commandtable.h"
#include "cmd/files.h"
#include "cmd/output.h"
#include "verify/sandbox.h"
#include "verify/treeenv.h"

#define TEXT_MAX (32 * MF_MIB) /* what is in it has its own limits, and is quoted */

static const char *const usage[] = {"env DIR [--format FORMAT]", NULL};
static const char *const examples[] = {
    "eval \"$(modferry env /srv/goproxy)\"",
    "modferry env /srv/goproxy --format fish | source",
    "modferry env /srv/goproxy --format docker >> Dockerfile",
    NULL,
};
static const char *const operands[] = {"DIR", NULL};
static const struct mf_cli_option options[] = {
    {"format", 'f', "sh|fish|powershell|json|docker|goenv", "in which language (default: sh)", false},
    {0},
};

static int choose_format(const struct mf_cli_args *args, enum mf_env_format *out, struct mf_err *err)
{
    const char *name = mf_cliargs_value(args, "format");
    *out = MF_ENV_SH;
    if (name && !mf_env_format_parse(mf_str(name), out))
        return mf_err_set(err, MF_E_USAGE, "--format takes sh, fish, powershell, json, docker or goenv, not \"%s\"",
                          name);
    return 0;
}

static void release_text(char **text)
{
    free(*text);
}

static int print(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(mf_dir_release) struct mf_dir dir = MF_DIR_NONE;
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(TEXT_MAX);
    MF_CLEANUP(release_text) char *path = NULL;
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(16 * MF_MIB);
    struct mf_treesumdb_record sumdb;
    enum mf_env_format format;
    const char *gonosumdb = getenv("GONOSUMDB");
    struct mf_treeenv tree = {.goflags = mf_str(getenv("GOFLAGS"))};
    if (choose_format(args, &format, err) < 0 || mf_files_dir(args->operands[0], false, &dir, err) < 0)
        return -1;
    const struct mf_sandbox_place place = {dir.fd, MF_SANDBOX_READ};
    if (mf_sandbox_enter(&place, 1, err) < 0 || mf_check_kind(dir, &tree.kind, &tree.toolchains, err) < 0)
        return -1;
    path = realpath(args->operands[0], NULL);
    if (!path)
        return mf_err_errno(err, errno, "find the absolute path");
    tree.path = mf_str(path);
    tree.gonosumdb = mf_str(gonosumdb && *gonosumdb ? gonosumdb : getenv("GOPRIVATE"));
    tree.sumdb = &sumdb;
    if (mf_treesumdb_read(dir, &sumdb, &arena, err) < 0 || mf_treeenv_write(&tree, format, &text, err) < 0)
        return -1;
    /* written for a shell or a file, and quoted for it there: not to be masked */
    mf_output_bytes(mf_buf_view(&text));
    return 0;
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    return print(args, err) < 0 ? mf_err_prefix(err, "env %s", args->operands[0]) : 0;
}

const struct mf_cli_command mf_cmd_env = {
    .name = "env",
    .summary = "Print the settings with which go uses a tree",
    .usage = usage,
    .description =
        "Prints the environment variables with which an unmodified `go` takes modules from the tree and from nowhere "
        "else, with its checks left on as far as the tree allows. GOFLAGS of the calling environment is looked at for "
        "flags that would defeat them. Where the tree holds Go toolchains, go may switch to them (GOTOOLCHAIN=auto). "
        "With a complete checksum database GONOSUMDB has the modules that it does not cover. Without one it names the "
        "module of the toolchains, where there are any, beside the patterns of GONOSUMDB or GOPRIVATE in the calling "
        "environment.\n",
    .examples = examples,
    .options = options,
    .operands = operands,
    .operands_max = 1,
    .run = run,
};

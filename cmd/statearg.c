#include "cmd/statearg.h"

#include <errno.h>
#include <stdlib.h>

#include "cmd/cliargs.h"
#include "cmd/files.h"
#include "cmd/output.h"

#define PATH_ROOM 4096
#define NAME "modferry/state.json"

/* The path of the state; NULL where nothing says where it is. As XDG has it, a
 * path that is not absolute counts as none. */
static const char *find_path(const struct mf_cli_args *args, struct mf_buf *path)
{
    const char *given = mf_cliargs_value(args, "state");
    const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (given)
        return given;
    if (xdg && *xdg == '/')
        mf_buf_fmt(path, "%s/" NAME, xdg);
    else if (home && *home == '/')
        mf_buf_fmt(path, "%s/.local/state/" NAME, home);
    else
        return NULL;
    return mf_buf_cstr(path);
}

/* 1 where there is a file, 0 where there is none, -1. */
static int look_for(const char *path, struct mf_err *err)
{
    struct stat st;
    if (stat(path, &st) == 0)
        return 1;
    return errno == ENOENT || errno == ENOTDIR ? 0 : mf_err_errno(err, errno, "look for the state %s", path);
}

int mf_statearg_open(const struct mf_cli_args *args, bool write, struct mf_truststate *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf room = MF_BUF_INIT(PATH_ROOM);
    MF_CLEANUP(mf_dir_release) struct mf_dir dir = MF_DIR_NONE;
    const char *name, *path = find_path(args, &room);
    if (mf_buf_check(&room, err) < 0)
        return -1;
    if (!path && write) {
        mf_err_set(err, MF_E_USAGE,
                   "there is no place to keep what was accepted: neither XDG_STATE_HOME nor HOME is "
                   "set");
        return mf_err_next(err, "pass --state FILE");
    }
    int there = !path ? 0 : write ? 1 : look_for(path, err);
    if (there <= 0)
        return there;
    if (mf_files_place(path, write, &dir, &name, err) < 0)
        return mf_err_prefix(err, "open the state %s", path);
    struct mf_dir taken = dir;
    dir = MF_DIR_NONE;
    return mf_truststate_open(taken, name, write, out, err);
}

void mf_statearg_overridden_lines(const struct mf_overridden *overridden)
{
    for (size_t i = 0; i < overridden->count; i++)
        mf_output_line("OVERRIDDEN %s", overridden->what[i]);
}

json_t *mf_statearg_overridden_json(const struct mf_overridden *overridden)
{
    json_t *array = json_array();
    for (size_t i = 0; i < overridden->count; i++)
        mf_output_append(&array, mf_output_string(mf_str(overridden->what[i])));
    return array;
}

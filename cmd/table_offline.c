#include "cmd/commandtable.h"

static const struct mf_cli_command *const commands[] = {
    &mf_cmd_keygen, &mf_cmd_sign, &mf_cmd_trust,  &mf_cmd_verify, &mf_cmd_unpack, &mf_cmd_list,
    &mf_cmd_cat,    &mf_cmd_diff, &mf_cmd_expand, &mf_cmd_check,  &mf_cmd_env,    NULL,
};

const struct mf_cli_program mf_commandtable = {
    .name = "modferry-offline",
    .summary = "Receives Go modules that modferry packed: checks signatures and hashes and fills a proxy tree or a "
               "GOMODCACHE. This program holds no network code.",
    .commands = commands,
    .libraries = "",
};

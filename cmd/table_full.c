#include "cmd/commandtable.h"

/* In the order of --help. */
static const struct mf_cli_command *const commands[] = {
    &mf_cmd_resolve, &mf_cmd_pack,   &mf_cmd_doctor, &mf_cmd_keygen,   &mf_cmd_sign, &mf_cmd_trust,
    &mf_cmd_verify,  &mf_cmd_unpack, &mf_cmd_list,   &mf_cmd_cat,      &mf_cmd_diff, &mf_cmd_expand,
    &mf_cmd_check,   &mf_cmd_fits,   &mf_cmd_env,    &mf_cmd_rehearse, NULL,
};

const struct mf_cli_program mf_commandtable = {
    .name = "modferry",
    .summary = "Carries Go modules across air gaps: packs a module closure into one signed bundle, and on the far "
               "side checks it and fills a proxy tree or a GOMODCACHE, so that `go` works there as usual.",
    .commands = commands,
    .libraries = "libcurl " MODFERRY_LIBCURL_VERSION "\n",
};

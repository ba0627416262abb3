/* modferry trust: the commands around trust documents (docs/trust.md). */
#include "cmd/commandtable.h"
#include "cmd/trustcommands.h"

static const char *const usage[] = {"trust COMMAND [ARGUMENT...]", NULL};

static const struct mf_cli_command *const commands[] = {
    &mf_cmd_trustinit, &mf_cmd_trustshow, &mf_cmd_trustaddkey, &mf_cmd_trustrevoke,
    &mf_cmd_trustset,  &mf_cmd_trustsign, &mf_cmd_trustupdate, NULL,
};

const struct mf_cli_command mf_cmd_trust = {
    .name = "trust",
    .summary = "Say whose signatures count: keys, thresholds, channels",
    .usage = usage,
    .description =
        "A trust document names keys, how long each is valid, how many of them have to sign for a channel, and how old "
        "its bundles may be. It is signed itself; each version is accepted under the signatures that the one before "
        "asks for. Commands that read a bundle take it with --trust FILE, and keep which version and which bundle of "
        "each channel they have seen, so that nobody can go back.\n",
    .commands = commands,
};

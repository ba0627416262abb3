/* The commands of the group `trust`. */
#ifndef MF_TRUSTCOMMANDS_H
#define MF_TRUSTCOMMANDS_H

#include "cmd/cli.h"

extern const struct mf_cli_command mf_cmd_trustinit;
extern const struct mf_cli_command mf_cmd_trustshow;
extern const struct mf_cli_command mf_cmd_trustaddkey;
extern const struct mf_cli_command mf_cmd_trustrevoke;
extern const struct mf_cli_command mf_cmd_trustset;
extern const struct mf_cli_command mf_cmd_trustsign;
extern const struct mf_cli_command mf_cmd_trustupdate;

#endif

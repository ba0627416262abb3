/* Every command, and the table of the program that is being linked.
 *
 * table_full.c makes `modferry` of it, table_offline.c `modferry-offline`; a
 * program links exactly one of them, and with it the commands it names.
 */
#ifndef MF_COMMANDTABLE_H
#define MF_COMMANDTABLE_H

#include "cmd/cli.h"

extern const struct mf_cli_program mf_commandtable;

/* The offline half: verify/ and formats/ only. */
extern const struct mf_cli_command mf_cmd_keygen;
extern const struct mf_cli_command mf_cmd_sign;
extern const struct mf_cli_command mf_cmd_trust; /* a group */
extern const struct mf_cli_command mf_cmd_verify;
extern const struct mf_cli_command mf_cmd_unpack;
extern const struct mf_cli_command mf_cmd_list;
extern const struct mf_cli_command mf_cmd_cat;
extern const struct mf_cli_command mf_cmd_diff;
extern const struct mf_cli_command mf_cmd_expand;
extern const struct mf_cli_command mf_cmd_check;
extern const struct mf_cli_command mf_cmd_env;

/* The offline half and rehearse/: it starts other programs, so modferry alone
 * has it. */
extern const struct mf_cli_command mf_cmd_rehearse;

/* The online half: bundle/ and formats/ only. */
extern const struct mf_cli_command mf_cmd_resolve;
extern const struct mf_cli_command mf_cmd_pack;
extern const struct mf_cli_command mf_cmd_doctor;

/* Both halves. */
extern const struct mf_cli_command mf_cmd_fits;

#endif

/* --state: where this machine keeps what it has accepted. */
#ifndef MF_STATEARG_H
#define MF_STATEARG_H

#include <jansson.h>

#include "cmd/cli.h"
#include "verify/truststate.h"

#define MF_STATEARG_OPTION                                                                                             \
    {                                                                                                                  \
        "state", 0, "FILE",                                                                                            \
            "what was accepted so far (default: modferry/state.json in XDG_STATE_HOME or ~/.local/state)", false       \
    }

/* Opens the state: the file of --state, else modferry/state.json below
 * $XDG_STATE_HOME, else below $HOME/.local/state. With `write` its directory is
 * made where needed, and the lock is taken; without, a state that is not there
 * is an empty one. MF_E_USAGE where it is to be written and none of the three
 * says where. `out` is to be released whatever the result is. */
int mf_statearg_open(const struct mf_cli_args *args, bool write, struct mf_truststate *out,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* What --override-trust went past: a line OVERRIDDEN each, or an array of strings
 * (NULL where memory is short). */
void mf_statearg_overridden_lines(const struct mf_overridden *overridden) MF_NONNULL;
json_t *mf_statearg_overridden_json(const struct mf_overridden *overridden) MF_NONNULL;

#endif

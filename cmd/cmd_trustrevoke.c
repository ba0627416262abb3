#include "cmd/cliargs.h"
#include "cmd/signarg.h"
#include "cmd/trustcommands.h"
#include "cmd/trustedit.h"
#include "formats/timetext.h"

static const char *const usage[] = {"trust revoke FILE NAME --reason TEXT", NULL};
static const char *const examples[] = {"modferry trust revoke team.trust bob --reason 'laptop lost'", NULL};
static const char *const operands[] = {"FILE", "NAME", NULL};
static const struct mf_cli_option options[] = {
    {"reason", 0, "TEXT", "why; it is shown where a signature by the key is refused", false},
    MF_CLIARGS_JSON,
    {0},
};

static int revoke(const struct mf_cli_args *args, struct mf_trustedit *edit, struct mf_err *err)
{
    const char *reason = mf_cliargs_value(args, "reason");
    char text[MF_TIMETEXT_UTC];
    uint64_t seconds;
    if (!reason || !*reason)
        return mf_err_set(err, MF_E_USAGE, "--reason TEXT is needed");
    if (mf_trustedit_open(args->operands[0], edit, err) < 0)
        return -1;
    mf_trustedit_begin(edit);
    long at = mf_trustdoc_find_key(&edit->doc, mf_str(args->operands[1]));
    if (at < 0) {
        mf_err_set(err, MF_E_USAGE, "the document has no key \"%s\"", args->operands[1]);
        return mf_err_next(err, "`modferry trust show FILE` lists its keys");
    }
    if (edit->doc.keys[at].revoked_at.n)
        return mf_err_set(err, MF_E_USAGE, "%s is revoked already", args->operands[1]);
    if (mf_signarg_time(&seconds, err) < 0 || mf_trustedit_own_keys(edit, err) < 0)
        return -1;
    if (!mf_timetext_utc((int64_t)seconds, text))
        return mf_err_set(err, MF_E_USAGE, "the time cannot be written as a date");
    edit->doc.keys[at].revoked_at = mf_str(text);
    edit->doc.keys[at].revoked_because = mf_str(reason);
    if (mf_trustedit_write(edit, err) < 0)
        return -1;
    return mf_trustedit_report(args, edit, err);
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(mf_trustedit_release) struct mf_trustedit edit = MF_TRUSTEDIT_INIT;
    return revoke(args, &edit, err) < 0 ? mf_err_prefix(err, "trust revoke %s", args->operands[0]) : 0;
}

const struct mf_cli_command mf_cmd_trustrevoke = {
    .name = "trust revoke",
    .summary = "Take a key out of use for good",
    .usage = usage,
    .description = "Makes the next version of the document, unsigned, or changes the draft of it. Where that version "
                   "is known, no signature by the key counts any more, whenever it was made: nothing shows when that "
                   "was. The root of the version before still signs, the revoked key included if it is needed. A root "
                   "that could not sign any more is refused: add a key first.\n",
    .examples = examples,
    .options = options,
    .operands = operands,
    .operands_max = 2,
    .run = run,
};

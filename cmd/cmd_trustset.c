#include "cmd/cliargs.h"
#include "cmd/trustcommands.h"
#include "cmd/trustedit.h"

static const char *const usage[] = {
    "trust set FILE [--root-threshold N] [--root-signers LIST]",
    "trust set FILE --channel NAME [--threshold N] [--signers LIST] [--max-age DAYS] [--expires required|optional]",
    "trust set FILE --channel NAME --remove",
    NULL,
};
static const char *const examples[] = {
    "modferry trust set team.trust --root-threshold 2",
    "modferry trust set team.trust --channel stable --signers alice,bob,carol --threshold 2 --max-age 90",
    "modferry trust set team.trust --channel '*' --remove",
    NULL,
};
static const char *const operands[] = {"FILE", NULL};
static const struct mf_cli_option options[] = {
    {"root-threshold", 0, "N", "so many keys of the root have to sign a trust document", false},
    {"root-signers", 0, "LIST", "the keys of the root, by name", false},
    {"channel", 0, "NAME", "the channel that is meant; * is the default for those without an entry", false},
    {"threshold", 0, "N", "so many of its keys have to sign a bundle (of a new channel: 1)", false},
    {"signers", 0, "LIST", "its keys, by name (a new channel needs them)", false},
    {"max-age", 0, "DAYS", "refuse bundles that are older; 0 takes the rule away", false},
    {"expires", 0, "HOW", "required: refuse bundles that do not say when they expire; optional", false},
    {"remove", 0, NULL, "take the channel out of the document", false},
    MF_CLIARGS_JSON,
    {0},
};

static int set_threshold(const struct mf_cli_args *args, const char *option, struct mf_trustrole *role,
                         struct mf_err *err)
{
    unsigned long n;
    if (mf_cliargs_number(args, option, 1, MF_TRUSTDOC_ROLE_MAX, role->threshold ? role->threshold : 1, &n, err) < 0)
        return -1;
    role->threshold = n;
    return 0;
}

static int set_root(const struct mf_cli_args *args, struct mf_trustedit *edit, struct mf_err *err)
{
    const char *signers = mf_cliargs_value(args, "root-signers");
    if (signers && mf_trustedit_set_members(edit, &edit->doc.root, signers, err) < 0)
        return -1;
    return set_threshold(args, "root-threshold", &edit->doc.root, err);
}

static void remove_channel(struct mf_trustdoc *doc, struct mf_trustchannel *channel)
{
    size_t after = doc->channel_count - (size_t)(channel - doc->channels) - 1;
    memmove(channel, channel + 1, after * sizeof(*channel));
    doc->channel_count--;
}

static int set_channel(const struct mf_cli_args *args, struct mf_trustedit *edit, const char *name, struct mf_err *err)
{
    const char *signers = mf_cliargs_value(args, "signers"), *expires = mf_cliargs_value(args, "expires");
    bool is_new = !mf_trustdoc_find_channel(&edit->doc, mf_str(name)), remove = mf_cliargs_has(args, "remove");
    struct mf_trustchannel *c;
    unsigned long days;
    if (is_new && (remove || !signers))
        return mf_err_set(err, MF_E_USAGE, "the document has no channel \"%s\"%s", name,
                          remove ? "" : "; to make it, --signers LIST is needed");
    if (mf_trustedit_channel(edit, name, &c, err) < 0)
        return -1;
    if (remove) {
        remove_channel(&edit->doc, c);
        return 0;
    }
    if (expires && strcmp(expires, "required") != 0 && strcmp(expires, "optional") != 0)
        return mf_err_set(err, MF_E_USAGE, "--expires takes \"required\" or \"optional\", not \"%s\"", expires);
    if ((signers && mf_trustedit_set_members(edit, &c->role, signers, err) < 0) ||
        set_threshold(args, "threshold", &c->role, err) < 0 ||
        mf_cliargs_number(args, "max-age", 0, MF_TRUSTDOC_DAYS_MAX, c->max_age_days, &days, err) < 0)
        return -1;
    c->max_age_days = days;
    c->require_expires = expires ? strcmp(expires, "required") == 0 : c->require_expires;
    return 0;
}

static int check_options(const struct mf_cli_args *args, struct mf_err *err)
{
    static const char *const of_channel[] = {"threshold", "signers", "max-age", "expires", "remove"};
    bool any = mf_cliargs_has(args, "root-threshold") || mf_cliargs_has(args, "root-signers");
    if (!mf_cliargs_has(args, "channel")) {
        for (size_t i = 0; i < MF_COUNT(of_channel); i++)
            if (mf_cliargs_has(args, of_channel[i]))
                return mf_err_set(err, MF_E_USAGE, "--%s needs --channel NAME", of_channel[i]);
        return any ? 0 : mf_err_set(err, MF_E_USAGE, "what to set was not said");
    }
    for (size_t i = 0; i < MF_COUNT(of_channel); i++)
        any |= mf_cliargs_has(args, of_channel[i]);
    return any ? 0 : mf_err_set(err, MF_E_USAGE, "what to set of the channel was not said");
}

static int set(const struct mf_cli_args *args, struct mf_trustedit *edit, struct mf_err *err)
{
    const char *channel = mf_cliargs_value(args, "channel");
    if (check_options(args, err) < 0 || mf_trustedit_open(args->operands[0], edit, err) < 0)
        return -1;
    mf_trustedit_begin(edit);
    if (set_root(args, edit, err) < 0 || (channel && set_channel(args, edit, channel, err) < 0) ||
        mf_trustedit_write(edit, err) < 0)
        return -1;
    return mf_trustedit_report(args, edit, err);
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(mf_trustedit_release) struct mf_trustedit edit = MF_TRUSTEDIT_INIT;
    return set(args, &edit, err) < 0 ? mf_err_prefix(err, "trust set %s", args->operands[0]) : 0;
}

const struct mf_cli_command mf_cmd_trustset = {
    .name = "trust set",
    .summary = "Set thresholds, channels and how old bundles may be",
    .usage = usage,
    .description = "Makes the next version of the document, unsigned, or changes the draft of it. LIST has names of "
                   "keys of the document, separated by commas.\n",
    .examples = examples,
    .options = options,
    .operands = operands,
    .operands_max = 1,
    .run = run,
};

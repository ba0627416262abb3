#include "cmd/cliargs.h"
#include "cmd/trustcommands.h"
#include "cmd/trustedit.h"
#include "formats/timetext.h"

static const char *const usage[] = {
    "trust add-key FILE --signer NAME=FILE [--root] [--channel NAME]... [--valid-from TIME] [--valid-until TIME]",
    NULL,
};
static const char *const examples[] = {
    "modferry trust add-key team.trust --signer carol=carol.pub --root --channel stable",
    "modferry trust add-key team.trust --signer ci=ci.pub --channel nightly --valid-until 2027-01-01T00:00:00Z",
    NULL,
};
static const char *const operands[] = {"FILE", NULL};
static const struct mf_cli_option options[] = {
    {"signer", 0, "NAME=FILE", "the key and what it is called here", false},
    {"root", 0, NULL, "it may sign trust documents", false},
    {"channel", 0, "NAME", "it may sign bundles of this channel, which must be there; may be repeated", true},
    {"valid-from", 0, "TIME", "it does not count before, for example 2026-01-31T00:00:00Z", false},
    {"valid-until", 0, "TIME", "it does not count from then on", false},
    MF_CLIARGS_JSON,
    {0},
};

static int read_time(const struct mf_cli_args *args, const char *option, struct mf_str *out, struct mf_err *err)
{
    const char *text = mf_cliargs_value(args, option);
    if (text && !mf_timetext_is_utc(mf_str(text)))
        return mf_err_set(err, MF_E_USAGE, "--%s %s: not a time like 2026-01-31T00:00:00Z", option, text);
    if (text)
        *out = mf_str(text);
    return 0;
}

static int add_roles(const struct mf_cli_args *args, struct mf_trustedit *edit, size_t key, struct mf_err *err)
{
    bool root = mf_cliargs_has(args, "root");
    const char *name;
    size_t n = 0;
    if (root && mf_trustedit_add_member(edit, &edit->doc.root, key, err) < 0)
        return -1;
    for (; (name = mf_cliargs_nth(args, "channel", n)); n++) {
        struct mf_trustchannel *c;
        if (!mf_trustdoc_find_channel(&edit->doc, mf_str(name))) {
            mf_err_set(err, MF_E_USAGE, "the document has no channel \"%s\"", name);
            return mf_err_next(err, "make it with `modferry trust set FILE --channel NAME --signers LIST`");
        }
        if (mf_trustedit_channel(edit, name, &c, err) < 0 || mf_trustedit_add_member(edit, &c->role, key, err) < 0)
            return -1;
    }
    if (n == 0 && !root)
        return mf_err_set(err, MF_E_USAGE, "what it may sign was not said: --root, --channel NAME or both");
    return 0;
}

static int add(const struct mf_cli_args *args, struct mf_trustedit *edit, struct mf_err *err)
{
    const char *signer = mf_cliargs_value(args, "signer");
    size_t at;
    if (!signer)
        return mf_err_set(err, MF_E_USAGE, "--signer NAME=FILE is needed");
    if (mf_trustedit_open(args->operands[0], edit, err) < 0)
        return -1;
    mf_trustedit_begin(edit);
    if (mf_trustedit_add_key(edit, signer, &at, err) < 0 || add_roles(args, edit, at, err) < 0 ||
        mf_trustedit_own_keys(edit, err) < 0 ||
        read_time(args, "valid-from", &edit->doc.keys[at].valid_from, err) < 0 ||
        read_time(args, "valid-until", &edit->doc.keys[at].valid_until, err) < 0 || mf_trustedit_write(edit, err) < 0)
        return -1;
    return mf_trustedit_report(args, edit, err);
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(mf_trustedit_release) struct mf_trustedit edit = MF_TRUSTEDIT_INIT;
    return add(args, &edit, err) < 0 ? mf_err_prefix(err, "trust add-key %s", args->operands[0]) : 0;
}

const struct mf_cli_command mf_cmd_trustaddkey = {
    .name = "trust add-key",
    .summary = "Add a key, or what it may sign",
    .usage = usage,
    .description = "Makes the next version of the document, unsigned, or changes the draft of it. A key that is there "
                   "already, under the same name, is given further roles or another time of validity.\n",
    .examples = examples,
    .options = options,
    .operands = operands,
    .operands_max = 1,
    .run = run,
};

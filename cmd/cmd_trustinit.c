#include <unistd.h>

#include "cmd/cliargs.h"
#include "cmd/files.h"
#include "cmd/trustcommands.h"
#include "cmd/trustedit.h"

static const char *const usage[] = {
    "trust init FILE --signer NAME=FILE... [--threshold N] [--channel NAME]... [--max-age DAYS] [--require-expires]",
    NULL,
};
static const char *const examples[] = {
    "modferry trust init team.trust --signer alice=alice.pub",
    "modferry trust init team.trust --signer alice=alice.pub --signer bob=bob.pub --threshold 2 --channel stable",
    NULL,
};
static const char *const operands[] = {"FILE", NULL};
static const struct mf_cli_option options[] = {
    {"signer", 0, "NAME=FILE", "a key and what it is called here; may be repeated", true},
    {"threshold", 0, "N", "so many of them have to sign (needed where there are several)", false},
    {"channel", 0, "NAME", "a channel; may be repeated (default: *, which stands for all)", true},
    {"max-age", 0, "DAYS", "refuse bundles that are older", false},
    {"require-expires", 0, NULL, "refuse bundles that do not say when they expire", false},
    MF_CLIARGS_JSON,
    {0},
};

static int add_signers(const struct mf_cli_args *args, struct mf_trustedit *edit, struct mf_err *err)
{
    struct mf_trustdoc *d = &edit->doc;
    unsigned long threshold;
    size_t at, count = 0;
    for (const char *text; (text = mf_cliargs_nth(args, "signer", count)); count++)
        if (mf_trustedit_add_key(edit, text, &at, err) < 0)
            return -1;
    for (size_t i = 0; i < d->key_count; i++)
        if (mf_trustedit_add_member(edit, &d->root, i, err) < 0)
            return -1;
    if (count == 0)
        return mf_err_set(err, MF_E_USAGE, "--signer NAME=FILE is needed at least once");
    if (count > 1 && !mf_cliargs_has(args, "threshold"))
        return mf_err_set(err, MF_E_USAGE, "--threshold N is needed: how many of the %zu have to sign", count);
    if (mf_cliargs_number(args, "threshold", 1, MF_TRUSTDOC_ROLE_MAX, 1, &threshold, err) < 0)
        return -1;
    d->root.threshold = threshold;
    return 0;
}

static int add_channels(const struct mf_cli_args *args, struct mf_trustedit *edit, struct mf_err *err)
{
    unsigned long days;
    const char *name = mf_cliargs_nth(args, "channel", 0);
    if (mf_cliargs_number(args, "max-age", 1, MF_TRUSTDOC_DAYS_MAX, 0, &days, err) < 0)
        return -1;
    for (size_t n = 0; n == 0 || name; name = mf_cliargs_nth(args, "channel", ++n)) {
        struct mf_trustchannel *c;
        if (mf_trustedit_channel(edit, name ? name : MF_TRUSTDOC_DEFAULT, &c, err) < 0)
            return -1;
        c->role = edit->doc.root;
        c->max_age_days = days;
        c->require_expires = mf_cliargs_has(args, "require-expires");
    }
    return 0;
}

static int init(const struct mf_cli_args *args, struct mf_trustedit *edit, struct mf_err *err)
{
    edit->path = args->operands[0];
    edit->doc.version = 1;
    if (access(edit->path, F_OK) == 0) {
        mf_err_set(err, MF_E_POLICY, "it exists already and is not overwritten");
        return mf_err_next(err, "choose another name, or make its next version with `modferry trust set`");
    }
    if (add_signers(args, edit, err) < 0 || add_channels(args, edit, err) < 0 || mf_trustedit_write(edit, err) < 0)
        return -1;
    return mf_trustedit_report(args, edit, err);
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(mf_trustedit_release) struct mf_trustedit edit = MF_TRUSTEDIT_INIT;
    return init(args, &edit, err) < 0 ? mf_err_prefix(err, "trust init %s", args->operands[0]) : 0;
}

const struct mf_cli_command mf_cmd_trustinit = {
    .name = "trust init",
    .summary = "Make version 1 of a trust document",
    .usage = usage,
    .description = "The keys that are named make the root, which signs the document itself, and may sign for each "
                   "channel. `trust set` makes finer rules, as long as the document is unsigned in the same version. "
                   "Have it signed with `trust sign`, and carry the file across by a way that you trust: version 1 is "
                   "trusted because it is given.\n",
    .examples = examples,
    .options = options,
    .operands = operands,
    .operands_max = 1,
    .run = run,
};

#include <inttypes.h>

#include "cmd/cliargs.h"
#include "cmd/files.h"
#include "cmd/output.h"
#include "cmd/statearg.h"
#include "cmd/trustcommands.h"
#include "cmd/trustedit.h"
#include "formats/base/encode.h"

static const char *const usage[] = {
    "trust show FILE [--document FILE|-] [--json]",
    "trust show [--state FILE] [--json]",
    NULL,
};
static const char *const examples[] = {
    "modferry trust show team.trust",
    "modferry trust show team.trust --document document.json",
    "modferry trust show",
    NULL,
};
static const char *const operands[] = {NULL};
static const struct mf_cli_option options[] = {
    {"document", 0, "FILE", "write the newest document as it is signed to FILE, `-` for standard output", false},
    MF_STATEARG_OPTION,
    MF_CLIARGS_JSON,
    {0},
};

static int show_document(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(mf_trustedit_release) struct mf_trustedit edit = MF_TRUSTEDIT_INIT;
    const char *out = mf_cliargs_value(args, "document");
    if (mf_trustedit_open(args->operands[0], &edit, err) < 0)
        return mf_err_prefix(err, "%s", args->operands[0]);
    struct mf_str text = mf_trustedit_newest(&edit)->text;
    if (out && strcmp(out, "-") == 0) {
        mf_output_bytes(text);
        return 0;
    }
    if (out && mf_files_write(out, text, 0666, err) < 0)
        return -1;
    if (mf_cliargs_has(args, "json"))
        return mf_output_json(mf_trustedit_json(&edit), err);
    mf_trustedit_print(&edit.doc, edit.now);
    mf_trustedit_print_status(&edit);
    return 0;
}

static void print_state(const struct mf_truststate *s)
{
    char hex[MF_HEX_SIZE(32)];
    mf_hex(s->seen.sha256.b, 32, hex);
    if (s->seen.version)
        mf_output_line("trust      version %" PRIu64 ", SHA-256 %s", s->seen.version, hex);
    else
        mf_output_line("trust      no document was accepted yet");
    for (size_t i = 0; i < s->channel_count; i++) {
        const struct mf_truststate_channel *c = &s->channels[i];
        mf_hex(c->id.b, 32, hex);
        mf_output_line("channel    %.*s: counter %" PRIu64 ", %.*s, id %s", MF_FMT(c->name), c->counter,
                       MF_FMT(c->time), hex);
    }
    for (size_t i = 0; i < s->override_count; i++)
        mf_output_line("overridden %.*s: %.*s", MF_FMT(s->overrides[i].time), MF_FMT(s->overrides[i].what));
}

static json_t *state_json(const struct mf_truststate *s)
{
    char hex[MF_HEX_SIZE(32)];
    json_t *object = json_object(), *channels = json_array(), *overridden = json_array();
    for (size_t i = 0; i < s->channel_count; i++) {
        const struct mf_truststate_channel *c = &s->channels[i];
        json_t *entry = json_object();
        mf_hex(c->id.b, 32, hex);
        mf_output_set(&entry, "name", mf_output_string(c->name));
        mf_output_set(&entry, "counter", json_integer((json_int_t)c->counter));
        mf_output_set(&entry, "id", json_string(hex));
        mf_output_set(&entry, "time", mf_output_string(c->time));
        mf_output_append(&channels, entry);
    }
    for (size_t i = 0; i < s->override_count; i++) {
        json_t *entry = json_object();
        mf_output_set(&entry, "time", mf_output_string(s->overrides[i].time));
        mf_output_set(&entry, "what", mf_output_string(s->overrides[i].what));
        mf_output_append(&overridden, entry);
    }
    mf_hex(s->seen.sha256.b, 32, hex);
    mf_output_set(&object, "trust_version", json_integer((json_int_t)s->seen.version));
    mf_output_set(&object, "trust_sha256", s->seen.version ? json_string(hex) : json_null());
    mf_output_set(&object, "channels", channels);
    mf_output_set(&object, "overridden", overridden);
    return object;
}

static int show_state(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(mf_truststate_release) struct mf_truststate state = MF_TRUSTSTATE_INIT;
    if (mf_cliargs_has(args, "document"))
        return mf_err_set(err, MF_E_USAGE, "--document goes with a trust file");
    if (mf_statearg_open(args, false, &state, err) < 0)
        return -1;
    if (mf_cliargs_has(args, "json"))
        return mf_output_json(state_json(&state), err);
    print_state(&state);
    return 0;
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    if (args->operand_count && mf_cliargs_has(args, "state"))
        return mf_err_set(err, MF_E_USAGE, "trust show: a trust file and --state exclude one another");
    return (args->operand_count ? show_document : show_state)(args, err) < 0 ? mf_err_prefix(err, "trust show") : 0;
}

const struct mf_cli_command mf_cmd_trustshow = {
    .name = "trust show",
    .summary = "Show a trust document, or what this machine has accepted",
    .usage = usage,
    .description = "With a file shows its newest document: keys, root, channels, and whose signatures it has. With "
                   "--document also writes its raw bytes, which stock minisign signs and checks.\n"
                   "Without a file shows the state: the newest trust document that was accepted, the last bundle of "
                   "each channel, and what was overridden.\n",
    .examples = examples,
    .options = options,
    .operands = operands,
    .more = "FILE",
    .operands_max = 1,
    .run = run,
};

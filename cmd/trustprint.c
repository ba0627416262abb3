#include <inttypes.h>
#include <stdio.h>

#include "cmd/cliargs.h"
#include "cmd/output.h"
#include "cmd/report.h"
#include "cmd/trustedit.h"
#include "formats/base/encode.h"

/* "2 of alice, bob, carol" */
static void role_text(const struct mf_trustdoc *doc, const struct mf_trustrole *role, char out[1024])
{
    size_t n = (size_t)snprintf(out, 1024, "%" PRIu64 " of", role->threshold);
    for (size_t i = 0; i < role->key_count && n < 900; i++)
        n += (size_t)snprintf(out + n, 1024 - n, "%s %.*s", i ? "," : "", MF_FMT(doc->keys[role->keys[i]].name));
}

static void print_key(const struct mf_trustkey *key, int64_t now)
{
    char id[17], why[MF_TRUSTKEY_WHY], range[128] = "";
    mf_keyid_text(key->key.id, id);
    mf_trustkey_why(key, now, why);
    if (!why[0] && (key->valid_from.n || key->valid_until.n))
        snprintf(range, sizeof(range), "  valid%s%.*s%s%.*s", key->valid_from.n ? " from " : "",
                 MF_FMT(key->valid_from), key->valid_until.n ? " until " : "", MF_FMT(key->valid_until));
    mf_output_line("key        %.*s %s%s%s%s", MF_FMT(key->name), id, range, why[0] ? "  " : "", why);
}

void mf_trustedit_print(const struct mf_trustdoc *doc, int64_t now)
{
    char text[1024];
    mf_output_line("version    %" PRIu64 " of %.*s", doc->version, MF_FMT(doc->created));
    for (size_t i = 0; i < doc->key_count; i++)
        print_key(&doc->keys[i], now);
    role_text(doc, &doc->root, text);
    mf_output_line("root       %s", text);
    for (size_t i = 0; i < doc->channel_count; i++) {
        const struct mf_trustchannel *c = &doc->channels[i];
        char age[64] = "";
        role_text(doc, &c->role, text);
        if (c->max_age_days)
            snprintf(age, sizeof(age), "; at most %" PRIu64 " days old", c->max_age_days);
        mf_output_line("channel    %.*s: %s%s%s", MF_FMT(c->name), text, age,
                       c->require_expires ? "; must expire" : "");
    }
}

static void print_tally(const struct mf_trustedit *edit, const struct mf_trustdoc *doc)
{
    struct mf_trusttally t;
    mf_trustcheck_tally(doc, &doc->root, mf_trustedit_newest(edit), edit->now, &t);
    mf_output_line("signed     %" PRIu64 " of %" PRIu64 " that the root of version %" PRIu64 " asks for%s", t.counted,
                   doc->root.threshold, doc->version, t.ignored);
}

void mf_trustedit_print_status(const struct mf_trustedit *edit)
{
    char hex[MF_HEX_SIZE(32)];
    mf_hex(mf_trustedit_newest(edit)->sha256.b, 32, hex);
    mf_output_line("sha256     %s", hex);
    if (edit->previous.version)
        print_tally(edit, &edit->previous);
    print_tally(edit, &edit->doc);
    if (!mf_trustedit_is_closed(edit))
        mf_output_line("draft: nobody accepts it before `modferry trust sign %s --key FILE` by enough of them",
                       edit->path);
}

static json_t *role_json(const struct mf_trustdoc *doc, const struct mf_trustrole *role)
{
    json_t *object = json_object(), *keys = json_array();
    for (size_t i = 0; i < role->key_count; i++)
        mf_output_append(&keys, mf_output_string(doc->keys[role->keys[i]].name));
    mf_output_set(&object, "threshold", json_integer((json_int_t)role->threshold));
    mf_output_set(&object, "keys", keys);
    return object;
}

static json_t *keys_json(const struct mf_trustdoc *doc, int64_t now)
{
    json_t *array = json_array();
    for (size_t i = 0; i < doc->key_count; i++) {
        const struct mf_trustkey *key = &doc->keys[i];
        char id[17], why[MF_TRUSTKEY_WHY];
        json_t *object = json_object();
        mf_keyid_text(key->key.id, id);
        mf_trustkey_why(key, now, why);
        mf_output_set(&object, "name", mf_output_string(key->name));
        mf_output_set(&object, "key_id", json_string(id));
        mf_output_set(&object, "counts", json_boolean(!why[0]));
        if (why[0])
            mf_output_set(&object, "why_not", mf_output_string(mf_str(why)));
        mf_output_append(&array, object);
    }
    return array;
}

static json_t *channels_json(const struct mf_trustdoc *doc)
{
    json_t *array = json_array();
    for (size_t i = 0; i < doc->channel_count; i++) {
        const struct mf_trustchannel *c = &doc->channels[i];
        json_t *object = role_json(doc, &c->role);
        mf_output_set(&object, "name", mf_output_string(c->name));
        mf_output_set(&object, "max_age_days", json_integer((json_int_t)c->max_age_days));
        mf_output_set(&object, "require_expires", json_boolean(c->require_expires));
        mf_output_append(&array, object);
    }
    return array;
}

json_t *mf_trustedit_json(const struct mf_trustedit *edit)
{
    const struct mf_trustdoc *doc = &edit->doc;
    char hex[MF_HEX_SIZE(32)];
    json_t *object = json_object();
    mf_hex(mf_trustedit_newest(edit)->sha256.b, 32, hex);
    mf_output_set(&object, "version", json_integer((json_int_t)doc->version));
    mf_output_set(&object, "sha256", json_string(hex));
    mf_output_set(&object, "created", mf_output_string(doc->created));
    mf_output_set(&object, "closed", json_boolean(mf_trustedit_is_closed(edit)));
    mf_output_set(&object, "signatures", json_integer((json_int_t)mf_trustedit_newest(edit)->signature_count));
    mf_output_set(&object, "keys", keys_json(doc, edit->now));
    mf_output_set(&object, "root", role_json(doc, &doc->root));
    mf_output_set(&object, "channels", channels_json(doc));
    return object;
}

int mf_trustedit_report(const struct mf_cli_args *args, const struct mf_trustedit *edit, struct mf_err *err)
{
    if (edit->dropped)
        mf_report_note("the draft had %zu signature%s, which %s gone", edit->dropped, edit->dropped == 1 ? "" : "s",
                       edit->dropped == 1 ? "is" : "are");
    if (mf_cliargs_has(args, "json"))
        return mf_output_json(mf_trustedit_json(edit), err);
    mf_output_line("written    %s", edit->path);
    mf_trustedit_print(&edit->doc, edit->now);
    mf_trustedit_print_status(edit);
    return 0;
}

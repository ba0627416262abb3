#include <inttypes.h>
#include <stdio.h>

#include "cmd/cliargs.h"
#include "cmd/files.h"
#include "cmd/output.h"
#include "cmd/signarg.h"
#include "cmd/trustcommands.h"
#include "cmd/trustedit.h"
#include "cmd/trustopts.h"
#include "formats/base/encode.h"

static const char *const usage[] = {
    "trust sign FILE --key FILE [--json]",
    "trust sign FILE --attach FILE.minisig --pubkey FILE [--json]",
    NULL,
};
static const char *const examples[] = {
    "modferry trust sign team.trust --key alice.key",
    "modferry trust show team.trust --document document.json",
    "minisign -S -s alice.key -m document.json",
    "modferry trust sign team.trust --attach document.json.minisig --pubkey alice.pub",
    NULL,
};
static const char *const operands[] = {"FILE", NULL};
static const struct mf_cli_option options[] = {
    {"key", 'k', "FILE", "sign with this secret key", false},
    {"attach", 0, "FILE", "add this signature, which minisign made over the document", false},
    {"pubkey", 'p', "FILE", "the public key that the attached signature must verify under", false},
    MF_CLIARGS_JSON,
    {0},
};

static bool is_of_root(const struct mf_trustdoc *doc, const struct mf_pubkey *key)
{
    for (size_t i = 0; i < doc->root.key_count; i++)
        if (memcmp(doc->keys[doc->root.keys[i]].key.key, key->key, sizeof(key->key)) == 0)
            return true;
    return false;
}

static void list_root(const struct mf_trustdoc *doc, char *text, size_t room)
{
    for (size_t i = 0; i < doc->root.key_count; i++) {
        const struct mf_trustkey *key = &doc->keys[doc->root.keys[i]];
        mf_trustcheck_list(text, room, key->name, key->key.id);
    }
}

/* A signature that nobody asks for would only look as if it said something. */
static int check_signer(const struct mf_trustedit *edit, const struct mf_pubkey *key, struct mf_err *err)
{
    char id[17], wanted[512] = "", before[512] = "";
    if (is_of_root(&edit->doc, key) || (edit->previous.version && is_of_root(&edit->previous, key)))
        return 0;
    mf_keyid_text(key->id, id);
    list_root(&edit->doc, wanted, sizeof(wanted));
    if (edit->previous.version)
        list_root(&edit->previous, before, sizeof(before));
    mf_err_set(err, MF_E_POLICY, "key %s is not of the root: those of version %" PRIu64 " are %s%s%s", id,
               edit->doc.version, wanted, before[0] ? "; those before are " : "", before);
    return mf_err_next(err, "sign with one of these, or add the key: `modferry trust add-key FILE --root`");
}

static int make_signature(const char *path, const struct mf_trustedit *edit, struct mf_pubkey *signer,
                          struct mf_buf *out, struct mf_err *err)
{
    MF_CLEANUP(mf_seckey_free) struct mf_seckey *key = NULL;
    const struct mf_trustfile_entry *newest = mf_trustedit_newest(edit);
    char hex[MF_HEX_SIZE(32)], comment[160];
    uint64_t seconds;
    if (mf_signarg_time(&seconds, err) < 0 || mf_signarg_key(path, &key, err) < 0)
        return -1;
    mf_hex(newest->sha256.b, sizeof(newest->sha256.b), hex);
    snprintf(comment, sizeof(comment), "timestamp:%" PRIu64 " trust:%s", seconds, hex);
    mf_seckey_public(key, signer);
    if (check_signer(edit, signer, err) < 0)
        return -1;
    return mf_minisign_sign(key, newest->text, mf_str(comment), out, err);
}

static int take_signature(const struct mf_cli_args *args, const struct mf_trustedit *edit, struct mf_pubkey *signer,
                          struct mf_buf *out, struct mf_err *err)
{
    const char *path = mf_cliargs_value(args, "attach"), *key_path = mf_cliargs_value(args, "pubkey");
    struct mf_minisig sig;
    if (mf_trustopts_key(key_path, signer, err) < 0)
        return -1;
    if (check_signer(edit, signer, err) < 0)
        return -1;
    if (mf_files_read(path, out, err) < 0 || mf_minisig_parse(mf_buf_view(out), &sig, err) < 0)
        return mf_err_prefix(err, "read the signature %s", path);
    if (!mf_minisig_verify(&sig, signer, mf_trustedit_newest(edit)->text)) {
        mf_err_set(err, MF_E_SIGNATURE, "%s is not a signature by %s over the newest document", path, key_path);
        return mf_err_next(err, "sign the file that `modferry trust show FILE --document OUT` writes");
    }
    return 0;
}

/* Puts the signature in place of earlier ones by the same key. The text must
 * have the form of the file: four lines that end in LF. */
static int put_signature(struct mf_trustedit *edit, const struct mf_pubkey *signer, struct mf_str text,
                         struct mf_err *err)
{
    struct mf_trustfile_entry *newest = mf_trustedit_newest(edit);
    struct mf_str *list = mf_arena_array(&edit->arena, newest->signature_count + 1, sizeof(*list), err);
    size_t count = 0, lines = 0;
    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    if (lines != 4 || text.p[text.n - 1] != '\n' || mf_str_find(text, '\r') < text.n)
        return mf_err_set(err, MF_E_KEY_FILE, "the signature has not four lines that end in a newline");
    for (size_t i = 0; list && i < newest->signature_count; i++) {
        struct mf_minisig sig;
        struct mf_err ignored = {0};
        bool same = mf_minisig_parse(newest->signatures[i], &sig, &ignored) == 0 &&
                    mf_minisig_verify(&sig, signer, newest->text);
        if (!same)
            list[count++] = newest->signatures[i];
    }
    if (!list || mf_arena_dup(&edit->arena, text, &list[count++], err) < 0)
        return -1;
    if (count > MF_TRUSTFILE_SIGNATURES_MAX)
        return mf_err_set(err, MF_E_LIMIT, "the document has %d signatures already", MF_TRUSTFILE_SIGNATURES_MAX);
    newest->signatures = list;
    newest->signature_count = count;
    return mf_trustedit_write_signed(edit, err);
}

static int check_options(const struct mf_cli_args *args, struct mf_err *err)
{
    bool attach = mf_cliargs_has(args, "attach");
    if (attach == mf_cliargs_has(args, "key"))
        return mf_err_set(err, MF_E_USAGE, "either --key FILE or --attach FILE is needed");
    if (attach != mf_cliargs_has(args, "pubkey"))
        return mf_err_set(err, MF_E_USAGE, "--attach and --pubkey, the key of whoever signed, go together");
    return 0;
}

static int sign(const struct mf_cli_args *args, struct mf_trustedit *edit, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
    const char *key = mf_cliargs_value(args, "key");
    bool json = mf_cliargs_has(args, "json");
    struct mf_pubkey signer;
    if (check_options(args, err) < 0 || mf_trustedit_open(args->operands[0], edit, err) < 0)
        return -1;
    if (!json)
        mf_trustedit_print(&edit->doc, edit->now); /* before the password is asked for */
    if ((key ? make_signature(key, edit, &signer, &text, err) : take_signature(args, edit, &signer, &text, err)) < 0 ||
        put_signature(edit, &signer, mf_buf_view(&text), err) < 0)
        return -1;
    if (json)
        return mf_output_json(mf_trustedit_json(edit), err);
    mf_trustedit_print_status(edit);
    return 0;
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(mf_trustedit_release) struct mf_trustedit edit = MF_TRUSTEDIT_INIT;
    return sign(args, &edit, err) < 0 ? mf_err_prefix(err, "trust sign %s", args->operands[0]) : 0;
}

const struct mf_cli_command mf_cmd_trustsign = {
    .name = "trust sign",
    .summary = "Add a signature to the newest version of a trust document",
    .usage = usage,
    .description = "Shows the document, which is to be looked at, and signs it. The signer has to be of the root of "
                   "this version or of the one before; both have to reach their thresholds before anybody accepts the "
                   "version. With --attach the signature was made elsewhere, by minisign over the file that `trust "
                   "show --document` writes.\n",
    .examples = examples,
    .options = options,
    .operands = operands,
    .operands_max = 1,
    .run = run,
};

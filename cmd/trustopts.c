#include "cmd/trustopts.h"

#include <inttypes.h>
#include <time.h>

#include "cmd/cliargs.h"
#include "cmd/files.h"

int mf_trustopts_key(const char *path, struct mf_pubkey *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
    if (mf_files_read(path, &text, err) < 0)
        return mf_err_prefix(err, "read the public key");
    if (mf_pubkey_parse(mf_buf_view(&text), out, err) < 0)
        return mf_err_prefix(err, "read the public key %s", path);
    return 0;
}

static const char *const choices[] = {"pubkey", "trust", "allow-unsigned"};

bool mf_trustopts_said(const struct mf_cli_args *args)
{
    for (size_t i = 0; i < MF_COUNT(choices); i++)
        if (mf_cliargs_has(args, choices[i]))
            return true;
    return false;
}

static int check_choice(const struct mf_cli_args *args, struct mf_err *err)
{
    const char *first = NULL;
    for (size_t i = 0; i < MF_COUNT(choices); i++) {
        if (!mf_cliargs_has(args, choices[i]))
            continue;
        if (first)
            return mf_err_set(err, MF_E_USAGE, "--%s and --%s exclude one another", first, choices[i]);
        first = choices[i];
    }
    if (first)
        return 0;
    mf_err_set(err, MF_E_USAGE, "whose signature is to be trusted was not said");
    return mf_err_next(err, "pass the signer's public key with --pubkey FILE, a trust document with --trust FILE, or "
                            "accept unchecked content with --allow-unsigned");
}

static int read_keys(const struct mf_cli_args *args, struct mf_trustopts *out, struct mf_err *err)
{
    size_t count = 0;
    for (const char *path; (path = mf_cliargs_nth(args, "pubkey", count)); count++) {
        if (count == MF_TRUSTOPTS_KEYS_MAX)
            return mf_err_set(err, MF_E_USAGE, "--pubkey was given more than %d times", MF_TRUSTOPTS_KEYS_MAX);
        if (mf_trustopts_key(path, &out->keys[count], err) < 0)
            return -1;
    }
    out->trust.keys = out->keys;
    out->trust.key_count = count;
    return 0;
}

/* Walks from the document that the state knows; with --override-trust from the
 * first one, where the file does not hold it. */
static int read_document(const char *path, struct mf_trustopts *out, struct mf_err *err)
{
    struct mf_trustfile file;
    struct mf_trustseen from = out->state.seen;
    if (mf_files_read(path, &out->text, err) < 0 ||
        mf_trustfile_split(mf_buf_view(&out->text), &file, &out->arena, err) < 0)
        return -1;
    if (out->override && from.version && mf_trustfile_find(&file, &from.sha256) < 0) {
        if (mf_overridden_refuse(&out->overridden, true, err,
                                 "the trust file does not hold version %" PRIu64 ", which was accepted before",
                                 from.version) < 0)
            return -1;
        from.version = 0;
    }
    if (mf_trustcheck_walk(&file, &from, out->trust.now, &out->document, &out->arena, err) < 0)
        return -1;
    out->seen = (struct mf_trustseen){out->document.version, file.entries[file.count - 1].sha256};
    out->trust.document = &out->document;
    return 0;
}

int mf_trustopts_read(const struct mf_cli_args *args, enum mf_trustopts_use use, struct mf_trustopts *out,
                      struct mf_err *err)
{
    const char *path = mf_cliargs_value(args, "trust");
    out->use = use;
    out->override = mf_cliargs_has(args, "override-trust");
    out->trust =
        (struct mf_trust){.now = (int64_t)time(NULL), .allow_unverified = mf_cliargs_has(args, "allow-unsigned")};
    if (check_choice(args, err) < 0)
        return -1;
    bool write = use == MF_TRUSTOPTS_ACCEPT && (path || out->override);
    if ((path || use != MF_TRUSTOPTS_LOOK) && mf_statearg_open(args, write, &out->state, err) < 0)
        return -1;
    if (path && read_document(path, out, err) < 0)
        return mf_err_prefix(err, "--trust %s", path);
    return read_keys(args, out, err);
}

void mf_trustopts_release(struct mf_trustopts *trust)
{
    mf_truststate_release(&trust->state);
    mf_buf_release(&trust->text);
    mf_arena_release(&trust->arena);
}

int mf_trustopts_accept(struct mf_trustopts *trust, const struct mf_manifest *bundle, struct mf_err *err)
{
    if (trust->state.lock < 0)
        return 0;
    return mf_truststate_commit(&trust->state, &trust->seen, bundle, &trust->overridden, trust->trust.now, err);
}

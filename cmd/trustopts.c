#include "cmd/trustopts.h"

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

int mf_trustopts_read(const struct mf_cli_args *args, struct mf_trustopts *out, struct mf_err *err)
{
    size_t count = 0;
    bool allow = mf_cliargs_has(args, "allow-unsigned");
    if (allow && mf_cliargs_has(args, "pubkey"))
        return mf_err_set(err, MF_E_USAGE, "--pubkey and --allow-unsigned exclude one another");
    if (!allow && !mf_cliargs_has(args, "pubkey")) {
        mf_err_set(err, MF_E_USAGE, "whose signature is to be trusted was not said");
        return mf_err_next(err, "pass the signer's public key with --pubkey FILE, or accept unchecked content with "
                                "--allow-unsigned");
    }
    for (const char *path; (path = mf_cliargs_nth(args, "pubkey", count)); count++) {
        if (count == MF_TRUSTOPTS_KEYS_MAX)
            return mf_err_set(err, MF_E_USAGE, "--pubkey was given more than %d times", MF_TRUSTOPTS_KEYS_MAX);
        if (mf_trustopts_key(path, &out->keys[count], err) < 0)
            return -1;
    }
    out->trust = (struct mf_trust){.keys = out->keys, .key_count = count, .allow_unverified = allow};
    return 0;
}

/* minisign's files: public keys, secret keys, signatures. A text is a file of one
 * kind at most; what is read is written, signed with and checked again. */
#include "tests/fuzz/testkey.h"

#define MESSAGE MF_LIT("message")

static bool check_public(struct mf_str text)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
    struct mf_pubkey key, again;
    struct mf_err err = {0};
    if (mf_pubkey_parse(text, &key, &err) < 0) {
        CHECK(err.code == MF_E_KEY_FILE);
        return false;
    }
    CHECK(mf_pubkey_write(&key, &out, &err) == 0 && mf_pubkey_parse(mf_buf_view(&out), &again, &err) == 0);
    CHECK(memcmp(&key, &again, sizeof(key)) == 0);
    return true;
}

/* Ed25519 as checked here has one signature for a key and a message. */
static void check_unforged(const struct mf_minisig *sig)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
    struct mf_pubkey key;
    struct mf_minisig right;
    struct mf_err err;
    mf_seckey_public(testkey(), &key);
    if (!mf_minisig_verify(sig, &key, MESSAGE))
        return;
    CHECK(mf_minisign_sign(testkey(), MESSAGE, mf_str(sig->trusted_comment), &out, &err) == 0);
    CHECK(mf_minisig_parse(mf_buf_view(&out), &right, &err) == 0);
    CHECK(memcmp(sig->signature, right.signature, sizeof(right.signature)) == 0);
    CHECK(memcmp(sig->global, right.global, sizeof(right.global)) == 0);
}

static bool check_signature(struct mf_str text)
{
    struct mf_minisig sig;
    struct mf_err err = {0};
    if (mf_minisig_parse(text, &sig, &err) < 0) {
        CHECK(err.code == MF_E_KEY_FILE);
        return false;
    }
    CHECK(strlen(sig.trusted_comment) <= MF_MINISIGN_COMMENT_MAX && !strchr(sig.trusted_comment, '\n'));
    check_unforged(&sig);
    return true;
}

/* A key that was read signs, and what it signed holds. */
static void check_signing(const struct mf_seckey *key)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
    struct mf_pubkey public;
    struct mf_minisig sig;
    struct mf_err err;
    mf_seckey_public(key, &public);
    CHECK(mf_minisign_sign(key, MESSAGE, MF_LIT("comment"), &out, &err) == 0);
    CHECK(mf_minisig_parse(mf_buf_view(&out), &sig, &err) == 0 && mf_minisig_verify(&sig, &public, MESSAGE));
    CHECK(!mf_minisig_verify(&sig, &public, MF_LIT("massage")));
}

/* Encrypted ones are not opened: scrypt takes its time. */
static bool check_secret(struct mf_str text)
{
    MF_CLEANUP(mf_buf_wipe) struct mf_buf out = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
    MF_CLEANUP(mf_seckey_free) struct mf_seckey *key = NULL, *again = NULL;
    struct mf_err err = {0};
    int encrypted = mf_seckey_is_encrypted(text, &err);
    CHECK(encrypted >= 0 || err.code == MF_E_KEY_FILE);
    if (encrypted || mf_seckey_parse(text, (struct mf_str){NULL, 0}, &key, &err) < 0)
        return encrypted >= 0;
    check_signing(key);
    CHECK(mf_seckey_write(key, (struct mf_str){NULL, 0}, &out, &err) == 0);
    CHECK(mf_seckey_parse(mf_buf_view(&out), (struct mf_str){NULL, 0}, &again, &err) == 0);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mf_str text = fuzz_text(data, size);
    CHECK(check_public(text) + check_signature(text) + check_secret(text) <= 1);
    return 0;
}

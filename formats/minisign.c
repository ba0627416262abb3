#include "formats/minisign.h"

#include <sodium.h>

#include "formats/base/encode.h"
#include "formats/base/unicode.h"
#include "formats/minitext.h"

#define TRUSTED_MARK "trusted comment: "

struct public_record {
    uint8_t algorithm[2]; /* "Ed" */
    uint8_t id[8];
    uint8_t key[32];
};
_Static_assert(sizeof(struct public_record) == MF_MINITEXT_PUBLIC, "no padding");

struct signature_record {
    uint8_t algorithm[2]; /* "ED"; "Ed" is the legacy form */
    uint8_t id[8];
    uint8_t signature[64];
};
_Static_assert(sizeof(struct signature_record) == MF_MINITEXT_SIGNATURE, "no padding");

void mf_keyid_text(const uint8_t id[8], char out[17])
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < 8; i++) {
        out[2 * i] = digits[id[7 - i] >> 4];
        out[2 * i + 1] = digits[id[7 - i] & 15];
    }
    out[16] = '\0';
}

void mf_pubkey_stem(const struct mf_pubkey *key, char out[17])
{
    struct mf_digest d = mf_sha256_of((struct mf_str){(const char *)key->key, sizeof(key->key)});
    mf_hex(d.b, 8, out);
}

int mf_pubkey_parse(struct mf_str text, struct mf_pubkey *out, struct mf_err *err)
{
    struct public_record r;
    if (mf_minitext_record(&text, MF_MINITEXT_PUBLIC, &r, err) < 0 ||
        mf_minitext_end(text, MF_MINITEXT_PUBLIC, err) < 0)
        return -1;
    if (memcmp(r.algorithm, "Ed", 2) != 0)
        return mf_err_set(err, MF_E_KEY_FILE, "public key: unknown algorithm \"%.2s\"", (const char *)r.algorithm);
    if (!crypto_core_ed25519_is_valid_point(r.key))
        return mf_err_set(err, MF_E_KEY_FILE, "public key: its 32 bytes are no Ed25519 key");
    memcpy(out->id, r.id, sizeof(out->id));
    memcpy(out->key, r.key, sizeof(out->key));
    return 0;
}

int mf_pubkey_write(const struct mf_pubkey *key, struct mf_buf *out, struct mf_err *err)
{
    struct public_record r = {.algorithm = {'E', 'd'}};
    char id[17];
    char text[MF_BASE64_SIZE(sizeof(r))];
    memcpy(r.id, key->id, sizeof(r.id));
    memcpy(r.key, key->key, sizeof(r.key));
    mf_keyid_text(key->id, id);
    mf_base64(&r, sizeof(r), text);
    mf_buf_fmt(out, "untrusted comment: minisign public key %s\n%s\n", id, text);
    return mf_buf_check(out, err);
}

/* At most MF_MINISIGN_COMMENT_MAX bytes that may be shown as they are; tabs
 * count as printable, minisign itself writes them. */
static bool comment_ok(struct mf_str comment)
{
    uint32_t rune;
    if (comment.n > MF_MINISIGN_COMMENT_MAX)
        return false;
    for (size_t i = 0, len; i < comment.n; i += len) {
        len = mf_utf8_decode(comment.p + i, comment.n - i, &rune);
        if (len == 0 || (rune != '\t' && !mf_rune_is_showable(rune)))
            return false;
    }
    return true;
}

static int parse_trusted(struct mf_str *text, struct mf_minisig *out, struct mf_err *err)
{
    struct mf_str comment, global;
    if (!mf_minitext_line(text, &comment) || !mf_str_starts(comment, MF_LIT(TRUSTED_MARK)))
        return mf_err_set(err, MF_E_KEY_FILE, "signature: its third line does not begin with \"%s\"", TRUSTED_MARK);
    comment = mf_str_from(comment, sizeof(TRUSTED_MARK) - 1);
    if (comment.n > MF_MINISIGN_COMMENT_MAX)
        return mf_err_set(err, MF_E_KEY_FILE, "signature: its trusted comment is longer than %d bytes",
                          MF_MINISIGN_COMMENT_MAX);
    if (!comment_ok(comment))
        return mf_err_set(err, MF_E_KEY_FILE, "signature: its trusted comment holds characters that are not printable");
    if (!mf_minitext_line(text, &global) || !mf_base64_parse(global, out->global, sizeof(out->global)))
        return mf_err_set(err, MF_E_KEY_FILE, "signature: its fourth line is not the base64 of 64 bytes");
    if (comment.n)
        memcpy(out->trusted_comment, comment.p, comment.n);
    out->trusted_comment[comment.n] = '\0';
    return 0;
}

int mf_minisig_parse(struct mf_str text, struct mf_minisig *out, struct mf_err *err)
{
    struct signature_record r;
    if (mf_minitext_record(&text, MF_MINITEXT_SIGNATURE, &r, err) < 0)
        return -1;
    if (memcmp(r.algorithm, "Ed", 2) == 0) {
        mf_err_set(err, MF_E_KEY_FILE, "signature: it is in minisign's legacy form, which is not accepted");
        return mf_err_next(err, "sign again without `minisign -l` (before minisign 0.10: with -H)");
    }
    if (memcmp(r.algorithm, "ED", 2) != 0)
        return mf_err_set(err, MF_E_KEY_FILE, "signature: unknown algorithm \"%.2s\"", (const char *)r.algorithm);
    if (parse_trusted(&text, out, err) < 0 || mf_minitext_end(text, MF_MINITEXT_SIGNATURE, err) < 0)
        return -1;
    memcpy(out->id, r.id, sizeof(out->id));
    memcpy(out->signature, r.signature, sizeof(out->signature));
    return 0;
}

/* What the second signature covers: the first one and the comment. Returns the
 * number of bytes. */
static size_t global_text(const struct mf_minisig *sig, uint8_t out[64 + MF_MINISIGN_COMMENT_MAX])
{
    size_t n = strnlen(sig->trusted_comment, MF_MINISIGN_COMMENT_MAX);
    memcpy(out, sig->signature, 64);
    memcpy(out + 64, sig->trusted_comment, n);
    return 64 + n;
}

static void prehash(struct mf_str message, uint8_t out[64])
{
    /* cannot fail: no key, and a length that BLAKE2b has */
    (void)crypto_generichash(out, 64, (const uint8_t *)message.p, message.n, NULL, 0);
}

bool mf_minisig_verify(const struct mf_minisig *sig, const struct mf_pubkey *key, struct mf_str message)
{
    uint8_t hash[64];
    uint8_t global[64 + MF_MINISIGN_COMMENT_MAX];
    prehash(message, hash);
    size_t n = global_text(sig, global);
    return crypto_sign_verify_detached(sig->signature, hash, sizeof(hash), key->key) == 0 &&
           crypto_sign_verify_detached(sig->global, global, n, key->key) == 0;
}

static void write_signature(const struct mf_minisig *sig, struct mf_buf *out)
{
    struct signature_record r = {.algorithm = {'E', 'D'}};
    char text[MF_BASE64_SIZE(sizeof(r))];
    char global[MF_BASE64_SIZE(sizeof(sig->global))];
    memcpy(r.id, sig->id, sizeof(r.id));
    memcpy(r.signature, sig->signature, sizeof(r.signature));
    mf_base64(&r, sizeof(r), text);
    mf_base64(sig->global, sizeof(sig->global), global);
    mf_buf_fmt(out, "untrusted comment: signature from minisign secret key\n%s\n%s%s\n%s\n", text, TRUSTED_MARK,
               sig->trusted_comment, global);
}

int mf_minisign_sign(const struct mf_seckey *key, struct mf_str message, struct mf_str trusted_comment,
                     struct mf_buf *out, struct mf_err *err)
{
    struct mf_minisig sig = {0};
    struct mf_pubkey public;
    uint8_t hash[64];
    uint8_t global[64 + MF_MINISIGN_COMMENT_MAX];
    if (!comment_ok(trusted_comment))
        return mf_err_set(err, MF_E_USAGE, "trusted comment: not one line of at most %d printable bytes",
                          MF_MINISIGN_COMMENT_MAX);
    mf_seckey_public(key, &public);
    memcpy(sig.id, public.id, sizeof(sig.id));
    if (trusted_comment.n)
        memcpy(sig.trusted_comment, trusted_comment.p, trusted_comment.n);
    prehash(message, hash);
    mf_seckey_sign_raw(key, hash, sizeof(hash), sig.signature);
    size_t n = global_text(&sig, global);
    mf_seckey_sign_raw(key, global, n, sig.global);
    write_signature(&sig, out);
    return mf_buf_check(out, err);
}

/* The key pair of all fuzz targets: anybody can sign with it, so that a signature
 * is not what an input fails for. */
#ifndef MF_TESTKEY_H
#define MF_TESTKEY_H

#include <sodium.h>

#include "formats/base/encode.h"
#include "formats/minisign.h"
#include "formats/note.h"
#include "tests/fuzz/fuzzkit.h"

/* The secret key of Ed25519, 64 bytes, public half last. */
static inline const uint8_t *testkey_raw(void)
{
    static uint8_t public[crypto_sign_PUBLICKEYBYTES], secret[crypto_sign_SECRETKEYBYTES];
    static const uint8_t seed[crypto_sign_SEEDBYTES] = "everybody knows this secret key";
    CHECK(sodium_init() >= 0 && crypto_sign_seed_keypair(public, secret, seed) == 0);
    return secret;
}

/* Appends the secret key file, unencrypted and with a checksum of zeros, which
 * stands for none. */
static inline void testkey_file(struct mf_buf *out)
{
    uint8_t record[158] = {'E', 'd', 0, 0, 'B', '2'};
    char text[MF_BASE64_SIZE(sizeof(record))];
    memcpy(record + 54, "test key", 8);
    memcpy(record + 62, testkey_raw(), 64);
    mf_base64(record, sizeof(record), text);
    mf_buf_fmt(out, "untrusted comment: minisign unencrypted secret key\n%s\n", text);
}

/* The key, made once in each run of the program. */
static inline struct mf_seckey *testkey(void)
{
    static struct mf_seckey *key;
    MF_CLEANUP(mf_buf_release) struct mf_buf file = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
    struct mf_err err;
    if (key)
        return key;
    testkey_file(&file);
    CHECK(mf_seckey_parse(mf_buf_view(&file), (struct mf_str){NULL, 0}, &key, &err) == 0);
    return key;
}

#define TESTKEY_LOG "log.example.com"

/* The verifier key of a checksum database that signs with the test key. */
static inline const struct mf_notekey *testkey_log(void)
{
    static char text[256];
    static struct mf_notekey key;
    uint8_t bytes[33] = {1};
    char code[MF_BASE64_SIZE(sizeof(bytes))];
    struct mf_sha256 hash;
    struct mf_digest digest;
    struct mf_err err;
    if (key.name.n)
        return &key;
    memcpy(bytes + 1, testkey_raw() + 32, 32);
    mf_base64(bytes, sizeof(bytes), code);
    mf_sha256_init(&hash);
    mf_sha256_add(&hash, TESTKEY_LOG "\n", sizeof(TESTKEY_LOG));
    mf_sha256_add(&hash, bytes, sizeof(bytes));
    mf_sha256_done(&hash, &digest);
    snprintf(text, sizeof(text), TESTKEY_LOG "+%02x%02x%02x%02x+%s", digest.b[0], digest.b[1], digest.b[2], digest.b[3],
             code);
    CHECK(mf_notekey_parse(mf_str(text), &key, &err) == 0);
    return &key;
}

/* Appends the note that such a database makes of a text. */
static inline void testkey_note(struct mf_str text, struct mf_buf *out)
{
    uint8_t bytes[4 + 64];
    char code[MF_BASE64_SIZE(sizeof(bytes))];
    memcpy(bytes, testkey_log()->hash, 4);
    crypto_sign_detached(bytes + 4, NULL, (const uint8_t *)text.p, text.n, testkey_raw());
    mf_base64(bytes, sizeof(bytes), code);
    mf_buf_str(out, text);
    mf_buf_fmt(out, "\n\u2014 " TESTKEY_LOG " %s\n", code);
}

#endif

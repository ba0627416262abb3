/* Key, public key and signatures below were made with minisign 0.11; the rest
 * is built here with libsodium, byte by byte, not with the code under test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "formats/base/encode.h"
#include "formats/minisign.h"

#define MARK "untrusted comment: x\n"
#define PUBLIC_LINE "RWQ+3mE/M02lo3489xTVI1reUnxzhvTZBwuW87bb6rBE7xPd0BQ7C98T"
#define SIG_LINE "RUQ+3mE/M02lo6n+lMIczWjc089AlfPIGjU8XKEcweT4CiEsip49Xiiaz3pVuOdSfoMz3Tfq8dbTBmf8xChxSIAEdgE2gSmVLAE="
#define GLOBAL_LINE "uydOtAMaXFeE1d/DApjPRvIV+JB+F8B4KI3K0LKECu/jd9wTP8kWQ6SOg9JIJRlPWoBbec3HyPCI+GumJ8ssDw=="
#define LEGACY_LINE                                                                                                    \
    "RWQ+3mE/M02lo7WQD7IaaGftI9OGRjYSim6QEwhpJA7wXmBfTPoSIs68xByO7f3OaGQA1x78qJjv3NF9T7SzJjpRBS6c4xudBQQ="
#define SECRET_LINE                                                                                                    \
    "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAPt5hPzNNpaPEZno1KmyS0MGbRYwsPRoQ"         \
    "jDk1SsbPQ7ger/jXJcHsNH489xTVI1reUnxzhvTZBwuW87bb6rBE7xPd0BQ7C98TAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"         \
    "AAA="

static const char PUBLIC[] = "untrusted comment: minisign public key A3A54D333F61DE3E\n" PUBLIC_LINE "\n";
static const char SECRET[] = "untrusted comment: minisign encrypted secret key\n" SECRET_LINE "\n";
static const char SIGNATURE[] =
    "untrusted comment: signature from minisign secret key\n" SIG_LINE "\ntrusted comment: tc x\n" GLOBAL_LINE "\n";
#define MESSAGE MF_LIT("hello\n")

/* Offsets in a decoded secret key file. */
enum { KDF = 2, CHK = 4, SALT = 6, OPS = 38, MEM = 46, ID = 54, KEY = 62, SUM = 126, SECRET_SIZE = 158 };

static void fails(int rc, const struct mf_err *err, enum mf_code code, const char *part)
{
    if (rc == 0 || err->code != code || !strstr(err->text, part))
        fail_msg("rc %d, %s: \"%s\"; expected %s with \"%s\"", rc, mf_code_name(err->code), err->text,
                 mf_code_name(code), part);
}

static struct mf_pubkey public_key(void)
{
    struct mf_err err = {0};
    struct mf_pubkey key;
    assert_int_equal(mf_pubkey_parse(mf_str(PUBLIC), &key, &err), 0);
    return key;
}

static void test_public_key(void **state)
{
    static const char *const good[] = {
        PUBLIC,
        PUBLIC_LINE,
        PUBLIC_LINE "\n",
        PUBLIC_LINE "\r\n",
        MARK PUBLIC_LINE,
        "untrusted comment:\r\n" PUBLIC_LINE "\r\n",
        MARK PUBLIC_LINE "\n\n  \n",
    };
    struct mf_err err = {0};
    char text[17];
    (void)state;
    for (size_t i = 0; i < MF_COUNT(good); i++) {
        struct mf_pubkey key;
        assert_int_equal(mf_pubkey_parse(mf_str(good[i]), &key, &err), 0);
        mf_keyid_text(key.id, text);
        assert_string_equal(text, "A3A54D333F61DE3E");
        MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
        assert_int_equal(mf_pubkey_write(&key, &out, &err), 0);
        assert_true(mf_str_eq(mf_buf_view(&out), mf_str(PUBLIC)));
    }
    /* base64 -d of the line, its last 32 bytes, sha256sum */
    struct mf_pubkey key = public_key();
    mf_pubkey_stem(&key, text);
    assert_string_equal(text, "c9207d3f3d2877f3");
}

static void test_public_key_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"", "empty"},
        {"\n", "does not begin with"},
        {MARK, "ends after its first line"},
        {"untrusted comment: x", "ends after its first line"},
        {"trusted comment: x\n" PUBLIC_LINE "\n", "does not begin with"},
        {MARK "\n" PUBLIC_LINE "\n", "not the base64 of 42"},
        {MARK " " PUBLIC_LINE "\n", "not the base64 of 42"},
        {" " PUBLIC_LINE, "does not begin with"},
        {PUBLIC_LINE "=", "does not begin with"},
        {MARK PUBLIC_LINE "\n" PUBLIC_LINE "\n", "unexpected text"},
        {PUBLIC_LINE "\n" MARK, "unexpected text"},
        {MARK PUBLIC_LINE "\r\r\n", "not the base64"},
        {MARK "RWQ+3mE/M02lo3489xTVI1reUnxzhvTZBwuW87bb6rBE7xPd0BQ7C98\n", "not the base64"},
        {MARK "RWQ+3mE/M02lo3489xTVI1reUnxzhvTZBwuW87bb6rBE7xPd0BQ7C9-T\n", "not the base64"},
        {MARK "RWQ-3mE_M02lo3489xTVI1reUnxzhvTZBwuW87bb6rBE7xPd0BQ7C98T\n", "not the base64"},
        {MARK "RUQ+3mE/M02lo3489xTVI1reUnxzhvTZBwuW87bb6rBE7xPd0BQ7C98T\n", "unknown algorithm \"ED\""},
        {MARK "RWQ+3mE/M02lowAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n", "no Ed25519 key"},
        {MARK "RWQ+3mE/M02lo///////////////////////////////////////////\n", "no Ed25519 key"},
        {SECRET, "is a minisign secret key, not a public key"},
        {SIGNATURE, "is a minisign signature, not a public key"},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(bad); i++) {
        struct mf_err err = {0};
        struct mf_pubkey key;
        fails(mf_pubkey_parse(mf_str(bad[i].text), &key, &err), &err, MF_E_KEY_FILE, bad[i].why);
    }
}

static void test_nul_bytes(void **state)
{
    static const char line[] = MARK "RWQ+3mE/M02lo3489xTVI1re\0nxzhvTZBwuW87bb6rBE7xPd0BQ7C98T\n";
    struct mf_err err = {0};
    struct mf_pubkey key;
    (void)state;
    fails(mf_pubkey_parse(MF_LIT(line), &key, &err), &err, MF_E_KEY_FILE, "not the base64");
}

/* Every proper beginning of a file is refused, except that the last line may
 * lack its end. The copy lets a sanitizer see a read past the end. */
static void test_truncated(void **state)
{
    static const struct mf_str files[] = {
        {PUBLIC, sizeof(PUBLIC) - 1}, {SIGNATURE, sizeof(SIGNATURE) - 1}, {SECRET, sizeof(SECRET) - 1}};
    (void)state;
    for (size_t f = 0; f < MF_COUNT(files); f++)
        for (size_t n = 0; n < files[f].n - 1; n++) {
            struct mf_err err = {0};
            struct mf_pubkey key;
            struct mf_minisig sig;
            struct mf_seckey *secret = NULL;
            char *copy = malloc(n ? n : 1);
            assert_non_null(copy);
            memcpy(copy, files[f].p, n);
            struct mf_str text = {copy, n};
            int rc = f == 0   ? mf_pubkey_parse(text, &key, &err)
                     : f == 1 ? mf_minisig_parse(text, &sig, &err)
                              : mf_seckey_parse(text, MF_LIT(""), &secret, &err);
            free(copy);
            fails(rc, &err, MF_E_KEY_FILE, "");
        }
}

static void test_long_comments(void **state)
{
    static char fill[5000];
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(2 * MF_MINISIGN_FILE_MAX);
    struct mf_err err = {0};
    struct mf_pubkey key;
    (void)state;
    memset(fill, 'c', sizeof(fill));
    for (size_t n = 1023; n <= 1025; n++) {
        mf_buf_clear(&b);
        mf_buf_fmt(&b, "untrusted comment: %.*s\n%s\n", (int)n, fill, PUBLIC_LINE);
        int rc = mf_pubkey_parse(mf_buf_view(&b), &key, &err);
        if (n <= 1024)
            assert_int_equal(rc, 0);
        else
            fails(rc, &err, MF_E_KEY_FILE, "longer than 1024");
    }
    mf_buf_clear(&b);
    mf_buf_fmt(&b, "%s%.*s", PUBLIC, 4500, fill);
    fails(mf_pubkey_parse(mf_buf_view(&b), &key, &err), &err, MF_E_KEY_FILE, "larger than 4096");
    mf_buf_clear(&b);
    mf_buf_fmt(&b, "%s%s\ntrusted comment: %.*s\n%s\n", MARK, SIG_LINE, 1025, fill, GLOBAL_LINE);
    struct mf_minisig sig;
    fails(mf_minisig_parse(mf_buf_view(&b), &sig, &err), &err, MF_E_KEY_FILE, "longer than 1024");
}

static void test_verify(void **state)
{
    struct mf_err err = {0};
    struct mf_pubkey key = public_key();
    struct mf_minisig sig;
    (void)state;
    assert_int_equal(mf_minisig_parse(mf_str(SIGNATURE), &sig, &err), 0);
    assert_string_equal(sig.trusted_comment, "tc x");
    assert_memory_equal(sig.id, key.id, 8);
    assert_true(mf_minisig_verify(&sig, &key, MESSAGE));
    assert_false(mf_minisig_verify(&sig, &key, MF_LIT("hello")));
    assert_false(mf_minisig_verify(&sig, &key, (struct mf_str){NULL, 0}));
    /* the id is a hint only: neither signature covers it */
    struct mf_pubkey renamed = key;
    renamed.id[0] ^= 1;
    assert_true(mf_minisig_verify(&sig, &renamed, MESSAGE));
}

/* Any bit changed in either signature, the comment or the key is noticed. */
static void test_bit_flips(void **state)
{
    struct mf_err err = {0};
    const struct mf_pubkey key = public_key();
    struct mf_minisig sig;
    (void)state;
    assert_int_equal(mf_minisig_parse(mf_str(SIGNATURE), &sig, &err), 0);
    for (size_t bit = 0; bit < 512; bit++) {
        struct mf_minisig bad = sig;
        bad.signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(mf_minisig_verify(&bad, &key, MESSAGE));
        bad = sig;
        bad.global[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(mf_minisig_verify(&bad, &key, MESSAGE));
    }
    for (size_t bit = 0; bit < 256; bit++) {
        struct mf_pubkey other = key;
        other.key[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_false(mf_minisig_verify(&sig, &other, MESSAGE));
    }
    static const char *const comments[] = {"", "tc", "tc y", "tc x ", "tc x\t"};
    for (size_t i = 0; i < MF_COUNT(comments); i++) {
        struct mf_minisig bad = sig;
        snprintf(bad.trusted_comment, sizeof(bad.trusted_comment), "%s", comments[i]);
        assert_false(mf_minisig_verify(&bad, &key, MESSAGE));
    }
}

static void test_signature_refused(void **state)
{
    static const struct {
        const char *text, *why;
    } bad[] = {
        {MARK SIG_LINE "\n", "third line"},
        {MARK SIG_LINE "\ntrusted comment:tc x\n" GLOBAL_LINE "\n", "third line"},
        {MARK SIG_LINE "\nuntrusted comment: tc x\n" GLOBAL_LINE "\n", "third line"},
        {MARK SIG_LINE "\n\ntrusted comment: tc x\n" GLOBAL_LINE "\n", "third line"},
        {MARK SIG_LINE "\ntrusted comment: tc x\n", "fourth line"},
        {MARK SIG_LINE "\ntrusted comment: tc x\n\n" GLOBAL_LINE "\n", "fourth line"},
        {MARK SIG_LINE "\ntrusted comment: tc x\n" SIG_LINE "\n", "fourth line"},
        {MARK SIG_LINE "\ntrusted comment: a\x1b[2Jb\n" GLOBAL_LINE "\n", "not printable"},
        {MARK SIG_LINE "\ntrusted comment: a\rb\n" GLOBAL_LINE "\n", "not printable"},
        {MARK SIG_LINE "\ntrusted comment: a\x7f\n" GLOBAL_LINE "\n", "not printable"},
        {MARK SIG_LINE "\ntrusted comment: a\xc2\x9b\n" GLOBAL_LINE "\n", "not printable"},
        {MARK SIG_LINE "\ntrusted comment: a\xe2\x80\xae"
                       "b\n" GLOBAL_LINE "\n",
         "not printable"},
        {MARK SIG_LINE "\ntrusted comment: a\xff\n" GLOBAL_LINE "\n", "not printable"},
        {MARK SIG_LINE "\ntrusted comment: tc x\n" GLOBAL_LINE "\nmore\n", "unexpected text"},
        {SIG_LINE "\ntrusted comment: tc x\n" GLOBAL_LINE "\n", "does not begin"},
        {MARK "RVQ+3mE/M02lo6n+lMIczWjc089AlfPIGjU8XKEcweT4CiEsip49Xiiaz3pVuOdSfoMz3Tfq8dbTBmf8xChxSIAEdgE2gSmVLAE=\n"
              "trusted comment: tc x\n" GLOBAL_LINE "\n",
         "unknown algorithm \"ET\""},
        {MARK LEGACY_LINE "\ntrusted comment: tc x\n" GLOBAL_LINE "\n", "legacy form"},
        {PUBLIC, "is a minisign public key, not a signature"},
        {SECRET, "is a minisign secret key, not a signature"},
    };
    static const char nul[] = MARK SIG_LINE "\ntrusted comment: tc x\0\n" GLOBAL_LINE "\n";
    struct mf_minisig sig;
    (void)state;
    for (size_t i = 0; i < MF_COUNT(bad); i++) {
        struct mf_err err = {0};
        fails(mf_minisig_parse(mf_str(bad[i].text), &sig, &err), &err, MF_E_KEY_FILE, bad[i].why);
    }
    struct mf_err err = {0};
    fails(mf_minisig_parse(MF_LIT(nul), &sig, &err), &err, MF_E_KEY_FILE, "not printable");
}

/* A signature whose line ends or blanks a mail program changed still reads. */
static void test_signature_line_ends(void **state)
{
    static const char *const good[] = {
        MARK SIG_LINE "\r\ntrusted comment: tc x\r\n" GLOBAL_LINE "\r\n",
        MARK SIG_LINE "\ntrusted comment: tc x\n" GLOBAL_LINE,
        "untrusted comment: \xff\x01\n" SIG_LINE "\ntrusted comment: tc x\n" GLOBAL_LINE "\n\n",
    };
    struct mf_pubkey key = public_key();
    (void)state;
    for (size_t i = 0; i < MF_COUNT(good); i++) {
        struct mf_err err = {0};
        struct mf_minisig sig;
        assert_int_equal(mf_minisig_parse(mf_str(good[i]), &sig, &err), 0);
        assert_true(mf_minisig_verify(&sig, &key, MESSAGE));
    }
}

static void test_sign(void **state)
{
    struct mf_err err = {0};
    MF_CLEANUP(mf_seckey_free) struct mf_seckey *key = NULL;
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
    char long_comment[1026];
    (void)state;
    assert_int_equal(mf_seckey_is_encrypted(mf_str(SECRET), &err), 0);
    assert_int_equal(mf_seckey_parse(mf_str(SECRET), MF_LIT("not looked at"), &key, &err), 0);
    struct mf_pubkey public, expected = public_key();
    mf_seckey_public(key, &public);
    assert_memory_equal(&public, &expected, sizeof(public));

    assert_int_equal(mf_minisign_sign(key, MESSAGE, MF_LIT("tc x"), &out, &err), 0);
    assert_true(mf_str_eq(mf_buf_view(&out), mf_str(SIGNATURE)));

    memset(long_comment, 'c', sizeof(long_comment));
    for (size_t n = 0; n <= 1025; n += n == 0 ? 1023 : 1) {
        mf_buf_clear(&out);
        int rc = mf_minisign_sign(key, MESSAGE, (struct mf_str){long_comment, n}, &out, &err);
        if (n > 1024) {
            fails(rc, &err, MF_E_USAGE, "at most 1024");
            continue;
        }
        struct mf_minisig sig;
        assert_int_equal(rc, 0);
        assert_int_equal(mf_minisig_parse(mf_buf_view(&out), &sig, &err), 0);
        assert_int_equal(strlen(sig.trusted_comment), n);
        assert_true(mf_minisig_verify(&sig, &public, MESSAGE));
    }
    fails(mf_minisign_sign(key, MESSAGE, MF_LIT("a\nb"), &out, &err), &err, MF_E_USAGE, "one line");
    fails(mf_minisign_sign(key, MESSAGE, MF_LIT("a\0b"), &out, &err), &err, MF_E_USAGE, "one line");
    struct mf_buf small = MF_BUF_INIT(100);
    fails(mf_minisign_sign(key, MESSAGE, MF_LIT(""), &small, &err), &err, MF_E_LIMIT, "100");
    mf_buf_release(&small);
}

/* Secret key files made here: the record is changed by `edit`, then written. */
static void secret_text(const uint8_t raw[SECRET_SIZE], struct mf_buf *out)
{
    char line[MF_BASE64_SIZE(SECRET_SIZE)];
    mf_base64(raw, SECRET_SIZE, line);
    mf_buf_clear(out);
    mf_buf_fmt(out, "%s%s\n", MARK, line);
}

static void plain_record(uint8_t raw[SECRET_SIZE], bool with_checksum)
{
    crypto_generichash_state h;
    assert_true(mf_base64_parse(MF_LIT(SECRET_LINE), raw, SECRET_SIZE));
    if (!with_checksum)
        return;
    crypto_generichash_init(&h, NULL, 0, 32);
    crypto_generichash_update(&h, raw, 2);
    crypto_generichash_update(&h, raw + ID, 72);
    crypto_generichash_final(&h, raw + SUM, 32);
}

static void store64(uint8_t *p, uint64_t v)
{
    for (size_t i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

/* As minisign encrypts, at libsodium's lowest cost. */
static void encrypted_record(uint8_t raw[SECRET_SIZE], const char *password)
{
    uint8_t stream[104];
    plain_record(raw, true);
    memcpy(raw + KDF, "Sc", 2);
    memset(raw + SALT, 7, 32);
    store64(raw + OPS, 32768);
    store64(raw + MEM, 16777216);
    assert_int_equal(crypto_pwhash_scryptsalsa208sha256(stream, sizeof(stream), password, strlen(password), raw + SALT,
                                                        32768, 16777216),
                     0);
    for (size_t i = 0; i < sizeof(stream); i++)
        raw[ID + i] ^= stream[i];
}

static void test_encrypted_key(void **state)
{
    static const char *const passwords[] = {"pw", "", "p\xc3\xa4ss w\xc3\xb6rd"};
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
    struct mf_pubkey public, expected = public_key();
    uint8_t raw[SECRET_SIZE];
    (void)state;
    for (size_t i = 0; i < MF_COUNT(passwords); i++) {
        struct mf_err err = {0};
        MF_CLEANUP(mf_seckey_free) struct mf_seckey *key = NULL;
        encrypted_record(raw, passwords[i]);
        secret_text(raw, &text);
        assert_int_equal(mf_seckey_is_encrypted(mf_buf_view(&text), &err), 1);
        assert_int_equal(mf_seckey_parse(mf_buf_view(&text), mf_str(passwords[i]), &key, &err), 0);
        mf_seckey_public(key, &public);
        assert_memory_equal(&public, &expected, sizeof(public));
    }
    struct mf_err err = {0};
    struct mf_seckey *key = NULL;
    fails(mf_seckey_parse(mf_buf_view(&text), MF_LIT("pass"), &key, &err), &err, MF_E_PASSWORD, "wrong password");
    fails(mf_seckey_parse(mf_buf_view(&text), MF_LIT(""), &key, &err), &err, MF_E_PASSWORD, "wrong password");
    /* damage inside the encrypted part cannot be told from a wrong password */
    encrypted_record(raw, "pw");
    raw[SUM + 31] ^= 1;
    secret_text(raw, &text);
    fails(mf_seckey_parse(mf_buf_view(&text), MF_LIT("pw"), &key, &err), &err, MF_E_PASSWORD, "wrong password");
    assert_null(key);
}

static void test_plain_key_checksum(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
    struct mf_err err = {0};
    struct mf_seckey *key = NULL;
    uint8_t raw[SECRET_SIZE];
    (void)state;
    plain_record(raw, true);
    secret_text(raw, &text);
    assert_int_equal(mf_seckey_parse(mf_buf_view(&text), MF_LIT(""), &key, &err), 0);
    mf_seckey_free(&key);
    for (size_t at = ID; at < SECRET_SIZE; at += 9) {
        plain_record(raw, true);
        raw[at] ^= 0x40;
        secret_text(raw, &text);
        fails(mf_seckey_parse(mf_buf_view(&text), MF_LIT(""), &key, &err), &err, MF_E_KEY_FILE, "checksum");
    }
    /* without a checksum the halves still have to belong together */
    for (size_t at = KEY; at < SUM; at += 7) {
        plain_record(raw, false);
        raw[at] ^= 0x40;
        secret_text(raw, &text);
        fails(mf_seckey_parse(mf_buf_view(&text), MF_LIT(""), &key, &err), &err, MF_E_KEY_FILE, "public half");
    }
    assert_null(key);
}

static void test_secret_key_refused(void **state)
{
    static const struct {
        size_t at;
        const char *bytes;
        size_t n;
        const char *why;
    } edits[] = {
        {0, "ED", 2, "unknown signature algorithm"},
        {KDF, "Ar", 2, "unknown key derivation"},
        {KDF, "S\0", 2, "unknown key derivation"},
        {CHK, "SH", 2, "unknown checksum algorithm"},
        {OPS, "\x01\0\0\x02\0\0\0\0", 8, "more time or memory"},
        {OPS, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "more time or memory"},
        {OPS, "\xff\x7f\0\0\0\0\0\0", 8, "less time or memory"},
        {OPS, "\0\0\0\0\0\0\0\0", 8, "less time or memory"},
        {MEM, "\x01\0\0\x40\0\0\0\0", 8, "more time or memory"},
        {MEM, "\0\0\0\0\x10\0\0\0", 8, "more time or memory"},
        {MEM, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "more time or memory"},
        {MEM, "\0\0\0\0\0\0\0\0", 8, "less time or memory"},
    };
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
    struct mf_seckey *key = NULL;
    uint8_t raw[SECRET_SIZE];
    (void)state;
    for (size_t i = 0; i < MF_COUNT(edits); i++) {
        struct mf_err err = {0};
        encrypted_record(raw, "pw");
        memcpy(raw + edits[i].at, edits[i].bytes, edits[i].n);
        secret_text(raw, &text);
        fails(mf_seckey_parse(mf_buf_view(&text), MF_LIT("pw"), &key, &err), &err, MF_E_KEY_FILE, edits[i].why);
        fails(mf_seckey_is_encrypted(mf_buf_view(&text), &err), &err, MF_E_KEY_FILE, edits[i].why);
    }
    struct mf_err err = {0};
    fails(mf_seckey_parse(mf_str(PUBLIC), MF_LIT(""), &key, &err), &err, MF_E_KEY_FILE, "is a minisign public key");
    fails(mf_seckey_parse(MF_LIT(SECRET_LINE), MF_LIT(""), &key, &err), &err, MF_E_KEY_FILE, "does not begin");
    /* nothing of a damaged secret key reaches the message */
    static const char damaged[] = MARK "!" SECRET_LINE "\n";
    fails(mf_seckey_parse(mf_str(damaged), MF_LIT(""), &key, &err), &err, MF_E_KEY_FILE, "not the base64 of 158");
    assert_null(strstr(err.text, "RWQA"));
    assert_null(key);
}

static void test_generate_and_write(void **state)
{
    struct mf_err err = {0};
    MF_CLEANUP(mf_seckey_free) struct mf_seckey *key = NULL, *again = NULL, *other = NULL;
    MF_CLEANUP(mf_buf_wipe) struct mf_buf text = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
    struct mf_pubkey public, read, different;
    (void)state;
    assert_int_equal(mf_seckey_generate(&key, &public, &err), 0);
    assert_int_equal(mf_seckey_generate(&other, &different, &err), 0);
    assert_memory_not_equal(&public, &different, sizeof(public));
    assert_int_equal(mf_seckey_write(key, MF_LIT(""), &text, &err), 0);
    assert_int_equal(mf_seckey_is_encrypted(mf_buf_view(&text), &err), 0);
    assert_int_equal(mf_seckey_parse(mf_buf_view(&text), MF_LIT(""), &again, &err), 0);
    mf_seckey_public(again, &read);
    assert_memory_equal(&public, &read, sizeof(public));

    static const char *const bad[] = {"a\nb", "a\r"};
    for (size_t i = 0; i < MF_COUNT(bad); i++)
        fails(mf_seckey_write(key, mf_str(bad[i]), &text, &err), &err, MF_E_USAGE, "line end");
    fails(mf_seckey_write(key, MF_LIT("a\0b"), &text, &err), &err, MF_E_USAGE, "NUL");
    char long_password[1023];
    memset(long_password, 'p', sizeof(long_password));
    fails(mf_seckey_write(key, (struct mf_str){long_password, sizeof(long_password)}, &text, &err), &err, MF_E_USAGE,
          "longer");
    struct mf_buf small = MF_BUF_INIT(100);
    fails(mf_seckey_write(key, MF_LIT(""), &small, &err), &err, MF_E_LIMIT, "100");
}

/* Where the address space is short the cost is lowered, and stored lowered. */
static void test_write_with_little_memory(void **state)
{
    struct mf_err err = {0};
    MF_CLEANUP(mf_seckey_free) struct mf_seckey *key = NULL, *again = NULL;
    MF_CLEANUP(mf_buf_wipe) struct mf_buf text = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
    struct mf_pubkey public, read;
    uint8_t raw[SECRET_SIZE];
    unsigned long pages = 0;
    struct rlimit limit = {0};
    (void)state;
    assert_int_equal(mf_seckey_generate(&key, &public, &err), 0);
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%lu", &pages) != 1 || getrlimit(RLIMIT_AS, &limit) < 0)
        fail_msg("no /proc/self/statm");
    fclose(f);
    struct rlimit short_limit = limit;
    short_limit.rlim_cur = pages * 4096 + 200 * MF_MIB;
    assert_int_equal(setrlimit(RLIMIT_AS, &short_limit), 0);
    int rc = mf_seckey_write(key, MF_LIT("pw"), &text, &err);
    assert_int_equal(setrlimit(RLIMIT_AS, &limit), 0);
    assert_int_equal(rc, 0);
    struct mf_str line = mf_buf_view(&text);
    (void)mf_str_cut(line, '\n', &line);
    assert_true(mf_base64_parse(mf_str_trim(line), raw, sizeof(raw)));
    assert_int_equal(raw[MEM + 3], 0x08); /* 128 MiB */
    assert_int_equal(raw[OPS + 2], 0x40); /* 2^22, an eighth of 2^25 too */
    assert_int_equal(mf_seckey_parse(mf_buf_view(&text), MF_LIT("pw"), &again, &err), 0);
    mf_seckey_public(again, &read);
    assert_memory_equal(&public, &read, sizeof(public));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_public_key),
        cmocka_unit_test(test_public_key_refused),
        cmocka_unit_test(test_nul_bytes),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_long_comments),
        cmocka_unit_test(test_verify),
        cmocka_unit_test(test_bit_flips),
        cmocka_unit_test(test_signature_refused),
        cmocka_unit_test(test_signature_line_ends),
        cmocka_unit_test(test_sign),
        cmocka_unit_test(test_encrypted_key),
        cmocka_unit_test(test_plain_key_checksum),
        cmocka_unit_test(test_secret_key_refused),
        cmocka_unit_test(test_generate_and_write),
        cmocka_unit_test(test_write_with_little_memory),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

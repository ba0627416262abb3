#include <sodium.h>

#include "formats/base/encode.h"
#include "formats/minisign.h"
#include "formats/minitext.h"

#define SCRYPT_OPS_MIN crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_MIN
#define SCRYPT_OPS_MAX crypto_pwhash_scryptsalsa208sha256_OPSLIMIT_SENSITIVE
#define SCRYPT_MEM_MIN crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_MIN
#define SCRYPT_MEM_MAX crypto_pwhash_scryptsalsa208sha256_MEMLIMIT_SENSITIVE

struct mf_seckey {
    uint8_t id[8];
    uint8_t key[64]; /* seed, then public key */
};

/* The part of a key file that the password encrypts. */
struct secret_body {
    uint8_t id[8];
    uint8_t key[64];
    uint8_t checksum[32];
};

struct secret_record {
    uint8_t algorithm[2];          /* "Ed" */
    uint8_t kdf_algorithm[2];      /* "Sc", or zeros */
    uint8_t checksum_algorithm[2]; /* "B2" */
    uint8_t salt[32];
    uint8_t ops[8]; /* little endian, as is mem */
    uint8_t mem[8];
    struct secret_body body;
};
_Static_assert(sizeof(struct secret_record) == MF_MINITEXT_SECRET, "no padding");

static void secret_release(void *slot)
{
    void **p = slot;
    sodium_free(*p);
    *p = NULL;
}

/* Zeroed memory that is wiped and freed by secret_release. */
static void *secret_new(size_t n, struct mf_err *err)
{
    if (sodium_init() < 0) {
        mf_err_set(err, MF_E_IO, "start libsodium: no source of randomness");
        return NULL;
    }
    void *p = sodium_malloc(n);
    if (!p) {
        mf_err_nomem(err);
        return NULL;
    }
    memset(p, 0, n);
    return p;
}

static uint64_t load64(const uint8_t p[8])
{
    uint64_t v = 0;
    for (size_t i = 8; i-- > 0;)
        v = v << 8 | p[i];
    return v;
}

static void store64(uint8_t p[8], uint64_t v)
{
    for (size_t i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> 8 * i);
}

static void checksum(const struct secret_record *r, uint8_t out[32])
{
    crypto_generichash_state h;
    crypto_generichash_init(&h, NULL, 0, 32);
    crypto_generichash_update(&h, r->algorithm, sizeof(r->algorithm));
    crypto_generichash_update(&h, r->body.id, sizeof(r->body.id));
    crypto_generichash_update(&h, r->body.key, sizeof(r->body.key));
    crypto_generichash_final(&h, out, 32);
    sodium_memzero(&h, sizeof(h));
}

/* XORs the body with the key stream of the password, which encrypts it or
 * decrypts it. Returns 0, or -1 where scrypt did not get its memory. */
static int apply_password(struct secret_record *r, struct secret_body *stream, struct mf_str password)
{
    uint8_t *body = (uint8_t *)&r->body;
    uint8_t *mask = (uint8_t *)stream;
    if (crypto_pwhash_scryptsalsa208sha256(mask, sizeof(*stream), password.p ? password.p : "", password.n, r->salt,
                                           load64(r->ops), (size_t)load64(r->mem)) != 0)
        return -1;
    for (size_t i = 0; i < sizeof(*stream); i++)
        body[i] ^= mask[i];
    return 0;
}

static bool is_encrypted(const struct secret_record *r)
{
    return memcmp(r->kdf_algorithm, "Sc", 2) == 0;
}

/* Reads the record and checks everything that needs no password. */
static struct secret_record *load_record(struct mf_str text, struct mf_err *err)
{
    MF_CLEANUP(secret_release) struct secret_record *r = secret_new(sizeof(*r), err);
    if (!r || mf_minitext_record(&text, MF_MINITEXT_SECRET, r, err) < 0 ||
        mf_minitext_end(text, MF_MINITEXT_SECRET, err) < 0)
        return NULL;
    const char *wrong = NULL;
    if (memcmp(r->algorithm, "Ed", 2) != 0)
        wrong = "unknown signature algorithm";
    else if (memcmp(r->checksum_algorithm, "B2", 2) != 0)
        wrong = "unknown checksum algorithm";
    else if (!is_encrypted(r) && memcmp(r->kdf_algorithm, "\0\0", 2) != 0)
        wrong = "unknown key derivation";
    else if (is_encrypted(r) && (load64(r->ops) > SCRYPT_OPS_MAX || load64(r->mem) > SCRYPT_MEM_MAX))
        wrong = "its key derivation asks for more time or memory than minisign ever does";
    else if (is_encrypted(r) && (load64(r->ops) < SCRYPT_OPS_MIN || load64(r->mem) < SCRYPT_MEM_MIN))
        wrong = "its key derivation asks for less time or memory than minisign ever does";
    if (wrong) {
        mf_err_set(err, MF_E_KEY_FILE, "secret key: %s", wrong);
        return NULL;
    }
    struct secret_record *taken = r;
    r = NULL;
    return taken;
}

int mf_seckey_is_encrypted(struct mf_str text, struct mf_err *err)
{
    MF_CLEANUP(secret_release) struct secret_record *r = load_record(text, err);
    return r ? is_encrypted(r) : -1;
}

static int decrypt(struct secret_record *r, struct mf_str password, struct mf_err *err)
{
    uint8_t sum[32];
    MF_CLEANUP(secret_release) struct secret_body *stream = secret_new(sizeof(*stream), err);
    if (!stream)
        return -1;
    if (apply_password(r, stream, password) < 0)
        return mf_err_set(err, MF_E_NOMEM, "secret key: no memory to derive the key from the password (%llu MiB)",
                          (unsigned long long)(load64(r->mem) / MF_MIB));
    checksum(r, sum);
    bool right = sodium_memcmp(sum, r->body.checksum, sizeof(sum)) == 0;
    sodium_memzero(sum, sizeof(sum));
    return right ? 0 : mf_err_set(err, MF_E_PASSWORD, "secret key: wrong password");
}

static int check_plain(const struct secret_record *r, struct mf_err *err)
{
    uint8_t sum[32];
    checksum(r, sum);
    bool right = sodium_memcmp(sum, r->body.checksum, sizeof(sum)) == 0 ||
                 sodium_is_zero(r->body.checksum, sizeof(r->body.checksum));
    sodium_memzero(sum, sizeof(sum));
    return right ? 0 : mf_err_set(err, MF_E_KEY_FILE, "secret key: its checksum is wrong: the file is damaged");
}

/* Derives the pair anew from the seed and compares. */
static int check_halves(const uint8_t key[64], struct mf_err *err)
{
    uint8_t public[crypto_sign_PUBLICKEYBYTES];
    MF_CLEANUP(secret_release) uint8_t *pair = secret_new(crypto_sign_SECRETKEYBYTES, err);
    if (!pair)
        return -1;
    crypto_sign_seed_keypair(public, pair, key);
    if (sodium_memcmp(pair, key, crypto_sign_SECRETKEYBYTES) != 0)
        return mf_err_set(err, MF_E_KEY_FILE, "secret key: its public half does not belong to it");
    return 0;
}

int mf_seckey_parse(struct mf_str text, struct mf_str password, struct mf_seckey **out, struct mf_err *err)
{
    MF_CLEANUP(secret_release) struct secret_record *r = load_record(text, err);
    if (!r || (is_encrypted(r) ? decrypt(r, password, err) : check_plain(r, err)) < 0 ||
        check_halves(r->body.key, err) < 0)
        return -1;
    struct mf_seckey *key = secret_new(sizeof(*key), err);
    if (!key)
        return -1;
    memcpy(key->id, r->body.id, sizeof(key->id));
    memcpy(key->key, r->body.key, sizeof(key->key));
    (void)sodium_mprotect_readonly(key);
    *out = key;
    return 0;
}

int mf_seckey_generate(struct mf_seckey **secret_out, struct mf_pubkey *public_out, struct mf_err *err)
{
    struct mf_seckey *key = secret_new(sizeof(*key), err);
    if (!key)
        return -1;
    randombytes_buf(key->id, sizeof(key->id));
    crypto_sign_keypair(public_out->key, key->key);
    memcpy(public_out->id, key->id, sizeof(public_out->id));
    (void)sodium_mprotect_readonly(key);
    *secret_out = key;
    return 0;
}

/* Encrypts the body at minisign's default cost, or at half of it, a quarter
 * and so on while the memory is not to be had. */
static int encrypt(struct secret_record *r, struct mf_str password, struct mf_err *err)
{
    MF_CLEANUP(secret_release) struct secret_body *stream = secret_new(sizeof(*stream), err);
    if (!stream)
        return -1;
    memcpy(r->kdf_algorithm, "Sc", 2);
    randombytes_buf(r->salt, sizeof(r->salt));
    for (uint64_t ops = SCRYPT_OPS_MAX, mem = SCRYPT_MEM_MAX; ops >= SCRYPT_OPS_MIN && mem >= SCRYPT_MEM_MIN;
         ops /= 2, mem /= 2) {
        store64(r->ops, ops);
        store64(r->mem, mem);
        if (apply_password(r, stream, password) == 0)
            return 0;
    }
    return mf_err_set(err, MF_E_NOMEM, "secret key: no memory to derive a key from the password (16 MiB)");
}

static int check_password(struct mf_str password, struct mf_err *err)
{
    if (password.n > MF_MINISIGN_PASSWORD_MAX)
        return mf_err_set(err, MF_E_USAGE, "password: longer than %d bytes", MF_MINISIGN_PASSWORD_MAX);
    if (mf_str_find(password, '\0') < password.n || mf_str_find(password, '\n') < password.n ||
        mf_str_find(password, '\r') < password.n)
        return mf_err_set(err, MF_E_USAGE, "password: holds a line end or a NUL byte");
    return 0;
}

int mf_seckey_write(const struct mf_seckey *key, struct mf_str password, struct mf_buf *out, struct mf_err *err)
{
    const struct mf_str comment = password.n ? MF_LIT("untrusted comment: minisign encrypted secret key\n")
                                             : MF_LIT("untrusted comment: minisign unencrypted secret key\n");
    const size_t base64 = MF_BASE64_SIZE(sizeof(struct secret_record));
    if (check_password(password, err) < 0)
        return -1;
    MF_CLEANUP(secret_release) struct secret_record *r = secret_new(sizeof(*r), err);
    if (!r)
        return -1;
    memcpy(r->algorithm, "Ed", 2);
    memcpy(r->checksum_algorithm, "B2", 2);
    memcpy(r->body.id, key->id, sizeof(key->id));
    memcpy(r->body.key, key->key, sizeof(key->key));
    checksum(r, r->body.checksum);
    if (password.n && encrypt(r, password, err) < 0)
        return -1;
    /* All room at once: a buffer that grows later would leave a copy behind. */
    char *to = mf_buf_room(out, comment.n + base64);
    if (!to)
        return mf_buf_check(out, err);
    memcpy(to, comment.p, comment.n);
    mf_base64(r, sizeof(*r), to + comment.n);
    to[comment.n + base64 - 1] = '\n';
    mf_buf_grew(out, comment.n + base64);
    return 0;
}

void mf_seckey_public(const struct mf_seckey *key, struct mf_pubkey *out)
{
    memcpy(out->id, key->id, sizeof(out->id));
    memcpy(out->key, key->key + 32, sizeof(out->key));
}

void mf_seckey_sign_raw(const struct mf_seckey *key, const void *p, size_t n, uint8_t out[64])
{
    crypto_sign_detached(out, NULL, p, n, key->key);
}

void mf_seckey_free(struct mf_seckey **key)
{
    sodium_free(*key);
    *key = NULL;
}

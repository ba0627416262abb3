/* Keys and signatures in minisign's formats (https://jedisct1.github.io/minisign/).
 *
 * Signatures are made in the prehashed form `ED`: Ed25519 over BLAKE2b-512 of
 * the message, and a second one over signature and trusted comment. Legacy `Ed`
 * signatures are refused with a message that says so. Secret keys are scrypt-encrypted ("Sc") or, with
 * --no-password, unencrypted; both are minisign's.
 *
 * Lines may end in CR LF, as minisign reads them too; apart from line ends
 * nothing may follow the last line. Every failure to read a file is
 * MF_E_KEY_FILE, and its message says where a file of another kind was given.
 *
 * Secret keys live in sodium_malloc memory, which is locked where the limit on
 * locked memory allows, read-only once made, and wiped on release. Everything
 * here is reentrant; a key may be used by several threads at once.
 */
#ifndef MF_MINISIGN_H
#define MF_MINISIGN_H

#include "formats/base/buf.h"
#include "formats/base/hash.h"

#define MF_MINISIGN_FILE_MAX (4 * MF_KIB) /* bytes of any key or signature file */
#define MF_MINISIGN_COMMENT_MAX 1024      /* bytes of a trusted comment; of an untrusted one too */
#define MF_MINISIGN_PASSWORD_MAX 1022     /* bytes of a password that minisign can read back */

struct mf_pubkey {
    uint8_t id[8]; /* key id as in the file; shown little endian, upper-case hex */
    uint8_t key[32];
};

struct mf_seckey; /* locked memory */

struct mf_minisig {
    uint8_t id[8];
    uint8_t signature[64];
    uint8_t global[64];
    char trusted_comment[MF_MINISIGN_COMMENT_MAX + 1]; /* NUL-terminated, as stored */
};

/* The key id as minisign prints it: 16 upper-case hex digits and NUL. */
void mf_keyid_text(const uint8_t id[8], char out[17]) MF_NONNULL;

/* First 16 hex digits of SHA-256 over the 32 bytes of the key and NUL: the stem of a signature's
 * name in a bundle (DESIGN section 5). */
void mf_pubkey_stem(const struct mf_pubkey *key, char out[17]) MF_NONNULL;

/* Parses a public key file, or the bare base64 line of one (blanks around it
 * are not allowed). MF_E_KEY_FILE, also where the key is no point of prime
 * order, under which nothing could ever verify. */
int mf_pubkey_parse(struct mf_str text, struct mf_pubkey *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;
int mf_pubkey_write(const struct mf_pubkey *key, struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Makes a key pair from the system's randomness. */
int mf_seckey_generate(struct mf_seckey **secret_out, struct mf_pubkey *public_out,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* True where the secret key file is encrypted, so that a password is needed.
 * MF_E_KEY_FILE where it is no secret key. Returns 1, 0 or -1. */
int mf_seckey_is_encrypted(struct mf_str text, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Parses a secret key file. `password` is not looked at for an unencrypted key;
 * a wrong one is MF_E_PASSWORD. scrypt runs with the cost that the file names,
 * which must lie between libsodium's minimum and its SENSITIVE limits (1 GiB,
 * what minisign writes): else MF_E_KEY_FILE before anything is allocated, so a
 * planted file cannot take more. MF_E_NOMEM where that memory is not there.
 * The checksum must hold (an unencrypted key may have zeros there, as
 * `minisign -W` writes), and the public half must belong to the secret one:
 * signing with another public half would give the key away. */
int mf_seckey_parse(struct mf_str text, struct mf_str password, struct mf_seckey **out,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Writes the key file; with an empty password unencrypted, else with scrypt at
 * minisign's default cost (about a second, 1 GiB; falls back as minisign does
 * to a lower cost where memory is short). A password that minisign could not
 * read back (longer than MF_MINISIGN_PASSWORD_MAX, or with NUL or a line end)
 * is MF_E_USAGE. `out` then holds secrets: release it with mf_buf_wipe. */
int mf_seckey_write(const struct mf_seckey *key, struct mf_str password, struct mf_buf *out,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

void mf_seckey_public(const struct mf_seckey *key, struct mf_pubkey *out) MF_NONNULL;
void mf_seckey_free(struct mf_seckey **key) MF_NONNULL; /* wipes; *key may be NULL */

/* Ed25519 over the n bytes at p as they are: the primitive beneath
 * mf_minisign_sign, of no use by itself. */
void mf_seckey_sign_raw(const struct mf_seckey *key, const void *p, size_t n, uint8_t out[64]) MF_NONNULL;

/* Signs a message; appends a .minisig file to out. The trusted comment has at
 * most 1024 bytes, printable UTF-8 and tabs, one line: else MF_E_USAGE.
 * Deterministic. */
int mf_minisign_sign(const struct mf_seckey *key, struct mf_str message, struct mf_str trusted_comment,
                     struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Parses a .minisig file; MF_E_KEY_FILE. A trusted comment must be as
 * mf_minisign_sign takes it. */
int mf_minisig_parse(struct mf_str text, struct mf_minisig *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Checks both signatures under `key` (whose id is not looked at). True only
 * where both hold. */
bool mf_minisig_verify(const struct mf_minisig *sig, const struct mf_pubkey *key,
                       struct mf_str message) MF_NONNULL MF_NODISCARD;

#endif

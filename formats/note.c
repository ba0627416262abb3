#include "formats/note.h"

#include <sodium.h>

#include "formats/base/encode.h"
#include "formats/base/hash.h"
#include "formats/base/unicode.h"
#include "formats/gotext.h"

enum { ALGORITHM_ED25519 = 1, HASH_SIZE = 4, KEY_SIZE = 1 + 32, SIGNATURE_SIZE = 64, SIGNATURE_MIN = HASH_SIZE + 1 };

#define PREFIX MF_LIT("\u2014 ")

static bool name_valid(struct mf_str name)
{
    uint32_t rune;
    for (size_t i = 0, len; i < name.n; i += len) {
        len = mf_utf8_decode(name.p + i, name.n - i, &rune);
        if (len == 0 || mf_gotext_is_space(rune) || rune == '+')
            return false;
    }
    return name.n > 0;
}

bool mf_note_clean(struct mf_str text)
{
    uint32_t rune;
    for (size_t i = 0, len; i < text.n; i += len) {
        len = mf_utf8_decode(text.p + i, text.n - i, &rune);
        if (len == 0 || (rune < 0x20 && rune != '\n'))
            return false;
    }
    return true;
}

/* Hexadecimal digits of either case, as strconv.ParseUint takes them. */
static bool parse_hash(struct mf_str text, uint8_t out[HASH_SIZE])
{
    char lower[2 * HASH_SIZE];
    if (text.n != sizeof(lower))
        return false;
    for (size_t i = 0; i < sizeof(lower); i++)
        lower[i] = (char)(text.p[i] >= 'A' && text.p[i] <= 'F' ? text.p[i] - 'A' + 'a' : text.p[i]);
    return mf_hex_parse((struct mf_str){lower, sizeof(lower)}, out, HASH_SIZE);
}

int mf_notekey_parse(struct mf_str text, struct mf_notekey *out, struct mf_err *err)
{
    struct mf_notekey key;
    struct mf_str rest, code;
    uint8_t bytes[KEY_SIZE];
    struct mf_sha256 hash;
    struct mf_digest digest;
    key.name = mf_str_cut(text, '+', &rest);
    struct mf_str hash_text = mf_str_cut(rest, '+', &code);
    if (!parse_hash(hash_text, key.hash) || !name_valid(key.name) || !mf_base64_parse(code, bytes, sizeof(bytes)))
        return mf_err_set(err, MF_E_USAGE, "malformed verifier id");
    mf_sha256_init(&hash);
    mf_sha256_add(&hash, key.name.p, key.name.n);
    mf_sha256_add(&hash, "\n", 1);
    mf_sha256_add(&hash, bytes, sizeof(bytes));
    mf_sha256_done(&hash, &digest);
    if (memcmp(digest.b, key.hash, sizeof(key.hash)) != 0)
        return mf_err_set(err, MF_E_USAGE, "invalid verifier hash");
    if (bytes[0] != ALGORITHM_ED25519)
        return mf_err_set(err, MF_E_USAGE, "unknown verifier algorithm");
    memcpy(key.key, bytes + 1, sizeof(key.key));
    *out = key;
    return 0;
}

static int malformed(struct mf_err *err)
{
    return mf_err_set(err, MF_E_DAMAGED, "malformed note");
}

/* Bytes that a padded base64 text stands for. */
static size_t decoded_size(struct mf_str text)
{
    size_t size = text.n / 4 * 3;
    for (size_t i = text.n; i > 0 && text.p[i - 1] == '=' && text.n - i < 2; i--)
        size -= size > 0;
    return size;
}

/* One signature line. Returns 1 where it is by the key, 0 where by another, -1. */
static int read_signature(struct mf_str line, const struct mf_notekey *key, uint8_t signature_out[SIGNATURE_SIZE],
                          bool *sized_out, struct mf_err *err)
{
    struct mf_str code, prefix = PREFIX;
    if (!mf_str_starts(line, prefix))
        return malformed(err);
    struct mf_str name = mf_str_cut(mf_str_from(line, prefix.n), ' ', &code);
    size_t size = decoded_size(code);
    MF_CLEANUP(mf_buf_release) struct mf_buf bytes = MF_BUF_INIT(MF_NOTE_MAX);
    char *p = mf_buf_room(&bytes, size + 1);
    if (!p)
        return mf_buf_check(&bytes, err);
    if (!name_valid(name) || size < SIGNATURE_MIN || !mf_base64_parse(code, p, size))
        return malformed(err);
    if (!mf_str_eq(name, key->name) || memcmp(p, key->hash, HASH_SIZE) != 0)
        return 0;
    *sized_out = size == HASH_SIZE + SIGNATURE_SIZE;
    if (*sized_out)
        memcpy(signature_out, p + HASH_SIZE, SIGNATURE_SIZE);
    return 1;
}

static int check_signatures(struct mf_str text, struct mf_str lines, const struct mf_notekey *key, struct mf_err *err)
{
    bool good = false;
    for (size_t i = 0; lines.n; i++) {
        uint8_t signature[SIGNATURE_SIZE];
        bool sized = false;
        int ours = read_signature(mf_str_cut(lines, '\n', &lines), key, signature, &sized, err);
        if (ours < 0)
            return -1;
        if (i == MF_NOTE_SIGNATURES_MAX)
            return malformed(err);
        if (!ours || good)
            continue;
        good = sized && crypto_sign_verify_detached(signature, (const unsigned char *)text.p, text.n, key->key) == 0;
        if (!good)
            return mf_err_set(err, MF_E_SUMDB, "invalid signature for key %.*s+%02x%02x%02x%02x", MF_FMT(key->name),
                              key->hash[0], key->hash[1], key->hash[2], key->hash[3]);
    }
    return good ? 0 : mf_err_set(err, MF_E_SUMDB, "note has no signature by key %.*s", MF_FMT(key->name));
}

int mf_note_open(struct mf_str note, const struct mf_notekey *key, struct mf_str *text_out, struct mf_err *err)
{
    if (note.n > MF_NOTE_MAX)
        return mf_err_set(err, MF_E_LIMIT, "a signed note has more than %zu bytes", MF_NOTE_MAX);
    if (!mf_note_clean(note))
        return malformed(err);
    size_t split = note.n;
    for (size_t i = note.n; i > 1 && split == note.n; i--)
        if (note.p[i - 2] == '\n' && note.p[i - 1] == '\n')
            split = i - 2;
    struct mf_str lines = mf_str_from(note, split + 2);
    if (lines.n == 0 || lines.p[lines.n - 1] != '\n')
        return malformed(err);
    struct mf_str text = mf_str_head(note, split + 1);
    if (check_signatures(text, lines, key, err) < 0)
        return -1;
    *text_out = text;
    return 0;
}

struct mf_str mf_note_next(struct mf_str *rest)
{
    const struct mf_str prefix = PREFIX;
    while (rest->n && rest->p[0] == '\n')
        *rest = mf_str_from(*rest, 1);
    size_t end = 0;
    /* up to a signature line, and on while there are more */
    for (bool signed_yet = false; end < rest->n;) {
        struct mf_str at = mf_str_from(*rest, end);
        bool signature = mf_str_starts(at, prefix);
        if (signed_yet && !signature)
            break;
        signed_yet = signature;
        end += mf_str_find(at, '\n') + 1;
    }
    struct mf_str note = mf_str_head(*rest, end);
    *rest = mf_str_from(*rest, end);
    return note;
}

/* Signed notes, as the checksum database signs its tree heads.
 *
 *     text, whose last byte is a newline
 *     <blank line>
 *     — NAME BASE64(key hash, 4 bytes || signature)
 *     ... more of these lines
 *
 * The signature is Ed25519 over the text. Rules: GOROOT/src/cmd/vendor/golang.org/
 * x/mod/sumdb/note/note.go (Open, NewVerifier). Stricter than go: base64 must be
 * canonical (go lets line ends and stray bits in the last group pass), and
 * libsodium refuses keys and signatures of small order.
 */
#ifndef MF_NOTE_H
#define MF_NOTE_H

#include "formats/base/buf.h"

#define MF_NOTE_MAX (64 * MF_KIB) /* bytes of a note */
#define MF_NOTE_SIGNATURES_MAX 100

/* A verifier key, `NAME+HASH8+BASE64(1 || 32 bytes)`. */
struct mf_notekey {
    struct mf_str name; /* slice of the text that was parsed */
    uint8_t hash[4];    /* first bytes of SHA-256(NAME "\n" 1 || key) */
    uint8_t key[32];    /* Ed25519 */
};

/* Parses a verifier key. MF_E_USAGE with go's words: "malformed verifier id",
 * "invalid verifier hash", "unknown verifier algorithm". */
int mf_notekey_parse(struct mf_str text, struct mf_notekey *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Checks a note and stores the slice of its signed text, final newline
 * included. Signatures by others than `key` are passed over, but must be well
 * formed. MF_E_LIMIT: longer than MF_NOTE_MAX. MF_E_DAMAGED: no note. MF_E_SUMDB:
 * it carries no signature by the key, or one that does not hold. */
int mf_note_open(struct mf_str note, const struct mf_notekey *key, struct mf_str *text_out,
                 struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* True where the text is UTF-8 without control characters below U+0020 other
 * than newline: what a note or a record may consist of. */
bool mf_note_clean(struct mf_str text);

/* Takes the next note off a list of notes with blank lines between them; empty
 * where there is none. Nothing is checked. */
struct mf_str mf_note_next(struct mf_str *rest) MF_NONNULL;

#endif

/* Hexadecimal and base64 (RFC 4648), by libsodium, in the strict forms that
 * our files use: lower-case hex, padded standard base64, nothing else. */
#ifndef MF_ENCODE_H
#define MF_ENCODE_H

#include "formats/base/str.h"

/* Room for the text of n bytes with its NUL. */
#define MF_HEX_SIZE(n) (2 * (n) + 1)
#define MF_BASE64_SIZE(n) (((n) + 2) / 3 * 4 + 1)

/* Writes the text and a NUL to out, of MF_HEX_SIZE(n) or MF_BASE64_SIZE(n)
 * bytes. */
void mf_hex(const void *p, size_t n, char *out) MF_NONNULL;
void mf_base64(const void *p, size_t n, char *out) MF_NONNULL;

/* Decodes into out, which takes exactly n bytes. False where the text is not
 * the canonical encoding of n bytes: upper-case hex, blanks, missing or wrong
 * padding and stray bits in the last group are refused. */
bool mf_hex_parse(struct mf_str text, void *out, size_t n) MF_NONNULL MF_NODISCARD;
bool mf_base64_parse(struct mf_str text, void *out, size_t n) MF_NONNULL MF_NODISCARD;

#endif

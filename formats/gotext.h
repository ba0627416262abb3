/* Rules for text that Go's standard library has and C's does not: white space
 * by Unicode, fields, quoted strings.
 *
 * They follow Go's packages unicode, strings and strconv. Bytes that are not
 * UTF-8 count as one character U+FFFD each, as they do in Go. Only the two
 * functions that take a buffer can fail, through that buffer.
 */
#ifndef MF_GOTEXT_H
#define MF_GOTEXT_H

#include "formats/base/buf.h"

/* The character at the front of s, which is not empty, and its length in bytes
 * (1 for a byte that is not UTF-8). */
size_t mf_gotext_rune(struct mf_str s, uint32_t *rune_out) MF_NONNULL;

/* unicode.IsSpace and unicode.IsPrint; of the blanks only U+0020 is printable. */
bool mf_gotext_is_space(uint32_t rune);
bool mf_gotext_is_print(uint32_t rune);

/* strings.TrimSpace. */
struct mf_str mf_gotext_trim(struct mf_str s);

/* Takes the next field of strings.Fields off *rest; empty where there is none. */
struct mf_str mf_gotext_field(struct mf_str *rest) MF_NONNULL;

/* strconv.Unquote of a double-quoted string with its quotes: appends the value.
 * False, and nothing appended, where it is malformed. */
bool mf_gotext_unquote(struct mf_str quoted, struct mf_buf *out) MF_NONNULL MF_NODISCARD;

/* strconv.Quote: appends s in double quotes with escapes. */
void mf_gotext_quote(struct mf_str s, struct mf_buf *out) MF_NONNULL;

#endif

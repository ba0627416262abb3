/* UTF-8 and the few Unicode properties that Go's rules for names need.
 *
 * Tables come from utf8proc; nothing depends on the locale, so LC_ALL=C and
 * LC_ALL=de_DE.UTF-8 give the same results.
 */
#ifndef MF_UNICODE_H
#define MF_UNICODE_H

#include <stdbool.h>

#include "formats/base/str.h"

/* Decodes one character at p, of at most n bytes. Returns its length in bytes
 * (1 to 4) and stores the code point, or returns 0 for an empty or invalid
 * sequence (overlong forms, surrogates and values above U+10FFFF included). */
size_t mf_utf8_decode(const char *p, size_t n, uint32_t *rune_out) MF_NONNULL;

/* Encodes a code point; returns the number of bytes written, 1 to 4. */
size_t mf_utf8_encode(uint32_t rune, char out[4]) MF_NONNULL;

bool mf_utf8_valid(struct mf_str s);

/* General category L*, as Go's unicode.IsLetter. */
bool mf_rune_is_letter(uint32_t rune);

/* General category Nd, as Go's unicode.IsDigit. */
bool mf_rune_is_digit(uint32_t rune);

/* Letters, marks, numbers, punctuation, symbols and blanks (Zs), as Go's
 * unicode.IsGraphic. */
bool mf_rune_is_graphic(uint32_t rune);

/* One representative of the runes that differ only by simple case folding, as
 * the cycle of Go's unicode.SimpleFold. */
uint32_t mf_rune_fold(uint32_t rune);

/* True where the character may be shown on a terminal as it is: not a control
 * character, not a line or paragraph separator, not a mark that changes the
 * direction of text, not unassigned or private. */
bool mf_rune_is_showable(uint32_t rune);

#endif

#include "formats/gotext.h"

#include "formats/base/unicode.h"

enum { REPLACEMENT = 0xFFFD };

size_t mf_gotext_rune(struct mf_str s, uint32_t *rune_out)
{
    size_t len = mf_utf8_decode(s.p, s.n, rune_out);
    if (len > 0)
        return len;
    *rune_out = REPLACEMENT;
    return 1;
}

bool mf_gotext_is_space(uint32_t rune)
{
    switch (rune) {
    case ' ':
    case '\t':
    case '\n':
    case '\v':
    case '\f':
    case '\r':
    case 0x85:
    case 0xA0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202F:
    case 0x205F:
    case 0x3000:
        return true;
    default:
        return rune >= 0x2000 && rune <= 0x200A;
    }
}

bool mf_gotext_is_print(uint32_t rune)
{
    return rune == ' ' || (!mf_gotext_is_space(rune) && mf_rune_is_showable(rune));
}

/* The length of the last character of s. */
static size_t last_rune(struct mf_str s, uint32_t *rune)
{
    for (size_t len = s.n < 4 ? s.n : 4; len > 1; len--) {
        if (mf_gotext_rune(mf_str_from(s, s.n - len), rune) == len)
            return len;
    }
    return mf_gotext_rune(mf_str_from(s, s.n - 1), rune);
}

struct mf_str mf_gotext_trim(struct mf_str s)
{
    uint32_t rune;
    while (s.n > 0) {
        size_t len = mf_gotext_rune(s, &rune);
        if (!mf_gotext_is_space(rune))
            break;
        s = mf_str_from(s, len);
    }
    while (s.n > 0) {
        size_t len = last_rune(s, &rune);
        if (!mf_gotext_is_space(rune))
            break;
        s.n -= len;
    }
    return s;
}

struct mf_str mf_gotext_field(struct mf_str *rest)
{
    uint32_t rune;
    size_t start = 0;
    while (start < rest->n) {
        size_t len = mf_gotext_rune(mf_str_from(*rest, start), &rune);
        if (!mf_gotext_is_space(rune))
            break;
        start += len;
    }
    size_t end = start;
    while (end < rest->n) {
        size_t len = mf_gotext_rune(mf_str_from(*rest, end), &rune);
        if (mf_gotext_is_space(rune))
            break;
        end += len;
    }
    struct mf_str field = mf_str_from(mf_str_head(*rest, end), start);
    *rest = mf_str_from(*rest, end);
    return field;
}

static void append_rune(struct mf_buf *out, uint32_t rune)
{
    char bytes[4];
    mf_buf_add(out, bytes, mf_utf8_encode(rune, bytes));
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 16;
}

/* Takes `count` digits of `base` off *s. */
static bool take_digits(struct mf_str *s, size_t count, int base, uint32_t *out)
{
    uint32_t value = 0;
    if (s->n < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        int digit = digit_value(s->p[i]);
        if (digit >= base)
            return false;
        value = value * (uint32_t)base + (uint32_t)digit;
    }
    *s = mf_str_from(*s, count);
    *out = value;
    return true;
}

/* \xHH and \OOO stand for a byte. */
static bool unescape_byte(struct mf_str *s, size_t count, int base, struct mf_buf *out)
{
    uint32_t value;
    if (!take_digits(s, count, base, &value) || value > 0xFF)
        return false;
    mf_buf_byte(out, (char)value);
    return true;
}

/* \uHHHH and \UHHHHHHHH stand for a character. */
static bool unescape_rune(struct mf_str *s, size_t count, struct mf_buf *out)
{
    uint32_t value;
    if (!take_digits(s, count, 16, &value) || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF))
        return false;
    append_rune(out, value);
    return true;
}

static const char escape_letters[] = "abfnrtv\\\"";
static const char escape_values[] = "\a\b\f\n\r\t\v\\\"";

/* What follows a backslash. */
static bool unescape(struct mf_str *s, struct mf_buf *out)
{
    if (s->n == 0)
        return false;
    char c = s->p[0];
    if (c >= '0' && c <= '7')
        return unescape_byte(s, 3, 8, out);
    *s = mf_str_from(*s, 1);
    switch (c) {
    case 'x':
        return unescape_byte(s, 2, 16, out);
    case 'u':
        return unescape_rune(s, 4, out);
    case 'U':
        return unescape_rune(s, 8, out);
    default:
        break;
    }
    const char *hit = c ? strchr(escape_letters, c) : NULL;
    if (!hit)
        return false;
    mf_buf_byte(out, escape_values[hit - escape_letters]);
    return true;
}

bool mf_gotext_unquote(struct mf_str quoted, struct mf_buf *out)
{
    size_t before = out->n;
    if (quoted.n < 2 || quoted.p[0] != '"' || quoted.p[quoted.n - 1] != '"')
        return false;
    struct mf_str s = mf_str_from(mf_str_head(quoted, quoted.n - 1), 1);
    while (s.n > 0) {
        uint32_t rune;
        size_t len = mf_gotext_rune(s, &rune);
        bool ok = rune != '"' && rune != '\n';
        s = mf_str_from(s, len);
        if (rune == '\\')
            ok = unescape(&s, out);
        else
            append_rune(out, rune);
        if (!ok) {
            mf_buf_truncate(out, before);
            return false;
        }
    }
    return true;
}

/* A character that a quoted string holds only as an escape. */
static void append_escape(struct mf_buf *out, uint32_t rune)
{
    const char *hit = rune > 0 && rune < 0x80 ? strchr(escape_values, (char)rune) : NULL;
    if (hit)
        mf_buf_fmt(out, "\\%c", escape_letters[hit - escape_values]);
    else if (rune < 0x80)
        mf_buf_fmt(out, "\\x%02x", (unsigned)rune);
    else if (rune < 0x10000)
        mf_buf_fmt(out, "\\u%04x", (unsigned)rune);
    else
        mf_buf_fmt(out, "\\U%08x", (unsigned)rune);
}

void mf_gotext_quote(struct mf_str s, struct mf_buf *out)
{
    mf_buf_byte(out, '"');
    while (s.n > 0) {
        uint32_t rune;
        size_t len = mf_gotext_rune(s, &rune);
        if (rune == REPLACEMENT && len == 1)
            mf_buf_fmt(out, "\\x%02x", (unsigned)(unsigned char)s.p[0]);
        else if (rune == '"' || rune == '\\' || !mf_gotext_is_print(rune))
            append_escape(out, rune);
        else
            append_rune(out, rune);
        s = mf_str_from(s, len);
    }
    mf_buf_byte(out, '"');
}

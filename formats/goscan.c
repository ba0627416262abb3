#include "formats/goscan.h"

#include "formats/base/unicode.h"
#include "formats/gotext.h"

enum { BOM = 0xFEFF };

/* The longest of each beginning comes first. */
static const char *const operators[] = {
    "&^=", "...", "<<=", ">>=", "&&", "&=", "&^", "||", "|=", "++", "+=", "--", "-=", "*=", "/=", "%=",
    "^=",  "<-",  "<<",  "<=",  ">>", ">=", "==", "!=", ":=", "&",  "|",  "+",  "-",  "*",  "/",  "%",
    "^",   "<",   ">",   "=",   "!",  ":",  "(",  ")",  "[",  "]",  "{",  "}",  ",",  ".",  "~",
};

static const char *const keywords[] = {
    "break", "case",   "chan",   "const",  "continue", "default", "defer",     "else", "fallthrough",
    "for",   "func",   "go",     "goto",   "if",       "import",  "interface", "map",  "package",
    "range", "return", "select", "struct", "switch",   "type",    "var",
};

void mf_goscan_init(struct mf_goscan *s, struct mf_str src)
{
    *s = (struct mf_goscan){.src = src};
    if (mf_str_starts(src, MF_LIT("\xEF\xBB\xBF")))
        s->at = 3;
}

static void set_fault(struct mf_goscan *s, struct mf_goscan_fault fault)
{
    if (!s->fault.text || fault.at < s->fault.at)
        s->fault = fault;
}

static void fail_at(struct mf_goscan *s, size_t at, const char *text)
{
    set_fault(s, (struct mf_goscan_fault){.text = text, .at = at});
}

static size_t rune_at(const struct mf_goscan *s, size_t at, uint32_t *rune)
{
    *rune = (unsigned char)s->src.p[at];
    if (*rune < 0x80)
        return 1;
    return mf_gotext_rune(mf_str_from(s->src, at), rune);
}

static bool is_word(uint32_t c)
{
    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    return mf_rune_is_letter(c) || mf_rune_is_digit(c);
}

static bool is_decimal(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static struct mf_str slice(const struct mf_goscan *s, size_t from)
{
    return (struct mf_str){s->src.p + from, s->at - from};
}

static bool peek_is(const struct mf_goscan *s, size_t ahead, char c)
{
    return ahead < s->src.n - s->at && s->src.p[s->at + ahead] == c;
}

/* The digits behind the last colon of `text`: where they begin, 0 without a
 * colon; false where they are no number. */
static bool trailing_number(struct mf_str text, size_t *begin, uint64_t *value)
{
    size_t colon = mf_str_rfind(text, ':');
    *begin = colon == text.n ? 0 : colon + 1;
    *value = 0;
    if (*begin == 0 || *begin == text.n)
        return false;
    for (size_t i = *begin; i < text.n; i++) {
        if (!is_decimal((unsigned char)text.p[i]) || __builtin_mul_overflow(*value, 10, value) ||
            __builtin_add_overflow(*value, (uint64_t)(text.p[i] - '0'), value))
            return false;
    }
    return true;
}

static void fail_number(struct mf_goscan *s, size_t at, const char *text, struct mf_str quote)
{
    set_fault(s, (struct mf_goscan_fault){.text = text, .quote = quote, .at = at});
}

/* A line directive gives a file name, a line, and perhaps a column. */
static void check_line_directive(struct mf_goscan *s, struct mf_str text, size_t at)
{
    const uint64_t most = 1 << 30;
    size_t last, before;
    uint64_t n, n2;
    bool ok = trailing_number(text, &last, &n);
    if (last == 0)
        return;
    if (!ok) {
        fail_number(s, at + last, "invalid line number: ", mf_str_from(text, last));
        return;
    }
    bool has_column = trailing_number(mf_str_head(text, last - 1), &before, &n2);
    if (has_column && (n == 0 || n > most)) {
        fail_number(s, at + last, "invalid column number: ", mf_str_from(text, last));
        return;
    }
    if (has_column) {
        text = mf_str_head(text, last - 1);
        last = before;
        n = n2;
    }
    if (n == 0 || n > most)
        fail_number(s, at + last, "invalid line number: ", mf_str_from(text, last));
}

static void scan_line_comment(struct mf_goscan *s, size_t start)
{
    s->at += mf_str_find(mf_str_from(s->src, s->at), '\n');
    struct mf_str text = slice(s, start);
    if (text.p[text.n - 1] == '\r')
        text.n--;
    if (mf_str_starts(text, MF_LIT("//line ")) && (start == 0 || s->src.p[start - 1] == '\n'))
        check_line_directive(s, mf_str_from(text, 7), start + 7);
}

static void scan_general_comment(struct mf_goscan *s, size_t start)
{
    size_t end = start + 2;
    while (end < s->src.n) {
        end += mf_str_find(mf_str_from(s->src, end), '*');
        if (end + 1 < s->src.n && s->src.p[end + 1] == '/')
            break;
        end += end < s->src.n;
    }
    if (end == s->src.n)
        fail_at(s, start, "comment not terminated");
    s->at = end == s->src.n ? end : end + 2;
    struct mf_str text = slice(s, start);
    size_t newline = mf_str_find(text, '\n');
    if (s->ends_line && newline < text.n) {
        s->has_newline = true;
        s->newline = start + newline;
        s->ends_line = false;
    }
    if (end < s->src.n && mf_str_starts(text, MF_LIT("/*line ")))
        check_line_directive(s, mf_str_from(mf_str_head(text, text.n - 2), 7), start + 7);
}

static unsigned digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10) : 16;
}

/* The digits of an escape; s->at is at the first. */
static bool scan_escape_digits(struct mf_goscan *s, size_t start, unsigned count, unsigned base, uint32_t most)
{
    uint32_t value = 0;
    for (; count > 0; count--) {
        if (s->at == s->src.n) {
            fail_at(s, s->at, "escape sequence not terminated");
            return false;
        }
        unsigned digit = digit_of(s->src.p[s->at]);
        if (digit >= base) {
            uint32_t rune;
            (void)rune_at(s, s->at, &rune);
            set_fault(s, (struct mf_goscan_fault){"illegal character", rune, MF_LIT(""), " in escape sequence", s->at});
            return false;
        }
        value = value * base + digit;
        s->at++;
    }
    if (value <= most && (value < 0xD800 || value >= 0xE000))
        return true;
    fail_at(s, start, "escape sequence is invalid Unicode code point");
    return false;
}

/* What follows a backslash. */
static bool scan_escape(struct mf_goscan *s, char quote)
{
    size_t start = s->at;
    if (start == s->src.n) {
        fail_at(s, start, "escape sequence not terminated");
        return false;
    }
    char c = s->src.p[start];
    if (c == quote || (c && strchr("abfnrtv\\", c))) {
        s->at++;
        return true;
    }
    if (c >= '0' && c <= '7')
        return scan_escape_digits(s, start, 3, 8, 255);
    if (c != 'x' && c != 'u' && c != 'U') {
        fail_at(s, start, "unknown escape sequence");
        return false;
    }
    s->at++;
    unsigned count = c == 'x' ? 2 : c == 'u' ? 4 : 8;
    return scan_escape_digits(s, start, count, 16, c == 'x' ? 255 : 0x10FFFF);
}

static void scan_string(struct mf_goscan *s, size_t start)
{
    for (;;) {
        size_t n = s->src.n;
        while (s->at < n && s->src.p[s->at] != '"' && s->src.p[s->at] != '\\' && s->src.p[s->at] != '\n')
            s->at++;
        if (s->at == n || s->src.p[s->at] == '\n') {
            fail_at(s, start, "string literal not terminated");
            return;
        }
        if (s->src.p[s->at++] == '"')
            return;
        (void)scan_escape(s, '"');
    }
}

static void scan_raw_string(struct mf_goscan *s, size_t start)
{
    s->at += mf_str_find(mf_str_from(s->src, s->at), '`');
    if (s->at == s->src.n)
        fail_at(s, start, "raw string literal not terminated");
    else
        s->at++;
}

static void scan_rune(struct mf_goscan *s, size_t start)
{
    bool valid = true;
    size_t count = 0;
    for (;;) {
        uint32_t c;
        if (s->at == s->src.n || s->src.p[s->at] == '\n') {
            if (valid)
                fail_at(s, start, "rune literal not terminated");
            return;
        }
        s->at += rune_at(s, s->at, &c);
        if (c == '\'')
            break;
        count++;
        if (c == '\\' && !scan_escape(s, '\''))
            valid = false;
    }
    if (valid && count != 1)
        fail_at(s, start, "illegal rune literal");
}

static void skip_digits(struct mf_goscan *s, unsigned base)
{
    while (s->at < s->src.n && (digit_of(s->src.p[s->at]) < base || s->src.p[s->at] == '_'))
        s->at++;
}

/* The letter c in either case. */
static bool peek_letter(const struct mf_goscan *s, size_t ahead, char c)
{
    return peek_is(s, ahead, c) || peek_is(s, ahead, (char)(c & ~0x20));
}

/* A number of any base, as long as go/scanner takes it to be. */
static void scan_number(struct mf_goscan *s)
{
    bool hex = peek_is(s, 0, '0') && peek_letter(s, 1, 'x');
    if (hex || (peek_is(s, 0, '0') && (peek_letter(s, 1, 'o') || peek_letter(s, 1, 'b'))))
        s->at += 2;
    skip_digits(s, hex ? 16 : 10);
    if (peek_is(s, 0, '.')) {
        s->at++;
        skip_digits(s, hex ? 16 : 10);
    }
    if (peek_letter(s, 0, 'e') || peek_letter(s, 0, 'p')) {
        s->at += peek_is(s, 1, '+') || peek_is(s, 1, '-') ? 2 : 1;
        skip_digits(s, 10);
    }
    s->at += peek_is(s, 0, 'i');
}

static bool is_keyword(struct mf_str word)
{
    for (size_t i = 0; i < MF_COUNT(keywords); i++) {
        if (mf_str_eq(word, mf_str(keywords[i])))
            return true;
    }
    return false;
}

static enum mf_goscan_kind scan_word(struct mf_goscan *s, size_t start)
{
    uint32_t c;
    for (size_t len; s->at < s->src.n; s->at += len) {
        len = rune_at(s, s->at, &c);
        if (!is_word(c))
            break;
    }
    struct mf_str word = slice(s, start);
    if (word.n < 2 || !is_keyword(word)) {
        s->ends_line = true;
        return MF_GOSCAN_IDENT;
    }
    s->ends_line = mf_str_eq(word, MF_LIT("break")) || mf_str_eq(word, MF_LIT("continue")) ||
                   mf_str_eq(word, MF_LIT("fallthrough")) || mf_str_eq(word, MF_LIT("return"));
    return MF_GOSCAN_KEYWORD;
}

static enum mf_goscan_kind scan_operator(struct mf_goscan *s, size_t start, uint32_t c, size_t len)
{
    struct mf_str rest = mf_str_from(s->src, start);
    for (size_t i = 0; i < MF_COUNT(operators); i++) {
        struct mf_str op = mf_str(operators[i]);
        if (!mf_str_starts(rest, op))
            continue;
        s->at = start + op.n;
        s->ends_line = strchr(")]}", op.p[0]) || (op.n == 2 && op.p[0] == op.p[1] && strchr("+-", op.p[0]));
        return MF_GOSCAN_OPERATOR;
    }
    s->at = start + len;
    if (c == 0x201C || c == 0x201D)
        fail_at(s, start,
                c == 0x201C ? "curly quotation mark '\u201C' (use neutral '\"')"
                            : "curly quotation mark '\u201D' (use neutral '\"')");
    else if (c != BOM)
        set_fault(s, (struct mf_goscan_fault){.text = "illegal character", .rune = c, .at = start});
    return MF_GOSCAN_ILLEGAL;
}

/* A token that is no comment, at `start`, with the character c of len bytes. */
static enum mf_goscan_kind scan_token(struct mf_goscan *s, size_t start, uint32_t c, size_t len)
{
    if (is_decimal(c) || (c == '.' && s->src.n - start > 1 && is_decimal((unsigned char)s->src.p[start + 1]))) {
        s->ends_line = true;
        scan_number(s);
        return MF_GOSCAN_LITERAL;
    }
    if (c == '_' || (is_word(c) && !mf_rune_is_digit(c)))
        return scan_word(s, start);
    s->at = start + 1;
    switch (c) {
    case ';':
        s->ends_line = false;
        return MF_GOSCAN_SEMICOLON;
    case '"':
        s->ends_line = true;
        scan_string(s, start);
        return MF_GOSCAN_STRING;
    case '`':
        s->ends_line = true;
        scan_raw_string(s, start);
        return MF_GOSCAN_STRING;
    case '\'':
        s->ends_line = true;
        scan_rune(s, start);
        return MF_GOSCAN_LITERAL;
    default:
        return scan_operator(s, start, c, len);
    }
}

/* Blanks, and newlines that stand for nothing. */
static void skip_blanks(struct mf_goscan *s)
{
    while (s->at < s->src.n) {
        char c = s->src.p[s->at];
        if (c != ' ' && c != '\t' && c != '\r' && (c != '\n' || s->ends_line))
            return;
        s->at++;
    }
}

struct mf_goscan_token mf_goscan_next(struct mf_goscan *s)
{
    struct mf_goscan_token t = {.kind = MF_GOSCAN_NEWLINE, .at = s->newline};
    if (s->has_newline) {
        s->has_newline = false;
        return t;
    }
    skip_blanks(s);
    t.at = s->at;
    if (s->at == s->src.n) {
        t.kind = s->ends_line ? MF_GOSCAN_NEWLINE : MF_GOSCAN_END;
        s->ends_line = false;
        return t;
    }
    uint32_t c;
    size_t len = rune_at(s, s->at, &c);
    if (c == '\n') {
        s->at++;
        s->ends_line = false;
        return t;
    }
    if (c == '/' && (peek_is(s, 1, '/') || peek_is(s, 1, '*'))) {
        t.kind = MF_GOSCAN_COMMENT;
        if (peek_is(s, 1, '/'))
            scan_line_comment(s, t.at);
        else
            scan_general_comment(s, t.at);
    } else {
        t.kind = scan_token(s, t.at, c, len);
    }
    t.text = slice(s, t.at);
    return t;
}

bool mf_goscan_is(const struct mf_goscan_token *t, const char *text)
{
    return (t->kind == MF_GOSCAN_OPERATOR || t->kind == MF_GOSCAN_KEYWORD) && mf_str_eq(t->text, mf_str(text));
}

/* True where the next eight bytes are ASCII without NUL. */
static bool plain_word(const char *p)
{
    uint64_t w;
    memcpy(&w, p, sizeof(w));
    const uint64_t low = 0x0101010101010101U, high = 0x8080808080808080U;
    return (((w - low) | w) & high) == 0;
}

bool mf_goscan_bad_byte(struct mf_str src, size_t n, struct mf_goscan_fault *out)
{
    uint32_t rune;
    for (size_t i = 0, len; i < n && i < src.n; i += len) {
        len = 8;
        if (src.n - i >= 8 && plain_word(src.p + i))
            continue;
        len = mf_utf8_decode(src.p + i, src.n - i, &rune);
        const char *text = len == 0               ? "illegal UTF-8 encoding"
                           : rune == 0            ? "illegal character NUL"
                           : rune == BOM && i > 0 ? "illegal byte order mark"
                                                  : NULL;
        if (!text)
            continue;
        *out = (struct mf_goscan_fault){.text = text, .at = i};
        return true;
    }
    return false;
}

void mf_goscan_position(struct mf_str src, size_t at, unsigned *line_out, unsigned *column_out)
{
    unsigned line = 1;
    struct mf_str rest = mf_str_head(src, at);
    for (size_t n = mf_str_find(rest, '\n'); n < rest.n; n = mf_str_find(rest, '\n')) {
        rest = mf_str_from(rest, n + 1);
        line++;
    }
    *line_out = line;
    *column_out = (unsigned)rest.n + 1;
}

/* Tokens of Go source text.
 *
 * Rules: the Go specification (Lexical elements, Semicolons), and
 * GOROOT/src/go/scanner/scanner.go where the two leave a choice. The text need
 * not be a correct program: every byte belongs to some token, and the scan
 * ends at the end of the text.
 *
 * What go/scanner reports about the inside of a token is kept in the scanner:
 * the one that comes first in the text, with its offset. Not looked for: faults inside numbers,
 * and what mf_goscan_bad_byte finds, which is the caller's to ask once for the
 * whole range that was scanned. Nothing is allocated and nothing can fail.
 */
#ifndef MF_GOSCAN_H
#define MF_GOSCAN_H

#include "formats/base/str.h"

enum mf_goscan_kind {
    MF_GOSCAN_END,
    MF_GOSCAN_COMMENT, /* with its delimiters, without the newline that ends it */
    MF_GOSCAN_IDENT,
    MF_GOSCAN_KEYWORD,
    MF_GOSCAN_STRING,  /* as written, with its quotes */
    MF_GOSCAN_LITERAL, /* a number or a rune */
    MF_GOSCAN_SEMICOLON,
    MF_GOSCAN_NEWLINE,  /* a semicolon that a newline or the end stands for */
    MF_GOSCAN_OPERATOR, /* operators and delimiters */
    MF_GOSCAN_ILLEGAL,  /* one character that begins no token */
};

struct mf_goscan_token {
    enum mf_goscan_kind kind;
    struct mf_str text; /* slice of the source; empty for NEWLINE and END */
    size_t at;          /* offset of its first byte */
};

struct mf_goscan_fault {
    const char *text;    /* go's words; NULL where there is no fault */
    uint32_t rune;       /* a character that follows it, or 0 */
    struct mf_str quote; /* source text that the message ends with, or empty */
    const char *tail;    /* ends the message; may be NULL */
    size_t at;           /* offset in the source */
};

struct mf_goscan {
    struct mf_str src;
    size_t at;        /* of what is scanned next */
    bool ends_line;   /* a newline here stands for a semicolon */
    bool has_newline; /* a comment held a newline that stands for one */
    size_t newline;   /* where */
    struct mf_goscan_fault fault;
};

/* Begins a scan of `src`, which stays the caller's. A byte order mark at its
 * front is passed over. */
void mf_goscan_init(struct mf_goscan *s, struct mf_str src) MF_NONNULL;

/* The next token; MF_GOSCAN_END again and again after the last. */
struct mf_goscan_token mf_goscan_next(struct mf_goscan *s) MF_NONNULL;

/* True where the token is this operator or keyword. */
bool mf_goscan_is(const struct mf_goscan_token *t, const char *text) MF_NONNULL;

/* Finds the first NUL, byte that is not UTF-8, or byte order mark after the
 * front, in the first `n` bytes of src. Returns false where there is none. */
bool mf_goscan_bad_byte(struct mf_str src, size_t n, struct mf_goscan_fault *out) MF_NONNULL;

/* Line and column, both counted from 1, of an offset; the column counts bytes.
 * Line directives (//line) do not count. */
void mf_goscan_position(struct mf_str src, size_t at, unsigned *line_out, unsigned *column_out) MF_NONNULL;

#endif

#include "formats/gomodlex.h"

#include <stdlib.h>

#include "formats/gotext.h"

enum token_kind {
    TOKEN_EOF,
    TOKEN_NEWLINE,
    TOKEN_EOL_COMMENT, /* behind something; takes the newline with it */
    TOKEN_COMMENT,     /* alone on its line; takes the newline with it */
    TOKEN_OPEN,
    TOKEN_CLOSE,
    TOKEN_WORD,
};

struct position {
    size_t at;             /* offset in bytes */
    unsigned line, column; /* counted from 1; columns are characters */
};

struct token {
    enum token_kind kind;
    struct mf_str text;
    struct position start, end;
};

/* Something on one line that a comment behind it belongs to. */
struct anchor {
    struct anchor *prev;
    size_t end;
    struct mf_gomodlex_line *line; /* NULL for a parenthesis or a detached comment */
};

struct parser {
    struct mf_str text;
    const char *file;
    struct mf_arena *tree;
    struct mf_err *err;
    struct position pos;
    bool line_used;                     /* a token stands on the current line */
    struct token token;                 /* the next one, read ahead */
    struct anchor *anchors;             /* last first */
    struct mf_gomodlex_comment *behind; /* end-of-line comments, last first */
    struct mf_str *words;               /* of the line being read; heap */
    size_t word_count, word_cap;
};

static int syntax_error(struct parser *p, const char *what)
{
    return mf_err_set(p->err, MF_E_GOMOD, "%s:%u:%u: %s", p->file, p->pos.line, p->pos.column, what);
}

static struct mf_str rest_of(const struct parser *p)
{
    return mf_str_from(p->text, p->pos.at);
}

static bool at_eof(const struct parser *p)
{
    return p->pos.at == p->text.n;
}

static bool at_prefix(const struct parser *p, const char *prefix)
{
    return mf_str_starts(rest_of(p), mf_str(prefix));
}

/* The next character; 0 at the end, as in Go. */
static uint32_t peek_rune(const struct parser *p)
{
    uint32_t rune = 0;
    if (!at_eof(p))
        mf_gotext_rune(rest_of(p), &rune);
    return rune;
}

static uint32_t read_rune(struct parser *p)
{
    uint32_t rune;
    p->pos.at += mf_gotext_rune(rest_of(p), &rune);
    if (rune == '\n') {
        p->pos.line++;
        p->pos.column = 1;
    } else {
        p->pos.column++;
    }
    return rune;
}

static bool is_word_rune(uint32_t rune)
{
    if (rune < 0x80 && rune > 0 && strchr(" ()[]{},", (char)rune))
        return false;
    return mf_gotext_is_print(rune);
}

static void end_token(struct parser *p, enum token_kind kind)
{
    p->token.kind = kind;
    p->token.end = p->pos;
    p->token.text = mf_str_from(mf_str_head(p->text, p->pos.at), p->token.start.at);
    p->line_used = kind >= TOKEN_OPEN;
}

static struct mf_gomodlex_comment *new_comment(struct parser *p, struct mf_str text, size_t start)
{
    struct mf_gomodlex_comment *c = mf_arena_alloc(p->tree, sizeof(*c), p->err);
    if (c)
        *c = (struct mf_gomodlex_comment){.text = text, .start = start};
    return c;
}

static int read_comment(struct parser *p)
{
    bool behind = p->line_used;
    while (!at_eof(p) && read_rune(p) != '\n')
        continue;
    end_token(p, behind ? TOKEN_EOL_COMMENT : TOKEN_COMMENT);
    struct mf_str *text = &p->token.text;
    if (mf_str_ends(*text, MF_LIT("\r\n")))
        text->n -= 2;
    else if (mf_str_ends(*text, MF_LIT("\n")))
        text->n--;
    if (!behind)
        return 0;
    struct mf_gomodlex_comment *c = new_comment(p, *text, p->token.start.at);
    if (!c)
        return -1;
    c->next = p->behind;
    p->behind = c;
    return 0;
}

static int read_string(struct parser *p)
{
    uint32_t quote = read_rune(p);
    for (;;) {
        if (peek_rune(p) == '\n')
            return syntax_error(p, "unexpected newline in string");
        uint32_t rune = at_eof(p) ? 0 : read_rune(p);
        if (rune == quote)
            break;
        if (rune == '\\' && quote == '"' && !at_eof(p))
            read_rune(p);
        if (at_eof(p)) {
            p->pos = p->token.start;
            return syntax_error(p, "unexpected EOF in string");
        }
    }
    end_token(p, TOKEN_WORD);
    return 0;
}

static int unexpected_rune(struct parser *p, uint32_t rune)
{
    char bytes[4];
    char shown[16];
    MF_CLEANUP(mf_buf_release) struct mf_buf quoted = MF_BUF_INIT(64);
    size_t len = mf_gotext_rune(rest_of(p), &rune);
    memcpy(bytes, rest_of(p).p, len);
    mf_gotext_quote((struct mf_str){bytes, len}, &quoted);
    if (mf_buf_check(&quoted, p->err) < 0)
        return -1;
    /* Between the double quotes stands what go puts between single ones. */
    size_t n = quoted.n - 2 < sizeof(shown) ? quoted.n - 2 : sizeof(shown) - 1;
    memcpy(shown, quoted.p + 1, n);
    shown[n] = '\0';
    return mf_err_set(p->err, MF_E_GOMOD, "%s:%u:%u: unexpected input character '%s'", p->file, p->pos.line,
                      p->pos.column, shown);
}

static int read_word(struct parser *p)
{
    if (!is_word_rune(peek_rune(p)))
        return unexpected_rune(p, peek_rune(p));
    while (is_word_rune(peek_rune(p)) && !at_prefix(p, "//")) {
        if (at_prefix(p, "/*"))
            return syntax_error(p, "mod files must use // comments (not /* */ comments)");
        read_rune(p);
    }
    end_token(p, TOKEN_WORD);
    return 0;
}

/* Reads the next token into p->token. */
static int advance(struct parser *p)
{
    while (!at_eof(p) && strchr(" \t\r", p->text.p[p->pos.at]) && p->text.p[p->pos.at] != '\0')
        read_rune(p);
    p->token.start = p->pos;
    if (at_prefix(p, "//"))
        return read_comment(p);
    if (at_prefix(p, "/*"))
        return syntax_error(p, "mod files must use // comments (not /* */ comments)");
    if (at_eof(p)) {
        end_token(p, TOKEN_EOF);
        return 0;
    }
    switch (peek_rune(p)) {
    case '\n':
        read_rune(p);
        end_token(p, TOKEN_NEWLINE);
        return 0;
    case '(':
        read_rune(p);
        end_token(p, TOKEN_OPEN);
        return 0;
    case ')':
        read_rune(p);
        end_token(p, TOKEN_CLOSE);
        return 0;
    case '[':
    case ']':
    case '{':
    case '}':
    case ',':
        read_rune(p);
        end_token(p, TOKEN_WORD);
        return 0;
    case '"':
    case '`':
        return read_string(p);
    default:
        return read_word(p);
    }
}

/* Gives the current token and reads the next. */
static int take(struct parser *p, struct token *out)
{
    *out = p->token;
    return advance(p);
}

static bool ends_line(enum token_kind kind)
{
    return kind == TOKEN_EOF || kind == TOKEN_NEWLINE || kind == TOKEN_EOL_COMMENT;
}

static int add_word(struct parser *p, struct mf_str word)
{
    if (mf_grow(&p->words, &p->word_cap, p->word_count + 1, sizeof(*p->words), SIZE_MAX / sizeof(*p->words), p->err) <
        0)
        return -1;
    p->words[p->word_count++] = word;
    return 0;
}

/* Notes that a comment behind `end` belongs to `line`, until something later
 * on the same line takes it. */
static int add_anchor(struct parser *p, size_t end, struct mf_gomodlex_line *line)
{
    struct anchor *a = mf_arena_alloc(p->tree, sizeof(*a), p->err);
    if (!a)
        return -1;
    *a = (struct anchor){.prev = p->anchors, .end = end, .line = line};
    p->anchors = a;
    return 0;
}

/* Fills a line from the words read. */
static int fill_line(struct parser *p, struct position start, struct mf_gomodlex_comment *before,
                     struct mf_gomodlex_line *out)
{
    out->words = mf_arena_array(p->tree, p->word_count, sizeof(*out->words), p->err);
    if (!out->words)
        return -1;
    memcpy(out->words, p->words, p->word_count * sizeof(*out->words));
    out->word_count = p->word_count;
    out->line = start.line;
    out->column = start.column;
    out->before = before;
    return 0;
}

static int end_line(struct parser *p, struct position start, struct position end, struct mf_gomodlex_comment *before,
                    struct mf_gomodlex_line *out)
{
    if (fill_line(p, start, before, out) < 0)
        return -1;
    /* A string with an escaped newline makes a line that no comment is tied to. */
    return start.line == end.line ? add_anchor(p, end.at, out) : 0;
}

/* A line of a block, its first token being the current one. */
static int parse_line(struct parser *p, struct mf_gomodlex_comment *before, struct mf_gomodlex_line *out)
{
    struct token token;
    if (take(p, &token) < 0)
        return -1;
    struct position start = token.start;
    struct position end;
    p->word_count = 0;
    do {
        end = token.end;
        if (add_word(p, token.text) < 0 || take(p, &token) < 0)
            return -1;
    } while (!ends_line(token.kind));
    return end_line(p, start, end, before, out);
}

/* A list of comments to which one is added at the end. */
struct comment_list {
    struct mf_gomodlex_comment *first, *last;
};

static int add_comment(struct parser *p, struct comment_list *list, struct mf_str text, size_t start)
{
    struct mf_gomodlex_comment *c = new_comment(p, text, start);
    if (!c)
        return -1;
    if (list->last)
        list->last->next = c;
    else
        list->first = c;
    list->last = c;
    return 0;
}

/* A blank line counts as a comment without text, except at the start of a
 * block and after another one. */
static int add_blank(struct parser *p, struct comment_list *list, bool at_start)
{
    bool counts = list->last ? list->last->text.n > 0 : !at_start;
    return counts ? add_comment(p, list, (struct mf_str){NULL, 0}, 0) : 0;
}

/* Adds a line to a block, with the comments in front of it. */
static int add_line(struct parser *p, struct comment_list *comments, struct mf_gomodlex_line ***tail)
{
    struct mf_gomodlex_line *line = mf_arena_alloc(p->tree, sizeof(*line), p->err);
    if (!line || parse_line(p, comments->first, line) < 0)
        return -1;
    *comments = (struct comment_list){NULL, NULL};
    **tail = line;
    *tail = &line->next;
    return 0;
}

static int unterminated(struct parser *p, const struct mf_gomodlex_stmt *stmt)
{
    return mf_err_set(p->err, MF_E_GOMOD, "%s:%u:%u: syntax error (unterminated block started at %s:%u:%u)", p->file,
                      p->pos.line, p->pos.column, p->file, stmt->head.line, stmt->head.column);
}

static int end_block(struct parser *p)
{
    struct token close;
    if (take(p, &close) < 0 || add_anchor(p, close.end.at, NULL) < 0)
        return -1;
    if (!ends_line(p->token.kind))
        return syntax_error(p, "syntax error (expected newline after closing paren)");
    return advance(p);
}

/* The lines of a block, after its '('. */
static int parse_block(struct parser *p, struct mf_gomodlex_stmt *stmt)
{
    struct token token;
    struct comment_list comments = {NULL, NULL};
    struct mf_gomodlex_line **tail = &stmt->lines;
    stmt->is_block = true;
    for (;;) {
        int status = 0;
        switch (p->token.kind) {
        case TOKEN_EOL_COMMENT:
            status = take(p, &token);
            break;
        case TOKEN_NEWLINE:
            status = take(p, &token) < 0 ? -1 : add_blank(p, &comments, stmt->lines == NULL);
            break;
        case TOKEN_COMMENT:
            status = take(p, &token) < 0 ? -1 : add_comment(p, &comments, token.text, token.start.at);
            break;
        case TOKEN_EOF:
            return unterminated(p, stmt);
        case TOKEN_CLOSE:
            return end_block(p);
        default:
            status = add_line(p, &comments, &tail);
            break;
        }
        if (status < 0)
            return -1;
    }
}

/* A '(' that is not the first token of its statement: opens a block where
 * nothing, or only ')', follows it on the line; a plain word elsewhere.
 * *done says that the statement is complete. */
static int parse_paren(struct parser *p, struct token open, struct position start, struct mf_gomodlex_comment *before,
                       struct mf_gomodlex_stmt *stmt, bool *done)
{
    struct token close;
    *done = true;
    if (ends_line(p->token.kind)) {
        if (fill_line(p, start, before, &stmt->head) < 0 || add_anchor(p, open.end.at, NULL) < 0)
            return -1;
        return parse_block(p, stmt);
    }
    if (p->token.kind != TOKEN_CLOSE) {
        *done = false;
        return add_word(p, open.text);
    }
    if (take(p, &close) < 0)
        return -1;
    if (ends_line(p->token.kind)) {
        stmt->is_block = true;
        if (fill_line(p, start, before, &stmt->head) < 0 || add_anchor(p, close.end.at, NULL) < 0)
            return -1;
        return advance(p);
    }
    *done = false;
    return add_word(p, open.text) < 0 ? -1 : add_word(p, close.text);
}

static int parse_stmt(struct parser *p, struct mf_gomodlex_comment *before, struct mf_gomodlex_stmt *stmt)
{
    struct token token;
    bool done = false;
    if (take(p, &token) < 0)
        return -1;
    struct position start = token.start;
    struct position end = token.end;
    p->word_count = 0;
    if (add_word(p, token.text) < 0)
        return -1;
    while (!done) {
        if (take(p, &token) < 0)
            return -1;
        if (ends_line(token.kind))
            return end_line(p, start, end, before, &stmt->head);
        if (token.kind == TOKEN_OPEN) {
            if (parse_paren(p, token, start, before, stmt, &done) < 0)
                return -1;
        } else {
            end = token.end;
            if (add_word(p, token.text) < 0)
                return -1;
        }
    }
    return 0;
}

/* Ties each end-of-line comment to what stands before it. */
static void attach_comments(struct parser *p)
{
    for (const struct anchor *a = p->anchors; a; a = a->prev) {
        while (p->behind && p->behind->start >= a->end) {
            struct mf_gomodlex_comment *c = p->behind;
            p->behind = c->next;
            if (a->line) {
                c->next = a->line->suffix;
                a->line->suffix = c;
            }
        }
    }
}

/* Ends a run of comments that no statement follows at once. */
static int detach(struct parser *p, struct comment_list *comments)
{
    int status = comments->first ? add_anchor(p, comments->first->start, NULL) : 0;
    *comments = (struct comment_list){NULL, NULL};
    return status;
}

static int parse_file(struct parser *p, struct mf_gomodlex_stmt **tail)
{
    struct comment_list comments = {NULL, NULL};
    struct token token;
    if (advance(p) < 0)
        return -1;
    while (p->token.kind != TOKEN_EOF) {
        int status;
        if (p->token.kind == TOKEN_NEWLINE) {
            status = take(p, &token) < 0 ? -1 : detach(p, &comments);
        } else if (p->token.kind == TOKEN_COMMENT) {
            status = take(p, &token) < 0 ? -1 : add_comment(p, &comments, token.text, token.start.at);
        } else {
            *tail = mf_arena_alloc(p->tree, sizeof(**tail), p->err);
            if (!*tail)
                return -1;
            status = parse_stmt(p, comments.first, *tail);
            comments = (struct comment_list){NULL, NULL};
            tail = &(*tail)->next;
        }
        if (status < 0)
            return -1;
    }
    attach_comments(p);
    return 0;
}

static void release_parser(struct parser *p)
{
    free(p->words);
}

int mf_gomodlex_parse(struct mf_str text, const char *file, struct mf_arena *tree, struct mf_gomodlex_stmt **out,
                      struct mf_err *err)
{
    MF_CLEANUP(release_parser)
    struct parser p = {.text = text, .file = file, .tree = tree, .err = err, .pos = {0, 1, 1}};
    struct mf_gomodlex_stmt *first = NULL;
    if (parse_file(&p, &first) < 0)
        return -1;
    *out = first;
    return 0;
}

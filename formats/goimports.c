#include "formats/goimports.h"

#include "formats/base/unicode.h"
#include "formats/gohead.h"
#include "formats/goscan.h"
#include "formats/gotext.h"

enum { SHOWN = 200 }; /* bytes of source text in a message, at most */

/* The strict parser: one token of lookahead over the part of the file that the
 * lenient reader took. It stops at the first fault. */
struct parser {
    struct mf_goscan scan;
    struct mf_goscan_token tok;
    struct mf_goimports *out;
    struct mf_gohead_list imports;
    struct mf_arena *arena;
    struct mf_err *err;
    bool fault;  /* where and why: at, expected, text */
    bool failed; /* the arena */
    size_t at;
    const char *expected; /* "expected X, found TOKEN", or NULL */
    struct mf_goscan_token found;
    const char *text; /* else the message, which ends with `quote` */
    struct mf_str quote;
    struct mf_goimports_item bad_path; /* the first invalid import, where it begins */
};

static void advance(struct parser *p)
{
    do
        p->tok = mf_goscan_next(&p->scan);
    while (p->tok.kind == MF_GOSCAN_COMMENT);
}

static void expected(struct parser *p, const char *what)
{
    if (p->fault)
        return;
    p->fault = true;
    p->at = p->tok.at;
    p->expected = what;
    p->found = p->tok;
}

static void refuse(struct parser *p, size_t at, const char *text, struct mf_str quote)
{
    if (p->fault)
        return;
    p->fault = true;
    p->at = at;
    p->text = text;
    p->quote = quote;
}

/* Takes the token where it is that keyword or operator. */
static void take(struct parser *p, const char *text, const char *what)
{
    if (!mf_goscan_is(&p->tok, text))
        expected(p, what);
    else
        advance(p);
}

/* A statement ends; before a closing parenthesis or brace nothing is needed. */
static void take_end(struct parser *p)
{
    if (mf_goscan_is(&p->tok, ")") || mf_goscan_is(&p->tok, "}"))
        return;
    if (p->tok.kind == MF_GOSCAN_SEMICOLON || p->tok.kind == MF_GOSCAN_NEWLINE)
        advance(p);
    else
        expected(p, "';'");
}

/* Paths that go refuses where the language leaves it a choice. */
static bool is_valid_path(struct mf_str path)
{
    if (path.n == 0)
        return false;
    for (size_t i = 0, len; i < path.n; i += len) {
        uint32_t rune = (unsigned char)path.p[i];
        len = 1;
        if (rune >= 0x80)
            len = mf_gotext_rune(mf_str_from(path, i), &rune);
        if (rune == 0xFFFD || (rune > 0 && rune < 0x80 && strchr("!\"#$%&'()*,:;<=>?[\\]^{|}`", (int)rune)))
            return false;
        if (rune >= 0x80 ? !mf_rune_is_graphic(rune) || mf_gotext_is_space(rune) : rune <= ' ' || rune == 0x7F)
            return false;
    }
    return true;
}

/* Go looks at the paths when it has parsed the file, so they come last. */
static void check_path(struct parser *p, size_t at, struct mf_str path)
{
    if (!p->bad_path.text.p && !is_valid_path(path))
        p->bad_path = (struct mf_goimports_item){path, at};
}

static void take_spec(struct parser *p)
{
    bool ok;
    struct mf_str path;
    size_t start = p->tok.at;
    if (p->tok.kind == MF_GOSCAN_IDENT || mf_goscan_is(&p->tok, "."))
        advance(p);
    if (p->tok.kind == MF_GOSCAN_LITERAL || p->tok.kind == MF_GOSCAN_IDENT)
        refuse(p, p->tok.at, "import path must be a string", MF_LIT(""));
    else if (p->tok.kind != MF_GOSCAN_STRING)
        refuse(p, p->tok.at, "missing import path", MF_LIT(""));
    if (p->fault)
        return;
    if (mf_gohead_unquote(p->tok.text, p->arena, &path, &ok, p->err) < 0 ||
        mf_gohead_add(&p->imports, path, start, p->arena, p->err) < 0) {
        p->failed = p->fault = true;
        return;
    }
    /* malformed strings are faults of the scanner */
    check_path(p, start, path);
    advance(p);
    take_end(p);
}

static void take_import(struct parser *p)
{
    advance(p);
    if (!mf_goscan_is(&p->tok, "(")) {
        take_spec(p);
        return;
    }
    advance(p);
    while (!p->fault && !mf_goscan_is(&p->tok, ")") && p->tok.kind != MF_GOSCAN_END)
        take_spec(p);
    if (p->fault)
        return;
    take(p, ")", "')'");
    take_end(p);
}

/* The first fault of what has been scanned so far; its text is NULL without. */
static struct mf_goscan_fault scan_fault(const struct parser *p)
{
    struct mf_goscan_fault bad;
    const struct mf_goscan_fault *first = &p->scan.fault;
    if (mf_goscan_bad_byte(p->scan.src, p->scan.at + 1, &bad) && (!first->text || bad.at <= first->at))
        return bad;
    return *first;
}

/* After a fault at the first token go does not even try. */
static void parse(struct parser *p)
{
    advance(p);
    if (scan_fault(p).text)
        return;
    take(p, "package", "'package'");
    struct mf_str name = p->tok.text;
    if (p->tok.kind != MF_GOSCAN_IDENT)
        expected(p, "'IDENT'");
    else if (!p->fault)
        advance(p);
    if (!p->fault)
        take_end(p);
    if (p->fault || scan_fault(p).text)
        return;
    p->out->package = name;
    while (!p->fault && mf_goscan_is(&p->tok, "import"))
        take_import(p);
}

/* "LINE:COLUMN: message" of the fault; of several, go shows the first. */
static int describe(struct mf_str src, size_t at, struct mf_str message, struct mf_arena *arena, struct mf_str *out,
                    struct mf_err *err)
{
    unsigned line, column;
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(64 * MF_KIB);
    mf_goscan_position(src, at, &line, &column);
    mf_buf_fmt(&text, "%u:%u: ", line, column);
    mf_buf_str(&text, message);
    return mf_buf_check(&text, err) < 0 ? -1 : mf_arena_dup(arena, mf_buf_view(&text), out, err);
}

/* go writes an unexpected character with its name: U+0040 '@'. */
static void add_rune(struct mf_buf *message, uint32_t rune)
{
    char bytes[4];
    mf_buf_fmt(message, " U+%04X", (unsigned)rune);
    if (mf_gotext_is_print(rune))
        mf_buf_fmt(message, " '%.*s'", (int)mf_utf8_encode(rune, bytes), bytes);
}

static void add_found(struct mf_buf *message, const struct mf_goscan_token *found)
{
    struct mf_str text = mf_str_head(found->text, SHOWN);
    if (found->kind == MF_GOSCAN_NEWLINE)
        mf_buf_str(message, MF_LIT(", found newline"));
    else if (found->kind == MF_GOSCAN_IDENT || found->kind == MF_GOSCAN_STRING || found->kind == MF_GOSCAN_LITERAL)
        mf_buf_fmt(message, ", found %.*s", MF_FMT(text));
    else if (found->kind == MF_GOSCAN_END || found->kind == MF_GOSCAN_ILLEGAL)
        mf_buf_fmt(message, ", found '%s'", found->kind == MF_GOSCAN_END ? "EOF" : "ILLEGAL");
    else
        mf_buf_fmt(message, ", found '%.*s'", MF_FMT(text));
}

static int set_fault(struct parser *p, enum mf_goimports_fault kind, size_t at, const struct mf_buf *message)
{
    p->out->fault = kind;
    if (mf_buf_check(message, p->err) < 0)
        return -1;
    return describe(p->scan.src, at, mf_buf_view(message), p->arena, &p->out->fault_text, p->err);
}

/* Of the faults of scanner and parser, go shows the first; but of the parser
 * none on a line where the scanner has found one. */
static bool scanner_first(const struct parser *p, const struct mf_goscan_fault *f)
{
    if (!f->text || !p->fault || f->at <= p->at)
        return f->text;
    struct mf_str between = mf_str_from(mf_str_head(p->scan.src, f->at), p->at);
    return mf_str_find(between, '\n') == between.n;
}

static int settle(struct parser *p)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf message = MF_BUF_INIT(4 * MF_KIB);
    struct mf_goscan_fault first = scan_fault(p);
    if (!first.text && !p->fault && p->bad_path.text.p)
        refuse(p, p->bad_path.at, "invalid import path: ", p->bad_path.text);
    if (!first.text && !p->fault)
        return 0;
    if (scanner_first(p, &first)) {
        mf_buf_str(&message, mf_str(first.text));
        mf_buf_str(&message, mf_str_head(first.quote, SHOWN));
        if (first.rune)
            add_rune(&message, first.rune);
        mf_buf_str(&message, mf_str(first.tail));
        return set_fault(p, MF_GOIMPORTS_SYNTAX, first.at, &message);
    }
    if (p->expected) {
        mf_buf_fmt(&message, "expected %s", p->expected);
        add_found(&message, &p->found);
    } else {
        mf_buf_str(&message, mf_str(p->text));
        mf_buf_str(&message, mf_str_head(p->quote, SHOWN));
    }
    return set_fault(p, MF_GOIMPORTS_SYNTAX, p->at, &message);
}

/* What the lenient reader makes of a file that the parser refuses. */
static int lenient_imports(struct mf_str src, struct parser *p)
{
    struct mf_gohead_extent extent;
    struct mf_gohead_list literals = {.count = 0};
    size_t kept = 0;
    if (mf_gohead_read(src, &literals, p->arena, &extent, p->err) < 0)
        return -1;
    for (size_t i = 0; i < literals.count; i++) {
        bool ok;
        struct mf_str path;
        if (mf_gohead_unquote(literals.items[i].text, p->arena, &path, &ok, p->err) < 0)
            return -1;
        if (ok)
            literals.items[kept++] = (struct mf_goimports_item){path, literals.items[i].at};
    }
    literals.count = kept;
    p->imports = literals;
    return 0;
}

static bool has_import(const struct parser *p, struct mf_str path)
{
    for (size_t i = 0; i < p->imports.count; i++) {
        if (mf_str_eq(p->imports.items[i].text, path))
            return true;
    }
    return false;
}

/* Parses what the reader took, and falls back to what the reader saw. */
static int parse_imports(struct mf_str src, struct parser *p)
{
    parse(p);
    if (p->failed)
        return -1;
    if (settle(p) < 0 || (p->out->fault && lenient_imports(src, p) < 0))
        return -1;
    p->out->imports = p->imports.items;
    p->out->import_count = p->imports.count;
    p->out->cgo = has_import(p, MF_LIT("C"));
    return 0;
}

static int parse_embeds(struct mf_str src, struct parser *p)
{
    struct mf_gohead_list embeds = {.count = 0};
    if (p->out->fault || !has_import(p, MF_LIT("embed")))
        return 0;
    if (mf_gohead_embeds(src, &embeds, p->arena, p->err) < 0)
        return -1;
    p->out->embeds = embeds.items;
    p->out->embed_count = embeds.count;
    return 0;
}

static int refuse_file(struct parser *p, enum mf_goimports_fault kind, size_t at, const char *why)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf message = MF_BUF_INIT(MF_KIB);
    mf_buf_str(&message, mf_str(why));
    return set_fault(p, kind, at, &message);
}

/* Offsets were counted without the byte order mark. */
static void shift(struct mf_goimports_item *items, size_t count, size_t by)
{
    for (size_t i = 0; i < count; i++)
        items[i].at += by;
}

int mf_goimports_parse(struct mf_str content, struct mf_arena *arena, struct mf_goimports *out, struct mf_err *err)
{
    size_t bom = mf_str_starts(content, MF_LIT("\xEF\xBB\xBF")) ? 3 : 0;
    size_t second;
    struct mf_str src = mf_str_from(content, bom);
    struct mf_gohead_extent extent;
    struct parser p = {.out = out, .arena = arena, .err = err};
    *out = (struct mf_goimports){.fault = MF_GOIMPORTS_OK};
    if (mf_gohead_read(src, NULL, arena, &extent, err) < 0)
        return -1;
    mf_goscan_init(&p.scan, mf_str_head(src, extent.end));
    if (extent.nul != SIZE_MAX) {
        p.scan.src = src;
        return refuse_file(&p, MF_GOIMPORTS_NUL, extent.nul, "unexpected NUL in input");
    }
    if (mf_gohead_constraint(src, arena, &out->constraint, &second, err) < 0 || parse_imports(src, &p) < 0 ||
        parse_embeds(src, &p) < 0)
        return -1;
    shift(out->imports, out->import_count, bom);
    shift(out->embeds, out->embed_count, bom);
    if (second == SIZE_MAX)
        return 0;
    out->fault_text = MF_LIT("");
    return refuse_file(&p, MF_GOIMPORTS_CONSTRAINTS, second, "multiple //go:build comments");
}

bool mf_goimports_is_magic(struct mf_str path)
{
    return mf_str_eq(path, MF_LIT("C")) || mf_str_path_prefix(path, MF_LIT("appengine")) ||
           mf_str_path_prefix(path, MF_LIT("appengine_internal"));
}

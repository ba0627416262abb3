#include "formats/buildtags.h"

#include "formats/base/unicode.h"
#include "formats/gotext.h"

/* A constraint begins with `prefix`, then ends or goes on after white space. */
static bool cut_prefix(struct mf_str line, struct mf_str prefix, struct mf_str *expr)
{
    if (!mf_str_starts(line, prefix))
        return false;
    struct mf_str rest = mf_str_from(line, prefix.n);
    *expr = mf_gotext_trim(rest);
    return rest.n == 0 || expr->n < rest.n;
}

static bool cut_go_build(struct mf_str line, struct mf_str *expr)
{
    return cut_prefix(line, MF_LIT("//go:build"), expr);
}

static bool cut_plus_build(struct mf_str line, struct mf_str *expr)
{
    if (!mf_str_starts(line, MF_LIT("//")))
        return false;
    return cut_prefix(mf_gotext_trim(mf_str_from(line, 2)), MF_LIT("+build"), expr);
}

bool mf_buildtags_is_go_build(struct mf_str line)
{
    struct mf_str expr;
    return cut_go_build(line, &expr);
}

bool mf_buildtags_is_plus_build(struct mf_str line)
{
    struct mf_str expr;
    return cut_plus_build(line, &expr);
}

struct parser {
    struct mf_str s;   /* the expression */
    size_t i;          /* of what is read next */
    struct mf_str tok; /* current token; empty at the end */
    bool is_tag;
    unsigned size;
    struct mf_arena *arena;
    const char *fault; /* the expression is malformed */
    struct mf_err *err;
    bool failed; /* the arena */
};

/* The first fault is the one that counts. */
static const struct mf_buildtags_expr *refuse(struct parser *p, const char *why)
{
    if (!p->fault)
        p->fault = why;
    return NULL;
}

static const struct mf_buildtags_expr *node(struct parser *p, enum mf_buildtags_op op, struct mf_str tag,
                                            const struct mf_buildtags_expr *x, const struct mf_buildtags_expr *y)
{
    struct mf_buildtags_expr *e = mf_arena_alloc(p->arena, sizeof(*e), p->err);
    if (!e) {
        p->failed = true;
        return refuse(p, "");
    }
    *e = (struct mf_buildtags_expr){op, tag, x, y};
    return e;
}

static bool is_tag_rune(uint32_t c)
{
    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    return mf_rune_is_letter(c) || mf_rune_is_digit(c);
}

/* How many bytes at the front of s can be in a tag. */
static size_t tag_length(struct mf_str s)
{
    size_t n = 0;
    uint32_t c;
    while (n < s.n) {
        size_t len = mf_gotext_rune(mf_str_from(s, n), &c);
        if (!is_tag_rune(c))
            break;
        n += len;
    }
    return n;
}

/* Reads the next token; at a character that begins none, sets the fault. */
static void lex(struct parser *p)
{
    while (p->i < p->s.n && (p->s.p[p->i] == ' ' || p->s.p[p->i] == '\t'))
        p->i++;
    struct mf_str rest = mf_str_from(p->s, p->i);
    p->is_tag = false;
    p->tok = MF_LIT("");
    if (rest.n == 0)
        return;
    char c = rest.p[0];
    size_t n = 1;
    if (c == '&' || c == '|') {
        n = rest.n > 1 && rest.p[1] == c ? 2 : 0;
    } else if (c != '(' && c != ')' && c != '!') {
        n = tag_length(rest);
        p->is_tag = n > 0;
    }
    if (n == 0)
        (void)refuse(p, "invalid syntax");
    p->tok = mf_str_head(rest, n);
    p->i += n;
}

static bool tok_is(const struct parser *p, const char *text)
{
    return !p->fault && mf_str_eq(p->tok, mf_str(text));
}

static const char end_of_expression[] = "unexpected end of expression";

static const struct mf_buildtags_expr *parse_or(struct parser *p);

static const struct mf_buildtags_expr *parse_atom(struct parser *p)
{
    if (p->fault)
        return NULL;
    if (tok_is(p, "(")) {
        const struct mf_buildtags_expr *x = parse_or(p);
        if (p->fault == end_of_expression)
            p->fault = NULL;
        if (!tok_is(p, ")"))
            return refuse(p, "missing close paren");
        lex(p);
        return x;
    }
    if (!p->is_tag)
        return refuse(p, p->tok.n ? "unexpected token" : end_of_expression);
    struct mf_str tag = p->tok;
    lex(p);
    return node(p, MF_BUILDTAGS_TAG, tag, NULL, NULL);
}

static const struct mf_buildtags_expr *parse_not(struct parser *p)
{
    if (++p->size > MF_BUILDTAGS_OPERANDS_MAX)
        return refuse(p, "build expression too large");
    lex(p);
    if (!tok_is(p, "!"))
        return parse_atom(p);
    lex(p);
    if (tok_is(p, "!"))
        return refuse(p, "double negation not allowed");
    const struct mf_buildtags_expr *x = parse_atom(p);
    return p->fault ? NULL : node(p, MF_BUILDTAGS_NOT, MF_LIT(""), x, NULL);
}

static const struct mf_buildtags_expr *parse_and(struct parser *p)
{
    const struct mf_buildtags_expr *x = parse_not(p);
    while (tok_is(p, "&&")) {
        const struct mf_buildtags_expr *y = parse_not(p);
        x = p->fault ? NULL : node(p, MF_BUILDTAGS_AND, MF_LIT(""), x, y);
    }
    return x;
}

static const struct mf_buildtags_expr *parse_or(struct parser *p)
{
    const struct mf_buildtags_expr *x = parse_and(p);
    while (tok_is(p, "||")) {
        const struct mf_buildtags_expr *y = parse_and(p);
        x = p->fault ? NULL : node(p, MF_BUILDTAGS_OR, MF_LIT(""), x, y);
    }
    return x;
}

/* One word between commas: a tag, perhaps negated; what is no tag stands for
 * `ignore`. */
static const struct mf_buildtags_expr *old_literal(struct parser *p, struct mf_str word)
{
    bool negated = false;
    if (mf_str_starts(word, MF_LIT("!!")) || mf_str_eq(word, MF_LIT("!")))
        return node(p, MF_BUILDTAGS_TAG, MF_LIT("ignore"), NULL, NULL);
    if (mf_str_starts(word, MF_LIT("!"))) {
        negated = true;
        word = mf_str_from(word, 1);
    }
    if (word.n == 0 || tag_length(word) < word.n)
        word = MF_LIT("ignore");
    const struct mf_buildtags_expr *x = node(p, MF_BUILDTAGS_TAG, word, NULL, NULL);
    return x && negated ? node(p, MF_BUILDTAGS_NOT, MF_LIT(""), x, NULL) : x;
}

/* Joins x (NULL at first) and y, counting operators. */
static const struct mf_buildtags_expr *old_join(struct parser *p, enum mf_buildtags_op op,
                                                const struct mf_buildtags_expr *x, const struct mf_buildtags_expr *y)
{
    if (!x || !y)
        return y;
    if (++p->size > MF_BUILDTAGS_OLD_MAX)
        return refuse(p, "expression too complex for // +build lines");
    return node(p, op, MF_LIT(""), x, y);
}

/* Blank means OR, comma means AND. */
static const struct mf_buildtags_expr *parse_old(struct parser *p)
{
    const struct mf_buildtags_expr *x = NULL;
    struct mf_str rest = p->s;
    for (struct mf_str clause = mf_gotext_field(&rest); clause.n > 0; clause = mf_gotext_field(&rest)) {
        const struct mf_buildtags_expr *y = NULL;
        while (clause.p && !p->fault)
            y = old_join(p, MF_BUILDTAGS_AND, y, old_literal(p, mf_str_cut(clause, ',', &clause)));
        if (p->fault)
            return NULL;
        x = old_join(p, MF_BUILDTAGS_OR, x, y);
        if (p->fault)
            return NULL;
    }
    return x ? x : node(p, MF_BUILDTAGS_TAG, MF_LIT("ignore"), NULL, NULL);
}

int mf_buildtags_parse(struct mf_str line, struct mf_arena *arena, const struct mf_buildtags_expr **out,
                       const char **fault_out, struct mf_err *err)
{
    struct parser p = {.arena = arena, .err = err};
    const struct mf_buildtags_expr *x = NULL;
    if (cut_go_build(line, &p.s)) {
        x = parse_or(&p);
        if (!p.fault && p.tok.n > 0)
            x = refuse(&p, "unexpected token");
    } else if (cut_plus_build(line, &p.s)) {
        x = parse_old(&p);
    } else {
        x = refuse(&p, "not a build constraint");
    }
    if (p.failed)
        return -1;
    *out = p.fault ? NULL : x;
    if (fault_out && p.fault)
        *fault_out = p.fault;
    return 0;
}

bool mf_buildtags_eval(const struct mf_buildtags_expr *x, bool (*holds)(void *ctx, struct mf_str tag), void *ctx)
{
    switch (x->op) {
    case MF_BUILDTAGS_NOT:
        return !mf_buildtags_eval(x->x, holds, ctx);
    case MF_BUILDTAGS_AND:
        return mf_buildtags_eval(x->x, holds, ctx) && mf_buildtags_eval(x->y, holds, ctx);
    case MF_BUILDTAGS_OR:
        return mf_buildtags_eval(x->x, holds, ctx) || mf_buildtags_eval(x->y, holds, ctx);
    case MF_BUILDTAGS_TAG:
        break;
    }
    return holds(ctx, x->tag);
}

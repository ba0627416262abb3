#include "formats/gomod.h"

#include "formats/gomodlex.h"
#include "formats/gomodwords.h"
#include "formats/gotext.h"

enum verb {
    VERB_MODULE,
    VERB_GO,
    VERB_TOOLCHAIN,
    VERB_REQUIRE,
    VERB_EXCLUDE,
    VERB_REPLACE,
    VERB_RETRACT,
    VERB_TOOL,
    VERB_IGNORE,
    VERB_GODEBUG,
    VERB_COUNT,
};

struct parser {
    struct mf_gomod *out;
    struct mf_gomodwords words; /* mode, arena and error */
    const char *file;
    const struct mf_gomodlex_line *block; /* head of the block, or NULL */
    const struct mf_gomodlex_line *line;
    const char *name;    /* of the directive */
    struct mf_str *args; /* what follows it */
    size_t arg_count;
    bool have_module;
};

static int fail(struct parser *p, const char *what)
{
    return mf_err_set(p->words.err, MF_E_GOMOD, "%s", what);
}

static bool is_strict(const struct parser *p)
{
    return p->words.mode == MF_GOMOD_MAIN;
}

/* The text of a directive's comments, one line each. A line of a block that
 * has none shares those of the block. */
static int comment_text(struct parser *p, struct mf_str *out)
{
    const struct mf_gomodlex_line *at = p->line;
    if (p->block && !at->before && !at->suffix)
        at = p->block;
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_GOMOD_MAX);
    const struct mf_gomodlex_comment *groups[] = {at->before, at->suffix};
    bool first = true;
    for (size_t i = 0; i < MF_COUNT(groups); i++) {
        for (const struct mf_gomodlex_comment *c = groups[i]; c; c = c->next) {
            if (c->text.n == 0)
                continue;
            if (!first)
                mf_buf_byte(&text, '\n');
            first = false;
            mf_buf_str(&text, mf_gotext_trim(mf_str_from(c->text, 2)));
        }
    }
    if (mf_buf_check(&text, p->words.err) < 0)
        return -1;
    return mf_arena_dup(p->words.arena, mf_buf_view(&text), out, p->words.err);
}

/* The paragraph that begins with "Deprecated:", without that word. */
static struct mf_str deprecation(struct mf_str text)
{
    struct mf_str word = MF_LIT("Deprecated:");
    size_t at = 0;
    while (at < text.n && !mf_str_starts(mf_str_from(text, at), word)) {
        const char *gap = memmem(text.p + at, text.n - at, "\n\n", 2);
        at = gap ? (size_t)(gap - text.p) + 2 : text.n;
        /* The last two of several line feeds are the gap. */
        while (at < text.n && text.p[at] == '\n')
            at++;
    }
    text = mf_str_from(text, at + word.n);
    while (text.n > 0 && text.p[0] == ' ')
        text = mf_str_from(text, 1);
    const char *end = text.n ? memmem(text.p, text.n, "\n\n", 2) : NULL;
    return end ? mf_str_head(text, (size_t)(end - text.p)) : text;
}

static int add_module(struct parser *p)
{
    struct mf_str text;
    if (p->have_module)
        return fail(p, "repeated module statement");
    if (p->arg_count != 1)
        return fail(p, "usage: module module/path");
    if (comment_text(p, &text) < 0)
        return -1;
    p->have_module = true;
    p->out->deprecated = deprecation(text);
    return mf_gomodwords_string(&p->words, p->args[0], &p->out->module);
}

static int add_go(struct parser *p)
{
    return mf_gomodwords_go(&p->words, p->args, p->arg_count, &p->out->go);
}

static int add_toolchain(struct parser *p)
{
    return mf_gomodwords_toolchain(&p->words, p->args, p->arg_count, &p->out->toolchain);
}

/* `// indirect` or `// indirect; more` as the first comment behind the line. */
static bool is_indirect(const struct mf_gomodlex_line *line)
{
    if (!line->suffix)
        return false;
    struct mf_str rest = mf_str_from(line->suffix->text, 2);
    struct mf_str first = mf_gotext_field(&rest);
    struct mf_str second = mf_gotext_field(&rest);
    return second.n ? mf_str_eq(first, MF_LIT("indirect;")) : mf_str_eq(first, MF_LIT("indirect"));
}

/* PATH VERSION of require and exclude. */
static int parse_module(struct parser *p, struct mf_module *out)
{
    if (p->arg_count != 2)
        return mf_err_set(p->words.err, MF_E_GOMOD, "usage: %s module/path v1.2.3", p->name);
    if (mf_gomodwords_string(&p->words, p->args[0], &out->path) < 0 ||
        mf_gomodwords_version(&p->words, p->name, out->path, p->args[1], &out->version) < 0)
        return -1;
    return mf_gomodwords_major(&p->words, p->name, *out);
}

static int add_require(struct parser *p)
{
    struct mf_require r = {.indirect = is_indirect(p->line), .line = p->line->line};
    if (parse_module(p, &r.module) < 0)
        return -1;
    p->out->requires[p->out->require_count++] = r;
    return 0;
}

static int add_exclude(struct parser *p)
{
    struct mf_module m;
    if (parse_module(p, &m) < 0)
        return -1;
    p->out->excludes[p->out->exclude_count++] = m;
    return 0;
}

static int add_replace(struct parser *p)
{
    struct mf_replace r = {.line = p->line->line};
    if (mf_gomodwords_replace(&p->words, p->args, p->arg_count, &r.from, &r.to) < 0)
        return -1;
    p->out->replaces[p->out->replace_count++] = r;
    return 0;
}

static int add_retract(struct parser *p)
{
    struct mf_retract r;
    size_t used;
    struct mf_err ignored;
    struct mf_gomodwords words = p->words;
    /* A dependency may use a syntax that only a later go knows. */
    if (!is_strict(p))
        words.err = &ignored;
    if (mf_gomodwords_interval(&words, p->args, p->arg_count, &r.low, &r.high, &used) < 0) {
        if (is_strict(p))
            return -1;
        if (ignored.code == MF_E_GOMOD)
            return 0;
        *p->words.err = ignored;
        return -1;
    }
    if (used < p->arg_count && is_strict(p))
        return mf_err_set(p->words.err, MF_E_GOMOD, "unexpected token after version: \"%.*s\"",
                          MF_FMT(mf_str_head(p->args[used], MF_GOMODWORDS_SHOWN)));
    if (comment_text(p, &r.rationale) < 0)
        return -1;
    p->out->retracts[p->out->retract_count++] = r;
    return 0;
}

static int add_tool(struct parser *p)
{
    if (p->arg_count != 1)
        return fail(p, "tool directive expects exactly one argument");
    return mf_gomodwords_string(&p->words, p->args[0], &p->out->tools[p->out->tool_count++]);
}

static int add_ignore(struct parser *p)
{
    if (p->arg_count != 1)
        return fail(p, "ignore directive expects exactly one argument");
    return mf_gomodwords_string(&p->words, p->args[0], &p->out->ignores[p->out->ignore_count++]);
}

static int add_godebug(struct parser *p)
{
    return mf_gomodwords_godebug(&p->words, p->args, p->arg_count, &p->out->godebugs[p->out->godebug_count++]);
}

static const struct directive {
    const char *name;
    int (*add)(struct parser *p);
    bool in_deps;  /* counts in the go.mod of a dependency */
    bool in_block; /* may be the head of a block */
} directives[VERB_COUNT] = {
    [VERB_MODULE] = {"module", add_module, true, true},
    [VERB_GO] = {"go", add_go, true, false},
    [VERB_TOOLCHAIN] = {"toolchain", add_toolchain, false, false},
    [VERB_REQUIRE] = {"require", add_require, true, true},
    [VERB_EXCLUDE] = {"exclude", add_exclude, false, true},
    [VERB_REPLACE] = {"replace", add_replace, false, true},
    [VERB_RETRACT] = {"retract", add_retract, true, true},
    [VERB_TOOL] = {"tool", add_tool, false, true},
    [VERB_IGNORE] = {"ignore", add_ignore, true, true},
    [VERB_GODEBUG] = {"godebug", add_godebug, false, true},
};

/* The directive of that name that counts in this mode; VERB_COUNT for none. */
static enum verb find_verb(const struct parser *p, const struct mf_gomodlex_stmt *stmt)
{
    for (int v = 0; v < VERB_COUNT; v++) {
        if (!mf_str_eq(stmt->head.words[0], mf_str(directives[v].name)))
            continue;
        bool counts = is_strict(p) || directives[v].in_deps;
        bool fits = !stmt->is_block || (directives[v].in_block && stmt->head.word_count == 1);
        return counts && fits ? (enum verb)v : VERB_COUNT;
    }
    return VERB_COUNT;
}

/* Makes the arrays as long as there are lines for them. */
static int make_room(struct parser *p, const struct mf_gomodlex_stmt *stmts)
{
    size_t counts[VERB_COUNT + 1] = {0};
    for (const struct mf_gomodlex_stmt *s = stmts; s; s = s->next) {
        enum verb verb = find_verb(p, s);
        counts[verb] += !s->is_block;
        for (const struct mf_gomodlex_line *line = s->lines; line; line = line->next)
            counts[verb]++;
    }
    struct mf_gomod *out = p->out;
    struct mf_arena *arena = p->words.arena;
    struct mf_err *err = p->words.err;
    out->requires = mf_arena_array(arena, counts[VERB_REQUIRE], sizeof(*out->requires), err);
    out->excludes = out->requires ? mf_arena_array(arena, counts[VERB_EXCLUDE], sizeof(*out->excludes), err) : NULL;
    out->replaces = out->excludes ? mf_arena_array(arena, counts[VERB_REPLACE], sizeof(*out->replaces), err) : NULL;
    out->retracts = out->replaces ? mf_arena_array(arena, counts[VERB_RETRACT], sizeof(*out->retracts), err) : NULL;
    out->tools = out->retracts ? mf_arena_array(arena, counts[VERB_TOOL], sizeof(*out->tools), err) : NULL;
    out->ignores = out->tools ? mf_arena_array(arena, counts[VERB_IGNORE], sizeof(*out->ignores), err) : NULL;
    out->godebugs = out->ignores ? mf_arena_array(arena, counts[VERB_GODEBUG], sizeof(*out->godebugs), err) : NULL;
    return out->godebugs ? 0 : -1;
}

/* Puts the place before a message. */
static int at_line(struct parser *p, const struct mf_gomodlex_line *line)
{
    return mf_err_prefix(p->words.err, "%s:%u:%u", p->file, line->line, line->column);
}

static int add_line(struct parser *p, enum verb verb, const struct mf_gomodlex_line *line, size_t skip)
{
    p->line = line;
    p->name = directives[verb].name;
    p->args = line->words + skip;
    p->arg_count = line->word_count - skip;
    return directives[verb].add(p) < 0 ? at_line(p, line) : 0;
}

/* A statement whose first word is no directive, or no head of a block. */
static int unknown(struct parser *p, const struct mf_gomodlex_stmt *stmt)
{
    if (!is_strict(p))
        return 0;
    mf_gomodwords_unknown(&p->words, stmt);
    return at_line(p, &stmt->head);
}

static int add_stmt(struct parser *p, const struct mf_gomodlex_stmt *stmt)
{
    enum verb verb = find_verb(p, stmt);
    if (verb == VERB_COUNT)
        return unknown(p, stmt);
    p->block = NULL;
    if (!stmt->is_block)
        return add_line(p, verb, &stmt->head, 1);
    p->block = &stmt->head;
    for (const struct mf_gomodlex_line *line = stmt->lines; line; line = line->next) {
        if (add_line(p, verb, line, 0) < 0)
            return -1;
    }
    return 0;
}

static int check_retraction(struct parser *p, const struct mf_gomodlex_line *line, const struct mf_retract *r)
{
    if (mf_gomodwords_retractable(&p->words, p->out->module, r->low) < 0 ||
        mf_gomodwords_retractable(&p->words, p->out->module, r->high) < 0)
        return at_line(p, line);
    return 0;
}

/* Retractions of a main module are about its path, which may stand anywhere in
 * the file, so this comes last. */
static int check_retractions(struct parser *p, const struct mf_gomodlex_stmt *stmts)
{
    const struct mf_retract *next = p->out->retracts;
    for (const struct mf_gomodlex_stmt *s = stmts; s; s = s->next) {
        if (find_verb(p, s) != VERB_RETRACT)
            continue;
        if (!s->is_block && check_retraction(p, &s->head, next++) < 0)
            return -1;
        for (const struct mf_gomodlex_line *line = s->lines; line; line = line->next) {
            if (check_retraction(p, line, next++) < 0)
                return -1;
        }
    }
    return 0;
}

int mf_gomod_parse(struct mf_gomod *out, struct mf_str text, enum mf_gomod_mode mode, const char *file,
                   struct mf_arena *arena, struct mf_err *err)
{
    struct mf_gomodlex_stmt *stmts;
    struct mf_gomod parsed = {.module = {NULL, 0}};
    struct parser p = {.out = &parsed, .words = {.mode = mode, .arena = arena, .err = err}, .file = file};
    if (text.n > MF_GOMOD_MAX)
        return mf_err_set(err, MF_E_LIMIT, "%s: larger than %zu bytes", file, MF_GOMOD_MAX);
    MF_CLEANUP(mf_arena_release) struct mf_arena tree = MF_ARENA_INIT(MF_GOMODLEX_TREE_MAX);
    if (mf_arena_dup(arena, text, &text, err) < 0)
        return mf_err_prefix(err, "%s", file);
    if (mf_gomodlex_parse(text, file, &tree, &stmts, err) < 0)
        return -1;
    if (make_room(&p, stmts) < 0)
        return mf_err_prefix(err, "%s", file);
    for (const struct mf_gomodlex_stmt *s = stmts; s; s = s->next) {
        if (add_stmt(&p, s) < 0)
            return -1;
    }
    if (mode == MF_GOMOD_MAIN && check_retractions(&p, stmts) < 0)
        return -1;
    *out = parsed;
    return 0;
}

int mf_gomod_synthetic(struct mf_str path, struct mf_buf *out, struct mf_err *err)
{
    mf_buf_str(out, MF_LIT("module "));
    if (mf_gomodwords_must_quote(path))
        mf_gotext_quote(path, out);
    else
        mf_buf_str(out, path);
    mf_buf_byte(out, '\n');
    return mf_buf_check(out, err);
}

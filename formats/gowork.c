#include "formats/gowork.h"

#include "formats/gomodlex.h"
#include "formats/gomodwords.h"

enum verb { VERB_GO, VERB_TOOLCHAIN, VERB_GODEBUG, VERB_USE, VERB_REPLACE, VERB_COUNT };

struct parser {
    struct mf_gowork *out;
    struct mf_gomodwords words; /* mode, arena and error */
    const char *file;
    const struct mf_gomodlex_line *line;
    struct mf_str *args; /* what follows the directive */
    size_t arg_count;
};

static int add_go(struct parser *p)
{
    struct mf_gomodwords strict = p->words;
    strict.mode = MF_GOMOD_MAIN;
    return mf_gomodwords_go(&strict, p->args, p->arg_count, &p->out->go);
}

static int add_toolchain(struct parser *p)
{
    return mf_gomodwords_toolchain(&p->words, p->args, p->arg_count, &p->out->toolchain);
}

static int add_godebug(struct parser *p)
{
    return mf_gomodwords_godebug(&p->words, p->args, p->arg_count, &p->out->godebugs[p->out->godebug_count++]);
}

static int add_use(struct parser *p)
{
    struct mf_gowork_use *use = &p->out->uses[p->out->use_count++];
    use->line = p->line->line;
    if (p->arg_count != 1)
        return mf_err_set(p->words.err, MF_E_GOMOD, "usage: use local/dir");
    return mf_gomodwords_string(&p->words, p->args[0], &use->path);
}

static int add_replace(struct parser *p)
{
    struct mf_replace *r = &p->out->replaces[p->out->replace_count++];
    r->line = p->line->line;
    return mf_gomodwords_replace(&p->words, p->args, p->arg_count, &r->from, &r->to);
}

static const struct directive {
    const char *name;
    int (*add)(struct parser *p);
    bool in_block; /* may be the head of a block */
} directives[VERB_COUNT] = {
    [VERB_GO] = {"go", add_go, false},
    [VERB_TOOLCHAIN] = {"toolchain", add_toolchain, false},
    [VERB_GODEBUG] = {"godebug", add_godebug, true},
    [VERB_USE] = {"use", add_use, true},
    [VERB_REPLACE] = {"replace", add_replace, true},
};

/* The directive of that name; VERB_COUNT for none. */
static enum verb find_verb(const struct mf_gomodlex_stmt *stmt)
{
    for (int v = 0; v < VERB_COUNT; v++)
        if (mf_str_eq(stmt->head.words[0], mf_str(directives[v].name)) &&
            (!stmt->is_block || (directives[v].in_block && stmt->head.word_count == 1)))
            return (enum verb)v;
    return VERB_COUNT;
}

/* Makes the arrays as long as there are lines for them. */
static int make_room(struct parser *p, const struct mf_gomodlex_stmt *stmts)
{
    size_t counts[VERB_COUNT + 1] = {0};
    for (const struct mf_gomodlex_stmt *s = stmts; s; s = s->next) {
        enum verb verb = find_verb(s);
        counts[verb] += !s->is_block;
        for (const struct mf_gomodlex_line *line = s->lines; line; line = line->next)
            counts[verb]++;
    }
    struct mf_gowork *out = p->out;
    out->uses = mf_arena_array(p->words.arena, counts[VERB_USE], sizeof(*out->uses), p->words.err);
    if (!out->uses)
        return -1;
    out->replaces = mf_arena_array(p->words.arena, counts[VERB_REPLACE], sizeof(*out->replaces), p->words.err);
    if (!out->replaces)
        return -1;
    out->godebugs = mf_arena_array(p->words.arena, counts[VERB_GODEBUG], sizeof(*out->godebugs), p->words.err);
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
    p->args = line->words + skip;
    p->arg_count = line->word_count - skip;
    return directives[verb].add(p) < 0 ? at_line(p, line) : 0;
}

static int add_stmt(struct parser *p, const struct mf_gomodlex_stmt *stmt)
{
    enum verb verb = find_verb(stmt);
    if (verb == VERB_COUNT) {
        mf_gomodwords_unknown(&p->words, stmt);
        return at_line(p, &stmt->head);
    }
    if (!stmt->is_block)
        return add_line(p, verb, &stmt->head, 1);
    for (const struct mf_gomodlex_line *line = stmt->lines; line; line = line->next)
        if (add_line(p, verb, line, 0) < 0)
            return -1;
    return 0;
}

int mf_gowork_parse(struct mf_gowork *out, struct mf_str text, const char *file, struct mf_arena *arena,
                    struct mf_err *err)
{
    struct mf_gomodlex_stmt *stmts;
    struct mf_gowork parsed = {.go = {NULL, 0}};
    struct parser p = {.out = &parsed, .words = {.mode = MF_GOMOD_DEP, .arena = arena, .err = err}, .file = file};
    if (text.n > MF_GOMOD_MAX)
        return mf_err_set(err, MF_E_LIMIT, "%s: larger than %zu bytes", file, MF_GOMOD_MAX);
    MF_CLEANUP(mf_arena_release) struct mf_arena tree = MF_ARENA_INIT(MF_GOMODLEX_TREE_MAX);
    if (mf_arena_dup(arena, text, &text, err) < 0)
        return mf_err_prefix(err, "%s", file);
    if (mf_gomodlex_parse(text, file, &tree, &stmts, err) < 0)
        return -1;
    if (make_room(&p, stmts) < 0)
        return mf_err_prefix(err, "%s", file);
    for (const struct mf_gomodlex_stmt *s = stmts; s; s = s->next)
        if (add_stmt(&p, s) < 0)
            return -1;
    *out = parsed;
    return 0;
}

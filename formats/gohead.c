#include "formats/gohead.h"

#include "formats/buildtags.h"
#include "formats/goscan.h"
#include "formats/gotext.h"

int mf_gohead_add(struct mf_gohead_list *list, struct mf_str text, size_t at, struct mf_arena *arena,
                  struct mf_err *err)
{
    if (list->count == list->cap) {
        size_t cap = list->cap ? 2 * list->cap : 8;
        struct mf_goimports_item *items = mf_arena_array(arena, cap, sizeof(*items), err);
        if (!items)
            return -1;
        if (list->count > 0)
            memcpy(items, list->items, list->count * sizeof(*items));
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = (struct mf_goimports_item){text, at};
    return 0;
}

/* A raw string is what stands between its quotes, without carriage returns. */
static int unquote_raw(struct mf_str inner, struct mf_arena *arena, struct mf_str *out, struct mf_err *err)
{
    *out = inner;
    if (mf_str_find(inner, '\r') == inner.n)
        return 0;
    char *p = mf_arena_alloc(arena, inner.n, err);
    if (!p)
        return -1;
    size_t n = 0;
    for (size_t i = 0; i < inner.n; i++) {
        if (inner.p[i] != '\r')
            p[n++] = inner.p[i];
    }
    *out = (struct mf_str){p, n};
    return 0;
}

static bool is_plain(struct mf_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        if ((unsigned char)s.p[i] >= 0x80 || s.p[i] == '\\' || s.p[i] == '\n' || s.p[i] == '"')
            return false;
    }
    return true;
}

int mf_gohead_unquote(struct mf_str literal, struct mf_arena *arena, struct mf_str *out, bool *ok_out,
                      struct mf_err *err)
{
    struct mf_str inner = mf_str_from(mf_str_head(literal, literal.n - (literal.n > 0)), 1);
    char quote = literal.n > 0 ? literal.p[0] : 0;
    *out = MF_LIT("");
    *ok_out = literal.n >= 2 && literal.p[literal.n - 1] == quote;
    if (!*ok_out)
        return 0;
    if (quote == '`') {
        *ok_out = mf_str_find(inner, '`') == inner.n;
        return *ok_out ? unquote_raw(inner, arena, out, err) : 0;
    }
    if (quote == '"' && is_plain(inner)) {
        *out = inner;
        return 0;
    }
    /* an escape is never shorter than what it stands for; a stray byte becomes
     * three */
    MF_CLEANUP(mf_buf_release) struct mf_buf value = MF_BUF_INIT(literal.n < SIZE_MAX / 3 ? 3 * literal.n : literal.n);
    *ok_out = mf_gotext_unquote(literal, &value);
    if (!*ok_out)
        return 0;
    return mf_buf_check(&value, err) < 0 ? -1 : mf_arena_dup(arena, mf_buf_view(&value), out, err);
}

/* The lenient reader. `at` is the next byte; past the end it reads 0. */
struct reader {
    struct mf_str src;
    size_t at;
    bool syntax;
    struct mf_gohead_list *imports;
    struct mf_arena *arena;
    struct mf_err *err;
    bool failed; /* the arena */
};

static int peek(const struct reader *r)
{
    return r->syntax || r->at >= r->src.n ? 0 : (unsigned char)r->src.p[r->at];
}

static bool is_ident(int c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c >= 0x80;
}

/* From the slash of a comment to behind it; anything else is an error. */
static void skip_comment(struct reader *r)
{
    struct mf_str rest = mf_str_from(r->src, r->at + 1);
    if (rest.n > 0 && rest.p[0] == '/') {
        r->at += 1 + mf_str_find(rest, '\n');
        r->at += r->at < r->src.n;
        return;
    }
    if (rest.n > 0 && rest.p[0] == '*') {
        rest = mf_str_from(rest, 1);
        const char *end = rest.n ? memmem(rest.p, rest.n, "*/", 2) : NULL;
        if (end) {
            r->at = (size_t)(end - r->src.p) + 2;
            return;
        }
        r->at = r->src.n;
    } else {
        r->at++; /* this byte has been looked at, too */
    }
    r->syntax = true;
}

/* Passes over blanks, semicolons and comments. */
static int skip(struct reader *r)
{
    for (;;) {
        int c = peek(r);
        if (c == '/')
            skip_comment(r);
        else if (c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == ';')
            r->at++;
        else
            return c;
    }
}

static void take_keyword(struct reader *r, const char *word)
{
    (void)skip(r);
    for (size_t i = 0; word[i]; i++, r->at++) {
        if (peek(r) != word[i]) {
            r->syntax = true;
            return;
        }
    }
    if (is_ident(peek(r)))
        r->syntax = true;
}

static void take_ident(struct reader *r)
{
    if (!is_ident(skip(r)))
        r->syntax = true;
    while (is_ident(peek(r)))
        r->at++;
}

/* True where a string ended before the line (raw: the file) did. */
static bool take_quoted(struct reader *r, char quote)
{
    struct mf_str src = r->src;
    if (quote == '`') {
        r->at += mf_str_find(mf_str_from(src, r->at), '`');
        return r->at < src.n;
    }
    for (; r->at < src.n && src.p[r->at] != '\n'; r->at++) {
        if (src.p[r->at] == '"')
            return true;
        r->at += src.p[r->at] == '\\';
    }
    return false;
}

static void take_string(struct reader *r)
{
    int quote = skip(r);
    size_t start = r->at++;
    if ((quote != '`' && quote != '"') || !take_quoted(r, (char)quote)) {
        r->syntax = true;
        return;
    }
    r->at++;
    struct mf_str literal = mf_str_from(mf_str_head(r->src, r->at), start);
    if (r->imports && mf_gohead_add(r->imports, literal, start, r->arena, r->err) < 0)
        r->failed = r->syntax = true;
}

static void take_import(struct reader *r)
{
    int c = skip(r);
    if (c == '.')
        r->at++;
    else if (is_ident(c))
        take_ident(r);
    take_string(r);
}

/* The first NUL in the bytes that the reader has looked at. */
static size_t find_nul(const struct reader *r)
{
    size_t seen = r->at < r->src.n ? r->at + 1 : r->src.n;
    const char *nul = seen ? memchr(r->src.p, 0, seen) : NULL;
    return nul ? (size_t)(nul - r->src.p) : SIZE_MAX;
}

int mf_gohead_read(struct mf_str src, struct mf_gohead_list *imports, struct mf_arena *arena,
                   struct mf_gohead_extent *out, struct mf_err *err)
{
    struct reader r = {.src = src, .imports = imports, .arena = arena, .err = err};
    take_keyword(&r, "package");
    take_ident(&r);
    while (skip(&r) == 'i') {
        take_keyword(&r, "import");
        if (skip(&r) == '(') {
            r.at++;
            while (skip(&r) != ')' && !r.syntax)
                take_import(&r);
            r.at++;
        } else {
            take_import(&r);
        }
    }
    *out = (struct mf_gohead_extent){.end = r.syntax ? src.n : r.at, .syntax = r.syntax, .nul = find_nul(&r)};
    return r.failed ? -1 : 0;
}

/* A line, trimmed; *rest becomes what follows it. */
static struct mf_str next_line(struct mf_str *rest)
{
    size_t n = mf_str_find(*rest, '\n');
    struct mf_str line = mf_str_head(*rest, n);
    *rest = mf_str_from(*rest, n + 1);
    while (line.n && strchr(" \t\r", line.p[0]) && line.p[0])
        line = mf_str_from(line, 1);
    bool simple = line.n && line.p[0] > ' ' && line.p[line.n - 1] > ' ';
    return simple ? line : mf_gotext_trim(line);
}

/* Where a file's header of comments ends for +build lines, and its //go:build
 * line (empty where there is none). */
struct header {
    size_t plus_end;
    struct mf_str go_build;
    size_t second; /* offset of a second one, or SIZE_MAX */
};

/* Follows one line through general comments; true where other text begins. */
static bool has_code(struct mf_str line, bool *inside)
{
    while (line.n > 0) {
        if (*inside) {
            const char *end = memmem(line.p, line.n, "*/", 2);
            if (!end)
                return false;
            *inside = false;
            line = mf_gotext_trim(mf_str_from(line, (size_t)(end - line.p) + 2));
        } else if (mf_str_starts(line, MF_LIT("//"))) {
            return false;
        } else if (mf_str_starts(line, MF_LIT("/*"))) {
            *inside = true;
            line = mf_gotext_trim(mf_str_from(line, 2));
        } else {
            return true;
        }
    }
    return false;
}

static struct header read_header(struct mf_str src)
{
    struct header h = {.plus_end = 0, .second = SIZE_MAX};
    struct mf_str rest = src;
    bool ended = false, inside = false;
    while (rest.n > 0) {
        struct mf_str line = next_line(&rest);
        if (line.n == 0 && !ended) {
            h.plus_end = src.n - rest.n;
            continue;
        }
        ended = ended || !mf_str_starts(line, MF_LIT("//"));
        if (!inside && mf_buildtags_is_go_build(line)) {
            if (h.go_build.p) {
                h.second = (size_t)(line.p - src.p);
                break;
            }
            h.go_build = line;
        }
        if (has_code(line, &inside))
            break;
    }
    return h;
}

int mf_gohead_constraint(struct mf_str src, struct mf_arena *arena, struct mf_str *out, size_t *second_out,
                         struct mf_err *err)
{
    struct header h = read_header(src);
    struct mf_str rest = mf_str_head(src, h.plus_end);
    struct mf_str all = {NULL, 0};
    *second_out = h.second;
    *out = h.second == SIZE_MAX ? h.go_build : all;
    if (h.go_build.p || !rest.n || !memmem(rest.p, rest.n, "+build", 6))
        return 0;
    while (rest.n > 0) {
        struct mf_str line = next_line(&rest);
        if (!mf_buildtags_is_plus_build(line))
            continue;
        if (!all.p)
            all = line;
        else if (mf_arena_join(arena, all, MF_LIT("\n"), line, &all, err) < 0)
            return -1;
    }
    *out = all;
    return 0;
}

/* The end of the quoted string that s begins with, or 0. */
static size_t quoted_length(struct mf_str s)
{
    struct mf_str inner = mf_str_from(s, 1);
    if (s.p[0] == '`') {
        size_t n = mf_str_find(inner, '`');
        return n < inner.n ? n + 2 : 0;
    }
    for (size_t i = 0; i < inner.n; i++) {
        if (inner.p[i] == '"')
            return i + 2;
        i += inner.p[i] == '\\';
    }
    return 0;
}

/* Takes one pattern off *args. *ok_out is false where it is malformed. */
static int take_pattern(struct mf_str *args, struct mf_str *out, bool *ok_out, struct mf_arena *arena,
                        struct mf_err *err)
{
    *ok_out = true;
    if (args->p[0] != '`' && args->p[0] != '"') {
        *out = mf_gotext_field(args);
        return 0;
    }
    size_t n = quoted_length(*args);
    struct mf_str literal = mf_str_head(*args, n);
    *args = mf_str_from(*args, n);
    uint32_t rune = ' ';
    if (args->n > 0)
        (void)mf_gotext_rune(*args, &rune);
    *ok_out = n > 0 && mf_gotext_is_space(rune);
    return *ok_out ? mf_gohead_unquote(literal, arena, out, ok_out, err) : 0;
}

/* Adds the patterns of one //go:embed comment; none where one is malformed. */
static int add_patterns(struct mf_str src, struct mf_str line, struct mf_gohead_list *list, struct mf_arena *arena,
                        struct mf_err *err)
{
    size_t before = list->count;
    struct mf_str args = mf_gotext_trim(mf_str_from(line, strlen("//go:embed")));
    while (args.n > 0) {
        struct mf_str pattern;
        size_t at = (size_t)(args.p - src.p);
        bool ok;
        if (take_pattern(&args, &pattern, &ok, arena, err) < 0)
            return -1;
        if (!ok) {
            list->count = before;
            return 0;
        }
        if (mf_gohead_add(list, pattern, at, arena, err) < 0)
            return -1;
        args = mf_gotext_trim(args);
    }
    return 0;
}

int mf_gohead_embeds(struct mf_str src, struct mf_gohead_list *list, struct mf_arena *arena, struct mf_err *err)
{
    struct mf_goscan scan;
    const char *hint = src.n ? memmem(src.p, src.n, "//go:embed", 10) : NULL;
    if (!hint)
        return 0;
    mf_goscan_init(&scan, src);
    for (struct mf_goscan_token t = mf_goscan_next(&scan); t.kind != MF_GOSCAN_END; t = mf_goscan_next(&scan)) {
        if (t.kind != MF_GOSCAN_COMMENT || !mf_str_starts(t.text, MF_LIT("//go:embed")))
            continue;
        /* the word must end here: //go:embedded is another directive */
        struct mf_str rest = mf_str_from(t.text, strlen("//go:embed"));
        uint32_t rune = ' ';
        if (rest.n > 0)
            (void)mf_gotext_rune(rest, &rune);
        if (mf_gotext_is_space(rune) && add_patterns(src, t.text, list, arena, err) < 0)
            return -1;
    }
    return 0;
}

#include "bundle/vcs/metatags.h"

#include <strings.h>

#include "formats/base/buf.h"
#include "formats/base/unicode.h"

/* A tag of the page: its name, and the text of its attributes. */
struct tag {
    struct mf_str name;
    struct mf_str attributes;
    bool closing;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80 ||
           (c && strchr("_:.-", c));
}

static struct mf_str skip_blanks(struct mf_str s)
{
    size_t n = 0;
    while (n < s.n && is_blank(s.p[n]))
        n++;
    return mf_str_from(s, n);
}

static struct mf_str take_name(struct mf_str *s)
{
    size_t n = 0;
    while (n < s->n && is_name_byte(s->p[n]))
        n++;
    struct mf_str name = mf_str_head(*s, n);
    *s = mf_str_from(*s, n);
    return name;
}

static bool is_word(struct mf_str s, const char *lower)
{
    return s.n == strlen(lower) && strncasecmp(s.p, lower, s.n) == 0;
}

/* Name without a name space, as encoding/xml cuts it. */
static struct mf_str local_name(struct mf_str name)
{
    size_t colon = mf_str_find(name, ':');
    return colon && colon + 1 < name.n ? mf_str_from(name, colon + 1) : name;
}

/* Cuts *s behind the end mark; false where there is none. */
static bool skip_past(struct mf_str *s, const char *mark)
{
    const char *hit = s->n ? memmem(s->p, s->n, mark, strlen(mark)) : NULL;
    *s = hit ? mf_str_from(*s, (size_t)(hit - s->p) + strlen(mark)) : (struct mf_str){NULL, 0};
    return hit != NULL;
}

/* Behind "<!" of a declaration, in which quotes and nested brackets count: where it
 * ends; s.n where it does not. */
static size_t declaration_end(struct mf_str s)
{
    size_t depth = 1, i = 0;
    char quote = '\0';
    for (; i < s.n && depth; i++) {
        const char c = s.p[i];
        if (quote)
            quote = c == quote ? '\0' : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '<')
            depth++;
        else if (c == '>')
            depth--;
    }
    return depth ? s.n : i;
}

/* Behind "<!": a comment, CDATA, or a declaration. */
static bool skip_declaration(struct mf_str *s)
{
    if (mf_str_starts(*s, MF_LIT("--"))) {
        *s = mf_str_from(*s, 2);
        return skip_past(s, "-->");
    }
    if (mf_str_starts(*s, MF_LIT("[CDATA[")))
        return skip_past(s, "]]>");
    size_t end = declaration_end(*s);
    const bool ends = end > 0 && end <= s->n && s->p[end - 1] == '>';
    *s = mf_str_from(*s, end);
    return ends;
}

/* One attribute off the front of *s; false at the end of the tag, or where that
 * is no attribute. */
static bool take_attribute(struct mf_str *s, struct mf_str *name, struct mf_str *value)
{
    *s = skip_blanks(*s);
    *name = take_name(s);
    *value = *name; /* one without a value has its name for it */
    if (!name->n)
        return false;
    struct mf_str rest = skip_blanks(*s);
    if (!rest.n || rest.p[0] != '=')
        return true;
    rest = skip_blanks(mf_str_from(rest, 1));
    if (rest.n && (rest.p[0] == '"' || rest.p[0] == '\'')) {
        size_t end = mf_str_find(mf_str_from(rest, 1), rest.p[0]);
        if (end == rest.n - 1)
            return false;
        *value = mf_str_head(mf_str_from(rest, 1), end);
        *s = mf_str_from(rest, end + 2);
        return true;
    }
    *value = take_name(&rest);
    *s = rest;
    return true;
}

/* Behind '<' of a tag. */
static bool take_tag(struct mf_str *s, struct tag *out)
{
    struct mf_str name, value;
    *out = (struct tag){.closing = s->n && s->p[0] == '/'};
    if (out->closing)
        *s = mf_str_from(*s, 1);
    out->name = local_name(take_name(s));
    if (!out->name.n)
        return false;
    out->attributes = *s;
    while (take_attribute(s, &name, &value))
        ;
    out->attributes = mf_str_head(out->attributes, out->attributes.n - s->n);
    *s = skip_blanks(*s);
    if (s->n && s->p[0] == '/')
        *s = mf_str_from(*s, 1);
    if (!s->n || s->p[0] != '>')
        return false;
    *s = mf_str_from(*s, 1);
    return true;
}

/* The next tag of the page; false at its end. */
static bool next_tag(struct mf_str *s, struct tag *out)
{
    while (mf_str_find(*s, '<') < s->n) {
        *s = mf_str_from(*s, mf_str_find(*s, '<') + 1);
        if (mf_str_starts(*s, MF_LIT("?"))) {
            if (!skip_past(s, "?>"))
                return false;
        } else if (mf_str_starts(*s, MF_LIT("!"))) {
            *s = mf_str_from(*s, 1);
            if (!skip_declaration(s))
                return false;
        } else {
            return take_tag(s, out);
        }
    }
    return false;
}

/* --- values --- */

static uint32_t numbered(struct mf_str digits)
{
    uint32_t value = 0;
    const bool hex = digits.n && digits.p[0] == 'x';
    for (size_t i = hex; i < digits.n && value < 0x110000; i++) {
        const char c = digits.p[i];
        const int digit = c >= '0' && c <= '9'          ? c - '0'
                          : hex && c >= 'a' && c <= 'f' ? c - 'a' + 10
                          : hex && c >= 'A' && c <= 'F' ? c - 'A' + 10
                                                        : -1;
        if (digit < 0)
            return 0;
        value = value * (hex ? 16 : 10) + (uint32_t)digit;
    }
    return value < 0x80 ? value : 0; /* a module path and a URL are ASCII */
}

/* What stands for "&NAME;", or NUL. */
static char entity(struct mf_str name)
{
    static const struct {
        const char *name;
        char c;
    } known[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    for (size_t i = 0; i < MF_COUNT(known); i++)
        if (mf_str_eq(name, mf_str(known[i].name)))
            return known[i].c;
    return name.n && name.p[0] == '#' ? (char)numbered(mf_str_from(name, 1)) : '\0';
}

static void add_decoded(struct mf_buf *out, struct mf_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        struct mf_str rest = mf_str_from(s, i + 1);
        size_t end = s.p[i] == '&' ? mf_str_find(rest, ';') : rest.n;
        const char c = end < rest.n ? entity(mf_str_head(rest, end)) : '\0';
        mf_buf_byte(out, c ? c : s.p[i]);
        i += c ? end + 1 : 0;
    }
}

/* The first attribute of that name, as written; empty where there is none. */
static struct mf_str attribute(const struct tag *tag, const char *wanted)
{
    struct mf_str rest = tag->attributes, name, value;
    while (take_attribute(&rest, &name, &value))
        if (is_word(local_name(name), wanted))
            return value;
    return (struct mf_str){NULL, 0};
}

static struct mf_str take_field(struct mf_str *s)
{
    size_t n = 0;
    *s = skip_blanks(*s);
    while (n < s->n && !is_blank(s->p[n]))
        n++;
    struct mf_str field = mf_str_head(*s, n);
    *s = mf_str_from(*s, n);
    return field;
}

/* 1 where the tag is a go-import line of three or four words. */
static int read_line(const struct tag *tag, struct mf_metatag *out, struct mf_arena *arena, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf decoded = MF_BUF_INIT(64 * MF_KIB);
    struct mf_str text;
    add_decoded(&decoded, attribute(tag, "name"));
    if (decoded.failed == MF_E_NOMEM)
        return mf_buf_check(&decoded, err);
    if (decoded.failed || !mf_str_eq(mf_buf_view(&decoded), MF_LIT("go-import")))
        return 0;
    mf_buf_clear(&decoded);
    add_decoded(&decoded, attribute(tag, "content"));
    if (mf_buf_check(&decoded, err) < 0 || mf_arena_dup(arena, mf_buf_view(&decoded), &text, err) < 0)
        return -1;
    *out = (struct mf_metatag){0};
    out->prefix = take_field(&text);
    out->vcs = take_field(&text);
    out->url = take_field(&text);
    out->subdir = take_field(&text);
    return out->url.n && !take_field(&text).n;
}

static bool is_mod(const struct mf_metatag *line)
{
    return mf_str_eq(line->vcs, MF_LIT("mod"));
}

static bool has_mod(const struct mf_metatag *lines, size_t count, struct mf_str prefix)
{
    for (size_t i = 0; i < count; i++)
        if (is_mod(&lines[i]) && mf_str_eq(lines[i].prefix, prefix))
            return true;
    return false;
}

/* Puts "mod" first and drops what it replaces. */
static size_t arrange(const struct mf_metatag *lines, size_t count, struct mf_metatag *out)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++)
        if (is_mod(&lines[i]))
            out[n++] = lines[i];
    for (size_t i = 0; i < count; i++)
        if (!is_mod(&lines[i]) && !has_mod(lines, count, lines[i].prefix))
            out[n++] = lines[i];
    return n;
}

int mf_metatags_parse(struct mf_str page, struct mf_metatag **out, size_t *count_out, struct mf_arena *arena,
                      struct mf_err *err)
{
    struct mf_metatag *lines = mf_arena_array(arena, MF_METATAGS_MAX, 2 * sizeof(*lines), err), line;
    size_t count = 0;
    struct tag tag;
    if (!lines)
        return -1;
    while (next_tag(&page, &tag)) {
        if ((tag.closing && is_word(tag.name, "head")) || (!tag.closing && is_word(tag.name, "body")))
            break;
        int rc = !tag.closing && is_word(tag.name, "meta") ? read_line(&tag, &line, arena, err) : 0;
        if (rc < 0)
            return -1;
        if (rc && count == MF_METATAGS_MAX)
            return mf_err_set(err, MF_E_LIMIT, "a page with more than %d go-import lines", MF_METATAGS_MAX);
        if (rc)
            lines[count++] = line;
    }
    *out = lines + MF_METATAGS_MAX;
    *count_out = arrange(lines, count, *out);
    return 0;
}

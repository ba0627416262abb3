#include "formats/gomodwords.h"

#include "formats/gotext.h"
#include "formats/semver.h"

static struct mf_str shown(struct mf_str s)
{
    return mf_str_head(s, MF_GOMODWORDS_SHOWN);
}

/* True where one of the bytes of `set` occurs in s. */
static bool has_any(struct mf_str s, const char *set)
{
    for (; *set; set++) {
        if (mf_str_find(s, *set) < s.n)
            return true;
    }
    return false;
}

/* The value of a word; messages have no "invalid quoted string" before them. */
static int unquote(const struct mf_gomodwords *w, struct mf_str word, struct mf_str *out)
{
    if (word.n == 0 || word.p[0] != '"') {
        if (has_any(word, "\"'`"))
            return mf_err_set(w->err, MF_E_GOMOD, "unquoted string cannot contain quote");
        *out = word;
        return 0;
    }
    /* A byte that is not UTF-8 becomes U+FFFD, three bytes long. */
    MF_CLEANUP(mf_buf_release) struct mf_buf value = MF_BUF_INIT(3 * MF_GOMOD_MAX);
    if (!mf_gotext_unquote(word, &value))
        return mf_err_set(w->err, MF_E_GOMOD, "invalid syntax");
    if (mf_buf_check(&value, w->err) < 0)
        return -1;
    return mf_arena_dup(w->arena, mf_buf_view(&value), out, w->err);
}

int mf_gomodwords_string(const struct mf_gomodwords *w, struct mf_str word, struct mf_str *out)
{
    if (unquote(w, word, out) == 0)
        return 0;
    return w->err->code == MF_E_GOMOD ? mf_err_prefix(w->err, "invalid quoted string") : -1;
}

/* Puts "VERB PATH: " before a message about a version. */
static int about(const struct mf_gomodwords *w, const char *verb, struct mf_str path)
{
    if (path.n == 0)
        return mf_err_prefix(w->err, "%s", verb);
    return mf_err_prefix(w->err, "%s %.*s", verb, MF_FMT(shown(path)));
}

/* The canonical form of a version of a dependency. */
static int canonical(const struct mf_gomodwords *w, struct mf_str v, struct mf_str *out)
{
    struct mf_semver s;
    struct mf_str none = {NULL, 0};
    if (!mf_semver_parse(v, &s))
        return mf_err_set(w->err, MF_E_GOMOD, "version \"%.*s\" invalid: must be of the form v1.2.3", MF_FMT(shown(v)));
    if (s.is_short)
        return mf_arena_join(w->arena, v, mf_str_find(v, '.') < v.n ? MF_LIT(".0") : MF_LIT(".0.0"), none, out, w->err);
    *out = v;
    if (!mf_semver_canonical(v, true))
        out->n -= s.build.n;
    return 0;
}

/* In a main module go asks the network what another form stands for, and then
 * writes the answer into go.mod. */
static int exact(const struct mf_gomodwords *w, struct mf_str path, struct mf_str v, struct mf_str *out)
{
    struct mf_str prefix;
    struct mf_str major;
    if (!mf_modpath_split_major(path, &prefix, &major))
        return mf_err_set(w->err, MF_E_GOMOD, "version \"%.*s\" invalid: malformed module path \"%.*s\"",
                          MF_FMT(shown(v)), MF_FMT(shown(path)));
    if (!mf_semver_canonical(v, true)) {
        mf_err_set(w->err, MF_E_GOMOD, "version \"%.*s\" is not an exact version such as v1.2.3", MF_FMT(shown(v)));
        return mf_err_next(w->err, "run `go mod tidy` in the project: it writes the exact version into go.mod");
    }
    if (mf_modpath_check_major((struct mf_module){path, v}, w->err) < 0)
        return -1;
    *out = v;
    return 0;
}

/* A version as it is written. */
static int version_word(const struct mf_gomodwords *w, struct mf_str word, struct mf_str *out)
{
    if (unquote(w, word, out) == 0)
        return 0;
    return w->err->code == MF_E_GOMOD ? mf_err_prefix(w->err, "version \"%.*s\" invalid", MF_FMT(shown(word))) : -1;
}

int mf_gomodwords_version(const struct mf_gomodwords *w, const char *verb, struct mf_str path, struct mf_str word,
                          struct mf_str *out)
{
    struct mf_str v;
    int status = version_word(w, word, &v);
    if (status == 0)
        status = w->mode == MF_GOMOD_MAIN ? exact(w, path, v, out) : canonical(w, v, out);
    if (status == 0)
        return 0;
    return w->err->code == MF_E_GOMOD ? about(w, verb, path) : -1;
}

int mf_gomodwords_major(const struct mf_gomodwords *w, const char *verb, struct mf_module m)
{
    struct mf_str prefix;
    struct mf_str major;
    if (!mf_modpath_split_major(m.path, &prefix, &major))
        return mf_err_set(w->err, MF_E_GOMOD, "invalid module path");
    return mf_modpath_check_major(m, w->err) < 0 ? about(w, verb, m.path) : 0;
}

/* modfile.IsDirectoryPath: the paths of Unix and of Windows, everywhere. */
static bool is_directory(struct mf_str s)
{
    static const char *const prefixes[] = {"./", ".\\", "../", "..\\", "/", "\\"};
    if (mf_str_eq(s, MF_LIT(".")) || mf_str_eq(s, MF_LIT("..")))
        return true;
    for (size_t i = 0; i < MF_COUNT(prefixes); i++) {
        if (mf_str_starts(s, mf_str(prefixes[i])))
            return true;
    }
    char drive = s.n >= 2 && s.p[1] == ':' ? (char)(s.p[0] | 0x20) : '\0';
    return drive >= 'a' && drive <= 'z';
}

/* The right side of a replacement without a version. */
static int check_directory(const struct mf_gomodwords *w, struct mf_str path)
{
    if (!is_directory(path))
        return mf_err_set(w->err, MF_E_GOMOD, "%s",
                          mf_str_find(path, '@') < path.n
                              ? "replacement module must match format 'path version', not 'path@version'"
                              : "replacement module without version must be directory path (rooted or starting "
                                "with . or ..)");
    if (mf_str_find(path, '\\') < path.n)
        return mf_err_set(w->err, MF_E_GOMOD,
                          "replacement directory appears to be Windows path (on a non-windows system)");
    return 0;
}

static int replace_left(const struct mf_gomodwords *w, const struct mf_str *args, size_t count, struct mf_module *out)
{
    struct mf_str prefix;
    struct mf_str major;
    if (mf_gomodwords_string(w, args[0], &out->path) < 0)
        return -1;
    if (!mf_modpath_split_major(out->path, &prefix, &major)) {
        mf_err_set(w->err, MF_E_GOMOD, "invalid module path");
        return about(w, "replace", out->path);
    }
    if (count == 1)
        return 0;
    if (mf_gomodwords_version(w, "replace", out->path, args[1], &out->version) < 0)
        return -1;
    return mf_gomodwords_major(w, "replace", *out);
}

static int replace_right(const struct mf_gomodwords *w, const struct mf_str *args, size_t count, struct mf_module *out)
{
    if (mf_gomodwords_string(w, args[0], &out->path) < 0)
        return -1;
    if (count == 1)
        return check_directory(w, out->path);
    if (mf_gomodwords_version(w, "replace", out->path, args[1], &out->version) < 0)
        return -1;
    if (is_directory(out->path))
        return mf_err_set(w->err, MF_E_GOMOD, "replacement module directory path \"%.*s\" cannot have version",
                          MF_FMT(shown(out->path)));
    return 0;
}

int mf_gomodwords_replace(const struct mf_gomodwords *w, const struct mf_str *args, size_t count,
                          struct mf_module *from, struct mf_module *to)
{
    struct mf_str sign = MF_LIT("=>");
    size_t arrow = count >= 2 && mf_str_eq(args[1], sign) ? 1 : 2;
    if (count < arrow + 2 || count > arrow + 3 || !mf_str_eq(args[arrow], sign))
        return mf_err_set(w->err, MF_E_GOMOD,
                          "usage: replace module/path [v1.2.3] => other/module v1.4 or "
                          "replace module/path [v1.2.3] => ../local/directory");
    *from = *to = (struct mf_module){.version = {NULL, 0}};
    if (replace_left(w, args, arrow, from) < 0)
        return -1;
    return replace_right(w, args + arrow + 1, count - arrow - 1, to);
}

/* A version of a retraction, as it is written. */
static int retracted(const struct mf_gomodwords *w, struct mf_str word, struct mf_str *out)
{
    struct mf_str none = {NULL, 0};
    if (version_word(w, word, out) == 0)
        return 0;
    return w->err->code == MF_E_GOMOD ? about(w, "retract", none) : -1;
}

int mf_gomodwords_retractable(const struct mf_gomodwords *w, struct mf_str module, struct mf_str version)
{
    struct mf_str same;
    if (module.n == 0)
        return mf_err_set(w->err, MF_E_GOMOD, "no module directive found, so retract cannot be used");
    return exact(w, module, version, &same) < 0 ? about(w, "retract", module) : 0;
}

int mf_gomodwords_interval(const struct mf_gomodwords *w, const struct mf_str *args, size_t count, struct mf_str *low,
                           struct mf_str *high, size_t *used)
{
    if (count == 0 || mf_str_eq(args[0], MF_LIT("(")))
        return mf_err_set(w->err, MF_E_GOMOD, "expected '[' or version");
    if (!mf_str_eq(args[0], MF_LIT("["))) {
        if (retracted(w, args[0], low) < 0)
            return -1;
        *high = *low;
        *used = 1;
        return 0;
    }
    if (count < 2)
        return mf_err_set(w->err, MF_E_GOMOD, "expected version after '['");
    if (retracted(w, args[1], low) < 0)
        return -1;
    if (count < 3 || !mf_str_eq(args[2], MF_LIT(",")))
        return mf_err_set(w->err, MF_E_GOMOD, "expected ',' after version");
    if (count < 4)
        return mf_err_set(w->err, MF_E_GOMOD, "expected version after ','");
    if (retracted(w, args[3], high) < 0)
        return -1;
    if (count < 5 || !mf_str_eq(args[4], MF_LIT("]")))
        return mf_err_set(w->err, MF_E_GOMOD, "expected ']' after version");
    *used = 5;
    return 0;
}

/* Takes a number without leading zeros; with `positive`, not 0 either. */
static bool take_number(struct mf_str *s, bool positive)
{
    size_t n = 0;
    while (n < s->n && s->p[n] >= '0' && s->p[n] <= '9')
        n++;
    if (n == 0 || (s->p[0] == '0' && (positive || n > 1)))
        return false;
    *s = mf_str_from(*s, n);
    return true;
}

/* Takes MAJOR.MINOR. */
static bool take_lang(struct mf_str *s)
{
    if (!take_number(s, true) || !mf_str_starts(*s, MF_LIT(".")))
        return false;
    *s = mf_str_from(*s, 1);
    return take_number(s, false);
}

/* What may follow MAJOR.MINOR: a patch, then letters and digits such as rc1. */
static bool is_go_tail(struct mf_str s)
{
    if (mf_str_starts(s, MF_LIT("."))) {
        s = mf_str_from(s, 1);
        if (!take_number(&s, false))
            return false;
    }
    size_t letters = 0;
    while (letters < s.n && s.p[letters] >= 'a' && s.p[letters] <= 'z')
        letters++;
    size_t digits = letters;
    while (digits < s.n && s.p[digits] >= '0' && s.p[digits] <= '9')
        digits++;
    return s.n == 0 || (letters > 0 && digits > letters && digits == s.n);
}

static bool go_version(struct mf_str word, enum mf_gomod_mode mode, struct mf_str *out)
{
    struct mf_str tail = word;
    if (take_lang(&tail) && is_go_tail(tail)) {
        *out = word;
        return true;
    }
    if (mode == MF_GOMOD_MAIN)
        return false;
    struct mf_str lax = mf_str_starts(word, MF_LIT("v")) ? mf_str_from(word, 1) : word;
    tail = lax;
    if (!take_lang(&tail) || tail.n == 0 || mf_str_find(tail, '\n') < tail.n)
        return false;
    *out = mf_str_head(lax, lax.n - tail.n);
    return true;
}

int mf_gomodwords_go(const struct mf_gomodwords *w, const struct mf_str *args, size_t count, struct mf_str *out)
{
    if (out->n > 0)
        return mf_err_set(w->err, MF_E_GOMOD, "repeated go statement");
    if (count != 1)
        return mf_err_set(w->err, MF_E_GOMOD, "go directive expects exactly one argument");
    if (!go_version(args[0], w->mode, out))
        return mf_err_set(w->err, MF_E_GOMOD, "invalid go version '%.*s': must match format 1.23.0",
                          MF_FMT(shown(args[0])));
    return 0;
}

int mf_gomodwords_toolchain(const struct mf_gomodwords *w, const struct mf_str *args, size_t count, struct mf_str *out)
{
    if (out->n > 0)
        return mf_err_set(w->err, MF_E_GOMOD, "repeated toolchain statement");
    if (count != 1)
        return mf_err_set(w->err, MF_E_GOMOD, "toolchain directive expects exactly one argument");
    struct mf_str name = args[0];
    if (!mf_str_eq(name, MF_LIT("default")) && !mf_str_eq(name, MF_LIT("go1")) && !mf_str_starts(name, MF_LIT("go1.")))
        return mf_err_set(w->err, MF_E_GOMOD, "invalid toolchain version '%.*s': must match format go1.23.0 or default",
                          MF_FMT(shown(name)));
    *out = name;
    return 0;
}

int mf_gomodwords_godebug(const struct mf_gomodwords *w, const struct mf_str *args, size_t count, struct mf_str *out)
{
    struct mf_str arg = count == 1 ? args[0] : MF_LIT("");
    if (mf_str_find(arg, '=') == arg.n || has_any(arg, "\"`',"))
        return mf_err_set(w->err, MF_E_GOMOD, "usage: godebug key=value");
    *out = arg;
    return 0;
}

int mf_gomodwords_unknown(const struct mf_gomodwords *w, const struct mf_gomodlex_stmt *stmt)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf head = MF_BUF_INIT(MF_GOMOD_MAX);
    size_t count = stmt->is_block ? stmt->head.word_count : 1;
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            mf_buf_byte(&head, ' ');
        mf_buf_str(&head, stmt->head.words[i]);
    }
    if (mf_buf_check(&head, w->err) < 0)
        return -1;
    return mf_err_set(w->err, MF_E_GOMOD, "%s: %.*s", stmt->is_block ? "unknown block type" : "unknown directive",
                      MF_FMT(shown(mf_buf_view(&head))));
}

bool mf_gomodwords_must_quote(struct mf_str s)
{
    uint32_t rune;
    for (size_t i = 0; i < s.n;) {
        i += mf_gotext_rune(mf_str_from(s, i), &rune);
        if (rune == ' ' || rune == '"' || rune == '\'' || rune == '`' || !mf_gotext_is_print(rune))
            return true;
        if (s.n > 1 && rune < 0x80 && strchr("()[]{},", (char)rune))
            return true;
    }
    return s.n == 0 || memmem(s.p, s.n, "//", 2) || memmem(s.p, s.n, "/*", 2);
}

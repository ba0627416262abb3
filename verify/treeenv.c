#include "verify/treeenv.h"

#include <stdlib.h>

#include "formats/base/unicode.h"
#include "formats/cjson.h"
#include "formats/goenv.h"
#include "formats/toolchain.h"

#define PATH_MAX_BYTES (16 * MF_KIB)

struct setting {
    const char *name;
    struct mf_str value;
};

enum { SETTINGS_MAX = 8, WARNINGS_MAX = 4 };

struct settings {
    struct setting list[SETTINGS_MAX];
    size_t count;
    const char *warnings[WARNINGS_MAX];
    size_t warning_count;
};

static const char *const format_names[] = {
    [MF_ENV_SH] = "sh",     [MF_ENV_FISH] = "fish",     [MF_ENV_POWERSHELL] = "powershell",
    [MF_ENV_JSON] = "json", [MF_ENV_DOCKER] = "docker", [MF_ENV_GOENV] = "goenv"};

bool mf_env_format_parse(struct mf_str name, enum mf_env_format *out)
{
    for (size_t i = 0; i < MF_COUNT(format_names); i++)
        if (mf_str_eq(name, mf_str(format_names[i]))) {
            *out = (enum mf_env_format)i;
            return true;
        }
    return false;
}

/* Bytes that stand for themselves in the path of a URL, and are neither
 * special to a list in GOPROXY nor to a URL. */
static bool url_safe(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("-._~/@+:=", c));
}

static void file_url(struct mf_str path, struct mf_buf *out)
{
    mf_buf_str(out, MF_LIT("file://"));
    for (size_t i = 0; i < path.n; i++) {
        if (url_safe(path.p[i]))
            mf_buf_byte(out, path.p[i]);
        else
            mf_buf_fmt(out, "%%%02X", (unsigned char)path.p[i]);
    }
}

static void set(struct settings *s, const char *name, struct mf_str value)
{
    s->list[s->count++] = (struct setting){name, value};
}

static void warn(struct settings *s, const char *text)
{
    s->warnings[s->warning_count++] = text;
}

static void quote(struct mf_str value, const char *special, const char *before, struct mf_buf *out)
{
    for (size_t i = 0; i < value.n; i++) {
        if (value.p[i] && strchr(special, value.p[i]))
            mf_buf_str(out, mf_str(before));
        mf_buf_byte(out, value.p[i]);
    }
}

/* In single quotes, a quote in the value leaves and enters them again. */
static void write_sh(struct setting s, struct mf_buf *out)
{
    mf_buf_fmt(out, "export %s='", s.name);
    for (size_t i = 0; i < s.value.n; i++) {
        if (s.value.p[i] == '\'')
            mf_buf_str(out, MF_LIT("'\\''"));
        else
            mf_buf_byte(out, s.value.p[i]);
    }
    mf_buf_str(out, MF_LIT("'\n"));
}

static void write_fish(struct setting s, struct mf_buf *out)
{
    mf_buf_fmt(out, "set -gx %s '", s.name);
    quote(s.value, "\\'", "\\", out);
    mf_buf_str(out, MF_LIT("'\n"));
}

/* PowerShell takes U+2018 to U+201B for quotes too; each is doubled. */
static void write_powershell(struct setting s, struct mf_buf *out)
{
    mf_buf_fmt(out, "$env:%s = '", s.name);
    for (size_t i = 0; i < s.value.n;) {
        struct mf_str at = mf_str_from(s.value, i);
        size_t n = 1;
        bool doubled = at.p[0] == '\'';
        if (at.n >= 3 && memcmp(at.p, "\xe2\x80", 2) == 0 && (unsigned char)at.p[2] >= 0x98 &&
            (unsigned char)at.p[2] <= 0x9b) {
            n = 3;
            doubled = true;
        }
        mf_buf_add(out, at.p, n);
        if (doubled)
            mf_buf_add(out, at.p, n);
        i += n;
    }
    mf_buf_str(out, MF_LIT("'\n"));
}

static void write_docker(struct setting s, struct mf_buf *out)
{
    mf_buf_fmt(out, "ENV %s=\"", s.name);
    quote(s.value, "\\\"$", "\\", out);
    mf_buf_str(out, MF_LIT("\"\n"));
}

static void write_goenv(struct setting s, struct mf_buf *out)
{
    mf_buf_fmt(out, "%s=%.*s\n", s.name, MF_FMT(s.value));
}

static int write_json(const struct settings *s, struct mf_buf *out, struct mf_err *err)
{
    MF_CLEANUP(mf_cjson_release) json_t *root = json_object();
    if (json_object_set_new(root, "env", json_object()) < 0 || json_object_set_new(root, "warnings", json_array()) < 0)
        return mf_err_nomem(err);
    json_t *env = json_object_get(root, "env"), *warnings = json_object_get(root, "warnings");
    for (size_t i = 0; i < s->count; i++) {
        if (!mf_utf8_valid(s->list[i].value))
            return mf_err_set(err, MF_E_USAGE, "the path is not UTF-8, which JSON needs");
        json_t *value = json_stringn(s->list[i].value.p, s->list[i].value.n);
        if (json_object_set_new(env, s->list[i].name, value) < 0)
            return mf_err_nomem(err);
    }
    for (size_t i = 0; i < s->warning_count; i++)
        if (json_array_append_new(warnings, json_string(s->warnings[i])) < 0)
            return mf_err_nomem(err);
    char *text = mf_cjson_dumps(root, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    if (!text)
        return mf_err_nomem(err);
    mf_buf_str(out, mf_str(text));
    mf_buf_byte(out, '\n');
    free(text);
    return mf_buf_check(out, err);
}

static int write_lines(const struct settings *s, enum mf_env_format format, struct mf_buf *out, struct mf_err *err)
{
    void (*const writers[])(struct setting, struct mf_buf *) = {[MF_ENV_SH] = write_sh,
                                                                [MF_ENV_FISH] = write_fish,
                                                                [MF_ENV_POWERSHELL] = write_powershell,
                                                                [MF_ENV_DOCKER] = write_docker,
                                                                [MF_ENV_GOENV] = write_goenv};
    for (size_t i = 0; i < s->count; i++)
        writers[format](s->list[i], out);
    for (size_t i = 0; i < s->warning_count; i++)
        mf_buf_fmt(out, "# warning: %s\n", s->warnings[i]);
    return mf_buf_check(out, err);
}

static bool one_line(enum mf_env_format format)
{
    return format == MF_ENV_DOCKER || format == MF_ENV_GOENV;
}

static bool has_line_break(struct mf_str s)
{
    return mf_str_find(s, '\n') < s.n || mf_str_find(s, '\r') < s.n;
}

/* GOPROXY, and GOMODCACHE; `url` holds the former. */
static int set_places(const struct mf_treeenv *tree, enum mf_env_format format, struct settings *s, struct mf_buf *url,
                      struct mf_err *err)
{
    bool is_cache = tree->kind == MF_TREE_MODCACHE;
    file_url(tree->path, url);
    if (is_cache)
        mf_buf_str(url, MF_LIT("/cache/download"));
    if (mf_buf_check(url, err) < 0)
        return -1;
    if (is_cache && one_line(format) && has_line_break(tree->path))
        return mf_err_set(err, MF_E_USAGE, "a path with a line break cannot be written in the format %s",
                          format_names[format]);
    if (is_cache)
        set(s, "GOMODCACHE", tree->path);
    set(s, "GOPROXY", is_cache && !tree->toolchains ? MF_LIT("off") : mf_buf_view(url));
    return 0;
}

static void add_pattern(struct mf_buf *b, struct mf_str pattern)
{
    if (b->n && pattern.n)
        mf_buf_byte(b, ',');
    mf_buf_str(b, pattern);
}

/* What go is not to look up. Exempt paths are patterns as they are. Without a
 * complete database toolchains are added where the tree has some, and the user's
 * patterns stay. */
static int set_gonosumdb(const struct mf_treeenv *tree, bool complete, enum mf_env_format format, struct settings *s,
                         struct mf_buf *value, struct mf_err *err)
{
    const struct mf_treesumdb_record *r = tree->sumdb;
    bool any = tree->toolchains || (r && r->exempt_count);
    if (!complete && !any)
        return 0;
    if (!complete) {
        if (one_line(format) && has_line_break(tree->gonosumdb))
            return mf_err_set(err, MF_E_USAGE,
                              "GONOSUMDB or GOPRIVATE with a line break cannot be written in the format %s",
                              format_names[format]);
        if (tree->toolchains && !mf_modpath_match_patterns(tree->gonosumdb, MF_LIT(MF_TOOLCHAIN_MODULE)))
            add_pattern(value, MF_LIT(MF_TOOLCHAIN_MODULE));
        add_pattern(value, tree->gonosumdb);
    }
    for (size_t i = 0; r && i < r->exempt_count; i++)
        add_pattern(value, r->exempt[i]);
    if (mf_buf_check(value, err) < 0)
        return -1;
    set(s, "GONOSUMDB", value->n ? mf_buf_view(value) : MF_LIT("none"));
    return 0;
}

/* The tree's own database where it is complete. */
static int set_gosumdb(const struct mf_treeenv *tree, bool *complete_out, struct settings *s, struct mf_arena *arena,
                       struct mf_err *err)
{
    const struct mf_treesumdb_record *r = tree->sumdb;
    struct mf_gosumdb db;
    *complete_out = r && r->key.n && r->complete;
    if (!*complete_out) {
        warn(s, "no complete checksum database in this tree: go needs a complete go.sum");
        return 0;
    }
    if (mf_gosumdb_parse(r->key, &db, arena, err) < 0)
        return -1;
    set(s, "GOSUMDB", db.known ? db.key.name : db.key_text);
    return 0;
}

int mf_treeenv_write(const struct mf_treeenv *tree, enum mf_env_format format, struct mf_buf *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf url = MF_BUF_INIT(3 * PATH_MAX_BYTES + 64);
    MF_CLEANUP(mf_buf_release) struct mf_buf nosumdb = MF_BUF_INIT(4 * MF_MIB);
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(64 * MF_KIB);
    struct settings s = {0};
    struct mf_str path = tree->path;
    bool complete;
    if (path.n == 0 || path.p[0] != '/' || path.n > PATH_MAX_BYTES || mf_str_find(path, '\0') < path.n)
        return mf_err_set(err, MF_E_USAGE, "%.*s is not an absolute path", MF_FMT(path));
    if (set_places(tree, format, &s, &url, err) < 0)
        return -1;
    /* GOPRIVATE would otherwise send its modules past the proxy, even past "off". */
    set(&s, "GONOPROXY", MF_LIT("none"));
    if (set_gosumdb(tree, &complete, &s, &arena, err) < 0 ||
        set_gonosumdb(tree, complete, format, &s, &nosumdb, err) < 0)
        return -1;
    set(&s, "GOVCS", MF_LIT("*:off"));
    set(&s, "GOTOOLCHAIN", tree->toolchains ? MF_LIT("auto") : MF_LIT("local"));
    if (mf_str_eq(mf_goenv_mod(tree->goflags), MF_LIT("vendor")))
        warn(&s, "GOFLAGS has -mod=vendor: go reads the vendor directory and not this tree");
    return format == MF_ENV_JSON ? write_json(&s, out, err) : write_lines(&s, format, out, err);
}

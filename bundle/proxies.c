#include "bundle/proxies.h"

#include "formats/base/buf.h"
#include "formats/modpath.h"

enum { LIST_MAX = 1000, URL_MAX = 4096 };

/* A URL cut into its parts; slices of the entry. */
struct url_parts {
    struct mf_str scheme;   /* as written */
    struct mf_str userinfo; /* without '@' */
    struct mf_str host;     /* with port */
    struct mf_str path;     /* begins with '/', or is empty */
    bool has_userinfo;
};

/* What may be said of an entry in a message: whatever could be credentials is
 * left out, however broken the rest is. */
static struct mf_str without_credentials(struct mf_str entry)
{
    size_t at = mf_str_rfind(entry, '@');
    return at < entry.n ? mf_str_from(entry, at + 1) : entry;
}

static int refuse(struct mf_err *err, const char *why, struct mf_str entry)
{
    return mf_err_set(err, MF_E_USAGE, "%s: %.*s", why, MF_FMT(without_credentials(entry)));
}

static bool has_any(struct mf_str s, const char *set)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] && strchr(set, s.p[i]))
            return true;
    return false;
}

static bool has_path_mark(struct mf_str s)
{
    return s.n > 1 && memmem(s.p, s.n, ":/", 2);
}

static bool is_scheme(struct mf_str scheme, const char *lower)
{
    return scheme.n == strlen(lower) && strncasecmp(scheme.p, lower, scheme.n) == 0;
}

/* Host, "[v6]" in brackets, and an optional ":port" of digits. */
static bool host_valid(struct mf_str host)
{
    size_t colon = mf_str_rfind(host, ':');
    struct mf_str name = host;
    if (host.n && host.p[0] == '[') {
        size_t end = mf_str_find(host, ']');
        if (end == host.n || (end + 1 < host.n && host.p[end + 1] != ':'))
            return false;
        name = mf_str_head(mf_str_from(host, 1), end - 1);
        colon = end + 1;
    } else if (colon < host.n) {
        name = mf_str_head(host, colon);
        if (mf_str_find(name, ':') < name.n)
            return false;
    }
    struct mf_str port = mf_str_from(host, colon + 1);
    for (size_t i = 0; i < port.n; i++)
        if (port.p[i] < '0' || port.p[i] > '9')
            return false;
    return name.n > 0 && !has_any(name, " \"#%/<>?@[\\]^`{|}");
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool escapes_valid(struct mf_str path)
{
    for (size_t i = 0; i < path.n; i++)
        if (path.p[i] == '%' && (path.n - i < 3 || !is_hex(path.p[i + 1]) || !is_hex(path.p[i + 2])))
            return false;
    return true;
}

static int split_url(struct mf_str entry, struct url_parts *out, struct mf_err *err)
{
    for (size_t i = 0; i < entry.n; i++)
        if ((unsigned char)entry.p[i] < ' ' || entry.p[i] == 0x7f)
            return refuse(err, "invalid proxy URL with a control character", entry);
    size_t colon = mf_str_find(entry, ':');
    if (colon == entry.n || colon == 0 || mf_str_find(entry, '/') < colon)
        return refuse(err, "invalid proxy URL missing scheme", entry);
    *out = (struct url_parts){.scheme = mf_str_head(entry, colon)};
    if (!is_scheme(out->scheme, "https") && !is_scheme(out->scheme, "http") && !is_scheme(out->scheme, "file"))
        return refuse(err, "invalid proxy URL scheme (must be https, http, file)", entry);
    struct mf_str rest = mf_str_from(entry, colon + 1);
    if (!mf_str_starts(rest, MF_LIT("//")))
        return refuse(err, "invalid proxy URL without // and host", entry);
    rest = mf_str_from(rest, 2);
    size_t slash = mf_str_find(rest, '/');
    struct mf_str authority = mf_str_head(rest, slash);
    out->path = mf_str_from(rest, slash);
    size_t at = mf_str_rfind(authority, '@');
    out->has_userinfo = at < authority.n;
    if (out->has_userinfo)
        out->userinfo = mf_str_head(authority, at);
    out->host = out->has_userinfo ? mf_str_from(authority, at + 1) : authority;
    return 0;
}

static int check_url(struct mf_str entry, const struct url_parts *u, struct mf_err *err)
{
    if (has_any(entry, "?#"))
        return refuse(err, "invalid proxy URL with a query or fragment", entry);
    if (!escapes_valid(u->path) || !escapes_valid(u->userinfo))
        return refuse(err, "invalid proxy URL with a malformed % escape", entry);
    if (is_scheme(u->scheme, "file"))
        return u->host.n || u->has_userinfo ? refuse(err, "invalid file:// proxy URL with non-path elements", entry)
                                            : 0;
    if (!host_valid(u->host))
        return refuse(err, "invalid proxy URL host", entry);
    if (u->has_userinfo && is_scheme(u->scheme, "http"))
        return refuse(err, "refusing to pass credentials to insecure URL", entry);
    return 0;
}

static void add_encoded(struct mf_buf *b, struct mf_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c <= ' ' || c >= 0x7f)
            mf_buf_fmt(b, "%%%02X", c);
        else
            mf_buf_byte(b, (char)c);
    }
}

static int join_url(const struct url_parts *u, bool with_credentials, struct mf_str *out, struct mf_arena *arena,
                    struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(4 * URL_MAX);
    struct mf_str path = u->path;
    while (path.n && path.p[path.n - 1] == '/')
        path.n--;
    mf_buf_str(&b, is_scheme(u->scheme, "file")   ? MF_LIT("file://")
                   : is_scheme(u->scheme, "http") ? MF_LIT("http://")
                                                  : MF_LIT("https://"));
    if (u->has_userinfo && with_credentials) {
        add_encoded(&b, u->userinfo);
        mf_buf_byte(&b, '@');
    }
    mf_buf_str(&b, u->host);
    add_encoded(&b, path);
    if (mf_buf_check(&b, err) < 0)
        return -1;
    return mf_arena_dup(arena, mf_buf_view(&b), out, err);
}

static int parse_url(struct mf_str entry, struct mf_proxy *out, struct mf_arena *arena, struct mf_err *err)
{
    if (entry.n > URL_MAX)
        return refuse(err, "entry longer than 4096 bytes", mf_str_head(without_credentials(entry), 64));
    struct mf_str full = entry;
    if (has_any(entry, ".:/") && !has_path_mark(entry) && entry.p[0] != '/' &&
        mf_arena_join(arena, MF_LIT("https://"), entry, (struct mf_str){NULL, 0}, &full, err) < 0)
        return -1;
    struct url_parts u = {0};
    if (split_url(full, &u, err) < 0 || check_url(full, &u, err) < 0 || join_url(&u, true, &out->url, arena, err) < 0)
        return -1;
    return join_url(&u, false, &out->shown, arena, err);
}

int mf_proxies_parse_url(const char *what, struct mf_str text, struct mf_proxy *out, struct mf_arena *arena,
                         struct mf_err *err)
{
    if (parse_url(text, out, arena, err) == 0)
        return 0;
    mf_err_prefix(err, "%s", what);
    return err->code == MF_E_USAGE ? mf_err_next(err, "set %s to a URL such as https://proxy.example.com", what) : -1;
}

static enum mf_proxy_kind kind_of(struct mf_str entry)
{
    return mf_str_eq(entry, MF_LIT("off"))      ? MF_PROXY_OFF
           : mf_str_eq(entry, MF_LIT("direct")) ? MF_PROXY_DIRECT
                                                : MF_PROXY_URL;
}

static int parse_entry(struct mf_str entry, struct mf_proxy *out, struct mf_arena *arena, struct mf_err *err)
{
    out->kind = kind_of(entry);
    if (out->kind == MF_PROXY_URL) {
        if (mf_proxies_parse_url("GOPROXY", entry, out, arena, err) == 0)
            return 0;
        return err->code == MF_E_USAGE ? mf_err_next(err, "set GOPROXY to URLs such as https://proxy.example.com, "
                                                          "separated by commas")
                                       : -1;
    }
    if (mf_arena_dup(arena, entry, &out->url, err) < 0)
        return -1;
    out->shown = out->url;
    return 0;
}

/* Cuts the next entry off the list; *any_out: '|' follows it. */
static struct mf_str next_entry(struct mf_str *list, bool *any_out)
{
    size_t end = 0;
    while (end < list->n && list->p[end] != ',' && list->p[end] != '|')
        end++;
    const struct mf_str entry = mf_str_trim(mf_str_head(*list, end));
    *any_out = end < list->n && list->p[end] == '|';
    *list = mf_str_from(*list, end + 1);
    return entry;
}

/* A colon behind the scheme: that of a port, or that between user and password. */
static bool may_begin_password(struct mf_str entry)
{
    const char *mark = entry.n ? memmem(entry.p, entry.n, "://", 3) : NULL;
    const struct mf_str rest = mark ? mf_str_from(entry, (size_t)(mark - entry.p) + 3) : entry;
    return mf_str_find(rest, ':') < rest.n;
}

/* A password with a comma or bar in it is two entries to go, and to us: the first one
 * ends within the password, so it must neither be shown nor asked. The second one
 * tells: it has credentials and no scheme, and one before it has a colon. */
static int refuse_torn(struct mf_str value, struct mf_err *err)
{
    bool any, open = false; /* a password may have begun */
    for (size_t number = 1; value.n; number++) {
        const struct mf_str entry = next_entry(&value, &any);
        if (kind_of(entry) != MF_PROXY_URL)
            break;
        if (!open || has_path_mark(entry) || mf_str_find(entry, '@') == entry.n) {
            open = open || may_begin_password(entry);
            continue;
        }
        mf_err_set(err, MF_E_USAGE, "GOPROXY: entry %zu has credentials and no scheme", number);
        return mf_err_next(err, "write https:// before it; or where it is the rest of a password, write %%2C for a "
                                "comma in it and %%7C for a bar");
    }
    return 0;
}

/* Says so without a word of the entry, where one behind it has credentials: it may be
 * the beginning of a password. */
static int hide_entry(size_t number, struct mf_err *err)
{
    mf_err_set(err, MF_E_USAGE,
               "GOPROXY: entry %zu is not a URL that can be used; it is not shown, because an entry behind it has "
               "credentials",
               number);
    return mf_err_next(err, "set GOPROXY to URLs such as https://proxy.example.com, separated by commas; a comma in a "
                            "password is written as %%2C, a bar as %%7C");
}

int mf_proxies_add_noproxy(struct mf_proxies *p, struct mf_str patterns, struct mf_arena *arena, struct mf_err *err)
{
    if (!patterns.n || mf_str_eq(patterns, MF_LIT("none")) || p->list[0].kind == MF_PROXY_DIRECT)
        return 0;
    struct mf_proxy *list = mf_arena_array(arena, p->count + 1, sizeof(*list), err);
    if (!list)
        return -1;
    memcpy(list + 1, p->list, p->count * sizeof(*list));
    list[0] = (struct mf_proxy){MF_PROXY_NOPROXY, MF_LIT("noproxy"), MF_LIT("direct"), false};
    *p = (struct mf_proxies){list, p->count + 1};
    return 0;
}

unsigned mf_proxies_number(const struct mf_proxies *p, size_t i)
{
    return (unsigned)i + (p->list[0].kind != MF_PROXY_NOPROXY);
}

enum mf_proxy_way mf_proxies_way(const struct mf_proxy *entry, struct mf_str patterns, struct mf_str path)
{
    const bool private = mf_modpath_match_patterns(patterns, path);
    if (entry->kind == MF_PROXY_DIRECT || (entry->kind == MF_PROXY_NOPROXY && private))
        return MF_WAY_DIRECT;
    if (entry->kind == MF_PROXY_NOPROXY || private)
        return MF_WAY_NONE;
    return entry->kind == MF_PROXY_OFF ? MF_WAY_OFF : MF_WAY_PROXY;
}

int mf_proxies_parse(struct mf_str value, struct mf_proxies *out, struct mf_arena *arena, struct mf_err *err)
{
    size_t most = 1;
    for (size_t i = 0; i < value.n; i++)
        most += value.p[i] == ',' || value.p[i] == '|';
    if (most > LIST_MAX)
        return mf_err_set(err, MF_E_USAGE, "GOPROXY: more than %d entries", LIST_MAX);
    struct mf_proxies found = {mf_arena_array(arena, most, sizeof(*found.list), err), 0};
    if (!found.list)
        return -1;
    if (refuse_torn(value, err) < 0)
        return -1;
    for (size_t number = 1; value.n; number++) {
        bool any;
        const struct mf_str entry = next_entry(&value, &any);
        if (!entry.n)
            continue;
        struct mf_proxy *p = &found.list[found.count++];
        if (parse_entry(entry, p, arena, err) < 0)
            return err->code == MF_E_USAGE && mf_str_find(value, '@') < value.n ? hide_entry(number, err) : -1;
        if (p->kind != MF_PROXY_URL)
            break;
        p->falls_through = any;
    }
    if (!found.count)
        return mf_err_set(err, MF_E_USAGE, "GOPROXY: the list contains no entries");
    *out = found;
    return 0;
}

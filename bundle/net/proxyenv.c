#include "bundle/net/proxyenv.h"

#include <arpa/inet.h>
#include <stdio.h>

/* --- the proxies --- */

static struct mf_str first_of(char *(*getenv_fn)(const char *), const char *a, const char *b, const char **variable)
{
    *variable = mf_str(getenv_fn(a)).n ? a : b;
    return mf_str_trim(mf_str(getenv_fn(*variable)));
}

static const struct {
    const char *name, *used, *port;
} schemes[] = {
    {"http", "http", "80"}, {"https", "https", "443"}, {"socks5", "socks5h", "1080"}, {"socks5h", "socks5h", "1080"}};

static bool has_port(struct mf_str authority)
{
    size_t colon = mf_str_rfind(authority, ':');
    return colon < authority.n && mf_str_find(mf_str_from(authority, colon), ']') == authority.n - colon;
}

static bool is_host(struct mf_str authority)
{
    for (size_t i = 0; i < authority.n; i++)
        if ((unsigned char)authority.p[i] <= ' ' || strchr("\"<>\\^`{|}", authority.p[i]))
            return false;
    return authority.n > 0 && authority.p[0] != ':';
}

/* Appends the URL for curl: always with scheme and port. */
static int add_proxy(struct mf_buf *out, const char **scheme_out, const char *variable, struct mf_str value,
                     struct mf_err *err)
{
    size_t mark = value.n > 3 && memmem(value.p, value.n, "://", 3)
                      ? (size_t)((const char *)memmem(value.p, value.n, "://", 3) - value.p)
                      : value.n;
    struct mf_str scheme = mark < value.n ? mf_str_head(value, mark) : MF_LIT("http");
    struct mf_str rest = mark < value.n ? mf_str_from(value, mark + 3) : value;
    size_t end = 0;
    while (end < rest.n && !strchr("/?#", rest.p[end]))
        end++;
    rest = mf_str_head(rest, end);
    size_t at = mf_str_rfind(rest, '@');
    struct mf_str host = at < rest.n ? mf_str_from(rest, at + 1) : rest;
    for (size_t i = 0; i < MF_COUNT(schemes); i++) {
        if (scheme.n != strlen(schemes[i].name) || strncasecmp(scheme.p, schemes[i].name, scheme.n) != 0)
            continue;
        if (!is_host(host))
            break;
        *scheme_out = schemes[i].name;
        mf_buf_fmt(out, "%s://%.*s%s%s", schemes[i].used, MF_FMT(rest), has_port(host) ? "" : ":",
                   has_port(host) ? "" : schemes[i].port);
        return mf_buf_cstr(out) ? 0 : mf_buf_check(out, err);
    }
    mf_err_set(err, MF_E_USAGE, "%s: not the URL of an HTTP or SOCKS proxy: %.*s", variable, MF_FMT(host));
    return mf_err_next(err, "set %s to a URL such as http://proxy.example.com:3128 or socks5://proxy.example.com",
                       variable);
}

int mf_proxyenv_read(struct mf_proxyenv *p, char *(*getenv_fn)(const char *), struct mf_err *err)
{
    struct mf_str method = mf_str(getenv_fn("REQUEST_METHOD"));
    struct mf_str https = first_of(getenv_fn, "HTTPS_PROXY", "https_proxy", &p->https_variable);
    struct mf_str http = first_of(getenv_fn, method.n ? "http_proxy" : "HTTP_PROXY", "http_proxy", &p->http_variable);
    const char *variable;
    struct mf_str exceptions = first_of(getenv_fn, "NO_PROXY", "no_proxy", &variable);
    if ((https.n && add_proxy(&p->https, &p->https_scheme, p->https_variable, https, err) < 0) ||
        (http.n && add_proxy(&p->http, &p->http_scheme, p->http_variable, http, err) < 0))
        return -1;
    for (size_t i = 0; i < exceptions.n; i++) {
        char c = exceptions.p[i];
        mf_buf_byte(&p->exceptions, c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c);
    }
    return mf_buf_check(&p->exceptions, err) < 0 ? mf_err_prefix(err, "read %s", variable) : 0;
}

const char *mf_proxyenv_kind(const char *proxy)
{
    return strncmp(proxy, "socks", 5) == 0   ? "SOCKS proxy"
           : strncmp(proxy, "https", 5) == 0 ? "HTTPS proxy"
                                             : "HTTP proxy";
}

bool mf_proxyenv_wants_login(long status)
{
    return status == 407 || status == 401;
}

void mf_proxyenv_release(struct mf_proxyenv *p)
{
    mf_buf_release(&p->http);
    mf_buf_release(&p->https);
    mf_buf_release(&p->exceptions);
}

/* --- the exceptions --- */

/* An address in the form of IPv6, where ::ffff:0:0/96 stands for IPv4. */
struct address {
    unsigned char bytes[16];
    bool is_ip, is_v4;
};

static struct address parse_address(struct mf_str text)
{
    struct address a = {0};
    char copy[INET6_ADDRSTRLEN];
    if (text.n == 0 || text.n >= sizeof(copy))
        return a;
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    if (inet_pton(AF_INET, copy, a.bytes + 12) == 1)
        memset(a.bytes + 10, 0xff, 2);
    else if (inet_pton(AF_INET6, copy, a.bytes) != 1)
        return a;
    static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
    a.is_ip = true;
    a.is_v4 = memcmp(a.bytes, mapped, sizeof(mapped)) == 0;
    return a;
}

static bool is_loopback(const struct address *a)
{
    static const unsigned char one[16] = {[15] = 1};
    return a->is_v4 ? a->bytes[12] == 127 : a->is_ip && memcmp(a->bytes, one, sizeof(one)) == 0;
}

/* The length of a network's prefix; -1 where the text is none. */
static int parse_length(struct mf_str text, int most)
{
    int value = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9' || i > 2)
            return -1;
        value = 10 * value + text.p[i] - '0';
    }
    return text.n && value <= most ? value : -1;
}

/* 1 where the entry is a network that holds the address, 0 where not, -1 where
 * it is no network. */
static int in_network(struct mf_str entry, const struct address *a)
{
    size_t slash = mf_str_find(entry, '/');
    if (slash == entry.n)
        return -1;
    struct address network = parse_address(mf_str_head(entry, slash));
    int length = parse_length(mf_str_from(entry, slash + 1), network.is_v4 ? 32 : 128);
    if (!network.is_ip || length < 0)
        return -1;
    if (!a->is_ip || a->is_v4 != network.is_v4)
        return 0;
    length += network.is_v4 ? 96 : 0;
    for (int bit = 0; bit < length; bit++)
        if ((a->bytes[bit / 8] ^ network.bytes[bit / 8]) & (0x80 >> bit % 8))
            return 0;
    return 1;
}

static bool domain_matches(struct mf_str domain, struct mf_str host)
{
    if (mf_str_starts(domain, MF_LIT("*.")))
        domain = mf_str_from(domain, 1);
    if (domain.p[0] == '.')
        return mf_str_ends(host, domain);
    return mf_str_eq(host, domain) ||
           (mf_str_ends(host, domain) && host.n > domain.n && host.p[host.n - domain.n - 1] == '.');
}

static bool entry_matches(struct mf_str entry, struct mf_str host, struct mf_str port, const struct address *a)
{
    struct mf_str name = entry, only_port = {NULL, 0};
    size_t colon = mf_str_rfind(entry, ':');
    int network = in_network(entry, a);
    if (network >= 0)
        return network == 1;
    if (colon < entry.n && entry.p[0] == '[' && entry.p[colon - 1] == ']') {
        name = mf_str_head(mf_str_from(entry, 1), colon - 2);
        only_port = mf_str_from(entry, colon + 1);
    } else if (colon < entry.n && mf_str_find(entry, ':') == colon) {
        name = mf_str_head(entry, colon);
        only_port = mf_str_from(entry, colon + 1);
    }
    if (!name.n || (only_port.n && !mf_str_eq(only_port, port)))
        return false;
    struct address wanted = parse_address(name);
    if (wanted.is_ip || a->is_ip)
        return wanted.is_ip && a->is_ip && memcmp(wanted.bytes, a->bytes, sizeof(a->bytes)) == 0;
    return domain_matches(name, host);
}

static bool is_excepted(struct mf_str list, struct mf_str host, struct mf_str port, const struct address *a)
{
    while (list.p) {
        struct mf_str entry = mf_str_trim(mf_str_cut(list, ',', &list));
        if (mf_str_eq(entry, MF_LIT("*")) || (entry.n && entry_matches(entry, host, port, a)))
            return true;
    }
    return false;
}

const char *mf_proxyenv_for(const struct mf_proxyenv *p, bool secure, const char *host, const char *port)
{
    const struct mf_buf *proxy = secure ? &p->https : &p->http;
    char lower[256];
    if (!proxy->n)
        return NULL;
    snprintf(lower, sizeof(lower), "%s", host);
    for (char *c = lower; *c; c++)
        *c = *c >= 'A' && *c <= 'Z' ? (char)(*c - 'A' + 'a') : *c;
    struct address a = parse_address(mf_str(lower));
    if (mf_str_eq(mf_str(lower), MF_LIT("localhost")) || is_loopback(&a) ||
        is_excepted(mf_buf_view(&p->exceptions), mf_str(lower), mf_str(port), &a))
        return NULL;
    return proxy->p;
}

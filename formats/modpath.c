#include "formats/modpath.h"

#include <stdlib.h>

#include "formats/base/unicode.h"
#include "formats/semver.h"

enum kind { MODULE_PATH, IMPORT_PATH, FILE_PATH };

static const char *const kind_names[] = {"module", "import", "file"};

/* Names in messages are cut here, so that the reason behind them still fits. */
enum { SHOWN_MAX = 320 };

static struct mf_str shown(struct mf_str s)
{
    return mf_str_head(s, SHOWN_MAX);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static char upper_of(char c)
{
    return is_lower(c) ? (char)(c - 'a' + 'A') : c;
}

static bool rune_allowed(uint32_t rune, enum kind kind)
{
    if (rune >= 0x80)
        return kind == FILE_PATH && mf_rune_is_letter(rune);
    char c = (char)rune;
    if (is_digit(c) || is_lower(c) || is_upper(c))
        return true;
    switch (kind) {
    case MODULE_PATH:
        return c != '\0' && strchr("-._~", c);
    case IMPORT_PATH:
        return c != '\0' && strchr("-._~+", c);
    default:
        return c != '\0' && strchr("!#$%&()+,-.=@[]^_{}~ ", c);
    }
}

/* Device names of Windows, which cannot be file names there, whatever follows
 * the first dot. */
static bool is_device_name(struct mf_str s)
{
    char name[4];
    if (s.n != 3 && s.n != 4)
        return false;
    for (size_t i = 0; i < s.n; i++)
        name[i] = upper_of(s.p[i]);
    struct mf_str device = {name, 3};
    if (s.n == 4)
        return name[3] >= '1' && name[3] <= '9' &&
               (mf_str_eq(device, MF_LIT("COM")) || mf_str_eq(device, MF_LIT("LPT")));
    return mf_str_eq(device, MF_LIT("CON")) || mf_str_eq(device, MF_LIT("PRN")) || mf_str_eq(device, MF_LIT("AUX")) ||
           mf_str_eq(device, MF_LIT("NUL"));
}

/* `progra~1`: a tilde and digits at the end. */
static bool is_short_name(struct mf_str s)
{
    size_t digits = 0;
    while (digits < s.n && is_digit(s.p[s.n - 1 - digits]))
        digits++;
    return digits > 0 && digits < s.n && s.p[s.n - 1 - digits] == '~';
}

static int check_runes(struct mf_str elem, enum kind kind, struct mf_err *err)
{
    uint32_t rune;
    for (size_t i = 0, len; i < elem.n; i += len) {
        len = mf_utf8_decode(elem.p + i, elem.n - i, &rune);
        if (len == 0)
            return mf_err_set(err, MF_E_GOMOD, "invalid UTF-8");
        if (!rune_allowed(rune, kind))
            return rune ? mf_err_set(err, MF_E_GOMOD, "invalid char '%.*s'", (int)len, elem.p + i)
                        : mf_err_set(err, MF_E_GOMOD, "invalid char '\\x00'");
    }
    return 0;
}

static int check_elem(struct mf_str elem, enum kind kind, struct mf_err *err)
{
    size_t dots = 0;
    if (elem.n == 0)
        return mf_err_set(err, MF_E_GOMOD, "empty path element");
    while (dots < elem.n && elem.p[dots] == '.')
        dots++;
    if (dots == elem.n)
        return mf_err_set(err, MF_E_GOMOD, "invalid path element \"%.*s\"", MF_FMT(shown(elem)));
    if (dots > 0 && kind == MODULE_PATH)
        return mf_err_set(err, MF_E_GOMOD, "leading dot in path element");
    if (elem.p[elem.n - 1] == '.')
        return mf_err_set(err, MF_E_GOMOD, "trailing dot in path element");
    if (check_runes(elem, kind, err) < 0)
        return -1;
    struct mf_str stem = mf_str_head(elem, mf_str_find(elem, '.'));
    if (is_device_name(stem))
        return mf_err_set(err, MF_E_GOMOD, "\"%.*s\" disallowed as path element component on Windows", MF_FMT(stem));
    if (kind != FILE_PATH && is_short_name(stem))
        return mf_err_set(err, MF_E_GOMOD, "trailing tilde and digits in path element");
    return 0;
}

/* What the three kinds of path have in common. */
static int check_elems(struct mf_str path, enum kind kind, struct mf_err *err)
{
    if (!mf_utf8_valid(path))
        return mf_err_set(err, MF_E_GOMOD, "invalid UTF-8");
    if (path.n == 0)
        return mf_err_set(err, MF_E_GOMOD, "empty string");
    if (path.p[0] == '-' && kind != FILE_PATH)
        return mf_err_set(err, MF_E_GOMOD, "leading dash");
    if (memmem(path.p, path.n, "//", 2))
        return mf_err_set(err, MF_E_GOMOD, "double slash");
    if (path.p[path.n - 1] == '/')
        return mf_err_set(err, MF_E_GOMOD, "trailing slash");
    struct mf_str rest = path;
    while (rest.p) {
        struct mf_str elem = mf_str_cut(rest, '/', &rest);
        if (check_elem(elem, kind, err) < 0)
            return -1;
    }
    return 0;
}

/* What only the path of a module that can be fetched has to meet: its first
 * element is a domain name, its major suffix is well-formed. */
static int check_domain(struct mf_str path, struct mf_err *err)
{
    struct mf_str prefix;
    struct mf_str major;
    struct mf_str domain = mf_str_head(path, mf_str_find(path, '/'));
    if (mf_str_find(domain, '.') == domain.n)
        return mf_err_set(err, MF_E_GOMOD, "missing dot in first path element");
    for (size_t i = 0; i < domain.n; i++) {
        char c = domain.p[i];
        if (!is_lower(c) && !is_digit(c) && c != '-' && c != '.')
            return mf_err_set(err, MF_E_GOMOD, "invalid char '%c' in first path element", c);
    }
    if (!mf_modpath_split_major(path, &prefix, &major))
        return mf_err_set(err, MF_E_GOMOD, "invalid version");
    return 0;
}

static int malformed(struct mf_str path, enum kind kind, struct mf_err *err)
{
    return mf_err_prefix(err, "malformed %s path \"%.*s\"", kind_names[kind], MF_FMT(shown(path)));
}

int mf_modpath_check(struct mf_str path, struct mf_err *err)
{
    if (check_elems(path, MODULE_PATH, err) < 0 || check_domain(path, err) < 0)
        return malformed(path, MODULE_PATH, err);
    return 0;
}

int mf_importpath_check(struct mf_str path, struct mf_err *err)
{
    return check_elems(path, IMPORT_PATH, err) < 0 ? malformed(path, IMPORT_PATH, err) : 0;
}

int mf_filepath_check(struct mf_str path, struct mf_err *err)
{
    return check_elems(path, FILE_PATH, err) < 0 ? malformed(path, FILE_PATH, err) : 0;
}

/* `path` ends in "vN" behind the byte `mark`: the offset of that mark, or
 * path.n where it does not. Bytes of `digits` count as part of N. */
static size_t find_major(struct mf_str path, const char *digits, char mark)
{
    size_t i = path.n;
    while (i > 0 && path.p[i - 1] != '\0' && strchr(digits, path.p[i - 1]))
        i--;
    if (i <= 1 || path.p[i - 1] != 'v' || path.p[i - 2] != mark)
        return path.n;
    return i - 2;
}

/* gopkg.in paths always end in .vN, or .vN-unstable; .v0 and .v1 are allowed. */
static bool split_gopkg_in(struct mf_str path, struct mf_str *prefix, struct mf_str *major)
{
    struct mf_str stable = path;
    if (mf_str_ends(path, MF_LIT("-unstable")))
        stable.n -= strlen("-unstable");
    size_t at = find_major(stable, "0123456789", '.');
    /* Go lets `.v-unstable` pass here; no version fits it. */
    if (at == stable.n || path.n - at <= 2 || (path.p[at + 2] == '0' && path.n - at > strlen(".v0")))
        return false;
    *prefix = mf_str_head(path, at);
    *major = mf_str_from(path, at);
    return true;
}

bool mf_modpath_split_major(struct mf_str path, struct mf_str *prefix_out, struct mf_str *major_out)
{
    *prefix_out = path;
    *major_out = (struct mf_str){NULL, 0};
    if (mf_str_starts(path, MF_LIT("gopkg.in/")))
        return split_gopkg_in(path, prefix_out, major_out);
    size_t at = find_major(path, "0123456789.", '/');
    struct mf_str major = mf_str_from(path, at);
    if (major.n <= 2)
        return true;
    if (mf_str_find(major, '.') < major.n || major.p[2] == '0' || mf_str_eq(major, MF_LIT("/v1")))
        return false;
    *prefix_out = mf_str_head(path, at);
    *major_out = major;
    return true;
}

/* True where the version fits; else what its major version should be and is. */
static bool major_fits(struct mf_module m, struct mf_str *want, struct mf_str *have)
{
    struct mf_str prefix;
    struct mf_str major;
    struct mf_semver v;
    *have = (struct mf_str){NULL, 0};
    *want = MF_LIT("v0 or v1");
    bool valid = mf_semver_parse(m.version, &v);
    if (valid)
        *have = mf_str_head(m.version, 1 + v.major.n);
    if (!mf_modpath_split_major(m.path, &prefix, &major) || major.n == 0)
        return valid && (mf_str_eq(*have, MF_LIT("v0")) || mf_str_eq(*have, MF_LIT("v1")) ||
                         mf_str_eq(v.build, MF_LIT("+incompatible")));
    if (major.p[0] == '.' && mf_str_ends(major, MF_LIT("-unstable")))
        major.n -= strlen("-unstable");
    *want = mf_str_from(major, 1);
    /* Early pseudo-versions of gopkg.in/NAME.v1 began with v0.0.0. */
    if (mf_str_eq(major, MF_LIT(".v1")) && mf_str_starts(m.version, MF_LIT("v0.0.0-")))
        return true;
    return mf_str_eq(*have, *want);
}

int mf_modpath_check_major(struct mf_module m, struct mf_err *err)
{
    struct mf_str want;
    struct mf_str have;
    if (major_fits(m, &want, &have))
        return 0;
    return mf_err_set(err, MF_E_GOMOD, "version \"%.*s\" invalid: should be %.*s, not %.*s", MF_FMT(shown(m.version)),
                      MF_FMT(shown(want)), MF_FMT(shown(have)));
}

int mf_module_check(struct mf_module m, struct mf_err *err)
{
    struct mf_str want;
    struct mf_str have;
    if (mf_modpath_check(m.path, err) < 0)
        return -1;
    if (!mf_semver_valid(m.version))
        return mf_err_set(err, MF_E_GOMOD, "%.*s@%.*s: invalid version: not a semantic version", MF_FMT(shown(m.path)),
                          MF_FMT(shown(m.version)));
    if (!major_fits(m, &want, &have))
        return mf_err_set(err, MF_E_GOMOD, "%.*s@%.*s: invalid version: should be %.*s, not %.*s",
                          MF_FMT(shown(m.path)), MF_FMT(shown(m.version)), MF_FMT(shown(want)), MF_FMT(shown(have)));
    return 0;
}

void mf_modpath_escape(struct mf_str s, struct mf_buf *out)
{
    for (size_t i = 0; i < s.n; i++) {
        if (is_upper(s.p[i])) {
            mf_buf_byte(out, '!');
            mf_buf_byte(out, (char)(s.p[i] - 'A' + 'a'));
        } else {
            mf_buf_byte(out, s.p[i]);
        }
    }
}

bool mf_modpath_unescape(struct mf_str s, struct mf_buf *out)
{
    size_t before = out->n;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool bad = is_upper(c) || (unsigned char)c >= 0x80;
        if (c == '!') {
            i++;
            bad = i == s.n || !is_lower(s.p[i]);
            c = bad ? c : upper_of(s.p[i]);
        }
        if (bad) {
            mf_buf_truncate(out, before);
            return false;
        }
        mf_buf_byte(out, c);
    }
    return true;
}

int mf_module_order(struct mf_module a, struct mf_module b)
{
    int order = mf_str_cmp(a.path, b.path);
    if (order == 0)
        order = mf_modver_compare(a.path, a.version, b.version);
    return order ? order : mf_str_cmp(a.version, b.version);
}

bool mf_module_eq(struct mf_module a, struct mf_module b)
{
    return mf_str_eq(a.path, b.path) && mf_str_eq(a.version, b.version);
}

static int by_module(const void *a, const void *b)
{
    return mf_module_order(*(const struct mf_module *)a, *(const struct mf_module *)b);
}

const void *mf_module_find(const void *list, size_t count, size_t size, struct mf_module id)
{
    return count ? bsearch(&id, list, count, size, by_module) : NULL;
}

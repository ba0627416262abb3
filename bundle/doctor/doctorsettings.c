#include <stdio.h>
#include <stdlib.h>

#include "bundle/doctor/doctorparts.h"
#include "bundle/ownfile.h"
#include "formats/goenv.h"
#include "formats/gomod.h"
#include "formats/goproxyhosts.h"
#include "formats/semver.h"

/* --- what may be shown --- */

static bool ends_word(char c)
{
    return c == ',' || c == '|' || c == ';' || c == ' ' || c == '\t';
}

/* "https://" of a word; empty where it does not begin so. */
static struct mf_str scheme_of(struct mf_str word)
{
    size_t n = 0;
    while (n < word.n && ((word.p[n] >= 'a' && word.p[n] <= 'z') || (word.p[n] >= '0' && word.p[n] <= '9')))
        n++;
    return mf_str_starts(mf_str_from(word, n), MF_LIT("://")) ? mf_str_head(word, n + 3) : (struct mf_str){NULL, 0};
}

/* A word loses what stands before its last '@', however broken it is. */
static void hide_word(struct mf_str word, struct mf_buf *out)
{
    const size_t at = mf_str_rfind(word, '@');
    if (at == word.n)
        mf_buf_str(out, word);
    else
        mf_buf_fmt(out, "%.*s***%.*s", MF_FMT(scheme_of(word)), MF_FMT(mf_str_from(word, at)));
}

/* Words may be the pieces of one password: with one that has credentials and no scheme
 * goes all behind the first colon before it. */
void mf_doctor_hide(struct mf_str text, struct mf_buf *out)
{
    size_t begin = SIZE_MAX; /* of what may be a password, in `out` */
    while (text.n) {
        size_t end = 0;
        while (end < text.n && !ends_word(text.p[end]))
            end++;
        const struct mf_str word = mf_str_head(text, end), scheme = scheme_of(word);
        const size_t start = out->n + scheme.n;
        if (begin < out->n && !scheme.n && mf_str_find(word, '@') < word.n)
            mf_buf_truncate(out, begin);
        hide_word(word, out);
        if (begin == SIZE_MAX && mf_str_find(mf_str_from(word, scheme.n), ':') < word.n - scheme.n)
            begin = start;
        if (end < text.n)
            mf_buf_byte(out, text.p[end]);
        text = mf_str_from(text, end + 1);
    }
}

/* Of each way to get credentials its first word: arguments may be secret. */
static void hide_goauth(struct mf_str text, struct mf_buf *out)
{
    while (text.p) {
        struct mf_str one = mf_str_trim(mf_str_cut(text, ';', &text));
        const size_t blank = mf_str_find(one, ' ');
        mf_buf_fmt(out, "%s%.*s%s", out->n ? "; " : "", MF_FMT(mf_str_head(one, blank)), blank < one.n ? " ..." : "");
    }
}

/* Shows it unless it is empty. */
static void show(struct mf_doctor *d, const char *name, const struct mf_buf *text, enum mf_setting_source source)
{
    d->diagnosis->failed = d->diagnosis->failed || text->failed;
    if (text->n)
        mf_diagnosis_setting(d->diagnosis, name, mf_buf_view(text), mf_settings_source_name(source));
}

static void show_go_settings(struct mf_doctor *d)
{
    static const enum mf_setting shown[] = {MF_GOPROXY,   MF_GONOPROXY,  MF_GOPRIVATE, MF_GOSUMDB,
                                            MF_GONOSUMDB, MF_GOINSECURE, MF_GOAUTH,    MF_GOFLAGS};
    for (size_t i = 0; i < MF_COUNT(shown); i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MIB);
        const struct mf_str value = d->settings.value[shown[i]];
        if (shown[i] == MF_GOAUTH)
            hide_goauth(value, &text);
        else if (shown[i] != MF_GOFLAGS)
            mf_doctor_hide(value, &text);
        else if (mf_goenv_mod(value).n) /* what decides where modules come from */
            mf_buf_fmt(&text, "-mod=%.*s", MF_FMT(mf_goenv_mod(value)));
        show(d, mf_settings_name(shown[i]), &text, d->settings.source[shown[i]]);
    }
}

static void show_environment(struct mf_doctor *d)
{
    static const char *const names[] = {"HTTPS_PROXY", "https_proxy",   "HTTP_PROXY",   "http_proxy", "NO_PROXY",
                                        "no_proxy",    "SSL_CERT_FILE", "SSL_CERT_DIR", "NETRC"};
    for (size_t i = 0; i < MF_COUNT(names); i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MIB);
        mf_doctor_hide(mf_str(getenv(names[i])), &text);
        show(d, names[i], &text, MF_FROM_ENVIRONMENT);
    }
}

/* --- the project in the current directory --- */

/* The version that go.mod asks for, or with no module given its first one that a
 * proxy may be asked for. */
static void choose_required(struct mf_doctor *d, const struct mf_gomod *gomod)
{
    const struct mf_require *first = NULL;
    for (size_t i = 0; i < gomod->require_count; i++) {
        const struct mf_require *r = &gomod->requires[i];
        if (d->module.path.n && mf_str_eq(r->module.path, d->module.path) && !d->module.version.n)
            d->module.version = r->module.version;
        if (!first && !r->indirect && !mf_modpath_match_patterns(d->settings.value[MF_GONOPROXY], r->module.path))
            first = r;
    }
    if (!d->module.path.n && !d->options.url && first)
        d->module = first->module;
}

/* Adds what a file of the project says. One that is missing or does not parse says
 * nothing: this is not its check. */
static int read_file(struct mf_doctor *d, struct mf_dir here, const char *name, size_t most,
                     int (*take)(struct mf_doctor *, struct mf_str, struct mf_err *), struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf bytes = MF_BUF_INIT(most + 1);
    struct mf_str text;
    struct mf_err why = {0};
    const int rc = mf_ownfile_read(here, name, &bytes, &why);
    if (rc > 0 && mf_arena_dup(&d->arena, mf_buf_view(&bytes), &text, err) < 0)
        return -1;
    if (rc == 0 || (rc > 0 && take(d, text, &why) == 0) || why.code != MF_E_NOMEM)
        return 0;
    *err = why;
    return -1;
}

static int take_gomod(struct mf_doctor *d, struct mf_str text, struct mf_err *err)
{
    struct mf_gomod gomod;
    if (mf_gomod_parse(&gomod, text, MF_GOMOD_MAIN, "go.mod", &d->arena, err) < 0)
        return -1;
    choose_required(d, &gomod);
    return 0;
}

static int take_gosum(struct mf_doctor *d, struct mf_str text, struct mf_err *err)
{
    if (mf_gosum_add(&d->sums, text, "go.sum", &d->arena, err) < 0)
        return -1;
    d->has_sums = true;
    return 0;
}

static int read_project(struct mf_doctor *d, struct mf_err *err)
{
    MF_CLEANUP(mf_dir_release) struct mf_dir here = MF_DIR_NONE;
    if (mf_dir_open(&here, ".", false, err) < 0 || read_file(d, here, "go.mod", MF_GOMOD_MAX, take_gomod, err) < 0)
        return -1;
    return read_file(d, here, "go.sum", MF_GOSUM_MAX, take_gosum, err);
}

static int read_module(struct mf_doctor *d, struct mf_err *err)
{
    struct mf_str rest, path = mf_str_cut(mf_str(d->options.module), '@', &rest);
    struct mf_err why;
    if (!d->options.module)
        return 0;
    if (mf_modpath_check(path, &why) < 0)
        return mf_err_set(err, MF_E_USAGE, "%s: neither a URL nor a module: %s", d->options.module, why.text);
    if (rest.p && !mf_semver_canonical(rest, true) && !mf_str_eq(rest, MF_LIT("latest")))
        return mf_err_set(err, MF_E_USAGE, "%s: the version must be a full one such as v1.2.3, or latest",
                          d->options.module);
    d->module = (struct mf_module){path, mf_str_eq(rest, MF_LIT("latest")) ? (struct mf_str){NULL, 0} : rest};
    return 0;
}

/* --- GOPROXY --- */

static void report_bad(struct mf_doctor *d, const struct mf_err *why)
{
    struct mf_subject *s = mf_diagnosis_subject(d->diagnosis, "settings", MF_LIT("settings"));
    struct mf_finding *f = mf_diagnosis_add(d->diagnosis, s, "settings", MF_V_BAD_SETTING, "%s", why->text);
    mf_doctor_set(d, f, MF_GOPROXY, "https://PROXY,direct");
}

static int read_list(struct mf_doctor *d, struct mf_err *err)
{
    struct mf_err why;
    if (d->options.url) {
        d->proxies.list = mf_arena_array(&d->arena, 1, sizeof(*d->proxies.list), err);
        d->proxies.count = 1;
        return d->proxies.list ? mf_proxies_parse_url("URL", mf_str(d->options.url), d->proxies.list, &d->arena, err)
                               : -1;
    }
    if (mf_proxies_parse(d->settings.value[MF_GOPROXY], &d->proxies, &d->arena, &why) == 0)
        return 0;
    if (why.code != MF_E_USAGE) {
        *err = why;
        return -1;
    }
    d->proxies = (struct mf_proxies){NULL, 0};
    if (!d->options.mirrors)
        report_bad(d, &why);
    return 0;
}

static void note_vendor(struct mf_doctor *d)
{
    if (!mf_str_eq(mf_goenv_mod(d->settings.value[MF_GOFLAGS]), MF_LIT("vendor")))
        return;
    struct mf_subject *s = mf_diagnosis_subject(d->diagnosis, "settings", MF_LIT("settings"));
    mf_diagnosis_add(d->diagnosis, s, "settings", MF_V_VENDOR,
                     "GOFLAGS has -mod=vendor: `go build` takes modules from vendor/ and asks none of what follows");
}

int mf_doctor_settings(struct mf_doctor *d, struct mf_err *err)
{
    if (mf_settings_load(getenv, &d->settings, &d->arena, err) < 0 || read_module(d, err) < 0 ||
        read_project(d, err) < 0)
        return -1;
    if (d->options.mirrors && !d->module.path.n)
        d->module.path = MF_LIT(MF_GOPROXY_SAMPLE);
    d->private_module = d->module.path.n && mf_modpath_match_patterns(d->settings.value[MF_GONOPROXY], d->module.path);
    show_go_settings(d);
    show_environment(d);
    if (read_list(d, err) < 0)
        return -1;
    note_vendor(d);
    return 0;
}

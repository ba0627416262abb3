#include "bundle/doctor/doctorparts.h"

/* A word of a shell. */
static void add_quoted(struct mf_buf *out, struct mf_str text)
{
    bool plain = text.n > 0;
    for (size_t i = 0; i < text.n; i++)
        plain = plain && (((unsigned char)text.p[i] >= 0x80) || !strchr(" \t\"'\\$`|&;<>()*?[]#~!{}", text.p[i]));
    if (!plain)
        mf_buf_byte(out, '\'');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\'')
            mf_buf_str(out, MF_LIT("'\\'"));
        mf_buf_byte(out, text.p[i]);
    }
    if (!plain)
        mf_buf_byte(out, '\'');
}

void mf_doctor_set(struct mf_doctor *d, struct mf_finding *f, enum mf_setting setting, const char *value)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf word = MF_BUF_INIT(MF_MIB);
    const bool environment = d->settings.source[setting] == MF_FROM_ENVIRONMENT;
    const char *name = mf_settings_name(setting);
    if (!value) {
        mf_diagnosis_remedy(d->diagnosis, f, environment ? "unset %s" : "go env -u %s", name);
        return;
    }
    add_quoted(&word, mf_str(value));
    d->diagnosis->failed = d->diagnosis->failed || word.failed;
    mf_diagnosis_remedy(d->diagnosis, f, environment ? "export %s=%.*s" : "go env -w %s=%.*s", name,
                        MF_FMT(mf_buf_view(&word)));
}

static void set_list(struct mf_doctor *d, struct mf_finding *f, struct mf_buf *value)
{
    const char *text = mf_buf_cstr(value);
    d->diagnosis->failed = d->diagnosis->failed || !text;
    if (text)
        mf_doctor_set(d, f, MF_GOPROXY, text);
}

/* Credentials are not shown; whoever uses the command has to put them back. */
static void add_entry(struct mf_buf *out, const struct mf_proxy *p)
{
    const size_t mark = mf_str_eq(p->url, p->shown) ? p->shown.n : strlen("https://");
    if (mark < p->shown.n)
        mf_buf_fmt(out, "%.*sUSER:PASSWORD@%.*s", MF_FMT(mf_str_head(p->shown, mark)),
                   MF_FMT(mf_str_from(p->shown, mark)));
    else
        mf_buf_str(out, p->shown);
}

void mf_doctor_swap(struct mf_doctor *d, struct mf_finding *f, struct mf_str shown, const char *replacement)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf value = MF_BUF_INIT(MF_MIB);
    bool found = false, other = false;
    for (size_t i = 0; i < d->proxies.count; i++) {
        const bool it = mf_str_eq(d->proxies.list[i].shown, shown);
        found = found || it;
        other = other || (!it && d->proxies.list[i].kind == MF_PROXY_URL);
    }
    if (!found || d->options.url || d->options.mirrors) {
        if (replacement)
            mf_diagnosis_remedy(d->diagnosis, f, "use %s", replacement);
        return;
    }
    for (size_t i = 0; i < d->proxies.count; i++) {
        const struct mf_proxy *p = &d->proxies.list[i];
        const bool it = mf_str_eq(p->shown, shown);
        if (it && !replacement && other)
            continue;
        if (value.n)
            mf_buf_byte(&value, d->proxies.list[i - 1].falls_through ? '|' : ',');
        if (it)
            mf_buf_str(&value, replacement ? mf_str(replacement) : MF_LIT("https://ANOTHER-PROXY"));
        else
            add_entry(&value, p);
    }
    set_list(d, f, &value);
}

static void add_list(struct mf_buf *out, const struct mf_proxies *list)
{
    for (size_t i = 0; i < list->count; i++) {
        if (i)
            mf_buf_byte(out, list->list[i].kind == MF_PROXY_URL ? '|' : ',');
        add_entry(out, &list->list[i]);
    }
}

void mf_doctor_join(struct mf_doctor *d, struct mf_finding *f)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf value = MF_BUF_INIT(MF_MIB);
    add_list(&value, &d->proxies);
    set_list(d, f, &value);
}

void mf_doctor_recommend(struct mf_doctor *d, struct mf_finding *f, const struct mf_proxies *list, struct mf_str tail)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf value = MF_BUF_INIT(MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf word = MF_BUF_INIT(MF_MIB);
    add_list(&value, list);
    mf_buf_fmt(&value, "%s%.*s", tail.n ? "," : "", MF_FMT(tail));
    add_quoted(&word, mf_buf_view(&value));
    d->diagnosis->failed = d->diagnosis->failed || value.failed || word.failed;
    /* what the environment sets goes before what `go env -w` writes */
    mf_diagnosis_remedy(d->diagnosis, f, "%sgo env -w GOPROXY=%.*s",
                        d->settings.source[MF_GOPROXY] == MF_FROM_ENVIRONMENT ? "unset GOPROXY; " : "",
                        MF_FMT(mf_buf_view(&word)));
}

void mf_doctor_suggest_private(struct mf_doctor *d, struct mf_finding *f)
{
    const struct mf_str path = d->module.path;
    mf_diagnosis_remedy(d->diagnosis, f,
                        "go env -w GOPRIVATE=%.*s if this module is private; else check its path and version",
                        MF_FMT(mf_str_head(path, mf_str_find(path, '/'))));
}

void mf_doctor_replace_proxy(struct mf_doctor *d, struct mf_finding *f, const struct mf_probe_way *way)
{
    mf_diagnosis_remedy(d->diagnosis, f, "export %s=http://HOST:PORT of a proxy that works, or unset %s", way->variable,
                        way->variable);
}

void mf_doctor_log_in(struct mf_doctor *d, struct mf_finding *f, const struct mf_probe_way *way)
{
    const bool v6 = strchr(way->proxy_host, ':') != NULL;
    mf_diagnosis_remedy(d->diagnosis, f, "export %s=%s://USER:PASSWORD@%s%s%s:%s", way->variable, way->scheme,
                        v6 ? "[" : "", way->proxy_host, v6 ? "]" : "", way->proxy_port);
}

void mf_doctor_other_scheme(const struct mf_probe_way *way, struct mf_str url, struct mf_buf *out)
{
    const bool v6 = strchr(way->host, ':') != NULL;
    const struct mf_str rest = mf_str_from(url, way->secure ? strlen("https://") : strlen("http://"));
    mf_buf_fmt(out, "%s://%s%s%s:%s%.*s", way->secure ? "http" : "https", v6 ? "[" : "", way->host, v6 ? "]" : "",
               way->port, MF_FMT(mf_str_from(rest, mf_str_find(rest, '/'))));
}

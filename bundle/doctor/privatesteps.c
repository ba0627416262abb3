#include "bundle/doctor/doctorparts.h"

enum { PAGE_MAX = 1024 * 1024 };

/* The way to https://HOST, and what PATH there answers. `want_import`: it must name
 * a repository (`go help importpath`). */
static int look_at(struct mf_doctor *d, struct mf_subject *s, struct mf_str base, const char *path, bool want_import,
                   struct mf_err *err)
{
    MF_CLEANUP(mf_doctor_answer_release) struct mf_doctor_answer a = MF_DOCTOR_ANSWER_NONE;
    bool open, usable;
    if (mf_doctor_way(d, s, base, &open, err) < 0)
        return -1;
    if (!open)
        return 0;
    if (mf_doctor_ask(d, base, path, PAGE_MAX, -1, &a, err) < 0 ||
        mf_doctor_http(d, s, base, &a.transfer, true, &usable, err) < 0)
        return -1;
    if (!usable || !want_import)
        return 0;
    const struct mf_buf *body = &a.transfer.body;
    if (body->n && memmem(body->p, body->n, "go-import", strlen("go-import"))) {
        mf_diagnosis_add(d->diagnosis, s, "go-import", MF_V_OK, "the page names a repository");
        return 0;
    }
    struct mf_finding *f = mf_diagnosis_add(d->diagnosis, s, "go-import", MF_V_NO_GO_IMPORT,
                                            "the page (status %d) names no repository for %.*s", a.transfer.status,
                                            MF_FMT(d->module.path));
    mf_diagnosis_remedy(d->diagnosis, f, "git ls-remote https://%.*s", MF_FMT(d->module.path));
    return 0;
}

static struct mf_str host_of(struct mf_str path)
{
    return mf_str_head(path, mf_str_find(path, '/'));
}

int mf_doctor_origin(struct mf_doctor *d, const char *kind, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf path = MF_BUF_INIT(4 * MF_KIB);
    struct mf_str base;
    const struct mf_str host = host_of(d->module.path);
    if (mf_arena_join(&d->arena, MF_LIT("https://"), host, (struct mf_str){NULL, 0}, &base, err) < 0)
        return -1;
    mf_buf_fmt(&path, "%.*s?go-get=1", MF_FMT(mf_str_from(d->module.path, host.n)));
    const char *text = mf_buf_cstr(&path);
    if (!text)
        return mf_buf_check(&path, err);
    struct mf_subject *s = mf_diagnosis_subject(d->diagnosis, kind, base);
    mf_diagnosis_add(d->diagnosis, s, "settings", MF_V_DIRECT, "%.*s is fetched from its repository, by no proxy",
                     MF_FMT(d->module.path));
    return look_at(d, s, base, text, true, err);
}

static bool has_wildcard(struct mf_str text)
{
    for (size_t i = 0; i < text.n; i++)
        if (strchr("*?[]\\", text.p[i]))
            return true;
    return false;
}

static bool is_earlier(struct mf_str all, struct mf_str pattern, struct mf_str host)
{
    while (all.p) {
        struct mf_str one = mf_str_trim(mf_str_cut(all, ',', &all));
        if (one.p == pattern.p)
            return false;
        if (mf_str_eq(host_of(one), host))
            return true;
    }
    return false;
}

int mf_doctor_private(struct mf_doctor *d, struct mf_err *err)
{
    const struct mf_str all = d->settings.value[MF_GONOPROXY];
    struct mf_str rest = all;
    while (rest.p) {
        struct mf_str pattern = mf_str_trim(mf_str_cut(rest, ',', &rest));
        struct mf_str host = host_of(pattern), base;
        /* a first element without a dot is no host */
        if (!host.n || mf_str_find(host, '.') == host.n || is_earlier(all, pattern, host))
            continue;
        if (has_wildcard(host)) {
            struct mf_subject *s = mf_diagnosis_subject(d->diagnosis, "host", pattern);
            mf_diagnosis_add(d->diagnosis, s, "settings", MF_V_DIRECT,
                             "a pattern names no host: give a module of it to look at one");
            continue;
        }
        if (mf_arena_join(&d->arena, MF_LIT("https://"), host, (struct mf_str){NULL, 0}, &base, err) < 0 ||
            look_at(d, mf_diagnosis_subject(d->diagnosis, "host", base), base, "/", false, err) < 0)
            return -1;
    }
    return 0;
}

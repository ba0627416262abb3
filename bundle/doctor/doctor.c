#include "bundle/doctor/doctor.h"

#include <stdlib.h>

#include "bundle/doctor/doctorparts.h"
#include "formats/goproxyhosts.h"
#include "formats/gosumdb.h"

static void release(struct mf_doctor *d)
{
    mf_transport_free(&d->transport);
    mf_goauth_release(&d->goauth);
    mf_arena_release(&d->arena);
}

bool mf_doctor_is_local(const struct mf_err *why)
{
    switch (why->code) {
    case MF_E_NOMEM:
    case MF_E_IO:
    case MF_E_SPACE:
    case MF_E_ACCESS:
    case MF_E_BUSY:
    case MF_E_INTERRUPTED:
    case MF_E_TERMINATED:
        return true;
    default:
        return false;
    }
}

static int open_network(struct mf_doctor *d, struct mf_err *err)
{
    const struct mf_doctor_options *o = &d->options;
    const struct mf_transport_options transport = {
        .parallel = 1,
        .ca_file = o->ca_file,
        .client_cert = o->client_cert,
        .client_key = o->client_key,
        .user_agent = "modferry/" MODFERRY_VERSION,
        .stop = o->stop,
        .credentials = &d->goauth.credentials,
        .tries = 1,
        .connect_seconds = o->seconds,
        .answer_seconds = o->seconds,
        .stall_seconds = o->seconds,
        .total_seconds = o->seconds * MF_DOCTOR_BODY_FACTOR,
    };
    if (mf_goauth_open(&d->goauth, d->settings.value[MF_GOAUTH], getenv, o->stop, err) < 0)
        return -1;
    return mf_transport_new(&d->transport, &transport, err);
}

/* What is there so far is complete. */
static void show(const struct mf_doctor *d)
{
    if (d->options.show)
        d->options.show(d->options.show_ctx, d->diagnosis);
}

/* --- the entries of GOPROXY --- */

/* Without a module: what go asks a proxy about the checksum database. Each answer
 * but a web page will do, as it does for go. */
static int ask_supported(struct mf_doctor *d, struct mf_subject *s, const struct mf_proxy *p,
                         struct mf_doctor_served *out, struct mf_err *err)
{
    MF_CLEANUP(mf_doctor_answer_release) struct mf_doctor_answer a = MF_DOCTOR_ANSWER_NONE;
    MF_CLEANUP(mf_buf_release) struct mf_buf path = MF_BUF_INIT(4 * MF_KIB);
    struct mf_gosumdb db;
    struct mf_err why = {0};
    const bool known = mf_gosumdb_parse(d->settings.value[MF_GOSUMDB], &db, &d->arena, &why) == 0 && !db.off;
    if (mf_doctor_is_local(&why)) {
        *err = why;
        return -1;
    }
    mf_buf_fmt(&path, "/sumdb/%.*s/supported", MF_FMT(known ? db.key.name : MF_LIT(MF_GOSUMDB_DEFAULT)));
    const char *text = mf_buf_cstr(&path);
    if (!text)
        return mf_buf_check(&path, err);
    if (mf_doctor_ask(d, p->url, text, 64 * MF_KIB, -1, &a, err) < 0)
        return -1;
    return mf_doctor_http(d, s, p->shown, &a.transfer, false, &out->reached, err);
}

static int look_at_module(struct mf_doctor *d, struct mf_subject *s, const struct mf_proxy *p,
                          struct mf_doctor_served *out, struct mf_err *err)
{
    if (mf_doctor_list(d, s, p, out, err) < 0)
        return -1;
    if (!out->reached)
        return 0;
    if (!d->module.version.n)
        d->module.version = out->newest;
    if (d->module.version.n)
        return mf_doctor_files(d, s, p, out, err);
    mf_diagnosis_add(d->diagnosis, s, "list", MF_V_NO_VERSION, "%.*s has no version there", MF_FMT(d->module.path));
    return 0;
}

static int look_at_proxy(struct mf_doctor *d, const struct mf_proxy *p, struct mf_doctor_served *out,
                         struct mf_err *err)
{
    struct mf_subject *s = mf_diagnosis_subject(d->diagnosis, d->options.url ? "url" : "proxy", p->shown);
    bool open = mf_str_starts(p->url, MF_LIT("file://"));
    if (!open && mf_doctor_way(d, s, p->shown, &open, err) < 0)
        return -1;
    if (!open)
        return 0;
    if (!d->module.path.n || d->private_module)
        return ask_supported(d, s, p, out, err);
    return look_at_module(d, s, p, out, err);
}

static void report_off(struct mf_doctor *d)
{
    struct mf_subject *s = mf_diagnosis_subject(d->diagnosis, "proxy", MF_LIT("off"));
    /* a private module is fetched all the same */
    const bool alone = d->proxies.count == 1 && !d->private_module;
    struct mf_finding *f = mf_diagnosis_add(d->diagnosis, s, "settings", alone ? MF_V_PROXY_OFF : MF_V_OK, "%s",
                                            alone ? "GOPROXY=off: go fetches nothing"
                                                  : "the list ends here: nothing is fetched otherwise");
    if (alone)
        mf_doctor_set(d, f, MF_GOPROXY, NULL);
}

/* True where an entry before this one leaves nothing for it to do. */
static bool is_served_before(const struct mf_doctor *d, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (d->served[k].complete)
            return true;
    return false;
}

static int look_at_direct(struct mf_doctor *d, size_t i, struct mf_err *err)
{
    if (d->module.path.n && !d->private_module && !is_served_before(d, i))
        return mf_doctor_origin(d, "direct", err);
    struct mf_subject *s = mf_diagnosis_subject(d->diagnosis, "direct", MF_LIT("direct"));
    mf_diagnosis_add(d->diagnosis, s, "settings", MF_V_DIRECT, "%s",
                     d->private_module  ? "the module is private: its host is looked at below"
                     : d->module.path.n ? "not asked: an entry before it has the module"
                                        : "repositories themselves: give a module to look at its host");
    return 0;
}

static int look_at_entries(struct mf_doctor *d, struct mf_err *err)
{
    d->served = mf_arena_array(&d->arena, d->proxies.count + 1, sizeof(*d->served), err);
    if (!d->served)
        return -1;
    for (size_t i = 0; i < d->proxies.count; i++) {
        const struct mf_proxy *p = &d->proxies.list[i];
        int rc = 0;
        if (p->kind == MF_PROXY_OFF)
            report_off(d);
        else if (p->kind == MF_PROXY_DIRECT)
            rc = look_at_direct(d, i, err);
        else
            rc = look_at_proxy(d, p, &d->served[i], err);
        if (rc < 0)
            return -1;
        show(d);
    }
    return 0;
}

/* --- the list as a whole --- */

/* What go would do with the list: it stops at the first entry that fails with
 * another answer than 404 and 410, unless a '|' follows. */
static void judge_list(struct mf_doctor *d)
{
    const bool asks = d->module.path.n && !d->private_module;
    struct mf_subject *s;
    struct mf_finding *f;
    for (size_t i = 0; i < d->proxies.count; i++) {
        const struct mf_proxy *p = &d->proxies.list[i];
        const struct mf_doctor_served *served = &d->served[i];
        if (p->kind == MF_PROXY_DIRECT || served->complete || (!asks && served->reached))
            return;
        if (served->absent || p->kind == MF_PROXY_OFF)
            continue;
        if (p->falls_through || i + 1 == d->proxies.count)
            continue;
        s = mf_diagnosis_subject(d->diagnosis, "list", MF_LIT("GOPROXY"));
        f = mf_diagnosis_add(d->diagnosis, s, "route", MF_V_STOPS,
                             "go stops at %.*s: behind a comma it asks the next entry after 404 and 410 only",
                             MF_FMT(p->shown));
        mf_doctor_join(d, f);
        return;
    }
    if (!asks || mf_diagnosis_worst(d->diagnosis) >= MF_FOUND_FAILURE)
        return;
    s = mf_diagnosis_subject(d->diagnosis, "list", MF_LIT("GOPROXY"));
    f = mf_diagnosis_add(d->diagnosis, s, "route", MF_V_NOWHERE, "no entry has %.*s%s%.*s", MF_FMT(d->module.path),
                         d->module.version.n ? "@" : "", MF_FMT(d->module.version));
    mf_doctor_suggest_private(d, f);
}

static int look(struct mf_doctor *d, struct mf_err *err)
{
    if (d->options.mirrors)
        return mf_doctor_mirrors(d, err);
    show(d);
    if (look_at_entries(d, err) < 0)
        return -1;
    judge_list(d);
    show(d);
    if (d->private_module && mf_doctor_origin(d, "host", err) < 0)
        return -1;
    if (d->options.url)
        return 0;
    if (!d->module.path.n && mf_doctor_private(d, err) < 0)
        return -1;
    show(d);
    /* go that stops at its list, or may ask nobody, does not ask the database either */
    if (!d->proxies.count || d->proxies.list[0].kind == MF_PROXY_OFF)
        return 0;
    return mf_doctor_sumdb(d, err);
}

int mf_doctor_run(const struct mf_doctor_options *options, struct mf_diagnosis *out, struct mf_err *err)
{
    MF_CLEANUP(release)
    struct mf_doctor d = {
        .options = *options, .goauth = MF_GOAUTH_INIT, .diagnosis = out, .arena = MF_ARENA_INIT(512 * MF_MIB)};
    if (mf_doctor_settings(&d, err) < 0 || open_network(&d, err) < 0 || look(&d, err) < 0)
        return -1;
    return mf_diagnosis_check(out, err);
}

#include <stdio.h>

#include "bundle/doctor/doctorparts.h"
#include "bundle/httpstatus.h"
#include "bundle/net/tlsprobe.h"

enum { SLOW_MS = 2000 };

void mf_doctor_answer_release(struct mf_doctor_answer *a)
{
    mf_buf_release(&a->url);
    mf_buf_release(&a->transfer.body);
}

static void nothing(void *ctx, struct mf_transfer *t)
{
    (void)ctx, (void)t;
}

int mf_doctor_ask(struct mf_doctor *d, struct mf_str base, const char *path, uint64_t limit, int fd,
                  struct mf_doctor_answer *a, struct mf_err *err)
{
    mf_buf_release(&a->transfer.body);
    mf_buf_clear(&a->url);
    mf_buf_fmt(&a->url, "%.*s%s", MF_FMT(base), path);
    const char *url = mf_buf_cstr(&a->url);
    if (!url)
        return mf_buf_check(&a->url, err);
    a->transfer = (struct mf_transfer){.url = url, .limit = limit, .whole = true, .fd = fd, .done = nothing};
    if (mf_transport_submit(d->transport, &a->transfer, err) < 0)
        return -1;
    if (mf_transport_run(d->transport, err) < 0)
        return -1;
    if (a->transfer.outcome != MF_TRANSFER_FAILED || !mf_doctor_is_local(&a->transfer.error))
        return 0;
    *err = a->transfer.error;
    return -1;
}

/* --- verdicts --- */

static enum mf_verdict of_status(const struct mf_transfer *t)
{
    if (mf_httpstatus_of_proxy(t))
        return MF_V_PROXY_AUTH;
    switch (t->status) {
    case 401:
        return MF_V_AUTH_WANTED;
    case 403:
        return MF_V_FORBIDDEN;
    case 404:
    case 410:
        return MF_V_NOT_FOUND;
    case 429:
        return MF_V_RATE_LIMITED;
    default:
        return t->status >= 500 ? MF_V_SERVER_ERROR : MF_V_BAD_STATUS;
    }
}

static enum mf_verdict of_cause(const struct mf_transfer *t)
{
    switch (t->cause) {
    case MF_CAUSE_CONNECTION:
    case MF_CAUSE_TLS:
        return MF_V_REDIRECT_DOWN; /* the first connection was there */
    case MF_CAUSE_NO_ANSWER:
        return MF_V_NO_ANSWER;
    case MF_CAUSE_STALLED:
        return MF_V_STALLED;
    case MF_CAUSE_TOO_LONG:
        return MF_V_TOO_SLOW;
    case MF_CAUSE_TRUNCATED:
        return MF_V_TRUNCATED;
    case MF_CAUSE_EMPTY:
        return MF_V_EMPTY_ANSWER;
    case MF_CAUSE_RESET:
        return MF_V_CONNECTION_BROKEN;
    case MF_CAUSE_NOT_HTTP:
        return MF_V_NOT_HTTP;
    case MF_CAUSE_ENCODING:
        return MF_V_BAD_ENCODING;
    case MF_CAUSE_REDIRECT:
        return MF_V_BAD_REDIRECT;
    default:
        return MF_V_REQUEST_FAILED;
    }
}

enum mf_verdict mf_doctor_judge(const struct mf_transfer *t)
{
    switch (t->outcome) {
    case MF_TRANSFER_OK:
        return t->html ? MF_V_WEB_PAGE : MF_V_OK;
    case MF_TRANSFER_STATUS:
        return of_status(t);
    case MF_TRANSFER_TOO_BIG:
        return MF_V_TOO_BIG;
    default:
        return of_cause(t);
    }
}

/* --- causes and remedies --- */

/* The words are masked and cut off when they become a finding. */
static const char *words_of(const struct mf_transfer *t, enum mf_verdict v, char status[MF_HTTPSTATUS_SIZE])
{
    if (t->outcome == MF_TRANSFER_STATUS) {
        mf_httpstatus_text(t, status);
        const size_t n = strlen(status);
        if (v == MF_V_PROXY_AUTH && t->status == 401)
            snprintf(status + n, MF_HTTPSTATUS_SIZE - n,
                     ": of the forward proxy for a wrong password, or of the server");
        return status;
    }
    return v == MF_V_WEB_PAGE ? "a web page (text/html) instead of what was asked for: a captive portal, a login page, "
                                "or not a module proxy"
                              : t->error.text;
}

/* The URL has user and password, which are wrong and go before all others. */
static void advise_own_login(struct mf_doctor *d, struct mf_finding *f, struct mf_str shown)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf url = MF_BUF_INIT(32 * MF_KIB);
    mf_buf_fmt(&url, "https://USER:PASSWORD@%.*s", MF_FMT(mf_str_from(shown, strlen("https://"))));
    const char *text = mf_buf_cstr(&url);
    d->diagnosis->failed = d->diagnosis->failed || !text;
    if (text)
        mf_doctor_swap(d, f, shown, text);
}

static void advise_auth(struct mf_doctor *d, struct mf_finding *f, struct mf_str shown, const struct mf_transfer *t)
{
    struct mf_probe_way way;
    struct mf_err ignored;
    if (mf_str_starts(shown, MF_LIT("http:")) || mf_probe_find_way(d->transport, shown.p, &way, &ignored) < 0) {
        mf_diagnosis_remedy(d->diagnosis, f, "use an https URL: credentials are sent to no other");
        return;
    }
    if (t->from.own_login) {
        advise_own_login(d, f, shown);
        return;
    }
    if (t->from.authorized) {
        mf_diagnosis_remedy(d->diagnosis, f,
                            "correct user and password for %s in ~/.netrc, or what the command in GOAUTH says",
                            way.host);
        return;
    }
    if (mf_str_eq(d->settings.value[MF_GOAUTH], MF_LIT("off"))) {
        mf_doctor_set(d, f, MF_GOAUTH, "netrc");
        return;
    }
    const char *port = strcmp(way.port, "443") == 0 ? "" : way.port;
    mf_diagnosis_remedy(d->diagnosis, f,
                        "echo machine %s%s%s login USER password PASSWORD >> ~/.netrc; chmod 600 ~/.netrc", way.host,
                        port[0] ? ":" : "", port);
}

static void advise(struct mf_doctor *d, struct mf_finding *f, enum mf_verdict v, struct mf_str shown,
                   const struct mf_transfer *t)
{
    struct mf_probe_way way;
    struct mf_err ignored;
    switch (v) {
    case MF_V_AUTH_WANTED:
        advise_auth(d, f, shown, t);
        return;
    case MF_V_PROXY_AUTH:
        if (mf_probe_find_way(d->transport, shown.p, &way, &ignored) == 0 && way.proxy && !way.tunnels)
            mf_doctor_log_in(d, f, &way);
        return;
    case MF_V_NOT_FOUND:
        if (d->module.path.n)
            mf_doctor_suggest_private(d, f);
        return;
    case MF_V_RATE_LIMITED:
        mf_diagnosis_remedy(d->diagnosis, f, "sleep %u; then pack with --connections 1",
                            t->wait_seconds ? t->wait_seconds : 60);
        return;
    default:
        mf_doctor_swap(d, f, shown, NULL);
    }
}

struct mf_finding *mf_doctor_blame(struct mf_doctor *d, struct mf_subject *s, const char *step, enum mf_verdict v,
                                   struct mf_str shown, const struct mf_transfer *t)
{
    char status[MF_HTTPSTATUS_SIZE];
    struct mf_finding *f = mf_diagnosis_add(d->diagnosis, s, step, v, "%s", words_of(t, v, status));
    f->milliseconds = (int64_t)(t->total_us / 1000);
    if (t->status)
        mf_diagnosis_number(d->diagnosis, f, "status", t->status);
    if (t->received)
        mf_diagnosis_number(d->diagnosis, f, "bytes", (int64_t)t->received);
    advise(d, f, v, shown, t);
    return f;
}

/* --- the first answer --- */

/* Plain HTTP was spoken to a port. Where TLS is what it wants, `secure` becomes the
 * URL for that. */
static int wants_tls(struct mf_doctor *d, struct mf_str shown, const struct mf_transfer *t, struct mf_buf *secure,
                     bool *out, struct mf_err *err)
{
    struct mf_tlsprobe probe;
    struct mf_probe_way way;
    const bool odd = t->outcome == MF_TRANSFER_FAILED
                         ? t->cause == MF_CAUSE_NOT_HTTP || t->cause == MF_CAUSE_EMPTY || t->cause == MF_CAUSE_RESET
                         : t->status == 400;
    *out = false;
    if (!mf_str_starts(shown, MF_LIT("http://")) || !odd)
        return 0;
    if (mf_probe_find_way(d->transport, shown.p, &way, err) < 0)
        return -1;
    mf_doctor_other_scheme(&way, shown, secure);
    const char *text = mf_buf_cstr(secure);
    if (!text)
        return mf_buf_check(secure, err);
    if (mf_tlsprobe_run(d->transport, text, MF_ROOTS_ANY, &probe, err) < 0)
        return -1;
    *out = probe.outcome == MF_TLSPROBE_OK;
    return 0;
}

static void report_tls_port(struct mf_doctor *d, struct mf_subject *s, struct mf_str shown, const char *secure)
{
    struct mf_finding *f =
        mf_diagnosis_add(d->diagnosis, s, "http", MF_V_TLS_PORT, "this port speaks TLS, not plain HTTP");
    mf_doctor_swap(d, f, shown, secure);
}

/* A folder answers in the same terms. */
static const char *step_of(struct mf_str shown)
{
    return mf_str_starts(shown, MF_LIT("file://")) ? "file" : "http";
}

static void report_answer(struct mf_doctor *d, struct mf_subject *s, struct mf_str shown, const struct mf_transfer *t)
{
    const long long first = (long long)(t->first_byte_us / 1000);
    const enum mf_verdict v = first > SLOW_MS ? MF_V_SLOW_ANSWER : MF_V_OK;
    const char *step = step_of(shown);
    struct mf_finding *f;
    if (step[0] == 'f') {
        f = mf_diagnosis_add(d->diagnosis, s, step, v, "as status %d", t->status);
    } else {
        f = mf_diagnosis_add(d->diagnosis, s, step, v, "status %d, first byte after %lld ms", t->status, first);
        f->milliseconds = (int64_t)(t->total_us / 1000);
        mf_diagnosis_number(d->diagnosis, f, "first_byte_ms", first);
    }
    mf_diagnosis_number(d->diagnosis, f, "status", t->status);
}

int mf_doctor_http(struct mf_doctor *d, struct mf_subject *s, struct mf_str shown, const struct mf_transfer *t,
                   bool any_status, bool *usable_out, struct mf_err *err)
{
    const enum mf_verdict v = mf_doctor_judge(t);
    const bool answers = v == MF_V_OK || v == MF_V_NOT_FOUND ||
                         (any_status && v != MF_V_PROXY_AUTH && v != MF_V_RATE_LIMITED && v != MF_V_SERVER_ERROR &&
                          (t->outcome == MF_TRANSFER_STATUS || v == MF_V_WEB_PAGE || v == MF_V_TOO_BIG));
    MF_CLEANUP(mf_buf_release) struct mf_buf secure = MF_BUF_INIT(32 * MF_KIB);
    bool tls;
    *usable_out = false;
    if (wants_tls(d, shown, t, &secure, &tls, err) < 0)
        return -1;
    if (tls) {
        report_tls_port(d, s, shown, secure.p);
    } else if (answers) {
        report_answer(d, s, shown, t);
        *usable_out = true;
    } else {
        mf_doctor_blame(d, s, step_of(shown), v, shown, t);
    }
    return 0;
}

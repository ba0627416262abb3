#include <stdio.h>
#include <time.h>

#include "bundle/doctor/doctorparts.h"
#include "bundle/net/proxyenv.h"
#include "bundle/net/tlsprobe.h"
#include "formats/timetext.h"

enum { SOON_DAYS = 14, DAY = 86400 };

/* --- forward proxies --- */

static void advise_proxy(struct mf_doctor *d, const struct mf_probe_way *way, struct mf_finding *f)
{
    mf_diagnosis_remedy(
        d->diagnosis, f,
        "export NO_PROXY=${NO_PROXY:-$no_proxy},%s to go without it, or have the proxy allow %s port %s", way->host,
        way->host, way->port);
}

static void report_proxy_status(struct mf_doctor *d, struct mf_subject *s, const struct mf_probe_way *way, long status)
{
    const bool wants_auth = mf_proxyenv_wants_login(status);
    const enum mf_verdict v = wants_auth                       ? MF_V_PROXY_AUTH
                              : status >= 500 && status <= 504 ? MF_V_PROXY_NO_ROUTE
                                                               : MF_V_PROXY_REFUSES;
    struct mf_finding *f =
        mf_diagnosis_add(d->diagnosis, s, "proxy", v, "the %s %s port %s answers CONNECT with status %ld%s", way->proxy,
                         way->proxy_host, way->proxy_port, status,
                         wants_auth                 ? ": it wants a user and a password, or other ones"
                         : v == MF_V_PROXY_NO_ROUTE ? ": it does not reach the server"
                                                    : ": it does not allow this connection");
    mf_diagnosis_number(d->diagnosis, f, "status", status);
    if (wants_auth)
        mf_doctor_log_in(d, f, way);
    else
        advise_proxy(d, way, f);
}

static void report_socks(struct mf_doctor *d, struct mf_subject *s, const struct mf_probe_way *way,
                         enum mf_tlsprobe_socks says)
{
    const enum mf_verdict v = says == MF_SOCKS_AUTH          ? MF_V_PROXY_AUTH
                              : says == MF_SOCKS_UNREACHABLE ? MF_V_PROXY_NO_ROUTE
                                                             : MF_V_PROXY_REFUSES;
    struct mf_finding *f =
        mf_diagnosis_add(d->diagnosis, s, "proxy", v, "the SOCKS proxy %s port %s %s", way->proxy_host, way->proxy_port,
                         says == MF_SOCKS_AUTH          ? "wants another user and password"
                         : says == MF_SOCKS_UNREACHABLE ? "does not reach the server"
                                                        : "does not allow this connection");
    if (says == MF_SOCKS_AUTH)
        mf_doctor_log_in(d, f, way);
    else
        advise_proxy(d, way, f);
}

/* Says what the proxy did. False where the matter is not the proxy's. */
static bool report_proxy(struct mf_doctor *d, struct mf_subject *s, const struct mf_probe_way *way,
                         const struct mf_tlsprobe *t)
{
    struct mf_finding *f;
    switch (t->outcome) {
    case MF_TLSPROBE_PROXY_STATUS:
        report_proxy_status(d, s, way, t->status);
        return true;
    case MF_TLSPROBE_PROXY_SOCKS:
        report_socks(d, s, way, t->proxy_says);
        return true;
    case MF_TLSPROBE_PROXY_SILENT:
        f = mf_diagnosis_add(d->diagnosis, s, "proxy", MF_V_PROXY_SILENT,
                             "the %s %s port %s answered nothing within %u s", way->proxy, way->proxy_host,
                             way->proxy_port, d->options.seconds);
        break;
    case MF_TLSPROBE_PROXY_GARBLED:
        f = mf_diagnosis_add(d->diagnosis, s, "proxy", MF_V_PROXY_GARBLED,
                             "%s port %s does not answer as the %s that %s says it is: %s", way->proxy_host,
                             way->proxy_port, way->proxy, way->variable, t->detail);
        break;
    case MF_TLSPROBE_PROXY_TLS:
        f = mf_diagnosis_add(d->diagnosis, s, "proxy", MF_V_PROXY_UNTRUSTED, "TLS with the %s %s port %s: %s",
                             way->proxy, way->proxy_host, way->proxy_port, t->detail);
        mf_diagnosis_remedy(d->diagnosis, f,
                            "export SSL_CERT_FILE=FILE with the roots of the system and that of the proxy");
        return true;
    default:
        return false;
    }
    mf_doctor_replace_proxy(d, f, way);
    return true;
}

/* --- certificates --- */

static void add_chain(struct mf_doctor *d, struct mf_finding *f, const struct mf_tlsprobe *t)
{
    char when[MF_TIMETEXT_UTC];
    for (size_t i = 0; i < t->count; i++) {
        char line[400];
        const bool dated = t->chain[i].expires >= 0 && mf_timetext_utc(t->chain[i].expires, when);
        snprintf(line, sizeof(line), "%s; issued by %s; until %s", t->chain[i].subject, t->chain[i].issuer,
                 dated ? when : "?");
        mf_diagnosis_item(d->diagnosis, f, "chain", mf_str(line));
    }
}

static int64_t days_left(const struct mf_tlsprobe_certificate *c)
{
    return c->expires < 0 ? INT64_MAX : (c->expires - (int64_t)time(NULL)) / DAY;
}

static struct mf_finding *add_distrust(struct mf_doctor *d, struct mf_subject *s, const struct mf_tlsprobe *t,
                                       const struct mf_tlsprobe *shown)
{
    const struct mf_tlsprobe_certificate none = {.subject = "?", .issuer = "?", .expires = -1};
    const struct mf_tlsprobe_certificate *c = shown->count ? &shown->chain[0] : &none;
    char when[MF_TIMETEXT_UTC] = "?";
    (void)!mf_timetext_utc(c->expires, when);
    if (t->outcome == MF_TLSPROBE_WRONG_NAME)
        return mf_diagnosis_add(d->diagnosis, s, "tls", MF_V_WRONG_NAME,
                                "the certificate is for %s (%s), not for this host", c->subject,
                                c->names[0] ? c->names : "no other name");
    switch (t->why) {
    case MF_DISTRUST_SELF_SIGNED:
        return mf_diagnosis_add(d->diagnosis, s, "tls", MF_V_SELF_SIGNED,
                                "the certificate of %s is signed by itself, and not trusted here", c->subject);
    case MF_DISTRUST_EXPIRED:
        return mf_diagnosis_add(d->diagnosis, s, "tls", MF_V_CERTIFICATE_EXPIRED,
                                "a certificate has expired (that of %s: %s), or the clock of this machine is wrong",
                                c->subject, when);
    case MF_DISTRUST_NOT_YET:
        return mf_diagnosis_add(d->diagnosis, s, "tls", MF_V_CERTIFICATE_TOO_NEW,
                                "a certificate is not valid yet, or the clock of this machine is wrong");
    case MF_DISTRUST_ISSUER:
        return mf_diagnosis_add(d->diagnosis, s, "tls", MF_V_INTERCEPTION_SUSPECTED,
                                "signed by %s, which no root trusted here vouches for: somebody on the way opens TLS "
                                "connections, or it is a server with a root of its own",
                                c->issuer);
    default:
        return mf_diagnosis_add(d->diagnosis, s, "tls", MF_V_UNTRUSTED, "%s", t->detail);
    }
}

static int report_distrust(struct mf_doctor *d, struct mf_subject *s, const char *url, const struct mf_tlsprobe *t,
                           struct mf_err *err)
{
    struct mf_tlsprobe shown;
    if (mf_tlsprobe_run(d->transport, url, MF_ROOTS_ANY, &shown, err) < 0)
        return -1;
    struct mf_finding *f = add_distrust(d, s, t, &shown);
    f->milliseconds = t->milliseconds;
    add_chain(d, f, &shown);
    if (f->verdict == MF_V_SELF_SIGNED || f->verdict == MF_V_INTERCEPTION_SUSPECTED)
        mf_diagnosis_remedy(
            d->diagnosis, f,
            "export SSL_CERT_FILE=FILE with the roots of the system and the one that signs here, once those "
            "who run the network have confirmed it; modferry takes --ca FILE as well");
    else if (f->verdict == MF_V_WRONG_NAME)
        mf_doctor_swap(d, f, s->name, NULL);
    return 0;
}

/* Whether the answer to plain HTTP shows that the port speaks that. One for TLS may
 * answer 400, and say so; a forward proxy has refusals of its own, but for one that tunnels. */
static bool speaks_plain(const struct mf_transfer *t, const struct mf_probe_way *by)
{
    if (t->outcome == MF_TRANSFER_FAILED || t->status == 400)
        return false;
    return !by->proxy || by->tunnels || (t->status != 401 && t->status != 403 && t->status != 407 && t->status < 500);
}

/* TLS was spoken to a port, and what came back was none. */
static int report_no_tls(struct mf_doctor *d, struct mf_subject *s, const struct mf_probe_way *way, const char *secure,
                         const struct mf_tlsprobe *t, struct mf_err *err)
{
    MF_CLEANUP(mf_doctor_answer_release) struct mf_doctor_answer plain = MF_DOCTOR_ANSWER_NONE;
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(32 * MF_KIB);
    struct mf_probe_way by;
    struct mf_finding *f;
    mf_doctor_other_scheme(way, mf_str(secure), &text);
    const char *url = mf_buf_cstr(&text);
    if (!url)
        return mf_buf_check(&text, err);
    if (mf_doctor_ask(d, mf_str(url), "/", 64 * MF_KIB, -1, &plain, err) < 0)
        return -1;
    if (mf_probe_find_way(d->transport, url, &by, err) < 0)
        return -1;
    if (speaks_plain(&plain.transfer, &by)) {
        f = mf_diagnosis_add(d->diagnosis, s, "tls", MF_V_PLAIN_HTTP_PORT, "port %s speaks plain HTTP, not TLS",
                             way->port);
        mf_doctor_swap(d, f, s->name, url);
    } else if (t->outcome == MF_TLSPROBE_LATE) {
        f = mf_diagnosis_add(d->diagnosis, s, "tls", MF_V_TLS_TIMEOUT,
                             "connected, and no handshake within %u s: something on the way swallows it",
                             d->options.seconds);
        mf_doctor_swap(d, f, s->name, NULL);
    } else if (t->outcome == MF_TLSPROBE_RESET) {
        f = mf_diagnosis_add(d->diagnosis, s, "tls", MF_V_TLS_RESET,
                             "the connection was cut off during the handshake: a firewall that looks at names, or a "
                             "server that is not ready");
        mf_doctor_swap(d, f, s->name, NULL);
    } else {
        f = mf_diagnosis_add(d->diagnosis, s, "tls", MF_V_TLS_REFUSED, "the handshake failed: %s", t->detail);
        mf_doctor_swap(d, f, s->name, NULL);
    }
    f->milliseconds = t->milliseconds;
    return 0;
}

static void finish_trusted(struct mf_doctor *d, struct mf_finding *f, const struct mf_tlsprobe *t, int64_t days)
{
    f->milliseconds = t->milliseconds;
    if (days != INT64_MAX)
        mf_diagnosis_number(d->diagnosis, f, "days_left", days);
    add_chain(d, f, t);
}

static int report_trusted(struct mf_doctor *d, struct mf_subject *s, const char *url, const struct mf_tlsprobe *t,
                          struct mf_err *err)
{
    const struct mf_tlsprobe_certificate *c = &t->chain[0];
    const char *subject = t->count ? c->subject : "?", *issuer = t->count ? c->issuer : "?";
    const int64_t days = t->count ? days_left(c) : INT64_MAX;
    struct mf_tlsprobe system = {.outcome = MF_TLSPROBE_OK};
    if (mf_probe_has_own_roots(d->transport) && mf_tlsprobe_run(d->transport, url, MF_ROOTS_SYSTEM, &system, err) < 0)
        return -1;
    const bool private = system.outcome == MF_TLSPROBE_UNTRUSTED;
    if (private)
        finish_trusted(d,
                       mf_diagnosis_add(d->diagnosis, s, "tls", MF_V_PRIVATE_ROOT,
                                        "signed by %s, trusted through --ca, SSL_CERT_FILE or SSL_CERT_DIR alone: a "
                                        "root of your own, or of somebody who opens TLS connections on the way",
                                        issuer),
                       t, days);
    if (days < SOON_DAYS)
        finish_trusted(d,
                       mf_diagnosis_add(d->diagnosis, s, "tls", MF_V_EXPIRES_SOON,
                                        "the certificate of %s expires in %lld days", subject, (long long)days),
                       t, days);
    else if (!private)
        finish_trusted(d, mf_diagnosis_add(d->diagnosis, s, "tls", MF_V_OK, "%s, issued by %s", subject, issuer), t,
                       days);
    return 0;
}

/* The proxy and the handshake are one connection. */
static int look_at_handshake(struct mf_doctor *d, struct mf_subject *s, const struct mf_probe_way *way, const char *url,
                             bool *open_out, struct mf_err *err)
{
    struct mf_tlsprobe t;
    if (mf_tlsprobe_run(d->transport, url, MF_ROOTS_AS_SET, &t, err) < 0)
        return -1;
    *open_out = t.outcome == MF_TLSPROBE_OK;
    if (way->proxy && report_proxy(d, s, way, &t))
        return 0;
    if (way->proxy)
        mf_diagnosis_add(d->diagnosis, s, "proxy", MF_V_OK, "the %s %s port %s makes the connection", way->proxy,
                         way->proxy_host, way->proxy_port);
    switch (t.outcome) {
    case MF_TLSPROBE_OK:
        return way->secure ? report_trusted(d, s, url, &t, err) : 0;
    case MF_TLSPROBE_UNTRUSTED:
    case MF_TLSPROBE_WRONG_NAME:
        return report_distrust(d, s, url, &t, err);
    case MF_TLSPROBE_NO_CONNECTION: /* though the addresses took one */
        mf_diagnosis_add(d->diagnosis, s, "tls", MF_V_CONNECT_FAILED, "a second connection could not be made: %s",
                         t.detail);
        return 0;
    default:
        return report_no_tls(d, s, way, url, &t, err);
    }
}

int mf_doctor_way(struct mf_doctor *d, struct mf_subject *s, struct mf_str shown, bool *open_out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(32 * MF_KIB);
    struct mf_probe_way way;
    struct mf_err why;
    *open_out = false;
    mf_buf_str(&text, shown);
    const char *url = mf_buf_cstr(&text);
    if (!url)
        return mf_buf_check(&text, err);
    if (mf_probe_find_way(d->transport, url, &way, &why) < 0) {
        if (mf_doctor_is_local(&why)) {
            *err = why;
            return -1;
        }
        mf_diagnosis_add(d->diagnosis, s, "settings", MF_V_BAD_SETTING, "%s", why.text);
        return 0;
    }
    if (mf_doctor_connect(d, s, &way, way.proxy != NULL, open_out, err) < 0)
        return -1;
    if (!*open_out || (!way.secure && !way.tunnels))
        return 0;
    return look_at_handshake(d, s, &way, url, open_out, err);
}

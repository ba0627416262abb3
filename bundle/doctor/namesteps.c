#include <stdio.h>

#include "bundle/doctor/doctorparts.h"
#include "bundle/net/connectprobe.h"
#include "bundle/net/nameservers.h"

enum { ASK_SECONDS = 2 }; /* of name servers, one by one, after the C library has given up */

/* What is looked up and connected to. */
struct target {
    struct mf_subject *subject;
    const char *host, *port;
    bool proxy;
    const struct mf_probe_way *way;
};

/* Another forward proxy, or none; or another entry. */
static void advise(struct mf_doctor *d, const struct target *t, struct mf_finding *f)
{
    if (t->proxy)
        mf_doctor_replace_proxy(d, f, t->way);
    else
        mf_doctor_swap(d, f, t->subject->name, NULL);
}

/* --- names --- */

static const struct {
    enum mf_verdict verdict;
    const char *words;
} of_server[] = {
    [MF_NAMESERVER_SILENT] = {MF_V_RESOLVER_SILENT, "does not answer"},
    [MF_NAMESERVER_ANSWERS] = {MF_V_LOOKUP_UNSTEADY, "answers now, and did not when it was asked before"},
    [MF_NAMESERVER_NO_NAME] = {MF_V_NAME_UNKNOWN, "says that the name does not exist"},
    [MF_NAMESERVER_REFUSES] = {MF_V_RESOLVER_REFUSES, "refuses to answer"},
    [MF_NAMESERVER_FAILS] = {MF_V_RESOLVER_FAILS, "answers that it failed (SERVFAIL)"},
    [MF_NAMESERVER_CLOSED] = {MF_V_RESOLVER_DOWN, "is not there: its port is closed"},
    [MF_NAMESERVER_UNREACHABLE] = {MF_V_RESOLVER_UNREACHABLE, "cannot be reached: no way leads there"},
};

/* Asks each name server why the C library got nowhere. */
static int blame_servers(struct mf_doctor *d, const struct target *t, const char *step,
                         const struct mf_hostlookup *found, struct mf_err *err)
{
    struct mf_nameserver servers[MF_NAMESERVERS_MAX];
    char words[400] = "";
    size_t count, used = 0;
    if (mf_nameservers_ask(t->host, ASK_SECONDS, d->options.stop, servers, &count, err) < 0)
        return -1;
    for (size_t i = 0; i < count && used < sizeof(words); i++)
        used += (size_t)snprintf(words + used, sizeof(words) - used, "%sname server %s %s", i ? "; " : "",
                                 servers[i].text, of_server[servers[i].answer].words);
    /* what the first server says is what the library met first; it asks this machine where none is set */
    const enum mf_nameserver_answer first = count ? servers[0].answer : MF_NAMESERVER_CLOSED;
    struct mf_finding *f = mf_diagnosis_add(d->diagnosis, t->subject, step, of_server[first].verdict, "%s: %s", t->host,
                                            count ? words : "no name server could be asked");
    f->milliseconds = found->milliseconds;
    if (first == MF_NAMESERVER_NO_NAME)
        advise(d, t, f);
    return 0;
}

static int blame_lookup(struct mf_doctor *d, const struct target *t, const char *step,
                        const struct mf_hostlookup *found, struct mf_err *err)
{
    struct mf_finding *f;
    if (found->outcome == MF_HOSTLOOKUP_UNKNOWN) {
        f = mf_diagnosis_add(d->diagnosis, t->subject, step, MF_V_NAME_UNKNOWN, "%s: there is no such name here (%s)",
                             t->host, found->detail);
        advise(d, t, f);
    } else if (found->outcome == MF_HOSTLOOKUP_FAILED) {
        f = mf_diagnosis_add(d->diagnosis, t->subject, step, MF_V_LOOKUP_FAILED, "%s: %s", t->host, found->detail);
        mf_diagnosis_remedy(d->diagnosis, f, "getent hosts %s", t->host);
    } else {
        return blame_servers(d, t, step, found, err);
    }
    f->milliseconds = found->milliseconds;
    return 0;
}

static bool is_address(const char *host)
{
    unsigned char bytes[16];
    return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

static void report_names(struct mf_doctor *d, const struct target *t, const char *step,
                         const struct mf_hostlookup *found)
{
    char text[MF_FINDING_TEXT] = "";
    size_t used = 0;
    for (size_t i = 0; i < found->count && used < sizeof(text); i++)
        used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i ? ", " : "", found->addresses[i].text);
    struct mf_finding *f = mf_diagnosis_add(d->diagnosis, t->subject, step, MF_V_OK, "%s: %s", t->host, text);
    f->milliseconds = found->milliseconds;
    for (size_t i = 0; i < found->count; i++)
        mf_diagnosis_item(d->diagnosis, f, "addresses", mf_str(found->addresses[i].text));
}

/* --- connections --- */

static const struct {
    enum mf_verdict verdict;
    const char *words;
} of_connection[] = {
    [MF_CONNECTPROBE_LATE] = {MF_V_CONNECT_TIMEOUT, "no answer: dropped on the way, or the host is down"},
    [MF_CONNECTPROBE_CONNECTED] = {MF_V_OK, "connected"},
    [MF_CONNECTPROBE_REFUSED] = {MF_V_CONNECTION_REFUSED, "connection refused: nothing listens there, or a firewall "
                                                          "rejects it"},
    [MF_CONNECTPROBE_RESET] = {MF_V_CONNECTION_REFUSED, "connection reset"},
    [MF_CONNECTPROBE_NO_HOST] = {MF_V_HOST_UNREACHABLE, "host unreachable"},
    [MF_CONNECTPROBE_NO_NETWORK] = {MF_V_NETWORK_UNREACHABLE, "network unreachable: no route leads there"},
    [MF_CONNECTPROBE_FORBIDDEN] = {MF_V_CONNECT_FORBIDDEN, "forbidden: a route or firewall of this machine"},
    [MF_CONNECTPROBE_FAILED] = {MF_V_CONNECT_FAILED, "failed"},
};

/* An address of the family that this machine does not have is nobody's fault. */
static bool is_excused(const struct mf_connectprobe *one)
{
    return one->outcome == MF_CONNECTPROBE_NO_NETWORK;
}

static void report_connections(struct mf_doctor *d, const struct target *t, const char *step,
                               const struct mf_hostlookup *found, const struct mf_connectprobe *results)
{
    char text[MF_FINDING_TEXT] = "";
    size_t used = 0, good = found->count, bad = found->count;
    for (size_t i = 0; i < found->count; i++) {
        const bool fine = results[i].outcome == MF_CONNECTPROBE_CONNECTED;
        if (fine && good == found->count)
            good = i;
        if (!fine && (bad == found->count || (is_excused(&results[bad]) && !is_excused(&results[i]))))
            bad = i;
        if (used < sizeof(text))
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s port %s: %s", i ? "; " : "",
                                     found->addresses[i].text, t->port, of_connection[results[i].outcome].words);
    }
    enum mf_verdict v = good < found->count ? MF_V_OK : of_connection[results[bad].outcome].verdict;
    if (good < found->count && bad < found->count && !is_excused(&results[bad]))
        v = MF_V_SOME_ADDRESSES_FAIL;
    struct mf_finding *f = mf_diagnosis_add(d->diagnosis, t->subject, step, v, "%s", text);
    f->milliseconds = results[good < found->count ? good : bad].milliseconds;
    if (v == MF_V_SOME_ADDRESSES_FAIL)
        mf_diagnosis_remedy(d->diagnosis, f, "have the addresses that fail taken out of the name %s", t->host);
    else if (v == MF_V_CONNECT_FORBIDDEN)
        mf_diagnosis_remedy(d->diagnosis, f, "ip route get %s; nft list ruleset", found->addresses[bad].text);
    else if (v != MF_V_OK)
        advise(d, t, f);
}

int mf_doctor_connect(struct mf_doctor *d, struct mf_subject *s, const struct mf_probe_way *way, bool proxy,
                      bool *open_out, struct mf_err *err)
{
    const struct target t = {s, proxy ? way->proxy_host : way->host, proxy ? way->proxy_port : way->port, proxy, way};
    const char *step = proxy ? "proxy-dns" : "dns";
    struct mf_connectprobe results[MF_HOSTLOOKUP_MAX];
    struct mf_hostlookup found;
    *open_out = false;
    if (mf_hostlookup_run(t.host, t.port, d->options.seconds, d->options.stop, &found, err) < 0)
        return -1;
    if (found.outcome != MF_HOSTLOOKUP_FOUND)
        return blame_lookup(d, &t, step, &found, err);
    if (!is_address(t.host))
        report_names(d, &t, step, &found);
    if (mf_connectprobe_run(found.addresses, found.count, d->options.seconds, d->options.stop, results, err) < 0)
        return -1;
    report_connections(d, &t, proxy ? "proxy-tcp" : "tcp", &found, results);
    for (size_t i = 0; i < found.count; i++)
        *open_out = *open_out || results[i].outcome == MF_CONNECTPROBE_CONNECTED;
    return 0;
}

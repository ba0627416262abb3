#include "cmd/traceline.h"

#include <stdio.h>

#include "cmd/output.h"
#include "cmd/report.h"
#include "formats/base/clock.h"

const char *mf_traceline_source(enum mf_watch_source source)
{
    static const char *const names[] = {
        [MF_WATCH_NOWHERE] = "nowhere", [MF_WATCH_STORE] = "store",           [MF_WATCH_GOMODCACHE] = "gomodcache",
        [MF_WATCH_PROXY] = "proxy",     [MF_WATCH_REPOSITORY] = "repository", [MF_WATCH_SUMDB] = "sumdb"};
    return names[source];
}

static const char *end_name(enum mf_netend end)
{
    static const char *const names[] = {
        [MF_NETEND_OK] = "ok",       [MF_NETEND_STATUS] = "status",     [MF_NETEND_FAILED] = "failed",
        [MF_NETEND_RETRY] = "retry", [MF_NETEND_REDIRECT] = "redirect", [MF_NETEND_CREDENTIALS] = "credentials",
        [MF_NETEND_ANEW] = "anew",   [MF_NETEND_DROPPED] = "dropped"};
    return names[end];
}

static void set_text(json_t **o, const char *key, const char *text)
{
    if (text)
        mf_output_set(o, key, mf_output_string(mf_str(text)));
}

static void set_slice(json_t **o, const char *key, struct mf_str text)
{
    if (text.n)
        mf_output_set(o, key, mf_output_string(text));
}

static void set_number(json_t **o, const char *key, uint64_t number)
{
    mf_output_set(o, key, json_integer((json_int_t)number));
}

/* Left out where it did not take place. */
static void set_time(json_t **o, const char *key, int64_t us)
{
    if (us >= 0)
        mf_output_set(o, key, json_integer(us));
}

json_t *mf_traceline_request(const struct mf_netrequest *r, int64_t began_us)
{
    json_t *o = json_object();
    set_text(&o, "event", "request");
    set_time(&o, "at_us", r->began_us - began_us);
    set_number(&o, "transfer", r->transfer);
    set_number(&o, "request", r->number);
    if (r->entry)
        set_number(&o, "entry", r->entry);
    set_text(&o, "method", r->method);
    set_text(&o, "url", r->url);
    if (r->range_from)
        set_number(&o, "range_from", r->range_from);
    set_text(&o, "forward_proxy", r->proxy);
    mf_output_set(&o, "authorized", json_boolean(r->authorized));
    mf_output_set(&o, "reused", json_boolean(r->reused));
    set_time(&o, "dns_us", r->dns_us);
    set_time(&o, "connect_us", r->connect_us);
    set_time(&o, "tls_us", r->tls_us);
    set_time(&o, "first_byte_us", r->first_byte_us);
    set_time(&o, "total_us", r->total_us);
    set_number(&o, "bytes", r->bytes);
    if (r->status)
        set_number(&o, "status", (uint64_t)r->status);
    set_text(&o, "http", r->http);
    set_text(&o, "end", end_name(r->end));
    set_text(&o, "reason", r->reason);
    if (r->end == MF_NETEND_RETRY)
        set_time(&o, "pause_us", r->pause_ms * 1000);
    set_text(&o, "to", r->to);
    return o;
}

json_t *mf_traceline_file(const struct mf_watch_file *f, int64_t began_us)
{
    json_t *o = json_object();
    set_text(&o, "event", "file");
    set_time(&o, "at_us", mf_clock_us() - began_us);
    set_text(&o, "what", f->what);
    set_slice(&o, "module", f->module.path);
    set_slice(&o, "version", f->module.version);
    set_slice(&o, "name", f->name);
    set_text(&o, "source", mf_traceline_source(f->source));
    set_slice(&o, "from", f->from);
    if (f->entry)
        set_number(&o, "entry", f->entry);
    if (f->transfer)
        set_number(&o, "transfer", f->transfer);
    if (f->size != UINT64_MAX)
        set_number(&o, "size", f->size);
    if (f->source == MF_WATCH_NOWHERE)
        set_text(&o, "error", mf_code_name(f->failed));
    return o;
}

static void add_end(struct mf_buf *line, const struct mf_netrequest *r)
{
    char size[MF_OUTPUT_SIZE];
    if (r->end == MF_NETEND_OK && r->range_from)
        mf_buf_fmt(line, ", the rest from byte %llu", (unsigned long long)r->range_from);
    if (r->end == MF_NETEND_OK)
        mf_buf_fmt(line, ", %s", mf_output_size(r->bytes, size));
    else if (r->end == MF_NETEND_DROPPED)
        mf_buf_fmt(line, "%sdropped", r->status ? ", " : "");
    else if (r->end == MF_NETEND_REDIRECT)
        mf_buf_fmt(line, ", redirected to %s", r->to ? r->to : "nowhere");
    else if (r->reason && (!r->status || r->status == 200))
        mf_buf_fmt(line, "%s%s", r->status ? ", " : "", r->reason);
    if (r->end == MF_NETEND_RETRY)
        mf_buf_fmt(line, "; again in %.1f s", (double)r->pause_ms / 1000);
    if (r->end == MF_NETEND_CREDENTIALS || r->end == MF_NETEND_ANEW)
        mf_buf_fmt(line, "; again %s", r->end == MF_NETEND_ANEW ? "from the beginning" : "with credentials");
}

void mf_traceline_tell_request(const struct mf_netrequest *r)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf line = MF_BUF_INIT(8 * MF_KIB);
    mf_buf_fmt(&line, "%s %s", r->method, r->url);
    if (r->proxy)
        mf_buf_fmt(&line, " through %s", r->proxy);
    mf_buf_str(&line, MF_LIT(": "));
    if (r->status)
        mf_buf_fmt(&line, "%d", r->status);
    if (r->http)
        mf_buf_fmt(&line, " HTTP/%s", r->http);
    add_end(&line, r);
    mf_report_detail("%.*s, %.2f s", MF_FMT(mf_buf_view(&line)), (double)r->total_us / 1e6);
}

/* What a transfer brought was told with its request. */
void mf_traceline_tell_file(const struct mf_watch_file *f)
{
    if (f->source == MF_WATCH_PROXY || f->source == MF_WATCH_SUMDB)
        return;
    const char *where = f->source == MF_WATCH_NOWHERE ? mf_code_name(f->failed) : mf_traceline_source(f->source);
    if (f->name.n)
        mf_report_detail("%.*s: %s", MF_FMT(f->name), where);
    else if (f->module.version.n)
        mf_report_detail("%.*s@%.*s %s: %s", MF_FMT(f->module.path), MF_FMT(f->module.version), f->what, where);
    else
        mf_report_detail("%.*s %s: %s", MF_FMT(f->module.path), f->what, where);
}

#include "bundle/net/httptransfer.h"

#include "formats/base/clock.h"
#include "formats/base/dir.h"

enum { DISCARD_MAX = 64 * 1024, ANSWER_MAX = 16 * 1024, HEAD_MAX = 256 * 1024 };

/* --- the answer --- */

static bool has_type(CURL *easy, const char *wanted)
{
    const char *type = NULL;
    const size_t n = strlen(wanted);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    return type && strncasecmp(type, wanted, n) == 0 && (!type[n] || type[n] == ';' || type[n] == ' ');
}

void mf_httptransfer_answered(struct mf_httptransfer *h)
{
    struct mf_httpcourse *c = h->course;
    curl_off_t length = -1;
    h->started = true;
    curl_easy_getinfo(h->easy, CURLINFO_RESPONSE_CODE, &h->status);
    curl_easy_getinfo(h->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    if (h->status == 206 && c->resume.kept && mf_httpresume_fits(&c->resume, h->easy)) {
        c->t->pieced = true;
        h->status = 200;
    } else if (h->status == 206 && c->resume.kept) {
        h->resume_refused = true;
    } else if (h->status == 200 && !mf_httpcourse_reset(c)) {
        h->local_failure = true;
        mf_err_set(&c->t->error, MF_E_IO, "cut a fetched file back to its beginning");
    }
    if (h->status == 200)
        h->too_big = !c->t->head_only && length > 0 && (uint64_t)length > c->t->limit - c->t->received;
    else
        h->keeps_text = c->t->any_status || has_type(h->easy, "text/plain");
    c->t->html = has_type(h->easy, "text/html");
}

/* Keeps the start of an error text and lets the rest pass, so that the
 * connection stays usable; an endless one is cut off. */
static size_t take_error_body(struct mf_httptransfer *h, const char *p, size_t n)
{
    struct mf_buf *text = &h->course->text;
    size_t keep = h->keeps_text ? text->max - text->n : 0;
    mf_buf_add(text, p, keep < n ? keep : n);
    h->discarded += n;
    h->enough = h->discarded > (h->course->t->any_status ? text->max : DISCARD_MAX);
    return h->enough ? 0 : n;
}

static size_t on_body(char *p, size_t size, size_t count, void *ctx)
{
    struct mf_httptransfer *h = ctx;
    struct mf_transfer *t = h->course->t;
    size_t n = size * count;
    if (!h->started)
        mf_httptransfer_answered(h);
    if (h->local_failure || h->resume_refused)
        return 0;
    if (h->status != 200)
        return take_error_body(h, p, n);
    h->too_big = h->too_big || n > t->limit - t->received;
    if (h->too_big)
        return 0;
    t->received += n;
    if (t->fd >= 0) {
        h->local_failure = mf_write_full(t->fd, p, n, "a fetched file", &t->error) < 0;
    } else {
        mf_buf_add(&t->body, p, n);
        h->local_failure = mf_buf_check(&t->body, &t->error) < 0;
    }
    return h->local_failure ? 0 : n;
}

static size_t on_header(char *p, size_t size, size_t count, void *ctx)
{
    struct mf_httptransfer *h = ctx;
    size_t n = size * count;
    h->answered = true;
    h->moved_ms = mf_clock_ms();
    if (n > 5 && memcmp(p, "HTTP/", 5) == 0)
        mf_buf_clear(&h->answer); /* only the last one of several counts */
    if (h->common->options.credentials)
        mf_buf_add(&h->answer, p, n);
    h->head_bytes += n;
    h->head_too_big = h->head_bytes > HEAD_MAX;
    return h->head_too_big ? 0 : n;
}

/* Ends a transfer that does not move; a slow one that does lives. */
static int on_progress(void *ctx, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
    struct mf_httptransfer *h = ctx;
    const struct mf_transport_options *o = &h->common->options;
    const int64_t clock = mf_clock_ms();
    curl_off_t ready = 0;
    (void)total, (void)up_total, (void)up;
    if (!h->sent_ms) {
        curl_easy_getinfo(h->easy, CURLINFO_PRETRANSFER_TIME_T, &ready);
        h->sent_ms = h->moved_ms = ready ? clock : 0;
        return 0;
    }
    if (now != h->moved_bytes)
        h->moved_ms = clock;
    h->moved_bytes = now;
    if (!h->answered && clock - h->sent_ms > (int64_t)o->answer_seconds * 1000)
        h->late = MF_HTTP_NO_ANSWER;
    else if (h->answered && clock - h->moved_ms > (int64_t)o->stall_seconds * 1000)
        h->late = MF_HTTP_STALLED;
    else if (o->total_seconds && clock - h->sent_ms > (int64_t)o->total_seconds * 1000)
        h->late = MF_HTTP_TOO_LONG;
    return h->late != MF_HTTP_IN_TIME;
}

/* --- setting up --- */

static bool add_header(struct mf_httptransfer *h, const char *line)
{
    struct curl_slist *longer = curl_slist_append(h->headers, line);
    h->headers = longer ? longer : h->headers;
    return longer != NULL;
}

static bool add_headers(struct mf_httptransfer *h, struct mf_str lines)
{
    bool good = true;
    h->authorized = lines.n > 0;
    while (good && lines.p) {
        MF_CLEANUP(mf_buf_wipe) struct mf_buf line = MF_BUF_INIT(16 * MF_KIB);
        mf_buf_str(&line, mf_str_cut(lines, '\n', &lines));
        const char *text = mf_buf_cstr(&line);
        good = text && (!text[0] || add_header(h, text));
    }
    return good;
}

bool mf_httpcommon_route(CURL *easy, const struct mf_httpurl *url, const char *proxy)
{
    /* "" and not NULL, or curl looks into the environment by rules of its own */
    return curl_easy_setopt(easy, CURLOPT_URL, url->text) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, proxy ? proxy : "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_NOPROXY, "") == CURLE_OK;
}

bool mf_httpcommon_certify(const struct mf_httpcommon *common, CURL *easy)
{
    const struct mf_transport_options *o = &common->options;
    return !o->client_cert ||
           (curl_easy_setopt(easy, CURLOPT_SSLCERT, o->client_cert) == CURLE_OK &&
            curl_easy_setopt(easy, CURLOPT_SSLKEY, o->client_key ? o->client_key : o->client_cert) == CURLE_OK &&
            curl_easy_setopt(easy, CURLOPT_KEYPASSWD, "") == CURLE_OK);
}

/* Credentials are those of the URL that was asked for, and go to its origin. */
static bool set_credentials(struct mf_httptransfer *h, const struct mf_httpurl *first)
{
    const struct mf_transport_options *o = &h->common->options;
    if (!h->url.secure || !mf_httpurl_same_origin(&h->url, first))
        return true;
    if (!h->course->t->unverified && !mf_httpcommon_certify(h->common, h->easy))
        return false;
    if (!first->user)
        return !o->credentials || add_headers(h, mf_credentials_find(o->credentials, mf_str(first->text)));
    MF_CLEANUP(mf_buf_wipe) struct mf_buf line = MF_BUF_INIT(16 * MF_KIB);
    mf_credentials_basic(mf_str(first->user), mf_str(first->password), &line);
    const char *text = mf_buf_cstr(&line);
    h->authorized = h->own_login = true;
    return text && add_header(h, text);
}

static void set_plain(struct mf_httptransfer *h)
{
    CURL *easy = h->easy;
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOBODY, h->course->t->head_only ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, h->course->t->unverified ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, h->course->t->unverified ? 0L : 2L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)h->common->options.connect_seconds);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, h);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, h);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, h);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, h->detail);
}

/* These copy their text, so they can run out of memory; and a curl without the
 * protocol option must not be used at all. */
static bool set_texts(struct mf_httptransfer *h, const struct mf_httpurl *first)
{
    const struct mf_httpcourse *c = h->course;
    CURL *easy = h->easy;
    const bool encoded = !c->t->head_only && !c->resume.kept;
    h->proxy = mf_proxyenv_for(&h->common->env, h->url.secure, h->url.host, h->url.port);
    return mf_httpcommon_route(easy, &h->url, h->proxy) &&
           curl_easy_setopt(easy, CURLOPT_USERAGENT, h->common->options.user_agent) == CURLE_OK &&
           (!encoded || curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "") == CURLE_OK) &&
           mf_caroots_set(&h->common->roots, easy) == CURLE_OK && set_credentials(h, first) &&
           (!c->resume.kept || mf_httpresume_headers(&c->resume, &h->headers)) &&
           (!h->headers || curl_easy_setopt(easy, CURLOPT_HTTPHEADER, h->headers) == CURLE_OK);
}

int mf_httptransfer_begin(struct mf_httptransfer *h, struct mf_httpcourse *course, const struct mf_httpcommon *common,
                          struct mf_err *err)
{
    MF_CLEANUP(mf_httpurl_release) struct mf_httpurl first = MF_HTTPURL_NONE;
    CURL *easy = h->easy ? h->easy : curl_easy_init();
    if (!easy)
        return mf_err_nomem(err);
    curl_easy_reset(easy);
    *h = (struct mf_httptransfer){
        .easy = easy, .course = course, .common = common, .began_us = mf_clock_us(), .range_from = course->resume.kept};
    course->requests++;
    mf_buf_clear(&course->text);
    h->answer = MF_BUF_INIT(ANSWER_MAX);
    if (mf_httpurl_parse(&first, course->t->url, err) < 0 ||
        mf_httpurl_parse(&h->url, course->hop ? course->hop : course->t->url, err) < 0)
        return -1;
    set_plain(h);
    if (set_texts(h, &first))
        return 0;
    return mf_err_set(err, MF_E_NOMEM, "set up a transfer: out of memory, or curl lacks http or https");
}

void mf_httptransfer_abandon(struct mf_httptransfer *h)
{
    for (struct curl_slist *one = h->headers; one; one = one->next)
        memset(one->data, 0, strlen(one->data));
    curl_slist_free_all(h->headers);
    mf_httpurl_release(&h->url);
    mf_buf_release(&h->answer);
    *h = (struct mf_httptransfer){.easy = h->easy};
}

void mf_httptransfer_release(struct mf_httptransfer *h)
{
    mf_httptransfer_abandon(h);
    curl_easy_cleanup(h->easy);
    h->easy = NULL;
}

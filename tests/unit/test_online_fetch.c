/* Fetch over a transport of the test's own: it answers from a table, in any
 * order, and counts what is in flight. The real one is tried by tests/net. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bundle/fetch.h"
#include "formats/base/dir.h"

/* --- the fake transport, in place of bundle/net/transport.c --- */

struct answer {
    const char *url_end; /* the URL ends in this; or has it, where it ends in a slash */
    int status;          /* 0: FAILED */
    const char *body;
};

struct mf_transport {
    const struct answer *answers;
    struct mf_transfer *pending[512];
    size_t count, most, served;
    bool last_first; /* answer the latest request first */
    bool interrupted;
};

int mf_transport_submit(struct mf_transport *transport, struct mf_transfer *t, struct mf_err *err)
{
    (void)err;
    assert_true(transport->count < MF_COUNT(transport->pending));
    transport->pending[transport->count++] = t;
    if (transport->count > transport->most)
        transport->most = transport->count;
    return 0;
}

void mf_transport_cancel(struct mf_transport *transport)
{
    transport->count = 0;
}

static void give_body(struct mf_transfer *t, const char *body)
{
    t->received = strlen(body);
    if (t->fd >= 0 && t->status == 200) {
        assert_int_equal(mf_write_full(t->fd, body, strlen(body), "test", &t->error), 0);
        return;
    }
    t->body = MF_BUF_INIT((size_t)t->limit);
    mf_buf_str(&t->body, mf_str(body));
}

static void give_answer(struct mf_transport *transport, struct mf_transfer *t)
{
    const struct answer *a = transport->answers;
    while (a->url_end && !mf_str_ends(mf_str(t->url), mf_str(a->url_end)) &&
           !(mf_str_ends(mf_str(a->url_end), MF_LIT("/")) && strstr(t->url, a->url_end)))
        a++;
    t->status = a->url_end ? a->status : 404;
    t->outcome = t->status == 200 ? MF_TRANSFER_OK : t->status ? MF_TRANSFER_STATUS : MF_TRANSFER_FAILED;
    t->unreachable = !t->status;
    if (!t->status)
        mf_err_set(&t->error, MF_E_NETWORK, "connect to p.example.com port 443: %s", a->body);
    else
        give_body(t, a->url_end ? a->body : "");
    transport->served++;
    t->done(t->ctx, t);
}

int mf_transport_run(struct mf_transport *transport, struct mf_err *err)
{
    while (transport->count) {
        size_t at = transport->last_first ? transport->count - 1 : 0;
        struct mf_transfer *t = transport->pending[at];
        if (transport->interrupted)
            return mf_err_set(err, MF_E_INTERRUPTED, "interrupted");
        transport->count--;
        memmove(&transport->pending[at], &transport->pending[at + 1], (transport->count - at) * sizeof(t));
        give_answer(transport, t);
    }
    return 0;
}

/* --- repositories, in place of bundle/vcs/direct.c --- */

struct mf_direct {
    const char *proxy; /* not NULL: a proxy has the module */
    enum mf_code code; /* not MF_OK: it fails */
    size_t asked;
};

static struct mf_direct direct;

int mf_direct_ask(struct mf_direct *d, enum mf_direct_question question, struct mf_module asked, int fd,
                  struct mf_direct_answer *out, struct mf_err *err)
{
    d->asked++;
    if (d->code)
        return mf_err_set(err, d->code, "unknown revision %.*s", MF_FMT(asked.version));
    *out = (struct mf_direct_answer){mf_str(d->proxy), {NULL, 0}, MF_LIT("https://repo.test")};
    if (d->proxy)
        return 0;
    if (question == MF_DIRECT_ZIP)
        return mf_write_full(fd, "zip bytes", 9, "zip", err);
    out->content = question == MF_DIRECT_INFO ? MF_LIT("{\"Version\":\"v1.0.0\"}") : MF_LIT("module example.com/M\n");
    return 0;
}

/* --- a store and what was fetched --- */

static char base[64];
static struct mf_store store;

struct seen {
    struct mf_fetch *fetch;
    size_t ok, failed;
    char content[256], source[256];
    struct mf_err error;
    size_t stop_after; /* fail the callback at this one; 0: never */
    size_t more;       /* requests to add from inside */
};

static int note(void *ctx, const struct mf_fetched *f, struct mf_err *err)
{
    struct seen *s = ctx;
    *(f->ok ? &s->ok : &s->failed) += 1;
    snprintf(s->content, sizeof(s->content), "%.*s", MF_FMT(f->content));
    snprintf(s->source, sizeof(s->source), "%.*s", MF_FMT(f->source));
    s->error = f->error;
    if (s->stop_after && s->ok + s->failed == s->stop_after)
        return mf_err_set(err, MF_E_CLOSURE, "enough");
    if (s->more) {
        s->more--;
        return mf_fetch_add(s->fetch, f->module, f->kind, note, s, err);
    }
    return 0;
}

static struct mf_module m = {{"example.com/M", 13}, {"v1.0.0", 6}};

/* Fetches one file and returns what was seen. */
static struct seen fetch_one(const char *goproxy, const struct answer *answers, enum mf_file_kind kind)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    MF_CLEANUP(mf_fetch_free) struct mf_fetch *fetch = NULL;
    struct mf_transport transport = {.answers = answers};
    struct mf_proxies proxies;
    struct mf_err err = {0};
    struct seen seen = {0};
    assert_int_equal(mf_proxies_parse(mf_str(goproxy), &proxies, &arena, &err), 0);
    assert_int_equal(mf_proxies_add_noproxy(&proxies, MF_LIT("private.test"), &arena, &err), 0);
    struct mf_fetch_options options = {.proxies = &proxies,
                                       .noproxy = MF_LIT("private.test"),
                                       .store = &store,
                                       .transport = &transport,
                                       .direct = &direct};
    assert_int_equal(mf_fetch_new(&fetch, &options, &err), 0);
    assert_int_equal(mf_fetch_add(fetch, m, kind, note, &seen, &err), 0);
    if (mf_fetch_run(fetch, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(seen.ok + seen.failed, 1);
    return seen;
}

static void test_fallback(void **state)
{
    static const struct answer answers[] = {
        {"none.test/example.com/!m/@v/v1.0.0.mod", 404, "not here\n"},
        {"gone.test/example.com/!m/@v/v1.0.0.mod", 410, ""},
        {"down.test/example.com/!m/@v/v1.0.0.mod", 0, "connection refused"},
        {"sick.test/example.com/!m/@v/v1.0.0.mod", 503, ""},
        {"deny.test/example.com/!m/@v/v1.0.0.mod", 451, "one\n\nthree\n"},
        {"good.test/example.com/!m/@v/v1.0.0.mod", 200, "module example.com/M\n"},
        {NULL, 0, NULL},
    };
    static const struct {
        const char *goproxy;
        enum mf_code code;
        const char *text; /* the message, or the source */
    } cases[] = {
        {"good.test", MF_OK, "https://good.test"},
        {"none.test,gone.test,good.test", MF_OK, "https://good.test"},
        {"none.test|down.test|sick.test|u:p@good.test", MF_OK, "https://good.test"},
        {"none.test,gone.test", MF_E_NOT_FOUND,
         "example.com/M@v1.0.0: not found by any proxy (https://none.test: 404 Not Found: not here; https://gone.test: "
         "410 Gone)"},
        {"down.test,good.test", MF_E_NETWORK,
         "example.com/M@v1.0.0: fetch .mod: https://down.test: connect to p.example.com port 443: connection refused"},
        {"none.test,sick.test,good.test", MF_E_UPSTREAM,
         "example.com/M@v1.0.0: fetch .mod: https://none.test: 404 Not Found: not here; https://sick.test: 503 Service "
         "Unavailable"},
        {"sick.test|none.test", MF_E_UPSTREAM,
         "example.com/M@v1.0.0: fetch .mod: https://sick.test: 503 Service Unavailable; https://none.test: 404 Not "
         "Found: not here"},
        {"u:secret@deny.test", MF_E_UPSTREAM, "example.com/M@v1.0.0: fetch .mod: https://deny.test: status 451: one"},
        {"none.test,direct", MF_OK, "https://repo.test"},
        {"direct", MF_OK, "https://repo.test"},
        {"none.test,off", MF_E_NOT_FOUND,
         "example.com/M@v1.0.0: not found by any proxy (https://none.test: 404 Not Found: not here; off: nothing more "
         "is asked)"},
        {"off", MF_E_OFFLINE, "example.com/M@v1.0.0: fetch .mod: module lookup is disabled by GOPROXY=off"},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_err err = {0};
        struct seen seen = fetch_one(cases[i].goproxy, answers, MF_FILE_MOD);
        if (seen.error.code != cases[i].code)
            fail_msg("%s: %s", cases[i].goproxy, seen.error.text);
        assert_string_equal(cases[i].code ? seen.error.text : seen.source, cases[i].text);
        if (cases[i].code == MF_OK)
            assert_string_equal(seen.content, "module example.com/M\n");
        assert_int_equal(mf_store_forget(&store, m, MF_FILE_MOD, &err), 0);
    }
}

/* Modules that GONOPROXY matches, and an entry "direct". */
static void test_direct(void **state)
{
    static const struct answer answers[] = {{"go.test/private.test/m/@v/v1.0.0.mod", 200, "module private.test/m\n"},
                                            {NULL, 0, NULL}};
    static const struct {
        const char *path, *goproxy, *proxy;
        enum mf_code fails, code;
        const char *text; /* the message, or the source */
    } cases[] = {
        {"private.test/m", "p.test", NULL, MF_OK, MF_OK, "https://repo.test"},
        {"private.test/m", "off", NULL, MF_OK, MF_OK, "https://repo.test"},
        {"private.test/m", "p.test", "https://go.test", MF_OK, MF_OK, "https://go.test"},
        {"private.test/m", "direct", NULL, MF_E_NOT_FOUND, MF_E_NOT_FOUND,
         "private.test/m@v1.0.0: not found (direct: unknown revision v1.0.0)"},
        {"private.test/m", "p.test", NULL, MF_E_POLICY, MF_E_POLICY,
         "private.test/m@v1.0.0: fetch .mod: direct: unknown revision v1.0.0"},
        {"private.test/other", "p.test", "https://go.test", MF_OK, MF_E_NOT_FOUND,
         "private.test/other@v1.0.0: not found (https://go.test: 404 Not Found)"},
        {"private.test/m", "p.test", "gopher://go.test", MF_OK, MF_E_UPSTREAM,
         "private.test/m@v1.0.0: fetch .mod: direct: go-import: invalid proxy URL scheme (must be https, http, file): "
         "gopher://go.test"},
        {"example.com/M", "p.test,direct", NULL, MF_E_NOT_FOUND, MF_E_NOT_FOUND,
         "example.com/M@v1.0.0: not found (https://p.test: 404 Not Found; direct: unknown revision v1.0.0)"},
    };
    const struct mf_module usual = m;
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_err err = {0};
        direct = (struct mf_direct){cases[i].proxy, cases[i].fails, 0};
        m.path = mf_str(cases[i].path);
        struct seen seen = fetch_one(cases[i].goproxy, answers, MF_FILE_MOD);
        assert_string_equal(cases[i].code ? seen.error.text : seen.source, cases[i].text);
        assert_int_equal(seen.error.code, cases[i].code);
        assert_int_equal(direct.asked, 1);
        assert_int_equal(mf_store_forget(&store, m, MF_FILE_MOD, &err), 0);
    }
    direct = (struct mf_direct){0};
    m.path = MF_LIT("private.test/m");
    assert_int_equal(fetch_one("p.test", answers, MF_FILE_ZIP).ok, 1);
    assert_int_equal(fetch_one("p.test", answers, MF_FILE_ZIP).source[0], '\0'); /* it is in the store now */
    assert_int_equal(direct.asked, 1);
    m = usual;
}

static void test_info(void **state)
{
    static const struct {
        const char *body, *why; /* why NULL: accepted */
    } cases[] = {
        {"{\"Version\":\"v1.0.0\"}", NULL},
        {"{\"version\":\"v1.0.0\",\"time\":\"2024-01-02T03:04:05Z\",\"Extra\":[{}]}", NULL},
        {"{\"Version\":\"v1.0.0\",\"Time\":null}", NULL},
        {"{\"Version\":\"v1.0.0\",\"Time\":\"x\"}", "a time that is not one: \"x\""},
        {"{\"Version\":\"v1.0.0\",\"Time\":1704164645}", "a time that is not one"},
        {"{\"Version\":\"v1.0.1\"}", "version v1.0.1 instead of v1.0.0"},
        {"{\"Version\":\"v1.0.0\\u0000\"}", "not JSON"},
        {"{\"Version\":1}", "names no version"},
        {"{}", "names no version"},
        {"[\"Version\"]", "not a JSON object"},
        {"", "not JSON"},
        {"{\"Version\":\"v1.0.0\"", "not JSON"},
        {"{\"Version\":\"v1.0.0\"} x", "not JSON"},
        {"<html>", "not JSON"},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        const struct answer answers[] = {{".info", 200, cases[i].body}, {NULL, 0, NULL}};
        MF_CLEANUP(mf_buf_release) struct mf_buf kept = MF_BUF_INIT(1024);
        struct mf_err err = {0};
        struct seen seen = fetch_one("p.test", answers, MF_FILE_INFO);
        int held = mf_store_read(&store, m, MF_FILE_INFO, &kept, &err);
        if (cases[i].why) {
            assert_int_equal(seen.error.code, MF_E_UPSTREAM);
            if (!strstr(seen.error.text, cases[i].why))
                fail_msg("%s: %s", cases[i].body, seen.error.text);
            assert_int_equal(held, 0);
            continue;
        }
        assert_int_equal(seen.ok, 1);
        assert_int_equal(held, 1);
        assert_string_equal(mf_buf_cstr(&kept), cases[i].body);
        assert_int_equal(mf_store_forget(&store, m, MF_FILE_INFO, &err), 0);
    }
}

/* A damaged .info in the store is fetched again. */
static void test_damaged_store(void **state)
{
    static const struct answer answers[] = {{".info", 200, "{\"Version\":\"v1.0.0\"}"}, {NULL, 0, NULL}};
    struct mf_err err = {0};
    (void)state;
    assert_int_equal(mf_store_write(&store, m, MF_FILE_INFO, MF_LIT("{\"Vers"), &err), 0);
    struct seen seen = fetch_one("p.test", answers, MF_FILE_INFO);
    assert_int_equal(seen.ok, 1);
    assert_string_equal(seen.source, "https://p.test");
    seen = fetch_one("off", answers, MF_FILE_INFO);
    assert_int_equal(seen.ok, 1);
    assert_string_equal(seen.source, "");
}

static int count_entry(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    (void)parent;
    (void)entry;
    (void)type;
    (void)err;
    ++*(size_t *)ctx;
    return 0;
}

static void test_zip(void **state)
{
    static const struct answer answers[] = {
        {"bad.test/example.com/!m/@v/v1.0.0.zip", 500, "x"}, {".zip", 200, "zip bytes"}, {NULL, 0, NULL}};
    struct mf_err err = {0};
    size_t files = 0;
    bool missing;
    (void)state;
    struct seen seen = fetch_one("bad.test", answers, MF_FILE_ZIP);
    assert_int_equal(seen.error.code, MF_E_UPSTREAM);
    assert_int_equal(mf_dir_each(store.root, "example.com/!m/@v", count_entry, &files, &err), 0);
    assert_int_equal(files, 0); /* no temporary stays */
    seen = fetch_one("bad.test|good.test", answers, MF_FILE_ZIP);
    assert_int_equal(seen.ok, 1);
    MF_CLEANUP(mf_fd_release) int fd = mf_store_open_zip(&store, m, &missing, &err);
    char got[16] = "";
    size_t n;
    assert_int_equal(mf_read_full(fd, got, sizeof(got), &n, "test", &err), 0);
    assert_string_equal(got, "zip bytes");
}

struct many {
    const char *goproxy; /* NULL: one that answers */
    struct mf_transport transport;
    struct mf_arena arena;
    struct mf_proxies proxies;
    struct seen seen;
};

static void add_many(struct many *x, struct mf_fetch *fetch, size_t count)
{
    struct mf_err err = {0};
    for (size_t i = 0; i < count; i++) {
        char text[32];
        struct mf_str version;
        snprintf(text, sizeof(text), "v1.%zu.0", i);
        assert_int_equal(mf_arena_dup(&x->arena, mf_str(text), &version, &err), 0);
        assert_int_equal(mf_fetch_add(fetch, (struct mf_module){m.path, version}, MF_FILE_ZIP, note, &x->seen, &err),
                         0);
    }
}

static int run_many(struct many *x, size_t count, struct mf_fetch_stats *stats, struct mf_err *err)
{
    static const struct answer answers[] = {
        {"down.test/", 0, "connection refused"}, {".zip", 200, "zip bytes"}, {NULL, 0, NULL}};
    MF_CLEANUP(mf_fetch_free) struct mf_fetch *fetch = NULL;
    x->arena = MF_ARENA_INIT(MF_MIB);
    x->transport.answers = answers;
    assert_int_equal(mf_proxies_parse(mf_str(x->goproxy ? x->goproxy : "p.test"), &x->proxies, &x->arena, err), 0);
    struct mf_fetch_options options = {.proxies = &x->proxies, .store = &store, .transport = &x->transport};
    assert_int_equal(mf_fetch_new(&fetch, &options, err), 0);
    x->seen.fetch = fetch;
    add_many(x, fetch, count);
    int rc = mf_fetch_run(fetch, err);
    *stats = mf_fetch_stats(fetch);
    mf_fetch_free(&fetch);
    mf_arena_release(&x->arena);
    return rc;
}

static void test_many(void **state)
{
    struct mf_fetch_stats stats;
    struct mf_err err = {0};
    struct many x = {.transport.last_first = true, .seen.more = 5};
    (void)state;
    assert_int_equal(run_many(&x, 300, &stats, &err), 0);
    assert_int_equal(x.seen.ok, 305);
    assert_int_equal(stats.requests, 300);
    assert_int_equal(stats.bytes, 300 * strlen("zip bytes"));
    assert_int_equal(stats.from_store, 5);
    assert_true(x.transport.most <= 64); /* descriptors are bounded */
}

/* Before '|', an entry that no connection could be made to is asked by those that
 * were under way, and by nobody after them. */
static void test_unreachable(void **state)
{
    struct mf_fetch_stats stats;
    struct mf_err err = {0};
    struct many x = {.goproxy = "down.test|p.test"}, y = {.goproxy = "p.test|down.test"};
    (void)state;
    assert_int_equal(mf_store_forget(&store, m, MF_FILE_ZIP, &err), 0);
    assert_int_equal(run_many(&x, 1, &stats, &err), 0);
    assert_int_equal(x.seen.ok, 1);
    assert_int_equal(stats.requests, 2);
    for (size_t i = 0; i < 300; i++) {
        char text[32];
        snprintf(text, sizeof(text), "v1.%zu.0", i);
        assert_int_equal(mf_store_forget(&store, (struct mf_module){m.path, mf_str(text)}, MF_FILE_ZIP, &err), 0);
    }
    x.seen = (struct seen){0};
    assert_int_equal(run_many(&x, 300, &stats, &err), 0);
    assert_int_equal(x.seen.ok, 300);
    assert_int_equal(stats.requests, 300 + 64);
    assert_int_equal(mf_store_forget(&store, m, MF_FILE_ZIP, &err), 0);
    assert_int_equal(run_many(&y, 1, &stats, &err), 0);
    assert_int_equal(stats.requests, 1);
}

static void test_callback_stops(void **state)
{
    struct mf_fetch_stats stats;
    struct mf_err err = {0};
    struct many x = {.seen.stop_after = 10};
    (void)state;
    assert_int_equal(run_many(&x, 300, &stats, &err), -1);
    assert_int_equal(err.code, MF_E_CLOSURE);
    assert_string_equal(err.text, "enough");
    assert_int_equal(x.seen.ok, 10);
    assert_int_equal(x.transport.served, 10);
    /* and where the store answers */
    struct many y = {.seen.stop_after = 2};
    assert_int_equal(run_many(&y, 10, &stats, &err), -1);
    assert_int_equal(y.seen.ok, 2);
}

static void test_interrupted(void **state)
{
    struct mf_fetch_stats stats;
    struct mf_err err = {0};
    struct many x = {.transport.interrupted = true};
    (void)state;
    assert_int_equal(run_many(&x, 100, &stats, &err), -1);
    assert_int_equal(err.code, MF_E_INTERRUPTED);
    assert_int_equal(x.seen.ok + x.seen.failed, 0);
}

static int open_store(void **state)
{
    struct mf_err err;
    (void)state;
    snprintf(base, sizeof(base), "/tmp/mf-fetch-XXXXXX");
    return mkdtemp(base) ? mf_store_open(&store, base, &err) : -1;
}

static int close_store(void **state)
{
    struct mf_err err;
    MF_CLEANUP(mf_dir_release) struct mf_dir d = MF_DIR_NONE;
    (void)state;
    mf_store_release(&store);
    return mf_dir_open(&d, "/tmp", false, &err) < 0 ? -1 : mf_dir_remove(d, base + strlen("/tmp/"), &err);
}

#define WITH_STORE(test) cmocka_unit_test_setup_teardown(test, open_store, close_store)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(test_fallback),    WITH_STORE(test_direct),
        WITH_STORE(test_info),        WITH_STORE(test_damaged_store),
        WITH_STORE(test_zip),         WITH_STORE(test_many),
        WITH_STORE(test_unreachable), WITH_STORE(test_callback_stops),
        WITH_STORE(test_interrupted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

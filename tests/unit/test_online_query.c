/* Queries on static file:// trees. tests/diff/queries.py compares the rules with
 * the real go; here is what go does not show: requests, the store, notes,
 * answers without network, hostile proxies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bundle/query.h"
#include "formats/base/dir.h"

#define PSEUDO "v0.0.0-20240102030405-0123456789ab"

static char base[64], goproxy[256];

/* One proxy tree, one store, one table. */
struct world {
    struct mf_arena arena;
    struct mf_dir tree;
    struct mf_store store;
    struct mf_proxies proxies;
    struct mf_transport *transport;
    struct mf_fetch_options options;
    struct mf_fetch *fetch;
    struct mf_queries queries;
};

static void put(struct world *w, const char *name, const char *text)
{
    struct mf_err err = {0};
    assert_int_equal(mf_dir_write(w->tree, name, mf_str(text), 0644, &err), 0);
}

/* A version with .info and .mod; `mod` follows the go line. */
static void put_version(struct world *w, const char *path, const char *version, const char *mod)
{
    char name[256], text[1024];
    snprintf(name, sizeof(name), "%s/@v/%s.info", path, version);
    snprintf(text, sizeof(text), "{\"Version\":\"%s\",\"Time\":\"2024-01-01T00:00:00Z\"}", version);
    put(w, name, text);
    snprintf(name, sizeof(name), "%s/@v/%s.mod", path, version);
    snprintf(text, sizeof(text), "module %s\n\ngo 1.21\n%s", path, mod);
    put(w, name, text);
}

static void open_world(struct world *w, const char *list, bool offline)
{
    struct mf_err err = {0};
    struct mf_transport_options transport = {.parallel = 4, .user_agent = "test"};
    char path[128];
    *w = (struct world){.arena = MF_ARENA_INIT(MF_MIB), .tree = MF_DIR_NONE, .store = MF_STORE_NONE};
    snprintf(path, sizeof(path), "%s/tree", base);
    assert_int_equal(mf_dir_open(&w->tree, path, true, &err), 0);
    snprintf(path, sizeof(path), "%s/store", base);
    assert_int_equal(mf_store_open(&w->store, path, &err), 0);
    assert_int_equal(mf_proxies_parse(mf_str(list), &w->proxies, &w->arena, &err), 0);
    assert_int_equal(mf_transport_new(&w->transport, &transport, &err), 0);
    w->options = (struct mf_fetch_options){
        .proxies = &w->proxies, .store = &w->store, .transport = w->transport, .offline = offline};
    assert_int_equal(mf_fetch_new(&w->fetch, &w->options, &err), 0);
    mf_queries_init(&w->queries, w->fetch);
}

static void close_world(struct world *w)
{
    mf_queries_release(&w->queries);
    mf_fetch_free(&w->fetch);
    mf_transport_free(&w->transport);
    mf_store_release(&w->store);
    mf_dir_release(&w->tree);
    mf_arena_release(&w->arena);
}

/* The version a query ends at, or the error text; checked against `want`. */
static enum mf_query_failure expect(struct world *w, struct mf_query q, const char *want)
{
    struct mf_query_result found;
    struct mf_err err = {0};
    if (mf_query_run(&w->queries, &q, &found, &err) < 0) {
        assert_non_null(strstr(err.text, want));
        return found.failure;
    }
    char have[512];
    snprintf(have, sizeof(have), "%.*s@%.*s", MF_FMT(found.module.path), MF_FMT(found.module.version));
    assert_string_equal(have, want);
    assert_int_equal(err.code, MF_OK);
    return MF_QUERY_FOUND;
}

static struct mf_query get(const char *path, const char *text)
{
    return (struct mf_query){.path = mf_str(path), .text = mf_str(text), .package = true};
}

static void put_modules(struct world *w)
{
    put_version(w, "example.com/a", "v1.0.0", "");
    put_version(w, "example.com/a", "v1.1.0", "retract v1.1.0 // wrong sum\n");
    put_version(w, "example.com/a", "v1.2.0", "");
    put(w, "example.com/a/@v/v1.2.0.mod",
        "// Deprecated: use b.\n// More.\nmodule example.com/a\n\nretract v1.1.0 // wrong sum\n");
    put(w, "example.com/a/@v/list", "v1.0.0\nv1.1.0\nv1.2.0\n");
    put(w, "example.com/a/@v/bad.info", "{\"Version\":\"v1.1.0\"}");
    put(w, "example.com/a/@v/main.info", "{\"Version\":\"" PSEUDO "\",\"Time\":\"2024-01-02T03:04:05Z\"}");
}

static void test_store_and_requests(void **state)
{
    struct world w;
    struct mf_buf text = MF_BUF_INIT(1024);
    struct mf_err err = {0};
    const struct mf_module resolved = {MF_LIT("example.com/a"), MF_LIT(PSEUDO)};
    struct stat st;
    (void)state;
    open_world(&w, goproxy, false);
    put_modules(&w);
    /* list, v1.2.0.info, v1.2.0.mod; the same answers serve further queries */
    assert_int_equal(expect(&w, get("example.com/a", "latest"), "example.com/a@v1.2.0"), MF_QUERY_FOUND);
    assert_int_equal(mf_fetch_stats(w.fetch).requests, 3);
    assert_int_equal(expect(&w, get("example.com/a", "upgrade"), "example.com/a@v1.2.0"), MF_QUERY_FOUND);
    assert_int_equal(mf_fetch_stats(w.fetch).requests, 3);
    assert_int_equal(expect(&w, get("example.com/a", "<v1.2.0"), "example.com/a@v1.0.0"), MF_QUERY_FOUND);
    assert_int_equal(mf_fetch_stats(w.fetch).requests, 4);
    /* a branch is kept under its version, and only there */
    assert_int_equal(expect(&w, get("example.com/a", "main"), "example.com/a@" PSEUDO), MF_QUERY_FOUND);
    assert_int_equal(mf_store_read(&w.store, resolved, MF_FILE_INFO, &text, &err), 1);
    assert_int_equal(mf_dir_stat(w.store.root, "example.com/a/@v/main.info", &st, &err), 0);
    assert_int_equal(mf_dir_stat(w.store.root, "example.com/a/@v/list", &st, &err), 0);
    mf_buf_release(&text);
    close_world(&w);
}

static void test_rules_of_get(void **state)
{
    struct world w;
    struct mf_query_notes notes;
    struct mf_err err = {0};
    bool known;
    const struct mf_module excluded = {MF_LIT("example.com/a"), MF_LIT("v1.0.0")};
    const struct mf_module bad = {MF_LIT("example.com/a"), MF_LIT("v1.1.0")};
    (void)state;
    open_world(&w, goproxy, false);
    put_modules(&w);
    assert_int_equal(expect(&w, get("example.com/a", "v1.1.0"), "example.com/a@v1.1.0"), MF_QUERY_FOUND);
    assert_int_equal(mf_query_notes(&w.queries, bad, false, &notes, &known, &err), 0);
    assert_false(known); /* a full version looks nothing up */
    assert_int_equal(
        expect(&w, get("example.com/a", "bad"), "example.com/a@v1.1.0: retracted by module author: wrong sum"),
        MF_QUERY_DISALLOWED);
    assert_int_equal(mf_query_notes(&w.queries, bad, false, &notes, &known, &err), 0);
    assert_true(known);
    assert_true(mf_str_eq(notes.retracted, MF_LIT("wrong sum")));
    assert_true(mf_str_eq(notes.deprecated, MF_LIT("use b.")));
    struct mf_query q = get("example.com/a", "v1.0.0");
    q.excluded = &excluded;
    q.excluded_count = 1;
    assert_int_equal(expect(&w, q, "example.com/a@v1.0.0: excluded by go.mod"), MF_QUERY_DISALLOWED);
    q.text = MF_LIT("<v1.1.0");
    assert_int_equal(expect(&w, q, "no matching versions for query \"<v1.1.0\""), MF_QUERY_NO_VERSION);
    close_world(&w);
}

static void test_packages(void **state)
{
    struct world w;
    (void)state;
    open_world(&w, goproxy, false);
    put_modules(&w);
    assert_int_equal(expect(&w, get("example.com/a/cmd/x", "v1"), "example.com/a@v1.2.0"), MF_QUERY_FOUND);
    assert_int_equal(expect(&w, get("example.com/a/v1/x", "v1.0.0"), "example.com/a@v1.0.0"), MF_QUERY_FOUND);
    assert_int_equal(expect(&w, get("example.com/a/x", "v9"), "module example.com/a: no matching versions for query"),
                     MF_QUERY_NO_VERSION);
    assert_int_equal(expect(&w, get("example.com/none/x", "v1"), "module example.com/none/x: fetch @v/list"),
                     MF_QUERY_NOT_EXIST);
    assert_int_equal(expect(&w, get("nodot", "v1"), "malformed module path \"nodot\""), MF_QUERY_BAD_PATH);
    assert_int_equal(expect(&w, get("example.com/a", "../../../b/@v/x"), "disallowed version string"),
                     MF_QUERY_BAD_VERSION);
    close_world(&w);
}

static void test_offline(void **state)
{
    struct world w;
    struct mf_err err = {0};
    (void)state;
    open_world(&w, goproxy, false);
    put_modules(&w);
    assert_int_equal(expect(&w, get("example.com/a", "latest"), "example.com/a@v1.2.0"), MF_QUERY_FOUND);
    assert_int_equal(expect(&w, get("example.com/a", "<v1.2.0"), "example.com/a@v1.0.0"), MF_QUERY_FOUND);
    const struct mf_module pseudo = {MF_LIT("example.com/p"), MF_LIT(PSEUDO)};
    assert_int_equal(mf_store_write(&w.store, pseudo, MF_FILE_INFO, MF_LIT("{\"Version\":\"" PSEUDO "\"}"), &err), 0);
    assert_int_equal(mf_store_write(&w.store, pseudo, MF_FILE_MOD, MF_LIT("module example.com/p\n"), &err), 0);
    close_world(&w);
    open_world(&w, "off", true);
    /* v1.0.0 has its .info alone in the store, v1.2.0 its .mod as well */
    assert_int_equal(expect(&w, get("example.com/a", "latest"), "example.com/a@v1.2.0"), MF_QUERY_FOUND);
    assert_int_equal(expect(&w, get("example.com/a", "v1.0.0"), "example.com/a@v1.0.0"), MF_QUERY_FOUND);
    assert_int_equal(expect(&w, get("example.com/a", "<v1.2.0"), "no matching versions"), MF_QUERY_NO_VERSION);
    assert_int_equal(expect(&w, get("example.com/a", "main"), "the store does not know this revision"),
                     MF_QUERY_NOT_EXIST);
    assert_int_equal(expect(&w, get("example.com/b", "v1"), "the store holds no version of it"), MF_QUERY_NOT_EXIST);
    assert_int_equal(expect(&w, get("example.com/p", "latest"), "example.com/p@" PSEUDO), MF_QUERY_FOUND);
    assert_int_equal(expect(&w, get("example.com/p/sub", "0123456789abcdef"), "example.com/p@" PSEUDO), MF_QUERY_FOUND);
    assert_int_equal(expect(&w, get("example.com/p", "0123456789"), "does not know"), MF_QUERY_NOT_EXIST);
    assert_int_equal(mf_fetch_stats(w.fetch).requests, 0);
    close_world(&w);
}

static void test_hostile(void **state)
{
    static const struct {
        const char *list, *latest, *text;
        enum mf_query_failure failure;
    } cases[] = {
        {"", "{\"Version\":\"../../x\"}", "does not fit", MF_QUERY_BAD_VERSION},
        {"", "{\"Version\":\"v2.0.0\"}", "does not fit", MF_QUERY_BAD_VERSION},
        {"", "{\"Version\":\"v1\"}", "does not fit", MF_QUERY_BAD_VERSION},
        {"", "{\"Version\":\"\"}", "names no version", MF_QUERY_OTHER},
        {"", "{\"Version\":[]}", "names no version", MF_QUERY_OTHER},
        {"", "{}", "names no version", MF_QUERY_OTHER},
        {"", "{\"Version\":\"v1.0.0\",\"Time\":7}", "has a time that is not one", MF_QUERY_OTHER},
        {"\x01\xff\n v1. x\n\nv1.0.0-\nv1.0.0+\n", "", "the answer is not JSON", MF_QUERY_OTHER},
        {"v1.0.0\n", "{\"Version\":\"v1.1.0\"}", "unknown revision v1.0.0", MF_QUERY_NOT_EXIST},
        {"v0.0.0-20249901000000-abcdefabcdef\n", NULL, "no matching versions", MF_QUERY_NO_VERSION},
        {"v0.0.0-20240101000000-abcdefabcdef yesterday\n", NULL, "no matching versions", MF_QUERY_NO_VERSION},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct world w;
        char path[64], name[128];
        open_world(&w, goproxy, false);
        snprintf(path, sizeof(path), "example.com/h%zu", i);
        snprintf(name, sizeof(name), "%s/@v/list", path);
        put(&w, name, cases[i].list);
        snprintf(name, sizeof(name), "%s/@latest", path);
        if (cases[i].latest)
            put(&w, name, cases[i].latest);
        assert_int_equal(expect(&w, get(path, "latest"), cases[i].text), cases[i].failure);
        close_world(&w);
    }
}

static void test_notes(void **state)
{
    struct world w;
    struct mf_err err = {0};
    struct mf_query_notes notes;
    bool known;
    struct mf_buf mod = MF_BUF_INIT(4096);
    const struct mf_module modules[] = {{MF_LIT("example.com/n"), MF_LIT("v1.0.0")},
                                        {MF_LIT("example.com/o"), MF_LIT("v1.0.0")},
                                        {MF_LIT("example.com/q"), MF_LIT("v1.0.0")}};
    (void)state;
    open_world(&w, goproxy, false);
    put_version(&w, "example.com/n", "v1.0.0", "retract v1.0.0\n");
    put(&w, "example.com/n/@v/list", "v1.0.0\n");
    mf_buf_str(&mod, MF_LIT("retract v1.0.0 // "));
    for (int i = 0; i < 501; i++)
        mf_buf_byte(&mod, 'x');
    put_version(&w, "example.com/o", "v1.0.0", mf_buf_cstr(&mod));
    put(&w, "example.com/o/@v/list", "v1.0.0\n");
    assert_int_equal(mf_query_prefetch(&w.queries, modules, 3, &err), 0);
    uint64_t requests = mf_fetch_stats(w.fetch).requests;
    assert_int_equal(mf_query_notes(&w.queries, modules[0], true, &notes, &known, &err), 0);
    assert_true(known);
    assert_true(mf_str_eq(notes.retracted, MF_LIT("retracted by module author")));
    assert_int_equal(notes.deprecated.n, 0);
    assert_int_equal(mf_query_notes(&w.queries, modules[1], true, &notes, &known, &err), 0);
    assert_true(mf_str_eq(notes.retracted, MF_LIT("(message omitted: too long)")));
    assert_int_equal(mf_query_notes(&w.queries, modules[2], true, &notes, &known, &err), 0);
    assert_false(known);
    assert_int_equal(mf_fetch_stats(w.fetch).requests, requests);
    mf_buf_release(&mod);
    close_world(&w);
}

static int set_up(void **state)
{
    (void)state;
    snprintf(base, sizeof(base), "/tmp/mf-query-XXXXXX");
    if (!mkdtemp(base))
        return -1;
    snprintf(goproxy, sizeof(goproxy), "file://%s/tree", base);
    return 0;
}

static int tear_down(void **state)
{
    struct mf_err err;
    struct mf_dir tmp = MF_DIR_NONE;
    (void)state;
    int rc = mf_dir_open(&tmp, "/tmp", false, &err) < 0 || mf_dir_remove(tmp, base + strlen("/tmp/"), &err) < 0;
    mf_dir_release(&tmp);
    return rc ? -1 : 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_store_and_requests, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_rules_of_get, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_packages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_offline, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_hostile, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_notes, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

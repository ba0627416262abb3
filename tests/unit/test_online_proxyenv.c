/* Go's rules for forward proxies. The cases of `exceptions` follow those of
 * golang.org/x/net/http/httpproxy, proxy_test.go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "bundle/net/proxyenv.h"

/* Pairs of name and value. */
static const char *variables[16];

static char *fake_getenv(const char *name)
{
    static char value[4][512];
    static unsigned turn;
    for (size_t i = 0; variables[i]; i += 2)
        if (strcmp(variables[i], name) == 0) {
            char *to = value[turn++ % 4];
            snprintf(to, sizeof(value[0]), "%s", variables[i + 1]);
            return to;
        }
    return NULL;
}

static void test_proxies(void **state)
{
    static const struct {
        const char *environment[9];
        const char *http, *https;
    } cases[] = {
        {{NULL}, NULL, NULL},
        {{"ALL_PROXY", "socks5://a", "all_proxy", "b:1", NULL}, NULL, NULL},
        {{"HTTP_PROXY", "a:1", "http_proxy", "b:2", "https_proxy", "c:3", NULL}, "http://a:1", "http://c:3"},
        {{"HTTP_PROXY", "", "http_proxy", "b:2", NULL}, "http://b:2", NULL},
        {{"HTTP_PROXY", "a:1", "http_proxy", "b:2", "REQUEST_METHOD", "GET", NULL}, "http://b:2", NULL},
        {{"HTTP_PROXY", "a:1", "REQUEST_METHOD", "GET", NULL}, NULL, NULL},
        {{"HTTPS_PROXY", "http://proxy.example.com/", NULL}, NULL, "http://proxy.example.com:80"},
        {{"HTTPS_PROXY", "HTTPS://u:p%40@proxy.example.com", NULL}, NULL, "https://u:p%40@proxy.example.com:443"},
        {{"HTTPS_PROXY", "socks5://u:p@[::1]", NULL}, NULL, "socks5h://u:p@[::1]:1080"},
        {{"HTTPS_PROXY", "socks5h://[fe80::1]:9?x", NULL}, NULL, "socks5h://[fe80::1]:9"},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        MF_CLEANUP(mf_proxyenv_release) struct mf_proxyenv p = MF_PROXYENV_INIT;
        struct mf_err err = {0};
        memcpy(variables, cases[i].environment, sizeof(cases[i].environment));
        assert_int_equal(mf_proxyenv_read(&p, fake_getenv, &err), 0);
        const char *http = mf_proxyenv_for(&p, false, "example.com", "80");
        const char *https = mf_proxyenv_for(&p, true, "example.com", "443");
        assert_string_equal(http ? http : "none", cases[i].http ? cases[i].http : "none");
        assert_string_equal(https ? https : "none", cases[i].https ? cases[i].https : "none");
    }
}

static void test_schemes(void **state)
{
    static const char *const cases[][2] = {
        {"a:1", "http"}, {"HTTPS://a", "https"}, {"socks5://a", "socks5"}, {"Socks5h://u:p@a", "socks5h"}};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        MF_CLEANUP(mf_proxyenv_release) struct mf_proxyenv p = MF_PROXYENV_INIT;
        const char *const environment[] = {"HTTP_PROXY", cases[i][0], "https_proxy", cases[i][0], NULL};
        struct mf_err err = {0};
        memcpy(variables, environment, sizeof(environment));
        assert_int_equal(mf_proxyenv_read(&p, fake_getenv, &err), 0);
        assert_string_equal(p.http_scheme, cases[i][1]);
        assert_string_equal(p.https_scheme, cases[i][1]);
    }
}

static void test_exceptions(void **state)
{
    static const struct {
        const char *exceptions, *host, *port;
        bool used;
    } cases[] = {
        {"", "example.com", "80", true},
        {"", "localhost", "80", false},
        {"", "LocalHost", "80", false},
        {"", "127.0.0.1", "80", false},
        {"", "127.9.9.9", "80", false},
        {"", "::1", "80", false},
        {"", "::ffff:127.0.0.1", "80", false},
        {"", "localhost.example.com", "80", true},
        {"foo.com", "foo.com", "80", false},
        {"foo.com", "bar.foo.com", "80", false},
        {"foo.com", "xfoo.com", "80", true},
        {"FOO.com", "foo.COM", "80", false},
        {".foo.com", "bar.foo.com", "80", false},
        {".foo.com", "foo.com", "80", true},
        {"*.foo.com", "bar.foo.com", "80", false},
        {"*.foo.com", "foo.com", "80", true},
        {"foo.com:8080", "foo.com", "8080", false},
        {"foo.com:8080", "foo.com", "80", true},
        {"foo.com:", "foo.com", "80", false},
        {".foo.com:443", "a.foo.com", "443", false},
        {"x.com, foo.com ,y.com", "foo.com", "80", false},
        {",,", "foo.com", "80", true},
        {"a,*,b", "foo.com", "80", false},
        {"*", "1.2.3.4", "80", false},
        {"*x", "foox", "80", true},
        {":80", "foo.com", "80", true},
        {"1.2.3.4", "1.2.3.4", "80", false},
        {"1.2.3.4:81", "1.2.3.4", "80", true},
        {"1.2.3.4:81", "1.2.3.4", "81", false},
        {"1.2.3.4", "::ffff:1.2.3.4", "80", false},
        {"10.0.0.0/8", "10.200.3.4", "80", false},
        {"10.0.0.0/8", "11.0.0.1", "80", true},
        {"10.0.0.0/33", "10.0.0.1", "80", true},
        {"10.1.2.3/9", "10.127.0.1", "80", false},
        {"0.0.0.0/0", "1.2.3.4", "80", false},
        {"0.0.0.0/0", "fe80::1", "80", true},
        {"::/0", "1.2.3.4", "80", true},
        {"fe80::/10", "fe80::1", "80", false},
        {"fe80::/10", "fec0::1", "80", true},
        {"[fe80::1]:443", "fe80::1", "443", false},
        {"[fe80::1]:443", "fe80::1", "80", true},
        {"fe80::1", "fe80:0:0::1", "80", false},
        {"[fe80::1]", "fe80::1", "80", true}, /* as in Go: brackets without a port are no address */
        {"3.4", "1.2.3.4", "80", true},
        {"4.example.com", "1.2.3.4", "80", true},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        MF_CLEANUP(mf_proxyenv_release) struct mf_proxyenv p = MF_PROXYENV_INIT;
        struct mf_err err = {0};
        const char *environment[] = {"HTTP_PROXY", "p:1", "no_proxy", cases[i].exceptions, NULL};
        memcpy(variables, environment, sizeof(environment));
        assert_int_equal(mf_proxyenv_read(&p, fake_getenv, &err), 0);
        if ((mf_proxyenv_for(&p, false, cases[i].host, cases[i].port) != NULL) != cases[i].used)
            fail_msg("NO_PROXY=%s, %s port %s", cases[i].exceptions, cases[i].host, cases[i].port);
    }
}

static void test_refused(void **state)
{
    static const char *const values[] = {"ftp://secret:secret@a", "http://secret@", "http://:80", "socks4://a",
                                         "http://u:secret@a b"};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(values); i++) {
        MF_CLEANUP(mf_proxyenv_release) struct mf_proxyenv p = MF_PROXYENV_INIT;
        struct mf_err err = {0};
        const char *name = i % 2 ? "HTTPS_PROXY" : "https_proxy";
        const char *environment[] = {name, values[i], NULL};
        memcpy(variables, environment, sizeof(environment));
        assert_int_equal(mf_proxyenv_read(&p, fake_getenv, &err), -1);
        assert_int_equal(err.code, MF_E_USAGE);
        assert_ptr_equal(strstr(err.text, name), err.text);
        assert_non_null(strstr(err.next, name));
        assert_null(strstr(err.text, "secret"));
    }
}

static char *huge_getenv(const char *name)
{
    static char value[80000];
    memset(value, 'x', sizeof(value) - 1);
    return strcmp(name, "NO_PROXY") == 0 ? value : NULL;
}

static void test_limit(void **state)
{
    MF_CLEANUP(mf_proxyenv_release) struct mf_proxyenv p = MF_PROXYENV_INIT;
    struct mf_err err = {0};
    (void)state;
    assert_int_equal(mf_proxyenv_read(&p, huge_getenv, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_proxies), cmocka_unit_test(test_schemes), cmocka_unit_test(test_exceptions),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

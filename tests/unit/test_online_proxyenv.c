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
    static char value[4][128];
    static unsigned turn;
    for (size_t i = 0; variables[i]; i += 2)
        if (strcmp(variables[i], name) == 0) {
            char *to = value[turn++ % 4];
            snprintf(to, sizeof(value[0]), "%s", variables[i + 1]);
            return to;
        }
    return NULL;
}

#define ALWAYS "localhost,127.0.0.0/8,::1"

static void test_cases(void **state)
{
    static const struct {
        const char *environment[9];
        const char *http, *https, *exceptions;
    } cases[] = {
        {{NULL}, NULL, NULL, ALWAYS},
        {{"HTTP_PROXY", "a:1", "http_proxy", "b:2", "https_proxy", "c:3", NULL}, "a:1", "c:3", ALWAYS},
        {{"HTTP_PROXY", "", "http_proxy", "b:2", NULL}, "b:2", NULL, ALWAYS},
        {{"HTTP_PROXY", "a:1", "http_proxy", "b:2", "REQUEST_METHOD", "GET", NULL}, "b:2", NULL, ALWAYS},
        {{"HTTP_PROXY", "a:1", "REQUEST_METHOD", "GET", NULL}, NULL, NULL, ALWAYS},
        {{"HTTPS_PROXY", "c:3", "NO_PROXY", "x.example.com, *.y.example.com:80 ,,10.0.0.0/8", NULL},
         NULL,
         "c:3",
         ALWAYS ",x.example.com,.y.example.com,10.0.0.0/8"},
        {{"no_proxy", "[fe80::1]:443,fe80::2,1.2.3.4:8", NULL}, NULL, NULL, ALWAYS ",fe80::1,fe80::2,1.2.3.4"},
        {{"NO_PROXY", "a,*,b", NULL}, NULL, NULL, "*"},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        MF_CLEANUP(mf_proxyenv_release) struct mf_proxyenv p = MF_PROXYENV_INIT;
        struct mf_err err = {0};
        memcpy(variables, cases[i].environment, sizeof(cases[i].environment));
        assert_int_equal(mf_proxyenv_read(&p, fake_getenv, &err), 0);
        assert_string_equal(p.http ? p.http : "none", cases[i].http ? cases[i].http : "none");
        assert_string_equal(p.https ? p.https : "none", cases[i].https ? cases[i].https : "none");
        assert_string_equal(p.exceptions.p, cases[i].exceptions);
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
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

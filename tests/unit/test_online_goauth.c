/* GOAUTH: the setting, netrc files, what helpers print, and which URL gets what.
 * The netrc and command cases follow cmd/go/internal/auth, *_test.go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "bundle/goauth.h"
#include "bundle/netrc.h"
#include "tests/unit/bundlekit.h"

#define BASIC(x) "Authorization: Basic " x

static void expect(const struct mf_credentials *c, const char *url, const char *headers)
{
    struct mf_str found = mf_credentials_find(c, mf_str(url));
    if (!mf_str_eq(found, mf_str(headers)))
        fail_msg("%s: \"%.*s\" instead of \"%s\"", url, MF_FMT(found), headers);
}

static void test_prefixes(void **state)
{
    MF_CLEANUP(mf_credentials_release) struct mf_credentials c = MF_CREDENTIALS_INIT;
    struct mf_err err = {0};
    (void)state;
    assert_int_equal(mf_credentials_store(&c, mf_str("example.com"), mf_str("A: 1"), &err), 0);
    assert_int_equal(mf_credentials_store(&c, mf_str("https://example.com/x/"), mf_str("A: 2"), &err), 0);
    assert_int_equal(mf_credentials_store(&c, mf_str("example.com:8443"), mf_str("A: 3"), &err), 0);
    expect(&c, "https://example.com", "A: 1");
    expect(&c, "https://example.com/y/z", "A: 1");
    expect(&c, "https://example.com/x", "A: 2");
    expect(&c, "https://example.com/x/y", "A: 2");
    expect(&c, "https://example.com/xx", "A: 1");
    expect(&c, "https://example.com:8443/x", "A: 3");
    expect(&c, "https://example.com:443/x", "");
    expect(&c, "https://example.com.evil.test/", "");
    expect(&c, "https://a.example.com/", "");
    expect(&c, "http://example.com/", "");
    assert_int_equal(mf_credentials_store(&c, mf_str("example.com/x"), mf_str(""), &err), 0);
    expect(&c, "https://example.com/x/y", "A: 1");
}

static void test_netrc(void **state)
{
    static const char text[] = "machine incomplete\n"
                               "machine api.test login user@test password validpw\n"
                               "machine proxy.test/path login user password pw\n"
                               "\n"
                               "macdef ignore\n"
                               "machine macro.test\tlogin a password b\n"
                               "\n"
                               "machine later.test\n\tlogin user\n\tpassword pw\r\n"
                               "machine other.test login one account x password two\n"
                               "machine other.test login three password four\n"
                               "default login anonymous password gopher\n"
                               "machine after.test login a password b\n"
                               "default\nlogin anonymous\npassword gopher\n"
                               "machine behind.test login a password b\n";
    MF_CLEANUP(mf_credentials_release) struct mf_credentials c = MF_CREDENTIALS_INIT;
    struct mf_err err = {0};
    (void)state;
    assert_int_equal(mf_netrc_parse(mf_str(text), &c, &err), 0);
    expect(&c, "https://incomplete/", "");
    expect(&c, "https://api.test/x", BASIC("dXNlckB0ZXN0OnZhbGlkcHc="));
    expect(&c, "https://proxy.test/path/x", BASIC("dXNlcjpwdw=="));
    expect(&c, "https://proxy.test/", "");
    expect(&c, "https://macro.test/", "");
    expect(&c, "https://later.test/", BASIC("dXNlcjpwdw=="));
    expect(&c, "https://other.test/", BASIC("b25lOnR3bw=="));
    expect(&c, "https://anything.test/", "");
    expect(&c, "https://after.test/", BASIC("YTpi"));
    expect(&c, "https://behind.test/", "");
}

static void test_command_output(void **state)
{
    static const struct {
        const char *output;
        bool good;
    } cases[] = {
        {"", true},
        {"https://a.test\nhttps://b.test/x\n\nAuthorization: Bearer t\nX-More: 1\n\nhttps://c.test\n\nA: b\n\n", true},
        {"http://a.test\n\nA: b\n\n", true},
        {"https://a.test\n\nA: b\n", false},
        {"https://a.test\n", false},
        {"https://a.test\n\nnot a header\n\n", false},
        {"https://a.test\n\nBad name: b\n\n", false},
        {"https://a.test\n\nA: b\rX: y\n\n", false},
        {"https://a.test\n\nA:b\n\n", false},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        MF_CLEANUP(mf_credentials_release) struct mf_credentials c = MF_CREDENTIALS_INIT;
        struct mf_err err = {0};
        if ((mf_goauth_take_headers(&c, mf_str(cases[i].output), &err) == 0) != cases[i].good)
            fail_msg("case %zu: %s", i, err.text);
        if (i == 1) {
            expect(&c, "https://a.test/", "Authorization: Bearer t\nX-More: 1");
            expect(&c, "https://b.test/x/y", "Authorization: Bearer t\nX-More: 1");
            expect(&c, "https://c.test/", "A: b");
        }
        if (i > 2)
            expect(&c, "https://a.test/", "");
    }
}

static void test_git_output(void **state)
{
    static const struct {
        const char *url, *output;
        bool good;
    } cases[] = {
        {"https://a.test/x/y", "protocol=https\nhost=a.test\nusername=user\npassword=pw\n", true},
        {"https://a.test/x/y", "protocol=https\nhost=a.test\npath=x\nusername=user\npassword=pw\n", true},
        {"https://a.test/x/y", "protocol=https\nhost=b.test\nusername=user\npassword=pw\n", false},
        {"https://a.test/x/y", "protocol=http\nhost=a.test\nusername=user\npassword=pw\n", false},
        {"https://a.test/x/y", "fatal: could not read Username\n", false},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        MF_CLEANUP(mf_credentials_release) struct mf_credentials c = MF_CREDENTIALS_INIT;
        struct mf_err err = {0};
        int rc = mf_goauth_take_git(&c, mf_str(cases[i].url), mf_str(cases[i].output), &err);
        if ((rc == 0) != cases[i].good)
            fail_msg("case %zu: %s", i, err.text);
        expect(&c, cases[i].url, cases[i].good ? BASIC("dXNlcjpwdw==") : "");
    }
}

static void test_setting(void **state)
{
    static const struct {
        const char *value;
        enum mf_code code;
        bool asks_more;
    } cases[] = {
        {"netrc", MF_OK, false},
        {" netrc ; netrc", MF_OK, false},
        {"off", MF_OK, false},
        {"off;netrc", MF_E_USAGE, false},
        {"netrc;;netrc", MF_E_USAGE, false},
        {"git /home/me", MF_OK, true},
        {"git", MF_E_USAGE, false},
        {"git here", MF_E_USAGE, false},
        {"netrc;/usr/bin/helper --secret", MF_OK, true},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        MF_CLEANUP(mf_goauth_release) struct mf_goauth g = MF_GOAUTH_INIT;
        struct mf_err err = {0};
        int rc = mf_goauth_open(&g, mf_str(cases[i].value), getenv, NULL, &err);
        if ((rc == 0) != (cases[i].code == MF_OK) || err.code != cases[i].code ||
            (g.credentials.more != NULL) != cases[i].asks_more)
            fail_msg("%s: %s", cases[i].value, err.text);
        assert_null(strstr(err.text, "secret"));
    }
}

/* A helper that does not answer in time is asked once; none can ask on our terminal. */
static void test_helpers(void **state)
{
    char path[64], setting[512];
    struct mf_dir dir = kit_mkdir(path);
    struct kit texts = {.arena = MF_ARENA_INIT(MF_MIB)};
    MF_CLEANUP(mf_goauth_release) struct mf_goauth g = MF_GOAUTH_INIT;
    (void)state;
    snprintf(setting, sizeof(setting),
             "sh -c 'echo asked >> %s/asked && exec sleep 30'; sh -c 'cut -d\" \" -f6 /proc/self/stat > %s/session'",
             path, path);
    g.seconds = 1;
    KIT_OK(mf_goauth_open(&g, mf_str(setting), getenv, NULL, &err));
    for (int i = 0; i < 2; i++)
        KIT_OK(g.credentials.start(g.credentials.ctx, &err));
    assert_string_equal(kit_read(&texts, dir, "asked"), "asked\n");
    assert_non_null(strstr(g.failure.text, "longer than 1 seconds"));
    assert_int_not_equal(strtol(kit_read(&texts, dir, "session"), NULL, 10), getsid(0));
    mf_arena_release(&texts.arena);
    kit_empty(dir, path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prefixes),   cmocka_unit_test(test_netrc),   cmocka_unit_test(test_command_output),
        cmocka_unit_test(test_git_output), cmocka_unit_test(test_setting), cmocka_unit_test(test_helpers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What go does with a value was observed with `go list -m` and GOPROXY set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "bundle/proxies.h"
#include "formats/base/buf.h"

/* The list in one line: urls, each followed by ',' or '|' as it falls through. */
static void show(const struct mf_proxies *p, bool shown, char *out, size_t cap)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < p->count && used < cap; i++)
        used += (size_t)snprintf(out + used, cap - used, "%s%c", shown ? p->list[i].shown.p : p->list[i].url.p,
                                 p->list[i].falls_through ? '|' : ',');
}

static void test_accepted(void **state)
{
    static const struct {
        const char *value, *urls, *shown;
    } cases[] = {
        {"https://p.example.com", "https://p.example.com,", NULL},
        {"https://p.example.com,direct", "https://p.example.com,direct,", NULL},
        {"https://a.example.com|http://b.example.com:8080/x/,off",
         "https://a.example.com|http://b.example.com:8080/x,off,", NULL},
        {"direct,https://never.example.com", "direct,", NULL},
        {"off|nonsense:::", "off,", NULL},
        {" , |a.example.com/go//|, direct", "https://a.example.com/go|direct,", NULL},
        {"localhost:3000", "https://localhost:3000,", NULL},
        {"HTTPS://P.example.com", "https://P.example.com,", NULL},
        {"file:///srv/my proxy/", "file:///srv/my%20proxy,", NULL},
        {"file:///srv/a%20b", "file:///srv/a%20b,", NULL},
        {"file://", "file://,", NULL},
        {"https://[::1]:8443/m", "https://[::1]:8443/m,", NULL},
        {"https://user:pa@ss@p.example.com/go", "https://user:pa@ss@p.example.com/go,", "https://p.example.com/go,"},
        {"user:secret@p.example.com", "https://user:secret@p.example.com,", "https://p.example.com,"},
        {" ,user:secret@p.example.com", "https://user:secret@p.example.com,", "https://p.example.com,"},
        {"https://user:se%2Ccret@p.example.com", "https://user:se%2Ccret@p.example.com,", "https://p.example.com,"},
        {"p.example.com,user:secret@q.example.com", "https://p.example.com,https://user:secret@q.example.com,",
         "https://p.example.com,https://q.example.com,"},
        {"direct,user:secret@p.example.com", "direct,", NULL},
        {"https://p.example.com/\xc3\xa9", "https://p.example.com/%C3%A9,", NULL},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
        struct mf_proxies p;
        struct mf_err err = {0};
        char text[512];
        if (mf_proxies_parse(mf_str(cases[i].value), &p, &arena, &err) < 0)
            fail_msg("%s: %s", cases[i].value, err.text);
        show(&p, false, text, sizeof(text));
        assert_string_equal(text, cases[i].urls);
        show(&p, true, text, sizeof(text));
        assert_string_equal(text, cases[i].shown ? cases[i].shown : cases[i].urls);
    }
}

static void test_refused(void **state)
{
    static const struct {
        const char *value, *why;
    } cases[] = {
        {"", "no entries"},
        {",| ,", "no entries"},
        {"/srv/proxy", "missing scheme"},
        {"proxy", "missing scheme"},
        {"ftp://p.example.com", "scheme (must be"},
        {"file://host/srv", "non-path elements"},
        {"file://localhost/srv", "non-path elements"},
        {"file://secret@/srv", "non-path elements"},
        {"file:/srv", "without //"},
        {"file:///srv?x=1", "query"},
        {"https://p.example.com#f", "query or fragment"},
        {"https://p.example.com/%zz", "% escape"},
        {"https://p.example.com/%4", "% escape"},
        {"https://", "host"},
        {"https://:80", "host"},
        {"https://p.example.com:8x", "host"},
        {"https://a b.example.com", "host"},
        {"https://a:b:c", "host"},
        {"https://[::1", "host"},
        {"https://p.example.com\x01/", "control"},
        {"http://user:secret@p.example.com", "credentials to insecure"},
        {"http:/user:secret@p.example.com", "without //"},
        {"ssh://user:secret@p.example.com", "scheme (must be"},
        {"https://ok.example.com,https://user:secret@p.example.com:x", "host"},
        /* passwords that are torn in two */
        {"https://user:secret,word@p.example.com", "entry 2 has credentials and no scheme"},
        {"user:secret,a,b@p.example.com", "entry 3 has credentials and no scheme"},
        {"https://user:secret|word@p.example.com", "entry 2 has credentials and no scheme"},
        {"https://user:12,secret@p.example.com", "entry 2 has credentials and no scheme"},
        {"https://user:p@secret,word@p.example.com", "entry 2 has credentials and no scheme"},
        {"https://ok.example.com,https://user:secret,se:/x@p.example.com", "entry 2 is not a URL that can be used"},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
        struct mf_proxies p;
        struct mf_err err = {0};
        if (mf_proxies_parse(mf_str(cases[i].value), &p, &arena, &err) == 0)
            fail_msg("accepted: %s", cases[i].value);
        assert_int_equal(err.code, MF_E_USAGE);
        if (!strstr(err.text, cases[i].why) || strstr(err.text, "secret"))
            fail_msg("%s: %s", cases[i].value, err.text);
    }
}

static void test_limits(void **state)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_MIB);
    struct mf_proxies p;
    struct mf_err err = {0};
    (void)state;
    mf_buf_str(&b, MF_LIT("https://p.example.com/"));
    while (b.n < 5000)
        mf_buf_byte(&b, 'x');
    assert_int_equal(mf_proxies_parse(mf_buf_view(&b), &p, &arena, &err), -1);
    assert_int_equal(err.code, MF_E_USAGE);
    mf_buf_clear(&b);
    while (b.n < 5000)
        mf_buf_byte(&b, ',');
    assert_int_equal(mf_proxies_parse(mf_buf_view(&b), &p, &arena, &err), -1);
    assert_int_equal(err.code, MF_E_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

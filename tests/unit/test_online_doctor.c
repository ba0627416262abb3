/* The parts of the doctor that need no network: what may be shown, remedies, the
 * order of mirrors, the list of verdicts. tests/doctor has the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "bundle/doctor/doctorparts.h"

static void shows(const char *text, const char *expected)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_MIB);
    mf_doctor_hide(mf_str(text), &out);
    assert_string_equal(mf_buf_cstr(&out), expected);
}

static void test_secrets_are_hidden(void **state)
{
    (void)state;
    shows("", "");
    shows("https://a.example.com,direct", "https://a.example.com,direct");
    shows("https://u:p@a.example.com/x|https://b", "https://***@a.example.com/x|https://b");
    shows("u:p@a.example.com", "***@a.example.com");
    shows("https://u:p@ss@a.example.com", "https://***@a.example.com");
    shows("name+hash+key https://u:p@db.example.com", "name+hash+key https://***@db.example.com");
    shows("u@b://p@host", "***@host");
    shows("a,,b| c", "a,,b| c");
    /* a password with what separates entries in it */
    shows("http://u:pass,word@proxy.example.com", "http://***@proxy.example.com");
    shows("u:pa ss|wo;rd@a,direct", "***@a,direct");
    shows("https://b:8080,https://u:pass,word@a", "https://***@a");
    shows("https://b,u:p@a", "https://b,***@a");
}

/* --- remedies --- */

struct scene {
    struct mf_doctor doctor;
    struct mf_diagnosis diagnosis;
    struct mf_finding *finding;
};

static void set_scene(struct scene *s, const char *goproxy, enum mf_setting_source source)
{
    struct mf_err err;
    *s = (struct scene){.doctor = {.arena = MF_ARENA_INIT(MF_MIB), .diagnosis = &s->diagnosis}};
    mf_diagnosis_init(&s->diagnosis);
    s->doctor.settings.source[MF_GOPROXY] = source;
    assert_int_equal(mf_proxies_parse(mf_str(goproxy), &s->doctor.proxies, &s->doctor.arena, &err), 0);
    s->finding = mf_diagnosis_add(&s->diagnosis, mf_diagnosis_subject(&s->diagnosis, "proxy", MF_LIT("x")), "tcp",
                                  MF_V_VENDOR, "nothing");
}

static void ends_with(struct scene *s, const char *expected)
{
    assert_string_equal(s->finding->remedy.p, expected);
    mf_arena_release(&s->doctor.arena);
    mf_diagnosis_release(&s->diagnosis);
}

static void swaps(const char *goproxy, const char *shown, const char *replacement, const char *expected)
{
    struct scene s;
    set_scene(&s, goproxy, MF_FROM_GOENV);
    mf_doctor_swap(&s.doctor, s.finding, mf_str(shown), replacement);
    ends_with(&s, expected);
}

static void logs_in(const char *scheme, const char *host, const char *expected)
{
    struct scene s;
    struct mf_probe_way way = {.proxy_port = "3128", .variable = "https_proxy", .scheme = scheme};
    set_scene(&s, "https://a", MF_FROM_GOENV);
    strcpy(way.proxy_host, host);
    mf_doctor_log_in(&s.doctor, s.finding, &way);
    ends_with(&s, expected);
}

static void test_remedies(void **state)
{
    (void)state;
    struct scene s;
    swaps("https://a,https://b|direct", "https://a", NULL, "go env -w GOPROXY='https://b|direct'");
    swaps("https://a|https://b,direct", "https://b", NULL, "go env -w GOPROXY=https://a,direct");
    swaps("https://a,direct", "https://a", NULL, "go env -w GOPROXY=https://ANOTHER-PROXY,direct");
    swaps("http://a:1,direct", "http://a:1", "https://a:1", "go env -w GOPROXY=https://a:1,direct");
    swaps("https://u:p@a,https://b", "https://b", NULL, "go env -w GOPROXY=https://USER:PASSWORD@a");
    swaps("https://a'b/$x,https://c", "https://c", NULL, "go env -w GOPROXY='https://a'\\''b/$x'");
    swaps("https://a", "https://elsewhere", NULL, "");
    swaps("https://a", "https://elsewhere", "https://c", "use https://c");
    logs_in("http", "proxy.example.com", "export https_proxy=http://USER:PASSWORD@proxy.example.com:3128");
    logs_in("https", "10.0.0.1", "export https_proxy=https://USER:PASSWORD@10.0.0.1:3128");
    logs_in("socks5h", "fd00::1", "export https_proxy=socks5h://USER:PASSWORD@[fd00::1]:3128");
    set_scene(&s, "https://a,https://b,direct", MF_FROM_ENVIRONMENT);
    mf_doctor_join(&s.doctor, s.finding);
    ends_with(&s, "export GOPROXY='https://a|https://b,direct'");
    set_scene(&s, "https://a", MF_FROM_ENVIRONMENT);
    mf_doctor_set(&s.doctor, s.finding, MF_GOPROXY, NULL);
    ends_with(&s, "unset GOPROXY");
    set_scene(&s, "https://a/it's,direct", MF_FROM_DEFAULT);
    mf_doctor_recommend(&s.doctor, s.finding, &(struct mf_proxies){s.doctor.proxies.list, 1}, MF_LIT("direct"));
    ends_with(&s, "go env -w GOPROXY='https://a/it'\\''s,direct'");
}

/* --- mirrors --- */

static struct mf_doctor_mirror mirror(size_t number, bool usable, bool stale, uint64_t took)
{
    struct mf_doctor_mirror m = {.number = number, .usable = usable, .stale = stale, .served = {.zip_size = 1000000}};
    for (size_t i = 0; i < MF_DOCTOR_SAMPLES; i++)
        m.zip_us[i] = took;
    m.zip_us[0] = took * 100; /* one slow sample decides nothing */
    return m;
}

static void orders(struct mf_doctor_mirror *list, size_t n, const char *expected)
{
    char found[16] = "";
    mf_doctor_rank(list, n);
    for (size_t i = 0; i < n; i++)
        found[i] = (char)('0' + list[i].number);
    assert_string_equal(found, expected);
}

static void test_mirrors_are_ranked(void **state)
{
    (void)state;
    struct mf_doctor_mirror list[] = {mirror(0, true, false, 500000), mirror(1, true, false, 100000),
                                      mirror(2, false, false, 1), mirror(3, true, true, 1000)};
    orders(list, 4, "1032");
    assert_int_equal(list[0].rate, 10000000);
    struct mf_doctor_mirror ties[] = {mirror(0, true, false, 109000), mirror(1, true, false, 100000),
                                      mirror(2, true, false, 140000), mirror(3, true, false, 150000)};
    orders(ties, 4, "0123");
    struct mf_doctor_mirror reversed[] = {mirror(3, true, false, 100000), mirror(2, true, false, 100000),
                                          mirror(1, true, false, 200000), mirror(0, true, false, 200000)};
    orders(reversed, 4, "2301");
}

/* --- verdicts and findings --- */

static void test_verdicts(void **state)
{
    (void)state;
    for (int v = 0; v < MF_VERDICT_COUNT; v++) {
        const char *name = mf_verdict_name((enum mf_verdict)v);
        assert_non_null(name);
        assert_non_null(mf_verdict_remedy((enum mf_verdict)v));
        for (int w = 0; w < v; w++)
            assert_string_not_equal(name, mf_verdict_name((enum mf_verdict)w));
    }
}

static void test_findings_are_masked_and_bounded(void **state)
{
    (void)state;
    static char longer[5000];
    struct mf_diagnosis d;
    mf_diagnosis_init(&d);
    memset(longer, 'x', sizeof(longer) - 1);
    struct mf_subject *s = mf_diagnosis_subject(&d, "proxy", MF_LIT("a\x1b[2J"));
    struct mf_finding *f = mf_diagnosis_add(&d, s, "http", MF_V_STALE, "%s", longer);
    assert_string_equal(s->name.p, "a\\x1b[2J");
    assert_int_equal(f->cause.n, MF_FINDING_TEXT - 1);
    assert_false(s->failed);
    assert_int_equal(mf_diagnosis_worst(&d), MF_FOUND_WARNING);
    mf_diagnosis_add(&d, s, "tcp", MF_V_CONNECTION_REFUSED, "no");
    assert_true(s->failed);
    assert_int_equal(mf_diagnosis_worst(&d), MF_FOUND_FAILURE);
    mf_diagnosis_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets_are_hidden),
        cmocka_unit_test(test_remedies),
        cmocka_unit_test(test_mirrors_are_ranked),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_findings_are_masked_and_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

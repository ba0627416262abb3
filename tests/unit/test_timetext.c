/* Expectations are those of Go's time.Time.UnmarshalJSON, but for the offset of
 * 24 hours, which Go lets pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/timetext.h"

static void test_times(void **state)
{
    static const struct {
        const char *text;
        bool valid, utc;
    } cases[] = {
        {"2024-01-02T03:04:05Z", true, true},
        {"0000-01-01T00:00:00Z", true, true},
        {"9999-12-31T23:59:59Z", true, true},
        {"2024-02-29T00:00:00Z", true, true},
        {"2000-02-29T00:00:00Z", true, true},
        {"2023-02-29T00:00:00Z", false, false},
        {"1900-02-29T00:00:00Z", false, false},
        {"2024-04-31T00:00:00Z", false, false},
        {"2024-00-10T00:00:00Z", false, false},
        {"2024-13-10T00:00:00Z", false, false},
        {"2024-01-00T00:00:00Z", false, false},
        {"2024-01-02T24:00:00Z", false, false},
        {"2024-01-02T03:60:05Z", false, false},
        {"2024-01-02T03:04:60Z", false, false},
        {"2024-01-02T03:04:05.5Z", true, false},
        {"2024-01-02T03:04:05.123456789123Z", true, false},
        {"2024-01-02T03:04:05.Z", false, false},
        {"2024-01-02T03:04:05+05:30", true, false},
        {"2024-01-02T03:04:05.25-23:59", true, false},
        {"2024-01-02T03:04:05+24:00", false, false},
        {"2024-01-02T03:04:05+0530", false, false},
        {"2024-01-02T03:04:05", false, false},
        {"2024-01-02 03:04:05Z", false, false},
        {"2024-01-02t03:04:05z", false, false},
        {"2024-01-02T03:04:05Z ", false, false},
        {"24-01-02T03:04:05Z", false, false},
        {"x", false, false},
        {"", false, false},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        if (mf_timetext_valid(mf_str(cases[i].text)) != cases[i].valid)
            fail_msg("\"%s\" should be %s", cases[i].text, cases[i].valid ? "valid" : "invalid");
        if (mf_timetext_is_utc(mf_str(cases[i].text)) != cases[i].utc)
            fail_msg("\"%s\" should %sbe a time in UTC", cases[i].text, cases[i].utc ? "" : "not ");
    }
}

static void test_seconds(void **state)
{
    /* as Go's time.Time.Unix gives them */
    static const struct {
        const char *text;
        int64_t seconds;
    } cases[] = {
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59Z", -1},
        {"2024-02-29T12:34:56Z", 1709210096},
        {"2024-02-29T12:34:56.123456789Z", 1709210096},
        {"2024-02-29T12:34:56+01:30", 1709204696},
        {"2024-02-29T12:34:56-23:59", 1709296436},
        {"0001-01-01T00:00:00Z", MF_TIMETEXT_ZERO},
        {"0000-02-29T00:00:00Z", -62162121600},
        {"9999-12-31T23:59:59Z", 253402300799},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        int64_t seconds;
        assert_true(mf_timetext_seconds(mf_str(cases[i].text), &seconds));
        assert_int_equal(seconds, cases[i].seconds);
    }
}

static void test_stamp(void **state)
{
    static const char *const refused[] = {"", "2024022912345", "202402291234567", "20230229123456", "2024022912345x"};
    int64_t seconds;
    (void)state;
    assert_true(mf_timetext_stamp(MF_LIT("20240229123456"), &seconds));
    assert_int_equal(seconds, 1709210096);
    for (size_t i = 0; i < MF_COUNT(refused); i++)
        assert_false(mf_timetext_stamp(mf_str(refused[i]), &seconds));
}

static void test_utc(void **state)
{
    char text[MF_TIMETEXT_UTC];
    (void)state;
    assert_true(mf_timetext_utc(1709210096, text));
    assert_string_equal(text, "2024-02-29T12:34:56Z");
    assert_true(mf_timetext_utc(INT64_C(253402300799), text));
    assert_string_equal(text, "9999-12-31T23:59:59Z");
    assert_false(mf_timetext_utc(INT64_C(253402300800), text));
    assert_false(mf_timetext_utc(MF_TIMETEXT_ZERO, text));
    assert_false(mf_timetext_utc(INT64_MAX, text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_times), cmocka_unit_test(test_seconds),
                                       cmocka_unit_test(test_stamp), cmocka_unit_test(test_utc)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

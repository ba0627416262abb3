#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "formats/base/encode.h"

static void test_hex(void **state)
{
    static const uint8_t bytes[] = {0x00, 0x01, 0x7f, 0x80, 0xab, 0xff};
    char text[MF_HEX_SIZE(sizeof(bytes))];
    uint8_t got[sizeof(bytes)];
    (void)state;
    mf_hex(bytes, sizeof(bytes), text);
    assert_string_equal(text, "00017f80abff");
    assert_true(mf_hex_parse(mf_str(text), got, sizeof(got)));
    assert_memory_equal(got, bytes, sizeof(bytes));
    mf_hex(bytes, 0, text);
    assert_string_equal(text, "");
    assert_true(mf_hex_parse(MF_LIT(""), got, 0));
}

static void test_hex_refused(void **state)
{
    static const char *const bad[] = {"",     "0",    "00",   "000",  "00000", "0000 ",     " 000",
                                      "00 0", "00:0", "00AB", "00aG", "00a/",  "00a:",      "00a@",
                                      "00a`", "00ag", "0x00", "-000", "00a\n", "\xc3\xa9zz"};
    uint8_t got[2];
    (void)state;
    for (size_t i = 0; i < MF_COUNT(bad); i++)
        assert_false(mf_hex_parse(mf_str(bad[i]), got, sizeof(got)));
    assert_false(mf_hex_parse(MF_LIT("00a\0"), got, sizeof(got)));
    assert_true(mf_hex_parse(MF_LIT("00ab"), got, sizeof(got)));
}

/* RFC 4648, section 10, and both last characters of the alphabet. */
static void test_base64(void **state)
{
    static const struct {
        const char *plain, *text;
    } cases[] = {{"", ""},
                 {"f", "Zg=="},
                 {"fo", "Zm8="},
                 {"foo", "Zm9v"},
                 {"foob", "Zm9vYg=="},
                 {"fooba", "Zm9vYmE="},
                 {"foobar", "Zm9vYmFy"},
                 {"\xfb\xff\xbf", "+/+/"}};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        char text[MF_BASE64_SIZE(6)], got[6];
        size_t n = strlen(cases[i].plain);
        mf_base64(cases[i].plain, n, text);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(strlen(text) + 1, MF_BASE64_SIZE(n));
        assert_true(mf_base64_parse(mf_str(text), got, n));
        assert_memory_equal(got, cases[i].plain, n);
        for (size_t other = 0; other <= sizeof(got); other++)
            if (other != n)
                assert_false(mf_base64_parse(mf_str(text), got, other));
    }
}

static void test_base64_refused(void **state)
{
    static const struct {
        const char *text;
        size_t n;
    } bad[] = {
        {"Zg", 1},    {"Zg=", 1},    {"Zg===", 1},  {"Zh==", 1}, {"Zk==", 1},    {"Zm9=", 2}, {"Zm8", 2},
        {"Zm8==", 2}, {"Z===", 1},   {"====", 1},   {"====", 0}, {"=Zg=", 1},    {"Z=g=", 1}, {"Zm9 ", 3},
        {" Zm9v", 3}, {"Zm9v\n", 3}, {"Zm\n9v", 3}, {"-_-_", 3}, {"Zm9\xff", 3}, {"Zm9.", 3},
    };
    char got[8];
    (void)state;
    for (size_t i = 0; i < MF_COUNT(bad); i++)
        if (mf_base64_parse(mf_str(bad[i].text), got, bad[i].n))
            fail_msg("\"%s\" was taken for %zu bytes", bad[i].text, bad[i].n);
    assert_false(mf_base64_parse(MF_LIT("Zm9\0"), got, 3));
}

/* Of all bytes only the alphabet's are taken, in every position. */
static void test_alphabets(void **state)
{
    static const char base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    static const char hex[] = "0123456789abcdef";
    char got[3];
    (void)state;
    for (size_t at = 0; at < 4; at++)
        for (int c = 0; c < 256; c++) {
            char text[] = "AAAA", digits[] = "0000";
            text[at] = (char)c;
            digits[at] = (char)c;
            assert_int_equal(mf_base64_parse((struct mf_str){text, 4}, got, 3), memchr(base64, c, 64) != NULL);
            assert_int_equal(mf_hex_parse((struct mf_str){digits, 4}, got, 2), memchr(hex, c, 16) != NULL);
        }
}

/* Only the canonical text of each value is taken: of all last characters of a
 * padded group, exactly one in 16 (one in 4). */
static void test_base64_stray_bits(void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t one = 0, two = 0;
    uint8_t got[2];
    (void)state;
    for (size_t i = 0; i < 64; i++) {
        char text[5] = {'A', alphabet[i], '=', '=', '\0'};
        one += mf_base64_parse(mf_str(text), got, 1);
        text[1] = 'A';
        text[2] = alphabet[i];
        two += mf_base64_parse(mf_str(text), got, 2);
    }
    assert_int_equal(one, 4);
    assert_int_equal(two, 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hex),       cmocka_unit_test(test_hex_refused),
        cmocka_unit_test(test_base64),    cmocka_unit_test(test_base64_refused),
        cmocka_unit_test(test_alphabets), cmocka_unit_test(test_base64_stray_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

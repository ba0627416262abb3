/* Single cases; tests/diff/unicode.sh compares all code points with Go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>
#include <locale.h>

#include "formats/base/unicode.h"

/* The table of well-formed sequences in chapter 3 of the Unicode standard. */
static size_t well_formed(const unsigned char *p, size_t n)
{
    static const struct {
        unsigned char first_low, first_high, second_low, second_high;
        size_t length;
    } rows[] = {
        {0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < MF_COUNT(rows) && n; i++) {
        if (p[0] < rows[i].first_low || p[0] > rows[i].first_high || n < rows[i].length)
            continue;
        if (rows[i].length > 1 && (p[1] < rows[i].second_low || p[1] > rows[i].second_high))
            return 0;
        for (size_t k = 2; k < rows[i].length; k++)
            if (p[k] < 0x80 || p[k] > 0xbf)
                return 0;
        return rows[i].length;
    }
    return 0;
}

/* All sequences of four bytes at the borders of those rows, and all their
 * beginnings. */
static void test_decode(void **state)
{
    static const unsigned char borders[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf,
                                            0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff};
    enum { N = MF_COUNT(borders) };
    (void)state;
    for (size_t i = 0; i < (size_t)N * N * N * N; i++) {
        unsigned char p[4] = {borders[i % N], borders[i / N % N], borders[i / N / N % N], borders[i / N / N / N]};
        for (size_t n = 0; n <= 4; n++) {
            uint32_t rune = 0;
            size_t len = mf_utf8_decode((const char *)p, n, &rune);
            if (len != well_formed(p, n))
                fail_msg("%02x %02x %02x %02x, %zu bytes: length %zu", p[0], p[1], p[2], p[3], n, len);
        }
    }
}

static void test_round_trip(void **state)
{
    (void)state;
    for (uint32_t rune = 0; rune < 0x110000; rune++) {
        char text[4];
        uint32_t back = 0;
        if (rune == 0xd800)
            rune = 0xe000;
        size_t n = mf_utf8_encode(rune, text);
        assert_int_equal(n, rune < 0x80 ? 1 : rune < 0x800 ? 2 : rune < 0x10000 ? 3 : 4);
        assert_int_equal(mf_utf8_decode(text, n, &back), n);
        assert_int_equal(back, rune);
    }
}

static void test_valid(void **state)
{
    (void)state;
    assert_true(mf_utf8_valid((struct mf_str){NULL, 0}));
    assert_true(mf_utf8_valid(MF_LIT("a\0\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xb9")));
    assert_false(mf_utf8_valid(MF_LIT("a\xc3")));
    assert_false(mf_utf8_valid(MF_LIT("\xed\xa0\x80")));
    assert_false(mf_utf8_valid(MF_LIT("\xc0\xaf")));
    assert_false(mf_utf8_valid(MF_LIT("\xf4\x90\x80\x80")));
}

static void test_fold(void **state)
{
    static const uint32_t same[][2] = {{'A', 'a'},       {'K', 0x212a},    {'s', 0x17f},    {0xe5, 0x212b},
                                       {0xdf, 0x1e9e},   {0x3c3, 0x3c2},   {0x1c4, 0x1c5},  {0xb5, 0x3bc},
                                       {0x13a0, 0xab70}, {0x13f0, 0x13f8}, {0x1c80, 0x432}, {0x10400, 0x10428},
                                       {0x345, 0x399},   {0x1f80, 0x1f88}, {0x3c9, 0x2126}, {0x1e900, 0x1e922}};
    static const uint32_t different[][2] = {{'i', 0x130},  {'i', 0x131}, {'I', 0x131},  {0x130, 0x131},
                                            {'s', 0xdf},   {'a', 0xe4},  {'[', '{'},    {'@', '`'},
                                            {0xfb00, 'f'}, {0x149, 'n'}, {0xff21, 'A'}, {0x2160, 'I'}};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(same); i++)
        assert_int_equal(mf_rune_fold(same[i][0]), mf_rune_fold(same[i][1]));
    for (size_t i = 0; i < MF_COUNT(different); i++)
        assert_int_not_equal(mf_rune_fold(different[i][0]), mf_rune_fold(different[i][1]));
}

static void test_letters(void **state)
{
    static const uint32_t yes[] = {'a', 'Z', 0xaa, 0xe9, 0x1c5, 0x2b0, 0x4e2d, 0x20000};
    static const uint32_t no[] = {'0',    '_',    '-',    ' ',    0x300,    0xb2,
                                  0x2160, 0xe000, 0xd800, 0xffff, 0x110000, UINT32_MAX};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(yes); i++)
        if (!mf_rune_is_letter(yes[i]))
            fail_msg("U+%04X is a letter", (unsigned)yes[i]);
    for (size_t i = 0; i < MF_COUNT(no); i++)
        assert_false(mf_rune_is_letter(no[i]));
}

static void test_digits(void **state)
{
    static const uint32_t yes[] = {'0', '9', 0x660, 0x966, 0xff10, 0x1d7ce};
    static const uint32_t no[] = {'a', 0xb2, 0xbd, 0x2160, 0x3007, ' ', 0x110000, UINT32_MAX};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(yes); i++)
        assert_true(mf_rune_is_digit(yes[i]));
    for (size_t i = 0; i < MF_COUNT(no); i++)
        assert_false(mf_rune_is_digit(no[i]));
}

static void test_graphic(void **state)
{
    static const uint32_t yes[] = {'a', '~', ' ', 0xa0, 0x3000, 0x301, 0x20ac, 0x4e2d, 0xfffd, 0x1f439};
    static const uint32_t no[] = {0, '\t', 0x7f, 0xad, 0x200b, 0x2028, 0xd800, 0xe000, 0x378, 0x110000, UINT32_MAX};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(yes); i++)
        assert_true(mf_rune_is_graphic(yes[i]));
    for (size_t i = 0; i < MF_COUNT(no); i++)
        assert_false(mf_rune_is_graphic(no[i]));
}

static void test_showable(void **state)
{
    static const uint32_t no[] = {0,      7,      '\t',   '\n',    '\r',     0x1b,     0x7f,      0x80,
                                  0x9b,   0xad,   0x61c,  0x200b,  0x200e,   0x200f,   0x2028,    0x2029,
                                  0x202a, 0x202e, 0x2066, 0x2069,  0xfeff,   0xfff9,   0xd800,    0xdfff,
                                  0xe000, 0xffff, 0x378,  0xe0041, 0x10ffff, 0x110000, UINT32_MAX};
    static const uint32_t yes[] = {' ', '~', '\\', 0xa0, 0xe9, 0x301, 0x5d0, 0x627, 0x4e2d, 0x1f439, 0xfffd};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(no); i++)
        if (mf_rune_is_showable(no[i]))
            fail_msg("U+%04X must not be shown", (unsigned)no[i]);
    for (size_t i = 0; i < MF_COUNT(yes); i++)
        if (!mf_rune_is_showable(yes[i]))
            fail_msg("U+%04X may be shown", (unsigned)yes[i]);
}

/* Values that are no code points fold to themselves. */
static void test_no_code_points(void **state)
{
    static const uint32_t values[] = {0x110000, 0x7fffffff, 0x80000000, UINT32_MAX, 0xd800};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(values); i++)
        assert_int_equal(mf_rune_fold(values[i]), values[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),         cmocka_unit_test(test_round_trip), cmocka_unit_test(test_valid),
        cmocka_unit_test(test_fold),           cmocka_unit_test(test_letters),    cmocka_unit_test(test_showable),
        cmocka_unit_test(test_no_code_points), cmocka_unit_test(test_digits),     cmocka_unit_test(test_graphic),
    };
    /* nothing may depend on it */
    (void)setlocale(LC_ALL, "tr_TR.UTF-8");
    return cmocka_run_group_tests(tests, NULL, NULL);
}

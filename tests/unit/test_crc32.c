/* Expected values: the catalogue's check value for "123456789" and Go's
 * hash/crc32 (IEEE). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/base/crc32.h"

static void test_known_values(void **state)
{
    (void)state;
    assert_int_equal(mf_crc32(0, NULL, 0), 0);
    assert_int_equal(mf_crc32(0, "123456789", 9), 0xCBF43926);
    assert_int_equal(mf_crc32(0, "The quick brown fox jumps over the lazy dog", 43), 0x414FA339);
}

static void test_pieces_make_no_difference(void **state)
{
    uint8_t bytes[1000];
    (void)state;
    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * i >> 3);
    uint32_t whole = mf_crc32(0, bytes, sizeof(bytes));
    for (size_t cut = 0; cut <= sizeof(bytes); cut++)
        assert_int_equal(mf_crc32(mf_crc32(0, bytes, cut), bytes + cut, sizeof(bytes) - cut), whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_values),
        cmocka_unit_test(test_pieces_make_no_difference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

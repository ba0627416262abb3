#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>
#include <stdalign.h>

#include "formats/base/arena.h"

/* Requests for more than the sanitizer allows must fail as malloc does. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

/* Records of all sizes around the block size: zeroed, aligned, not overlapping. */
static void test_records(void **state)
{
    static const size_t sizes[] = {1,     0,     7,     8,     16,    17,     100, 4096, 16383,
                                   16384, 16385, 65535, 65536, 65537, 300000, 1,   3};
    MF_CLEANUP(mf_arena_release) struct mf_arena a = MF_ARENA_INIT(64 * MF_MIB);
    struct mf_err err = {0};
    unsigned char *all[20 * MF_COUNT(sizes)];
    size_t n = 0, total = 0;
    (void)state;
    for (size_t round = 0; round < 20; round++)
        for (size_t i = 0; i < MF_COUNT(sizes); i++) {
            unsigned char *p = mf_arena_alloc(&a, sizes[i], &err);
            assert_non_null(p);
            assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
            for (size_t k = 0; k < sizes[i]; k++)
                assert_int_equal(p[k], 0);
            memset(p, (int)(n % 255 + 1), sizes[i]);
            all[n++] = p;
            total += sizes[i];
        }
    assert_int_equal(a.used, total);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < sizes[i % MF_COUNT(sizes)]; k++)
            assert_int_equal(all[i][k], i % 255 + 1);
    mf_arena_release(&a);
    assert_int_equal(a.used, 0);
    assert_non_null(mf_arena_alloc(&a, 10, &err));
    mf_arena_release(&a);
    mf_arena_release(&a);
}

static void test_maximum(void **state)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena a = MF_ARENA_INIT(100);
    struct mf_err err = {0};
    (void)state;
    assert_non_null(mf_arena_alloc(&a, 60, &err));
    assert_null(mf_arena_alloc(&a, 41, &err));
    assert_int_equal(err.code, MF_E_LIMIT);
    assert_non_null(mf_arena_alloc(&a, 40, &err));
    assert_non_null(mf_arena_alloc(&a, 0, &err));
    assert_null(mf_arena_alloc(&a, 1, &err));
    assert_null(mf_arena_alloc(&a, SIZE_MAX, &err));
    assert_int_equal(a.used, 100);
}

static void test_overflow(void **state)
{
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 15, SIZE_MAX - 16, SIZE_MAX - 40, SIZE_MAX - 64, SIZE_MAX / 2};
    MF_CLEANUP(mf_arena_release) struct mf_arena a = MF_ARENA_INIT(SIZE_MAX);
    struct mf_err err = {0};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(sizes); i++)
        assert_null(mf_arena_alloc(&a, sizes[i], &err));
    assert_null(mf_arena_array(&a, SIZE_MAX / 8 + 1, 8, &err));
    assert_null(mf_arena_array(&a, SIZE_MAX, SIZE_MAX, &err));
    assert_null(mf_arena_array(&a, 2, SIZE_MAX / 2 + 1, &err));
    assert_int_equal(a.used, 0);
    assert_non_null(mf_arena_array(&a, 0, 8, &err));
    assert_non_null(mf_arena_array(&a, 8, 0, &err));
    assert_non_null(mf_arena_array(&a, 100, 24, &err));
    assert_int_equal(a.used, 2400);
    /* lengths alone: nothing is read before the sum is checked */
    struct mf_str half = {"x", SIZE_MAX / 2 + 1}, out = MF_LIT("untouched");
    assert_int_equal(mf_arena_join(&a, half, half, MF_LIT(""), &out, &err), -1);
    assert_int_equal(mf_arena_join(&a, half, (struct mf_str){"x", SIZE_MAX / 2 - 5}, MF_LIT("123456789"), &out, &err),
                     -1);
    assert_int_equal(mf_arena_dup(&a, (struct mf_str){"x", SIZE_MAX}, &out, &err), -1);
    assert_true(mf_str_eq(out, MF_LIT("untouched")));
}

static void test_text(void **state)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena a = MF_ARENA_INIT(4 * MF_KIB);
    struct mf_err err = {0};
    struct mf_str s, none = {NULL, 0};
    char text[] = "v1.2.3";
    (void)state;
    assert_int_equal(mf_arena_dup(&a, mf_str(text), &s, &err), 0);
    text[0] = 'x';
    assert_string_equal(s.p, "v1.2.3");
    assert_int_equal(s.n, 6);
    assert_int_equal(mf_arena_dup(&a, none, &s, &err), 0);
    assert_string_equal(s.p, "");
    assert_int_equal(mf_arena_join(&a, MF_LIT("a"), none, MF_LIT("bc"), &s, &err), 0);
    assert_string_equal(s.p, "abc");
    /* the result may take the place of an argument */
    assert_int_equal(mf_arena_join(&a, s, MF_LIT("@"), s, &s, &err), 0);
    assert_string_equal(s.p, "abc@abc");
    assert_int_equal(mf_arena_dup(&a, MF_LIT("a\0b"), &s, &err), 0);
    assert_int_equal(s.n, 3);
    assert_memory_equal(s.p, "a\0b", 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_maximum),
        cmocka_unit_test(test_overflow),
        cmocka_unit_test(test_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>
#include <stdlib.h>

#include "formats/base/buf.h"

/* Requests for more than the sanitizer allows must fail as malloc does. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void is(const struct mf_buf *b, const char *expected)
{
    assert_true(mf_str_eq(mf_buf_view(b), mf_str(expected)));
}

static void test_append(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(64 * MF_KIB);
    struct mf_err err = {0};
    (void)state;
    is(&b, "");
    assert_int_equal(mf_buf_check(&b, &err), 0);
    mf_buf_add(&b, NULL, 0);
    mf_buf_str(&b, (struct mf_str){NULL, 0});
    is(&b, "");
    mf_buf_str(&b, MF_LIT("h1:"));
    mf_buf_add(&b, "ab", 2);
    mf_buf_byte(&b, '=');
    mf_buf_fmt(&b, " %d%%", 7);
    is(&b, "h1:ab= 7%");
    assert_string_equal(mf_buf_cstr(&b), "h1:ab= 7%");
    assert_int_equal(b.n, 9);
    mf_buf_truncate(&b, 99);
    is(&b, "h1:ab= 7%");
    mf_buf_truncate(&b, 5);
    is(&b, "h1:ab");
    mf_buf_drop(&b, 0);
    is(&b, "h1:ab");
    mf_buf_drop(&b, 3);
    is(&b, "ab");
    mf_buf_drop(&b, 3);
    is(&b, "");
    mf_buf_drop(&b, 1);
    is(&b, "");
    mf_buf_byte(&b, '\0');
    assert_int_equal(b.n, 1);
    assert_int_equal(err.code, MF_OK);
    mf_buf_release(&b);
    mf_buf_release(&b);
    assert_int_equal(b.max, 64 * MF_KIB);
    mf_buf_byte(&b, 'x');
    is(&b, "x");
    assert_int_equal(mf_buf_check(&b, &err), 0);
}

/* Each maximum is reached exactly, never passed, and leaves room for the NUL
 * that does not count. */
static void test_maximum(void **state)
{
    static const size_t sizes[] = {0, 1, 2, 63, 64, 65, 127, 128, 129, 255, 256, 257, 1000, 4096, 70000};
    static char fill[70001];
    struct mf_err err = {0};
    (void)state;
    memset(fill, 'f', sizeof(fill));
    for (size_t i = 0; i < MF_COUNT(sizes); i++) {
        size_t max = sizes[i];
        MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(max);
        mf_buf_fmt(&b, "%.*s", (int)max, fill);
        assert_int_equal(mf_buf_check(&b, &err), 0);
        assert_int_equal(b.n, max);
        assert_int_equal(strlen(mf_buf_cstr(&b)), max);
        assert_int_equal(mf_buf_check(&b, &err), 0);
        mf_buf_add(&b, NULL, 0);
        assert_int_equal(mf_buf_check(&b, &err), 0);
        mf_buf_byte(&b, 'x');
        assert_int_equal(mf_buf_check(&b, &err), -1);
        assert_int_equal(err.code, MF_E_LIMIT);
        assert_int_equal(b.n, max);
        mf_buf_clear(&b);
        mf_buf_fmt(&b, "%.*s", (int)max + 1, fill);
        assert_int_equal(mf_buf_check(&b, &err), -1);
        assert_int_equal(b.n, 0);
        mf_buf_clear(&b);
        for (size_t n = 0; n <= max; n++)
            mf_buf_byte(&b, 'x');
        assert_int_equal(mf_buf_check(&b, &err), -1);
        assert_int_equal(b.n, max);
        assert_true(b.cap <= (max < 64 ? 64 : max + 1));
    }
}

static void test_failure_is_sticky(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(4);
    struct mf_err err = {0};
    (void)state;
    mf_buf_str(&b, MF_LIT("abc"));
    mf_buf_str(&b, MF_LIT("de"));
    mf_buf_byte(&b, 'f');
    mf_buf_fmt(&b, "%s", "g");
    assert_null(mf_buf_room(&b, 0));
    assert_null(mf_buf_cstr(&b));
    is(&b, "abc");
    assert_int_equal(mf_buf_check(&b, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    assert_non_null(strstr(err.text, "4 bytes"));
    mf_buf_clear(&b);
    mf_buf_str(&b, MF_LIT("abcd"));
    is(&b, "abcd");
    assert_int_equal(mf_buf_check(&b, &err), 0);
}

static void test_room(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(1000);
    (void)state;
    assert_non_null(mf_buf_room(&b, 0));
    for (size_t n = 1; b.n + n <= 1000; n *= 2) {
        char *to = mf_buf_room(&b, n);
        assert_non_null(to);
        memset(to, 'r', n);
        assert_ptr_equal(to, b.p + b.n);
        mf_buf_grew(&b, n);
    }
    assert_int_equal(b.n, 511);
    assert_null(mf_buf_room(&b, 490));
    assert_int_equal(b.failed, MF_E_LIMIT);
}

static void test_huge(void **state)
{
    static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2 + 1, SIZE_MAX / 2, SIZE_MAX / 4};
    struct mf_err err = {0};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(sizes); i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(SIZE_MAX);
        mf_buf_str(&b, MF_LIT("abc"));
        assert_null(mf_buf_room(&b, sizes[i]));
        assert_int_equal(mf_buf_check(&b, &err), -1);
        assert_true(err.code == MF_E_NOMEM || err.code == MF_E_LIMIT);
        is(&b, "abc");
    }
}

static void test_wipe(void **state)
{
    MF_CLEANUP(mf_buf_wipe) struct mf_buf b = MF_BUF_INIT(64);
    (void)state;
    mf_buf_wipe(&b);
    mf_buf_str(&b, MF_LIT("secret"));
    mf_buf_wipe(&b);
    assert_null(b.p);
    assert_int_equal(b.max, 64);
}

static void test_grow(void **state)
{
    struct mf_err err = {0};
    uint64_t *items = NULL;
    size_t cap = 0;
    (void)state;
    assert_int_equal(mf_grow(&items, &cap, 0, sizeof(*items), 100, &err), 0);
    assert_null(items);
    for (size_t n = 0; n < 100; n++) {
        assert_int_equal(mf_grow(&items, &cap, n + 1, sizeof(*items), 100, &err), 0);
        assert_true(cap > n && cap <= 100);
        items[n] = n;
    }
    for (size_t n = 0; n < 100; n++)
        assert_int_equal(items[n], n);
    assert_int_equal(mf_grow(&items, &cap, 101, sizeof(*items), 100, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    assert_int_equal(cap, 100);
    assert_int_equal(mf_grow(&items, &cap, SIZE_MAX, sizeof(*items), SIZE_MAX, &err), -1);
    assert_int_equal(mf_grow(&items, &cap, SIZE_MAX / 8 + 2, sizeof(*items), SIZE_MAX, &err), -1);
    assert_int_equal(mf_grow(&items, &cap, SIZE_MAX / 32, sizeof(*items), SIZE_MAX, &err), -1);
    assert_int_equal(err.code, MF_E_NOMEM);
    assert_int_equal(cap, 100);
    assert_int_equal(items[99], 99);
    free(items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_append), cmocka_unit_test(test_maximum), cmocka_unit_test(test_failure_is_sticky),
        cmocka_unit_test(test_room),   cmocka_unit_test(test_huge),    cmocka_unit_test(test_wipe),
        cmocka_unit_test(test_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

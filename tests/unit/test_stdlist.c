#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/stdlist.h"
#include "formats/stdtable.h"

static void test_has(void **state)
{
    static const struct {
        const char *path, *release;
        bool has;
    } cases[] = {
        {"fmt", "1.26", true},
        {"fmt", "1", true},
        {"fmt", "", true},
        {"unsafe", "1.0", true},
        {"slices", "1.20", false},
        {"slices", "1.20.14", false},
        {"slices", "1.21", true},
        {"slices", "1.21rc2", true},
        {"slices", "go1.21.3", true},
        {"slices", "1.99", true},
        {"slices", "not a release", true},
        {"iter", "1.22.7", false},
        {"iter", "1.23.0", true},
        {"embed", "1.15", false},
        {"embed", "1.16", true},
        {"runtime/cgo", "1.5", true},
        {"time/tzdata", "1.14", false},
        {"syscall/js", "1.26", true},
        {"internal/abi", "1.16", true},
        {"vendor/golang.org/x/net/idna", "1.26", true},
        {"cmd/go", "1.26", true},
        {"golang.org/x/net/idna", "1.26", false},
        {"example.com/fmt", "1.26", false},
        {"fmt/", "1.26", false},
        {"Fmt", "1.26", false},
        {"fm", "1.26", false},
        {"fmtx", "1.26", false},
        {"internal", "1.26", false},
        {"encoding", "1.1", false},
        {"encoding", "1.2", true},
        {"archive", "1.26", false},
        {"foo/bar", "1.26", false},
        {"C", "1.26", false},
        {"", "1.26", false},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        if (mf_stdlist_has(mf_str(cases[i].path), mf_str(cases[i].release)) != cases[i].has)
            fail_msg("%s in %s", cases[i].path, cases[i].release);
    }
}

static void test_reserved(void **state)
{
    (void)state;
    assert_true(mf_stdlist_is_reserved(MF_LIT("fmt")));
    assert_true(mf_stdlist_is_reserved(MF_LIT("foo/b.ar")));
    assert_true(mf_stdlist_is_reserved(MF_LIT("")));
    assert_false(mf_stdlist_is_reserved(MF_LIT("example.com/a")));
    assert_false(mf_stdlist_is_reserved(MF_LIT("a.b")));
}

/* The search relies on the order. */
static void test_table(void **state)
{
    (void)state;
    assert_true(mf_stdtable_count > 500);
    assert_true(mf_stdlist_newest() >= 26);
    for (size_t i = 0; i < mf_stdtable_count; i++) {
        assert_true(mf_stdtable[i].since <= mf_stdtable_release);
        assert_true(mf_stdlist_is_reserved(mf_str(mf_stdtable[i].path)));
        if (i > 0)
            assert_true(mf_str_cmp(mf_str(mf_stdtable[i - 1].path), mf_str(mf_stdtable[i].path)) < 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_has),
        cmocka_unit_test(test_reserved),
        cmocka_unit_test(test_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

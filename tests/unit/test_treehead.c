#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/base/encode.h"
#include "formats/treehead.h"

#define ROOT "nND/nri/U0xuHUrYSy0HtMeal2vzD9V4k/BO79C+QeI="

static void test_head(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        long long size; /* -1: refused */
    } cases[] = {
        {"go.sum database tree\n2\n" ROOT "\n", 2},
        {"go.sum database tree\n2\n" ROOT "\nmore\n", 2},
        {"go.sum database tree\n0\n" ROOT "\n", 0},
        {"go.sum database tree\n9007199254740991\n" ROOT "\n", 9007199254740991},
        {"go.sum database tree\n9007199254740992\n" ROOT "\n", -1},
        {"go.sum database tree\n99999999999999999\n" ROOT "\n", -1},
        {"go.sum database tree\n02\n" ROOT "\n", -1},
        {"go.sum database tree\n+2\n" ROOT "\n", -1},
        {"go.sum database tree\n-2\n" ROOT "\n", -1},
        {"go.sum database tree\n\n" ROOT "\n", -1},
        {"go.sum database tree\n2\n" ROOT, -1},
        {"go.sum database tree\n2\n", -1},
        {"go.sum database tree v2\n2\n" ROOT "\n", -1},
        {"go.sum database tree\n2\nnND/nri/U0xuHUrYSy0HtMeal2vzD9V4k/BO79C+Qe=\n", -1},
        {"go.sum database tree\n2\nAAAA" ROOT "\n", -1},
        {"", -1},
    };
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_treehead head;
        struct mf_err err = {0};
        int rc = mf_treehead_parse(mf_str(cases[i].text), &head, &err);
        assert_int_equal(rc, cases[i].size < 0 ? -1 : 0);
        if (rc < 0)
            assert_int_equal(err.code, MF_E_DAMAGED);
        else
            assert_int_equal(head.size, cases[i].size);
    }
}

static void test_lookup(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        long long id; /* -1: refused */
    } cases[] = {
        {"5\nexample.com/a v1.0.0 h1:A\n\nnote", 5},
        {"0\nx\n\n", 0},
        {"05\nx\n\n", -1},
        {"+5\nx\n\n", -1},
        {"\nx\n\n", -1},
        {"5\nx\n", -1},
        {"5\n\nx\n\n", -1}, /* go would read a record that begins with a blank line */
        {"5\nx\ty\n\nnote", -1},
        {"5\n\xff\n\nnote", -1},
        {"9007199254740992\nx\n\n", -1},
        {"5", -1},
        {"", -1},
    };
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_lookup lookup;
        struct mf_err err = {0};
        int rc = mf_lookup_parse(mf_str(cases[i].text), &lookup, &err);
        if (rc != (cases[i].id < 0 ? -1 : 0))
            fail_msg("%s", cases[i].text);
        if (rc < 0) {
            assert_int_equal(err.code, MF_E_DAMAGED);
            continue;
        }
        assert_int_equal(lookup.id, cases[i].id);
        struct mf_buf again = MF_BUF_INIT(4096);
        mf_lookup_write(&lookup, lookup.note, &again);
        assert_true(mf_str_eq(mf_buf_view(&again), mf_str(cases[i].text)));
        mf_buf_release(&again);
    }
}

static void test_lookup_limit(void **state)
{
    (void)state;
    struct mf_buf b = MF_BUF_INIT(4 * MF_LOOKUP_MAX);
    struct mf_lookup lookup;
    struct mf_err err = {0};
    mf_buf_str(&b, MF_LIT("7\n"));
    while (b.n <= MF_RECORD_MAX + 2)
        mf_buf_str(&b, MF_LIT("line\n"));
    mf_buf_str(&b, MF_LIT("\nnote"));
    assert_int_equal(mf_lookup_parse(mf_buf_view(&b), &lookup, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    while (b.n <= MF_LOOKUP_MAX)
        mf_buf_str(&b, MF_LIT("more"));
    assert_int_equal(mf_lookup_parse(mf_buf_view(&b), &lookup, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    mf_buf_release(&b);
}

static void test_h1(void **state)
{
    (void)state;
    struct mf_lookup lookup = {.record = MF_LIT("example.com/a v1.0.0 h2:X\nexample.com/a v1.0.0 h1:Z\n"
                                                "example.com/a v1.0.0/go.mod h1:M\nexample.com/a v1.0.0 h1:Y\n")};
    struct mf_module a = {MF_LIT("example.com/a"), MF_LIT("v1.0.0")};
    assert_true(mf_str_eq(mf_lookup_h1(&lookup, a, false), MF_LIT("h1:Z")));
    assert_true(mf_str_eq(mf_lookup_h1(&lookup, a, true), MF_LIT("h1:M")));
    a.version = MF_LIT("v1.0");
    assert_int_equal(mf_lookup_h1(&lookup, a, false).n, 0);
    a = (struct mf_module){MF_LIT("example.com"), MF_LIT("v1.0.0")};
    assert_int_equal(mf_lookup_h1(&lookup, a, false).n, 0);
}

/* Values of RFC 6962 as Certificate Transparency's tests have them. */
static void test_hashes(void **state)
{
    (void)state;
    char hex[65];
    struct mf_digest empty = mf_treehead_empty(), leaf = mf_tree_record_hash(mf_str(""));
    mf_hex(empty.b, 32, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    mf_hex(leaf.b, 32, hex);
    assert_string_equal(hex, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    struct mf_digest zero = mf_tree_record_hash((struct mf_str){"\0", 1}), node = mf_tree_node_hash(&leaf, &zero);
    mf_hex(node.b, 32, hex);
    assert_string_equal(hex, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head), cmocka_unit_test(test_lookup), cmocka_unit_test(test_lookup_limit),
        cmocka_unit_test(test_h1),   cmocka_unit_test(test_hashes),
    };
    return cmocka_run_group_tests_name("treehead", tests, NULL, NULL);
}

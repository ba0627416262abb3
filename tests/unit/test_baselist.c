#include "formats/baselist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define DB MF_LIT("sum.example.org")

static struct mf_base_module modules[] = {
    {.id = {{"example.com/a", 13}, {"v1.0.0", 6}}},
    {.id = {{"example.com/b/v2", 16}, {"v2.1.0", 6}}},
};
static const struct mf_frame_base base = {.prefix_size = 1, .modules = modules, .module_count = 2};

static enum mf_code check(struct mf_str text, const char *say)
{
    struct mf_err err = {0};
    if (mf_baselist_check(text, &base, DB, &err) == 0)
        return MF_OK;
    if (say && !strstr(err.text, say))
        fail_msg("%s", err.text);
    return err.code;
}

static void test_lines(void **state)
{
    (void)state;
    const char *text =
        "example.com/a v1.0.0 deep/more name.txt\nexample.com/B v1.0.0\nsum.example.org tile/8/1/x001/234\n";
    static const enum mf_baselist_kind kinds[] = {MF_BASELIST_FILE, MF_BASELIST_MOD, MF_BASELIST_TILE};
    static const char *const members[] = {"src/example.com/a@v1.0.0/deep/more name.txt",
                                          "meta/example.com/!b/@v/v1.0.0.mod",
                                          "sumdb/sum.example.org/tile/8/1/x001/234"};
    MF_CLEANUP(mf_buf_release) struct mf_buf again = MF_BUF_INIT(4 * MF_KIB);
    struct mf_str rest = mf_str(text);
    struct mf_err err = {0};
    for (size_t i = 0; i < MF_COUNT(kinds); i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf member = MF_BUF_INIT(4 * MF_KIB);
        struct mf_baselist_line line;
        assert_int_equal(mf_baselist_next(&rest, &line, &err), 0);
        assert_int_equal(line.kind, kinds[i]);
        mf_baselist_member(&line, &member);
        assert_string_equal(mf_buf_cstr(&member), members[i]);
        mf_baselist_write(&line, &again);
    }
    assert_int_equal(rest.n, 0);
    assert_string_equal(mf_buf_cstr(&again), text);
}

static void test_check(void **state)
{
    (void)state;
    static const struct {
        const char *text, *say;
    } bad[] = {
        {"", "empty"},
        {"example.com/a v1.0.0 a.go\n", "no file of example.com/b/v2@v2.1.0"},
        {"example.com/a v1.0.0 a.go\nexample.com/b/v2 v2.1.0 b.go", "does not end"},
        {"example.com/a v1.0.0 a.go\nexample.com/a v1.0.0 a.go\nexample.com/b/v2 v2.1.0 b.go\n", "there twice"},
        {"example.com/c v1.0.0 a.go\n", "the frame does not name"},
        {"example.com/a v1.0.0 a.go\nexample.com/b/v2 v2.1.0 b.go\nexample.com/a v1.0.0 b.go\n", "does not stand with"},
        {"example.com/a v1.0.0 ../a.go\n", "no file of a module"},
        {"example.com/a v1.0 a.go\n", "names no module"},
        {"example.com/a v1.0.0 \n", "no file of a module"},
        {"sum.example.net tile/8/0/000\n", "not of the checksum database"},
        {"sum.example.org tile/8/0/000.p/4\n", "no full tile"},
        {"sum.example.org tile/8/0/0\n", "no full tile"},
        {"\n", "names no module"},
    };
    assert_int_equal(
        check(MF_LIT("example.com/b/v2 v2.1.0 b.go\nexample.com/a v1.0.0 a.go\nexample.com/x v1.0.0\n"), NULL), MF_OK);
    for (size_t i = 0; i < MF_COUNT(bad); i++)
        assert_int_equal(check(mf_str(bad[i].text), bad[i].say), MF_E_DAMAGED);
}

static void test_limits(void **state)
{
    (void)state;
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_BASELIST_MAX + 1);
    mf_buf_str(&text, MF_LIT("example.com/b/v2 v2.1.0 b.go\n"));
    for (int i = 1; i < MF_BASELIST_LINES_MAX; i++)
        mf_buf_fmt(&text, "example.com/a v1.0.0 %d\n", i);
    assert_int_equal(check(mf_buf_view(&text), NULL), MF_OK);
    mf_buf_str(&text, MF_LIT("example.com/a v1.0.0 more\n"));
    assert_int_equal(check(mf_buf_view(&text), "65536 lines"), MF_E_LIMIT);
    while (text.n <= MF_BASELIST_MAX)
        mf_buf_byte(&text, 'x');
    assert_int_equal(check(mf_buf_view(&text), "bytes"), MF_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_check),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/vendortxt.h"

static struct mf_arena arena;

static int teardown(void **state)
{
    (void)state;
    mf_arena_release(&arena);
    return 0;
}

static int setup(void **state)
{
    (void)state;
    arena = MF_ARENA_INIT(64 * MF_MIB);
    return 0;
}

static struct mf_vendortxt parse_ok(const char *text)
{
    struct mf_vendortxt txt;
    struct mf_err err;
    if (mf_vendortxt_parse(&txt, mf_str(text), &arena, &err) < 0)
        fail_msg("%s", err.text);
    return txt;
}

static const struct mf_vendortxt_module *find(const struct mf_vendortxt *txt, const char *path, const char *version)
{
    return mf_vendortxt_find(txt, (struct mf_module){mf_str(path), mf_str(version)});
}

static void test_records(void **state)
{
    (void)state;
    struct mf_vendortxt txt = parse_ok("## workspace\n"
                                       "# example.com/b v1.2.0 => ./fork\n"
                                       "## explicit; go 1.21\n"
                                       "example.com/b\n"
                                       "example.com/b/sub\n"
                                       "# example.com/a v1.0.0\r\n"
                                       "## go 1.17\n"
                                       "# example.com/c => example.com/d v1.1.0\n"
                                       "# example.com/e v1.0.0 => example.com/f v1.0.0-pre+incompatible\n");
    assert_true(txt.is_workspace);
    assert_int_equal(txt.count, 4);
    const struct mf_vendortxt_module *b = find(&txt, "example.com/b", "v1.2.0");
    assert_ptr_equal(b, &txt.modules[0]);
    assert_true(b->is_explicit && b->vendored);
    assert_true(mf_str_eq(b->go, MF_LIT("1.21")));
    assert_true(mf_str_eq(b->replacement.path, MF_LIT("./fork")) && b->replacement.version.n == 0);
    const struct mf_vendortxt_module *a = find(&txt, "example.com/a", "v1.0.0");
    assert_non_null(a);
    assert_false(a->is_explicit || a->vendored);
    assert_int_equal(a->replacement.path.n, 0);
    assert_true(mf_str_eq(a->go, MF_LIT("1.17")));
    const struct mf_vendortxt_module *c = find(&txt, "example.com/c", "");
    assert_non_null(c);
    assert_true(mf_str_eq(c->replacement.path, MF_LIT("example.com/d")));
    assert_true(mf_str_eq(c->replacement.version, MF_LIT("v1.1.0")));
    assert_non_null(find(&txt, "example.com/e", "v1.0.0"));
    assert_null(find(&txt, "example.com/b", ""));
    assert_null(find(&txt, "example.com/z", "v1.0.0"));
}

/* What go passes over. */
static void test_not_understood(void **state)
{
    (void)state;
    static const char *const nothing[] = {
        "",
        "\n\n",
        "example.com/a\n",
        "## explicit\n",
        "# example.com/a\n",
        "# example.com/a master\n## explicit\n",
        "#example.com/a v1.0.0\n",
    };
    for (size_t i = 0; i < MF_COUNT(nothing); i++) {
        struct mf_vendortxt txt = parse_ok(nothing[i]);
        assert_int_equal(txt.count, 0);
        assert_false(txt.is_workspace);
        assert_null(find(&txt, "example.com/a", "v1.0.0"));
    }
    struct mf_vendortxt txt = parse_ok("# example.com/a v1.0.0 => example.com/b master\n"
                                       "example.com/a/../x\n"
                                       "two words\n"
                                       "# example.com/a v1.0.0 => a b c d e f g\n"
                                       "## later; explicit ;x\n");
    assert_int_equal(txt.count, 1);
    assert_int_equal(txt.modules[0].replacement.path.n, 0);
    assert_false(txt.modules[0].vendored);
    assert_true(txt.modules[0].is_explicit);
}

/* Of one path, a version counts as vendored where it is above all before. */
static void test_versions_of_one_path(void **state)
{
    (void)state;
    struct mf_vendortxt txt = parse_ok("# example.com/a v1.2.0\nexample.com/a\n"
                                       "# example.com/a v1.10.0\nexample.com/a/b\n"
                                       "# example.com/a v1.3.0\nexample.com/a/c\n");
    assert_int_equal(txt.count, 3);
    assert_true(txt.modules[0].vendored);
    assert_true(txt.modules[1].vendored);
    assert_false(txt.modules[2].vendored);
}

static void test_workspace_line(void **state)
{
    (void)state;
    assert_true(parse_ok("## x;  workspace ;y\n").is_workspace);
    assert_false(parse_ok("\n## workspace\n").is_workspace);
    assert_false(parse_ok("## workspaces\n").is_workspace);
    char far[600] = "## ";
    memset(far + 3, 'x', 560);
    strcpy(far + 563, ";workspace\n");
    assert_false(parse_ok(far).is_workspace);
}

static void test_limits(void **state)
{
    (void)state;
    struct mf_vendortxt txt;
    struct mf_err err = {.code = MF_OK};
    struct mf_str big = {"", MF_VENDORTXT_MAX + 1};
    assert_int_equal(mf_vendortxt_parse(&txt, big, &arena, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    for (size_t max = 0; max < 400; max += 8) {
        struct mf_arena small = MF_ARENA_INIT(max);
        if (mf_vendortxt_parse(&txt, MF_LIT("# a.b/c v1.0.0\na.b/c\n# a.b/d => ./x\n"), &small, &err) < 0)
            assert_int_equal(err.code, MF_E_LIMIT);
        mf_arena_release(&small);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),        cmocka_unit_test(test_not_understood),
        cmocka_unit_test(test_workspace_line), cmocka_unit_test(test_versions_of_one_path),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/modpath.h"

/* Verdicts as a string: M, I, F where a path passes as module, import, file. */
static const struct {
    const char *path, *verdict;
} paths[] = {
    {"x.y/z", "MIF"},
    {"x.y", "MIF"},
    {"x", "IF"},
    {"", ""},
    {"x.y/\xff", ""},
    {"/x.y/z", ""},
    {"x.y//z", ""},
    {"x.y/z/", ""},
    {"./x", ""},
    {"../x", ""},
    {"x.y/../z", ""},
    {"x.y/.../z", ""},
    {"-x.y/z", "F"},
    {"x.y/-z", "MIF"},
    {"X.y/z", "IF"},
    {"x_.y/z", "IF"},
    {"x.y/.hidden", "IF"},
    {"x.y/z.", ""},
    {"x.y/z+w", "IF"},
    {"x.y/z~w", "MIF"},
    {"x.y/z w", "F"},
    {"x.y/a@b", "F"},
    {"x.y/a:b", ""},
    {"x.y/a\\b", ""},
    {"x.y/a\"b", ""},
    {"x.y/a'b", ""},
    {"x.y/a|b", ""},
    {"x.y/a*b", ""},
    {"x.y/a\x7f", ""},
    {"x.y/a\n", ""},
    {"x.y/[](){}^%&$#!=,", "F"},
    {"x.y/\xc3\xa4\xe4\xb8\x96", "F"}, /* letters */
    {"x.y/\xe2\x82\xac", ""},          /* euro sign */
    {"x.y/a\xcc\x88", ""},             /* combining mark */
    {"x.y/\xd9\xa1", ""},              /* Arabic digit */
    {"x.y/con", ""},
    {"x.y/CoN.txt", ""},
    {"x.y/lpt9.a.b", ""},
    {"x.y/com0", "MIF"},
    {"x.y/com10", "MIF"},
    {"x.y/aux1", "MIF"},
    {"nul.y/z", ""},
    {"x.y/a~1", "F"},
    {"x.y/a~12.txt", "F"},
    {"x.y/~1", "F"},
    {"x.y/a~", "MIF"},
    {"x.y/a~b1", "MIF"},
    {"x.y/v1", "IF"},
    {"x.y/v0", "IF"},
    {"x.y/v01", "IF"},
    {"x.y/v2", "MIF"},
    {"x.y/v", "MIF"},
    {"x.y/v2.0", "IF"},
    {"x.y/v10", "MIF"},
    {"x.y/w2", "MIF"},
    {"v2.com", "MIF"},
    {"gopkg.in/yaml.v2", "MIF"},
    {"gopkg.in/yaml.v0", "MIF"},
    {"gopkg.in/yaml.v1-unstable", "MIF"},
    {"gopkg.in/yaml.v0-unstable", "IF"},
    {"gopkg.in/yaml.v02", "IF"},
    {"gopkg.in/yaml", "IF"},
    {"gopkg.in/yaml/v2", "IF"},
    {"gopkg.in/yaml.v", "IF"},
    {"gopkg.in/yaml.v-unstable", "MIF"},
};

static void test_paths(void **state)
{
    (void)state;
    for (size_t i = 0; i < MF_COUNT(paths); i++) {
        struct mf_err err = {.code = MF_OK};
        struct mf_str path = mf_str(paths[i].path);
        char got[4] = "";
        size_t n = 0;
        if (mf_modpath_check(path, &err) == 0)
            got[n++] = 'M';
        if (mf_importpath_check(path, &err) == 0)
            got[n++] = 'I';
        if (mf_filepath_check(path, &err) == 0)
            got[n++] = 'F';
        if (strcmp(got, paths[i].verdict) != 0)
            fail_msg("%s: \"%s\", should be \"%s\"; %s", paths[i].path, got, paths[i].verdict, err.text);
        assert_int_equal(err.code, n == 3 ? MF_OK : MF_E_GOMOD);
    }
}

static void test_messages(void **state)
{
    (void)state;
    static const struct {
        const char *path, *text;
    } cases[] = {
        {"x.y//z", "malformed module path \"x.y//z\": double slash"},
        {"xy/z", "malformed module path \"xy/z\": missing dot in first path element"},
        {"x.y/a b", "malformed module path \"x.y/a b\": invalid char ' '"},
        {"x.y/Nul.x", "malformed module path \"x.y/Nul.x\": \"Nul\" disallowed as path element component on Windows"},
        {"x.Y/v3", "malformed module path \"x.Y/v3\": invalid char 'Y' in first path element"},
        {"/x", "malformed module path \"/x\": empty path element"},
    };
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_err err;
        assert_int_equal(mf_modpath_check(mf_str(cases[i].path), &err), -1);
        assert_string_equal(err.text, cases[i].text);
    }
}

static void test_nul_and_length(void **state)
{
    (void)state;
    struct mf_err err;
    assert_int_equal(mf_filepath_check((struct mf_str){"a\0b", 3}, &err), -1);
    static char big[100000];
    memset(big, 'a', sizeof(big));
    big[1] = '.';
    assert_int_equal(mf_modpath_check((struct mf_str){big, sizeof(big)}, &err), 0);
    big[sizeof(big) - 1] = '!';
    assert_int_equal(mf_modpath_check((struct mf_str){big, sizeof(big)}, &err), -1);
    assert_non_null(strstr(err.text, "invalid char '!'"));
}

static void test_major(void **state)
{
    (void)state;
    static const struct {
        const char *path, *version, *text; /* text empty: fits */
    } cases[] = {
        {"x.y/z", "v0.1.0", ""},
        {"x.y/z", "v1.1.0", ""},
        {"x.y/z", "v2.0.0+incompatible", ""},
        {"x.y/z", "v2.0.0", "version \"v2.0.0\" invalid: should be v0 or v1, not v2"},
        {"x.y/z/v2", "v2.3.4-pre", ""},
        {"x.y/z/v2", "v20.0.0", "version \"v20.0.0\" invalid: should be v2, not v20"},
        {"x.y/z/v2", "v0.0.0-20060102150405-abcdefabcdef",
         "version \"v0.0.0-20060102150405-abcdefabcdef\" invalid: should be v2, not v0"},
        {"gopkg.in/check.v1", "v0.0.0-20161208181325-20d25e280405", ""},
        {"gopkg.in/check.v1", "v0.1.0", "version \"v0.1.0\" invalid: should be v1, not v0"},
        {"gopkg.in/yaml.v2", "v2.2.1", ""},
        {"gopkg.in/yaml.v2-unstable", "v2.2.1", ""},
        {"gopkg.in/yaml.v2", "v2.2.1+incompatible", ""},
        {"gopkg.in/yaml.v2", "v3.0.0+incompatible", "version \"v3.0.0+incompatible\" invalid: should be v2, not v3"},
        {"x.y/z", "nope", "version \"nope\" invalid: should be v0 or v1, not "},
    };
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_err err = {.code = MF_OK};
        struct mf_module m = {mf_str(cases[i].path), mf_str(cases[i].version)};
        int want = cases[i].text[0] ? -1 : 0;
        assert_int_equal(mf_modpath_check_major(m, &err), want);
        assert_string_equal(err.text, cases[i].text);
        assert_int_equal(mf_module_check(m, &err), want);
    }
}

static void test_escape(void **state)
{
    (void)state;
    static const struct {
        const char *plain, *escaped;
    } cases[] = {
        {"example.com/Azure/SDK", "example.com/!azure/!s!d!k"},
        {"v1.0.0-RC1", "v1.0.0-!r!c1"},
        {"a-b_c~d.e", "a-b_c~d.e"},
    };
    static const char *const bad[] = {"A", "!", "a!", "!!a", "!1", "!A", "a/\xc3\xa4"};
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(1000);
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        mf_buf_clear(&b);
        mf_modpath_escape(mf_str(cases[i].plain), &b);
        assert_string_equal(mf_buf_cstr(&b), cases[i].escaped);
        mf_buf_clear(&b);
        assert_true(mf_modpath_unescape(mf_str(cases[i].escaped), &b));
        assert_string_equal(mf_buf_cstr(&b), cases[i].plain);
    }
    mf_buf_clear(&b);
    mf_buf_byte(&b, 'x');
    for (size_t i = 0; i < MF_COUNT(bad); i++) {
        assert_false(mf_modpath_unescape(mf_str(bad[i]), &b));
        assert_int_equal(b.n, 1);
    }
}

static void test_order(void **state)
{
    (void)state;
    static const struct mf_module ascending[] = {
        {{"a.b/A", 5}, {"v1.0.0", 6}},   {{"a.b/a", 5}, {"none", 4}},      {{"a.b/a", 5}, {"v1.9.0", 6}},
        {{"a.b/a", 5}, {"v1.10.0", 7}},  {{"a.b/a", 5}, {"v1.10.0+x", 9}}, {{"a.b/a", 5}, {"", 0}},
        {{"a.b/a/b", 7}, {"v1.0.0", 6}},
    };
    for (size_t i = 0; i < MF_COUNT(ascending); i++) {
        for (size_t j = 0; j < MF_COUNT(ascending); j++) {
            int order = mf_module_order(ascending[i], ascending[j]);
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
            assert_int_equal(mf_module_eq(ascending[i], ascending[j]), i == j);
        }
        /* in what stands behind the first k */
        for (size_t k = 0; k <= MF_COUNT(ascending); k++)
            assert_ptr_equal(mf_module_find(ascending + k, MF_COUNT(ascending) - k, sizeof(*ascending), ascending[i]),
                             i < k ? NULL : &ascending[i]);
    }
    assert_null(mf_module_find(NULL, 0, sizeof(*ascending), ascending[0]));
}

static void test_patterns(void **state)
{
    (void)state;
    static const struct {
        const char *patterns, *path;
        bool match;
    } cases[] = {
        {"", "x.y/z", false},           {"x.y", "x.y/z", true},
        {"x.y/", "x.y/z", true},        {"x.y//", "x.y/z", false},
        {"x.y/z/w", "x.y/z", false},    {"x", "x.y", false},
        {"*.y", "x.y/z", true},         {"*.y", "a/x.y", false},
        {"*", "anything/at/all", true}, {"*/*", "one", false},
        {"x.y/*", "x.y", false},        {"x.y/*", "x.y/z/w", true},
        {"a.b,,x.y", "x.y/z", true},    {"a.b,*.corp.example.com", "git.corp.example.com/repo", true},
        {"x.?/z", "x.y/z", true},       {"x?y", "x/y", false},
        {"x.[a-y]", "x.y", true},       {"x.[^a-x]", "x.y", true},
        {"x.[^a-y]", "x.y", false},     {"x.[", "x.y", false},
        {"x.[]y]", "x.y", false},       {"x.[a-]", "x.y", false},
        {"x.[y", "x.y", false},         {"x.y[", "x.y", false},
        {"x.\\y", "x.y", true},         {"x.\\", "x.y", false},
        {"x.[\\y]", "x.y", true},       {"*a*b", "xaxxab", true},
        {"*a*b", "xaxxabc", false},     {"*a*/*b", "xax/xb/c", true},
        {"**", "abc/d", true},          {"none", "x.y", false},
    };
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        if (mf_modpath_match_patterns(mf_str(cases[i].patterns), mf_str(cases[i].path)) != cases[i].match)
            fail_msg("%s on %s", cases[i].patterns, cases[i].path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),    cmocka_unit_test(test_messages), cmocka_unit_test(test_nul_and_length),
        cmocka_unit_test(test_major),    cmocka_unit_test(test_escape),   cmocka_unit_test(test_order),
        cmocka_unit_test(test_patterns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

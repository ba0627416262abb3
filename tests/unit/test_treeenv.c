/* Quoting is checked against what each format's own documentation asks for; sh
 * itself is asked too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "verify/treeenv.h"

#define WARNING "no checksum database in this tree: go needs a complete go.sum"

static const char *write_env(enum mf_tree_kind kind, const char *path, const char *goflags, enum mf_env_format format,
                             struct mf_buf *out)
{
    struct mf_err err = {0};
    mf_buf_clear(out);
    if (mf_treeenv_write(kind, mf_str(path), mf_str(goflags), format, out, &err) < 0)
        fail_msg("%s", err.text);
    return mf_buf_cstr(out);
}

static void test_sh(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_MIB);
    (void)state;
    assert_string_equal(write_env(MF_TREE_PROXY, "/srv/go", "", MF_ENV_SH, &b),
                        "export GOPROXY='file:///srv/go'\nexport GONOPROXY='none'\nexport GOVCS='*:off'\n"
                        "export GOTOOLCHAIN='local'\n# warning: " WARNING "\n");
    assert_string_equal(write_env(MF_TREE_MODCACHE, "/srv/it's", "", MF_ENV_SH, &b),
                        "export GOMODCACHE='/srv/it'\\''s'\nexport GOPROXY='off'\nexport GONOPROXY='none'\n"
                        "export GOVCS='*:off'\nexport GOTOOLCHAIN='local'\n# warning: " WARNING "\n");
}

/* What a line sets, for values that are hard to quote. */
struct row {
    enum mf_tree_kind kind;
    enum mf_env_format format;
    const char *path, *first_line;
};

static const struct row rows[] = {
    {MF_TREE_PROXY, MF_ENV_SH, "/a b%c#d?e", "export GOPROXY='file:///a%20b%25c%23d%3Fe'"},
    {MF_TREE_PROXY, MF_ENV_SH, "/a,b|c'd\n", "export GOPROXY='file:///a%2Cb%7Cc%27d%0A'"},
    {MF_TREE_PROXY, MF_ENV_GOENV, "/\xc3\xa9/x+y@z", "GOPROXY=file:///%C3%A9/x+y@z"},
    {MF_TREE_PROXY, MF_ENV_DOCKER, "/a$b\"", "ENV GOPROXY=\"file:///a%24b%22\""},
    {MF_TREE_MODCACHE, MF_ENV_DOCKER, "/a$b\"c\\d e", "ENV GOMODCACHE=\"/a\\$b\\\"c\\\\d e\""},
    {MF_TREE_MODCACHE, MF_ENV_FISH, "/a'b\\c$d", "set -gx GOMODCACHE '/a\\'b\\\\c$d'"},
    {MF_TREE_MODCACHE, MF_ENV_POWERSHELL, "/a'b\xe2\x80\x99$c", "$env:GOMODCACHE = '/a''b\xe2\x80\x99\xe2\x80\x99$c'"},
    {MF_TREE_MODCACHE, MF_ENV_GOENV, "/a b'\"$", "GOMODCACHE=/a b'\"$"},
};

static void test_quoting(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_MIB);
    (void)state;
    for (size_t i = 0; i < MF_COUNT(rows); i++) {
        char line[256];
        const char *text = write_env(rows[i].kind, rows[i].path, "", rows[i].format, &b);
        snprintf(line, sizeof(line), "%.*s", (int)strcspn(text, "\n"), text);
        assert_string_equal(line, rows[i].first_line);
    }
}

static void test_sh_reads_it_back(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_MIB);
    const char *path = "/a'b \"$HOME\" `id` \\ \n*!x";
    char back[128] = "";
    (void)state;
    write_env(MF_TREE_MODCACHE, path, "", MF_ENV_SH, &b);
    mf_buf_str(&b, MF_LIT("printf %s \"$GOMODCACHE\"\n"));
    assert_int_equal(setenv("SCRIPT", mf_buf_cstr(&b), 1), 0);
    FILE *f = popen("eval \"$SCRIPT\"", "r");
    assert_non_null(f);
    size_t n = fread(back, 1, sizeof(back) - 1, f);
    assert_int_equal(pclose(f), 0);
    assert_int_equal(n, strlen(path));
    assert_string_equal(back, path);
}

static void test_json(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_MIB);
    json_error_t where;
    (void)state;
    json_t *root = json_loads(write_env(MF_TREE_MODCACHE, "/a\"b\n", "", MF_ENV_JSON, &b), 0, &where);
    assert_non_null(root);
    const json_t *env = json_object_get(root, "env"), *warnings = json_object_get(root, "warnings");
    assert_string_equal(json_string_value(json_object_get(env, "GOMODCACHE")), "/a\"b\n");
    assert_string_equal(json_string_value(json_object_get(env, "GOPROXY")), "off");
    assert_int_equal(json_object_size(env), 5);
    assert_int_equal(json_array_size(warnings), 1);
    assert_string_equal(json_string_value(json_array_get(warnings, 0)), WARNING);
    json_decref(root);
}

static void test_refused(void **state)
{
    static const struct {
        enum mf_tree_kind kind;
        enum mf_env_format format;
        const char *path;
    } bad[] = {
        {MF_TREE_PROXY, MF_ENV_SH, ""},
        {MF_TREE_PROXY, MF_ENV_SH, "relative"},
        {MF_TREE_MODCACHE, MF_ENV_GOENV, "/a\nb"},
        {MF_TREE_MODCACHE, MF_ENV_GOENV, "/a\r"},
        {MF_TREE_MODCACHE, MF_ENV_DOCKER, "/a\nb"},
        {MF_TREE_MODCACHE, MF_ENV_JSON, "/a\xff"},
    };
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_MIB);
    (void)state;
    for (size_t i = 0; i < MF_COUNT(bad); i++) {
        struct mf_err err = {0};
        assert_int_equal(mf_treeenv_write(bad[i].kind, mf_str(bad[i].path), MF_LIT(""), bad[i].format, &b, &err), -1);
        assert_int_equal(err.code, MF_E_USAGE);
    }
    struct mf_err err = {0};
    MF_CLEANUP(mf_buf_release) struct mf_buf tiny = MF_BUF_INIT(10);
    assert_int_equal(mf_treeenv_write(MF_TREE_PROXY, MF_LIT("/a"), MF_LIT(""), MF_ENV_SH, &tiny, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
}

static void test_goflags(void **state)
{
    static const struct {
        const char *goflags;
        bool warned;
    } cases[] = {{"", false},
                 {"-x -modcacherw -mod=mod", false},
                 {"-mod=vendor", true},
                 {" \t--mod=vendor -x", true},
                 {"'-mod=vendor'", true},
                 {"\"-ldflags=-X a.b=-mod=vendor\"", false},
                 {"'-ldflags=-s -mod=vendor'", false},
                 {"-mod=vendor -mod=mod", false},
                 {"'-mod=vendor", true}};
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_MIB);
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        const char *text = write_env(MF_TREE_PROXY, "/x", cases[i].goflags, MF_ENV_GOENV, &b);
        assert_int_equal(strstr(text, "# warning: GOFLAGS has -mod=vendor") != NULL, cases[i].warned);
    }
}

static void test_names(void **state)
{
    enum mf_env_format format;
    (void)state;
    assert_true(mf_env_format_parse(MF_LIT("powershell"), &format));
    assert_int_equal(format, MF_ENV_POWERSHELL);
    assert_true(mf_env_format_parse(MF_LIT("goenv"), &format));
    assert_int_equal(format, MF_ENV_GOENV);
    assert_false(mf_env_format_parse(MF_LIT("SH"), &format));
    assert_false(mf_env_format_parse(MF_LIT(""), &format));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sh),    cmocka_unit_test(test_quoting), cmocka_unit_test(test_sh_reads_it_back),
        cmocka_unit_test(test_json),  cmocka_unit_test(test_refused), cmocka_unit_test(test_goflags),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

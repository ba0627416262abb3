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

#define WARNING "no complete checksum database in this tree: go needs a complete go.sum"

static const char *write_env(enum mf_tree_kind kind, const char *path, const char *goflags, enum mf_env_format format,
                             struct mf_buf *out)
{
    struct mf_err err = {0};
    mf_buf_clear(out);
    const struct mf_treeenv tree = {.kind = kind, .path = mf_str(path), .goflags = mf_str(goflags)};
    if (mf_treeenv_write(&tree, format, out, &err) < 0)
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

/* With toolchains go may switch, and asks no checksum database for them: that
 * takes a file:// URL also for a GOMODCACHE. */
static void test_toolchains(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_MIB);
    struct mf_treeenv tree = {.kind = MF_TREE_PROXY, .toolchains = true, .path = MF_LIT("/srv/go")};
    struct mf_err err = {0};
    (void)state;
    assert_int_equal(mf_treeenv_write(&tree, MF_ENV_GOENV, &b, &err), 0);
    assert_string_equal(mf_buf_cstr(&b), "GOPROXY=file:///srv/go\nGONOPROXY=none\nGONOSUMDB=golang.org/toolchain\n"
                                         "GOVCS=*:off\nGOTOOLCHAIN=auto\n# warning: " WARNING "\n");
    mf_buf_clear(&b);
    tree.kind = MF_TREE_MODCACHE;
    tree.gonosumdb = MF_LIT("corp.example,*.lan");
    assert_int_equal(mf_treeenv_write(&tree, MF_ENV_GOENV, &b, &err), 0);
    assert_string_equal(mf_buf_cstr(&b), "GOMODCACHE=/srv/go\nGOPROXY=file:///srv/go/cache/download\nGONOPROXY=none\n"
                                         "GONOSUMDB=golang.org/toolchain,corp.example,*.lan\n"
                                         "GOVCS=*:off\nGOTOOLCHAIN=auto\n# warning: " WARNING "\n");
}

/* Evaluating it twice changes nothing; a line break ends no line. */
static void test_gonosumdb(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_MIB);
    struct mf_treeenv tree = {.kind = MF_TREE_PROXY,
                              .toolchains = true,
                              .path = MF_LIT("/a"),
                              .gonosumdb = MF_LIT("golang.org/toolchain,corp.example")};
    struct mf_err err = {0};
    (void)state;
    assert_int_equal(mf_treeenv_write(&tree, MF_ENV_GOENV, &b, &err), 0);
    assert_non_null(strstr(mf_buf_cstr(&b), "\nGONOSUMDB=golang.org/toolchain,corp.example\n"));
    tree.gonosumdb = MF_LIT("a\nGOFLAGS=-x");
    assert_int_equal(mf_treeenv_write(&tree, MF_ENV_SH, &b, &err), 0);
    assert_int_equal(mf_treeenv_write(&tree, MF_ENV_GOENV, &b, &err), -1);
    assert_int_equal(err.code, MF_E_USAGE);
    tree.toolchains = false; /* nothing is printed of it then */
    assert_int_equal(mf_treeenv_write(&tree, MF_ENV_GOENV, &b, &err), 0);
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
        const struct mf_treeenv tree = {.kind = bad[i].kind, .path = mf_str(bad[i].path)};
        assert_int_equal(mf_treeenv_write(&tree, bad[i].format, &b, &err), -1);
        assert_int_equal(err.code, MF_E_USAGE);
    }
    struct mf_err err = {0};
    MF_CLEANUP(mf_buf_release) struct mf_buf tiny = MF_BUF_INIT(10);
    const struct mf_treeenv tree = {.kind = MF_TREE_PROXY, .path = MF_LIT("/a")};
    assert_int_equal(mf_treeenv_write(&tree, MF_ENV_SH, &tiny, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
}

static void test_goflags(void **state)
{
    static const struct {
        const char *goflags;
        bool warned;
    } cases[] = {
        {"", false}, {"-x -modcacherw -mod=mod", false}, {"-mod=vendor", true}, {"'-ldflags=-s -mod=vendor'", false}};
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
        cmocka_unit_test(test_sh),      cmocka_unit_test(test_toolchains),       cmocka_unit_test(test_gonosumdb),
        cmocka_unit_test(test_quoting), cmocka_unit_test(test_sh_reads_it_back), cmocka_unit_test(test_json),
        cmocka_unit_test(test_refused), cmocka_unit_test(test_goflags),          cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

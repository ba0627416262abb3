#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "bundle/abspath.h"
#include "bundle/root.h"

static char base[64];
static struct mf_dir top = MF_DIR_NONE;
static struct mf_arena arena;

static int setup(void **state)
{
    (void)state;
    struct mf_err err;
    strcpy(base, "/tmp/mf-root-XXXXXX");
    arena = MF_ARENA_INIT(64 * MF_MIB);
    return mkdtemp(base) && mf_dir_open(&top, base, false, &err) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    char command[128];
    mf_dir_release(&top);
    mf_arena_release(&arena);
    snprintf(command, sizeof(command), "rm -rf %s", base);
    return system(command);
}

static void put(const char *name, const char *text)
{
    struct mf_err err;
    if (mf_dir_write(top, name, mf_str(text), 0644, &err) < 0)
        fail_msg("%s", err.text);
}

static int load(const char *dir, const char *gowork, struct mf_root *out, struct mf_err *err)
{
    char path[256];
    struct mf_settings settings = {.value[MF_GOWORK] = mf_str(gowork)};
    snprintf(path, sizeof(path), dir[0] ? "%s/%s" : "%s", base, dir);
    *err = (struct mf_err){.code = MF_OK};
    return mf_root_load(path, &settings, out, &arena, err);
}

static struct mf_root load_ok(const char *dir, const char *gowork)
{
    struct mf_root root;
    struct mf_err err;
    if (load(dir, gowork, &root, &err) < 0)
        fail_msg("%s", err.text);
    return root;
}

static void assert_str(struct mf_str got, const char *want)
{
    if (!mf_str_eq(got, mf_str(want)))
        fail_msg("\"%.*s\", should be \"%s\"", MF_FMT(got), want);
}

/* `want` with every '@' in it standing for the scratch directory. */
static void assert_below(struct mf_str got, const char *want)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(4096);
    for (; *want; want++)
        *want == '@' ? mf_buf_str(&text, mf_str(base)) : mf_buf_byte(&text, *want);
    assert_str(got, mf_buf_cstr(&text));
}

static struct mf_module module(const char *path, const char *version)
{
    return (struct mf_module){mf_str(path), mf_str(version)};
}

static void put_workspace(void)
{
    put("go.work", "go 1.21\ntoolchain go1.22.0\nuse ./a\nuse ./b\n"
                   "replace example.com/x v1.0.0 => ./x\nreplace example.com/y => example.com/z v1.2.0\n");
    put("a/go.mod",
        "module example.com/a\ngo 1.20\nexclude example.com/e v1.0.0\n"
        "replace example.com/x => ../other\nreplace example.com/y => ../never\nreplace example.com/w => ./w\n");
    put("a/go.sum", "example.com/x v1.0.0 h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
    put("b/go.mod", "module example.com/b\ngo 1.21\nexclude example.com/e v1.1.0\nreplace example.com/w => ../a/w\n");
    put("b/c/go.mod", "module example.com/c\n");
    put("x/go.mod", "module example.com/x\nrequire example.com/q v1.0.0\n");
    put("go.work.sum", "example.com/z v1.2.0 h1:BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB=\n");
}

static void test_workspace(void **state)
{
    (void)state;
    put_workspace();
    static const char *const from[] = {"", "a", "b", "./a/../b"};
    for (size_t i = 0; i < MF_COUNT(from); i++) {
        struct mf_root root = load_ok(from[i], i % 2 ? "" : "auto");
        assert_below(root.go_work, "@/go.work");
        assert_below(root.dir, "@");
        assert_int_equal(root.main_count, 2);
        assert_str(root.mains[0].path, "example.com/a");
        assert_below(root.mains[1].dir, "@/b");
        assert_str(root.module.path, "example.com/a");
        assert_str(root.go, "1.21");
        assert_str(root.toolchain, "go1.22.0");
        assert_int_equal(strlen(root.go_work_sha256), 64);
        assert_int_equal(strlen(root.go_work_sum_sha256), 64);
        assert_int_equal(strlen(root.mains[0].go_sum_sha256), 64);
        assert_int_equal(strlen(root.mains[1].go_sum_sha256), 0);
        assert_int_equal(root.sums.count, 2);
        assert_true(mf_root_is_main(&root, MF_LIT("example.com/b")));
        assert_false(mf_root_is_main(&root, MF_LIT("example.com/c")));
    }
}

static void test_replacements(void **state)
{
    (void)state;
    put_workspace();
    struct mf_root root = load_ok("a", "");
    struct mf_err err = {.code = MF_OK};
    assert_below(mf_root_replacement(&root, module("example.com/x", "v1.0.0")).path, "@/x");
    assert_below(mf_root_replacement(&root, module("example.com/x", "v1.1.0")).path, "@/other");
    assert_str(mf_root_replacement(&root, module("example.com/y", "v1.0.0")).version, "v1.2.0");
    assert_below(mf_root_replacement(&root, module("example.com/w", "v0.1.0")).path, "@/a/w");
    assert_str(mf_root_replacement(&root, module("example.com/v", "v0.1.0")).path, "example.com/v");
    assert_true(mf_root_excludes(&root, module("example.com/e", "v1.0.0")));
    assert_true(mf_root_excludes(&root, module("example.com/e", "v1.1.0")));
    assert_false(mf_root_excludes(&root, module("example.com/e", "v1.2.0")));
    const struct mf_gomod *x = mf_root_directory_gomod(&root, module("example.com/x", "v1.0.0"), &err);
    assert_non_null(x);
    assert_int_equal(x->require_count, 1);
    assert_null(mf_root_directory_gomod(&root, module("example.com/w", "v1.0.0"), &err));
    assert_int_equal(err.code, MF_E_CLOSURE);
    assert_non_null(strstr(err.text, "example.com/w@v1.0.0 (replaced by "));
    assert_non_null(strstr(err.text, "/a/w/go.mod: no such file or directory"));
}

static void test_gowork(void **state)
{
    (void)state;
    put_workspace();
    struct mf_root root = load_ok("b", "off");
    struct mf_err err;
    assert_int_equal(root.main_count, 1);
    assert_int_equal(root.go_work.n, 0);
    assert_below(root.dir, "@/b");
    assert_str(root.go, "1.21");
    char file[128];
    put("elsewhere/my.work", "use ../b/c\nuse ../a\n");
    put("elsewhere/my.work.sum", "");
    snprintf(file, sizeof(file), "%s/elsewhere/my.work", base);
    root = load_ok("b/c", file);
    assert_str(root.module.path, "example.com/c");
    assert_str(root.go, "1.18");
    assert_true(root.go_implied);
    assert_int_equal(strlen(root.go_work_sum_sha256), 64);
    assert_int_equal(load("b", "relative/go.work", &root, &err), -1);
    assert_int_equal(err.code, MF_E_USAGE);
    assert_int_equal(load("b/c", "", &root, &err), -1);
    assert_int_equal(err.code, MF_E_CLOSURE);
    assert_non_null(strstr(err.text, "is not one of the workspace modules listed in"));
    assert_int_equal(load("x/nothing", "", &root, &err), -1);
    assert_int_equal(err.code, MF_E_NO_GOMOD);
}

static void test_outside(void **state)
{
    (void)state;
    struct mf_err err;
    put("p/go.mod", "module example.com/p\nreplace example.com/o => ../o\nreplace example.com/i => ./i/../in\n");
    put("p/in/go.mod", "module example.com/i\n");
    put("o/go.mod", "module example.com/o\n");
    struct mf_root root = load_ok("p", "off");
    assert_non_null(mf_root_directory_gomod(&root, module("example.com/i", "v1.0.0"), &err));
    assert_null(mf_root_directory_gomod(&root, module("example.com/o", "v1.0.0"), &err));
    assert_int_equal(err.code, MF_E_POLICY);
    assert_non_null(strstr(err.text, "p/go.mod:2: example.com/o is replaced by ../o, which is outside the project"));
}

/* A file that differs from a good workspace, and what go says to it. */
static void test_refusals(void **state)
{
    (void)state;
    static const struct {
        const char *name, *text;
        enum mf_code code;
        const char *message;
    } cases[] = {
        {"go.work", "use ./a\nuse a/.\n", MF_E_GOMOD, "error loading go.work: go.work:2: path "},
        {"go.work", "use ./a\nuse ./b\nuse\n", MF_E_GOMOD, "go.work:3:1: usage: use local/dir"},
        {"go.work", "go 1.21\nuse ./a\nuse ./missing\n", MF_E_CLOSURE,
         "cannot load module missing listed in go.work file: open missing/go.mod: no such file or directory"},
        {"go.work", "go 1.20\nuse ./a\nuse ./b\n", MF_E_CLOSURE,
         "module b listed in go.work file requires go >= 1.21, but go.work lists go 1.20"},
        {"go.work", "use ./b\nuse ./a\n", MF_E_CLOSURE,
         "module b listed in go.work file requires go >= 1.21, but go.work implicitly requires go 1.18"},
        {"go.work", "go 1.21\n", MF_E_CLOSURE, "no modules were found in the current workspace"},
        {"go.work", "go 1.21\nuse ./a\nreplace example.com/a => ./x\n", MF_E_CLOSURE,
         "workspace module example.com/a is replaced at all versions in the go.work file"},
        {"go.work", "go 1.21\nuse ./a\nreplace a.b/c => ./x\nreplace a.b/c => ./y\n", MF_E_CLOSURE,
         "conflicting replacements for a.b/c: ./x and ./y"},
        {"b/go.mod", "module example.com/a\n", MF_E_CLOSURE,
         "module example.com/a appears multiple times in workspace"},
        {"b/go.mod", "module example.com/b\nreplace example.com/w => ./w\n", MF_E_CLOSURE,
         "conflicting replacements for example.com/w: "},
        {"b/go.mod", "module go\n", MF_E_GOMOD,
         "cannot load module b listed in go.work file: error reading b/go.mod: invalid module path: \"go\""},
        {"b/go.mod", "go 1.21\n", MF_E_GOMOD, "error reading b/go.mod: missing module declaration"},
        {"b/go.mod", "module example.com/b\nx\n", MF_E_GOMOD,
         "cannot load module b listed in go.work file: b/go.mod:2:1: unknown directive: x"},
        {"b/go.sum", "x\n", MF_E_GOMOD, "b/go.sum:1"},
        {"go.work.sum", "x\n", MF_E_GOMOD, "go.work.sum:1"},
    };
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_root root;
        struct mf_err err;
        put_workspace();
        put("b/go.sum", "");
        put(cases[i].name, cases[i].text);
        if (load("a", "", &root, &err) == 0)
            fail_msg("case %zu is accepted", i);
        if (!strstr(err.text, cases[i].message) || err.code != cases[i].code)
            fail_msg("case %zu: %s", i, err.text);
    }
}

static void test_paths(void **state)
{
    (void)state;
    static const struct {
        const char *base, *path, *joined;
    } joins[] = {
        {"/a/b", "c", "/a/b/c"}, {"/a/b", "../c/./d/", "/a/c/d"},
        {"/a", "../../..", "/"}, {"/a/b", "/x//y", "/x/y"},
        {"/", "", "/"},          {"/a", ".", "/a"},
    };
    struct mf_err err;
    struct mf_str got;
    for (size_t i = 0; i < MF_COUNT(joins); i++) {
        assert_int_equal(mf_abspath_join(mf_str(joins[i].base), mf_str(joins[i].path), &arena, &got, &err), 0);
        assert_str(got, joins[i].joined);
    }
    static const struct {
        const char *path, *dir, *relative;
    } cases[] = {
        {"/a/b", "/a", "b"}, {"/a", "/a/b", ".."}, {"/a/b", "/a/c/d", "../../b"},
        {"/a", "/a", "."},   {"/", "/a", ".."},    {"/ab", "/a", "../ab"},
        {"/a", "/", "a"},
    };
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        assert_int_equal(mf_abspath_relative(mf_str(cases[i].path), mf_str(cases[i].dir), &arena, &got, &err), 0);
        assert_str(got, cases[i].relative);
    }
    static char longest[MF_ABSPATH_MAX + 2];
    memset(longest, 'x', MF_ABSPATH_MAX);
    assert_int_equal(mf_abspath_join(MF_LIT("/"), mf_str(longest), &arena, &got, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_workspace, setup, teardown),
        cmocka_unit_test_setup_teardown(test_replacements, setup, teardown),
        cmocka_unit_test_setup_teardown(test_gowork, setup, teardown),
        cmocka_unit_test_setup_teardown(test_outside, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_paths, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Expectations follow `go env` with the same environment and files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "bundle/settings.h"
#include "formats/base/dir.h"
#include "formats/goproxyhosts.h"

/* The environment of a test: pairs of name and value. */
static const char *variables[32];
static char base[64];

static char *fake_getenv(const char *name)
{
    static char value[16][256];
    static unsigned turn;
    for (size_t i = 0; variables[i]; i += 2)
        if (strcmp(variables[i], name) == 0) {
            /* a new place each time, overwritten later: results must be copies */
            char *to = value[turn++ % 16];
            snprintf(to, sizeof(value[0]), "%s", variables[i + 1]);
            return to;
        }
    return NULL;
}

static void set_environment(const char *const *pairs)
{
    size_t i = 0;
    for (; pairs[i]; i++)
        variables[i] = pairs[i];
    variables[i] = NULL;
}

static void write_file(const char *name, const char *text)
{
    struct mf_err err = {0};
    MF_CLEANUP(mf_dir_release) struct mf_dir d = MF_DIR_NONE;
    assert_int_equal(mf_dir_open(&d, base, true, &err), 0);
    assert_int_equal(mf_dir_write(d, name, mf_str(text), 0755, &err), 0);
}

static const char *below(const char *name)
{
    static char path[4][256];
    static unsigned turn;
    char *to = path[turn++ % 4];
    snprintf(to, sizeof(path[0]), "%s/%s", base, name);
    return to;
}

static void expect(const struct mf_settings *s, enum mf_setting which, const char *value, enum mf_setting_source source)
{
    if (strcmp(s->value[which].p, value) != 0 || s->source[which] != source)
        fail_msg("%s is \"%s\" from %s, not \"%s\" from %s", mf_settings_name(which), s->value[which].p,
                 mf_settings_source_name(s->source[which]), value, mf_settings_source_name(source));
    assert_int_equal(s->value[which].n, strlen(value));
}

static void test_defaults(void **state)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    struct mf_settings s;
    struct mf_err err = {0};
    (void)state;
    set_environment((const char *[]){"HOME", "/h", NULL});
    assert_int_equal(mf_settings_load(fake_getenv, &s, &arena, &err), 0);
    expect(&s, MF_GOPROXY, MF_GOPROXY_DEFAULT, MF_FROM_DEFAULT);
    expect(&s, MF_GOSUMDB, MF_GOSUMDB_DEFAULT, MF_FROM_DEFAULT);
    expect(&s, MF_GOTOOLCHAIN, "auto", MF_FROM_DEFAULT);
    expect(&s, MF_GOAUTH, "netrc", MF_FROM_DEFAULT);
    expect(&s, MF_GOPATH, "/h/go", MF_FROM_DEFAULT);
    expect(&s, MF_GOMODCACHE, "/h/go/pkg/mod", MF_FROM_DEFAULT);
    expect(&s, MF_GONOPROXY, "", MF_FROM_DEFAULT);
    expect(&s, MF_GOFLAGS, "", MF_FROM_DEFAULT);
}

static void test_nothing_at_all(void **state)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    struct mf_settings s;
    struct mf_err err = {0};
    (void)state;
    set_environment((const char *[]){NULL});
    assert_int_equal(mf_settings_load(fake_getenv, &s, &arena, &err), 0);
    expect(&s, MF_GOPATH, "", MF_FROM_DEFAULT);
    expect(&s, MF_GOMODCACHE, "", MF_FROM_DEFAULT);
}

static void test_precedence(void **state)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    struct mf_settings s;
    struct mf_err err = {0};
    (void)state;
    write_file("xdg/go/env",
               "GOPROXY=https://old.example.com\nGOPROXY=https://user.example.com\n"
               "GOFLAGS= -mod=mod \nGOSUMDB=\nlower=1\n#GOWORK=/x\n GOWORK=/y\nGOWORK\nGOPRIVATE=a.example.com");
    write_file("root/go.env", "# defaults\nGOPROXY=https://root.example.com\nGOSUMDB=db.example.com\n"
                              "GOTOOLCHAIN=local\nGOINSECURE=root\n");
    set_environment((const char *[]){"XDG_CONFIG_HOME", below("xdg"), "GOROOT", below("root"), "GOINSECURE", "env",
                                     "GOTOOLCHAIN", "", "GOPATH", "/first/:/second", NULL});
    assert_int_equal(mf_settings_load(fake_getenv, &s, &arena, &err), 0);
    expect(&s, MF_GOPROXY, "https://user.example.com", MF_FROM_GOENV);
    expect(&s, MF_GOFLAGS, " -mod=mod ", MF_FROM_GOENV);
    expect(&s, MF_GOSUMDB, MF_GOSUMDB_DEFAULT, MF_FROM_DEFAULT);
    expect(&s, MF_GOTOOLCHAIN, "local", MF_FROM_GOROOT);
    expect(&s, MF_GOINSECURE, "env", MF_FROM_ENVIRONMENT);
    expect(&s, MF_GOWORK, "", MF_FROM_DEFAULT);
    expect(&s, MF_GOPRIVATE, "a.example.com", MF_FROM_GOENV);
    expect(&s, MF_GONOPROXY, "a.example.com", MF_FROM_DEFAULT);
    expect(&s, MF_GONOSUMDB, "a.example.com", MF_FROM_DEFAULT);
    expect(&s, MF_GOMODCACHE, "/first/pkg/mod", MF_FROM_DEFAULT);
}

static void test_goenv(void **state)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    struct mf_settings s;
    struct mf_err err = {0};
    (void)state;
    write_file("other", "GOPROXY=off\n");
    write_file("home/.config/go/env", "GOPROXY=direct\n");
    const char *home = below("home");
    set_environment((const char *[]){"GOENV", below("other"), "HOME", home, NULL});
    assert_int_equal(mf_settings_load(fake_getenv, &s, &arena, &err), 0);
    expect(&s, MF_GOPROXY, "off", MF_FROM_GOENV);
    set_environment((const char *[]){"HOME", home, NULL});
    assert_int_equal(mf_settings_load(fake_getenv, &s, &arena, &err), 0);
    expect(&s, MF_GOPROXY, "direct", MF_FROM_GOENV);
    set_environment((const char *[]){"GOENV", "off", "HOME", home, NULL});
    assert_int_equal(mf_settings_load(fake_getenv, &s, &arena, &err), 0);
    expect(&s, MF_GOPROXY, MF_GOPROXY_DEFAULT, MF_FROM_DEFAULT);
    /* os.UserConfigDir refuses a relative path */
    set_environment((const char *[]){"XDG_CONFIG_HOME", "xdg", "HOME", home, NULL});
    assert_int_equal(mf_settings_load(fake_getenv, &s, &arena, &err), 0);
    expect(&s, MF_GOPROXY, MF_GOPROXY_DEFAULT, MF_FROM_DEFAULT);
}

static void test_goroot_by_path(void **state)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    struct mf_settings s;
    struct mf_err err = {0};
    char path[512];
    (void)state;
    write_file("sdk/bin/go", "#!/bin/sh\n");
    write_file("sdk/go.env", "GOPROXY=https://sdk.example.com\n");
    write_file("bin/other", "");
    assert_int_equal(symlink("../sdk/bin/go", below("bin/go")), 0);
    snprintf(path, sizeof(path), "/nonexistent:relative::%s", below("bin"));
    set_environment((const char *[]){"PATH", path, NULL});
    assert_int_equal(mf_settings_load(fake_getenv, &s, &arena, &err), 0);
    expect(&s, MF_GOPROXY, "https://sdk.example.com", MF_FROM_GOROOT);
}

static void test_refused(void **state)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    struct mf_settings s;
    struct mf_err err = {0};
    (void)state;
    set_environment((const char *[]){"GOMODCACHE", "relative/mod", NULL});
    assert_int_equal(mf_settings_load(fake_getenv, &s, &arena, &err), -1);
    assert_int_equal(err.code, MF_E_USAGE);
    assert_non_null(strstr(err.text, "relative/mod"));

    MF_CLEANUP(mf_buf_release) struct mf_buf big = MF_BUF_INIT(4 * MF_MIB);
    while (big.n <= MF_SETTINGS_FILE_MAX)
        mf_buf_str(&big, MF_LIT("GOFLAGS=-mod=mod\n"));
    write_file("big", mf_buf_cstr(&big));
    set_environment((const char *[]){"GOENV", below("big"), NULL});
    assert_int_equal(mf_settings_load(fake_getenv, &s, &arena, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
}

static int make_base(void **state)
{
    (void)state;
    snprintf(base, sizeof(base), "/tmp/mf-settings-XXXXXX");
    return mkdtemp(base) ? 0 : -1;
}

static int remove_base(void **state)
{
    struct mf_err err;
    MF_CLEANUP(mf_dir_release) struct mf_dir d = MF_DIR_NONE;
    (void)state;
    return mf_dir_open(&d, "/tmp", false, &err) < 0 ? -1 : mf_dir_remove(d, base + strlen("/tmp/"), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_nothing_at_all),
        cmocka_unit_test_setup_teardown(test_precedence, make_base, remove_base),
        cmocka_unit_test_setup_teardown(test_goenv, make_base, remove_base),
        cmocka_unit_test_setup_teardown(test_goroot_by_path, make_base, remove_base),
        cmocka_unit_test_setup_teardown(test_refused, make_base, remove_base),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

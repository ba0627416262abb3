/* Copies of directories, and what directories say about themselves. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "rehearse/sources.h"
#include "rehearse/treecopy.h"

static char top[] = "/tmp/modferry-test-XXXXXX";
static struct mf_dir from = MF_DIR_NONE, to = MF_DIR_NONE;
static struct stat nothing;

static void shell(const char *script)
{
    char command[2048];
    snprintf(command, sizeof(command), "cd %s && %s", top, script);
    if (system(command) != 0)
        fail_msg("%s", script);
}

static int setup(void **state)
{
    struct mf_err err;
    (void)state;
    if (!mkdtemp(top))
        return -1;
    shell("mkdir from to");
    struct mf_dir parent = MF_DIR_NONE;
    int rc = mf_dir_open(&parent, top, false, &err) < 0 || mf_dir_sub(&from, parent, "from", false, &err) < 0 ||
             mf_dir_sub(&to, parent, "to", false, &err) < 0;
    mf_dir_release(&parent);
    return rc ? -1 : 0;
}

static int teardown(void **state)
{
    char command[128];
    (void)state;
    mf_dir_release(&from);
    mf_dir_release(&to);
    snprintf(command, sizeof(command), "chmod -R u+rwx %s; rm -rf %s", top, top);
    return system(command) == 0 ? 0 : -1;
}

static int empty(void **state)
{
    (void)state;
    shell("chmod -R u+rwx from to && find from to -mindepth 1 -delete");
    return 0;
}

static void copy(const struct stat *except)
{
    struct mf_err err;
    if (mf_treecopy(from, to, except, NULL, &err) < 0)
        fail_msg("%s", err.text);
}

static void test_copy(void **state)
{
    (void)state;
    shell("cd from && mkdir -p a/b/c empty .git x/.git .hidden && echo 1 > a/b/c/f && echo 2 > .hidden/f && echo 3 > "
          ".git/f && "
          "echo 4 > x/.git/f && printf '#!/bin/sh\\n' > run && chmod 755 run && : > zero && chmod 400 zero && "
          "head -c 300000 /dev/zero > big && mkfifo pipe && chmod 500 a/b");
    copy(&nothing);
    shell("diff -r from/a to/a && diff -r from/.hidden to/.hidden && cmp from/big to/big && test -d to/empty");
    shell("test -x to/run && test ! -x to/zero && test ! -s to/zero && test -w to/a/b");
    shell("test ! -e to/.git && test ! -e to/x/.git && test -d to/x && test ! -e to/pipe");
}

static void test_links(void **state)
{
    (void)state;
    shell("echo out > outside && cd from && mkdir d && echo in > d/f && ln -s d/f inside && ln -s ../outside file && "
          "ln -s /tmp dir && ln -s nowhere dangling && ln -s loop loop && ln -s d sub");
    copy(&nothing);
    shell("test ! -L to/file && grep -q out to/file && test ! -L to/inside && grep -q in to/inside");
    shell("test \"$(readlink to/dir)\" = /tmp && test \"$(readlink to/dangling)\" = nowhere");
    shell("test \"$(readlink to/loop)\" = loop && test \"$(readlink to/sub)\" = d && grep -q in to/sub/f");
}

/* The copy may lie below what is copied. */
static void test_except(void **state)
{
    struct mf_dir target = MF_DIR_NONE;
    struct stat st;
    struct mf_err err;
    (void)state;
    shell("cd from && mkdir -p tmp/here tmp/other && echo 1 > tmp/other/f");
    assert_int_equal(mf_dir_sub(&target, from, "tmp/here", false, &err), 0);
    assert_int_equal(fstat(target.fd, &st), 0);
    assert_int_equal(mf_treecopy(from, target, &st, NULL, &err), 0);
    shell("cd from/tmp/here && test -f tmp/other/f && test ! -e tmp/here");
    mf_dir_release(&target);
}

static void test_stop_and_depth(void **state)
{
    static volatile int stop = SIGINT;
    struct mf_err err = {0};
    (void)state;
    shell("touch from/f");
    assert_int_equal(mf_treecopy(from, to, &nothing, &stop, &err), -1);
    assert_int_equal(err.code, MF_E_INTERRUPTED);
    shell("d=from; for i in $(seq 260); do d=$d/d; done; mkdir -p $d");
    assert_int_equal(mf_treecopy(from, to, &nothing, NULL, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
}

static void add(struct mf_sources *s, const char *name, enum mf_code code, const char *say)
{
    static char path[256];
    struct mf_err err = {0};
    snprintf(path, sizeof(path), "%s/%s", top, name);
    int rc = mf_sources_add(s, path, &err);
    if (code == MF_OK ? rc < 0 : rc == 0 || err.code != code || !strstr(err.text, say))
        fail_msg("%s: code %d, \"%s\"", name, err.code, err.text);
}

static const struct mf_source *source_of(const struct mf_sources *s, const char *path, bool work)
{
    for (size_t i = 0; i < s->count; i++)
        if (mf_str_eq(s->list[i].path, mf_str(path)) && (s->list[i].go_work.n > 0) == work)
            return &s->list[i];
    return NULL;
}

static void test_sources(void **state)
{
    MF_CLEANUP(mf_sources_release) struct mf_sources s = MF_SOURCES_INIT;
    (void)state;
    shell("cd from && mkdir -p p/sub w/a w/b/c out && echo module example.com/p > p/go.mod && "
          "echo module example.com/a > w/a/go.mod && echo module example.com/c > w/b/c/go.mod && touch w/a/go.sum && "
          "printf 'go 1.21\\nuse ./a\\nuse b/./../b/c/\\n' > w/go.work && echo module example.com/o > out/go.mod");
    add(&s, "from/p", MF_OK, "");
    add(&s, "from/w/b/c", MF_OK, "");
    assert_int_equal(s.count, 4);
    const struct mf_source *p = source_of(&s, "example.com/p", false), *a = source_of(&s, "example.com/a", true);
    assert_true(p && a && source_of(&s, "example.com/c", true) && source_of(&s, "example.com/c", false));
    assert_string_equal(p->sub, ".");
    assert_int_equal(p->go_sum.n, 0);
    assert_int_equal(a->go_sum.n, 64); /* there, and empty */
    assert_int_equal(a->given, 1);
    assert_string_equal(source_of(&s, "example.com/c", true)->sub, "b/c");
    add(&s, "from/p/sub", MF_E_NO_GOMOD, "no go.mod");
    add(&s, "from/none", MF_E_IO, "No such file");
    add(&s, "from/p/go.mod", MF_E_IO, "Not a directory");
    shell("cd from && echo 'require (' > p/go.mod && printf 'go 1.21\\nuse nothing here\\n' > w/go.work");
    add(&s, "from/p", MF_E_GOMOD, "go.mod:");
    add(&s, "from/w", MF_E_GOMOD, "go.work:2");
}

/* A manifest's root made of what was read, for the comparison. */
static struct mf_manifest_root root_of(const struct mf_source *s)
{
    return (struct mf_manifest_root){.module = {.path = s->path},
                                     .go_mod = s->go_mod,
                                     .go_sum = s->go_sum,
                                     .go_work = s->go_work,
                                     .go_work_sum = s->go_work_sum};
}

static void test_find(void **state)
{
    MF_CLEANUP(mf_sources_release) struct mf_sources s = MF_SOURCES_INIT;
    const struct mf_source *found;
    struct mf_err err = {0};
    (void)state;
    shell("cd from && mkdir -p w/a out && echo module example.com/a > w/a/go.mod && echo module example.com/o > "
          "out/go.mod && "
          "printf 'go 1.21\\nuse ./a\\nuse ../out\\n' > w/go.work");
    add(&s, "from/w/a", MF_OK, "");
    struct mf_manifest_root root = root_of(source_of(&s, "example.com/a", false));
    assert_int_equal(mf_sources_find(&s, &root, &found, &err), 0);
    assert_ptr_equal(found, source_of(&s, "example.com/a", false));
    root.go_sum = root.go_mod;
    assert_int_equal(mf_sources_find(&s, &root, &found, &err), -1);
    assert_int_equal(err.code, MF_E_HASH);
    assert_non_null(strstr(err.text, ": go.sum (missing) of example.com/a"));
    root.module.path = MF_LIT("example.com/x");
    assert_int_equal(mf_sources_find(&s, &root, &found, &err), 0);
    assert_null(found);
    root = root_of(source_of(&s, "example.com/a", true));
    assert_int_equal(mf_sources_find(&s, &root, &found, &err), -1);
    assert_int_equal(err.code, MF_E_POLICY);
    assert_non_null(strstr(err.text, "go.work uses ../out"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_copy, empty),    cmocka_unit_test_setup(test_links, empty),
        cmocka_unit_test_setup(test_except, empty),  cmocka_unit_test_setup(test_stop_and_depth, empty),
        cmocka_unit_test_setup(test_sources, empty), cmocka_unit_test_setup(test_find, empty),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

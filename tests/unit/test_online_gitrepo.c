/* Repositories that change, and a git that fails, while they are asked. With the git that
 * is installed, behind a script. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "bundle/vcs/gitclone.h"

struct scene {
    char top[64];
    struct mf_git git;
    struct mf_discovery discovery;
    struct mf_vcsroot root;
    struct mf_gitrepo *repo;
    char url[128];
    char *path; /* PATH as it was */
};

MF_PRINTF(2, 3)
static void shell(const struct scene *s, const char *fmt, ...)
{
    char command[1024];
    va_list args;
    const int n = snprintf(command, sizeof(command), "set -e; cd %s; ", s->top);
    va_start(args, fmt);
    vsnprintf(command + n, sizeof(command) - (size_t)n, fmt, args);
    va_end(args);
    assert_int_equal(system(command), 0);
}

/* v1.0.0 and v1.1.0 name one commit, v1.2.0 the next. */
static void make_remote(const struct scene *s)
{
    shell(
        s,
        "export HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1; git init -q remote; cd remote; "
        "git config user.name a; git config user.email a@example.com; mkdir dir; echo 'module example.com/m' >go.mod; "
        "cp go.mod dir/file; git add .; git commit -q -m one; git tag v1.0.0; git tag v1.1.0; "
        "git commit -q --allow-empty -m two; git tag v1.2.0");
}

/* The git that is run is a script, which does `fault` first; what it was asked for is in the file "asked". */
static void hide_git(const struct scene *s)
{
    char path[8192];
    shell(s,
          "mkdir bin; printf '#!/bin/sh\\necho \"$*\" >>%s/asked\\n[ ! -e %s/fault ] || . %s/fault\\n"
          "exec %%s \"$@\"\\n' $(command -v git) >bin/git; chmod +x bin/git; : >asked",
          s->top, s->top, s->top);
    snprintf(path, sizeof(path), "%s/bin:%s", s->top, getenv("PATH"));
    setenv("PATH", path, 1);
}

/* From now on git does this, a line of a shell, where its arguments hold the word. */
static void break_git(const struct scene *s, const char *word, const char *deed)
{
    shell(s, "echo 'case \" $* \" in *\" %s \"*) %s ;; esac' >fault", word, deed);
}

static void mend_git(const struct scene *s)
{
    shell(s, "rm fault");
}

static int set_up(void **state)
{
    struct scene *s = calloc(1, sizeof(*s));
    struct mf_err err;
    strcpy(s->top, "/tmp/modferry-gitrepo-XXXXXX");
    if (!mkdtemp(s->top))
        return -1;
    snprintf(s->url, sizeof(s->url), "file://%s/remote", s->top);
    s->git = MF_GIT_INIT;
    s->discovery = MF_DISCOVERY_INIT;
    s->discovery.git = &s->git;
    s->root = (struct mf_vcsroot){.root = MF_LIT("example.com/m"), .url = mf_str(s->url)};
    const struct mf_transport_options options = {.parallel = 1, .user_agent = "test"};
    *state = s;
    s->path = strdup(getenv("PATH"));
    hide_git(s);
    if (mf_transport_new(&s->discovery.transport, &options, &err) < 0 ||
        mf_dir_open(&s->discovery.dir, s->top, false, &err) < 0)
        return -1;
    return mf_gitrepo_new(&s->repo, &s->discovery, &s->root, &err);
}

static int tear_down(void **state)
{
    struct scene *s = *state;
    mf_gitrepo_free(&s->repo);
    mf_git_release(&s->git);
    mf_dir_release(&s->discovery.dir);
    mf_discovery_release(&s->discovery);
    mf_transport_free(&s->discovery.transport);
    setenv("PATH", s->path, 1);
    shell(s, "rm -rf %s", s->top);
    free(s->path);
    free(s);
    return 0;
}

/* What is said of a file of a revision: 1, 0, -1 with the code in *code. */
static int ask_of(struct scene *s, const char *revision, const char *file, enum mf_code *code)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MIB);
    struct mf_err err = {0};
    int rc = mf_gitrepo_begin(s->repo, &err);
    if (rc == 0)
        rc = mf_gitrepo_read(s->repo, mf_str(revision), mf_str(file), &text, &err);
    mf_gitrepo_end(s->repo);
    *code = err.code;
    return rc;
}

static int ask(struct scene *s, const char *file, enum mf_code *code)
{
    return ask_of(s, "v1.0.0", file, code);
}

static void test_files(void **state)
{
    struct scene *s = *state;
    enum mf_code code;
    make_remote(s);
    assert_int_equal(ask(s, "go.mod", &code), 1);
    assert_int_equal(ask(s, "dir/file", &code), 1);
    /* neither is a directory a file, nor has a file any below it */
    assert_int_equal(ask(s, "dir", &code), 0);
    assert_int_equal(ask(s, "none", &code), 0);
    assert_int_equal(ask(s, "none/file", &code), 0);
    assert_int_equal(ask(s, "go.mod/file", &code), 0);
    assert_int_equal(ask(s, "*.mod", &code), 0);
}

static void test_made_anew(void **state)
{
    struct scene *s = *state;
    enum mf_code code;
    make_remote(s);
    assert_int_equal(ask(s, "none", &code), 0);
    /* as if git had been killed: nothing of what was fetched is there any more */
    shell(s, "touch %s.busy", s->repo->key);
    assert_int_equal(ask(s, "go.mod", &code), 1);
}

/* What another run does that finds the mark of a git that was killed. */
static void make_anew_elsewhere(struct scene *s)
{
    MF_CLEANUP(mf_gitrepo_free) struct mf_gitrepo *other = NULL;
    struct mf_err err;
    shell(s, "touch %s.busy", s->repo->key);
    assert_int_equal(mf_gitrepo_new(&other, &s->discovery, &s->root, &err), 0);
    assert_int_equal(mf_gitrepo_begin(other, &err), 0);
    mf_gitrepo_end(other);
}

static void test_made_anew_by_another_run(void **state)
{
    struct scene *s = *state;
    enum mf_code code;
    make_remote(s);
    assert_int_equal(ask(s, "none", &code), 0);
    assert_int_equal(ask_of(s, "v1.2.0", "none", &code), 0);
    make_anew_elsewhere(s);
    assert_int_equal(ask(s, "go.mod", &code), 1);
    make_anew_elsewhere(s);
    /* a tag that came with another one, and was in the clone before */
    assert_int_equal(ask_of(s, "v1.1.0", "go.mod", &code), 1);
}

static void test_all_fetched_and_made_anew(void **state)
{
    struct scene *s = *state;
    struct mf_err err;
    enum mf_code code;
    make_remote(s);
    assert_int_equal(mf_gitrepo_begin(s->repo, &err), 0);
    assert_int_equal(mf_gitclone_fetch_all(s->repo, &err), 0);
    mf_gitrepo_end(s->repo);
    make_anew_elsewhere(s);
    assert_int_equal(ask_of(s, "v1.2.0", "go.mod", &code), 1);
}

/* git fails in ways that do not mean that there is no such file or revision. */
static void test_killed(void **state)
{
    static const char *const reading[] = {"cat-file", "ls-tree"};
    static const char *const resolving[][2] = {{"log", "0123456"}, {"show-ref", "1234567"}, {"rev-parse", "2345678"}};
    struct scene *s = *state;
    enum mf_code code;
    make_remote(s);
    assert_int_equal(ask(s, "go.mod", &code), 1);
    for (size_t i = 0; i < MF_COUNT(reading); i++) {
        break_git(s, reading[i], "kill -9 $$");
        assert_int_equal(ask(s, "none", &code), -1);
        assert_int_equal(code, MF_E_UPSTREAM);
    }
    mend_git(s);
    assert_int_equal(ask(s, "none", &code), 0);
    for (size_t i = 0; i < MF_COUNT(resolving); i++) {
        break_git(s, resolving[i][0], "kill -9 $$");
        assert_int_equal(ask_of(s, resolving[i][1], "go.mod", &code), -1);
        assert_int_equal(code, MF_E_UPSTREAM);
    }
    mend_git(s);
    for (size_t i = 0; i < MF_COUNT(resolving); i++) {
        assert_int_equal(ask_of(s, resolving[i][1], "go.mod", &code), -1);
        assert_int_equal(code, MF_E_NOT_FOUND);
    }
}

static void damage(struct scene *s, const char *object, const char *deed)
{
    shell(s,
          "id=$(git -C remote rev-parse %s); cd %s/objects/$(echo $id | cut -c1-2); file=$(echo $id | cut -c3-); "
          "chmod u+w $file; %s $file",
          object, s->repo->key, deed);
}

static void test_damaged_file(void **state)
{
    struct scene *s = *state;
    enum mf_code code;
    make_remote(s);
    assert_int_equal(ask(s, "none", &code), 0);
    damage(s, "v1.0.0:go.mod", "truncate -s 5");
    assert_int_equal(ask(s, "go.mod", &code), -1);
    damage(s, "v1.0.0:go.mod", "rm");
    assert_int_equal(ask(s, "go.mod", &code), -1);
    damage(s, "v1.0.0^{tree}", "rm");
    assert_int_equal(ask(s, "other", &code), -1);
}

static void test_damaged_commit(void **state)
{
    struct scene *s = *state;
    enum mf_code code;
    make_remote(s);
    assert_int_equal(ask(s, "none", &code), 0);
    damage(s, "v1.0.0", "truncate -s 5");
    assert_int_equal(ask_of(s, "v1.1.0", "go.mod", &code), -1);
    assert_int_equal(code, MF_E_UPSTREAM);
}

static void test_refused_twice(void **state)
{
    struct scene *s = *state;
    enum mf_code code;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ask(s, "go.mod", &code), -1);
        assert_int_equal(code, MF_E_UPSTREAM);
    }
    make_remote(s);
    assert_int_equal(ask(s, "go.mod", &code), -1);
    assert_int_equal(code, MF_E_UPSTREAM);
}

static void test_refused_once(void **state)
{
    struct scene *s = *state;
    enum mf_code code;
    make_remote(s);
    break_git(s, "ls-remote", "exit 1");
    assert_int_equal(ask(s, "go.mod", &code), -1);
    assert_int_equal(code, MF_E_UPSTREAM);
    mend_git(s);
    assert_int_equal(ask(s, "go.mod", &code), 1);
}

/* What is kept does not depend on what became of the clone. */
static void test_refused_and_made_anew(void **state)
{
    struct scene *s = *state;
    enum mf_code code;
    make_remote(s);
    break_git(s, "fetch", "exit 1");
    for (int i = 0; i < 2; i++)
        assert_int_equal(ask(s, "go.mod", &code), -1);
    mend_git(s);
    shell(s, ": >asked; touch %s.busy", s->repo->key);
    assert_int_equal(ask(s, "go.mod", &code), -1);
    assert_int_equal(code, MF_E_UPSTREAM);
    shell(s, "! grep -w fetch asked");
    assert_int_equal(ask_of(s, "v1.2.0", "go.mod", &code), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_made_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_made_anew_by_another_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_all_fetched_and_made_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_killed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged_commit, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused_and_made_anew, set_up, tear_down),
    };
    if (system("git --version >/dev/null 2>&1") != 0)
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

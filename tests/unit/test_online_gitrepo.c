/* Repositories that change while they are asked. With the git that is installed. */
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

static void make_remote(const struct scene *s)
{
    shell(s, "export HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1; git init -q remote; cd remote; "
             "git config user.name a; git config user.email a@example.com; echo 'module example.com/m' >go.mod; "
             "git add go.mod; git commit -q -m one; git tag v1.0.0");
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
    shell(s, "rm -rf %s", s->top);
    free(s);
    return 0;
}

/* What git says of a file of v1.0.0: 1, 0, -1 with the code in *code. */
static int ask(struct scene *s, const char *file, enum mf_code *code)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MIB);
    struct mf_err err = {0};
    int rc = mf_gitrepo_begin(s->repo, &err);
    if (rc == 0)
        rc = mf_gitrepo_read(s->repo, MF_LIT("v1.0.0"), mf_str(file), &text, &err);
    mf_gitrepo_end(s->repo);
    *code = err.code;
    return rc;
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

static void test_made_anew_by_another_run(void **state)
{
    struct scene *s = *state;
    enum mf_code code;
    make_remote(s);
    assert_int_equal(ask(s, "none", &code), 0);
    shell(s, "rm -rf %s; git init -q --bare %s", s->repo->key, s->repo->key);
    /* not: there is no such file */
    assert_int_equal(ask(s, "go.mod", &code), -1);
    assert_int_equal(code, MF_E_IO);
}

static void test_refused_once(void **state)
{
    struct scene *s = *state;
    enum mf_code code;
    assert_int_equal(ask(s, "go.mod", &code), -1);
    assert_int_equal(code, MF_E_UPSTREAM);
    make_remote(s);
    assert_int_equal(ask(s, "go.mod", &code), -1);
    assert_int_equal(code, MF_E_UPSTREAM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_made_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_made_anew_by_another_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused_once, set_up, tear_down),
    };
    if (system("git --version >/dev/null 2>&1") != 0)
        return 77;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Every test runs twice: with openat2, then under a seccomp filter that answers
 * ENOSYS to it, as an older kernel would, so that the stepwise way is taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "formats/base/dir.h"

/* A fresh directory: "in" is the target that the code under test is given, "out"
 * lies beside it and must never change. */
struct place {
    char path[64];
    struct mf_dir in;
    int out;
};

static int setup(void **state)
{
    struct place *p = calloc(1, sizeof(*p));
    struct mf_err err = {0};
    char path[128];
    if (!p)
        return -1;
    umask(022);
    snprintf(p->path, sizeof(p->path), "/tmp/modferry-test-XXXXXX");
    if (!mkdtemp(p->path))
        return -1;
    snprintf(path, sizeof(path), "%s/out/sub", p->path);
    struct mf_dir out;
    if (mf_dir_open(&out, path, true, &err) < 0)
        return -1;
    mf_dir_release(&out);
    snprintf(path, sizeof(path), "%s/out", p->path);
    p->out = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    snprintf(path, sizeof(path), "%s/in", p->path);
    if (p->out < 0 || mf_dir_open(&p->in, path, true, &err) < 0)
        return -1;
    int fd = openat(p->out, "secret", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, "outside", 7) != 7)
        return -1;
    close(fd);
    *state = p;
    return 0;
}

static int count_names(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    (void)parent;
    (void)entry;
    (void)type;
    (void)err;
    ++*(int *)ctx;
    return 0;
}

static int names_in(struct mf_dir d, const char *name)
{
    struct mf_err err = {0};
    int n = 0;
    assert_int_equal(mf_dir_each(d, name, count_names, &n, &err), 0);
    return n;
}

static int teardown(void **state)
{
    struct place *p = *state;
    struct mf_err err = {0};
    char command[256];
    assert_int_equal(names_in((struct mf_dir){p->out}, "."), 2);
    assert_int_equal(names_in((struct mf_dir){p->out}, "sub"), 0);
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(100);
    assert_int_equal(mf_dir_read((struct mf_dir){p->out}, "secret", &b, NULL, &err), 0);
    assert_true(mf_str_eq(mf_buf_view(&b), MF_LIT("outside")));
    close(p->out);
    mf_dir_release(&p->in);
    snprintf(command, sizeof(command), "chmod -R u+rwx %s && rm -rf %s", p->path, p->path);
    int rc = system(command);
    free(p);
    return rc;
}

static void put(struct mf_dir d, const char *name, const char *content)
{
    struct mf_err err = {0};
    if (mf_dir_write(d, name, mf_str(content), 0644, &err) < 0)
        fail_msg("%s", err.text);
}

static void content_is(struct mf_dir d, const char *name, const char *content)
{
    struct mf_err err = {0};
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(4096);
    if (mf_dir_read(d, name, &b, NULL, &err) < 0)
        fail_msg("%s", err.text);
    assert_true(mf_str_eq(mf_buf_view(&b), mf_str(content)));
}

static void test_write_and_read(void **state)
{
    struct place *p = *state;
    struct mf_err err = {0};
    bool missing = false;
    put(p->in, "a/b/c/file", "one");
    content_is(p->in, "a/b/c/file", "one");
    put(p->in, "a/b/c/file", "");
    content_is(p->in, "a/b/c/file", "");
    put(p->in, "top", "two");
    content_is(p->in, "top", "two");

    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(3);
    assert_int_equal(mf_dir_read(p->in, "top", &b, &missing, &err), 0);
    assert_false(missing);
    mf_buf_clear(&b);
    put(p->in, "top", "four");
    assert_int_equal(mf_dir_read(p->in, "top", &b, &missing, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    assert_false(missing);
    mf_buf_release(&b);

    static const char *const absent[] = {"none", "a/none", "none/none", "top/below"};
    for (size_t i = 0; i < MF_COUNT(absent); i++) {
        missing = false;
        assert_int_equal(mf_dir_read(p->in, absent[i], &b, &missing, &err), -1);
        assert_true(missing);
        struct stat st;
        assert_int_equal(mf_dir_stat(p->in, absent[i], &st, &err), 0);
    }
    /* a file that reports no size */
    struct mf_dir proc;
    struct mf_buf stat_text = MF_BUF_INIT(64 * MF_KIB);
    assert_int_equal(mf_dir_open(&proc, "/proc/self", false, &err), 0);
    assert_int_equal(mf_dir_read(proc, "stat", &stat_text, NULL, &err), 0);
    assert_true(stat_text.n > 20);
    mf_buf_release(&stat_text);
    mf_dir_release(&proc);
}

static void test_only_regular_files(void **state)
{
    struct place *p = *state;
    struct mf_err err = {0};
    bool missing = true;
    assert_int_equal(mkfifoat(p->in.fd, "pipe", 0600), 0);
    assert_int_equal(mf_dir_open_file(p->in, "pipe", &missing, &err), -1);
    assert_false(missing);
    assert_non_null(strstr(err.text, "not a regular file"));
    assert_int_equal(mf_dir_make(p->in, "d", &err), 0);
    assert_int_equal(mf_dir_open_file(p->in, "d", &missing, &err), -1);
    assert_int_equal(mf_dir_open_file(p->in, ".", &missing, &err), -1);
    assert_int_equal(err.code, MF_E_IO);
}

/* Links planted in the target: to a directory outside, to a file outside, to
 * nothing yet, and up the tree. */
static void test_links_are_not_followed(void **state)
{
    struct place *p = *state;
    struct mf_err err = {0};
    bool missing = true;
    char target[128];
    struct stat st;
    snprintf(target, sizeof(target), "%s/out", p->path);
    assert_int_equal(symlinkat(target, p->in.fd, "dir"), 0);
    assert_int_equal(symlinkat("../out/secret", p->in.fd, "file"), 0);
    assert_int_equal(symlinkat("../out/new", p->in.fd, "dangling"), 0);
    assert_int_equal(symlinkat("..", p->in.fd, "up"), 0);
    assert_int_equal(mf_dir_make(p->in, "real", &err), 0);
    assert_int_equal(symlinkat("real", p->in.fd, "inside"), 0);

    static const char *const files[] = {"dir/secret", "file", "dangling", "up/out/secret", "dir/none", "inside/x"};
    for (size_t i = 0; i < MF_COUNT(files); i++) {
        missing = true;
        assert_int_equal(mf_dir_open_file(p->in, files[i], &missing, &err), -1);
        assert_false(missing);
    }
    static const char *const folders[] = {"dir", "dir/sub", "up", "up/out", "inside", "dangling"};
    for (size_t i = 0; i < MF_COUNT(folders); i++) {
        struct mf_dir sub;
        int n = 0;
        assert_int_equal(mf_dir_sub(&sub, p->in, folders[i], false, &err), -1);
        assert_int_equal(mf_dir_sub(&sub, p->in, folders[i], true, &err), -1);
        assert_int_equal(mf_dir_make(p->in, folders[i], &err), -1);
        assert_int_equal(mf_dir_each(p->in, folders[i], count_names, &n, &err), -1);
        assert_int_equal(n, 0);
    }
    static const char *const writes[] = {"dir/new", "dir/sub/new", "up/out/new", "dir/deep/new", "inside/new"};
    for (size_t i = 0; i < MF_COUNT(writes); i++) {
        MF_CLEANUP(mf_temp_release) struct mf_temp t = MF_TEMP_INIT;
        assert_int_equal(mf_dir_write(p->in, writes[i], MF_LIT("x"), 0644, &err), -1);
        assert_int_equal(mf_temp_open_dir(&t, p->in, writes[i], &err), -1);
        assert_int_equal(mf_dir_lock(p->in, writes[i], false, &err), -1);
        assert_int_equal(mf_dir_stat(p->in, writes[i], &st, &err), -1);
        assert_int_equal(mf_dir_remove(p->in, writes[i], &err), -1);
    }
    assert_int_equal(mf_dir_lock(p->in, "dangling", false, &err), -1);

    /* lstat sees the link; a file published over it, or removing, replaces it */
    assert_int_equal(mf_dir_stat(p->in, "file", &st, &err), 1);
    assert_true(S_ISLNK(st.st_mode));
    put(p->in, "file", "inside");
    content_is(p->in, "file", "inside");
    put(p->in, "dangling", "inside");
    content_is(p->in, "dangling", "inside");
    assert_int_equal(mf_dir_remove(p->in, "dir", &err), 0);
    assert_int_equal(mf_dir_stat(p->in, "dir", &st, &err), 0);
}

static void test_names(void **state)
{
    static const char *const bad[] = {"",    "..", "../out", "a/..",        "a/../b", "a/../../out", "./a",
                                      "a/.", "/",  "/etc",   "/etc/passwd", "a//b",   "a/",          "//"};
    struct place *p = *state;
    struct mf_err err = {0};
    struct stat st;
    assert_int_equal(mf_dir_make(p->in, "a", &err), 0);
    for (size_t i = 0; i < MF_COUNT(bad); i++) {
        MF_CLEANUP(mf_temp_release) struct mf_temp t = MF_TEMP_INIT;
        struct mf_dir sub;
        int n = 0;
        bool missing = true;
        assert_int_equal(mf_dir_sub(&sub, p->in, bad[i], true, &err), -1);
        assert_int_equal(mf_dir_make(p->in, bad[i], &err), -1);
        assert_int_equal(mf_dir_open_file(p->in, bad[i], &missing, &err), -1);
        assert_false(missing);
        assert_int_equal(mf_dir_write(p->in, bad[i], MF_LIT("x"), 0644, &err), -1);
        assert_int_equal(mf_dir_stat(p->in, bad[i], &st, &err), -1);
        assert_int_equal(mf_dir_remove(p->in, bad[i], &err), -1);
        assert_int_equal(mf_dir_each(p->in, bad[i], count_names, &n, &err), -1);
        assert_int_equal(mf_dir_lock(p->in, bad[i], false, &err), -1);
        assert_int_equal(mf_temp_open_dir(&t, p->in, bad[i], &err), -1);
    }
    assert_int_equal(names_in(p->in, "."), 1);
    put(p->in, "..a/...", "dots that mean nothing");
    content_is(p->in, "..a/...", "dots that mean nothing");

    char name[5000];
    memset(name, 'n', sizeof(name));
    name[256] = '\0';
    assert_int_equal(mf_dir_write(p->in, name, MF_LIT("x"), 0644, &err), -1);
    assert_int_equal(mf_dir_make(p->in, name, &err), -1);
    name[255] = '\0';
    put(p->in, name, "longest");
    content_is(p->in, name, "longest");
    for (size_t i = 0; i < sizeof(name); i++)
        name[i] = i % 2 ? '/' : 'd';
    name[4999] = '\0';
    assert_int_equal(mf_dir_make(p->in, name, &err), -1);
    assert_int_equal(mf_dir_write(p->in, name, MF_LIT("x"), 0644, &err), -1);
    name[1999] = '\0';
    assert_int_equal(mf_dir_make(p->in, name, &err), 0);
    assert_int_equal(mf_dir_remove(p->in, "n", &err), 0);
}

static mode_t mode_of(struct mf_dir d, const char *name)
{
    struct mf_err err = {0};
    struct stat st;
    assert_int_equal(mf_dir_stat(d, name, &st, &err), 1);
    return st.st_mode & 07777;
}

static void test_umask(void **state)
{
    static const struct {
        mode_t mask, mode, file, folder;
    } cases[] = {{022, 0644, 0644, 0755},
                 {077, 0666, 0600, 0700},
                 {0, 0666, 0666, 0777},
                 {027, 0444, 0440, 0750},
                 {022, 0, 0, 0755}};
    struct place *p = *state;
    struct mf_err err = {0};
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        MF_CLEANUP(mf_temp_release) struct mf_temp t = MF_TEMP_INIT;
        char name[32];
        umask(cases[i].mask);
        snprintf(name, sizeof(name), "d%zu/file", i);
        assert_int_equal(mf_temp_open(&t, p->in, name, cases[i].mode, &err), 0);
        /* the descriptor can be written whatever the mode says */
        assert_int_equal(mf_write_full(t.fd, "x", 1, name, &err), 0);
        assert_int_equal(mf_temp_publish(&t, &err), 0);
        assert_int_equal(mode_of(p->in, name), cases[i].file);
        snprintf(name, sizeof(name), "d%zu", i);
        assert_int_equal(mode_of(p->in, name), cases[i].folder);
        snprintf(name, sizeof(name), "t%zu", i);
        assert_int_equal(mf_temp_open_dir(&t, p->in, name, &err), 0);
        assert_int_equal(mf_temp_publish(&t, &err), 0);
        assert_int_equal(mode_of(p->in, name), cases[i].folder);
    }
    umask(022);
}

static void test_temporaries(void **state)
{
    struct place *p = *state;
    struct mf_err err = {0};
    struct mf_temp t = MF_TEMP_INIT, idle = MF_TEMP_INIT;
    struct stat st;
    mf_temp_release(&idle);

    /* not published: nothing stays */
    assert_int_equal(mf_temp_open(&t, p->in, "d/file", 0644, &err), 0);
    assert_int_equal(mf_write_full(t.fd, "part", 4, "d/file", &err), 0);
    assert_int_equal(names_in(p->in, "d"), 1);
    assert_int_equal(mf_dir_stat(p->in, "d/file", &st, &err), 0);
    mf_temp_release(&t);
    mf_temp_release(&t);
    assert_int_equal(names_in(p->in, "d"), 0);

    /* the old content stays until the moment of publishing */
    put(p->in, "d/file", "old");
    assert_int_equal(mf_temp_open(&t, p->in, "d/file", 0644, &err), 0);
    assert_int_equal(mf_write_full(t.fd, "new", 3, "d/file", &err), 0);
    content_is(p->in, "d/file", "old");
    assert_int_equal(mf_temp_publish(&t, &err), 0);
    content_is(p->in, "d/file", "new");
    mf_temp_release(&t);
    content_is(p->in, "d/file", "new");
    assert_int_equal(names_in(p->in, "d"), 1);

    /* a file does not replace a directory; the temporary goes */
    assert_int_equal(mf_temp_open(&t, p->in, "d", 0644, &err), 0);
    assert_int_equal(mf_temp_publish(&t, &err), -1);
    assert_int_equal(err.code, MF_E_IO);
    mf_temp_release(&t);
    assert_int_equal(names_in(p->in, "."), 1);
}

static void test_temporary_directories(void **state)
{
    struct place *p = *state;
    struct mf_err err = {0};
    struct mf_temp t = MF_TEMP_INIT;
    struct mf_dir sub;
    assert_int_equal(mf_temp_open_dir(&t, p->in, "x/mod", &err), 0);
    assert_int_equal(mf_dir_sub(&sub, t.parent, t.name, false, &err), 0);
    put(sub, "deep/file", "content");
    assert_int_equal(fchmodat(sub.fd, "deep", 0555, 0), 0);
    mf_dir_release(&sub);
    mf_temp_release(&t);
    assert_int_equal(names_in(p->in, "x"), 0);

    for (int round = 0; round < 2; round++) {
        assert_int_equal(mf_temp_open_dir(&t, p->in, "x/mod", &err), 0);
        assert_int_equal(mf_dir_sub(&sub, t.parent, t.name, false, &err), 0);
        put(sub, "file", round ? "second" : "first");
        mf_dir_release(&sub);
        assert_int_equal(mf_temp_publish(&t, &err), round ? -1 : 0);
        mf_temp_release(&t);
        content_is(p->in, "x/mod/file", "first");
        assert_int_equal(names_in(p->in, "x"), 1);
    }
    /* not even an empty directory is replaced */
    assert_int_equal(mf_dir_make(p->in, "x/empty", &err), 0);
    assert_int_equal(mf_temp_open_dir(&t, p->in, "x/empty", &err), 0);
    assert_int_equal(mf_temp_publish(&t, &err), -1);
    assert_int_equal(err.code, MF_E_IO);
    mf_temp_release(&t);
    assert_int_equal(names_in(p->in, "x"), 2);
}

static void test_sweep(void **state)
{
    struct place *p = *state;
    struct mf_err err = {0};
    put(p->in, "d/.modferry-0123.tmp", "left");
    put(p->in, "d/.modferry-dir.tmp/deep/file", "left");
    put(p->in, "d/sub/.modferry-0123.tmp", "not directly in d");
    put(p->in, "d/.modferry-0123.tmp.zip", "kept");
    put(p->in, "d/modferry-0123.tmp", "kept");
    put(p->in, "d/.modferry", "kept");
    assert_int_equal(symlinkat("../../out", p->in.fd, "d/.modferry-link.tmp"), 0);
    assert_int_equal(mf_dir_sweep(p->in, "d", &err), 0);
    assert_int_equal(names_in(p->in, "d"), 4);
    assert_int_equal(names_in(p->in, "d/sub"), 1);
    assert_int_equal(mf_dir_sweep(p->in, "none", &err), 0);
    assert_int_equal(mf_dir_sweep(p->in, ".", &err), 0);
}

static void test_sweep_dead(void **state)
{
    struct place *p = *state;
    struct mf_err err = {0};
    struct mf_temp living = MF_TEMP_INIT;
    bool dead;
    put(p->in, "d/.modferry-dir.tmp/file", "not a file");
    put(p->in, "d/.modferry-0123.tmp.zip", "kept");
    assert_int_equal(symlinkat("../../out", p->in.fd, "d/.modferry-link.tmp"), 0);
    assert_int_equal(mf_temp_open(&living, p->in, "d/file", 0644, &err), 0);
    assert_int_equal(mf_dir_has_dead(p->in, "d", &dead, &err), 0);
    assert_false(dead);
    put(p->in, "d/.modferry-0123.tmp", "left");
    assert_int_equal(mf_dir_has_dead(p->in, "d", &dead, &err), 0);
    assert_true(dead);
    assert_int_equal(mf_dir_sweep_dead(p->in, "d", &err), 0);
    assert_int_equal(names_in(p->in, "d"), 4);
    assert_int_equal(mf_dir_has_dead(p->in, "d", &dead, &err), 0);
    assert_false(dead);
    assert_int_equal(mf_temp_publish(&living, &err), 0);
    assert_int_equal(names_in(p->in, "d"), 4);
    assert_int_equal(mf_dir_sweep_dead(p->in, "none", &err), 0);
}

static void test_remove(void **state)
{
    struct place *p = *state;
    struct mf_err err = {0};
    put(p->in, "m/a/b/file", "x");
    put(p->in, "m/a/other", "x");
    assert_int_equal(symlinkat("../../../out", p->in.fd, "m/a/link"), 0);
    assert_int_equal(fchmodat(p->in.fd, "m/a/b", 0555, 0), 0);
    assert_int_equal(fchmodat(p->in.fd, "m/a", 0555, 0), 0);
    assert_int_equal(fchmodat(p->in.fd, "m", 0555, 0), 0);
    assert_int_equal(mf_dir_remove(p->in, "m", &err), 0);
    assert_int_equal(names_in(p->in, "."), 0);
    assert_int_equal(mf_dir_remove(p->in, "m", &err), 0);
    assert_int_equal(mf_dir_remove(p->in, "m/below", &err), 0);
    assert_int_equal(mf_dir_remove(p->in, ".", &err), -1);
}

struct listing {
    char text[256];
    const char *stop;
};

static int list_names(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    struct listing *l = ctx;
    struct stat st;
    size_t used = strlen(l->text);
    assert_int_equal(fstatat(parent.fd, entry, &st, AT_SYMLINK_NOFOLLOW), 0);
    assert_int_equal(IFTODT(st.st_mode), type);
    snprintf(l->text + used, sizeof(l->text) - used, "%s ", entry);
    if (l->stop && strcmp(l->stop, entry) == 0)
        return mf_err_set(err, MF_E_POLICY, "stopped");
    return 0;
}

static void test_each(void **state)
{
    static const char *const names[] = {"b", "a", "B", "\xc3\xa9", "a.b", "a-b", ".hidden", "10", "9"};
    struct place *p = *state;
    struct mf_err err = {0};
    struct listing l = {.stop = NULL};
    for (size_t i = 0; i < MF_COUNT(names); i++)
        put(p->in, names[i], "");
    assert_int_equal(mf_dir_make(p->in, "dir", &err), 0);
    assert_int_equal(symlinkat("b", p->in.fd, "link"), 0);
    assert_int_equal(mf_dir_each(p->in, ".", list_names, &l, &err), 0);
    assert_string_equal(l.text, ".hidden 10 9 B a a-b a.b b dir link \xc3\xa9 ");
    l = (struct listing){.stop = "B"};
    assert_int_equal(mf_dir_each(p->in, ".", list_names, &l, &err), -1);
    assert_int_equal(err.code, MF_E_POLICY);
    assert_string_equal(l.text, ".hidden 10 9 B ");
    assert_int_equal(mf_dir_each(p->in, "none", list_names, &l, &err), 0);
    assert_int_equal(mf_dir_each(p->in, "b", list_names, &l, &err), -1);
}

static void test_lock(void **state)
{
    struct place *p = *state;
    struct mf_err err = {0};
    MF_CLEANUP(mf_fd_release) int first = mf_dir_lock(p->in, ".modferry/lock", true, &err);
    assert_true(first >= 0);
    assert_int_equal(mf_dir_lock(p->in, ".modferry/lock", false, &err), -1);
    assert_int_equal(err.code, MF_E_BUSY);
    MF_CLEANUP(mf_fd_release) int other = mf_dir_lock(p->in, ".modferry/other", false, &err);
    assert_true(other >= 0);
    mf_fd_release(&first);
    first = mf_dir_lock(p->in, ".modferry/lock", false, &err);
    assert_true(first >= 0);

    /* another process waits until we let go */
    int pipefd[2];
    char byte = 0;
    assert_int_equal(pipe2(pipefd, O_CLOEXEC), 0);
    pid_t child = fork();
    if (child == 0) {
        mf_fd_release(&first);
        int fd = mf_dir_lock(p->in, ".modferry/lock", true, &err);
        _exit(fd >= 0 && write(pipefd[1], "x", 1) == 1 ? 0 : 1);
    }
    assert_true(child > 0);
    assert_int_equal(fcntl(pipefd[0], F_SETFL, O_NONBLOCK), 0);
    usleep(50000);
    assert_int_equal(read(pipefd[0], &byte, 1), -1);
    mf_fd_release(&first);
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(read(pipefd[0], &byte, 1), 1);
    close(pipefd[0]);
    close(pipefd[1]);
}

/* No descriptor is left over, and none is inherited by a program we start. */
static void test_descriptors(void **state)
{
    struct place *p = *state;
    struct mf_err err = {0};
    int before = dup(0);
    assert_true(before >= 0);
    close(before);
    MF_CLEANUP(mf_temp_release) struct mf_temp file = MF_TEMP_INIT, folder = MF_TEMP_INIT;
    struct mf_dir sub;
    assert_int_equal(mf_temp_open(&file, p->in, "file", 0644, &err), 0);
    assert_int_equal(mf_temp_open_dir(&folder, p->in, "a/b", &err), 0);
    assert_int_equal(mf_dir_sub(&sub, p->in, "a", false, &err), 0);
    int lock = mf_dir_lock(p->in, "lock", false, &err);
    int read_only = mf_dir_open_file(p->in, "lock", NULL, &err);
    const int fds[] = {file.fd, file.parent.fd, folder.parent.fd, sub.fd, lock, read_only, p->in.fd};
    for (size_t i = 0; i < MF_COUNT(fds); i++)
        assert_int_equal(fcntl(fds[i], F_GETFD), FD_CLOEXEC);
    mf_fd_release(&lock);
    mf_fd_release(&read_only);
    mf_fd_release(&read_only);
    mf_dir_release(&sub);
    mf_temp_release(&file);
    mf_temp_release(&folder);
    int after = dup(0);
    assert_int_equal(after, before);
    close(after);
}

static void test_open(void **state)
{
    struct place *p = *state;
    struct mf_err err = {0};
    char path[256];
    struct mf_dir d = MF_DIR_NONE;
    mf_dir_release(&d);
    snprintf(path, sizeof(path), "%s/user/given//path/", p->path);
    assert_int_equal(mf_dir_open(&d, path, false, &err), -1);
    assert_int_equal(err.code, MF_E_IO);
    assert_int_equal(mf_dir_open(&d, path, true, &err), 0);
    mf_dir_release(&d);
    /* a link in what the user typed is the user's own */
    snprintf(path, sizeof(path), "%s/link", p->path);
    assert_int_equal(symlink("out", path), 0);
    assert_int_equal(mf_dir_open(&d, path, true, &err), 0);
    content_is(d, "secret", "outside");
    mf_dir_release(&d);
    snprintf(path, sizeof(path), "%s/out/secret", p->path);
    assert_int_equal(mf_dir_open(&d, path, false, &err), -1);
    assert_int_equal(mf_dir_open(&d, "", true, &err), -1);
}

static void test_full_reads(void **state)
{
    struct mf_err err = {0};
    char got[16];
    size_t n;
    int pipefd[2];
    (void)state;
    assert_int_equal(pipe2(pipefd, O_CLOEXEC), 0);
    assert_int_equal(mf_write_full(pipefd[1], "abc", 3, "pipe", &err), 0);
    assert_int_equal(mf_write_full(pipefd[1], "defg", 4, "pipe", &err), 0);
    assert_int_equal(mf_write_full(pipefd[1], NULL, 0, "pipe", &err), 0);
    assert_int_equal(mf_read_full(pipefd[0], got, 5, &n, "pipe", &err), 0);
    assert_int_equal(n, 5);
    assert_memory_equal(got, "abcde", 5);
    close(pipefd[1]);
    assert_int_equal(mf_read_full(pipefd[0], got, 16, &n, "pipe", &err), 0);
    assert_int_equal(n, 2);
    assert_int_equal(mf_pread_full(pipefd[0], got, 1, 0, "pipe", &err), -1);
    assert_int_equal(err.code, MF_E_IO);
    close(pipefd[0]);
    assert_int_equal(mf_read_full(-1, got, 1, &n, "nothing", &err), -1);
    assert_non_null(strstr(err.text, "nothing"));

    int fd = memfd_create("test", MFD_CLOEXEC);
    assert_int_equal(mf_write_full(fd, "0123456789", 10, "file", &err), 0);
    assert_int_equal(mf_pread_full(fd, got, 4, 6, "file", &err), 0);
    assert_memory_equal(got, "6789", 4);
    assert_int_equal(mf_pread_full(fd, got, 0, 99, "file", &err), 0);
    assert_int_equal(mf_pread_full(fd, got, 4, 7, "file", &err), -1);
    assert_int_equal(err.code, MF_E_TRUNCATED);
    assert_non_null(strstr(err.text, "byte 10"));
    assert_int_equal(mf_pread_full(fd, got, 1, UINT64_MAX, "file", &err), -1);
    assert_int_equal(err.code, MF_E_IO);
    close(fd);
    fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
        assert_int_equal(mf_write_full(fd, "x", 1, "disc", &err), -1);
        assert_int_equal(err.code, MF_E_SPACE);
        close(fd);
    }
}

/* From here on openat2 does not exist for this process. */
static int forbid_openat2(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {MF_COUNT(code), code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return -1;
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(void)
{
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_write_and_read),
        TEST(test_only_regular_files),
        TEST(test_links_are_not_followed),
        TEST(test_names),
        TEST(test_umask),
        TEST(test_temporaries),
        TEST(test_temporary_directories),
        TEST(test_sweep),
        TEST(test_sweep_dead),
        TEST(test_remove),
        TEST(test_each),
        TEST(test_lock),
        TEST(test_descriptors),
        TEST(test_open),
        TEST(test_full_reads),
    };
    int failed = cmocka_run_group_tests_name("openat2", tests, NULL, NULL);
    if (forbid_openat2() < 0 || syscall(SYS_openat2, AT_FDCWD, ".", NULL, 0) != -1 || errno != ENOSYS) {
        fprintf(stderr, "no seccomp filter: the stepwise way cannot be forced\n");
        return 1;
    }
    return failed + cmocka_run_group_tests_name("stepwise", tests, NULL, NULL);
}

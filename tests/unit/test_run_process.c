/* Programs of the system stand for `go` here: sh, with a script as one argument. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "formats/base/dir.h"
#include "run/process.h"

static char top[] = "/tmp/modferry-test-XXXXXX";
static struct mf_dir dir = MF_DIR_NONE;

static int setup(void **state)
{
    struct mf_err err;
    (void)state;
    return mkdtemp(top) && mf_dir_open(&dir, top, false, &err) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    struct mf_dir parent = MF_DIR_NONE;
    struct mf_err err;
    (void)state;
    mf_dir_release(&dir);
    if (mf_dir_open(&parent, "/tmp", false, &err) < 0 || mf_dir_remove(parent, strrchr(top, '/') + 1, &err) < 0)
        return -1;
    mf_dir_release(&parent);
    return 0;
}

struct shell {
    struct mf_process process;
    const char *argv[4], *env[3];
    struct mf_buf out, tail;
    struct mf_process_end end;
    struct mf_err err;
};

static void prepare(struct shell *s, const char *script)
{
    *s = (struct shell){.argv = {"/bin/sh", "-c", script, NULL},
                        .env = {"PATH=/usr/bin:/bin", "A=b c", NULL},
                        .out = MF_BUF_INIT(MF_KIB),
                        .tail = MF_BUF_INIT(64)};
    s->process = (struct mf_process){.argv = s->argv, .env = s->env, .cwd = dir.fd, .out = &s->out, .tail = &s->tail};
}

static int start(struct shell *s)
{
    return mf_process_run(&s->process, &s->end, &s->err);
}

static void release(struct shell *s)
{
    mf_buf_release(&s->out);
    mf_buf_release(&s->tail);
}

static void expect(const char *script, int status, const char *out, const char *tail)
{
    MF_CLEANUP(release) struct shell s;
    prepare(&s, script);
    if (start(&s) < 0)
        fail_msg("%s: %s", script, s.err.text);
    assert_int_equal(s.end.status, status);
    assert_string_equal(mf_buf_cstr(&s.out), out);
    assert_string_equal(mf_buf_cstr(&s.tail), tail);
    assert_false(s.end.timed_out);
}

static void test_output(void **state)
{
    (void)state;
    expect("echo to out; echo to err >&2", 0, "to out\n", "to err\n");
    expect("exit 3", 3, "", "");
    expect("kill -9 $$", 128 + SIGKILL, "", "");
    expect("cat; echo read", 0, "read\n", ""); /* /dev/null */
    expect("i=0; while [ $i -lt 50 ]; do echo line $i >&2; i=$((i+1)); done", 0, "",
           "line 42\nline 43\nline 44\nline 45\nline 46\nline 47\nline 48\nline 49\n");
}

static void test_environment(void **state)
{
    char want[256];
    (void)state;
    setenv("MODFERRY_TEST_LEAK", "1", 1);
    expect("env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD= | sort", 0, "A=b c\nPATH=/usr/bin:/bin\n", "");
    snprintf(want, sizeof(want), "%s\n", top);
    expect("pwd -P", 0, want, "");
}

static void test_signals_and_files(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    int leak = dup(STDIN_FILENO);                                 /* without close-on-exec */
    expect("ls /proc/self/fd | tr '\\n' ' '", 0, "0 1 2 3 ", ""); /* 3 is ls's own */
    expect("sh -c 'kill -PIPE $$'", 128 + SIGPIPE, "", "");
    close(leak);
}

static void test_descriptor(void **state)
{
    MF_CLEANUP(release) struct shell s;
    MF_CLEANUP(mf_temp_release) struct mf_temp file = MF_TEMP_INIT;
    MF_CLEANUP(mf_buf_release) struct mf_buf seen = MF_BUF_INIT(MF_KIB);
    (void)state;
    prepare(&s, "echo to out; echo to err >&2");
    assert_int_equal(mf_temp_open(&file, dir, "output", 0600, &s.err), 0);
    s.process.out = NULL;
    s.process.output = file.fd;
    assert_int_equal(start(&s), 0);
    assert_string_equal(mf_buf_cstr(&s.tail), "to err\n");
    assert_int_equal(mf_temp_publish(&file, &s.err), 0);
    assert_int_equal(mf_dir_read(dir, "output", &seen, NULL, &s.err), 0);
    assert_string_equal(mf_buf_cstr(&seen), "to out\n");
}

static void test_file_max(void **state)
{
    MF_CLEANUP(release) struct shell s;
    (void)state;
    prepare(&s, "head -c 5000 /dev/zero >large");
    s.process.file_max = 4096;
    assert_int_equal(start(&s), 0);
    assert_int_equal(s.end.status, 128 + SIGXFSZ);
    expect("wc -c <large; rm large", 0, "4096\n", "");
}

/* A terminal, if there is one, belongs to another session. */
static void test_no_terminal(void **state)
{
    MF_CLEANUP(release) struct shell s;
    (void)state;
    prepare(&s, "cut -d' ' -f5,6,7 /proc/$$/stat; echo $$; (: </dev/tty) 2>/dev/null && echo tty; sleep 60 & exit 0");
    s.process.no_terminal = true;
    assert_int_equal(start(&s), 0);
    long group, session, tty, pid;
    assert_int_equal(sscanf(mf_buf_cstr(&s.out), "%ld %ld %ld %ld", &group, &session, &tty, &pid), 4);
    assert_true(group == pid && session == pid && tty == 0);
    assert_null(strstr(s.out.p, "tty"));
    assert_int_equal(kill((pid_t)-group, 0), -1); /* what it left behind is gone */
}

static void test_input(void **state)
{
    static const char text[] = "one\ntwo\n";
    MF_CLEANUP(release) struct shell s;
    (void)state;
    prepare(&s, "cat; wc -c < /dev/stdin");
    s.process.input = mf_str(text);
    if (start(&s) < 0)
        fail_msg("%s", s.err.text);
    assert_string_equal(mf_buf_cstr(&s.out), "one\ntwo\n8\n");
    expect("cat | wc -c", 0, "0\n", "");
}

static void test_joined(void **state)
{
    (void)state;
    MF_CLEANUP(release) struct shell s;
    prepare(&s, "echo one; echo two >&2; echo three");
    s.process.out = NULL;
    assert_int_equal(start(&s), 0);
    assert_string_equal(mf_buf_cstr(&s.tail), "one\ntwo\nthree\n");
}

static void test_too_much(void **state)
{
    (void)state;
    MF_CLEANUP(release) struct shell s;
    prepare(&s, "while echo more; do :; done");
    assert_int_equal(start(&s), -1);
    assert_int_equal(s.err.code, MF_E_LIMIT);
}

static void test_missing(void **state)
{
    (void)state;
    MF_CLEANUP(release) struct shell s;
    prepare(&s, "");
    s.argv[0] = "/nonexistent/program";
    assert_int_equal(start(&s), -1);
    assert_int_equal(s.err.code, MF_E_IO);
    assert_non_null(strstr(s.err.text, "start /nonexistent/program: No such file"));
}

/* True while a process has `word` among its arguments. */
static bool is_running(const char *word)
{
    char command[128];
    snprintf(command, sizeof(command), "grep -slz -- '^%s$' /proc/[0-9]*/cmdline | grep -qv /self/", word);
    return system(command) == 0;
}

static void test_time(void **state)
{
    (void)state;
    MF_CLEANUP(release) struct shell s;
    prepare(&s, "sleep 71.25 & sleep 71.25");
    s.process.seconds = 1;
    assert_int_equal(start(&s), 0);
    assert_true(s.end.timed_out);
    assert_int_equal(s.end.status, 128 + SIGTERM);
    assert_in_range(s.end.milliseconds, 1000, 20000);
    assert_false(is_running("71.25"));
}

static void test_deaf(void **state)
{
    (void)state;
    MF_CLEANUP(release) struct shell s;
    prepare(&s, "trap '' TERM; while :; do sleep 0.1; done");
    s.process.seconds = 1;
    assert_int_equal(start(&s), 0);
    assert_true(s.end.timed_out);
    assert_int_equal(s.end.status, 128 + SIGKILL);
}

/* Its output is taken as fast as it comes; nobody waits for the end of that. */
static void test_flood(void **state)
{
    (void)state;
    MF_CLEANUP(release) struct shell s;
    prepare(&s, "exec cat /dev/zero");
    s.process.seconds = 1;
    s.process.out = NULL;
    assert_int_equal(start(&s), 0);
    assert_true(s.end.timed_out);
    assert_in_range(s.end.milliseconds, 1000, 20000);
}

static volatile int stopped;

static void on_alarm(int number)
{
    (void)number;
    stopped = SIGTERM;
}

static void test_stop(void **state)
{
    (void)state;
    MF_CLEANUP(release) struct shell s;
    prepare(&s, "sleep 72.25 & sleep 72.25");
    s.process.stop = &stopped;
    signal(SIGALRM, on_alarm);
    alarm(1);
    assert_int_equal(start(&s), -1);
    assert_int_equal(s.err.code, MF_E_TERMINATED);
    assert_false(is_running("72.25"));
    stopped = 0;
}

/* What the program leaves running does not keep us waiting, and is ended. */
static void test_left_behind(void **state)
{
    (void)state;
    MF_CLEANUP(release) struct shell s;
    prepare(&s, "sleep 73.25 & echo done");
    assert_int_equal(start(&s), 0);
    assert_int_equal(s.end.status, 0);
    assert_string_equal(mf_buf_cstr(&s.out), "done\n");
    assert_in_range(s.end.milliseconds, 0, 30000);
    assert_false(is_running("73.25"));
}

/* A listener of ours is out of reach, and there is nothing but loopback. */
static void test_no_network(void **state)
{
    (void)state;
    MF_CLEANUP(release) struct shell s;
    prepare(&s, "cut -d: -f1 /proc/net/dev | tail -n +3 | tr -d ' '; cat /sys/class/net/lo/operstate; id -u; "
                "python3 -c 'import socket; a = socket.create_server((\"127.0.0.1\", 0)); "
                "socket.create_connection(a.getsockname()); print(\"loopback\")'");
    s.process.no_network = true;
    char want[64];
    if (start(&s) < 0) {
        assert_int_equal(s.err.code, MF_E_ACCESS);
        print_message("skipped: no network namespace here: %s\n", s.err.text);
        skip();
    }
    (void)snprintf(want, sizeof(want), "\n%u\nloopback\n", (unsigned)getuid());
    assert_true(mf_str_starts(mf_buf_view(&s.out), MF_LIT("lo\n")));
    assert_true(mf_str_ends(mf_buf_view(&s.out), mf_str(want)));
}

static void test_find(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf path = MF_BUF_INIT(256);
    struct mf_err err;
    char search[128];
    (void)state;
    assert_true(mf_process_find("sh", "/nonexistent:/bin:/usr/bin", &path));
    assert_string_equal(mf_buf_cstr(&path), "/bin/sh");
    mf_buf_clear(&path);
    assert_false(mf_process_find("sh", "", &path));
    assert_false(mf_process_find("sh", NULL, &path));
    assert_int_equal(mf_dir_write(dir, "tool", MF_LIT("#!/bin/sh\n"), 0644, &err), 0);
    assert_false(mf_process_find("tool", top, &path)); /* not executable */
    assert_int_equal(chmod((snprintf(search, sizeof(search), "%s/tool", top), search), 0755), 0);
    assert_true(mf_process_find("tool", top, &path));
    assert_int_equal(chdir(top), 0);
    mf_buf_clear(&path);
    assert_false(mf_process_find("tool", ".:", &path)); /* relative directories are not looked at */
    assert_int_equal(chdir("/"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output),     cmocka_unit_test(test_environment), cmocka_unit_test(test_signals_and_files),
        cmocka_unit_test(test_descriptor), cmocka_unit_test(test_file_max),    cmocka_unit_test(test_no_terminal),
        cmocka_unit_test(test_input),      cmocka_unit_test(test_joined),      cmocka_unit_test(test_too_much),
        cmocka_unit_test(test_missing),    cmocka_unit_test(test_time),        cmocka_unit_test(test_deaf),
        cmocka_unit_test(test_flood),      cmocka_unit_test(test_stop),        cmocka_unit_test(test_left_behind),
        cmocka_unit_test(test_no_network), cmocka_unit_test(test_find),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}

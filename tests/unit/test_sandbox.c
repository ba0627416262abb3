/* Calls that are forbidden in the sandbox, provoked: each case is a process of
 * its own that enters and then tries. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bundlekit.h"
#include "formats/base/pool.h"
#include "verify/landlock.h"
#include "verify/sandbox.h"
#include "verify/syscallfilter.h"

/* A folder with in/ (read), out/ (fill), off/ (not named) and a file in each. */
static char top[64];
static struct mf_dir root;

static int make_folders(void **state)
{
    (void)state;
    root = kit_mkdir(top);
    static const char *const files[] = {"in/f", "out/f", "out/sub/f", "off/f"};
    for (size_t i = 0; i < MF_COUNT(files); i++)
        KIT_OK(mf_dir_write(root, files[i], MF_LIT("text"), 0644, &err));
    return 0;
}

static int remove_folders(void **state)
{
    (void)state;
    kit_empty(root, top);
    return 0;
}

static void enter(void)
{
    struct mf_dir in, out, undo;
    KIT_OK(mf_dir_sub(&in, root, "in", false, &err));
    KIT_OK(mf_dir_sub(&out, root, "out", false, &err));
    KIT_OK(mf_dir_sub(&undo, root, "undo", true, &err));
    const struct mf_sandbox_place places[] = {
        {in.fd, MF_SANDBOX_READ}, {out.fd, MF_SANDBOX_FILL}, {undo.fd, MF_SANDBOX_UNDO}, {-1, MF_SANDBOX_FILL}};
    KIT_OK(mf_sandbox_enter(places, MF_COUNT(places), &err));
}

/* Runs try() in a child inside the sandbox. Returns 0 where it returned 0 or
 * more, its errno where it returned -1, or 1000 + the signal that ended it. */
static int inside(int (*try)(void))
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (chdir(top) < 0)
            _exit(250);
        enter();
        errno = 0;
        _exit(try() >= 0 ? 0 : errno);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Some test could not be made here. */
static bool skipped;

static void leave_out(const char *what, int number)
{
    print_message("skipped: %s is not offered here: %s\n", what, strerror(number));
    skipped = true;
    skip();
}

static void needs_filter(void)
{
    int missing = mf_syscallfilter_missing();
    if (missing)
        leave_out("seccomp", missing);
}

static void needs_landlock(int abi)
{
    int offered = mf_landlock_abi();
    if (offered < abi)
        leave_out("landlock in that version", offered < 0 ? -offered : ENOSYS);
}

static int do_socket(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}
static int do_unix_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}
static int do_socketpair(void)
{
    int pair[2];
    return socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
}
static int do_connect(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9)};
    return connect(STDIN_FILENO, (struct sockaddr *)&to, sizeof(to));
}
static int do_bind(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    return bind(STDIN_FILENO, (struct sockaddr *)&to, sizeof(to));
}
static int do_accept(void)
{
    return accept(STDIN_FILENO, NULL, NULL);
}
static int do_sendto(void)
{
    return (int)sendto(STDIN_FILENO, "x", 1, 0, NULL, 0);
}
static int do_recv(void)
{
    char c;
    return (int)recv(STDIN_FILENO, &c, 1, 0);
}
static int do_execve(void)
{
    return execl("/bin/true", "true", (char *)NULL);
}
static int do_execveat(void)
{
    char *const none[] = {NULL};
    return (int)syscall(SYS_execveat, AT_FDCWD, "/bin/true", none, none, 0);
}
static int do_ptrace(void)
{
    return (int)ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}
static int do_read_process(void)
{
    char c;
    struct iovec to = {&c, 1}, from = {&c, 1};
    return (int)process_vm_readv(getppid(), &to, 1, &from, 1, 0);
}
static int do_write_process(void)
{
    char c = 'x';
    struct iovec to = {&c, 1}, from = {&c, 1};
    return (int)process_vm_writev(getppid(), &from, 1, &to, 1, 0);
}

static void test_killed(void **state)
{
    static int (*const calls[])(void) = {do_socket, do_unix_socket,  do_socketpair,   do_connect, do_bind,
                                         do_accept, do_sendto,       do_recv,         do_execve,  do_execveat,
                                         do_ptrace, do_read_process, do_write_process};
    (void)state;
    needs_filter();
    for (size_t i = 0; i < MF_COUNT(calls); i++)
        if (inside(calls[i]) != 1000 + SIGSYS)
            fail_msg("call %zu was not stopped", i);
}

static int do_fork(void)
{
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    return child;
}
static int do_vfork(void)
{
    return (int)syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL, NULL, NULL, NULL);
}
static int do_clone3(void)
{
    uint64_t arguments[8] = {0};
    return (int)syscall(SYS_clone3, arguments, sizeof(arguments));
}
static int do_unshare(void)
{
    return unshare(CLONE_NEWUSER);
}
static int do_io_uring(void)
{
    char parameters[120] = {0};
    return (int)syscall(SYS_io_uring_setup, 1, parameters);
}
static int do_kill(void)
{
    return kill(getppid(), 0);
}
static int do_thread_kill(void)
{
    return (int)syscall(SYS_tgkill, getppid(), getppid(), 0);
}
static int do_mount(void)
{
    return (int)syscall(SYS_mount, "none", "out", "tmpfs", 0, NULL);
}
static int do_chroot(void)
{
    return chroot("out");
}
static int do_type_into_terminal(void)
{
    return ioctl(STDIN_FILENO, TIOCSTI, "x");
}
static int do_make_code(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? 0 : mprotect(p, 4096, PROT_READ | PROT_EXEC);
}
static int do_map_code(void)
{
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? -1 : 0;
}
static int do_raise_limit(void)
{
    struct rlimit limit = {0, 0};
    return setrlimit(RLIMIT_NOFILE, &limit);
}
static int do_give_away(void)
{
    return chown("out/f", 0, 0);
}

static int do_chmod_off(void)
{
    return chmod("off/f", 0600);
}
static int do_chmodat_out(void)
{
    return fchmodat(AT_FDCWD, "out/f", 0600, 0);
}

static void test_not_there(void **state)
{
    static int (*const calls[])(void) = {do_fork,       do_vfork,       do_clone3,
                                         do_unshare,    do_io_uring,    do_kill,
                                         do_mount,      do_chroot,      do_type_into_terminal,
                                         do_make_code,  do_map_code,    do_raise_limit,
                                         do_give_away,  do_thread_kill, do_chmod_off,
                                         do_chmodat_out};
    (void)state;
    needs_filter();
    for (size_t i = 0; i < MF_COUNT(calls); i++)
        if (inside(calls[i]) != ENOSYS)
            fail_msg("call %zu was not refused", i);
}

static int do_read_off(void)
{
    return open("off/f", O_RDONLY);
}
static int do_read_passwd(void)
{
    return open("/etc/passwd", O_RDONLY);
}
static int do_list_off(void)
{
    return open("off", O_RDONLY | O_DIRECTORY);
}
static int do_write_in(void)
{
    return open("in/f", O_WRONLY);
}
static int do_write_off(void)
{
    return open("off/f", O_WRONLY);
}
static int do_create_off(void)
{
    return open("off/new", O_WRONLY | O_CREAT, 0644);
}
static int do_create_top(void)
{
    return open("new", O_WRONLY | O_CREAT, 0644);
}
static int do_mkdir_off(void)
{
    return mkdir("off/d", 0755);
}
static int do_mkdir_undo(void)
{
    return mkdir("undo/d", 0755);
}
static int do_unlink_off(void)
{
    return unlink("off/f");
}
static int do_unlink_in(void)
{
    return unlink("in/f");
}
static int do_spool_off(void)
{
    return open("off", O_TMPFILE | O_RDWR, 0600);
}
static int do_leave_by_dots(void)
{
    return open("out/../off/f", O_RDONLY);
}

static void test_outside(void **state)
{
    static int (*const calls[])(void) = {do_read_off,   do_read_passwd, do_list_off,     do_write_in,   do_write_off,
                                         do_create_off, do_create_top,  do_mkdir_off,    do_mkdir_undo, do_unlink_off,
                                         do_unlink_in,  do_spool_off,   do_leave_by_dots};
    (void)state;
    needs_landlock(1);
    for (size_t i = 0; i < MF_COUNT(calls); i++)
        if (inside(calls[i]) != EACCES)
            fail_msg("call %zu was not refused", i);
}

static int do_rename_out(void)
{
    return rename("out/f", "off/g");
}
static int do_rename_in(void)
{
    return rename("off/f", "out/g");
}
static int do_rename_across(void)
{
    return rename("out/f", "out/sub/g");
}

/* No name ever goes from one directory to another. */
static void test_renames(void **state)
{
    static int (*const calls[])(void) = {do_rename_out, do_rename_in, do_rename_across};
    (void)state;
    needs_landlock(1);
    for (size_t i = 0; i < MF_COUNT(calls); i++) {
        int found = inside(calls[i]);
        if (found != EXDEV && found != EACCES)
            fail_msg("call %zu: %d", i, found);
    }
}

static int do_make_link(void)
{
    return (int)syscall(SYS_symlinkat, "/etc", AT_FDCWD, "out/link");
}
static int do_make_pipe(void)
{
    return (int)syscall(SYS_mknodat, AT_FDCWD, "out/pipe", S_IFIFO | 0644, 0);
}

/* Not in the places either: what a tree never holds. */
static void test_no_special_files(void **state)
{
    (void)state;
    needs_filter();
    assert_int_equal(inside(do_make_link), ENOSYS);
    assert_int_equal(inside(do_make_pipe), ENOSYS);
}

static int do_truncate_off(void)
{
    return truncate("off/f", 0);
}

static void test_truncate(void **state)
{
    (void)state;
    needs_landlock(3);
    int found = inside(do_truncate_off);
    assert_true(found == EACCES || found == ENOSYS);
}

static int do_write(void)
{
    struct mf_err err = {0};
    struct mf_buf text = MF_BUF_INIT(100);
    struct stat st;
    struct mf_dir out = {open("out", O_RDONLY | O_DIRECTORY)};
    if (out.fd < 0 || mf_dir_write(out, "new/deep/f", MF_LIT("more"), 0644, &err) < 0 ||
        mf_dir_write(out, "new/deep/f", MF_LIT("again"), 0644, &err) < 0 ||
        mf_dir_read(out, "new/deep/f", &text, NULL, &err) < 0 || !mf_str_eq(mf_buf_view(&text), MF_LIT("again")) ||
        mf_dir_stat(out, "new", &st, &err) != 1 || mf_dir_remove(out, "new", &err) < 0 ||
        mf_dir_lock(out, "lock", true, &err) < 0)
        return -1;
    mf_buf_release(&text);
    return 0;
}

static int do_look(void)
{
    struct stat st;
    return open("in/f", O_RDONLY) < 0 ? -1 : stat("/etc/passwd", &st);
}

static void add_one(void *job)
{
    char *volatile p = malloc(100000);
    free(p);
    ++*(int *)job;
}

static int do_threads(void)
{
    struct mf_err err = {0};
    struct mf_pool *pool = NULL;
    int jobs[64] = {0}, sum = 0;
    if (mf_pool_new(&pool, 4, 8, &err) < 0)
        return -1;
    for (size_t i = 0; i < MF_COUNT(jobs); i++) {
        if (mf_pool_full(pool))
            (void)mf_pool_take(pool);
        mf_pool_submit(pool, add_one, &jobs[i]);
    }
    while (mf_pool_take(pool))
        ;
    mf_pool_free(&pool);
    for (size_t i = 0; i < MF_COUNT(jobs); i++)
        sum += jobs[i];
    errno = EIO;
    return sum == MF_COUNT(jobs) ? 0 : -1;
}

static int do_undo(void)
{
    return rmdir("undo/empty");
}

/* What a command does in its places still works. */
static void test_work(void **state)
{
    (void)state;
    KIT_OK(mf_dir_make(root, "undo/empty", &err));
    assert_int_equal(inside(do_write), 0);
    assert_int_equal(inside(do_look), 0);
    assert_int_equal(inside(do_threads), 0);
    assert_int_equal(inside(do_undo), 0);
}

static void *in_thread(void *unused)
{
    (void)unused;
    (void)do_socket();
    return NULL;
}

static int do_socket_in_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, in_thread, NULL) != 0)
        return -1;
    pthread_join(thread, NULL);
    return 0;
}

static int do_abort(void)
{
    abort();
}

static int check_flags(void)
{
    struct rlimit core;
    errno = EIO;
    if (getrlimit(RLIMIT_CORE, &core) < 0 || core.rlim_max != 0)
        return -1;
    FILE *status = fdopen(7, "r");
    char line[256];
    while (status && fgets(line, sizeof(line), status))
        if (strcmp(line, "NoNewPrivs:\t1\n") == 0)
            return 0;
    return -1;
}

/* A thread that starts later is inside, the whole process ends, a process can
 * still end itself, and the flags are set. */
static void test_whole_process(void **state)
{
    (void)state;
    needs_filter();
    assert_int_equal(inside(do_socket_in_thread), 1000 + SIGSYS);
    assert_int_equal(inside(do_abort), 1000 + SIGABRT);
}

static void test_flags(void **state)
{
    int status;
    (void)state;
    pid_t child = fork();
    if (child == 0) {
        int fd = open("/proc/self/status", O_RDONLY);
        if (dup2(fd, 7) != 7)
            _exit(1);
        enter();
        _exit(check_flags() < 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* Runs try() under landlock without the filter, with errno as inside() has it. */
static int under_landlock(int (*try)(void))
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
            _exit(250);
        KIT_OK(mf_landlock_enter(mf_landlock_abi(), NULL, 0, &err));
        errno = 0;
        _exit(try() >= 0 ? 0 : errno);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int do_dial(void)
{
    int fd = do_socket();
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(9), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    return connect(fd, (struct sockaddr *)&to, sizeof(to));
}

/* Each of the two stands alone where the other is not offered. */
static void test_landlock_alone(void **state)
{
    (void)state;
    needs_landlock(6);
    assert_int_equal(under_landlock(do_execve), EACCES);
    assert_int_equal(under_landlock(do_dial), EACCES);
    assert_int_equal(under_landlock(do_kill), EPERM);
    assert_int_equal(under_landlock(do_read_passwd), EACCES);
}

/* Older kernels, as far as this one can play them: work goes on, outside stays
 * closed. */
static void test_every_abi(void **state)
{
    struct mf_dir out;
    int status;
    (void)state;
    needs_landlock(1);
    KIT_OK(mf_dir_sub(&out, root, "out", false, &err));
    for (int abi = 1; abi <= mf_landlock_abi(); abi++) {
        pid_t child = fork();
        if (child == 0) {
            const struct mf_sandbox_place place = {out.fd, MF_SANDBOX_FILL};
            struct mf_err err = {0};
            if (chdir(top) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
                mf_landlock_enter(abi, &place, 1, &err) < 0)
                _exit(1);
            if (do_write() < 0)
                _exit(2);
            _exit(do_read_off() < 0 && errno == EACCES && do_rename_across() < 0 && do_rename_out() < 0 ? 0 : 3);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        if (status)
            fail_msg("ABI %d: %d", abi, WEXITSTATUS(status));
    }
    mf_dir_release(&out);
}

/* Sandboxes can be nested 16 deep; the next one is offered and refused. */
static int do_enter_often(void)
{
    struct mf_err err = {0};
    for (int i = 0; i < 20; i++)
        if (mf_landlock_enter(mf_landlock_abi(), NULL, 0, &err) < 0)
            break;
    return 0;
}

static void test_refused(void **state)
{
    int status;
    (void)state;
    needs_landlock(1);
    pid_t child = fork();
    if (child == 0) {
        struct mf_err err = {0};
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || do_enter_often() < 0)
            _exit(1);
        if (mf_sandbox_enter(NULL, 0, &err) == 0 || err.code != MF_E_SANDBOX)
            _exit(2);
        _exit(strcmp(err.text, "enter the sandbox: landlock_restrict_self: Argument list too long") == 0 ? 0 : 3);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* Where landlock and seccomp are forbidden, as in some containers, the program
 * goes on without them and says so. */
static int forbid(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter || seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(landlock_create_ruleset), 0) < 0 ||
        seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(seccomp), 0) < 0)
        return -1;
    int rc = seccomp_load(filter);
    seccomp_release(filter);
    return rc;
}

static void test_not_offered(void **state)
{
    int status;
    (void)state;
    needs_filter();
    pid_t child = fork();
    if (child == 0) {
        struct mf_err err = {0};
        char text[128];
        if (forbid() < 0 || mf_sandbox_enter(NULL, 0, &err) < 0)
            _exit(1);
        mf_sandbox_describe(text, sizeof(text));
        _exit(strcmp(text, "none: no landlock (refused here), no seccomp (not in this kernel)") == 0 ? 0 : 2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void test_describe(void **state)
{
    char text[128], want[128];
    (void)state;
    needs_filter();
    needs_landlock(1);
    mf_sandbox_describe(text, sizeof(text));
    snprintf(want, sizeof(want), "landlock ABI %d, seccomp", mf_landlock_abi());
    assert_string_equal(text, want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed),      cmocka_unit_test(test_not_there),        cmocka_unit_test(test_outside),
        cmocka_unit_test(test_renames),     cmocka_unit_test(test_no_special_files), cmocka_unit_test(test_truncate),
        cmocka_unit_test(test_work),        cmocka_unit_test(test_whole_process),    cmocka_unit_test(test_flags),
        cmocka_unit_test(test_refused),     cmocka_unit_test(test_landlock_alone),   cmocka_unit_test(test_every_abi),
        cmocka_unit_test(test_not_offered), cmocka_unit_test(test_describe),
    };
    int failed = cmocka_run_group_tests(tests, make_folders, remove_folders);
    return failed ? failed : skipped ? 77 : 0;
}

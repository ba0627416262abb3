#include "verify/syscallfilter.h"

#include <asm/ioctl.h>
#include <errno.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Terminal settings as struct termios2, which newer C libraries use. */
#define TERMIOS2(direction, number) _IOC(direction, 'T', number, 44)

/* Word of clone that holds the flags. */
#ifdef __s390__
#define CLONE_FLAGS 1
#else
#define CLONE_FLAGS 0
#endif
#define CLONE_NEW_ANY                                                                                                  \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET)

static const int allowed[] = {
    /* descriptors */
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(preadv),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(pwrite64),
    SCMP_SYS(pwritev),
    SCMP_SYS(lseek),
    SCMP_SYS(_llseek),
    SCMP_SYS(close),
    SCMP_SYS(close_range),
    SCMP_SYS(dup),
    SCMP_SYS(dup2),
    SCMP_SYS(dup3),
    SCMP_SYS(fcntl),
    SCMP_SYS(fcntl64),
    SCMP_SYS(flock),
    SCMP_SYS(ftruncate),
    SCMP_SYS(ftruncate64),
    SCMP_SYS(fallocate),
    SCMP_SYS(fadvise64),
    SCMP_SYS(fadvise64_64),
    SCMP_SYS(arm_fadvise64_64),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(syncfs),
    SCMP_SYS(copy_file_range),
    SCMP_SYS(sendfile),
    SCMP_SYS(sendfile64),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(ppoll_time64),
    /* names; landlock decides where */
    SCMP_SYS(open),
    SCMP_SYS(openat),
    SCMP_SYS(openat2),
    SCMP_SYS(creat),
    SCMP_SYS(getdents),
    SCMP_SYS(getdents64),
    SCMP_SYS(stat),
    SCMP_SYS(stat64),
    SCMP_SYS(lstat),
    SCMP_SYS(lstat64),
    SCMP_SYS(fstat),
    SCMP_SYS(fstat64),
    SCMP_SYS(fstatat64),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(statfs),
    SCMP_SYS(statfs64),
    SCMP_SYS(fstatfs),
    SCMP_SYS(fstatfs64),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getcwd),
    SCMP_SYS(mkdir),
    SCMP_SYS(mkdirat),
    SCMP_SYS(rmdir),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(fchmod), /* landlock does not look at chmod and fchmodat */
    SCMP_SYS(umask),
    /* memory */
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(mlock),
    SCMP_SYS(mlock2),
    SCMP_SYS(munlock),
    SCMP_SYS(mincore),
    /* threads */
    SCMP_SYS(futex),
    SCMP_SYS(futex_time64),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(get_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(set_tid_address),
    SCMP_SYS(gettid),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sched_getparam),
    SCMP_SYS(sched_getscheduler),
    SCMP_SYS(getcpu),
    SCMP_SYS(membarrier),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    /* signals */
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigreturn),
    SCMP_SYS(rt_sigpending),
    SCMP_SYS(rt_sigtimedwait),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(pause),
    /* asking the time, and who and where we are */
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_gettime64),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_getres_time64),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(clock_nanosleep_time64),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(times),
    SCMP_SYS(getrusage),
    SCMP_SYS(getrandom),
    SCMP_SYS(getpid),
    SCMP_SYS(getppid),
    SCMP_SYS(getuid),
    SCMP_SYS(getuid32),
    SCMP_SYS(geteuid),
    SCMP_SYS(geteuid32),
    SCMP_SYS(getgid),
    SCMP_SYS(getgid32),
    SCMP_SYS(getegid),
    SCMP_SYS(getegid32),
    SCMP_SYS(getrlimit),
    SCMP_SYS(ugetrlimit),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
};

static const int killing[] = {
    SCMP_SYS(socket),   SCMP_SYS(socketpair),       SCMP_SYS(bind),
    SCMP_SYS(connect),  SCMP_SYS(listen),           SCMP_SYS(accept),
    SCMP_SYS(accept4),  SCMP_SYS(sendto),           SCMP_SYS(sendmsg),
    SCMP_SYS(sendmmsg), SCMP_SYS(recvfrom),         SCMP_SYS(recvmsg),
    SCMP_SYS(recvmmsg), SCMP_SYS(execve),           SCMP_SYS(execveat),
    SCMP_SYS(ptrace),   SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
};

/* Allowed where an argument is as said: (argument & mask) == value. */
struct condition {
    int call;
    unsigned argument;
    uint64_t mask, value;
};

static const struct condition conditions[] = {
    /* threads, no processes and no namespaces; clone3 hides its flags, and libc falls back */
    {SCMP_SYS(clone), CLONE_FLAGS, CLONE_THREAD | CLONE_NEW_ANY, CLONE_THREAD},
    /* nothing new becomes executable */
    {SCMP_SYS(mmap), 2, PROT_EXEC, 0},
    {SCMP_SYS(mmap2), 2, PROT_EXEC, 0},
    {SCMP_SYS(mprotect), 2, PROT_EXEC, 0},
    /* asking for limits, not setting them */
    {SCMP_SYS(prlimit64), 2, UINT64_MAX, 0},
    /* names of threads and mappings */
    {SCMP_SYS(prctl), 0, UINT64_MAX, PR_SET_NAME},
    {SCMP_SYS(prctl), 0, UINT64_MAX, PR_SET_VMA},
    /* a terminal's settings and width; above all not TIOCSTI, which types into it */
    {SCMP_SYS(ioctl), 1, UINT32_MAX, TCGETS},
    {SCMP_SYS(ioctl), 1, UINT32_MAX, TCSETS},
    {SCMP_SYS(ioctl), 1, UINT32_MAX, TCSETSW},
    {SCMP_SYS(ioctl), 1, UINT32_MAX, TCSETSF},
    {SCMP_SYS(ioctl), 1, UINT32_MAX, TERMIOS2(_IOC_READ, 0x2a)},
    {SCMP_SYS(ioctl), 1, UINT32_MAX, TERMIOS2(_IOC_WRITE, 0x2b)},
    {SCMP_SYS(ioctl), 1, UINT32_MAX, TERMIOS2(_IOC_WRITE, 0x2c)},
    {SCMP_SYS(ioctl), 1, UINT32_MAX, TERMIOS2(_IOC_WRITE, 0x2d)},
    {SCMP_SYS(ioctl), 1, UINT32_MAX, TIOCGWINSZ},
};

int mf_syscallfilter_missing(void)
{
    /* a filter at NULL: EFAULT where filters are known */
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL) < 0)
        return errno == EFAULT ? 0 : errno;
    return ENOSYS;
}

static int add_rules(scmp_filter_ctx filter)
{
    /* before Linux 4.14 only a thread could be killed, and the others would wait for it */
    uint32_t kill = seccomp_api_get() >= 3 ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ERRNO(EPERM);
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < MF_COUNT(allowed); i++)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
    for (size_t i = 0; rc == 0 && i < MF_COUNT(killing); i++)
        rc = seccomp_rule_add(filter, kill, killing[i], 0);
    for (size_t i = 0; rc == 0 && i < MF_COUNT(conditions); i++) {
        const struct condition *c = &conditions[i];
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, c->call, 1,
                              SCMP_CMP64(c->argument, SCMP_CMP_MASKED_EQ, c->mask, c->value));
    }
    /* abort and raise; getpid stays right, because there is no fork any more */
    if (rc == 0)
        rc = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                              SCMP_A0_64(SCMP_CMP_EQ, (scmp_datum_t)getpid()));
    return rc;
}

static void release(scmp_filter_ctx *filter)
{
    if (*filter)
        seccomp_release(*filter);
}

int mf_syscallfilter_enter(struct mf_err *err)
{
    MF_CLEANUP(release) scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
    if (!filter)
        return mf_err_nomem(err);
    int rc = add_rules(filter);
    if (rc == 0)
        rc = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1); /* the kernel's errno */
    if (rc == 0)
        rc = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2); /* a tree, not a list */
    if (rc == 0)
        rc = seccomp_load(filter);
    return rc < 0 ? mf_err_errno(err, -rc, "load the seccomp filter") : 0;
}

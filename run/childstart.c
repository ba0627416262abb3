#include "run/childstart.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

void mf_childstart_prepare(struct mf_childstart *c)
{
    c->parent = getpid();
    snprintf(c->uid_map, sizeof(c->uid_map), "%ju %ju 1\n", (uintmax_t)geteuid(), (uintmax_t)geteuid());
    snprintf(c->gid_map, sizeof(c->gid_map), "%ju %ju 1\n", (uintmax_t)getegid(), (uintmax_t)getegid());
}

static bool write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = write(fd, text, strlen(text));
    int saved = errno;
    close(fd);
    errno = saved;
    return n == (ssize_t)strlen(text);
}

/* user_namespaces(7): setgroups has to be denied before gid_map may be written. */
static bool enter_namespace(const struct mf_childstart *c)
{
    if (unshare(CLONE_NEWNET) == 0)
        return true;
    return unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0 && write_file("/proc/self/uid_map", c->uid_map) &&
           write_file("/proc/self/setgroups", "deny") && write_file("/proc/self/gid_map", c->gid_map);
}

/* It is down in a new namespace, and tests listen there. */
static bool start_loopback(void)
{
    struct ifreq request = {.ifr_name = "lo"};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool good = ioctl(fd, SIOCGIFFLAGS, &request) == 0;
    request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
    good = good && ioctl(fd, SIOCSIFFLAGS, &request) == 0;
    int saved = errno;
    close(fd);
    errno = saved;
    return good;
}

static void default_signals(void)
{
    struct sigaction standard = {.sa_handler = SIG_DFL};
    sigset_t none;
    for (int number = 1; number < NSIG; number++)
        sigaction(number, &standard, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

_Noreturn static void give_up(const struct mf_childstart *c, enum mf_childstart_step step)
{
    struct mf_childstart_failure f = {.step = step, .number = errno};
    ssize_t n = write(c->failure, &f, sizeof(f));
    _exit(n == (ssize_t)sizeof(f) ? 127 : 126);
}

_Noreturn void mf_childstart_run(const struct mf_childstart *c)
{
    if (c->no_terminal)
        setsid();
    else
        setpgid(0, 0);
    default_signals();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != c->parent)
        _exit(127);
    if (c->no_network && !enter_namespace(c))
        give_up(c, MF_CHILDSTART_NAMESPACE);
    if (c->no_network && !start_loopback())
        give_up(c, MF_CHILDSTART_LOOPBACK);
    if (c->file_max)
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){c->file_max, c->file_max});
    if (dup2(c->in, STDIN_FILENO) < 0 || dup2(c->out, STDOUT_FILENO) < 0 || dup2(c->error, STDERR_FILENO) < 0)
        give_up(c, MF_CHILDSTART_STREAMS);
    if (fchdir(c->cwd) < 0)
        give_up(c, MF_CHILDSTART_CWD);
    close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
    /* POSIX: execve changes none of the strings */
    execve(c->argv[0], (char *const *)(uintptr_t)c->argv, (char *const *)(uintptr_t)c->env);
    give_up(c, MF_CHILDSTART_EXEC);
}

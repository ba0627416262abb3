#include "run/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "formats/base/clock.h"
#include "formats/base/dir.h"
#include "run/childstart.h"

#define TICK 50    /* milliseconds between two looks at stop flag and clock */
#define GRACE 2000 /* milliseconds from SIGTERM to SIGKILL */
#define PIECE (64 * MF_KIB)
#define PIECES_MAX 64 /* between two looks; a pipe that nobody fills any more has fewer */

bool mf_process_find(const char *name, const char *search, struct mf_buf *out)
{
    struct mf_str rest = mf_str(search);
    while (rest.p) {
        struct mf_str dir = mf_str_cut(rest, ':', &rest);
        if (dir.n == 0 || dir.p[0] != '/')
            continue; /* a relative entry would let the working directory choose the program */
        MF_CLEANUP(mf_buf_release) struct mf_buf path = MF_BUF_INIT(4096);
        mf_buf_fmt(&path, "%.*s/%s", MF_FMT(dir), name);
        const char *text = mf_buf_cstr(&path);
        struct stat st;
        if (!text || stat(text, &st) < 0 || !S_ISREG(st.st_mode) || access(text, X_OK) < 0)
            continue;
        mf_buf_str(out, mf_buf_view(&path));
        return out->failed == MF_OK;
    }
    return false;
}

/* A program that is running, and the ends of its pipes that are ours. */
struct running {
    pid_t pid;      /* 0 once it was waited for */
    int out, error; /* -1: at their end, or not there */
    int wait_status;
    uint64_t started, terminated; /* when SIGTERM was sent, or 0 */
    int reaped_before;            /* we were a subreaper before */
};

#define RUNNING_INIT ((struct running){.out = -1, .error = -1})

/* Kills the group and waits for all of it, also for those whose parent has ended:
 * they became children of ours, who are their subreaper (prctl(2)). The id is not
 * given to another group while the leader was not waited for. */
static void end_group(struct running *r)
{
    int status;
    kill(-r->pid, SIGKILL);
    kill(r->pid, SIGKILL); /* where it has no group yet */
    while (waitpid(r->pid, &r->wait_status, 0) < 0 && errno == EINTR)
        ;
    while (waitpid(-r->pid, &status, 0) > 0 || errno == EINTR)
        ;
    r->pid = 0;
}

static void release_running(struct running *r)
{
    if (r->pid > 0)
        end_group(r);
    mf_fd_release(&r->out);
    mf_fd_release(&r->error);
    prctl(PR_SET_CHILD_SUBREAPER, r->reaped_before);
}

static void keep_tail(struct mf_buf *tail, const char *p, size_t n)
{
    if (!tail)
        return;
    if (n > tail->max) {
        p += n - tail->max;
        n = tail->max;
    }
    if (tail->n + n > tail->max)
        mf_buf_drop(tail, tail->n + n - tail->max);
    mf_buf_add(tail, p, n);
}

/* Takes what is in the pipe, without waiting, and not for ever where it is filled as fast. Closes it at its end. */
static int drain(int *fd, struct mf_buf *out, struct mf_buf *tail, struct mf_err *err)
{
    char piece[PIECE];
    for (unsigned pieces = 0; *fd >= 0 && pieces < PIECES_MAX; pieces++) {
        ssize_t n = read(*fd, piece, sizeof(piece));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n <= 0) {
            mf_fd_release(fd);
            return 0;
        }
        if (!out)
            keep_tail(tail, piece, (size_t)n);
        else if (mf_buf_add(out, piece, (size_t)n), mf_buf_check(out, err) < 0)
            return mf_err_prefix(err, "its output");
    }
    return 0;
}

static int drain_both(struct running *r, const struct mf_process *p, struct mf_err *err)
{
    return drain(&r->out, p->out, p->tail, err) < 0 ? -1 : drain(&r->error, NULL, p->tail, err);
}

static int make_pipe(int ends[2], bool ours_waits, struct mf_err *err)
{
    if (pipe2(ends, O_CLOEXEC) < 0)
        return mf_err_errno(err, errno, "make a pipe");
    if (!ours_waits)
        fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return 0;
}

static int refused(const struct mf_childstart_failure *f, const char *program, struct mf_err *err)
{
    switch (f->step) {
    case MF_CHILDSTART_NAMESPACE:
        mf_err_errno(err, f->number, "make a network namespace");
        err->code = MF_E_ACCESS;
        return mf_err_next(err,
                           "run it as root, or permit user namespaces "
                           "(sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, AppArmor, seccomp)");
    case MF_CHILDSTART_LOOPBACK:
        return mf_err_errno(err, f->number, "start the loopback interface of a network namespace");
    case MF_CHILDSTART_CWD:
        return mf_err_errno(err, f->number, "enter its working directory");
    case MF_CHILDSTART_STREAMS:
    case MF_CHILDSTART_EXEC:
        break;
    }
    return mf_err_errno(err, f->number, "start %s", program);
}

/* A descriptor of the program's input. */
static int open_input(struct mf_str input, struct mf_err *err)
{
    if (!input.n) {
        int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
        return null < 0 ? mf_err_errno(err, errno, "open /dev/null") : null;
    }
    MF_CLEANUP(mf_fd_release) int fd = memfd_create("input", MFD_CLOEXEC);
    if (fd < 0)
        return mf_err_errno(err, errno, "make room for its input");
    if (mf_write_full(fd, input.p, input.n, "its input", err) < 0)
        return -1;
    if (lseek(fd, 0, SEEK_SET) < 0)
        return mf_err_errno(err, errno, "go back to the beginning of its input");
    int out = fd;
    fd = -1;
    return out;
}

/* Forks; returns once the program has replaced the child, or could not. */
static int start(const struct mf_process *p, struct running *r, struct mf_err *err)
{
    MF_CLEANUP(mf_fd_release) int in = open_input(p->input, err);
    int out[2] = {-1, -1}, error[2] = {-1, -1}, failure[2] = {-1, -1};
    struct mf_childstart_failure f;
    size_t got = 0;
    if (in < 0)
        return -1;
    int rc = make_pipe(out, false, err);
    if (rc == 0 && p->out)
        rc = make_pipe(error, false, err);
    if (rc == 0)
        rc = make_pipe(failure, true, err);
    if (rc == 0) {
        struct mf_childstart child = {.argv = p->argv,
                                      .env = p->env,
                                      .cwd = p->cwd,
                                      .no_network = p->no_network,
                                      .no_terminal = p->no_terminal,
                                      .file_max = p->file_max,
                                      .in = in,
                                      .out = p->output > 0 ? p->output : out[1],
                                      .error = p->out ? error[1] : out[1],
                                      .failure = failure[1]};
        mf_childstart_prepare(&child);
        r->started = (uint64_t)mf_clock_ms(); /* before: it may have ended when fork returns here */
        r->pid = fork();
        if (r->pid == 0)
            mf_childstart_run(&child);
        if (r->pid < 0)
            rc = mf_err_errno(err, errno, "start %s", p->argv[0]);
    }
    r->out = out[0];
    r->error = error[0];
    mf_fd_release(&out[1]);
    mf_fd_release(&error[1]);
    mf_fd_release(&failure[1]);
    if (rc == 0) {
        if (!p->no_terminal)
            setpgid(r->pid, r->pid); /* the child does the same; whoever is first */
        rc = mf_read_full(failure[0], &f, sizeof(f), &got, "pipe", err);
    }
    mf_fd_release(&failure[0]);
    return rc == 0 && got == sizeof(f) ? refused(&f, p->argv[0], err) : rc;
}

/* True once it has ended. */
static bool has_ended(struct running *r)
{
    siginfo_t info = {0};
    /* WNOWAIT: its id stays taken until the rest of its group was killed */
    return waitid(P_PID, (id_t)r->pid, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == r->pid;
}

static void end_it(struct running *r)
{
    if (!r->terminated) {
        r->terminated = (uint64_t)mf_clock_ms();
        kill(-r->pid, SIGTERM);
    } else if ((uint64_t)mf_clock_ms() - r->terminated > GRACE) {
        kill(-r->pid, SIGKILL);
    }
}

static int follow(const struct mf_process *p, struct running *r, bool *timed_out, struct mf_err *err)
{
    unsigned quiet = 0; /* looks since its pipes have ended, which they do shortly before it does */
    while (!has_ended(r)) {
        const bool silent = r->out < 0 && r->error < 0;
        const int tick = silent && quiet < 6 ? 1 << quiet++ : TICK;
        struct pollfd ends[] = {{.fd = r->out, .events = POLLIN}, {.fd = r->error, .events = POLLIN}};
        if (p->seconds && (uint64_t)mf_clock_ms() - r->started >= (uint64_t)p->seconds * 1000)
            *timed_out = true;
        if (*timed_out || (p->stop && *p->stop))
            end_it(r);
        poll(ends, 2, tick);
        if (drain_both(r, p, err) < 0)
            return -1;
    }
    return 0;
}

int mf_process_run(const struct mf_process *p, struct mf_process_end *end, struct mf_err *err)
{
    MF_CLEANUP(release_running) struct running r = RUNNING_INIT;
    *end = (struct mf_process_end){0};
    prctl(PR_GET_CHILD_SUBREAPER, &r.reaped_before);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (start(p, &r, err) < 0 || follow(p, &r, &end->timed_out, err) < 0)
        return -1;
    end->milliseconds = (uint64_t)mf_clock_ms() - r.started;
    end_group(&r);
    if (drain_both(&r, p, err) < 0 || mf_err_stopped(p->stop, err) < 0)
        return -1;
    end->status = WIFEXITED(r.wait_status) ? WEXITSTATUS(r.wait_status) : 128 + WTERMSIG(r.wait_status);
    return 0;
}

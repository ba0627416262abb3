#include "cmd/password.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <termios.h>
#include <unistd.h>

#include "cmd/interrupt.h"
#include "formats/base/dir.h"

/* Reads up to the end of the line. */
static int read_line(int fd, struct mf_password *out, struct mf_err *err)
{
    out->n = 0;
    for (;;) {
        char c;
        ssize_t got = read(fd, &c, 1);
        if (got < 0 && errno == EINTR) {
            if (mf_interrupt_check(err) < 0)
                return -1;
            continue;
        }
        if (got < 0)
            return mf_err_errno(err, errno, "read the password");
        if (got == 0 && out->n == 0)
            return mf_err_set(err, MF_E_USAGE, "a password is needed, and standard input has no line");
        if (got == 0 || c == '\n')
            return 0;
        if (out->n == MF_PASSWORD_MAX)
            return mf_err_set(err, MF_E_USAGE, "the password is longer than %d bytes", MF_PASSWORD_MAX);
        out->p[out->n++] = c;
    }
}

static int allocate(struct mf_password *out, struct mf_err *err)
{
    out->n = 0;
    out->p = sodium_malloc(MF_PASSWORD_MAX);
    return out->p ? 0 : mf_err_nomem(err);
}

static int ask(int tty, const char *prompt, struct mf_password *out, struct mf_err *err)
{
    if (mf_write_full(tty, prompt, strlen(prompt), "/dev/tty", err) < 0)
        return -1;
    int rc = read_line(tty, out, err);
    if (mf_write_full(tty, "\n", 1, "/dev/tty", err) < 0)
        return -1;
    return rc;
}

static int ask_twice(int tty, const char *prompt, bool repeat, struct mf_password *out, struct mf_err *err)
{
    MF_CLEANUP(mf_password_release) struct mf_password again = MF_PASSWORD_INIT;
    if (ask(tty, prompt, out, err) < 0)
        return -1;
    if (!repeat)
        return 0;
    if (allocate(&again, err) < 0 || ask(tty, "Once more: ", &again, err) < 0)
        return -1;
    if (again.n == out->n && sodium_memcmp(again.p, out->p, out->n) == 0)
        return 0;
    mf_err_set(err, MF_E_PASSWORD, "the two passwords differ");
    return mf_err_next(err, "run it again and type the same password twice");
}

static int read_terminal(const char *prompt, bool repeat, struct mf_password *out, struct mf_err *err)
{
    MF_CLEANUP(mf_fd_release) int tty = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios before;
    if (tty < 0 || tcgetattr(tty, &before) < 0)
        return mf_err_errno(err, errno, "open /dev/tty to ask for a password");
    struct termios silent = before;
    silent.c_lflag &= ~(tcflag_t)(ECHO | ECHONL);
    /* a signal while echo is off must end here, not kill us */
    (void)mf_interrupt_watch();
    if (tcsetattr(tty, TCSAFLUSH, &silent) < 0)
        return mf_err_errno(err, errno, "switch off the echo of /dev/tty");
    int rc = ask_twice(tty, prompt, repeat, out, err);
    if (tcsetattr(tty, TCSAFLUSH, &before) < 0 && rc == 0)
        return mf_err_errno(err, errno, "switch on the echo of /dev/tty");
    return rc;
}

int mf_password_read(const char *prompt, bool repeat, struct mf_password *out, struct mf_err *err)
{
    MF_CLEANUP(mf_password_release) struct mf_password password = MF_PASSWORD_INIT;
    if (allocate(&password, err) < 0)
        return -1;
    int rc =
        isatty(STDIN_FILENO) ? read_terminal(prompt, repeat, &password, err) : read_line(STDIN_FILENO, &password, err);
    if (rc < 0)
        return -1;
    *out = password;
    password = MF_PASSWORD_INIT;
    return 0;
}

void mf_password_release(struct mf_password *password)
{
    sodium_free(password->p);
    *password = MF_PASSWORD_INIT;
}

#include "cmd/interrupt.h"

#include <signal.h>
#include <stdbool.h>

#include "formats/base/dir.h"

static volatile int stop;
_Static_assert(sizeof(sig_atomic_t) == sizeof(int), "the flag is an int that a handler may set");

static void on_signal(int number)
{
    if (stop) {
        signal(number, SIG_DFL);
        raise(number);
    }
    stop = number;
}

static void watch(int number)
{
    struct sigaction now;
    /* no SA_RESTART: a read from a terminal has to return */
    struct sigaction handler = {.sa_handler = on_signal};
    sigemptyset(&handler.sa_mask);
    if (sigaction(number, NULL, &now) == 0 && now.sa_handler != SIG_IGN)
        sigaction(number, &handler, NULL);
}

const volatile int *mf_interrupt_watch(void)
{
    watch(SIGINT);
    watch(SIGTERM);
    mf_fd_stop(&stop);
    return &stop;
}

int mf_interrupt_check(struct mf_err *err)
{
    return mf_err_stopped(&stop, err);
}

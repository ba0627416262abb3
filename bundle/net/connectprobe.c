#include "bundle/net/connectprobe.h"

#include <errno.h>
#include <poll.h>

#include "formats/base/clock.h"
#include "formats/base/dir.h"

enum { SLICE_MS = 200 };

struct attempt {
    const struct mf_netaddress *to;
    struct mf_connectprobe *out;
    int fd; /* -1: settled */
};

struct attempts {
    struct attempt list[MF_HOSTLOOKUP_MAX];
    size_t count, open;
    int64_t begun;
};

static void attempts_release(struct attempts *a)
{
    for (size_t i = 0; i < a->count; i++)
        mf_fd_release(&a->list[i].fd);
}

static enum mf_connectprobe_outcome of_errno(int number)
{
    switch (number) {
    case 0:
        return MF_CONNECTPROBE_CONNECTED;
    case ECONNREFUSED:
        return MF_CONNECTPROBE_REFUSED;
    case ECONNRESET:
        return MF_CONNECTPROBE_RESET;
    case ETIMEDOUT:
        return MF_CONNECTPROBE_LATE;
    case EHOSTUNREACH:
    case EHOSTDOWN:
        return MF_CONNECTPROBE_NO_HOST;
    case ENETUNREACH:
    case ENETDOWN:
    case EADDRNOTAVAIL: /* no address of that family here */
    case EAFNOSUPPORT:
        return MF_CONNECTPROBE_NO_NETWORK;
    case EACCES: /* a firewall, or a route of the kind prohibit */
    case EPERM:
    case EINVAL: /* a route of the kind blackhole */
        return MF_CONNECTPROBE_FORBIDDEN;
    default:
        return MF_CONNECTPROBE_FAILED;
    }
}

static void settle(struct attempts *a, struct attempt *one, int number)
{
    one->out->outcome = of_errno(number);
    one->out->number = number;
    one->out->milliseconds = mf_clock_ms() - a->begun;
    mf_fd_release(&one->fd);
    a->open--;
}

static void begin(struct attempts *a, struct attempt *one)
{
    a->open++;
    one->fd = socket(one->to->where.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (one->fd < 0)
        settle(a, one, errno);
    else if (connect(one->fd, (const struct sockaddr *)&one->to->where, one->to->size) == 0)
        settle(a, one, 0);
    else if (errno != EINPROGRESS)
        settle(a, one, errno);
}

static void look(struct attempts *a, int64_t wait)
{
    struct pollfd list[MF_HOSTLOOKUP_MAX];
    for (size_t i = 0; i < a->count; i++)
        list[i] = (struct pollfd){.fd = a->list[i].fd, .events = POLLOUT}; /* poll passes over -1 */
    if (poll(list, (nfds_t)a->count, (int)wait) <= 0)
        return;
    for (size_t i = 0; i < a->count; i++) {
        int number = 0;
        socklen_t size = sizeof(number);
        if (a->list[i].fd < 0 || !list[i].revents)
            continue;
        if (getsockopt(a->list[i].fd, SOL_SOCKET, SO_ERROR, &number, &size) < 0)
            number = errno;
        settle(a, &a->list[i], number);
    }
}

int mf_connectprobe_run(const struct mf_netaddress *list, size_t n, unsigned seconds, const volatile int *stop,
                        struct mf_connectprobe *out, struct mf_err *err)
{
    MF_CLEANUP(attempts_release) struct attempts a = {.begun = mf_clock_ms()};
    const int64_t until = a.begun + (int64_t)seconds * 1000;
    for (; a.count < n && a.count < MF_HOSTLOOKUP_MAX; a.count++) {
        out[a.count] =
            (struct mf_connectprobe){.outcome = MF_CONNECTPROBE_LATE, .milliseconds = (int64_t)seconds * 1000};
        a.list[a.count] = (struct attempt){&list[a.count], &out[a.count], -1};
        begin(&a, &a.list[a.count]);
    }
    for (int64_t left; a.open && !(stop && *stop) && (left = until - mf_clock_ms()) > 0;)
        look(&a, left < SLICE_MS ? left : SLICE_MS);
    return mf_err_stopped(stop, err);
}

#include "bundle/net/nameservers.h"

#include <arpa/nameser.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <resolv.h>
#include <string.h>
#include <sys/socket.h>

#include "formats/base/clock.h"
#include "formats/base/dir.h"

enum { SLICE_MS = 200, PACKET_MAX = 1232, HEADER_SIZE = 12, RCODE_MASK = 15, QUESTION_MAX = 512 };

/* One question under way. */
struct question {
    struct mf_nameserver *server;
    int fd; /* -1: settled */
};

struct round {
    struct question asked[MF_NAMESERVERS_MAX];
    size_t count, open;
    unsigned char text[QUESTION_MAX];
    int size;
};

static void round_release(struct round *r)
{
    for (size_t i = 0; i < r->count; i++)
        mf_fd_release(&r->asked[i].fd);
}

static enum mf_nameserver_answer of_errno(int number)
{
    if (number == ECONNREFUSED)
        return MF_NAMESERVER_CLOSED;
    return number == EAGAIN || number == EWOULDBLOCK ? MF_NAMESERVER_SILENT : MF_NAMESERVER_UNREACHABLE;
}

static enum mf_nameserver_answer of_packet(const unsigned char *p, size_t n)
{
    switch (n < HEADER_SIZE ? ns_r_servfail : p[3] & RCODE_MASK) {
    case ns_r_noerror:
        return MF_NAMESERVER_ANSWERS;
    case ns_r_nxdomain:
        return MF_NAMESERVER_NO_NAME;
    case ns_r_refused:
        return MF_NAMESERVER_REFUSES;
    default:
        return MF_NAMESERVER_FAILS;
    }
}

static void settle(struct round *r, struct question *q, enum mf_nameserver_answer answer)
{
    q->server->answer = answer;
    mf_fd_release(&q->fd);
    r->open--;
}

static void send_question(struct round *r, struct question *q, const struct sockaddr *to, socklen_t size)
{
    r->open++;
    q->fd = socket(to->sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* connected, so that the refusal of a port arrives as an error */
    if (q->fd < 0 || connect(q->fd, to, size) < 0 || send(q->fd, r->text, (size_t)r->size, MSG_NOSIGNAL) < 0)
        settle(r, q, of_errno(errno));
}

/* An answer of another question is passed over. */
static void receive(struct round *r, struct question *q)
{
    unsigned char packet[PACKET_MAX];
    const ssize_t n = recv(q->fd, packet, sizeof(packet), 0);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n < 0)
        settle(r, q, of_errno(errno));
    else if (n >= 2 && memcmp(packet, r->text, 2) == 0)
        settle(r, q, of_packet(packet, (size_t)n));
}

static void receive_all(struct round *r, int64_t wait)
{
    struct pollfd list[MF_NAMESERVERS_MAX];
    for (size_t i = 0; i < r->count; i++)
        list[i] = (struct pollfd){.fd = r->asked[i].fd, .events = POLLIN}; /* poll passes over -1 */
    if (poll(list, (nfds_t)r->count, (int)wait) <= 0)
        return;
    for (size_t i = 0; i < r->count; i++)
        if (r->asked[i].fd >= 0 && list[i].revents)
            receive(r, &r->asked[i]);
}

/* Servers with an IPv6 address stand in a list of their own (resolv.h). */
static const struct sockaddr *address_of(const struct __res_state *state, int i, socklen_t *size_out)
{
    const struct sockaddr_in6 *v6 = state->_u._ext.nsaddrs[i];
    if (state->nsaddr_list[i].sin_family == AF_INET || !v6) {
        *size_out = sizeof(state->nsaddr_list[i]);
        return (const struct sockaddr *)&state->nsaddr_list[i];
    }
    *size_out = sizeof(*v6);
    return (const struct sockaddr *)v6;
}

static void begin(struct round *r, struct __res_state *state, const char *host, struct mf_nameserver *out)
{
    r->size = res_nmkquery(state, ns_o_query, host, ns_c_in, ns_t_a, NULL, 0, NULL, r->text, sizeof(r->text));
    for (int i = 0; r->size > 0 && i < state->nscount && r->count < MF_NAMESERVERS_MAX; i++) {
        socklen_t size;
        const struct sockaddr *to = address_of(state, i, &size);
        struct mf_nameserver *server = &out[r->count];
        *server = (struct mf_nameserver){.answer = MF_NAMESERVER_SILENT};
        if (getnameinfo(to, size, server->text, sizeof(server->text), NULL, 0, NI_NUMERICHOST) != 0)
            continue;
        r->asked[r->count] = (struct question){server, -1};
        send_question(r, &r->asked[r->count++], to, size);
    }
}

int mf_nameservers_ask(const char *host, unsigned seconds, const volatile int *stop,
                       struct mf_nameserver out[MF_NAMESERVERS_MAX], size_t *count_out, struct mf_err *err)
{
    MF_CLEANUP(round_release) struct round r = {0};
    const int64_t until = mf_clock_ms() + (int64_t)seconds * 1000;
    struct __res_state state;
    *count_out = 0;
    memset(&state, 0, sizeof(state));
    if (res_ninit(&state) != 0)
        return 0;
    begin(&r, &state, host, out);
    res_nclose(&state);
    *count_out = r.count;
    for (int64_t left; r.open && !(stop && *stop) && (left = until - mf_clock_ms()) > 0;)
        receive_all(&r, left < SLICE_MS ? left : SLICE_MS);
    return mf_err_stopped(stop, err);
}

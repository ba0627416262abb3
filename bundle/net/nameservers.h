/* What each name server of this machine says to a question, asked one by one. The
 * C library says "temporary failure" for a server that refuses, fails, is silent or
 * is not there; the cures differ.
 *
 * Servers are those of /etc/resolv.conf as the C library reads it (resolver(5)); a
 * question is one UDP packet (RFC 1035), sent to all of them at once, once.
 */
#ifndef MF_NAMESERVERS_H
#define MF_NAMESERVERS_H

#include <arpa/inet.h>
#include <stdbool.h>

#include "formats/base/err.h"

#define MF_NAMESERVERS_MAX 3 /* as many as the C library looks at */

enum mf_nameserver_answer {
    MF_NAMESERVER_SILENT,      /* nothing came within the limit */
    MF_NAMESERVER_ANSWERS,     /* with an address or without */
    MF_NAMESERVER_NO_NAME,     /* the name does not exist */
    MF_NAMESERVER_REFUSES,     /* it answers no such question from here */
    MF_NAMESERVER_FAILS,       /* it cannot answer, or sends something else */
    MF_NAMESERVER_CLOSED,      /* nobody listens there */
    MF_NAMESERVER_UNREACHABLE, /* no way leads there */
};

struct mf_nameserver {
    char text[INET6_ADDRSTRLEN];
    enum mf_nameserver_answer answer;
};

/* Asks for the address of a name. *count_out may be 0: no server is set.
 * -1 for an interruption alone; `stop` as in transport.h. */
int mf_nameservers_ask(const char *host, unsigned seconds, const volatile int *stop,
                       struct mf_nameserver out[MF_NAMESERVERS_MAX], size_t *count_out, struct mf_err *err)
    MF_NONNULL_ARGS(1, 4, 5, 6) MF_NODISCARD;

#endif

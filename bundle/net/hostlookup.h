/* The addresses of a name, as the C library finds them (getaddrinfo: /etc/hosts,
 * name servers, whatever nsswitch.conf says), within a time limit. The library has
 * none of its own, so a thread waits for it and is left behind where it takes
 * longer.
 */
#ifndef MF_HOSTLOOKUP_H
#define MF_HOSTLOOKUP_H

#include <arpa/inet.h>
#include <sys/socket.h>

#include "formats/base/err.h"

#define MF_HOSTLOOKUP_MAX 16 /* addresses that are looked at; more are passed over */

struct mf_netaddress {
    struct sockaddr_storage where; /* with the port */
    socklen_t size;
    char text[INET6_ADDRSTRLEN];
};

enum mf_hostlookup_outcome {
    MF_HOSTLOOKUP_FOUND,
    MF_HOSTLOOKUP_UNKNOWN, /* the name does not exist, or has no address */
    MF_HOSTLOOKUP_AGAIN,   /* no name server gave an answer that counts */
    MF_HOSTLOOKUP_LATE,    /* nothing within the limit */
    MF_HOSTLOOKUP_FAILED,  /* something else; detail says what */
};

struct mf_hostlookup {
    enum mf_hostlookup_outcome outcome;
    struct mf_netaddress addresses[MF_HOSTLOOKUP_MAX]; /* different ones, in the order of the library */
    size_t count;                                      /* 0 where not FOUND */
    int64_t milliseconds;
    char detail[128]; /* words of the C library where it is not FOUND; may be empty */
};

/* Looks up a name (or an address as text) with a port in decimal. `stop` as in
 * transport.h; it ends the wait within 200 ms. -1 where a thread or memory is
 * missing, or for an interruption; all else is an outcome. */
int mf_hostlookup_run(const char *host, const char *port, unsigned seconds, const volatile int *stop,
                      struct mf_hostlookup *out, struct mf_err *err) MF_NONNULL_ARGS(1, 2, 5, 6) MF_NODISCARD;

#endif

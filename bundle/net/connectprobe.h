/* Connecting to each address of a host, all at once, to see which of them take a
 * connection and what becomes of the others. Nothing is sent.
 */
#ifndef MF_CONNECTPROBE_H
#define MF_CONNECTPROBE_H

#include "bundle/net/hostlookup.h"

enum mf_connectprobe_outcome {
    MF_CONNECTPROBE_LATE, /* no answer within the limit */
    MF_CONNECTPROBE_CONNECTED,
    MF_CONNECTPROBE_REFUSED,
    MF_CONNECTPROBE_RESET,
    MF_CONNECTPROBE_NO_HOST,    /* host unreachable */
    MF_CONNECTPROBE_NO_NETWORK, /* network unreachable */
    MF_CONNECTPROBE_FORBIDDEN,  /* a rule of this machine */
    MF_CONNECTPROBE_FAILED,     /* something else */
};

struct mf_connectprobe {
    enum mf_connectprobe_outcome outcome;
    int number; /* errno; 0 where CONNECTED or LATE */
    int64_t milliseconds;
};

/* Tries n <= MF_HOSTLOOKUP_MAX addresses. -1 for an interruption alone; `stop` as
 * in transport.h. */
int mf_connectprobe_run(const struct mf_netaddress *list, size_t n, unsigned seconds, const volatile int *stop,
                        struct mf_connectprobe *out, struct mf_err *err) MF_NONNULL_ARGS(1, 5, 6) MF_NODISCARD;

#endif

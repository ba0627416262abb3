/* Requests that are not under way: those that may begin, in order, and those whose
 * next try is due after a pause. For transport.c.
 */
#ifndef MF_TRANSFERQUEUE_H
#define MF_TRANSFERQUEUE_H

#include "bundle/net/httpcourse.h"

/* A request that was submitted and is not done. */
struct mf_queued {
    struct mf_httpcourse course;
    unsigned tries;     /* that failed so far */
    unsigned parts;     /* tries that failed and brought a part of the body */
    int64_t since;      /* the first one began, on the monotonic clock, ms; 0: not yet */
    int64_t not_before; /* on the monotonic clock, ms */
    struct mf_queued *next;
};

struct mf_transferqueue {
    struct mf_queued *ready, **ready_end; /* first in, first out */
    struct mf_queued *delayed;
    uint64_t count; /* transfers so far */
};

/* Of one that is all zeros. */
void mf_transferqueue_init(struct mf_transferqueue *q) MF_NONNULL;

/* Frees all that wait; the queue is empty then. */
void mf_transferqueue_drop(struct mf_transferqueue *q) MF_NONNULL;

/* Makes one for a transfer, last in the line, and empties its result fields. */
int mf_transferqueue_add(struct mf_transferqueue *q, struct mf_transfer *t, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Puts one first in the line: what has begun already goes before what has not. */
void mf_transferqueue_first(struct mf_transferqueue *q, struct mf_queued *item) MF_NONNULL;

/* Lets one wait for `ms`. */
void mf_transferqueue_delay(struct mf_transferqueue *q, struct mf_queued *item, int64_t ms) MF_NONNULL;

/* Moves those whose pause is over to the end of the line. */
void mf_transferqueue_wake(struct mf_transferqueue *q) MF_NONNULL;

/* Milliseconds until the next pause is over: 0 to `most`. */
int mf_transferqueue_wait(const struct mf_transferqueue *q, int most) MF_NONNULL;

/* The first in the line, which must not be empty; the caller owns it then. */
struct mf_queued *mf_transferqueue_take(struct mf_transferqueue *q) MF_NONNULL;

void mf_queued_free(struct mf_queued *item) MF_NONNULL;

#endif

#include "bundle/net/transferqueue.h"

#include <stdlib.h>

#include "formats/base/clock.h"

void mf_transferqueue_init(struct mf_transferqueue *q)
{
    q->ready = q->delayed = NULL;
    q->ready_end = &q->ready;
}

void mf_queued_free(struct mf_queued *item)
{
    mf_httpcourse_release(&item->course);
    free(item);
}

static void drop_list(struct mf_queued *list)
{
    while (list) {
        struct mf_queued *next = list->next;
        mf_queued_free(list);
        list = next;
    }
}

void mf_transferqueue_drop(struct mf_transferqueue *q)
{
    drop_list(q->ready);
    drop_list(q->delayed);
    mf_transferqueue_init(q);
}

static void put_last(struct mf_transferqueue *q, struct mf_queued *item)
{
    item->next = NULL;
    *q->ready_end = item;
    q->ready_end = &item->next;
}

int mf_transferqueue_add(struct mf_transferqueue *q, struct mf_transfer *t, struct mf_err *err)
{
    struct mf_queued *item = calloc(1, sizeof(*item));
    if (!item)
        return mf_err_nomem(err);
    t->id = ++q->count;
    item->course = mf_httpcourse_of(t);
    put_last(q, item);
    return 0;
}

void mf_transferqueue_first(struct mf_transferqueue *q, struct mf_queued *item)
{
    item->next = q->ready;
    q->ready = item;
    if (!item->next)
        q->ready_end = &item->next;
}

void mf_transferqueue_delay(struct mf_transferqueue *q, struct mf_queued *item, int64_t ms)
{
    item->not_before = mf_clock_ms() + ms;
    item->next = q->delayed;
    q->delayed = item;
}

void mf_transferqueue_wake(struct mf_transferqueue *q)
{
    const int64_t now = mf_clock_ms();
    for (struct mf_queued **at = &q->delayed; *at;) {
        struct mf_queued *item = *at;
        if (item->not_before > now) {
            at = &item->next;
            continue;
        }
        *at = item->next;
        put_last(q, item);
    }
}

int mf_transferqueue_wait(const struct mf_transferqueue *q, int most)
{
    int64_t wait = most;
    const int64_t now = mf_clock_ms();
    for (const struct mf_queued *item = q->delayed; item; item = item->next)
        if (item->not_before - now < wait)
            wait = item->not_before - now;
    return wait < 0 ? 0 : (int)wait;
}

struct mf_queued *mf_transferqueue_take(struct mf_transferqueue *q)
{
    struct mf_queued *item = q->ready;
    q->ready = item->next;
    if (!q->ready)
        q->ready_end = &q->ready;
    return item;
}

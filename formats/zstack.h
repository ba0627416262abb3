/* A stack of zstd contexts that the jobs of a pool share: as many contexts as
 * threads, however many jobs wait. The stack does not own what is on it: the
 * one who made the contexts keeps an array of them and frees it at the end.
 */
#ifndef MF_ZSTACK_H
#define MF_ZSTACK_H

#include <pthread.h>
#include <stdlib.h>

#include "formats/base/err.h"

struct mf_zstack {
    pthread_mutex_t lock;
    void **items;
    unsigned count;
};

/* Makes room for `max` items; the lock is made in any case. */
static inline int mf_zstack_init(struct mf_zstack *s, unsigned max, struct mf_err *err)
{
    pthread_mutex_init(&s->lock, NULL);
    s->count = 0;
    s->items = calloc(max, sizeof(*s->items));
    return s->items ? 0 : mf_err_nomem(err);
}

static inline void mf_zstack_release(struct mf_zstack *s)
{
    pthread_mutex_destroy(&s->lock);
    free(s->items);
    s->items = NULL;
}

static inline void mf_zstack_push(struct mf_zstack *s, void *item)
{
    pthread_mutex_lock(&s->lock);
    s->items[s->count++] = item;
    pthread_mutex_unlock(&s->lock);
}

/* There is always one: no more jobs run than there are contexts. */
static inline void *mf_zstack_pop(struct mf_zstack *s)
{
    pthread_mutex_lock(&s->lock);
    void *item = s->items[--s->count];
    pthread_mutex_unlock(&s->lock);
    return item;
}

#endif

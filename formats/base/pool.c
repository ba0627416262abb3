#include "formats/base/pool.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

struct slot {
    mf_pool_run *run;
    void *job;
    uint64_t size;
    bool started, done;
};

struct mf_pool {
    pthread_mutex_t lock;
    pthread_cond_t work; /* a job was submitted, or stop was set */
    pthread_cond_t done; /* a job has ended */
    struct slot *slots;  /* ring of `depth` */
    unsigned depth;
    size_t submitted, taken; /* counters; the slot is the remainder */
    bool stop;
    unsigned threads;
    pthread_t ids[];
};

/* The first of the largest that wait, or NULL. Under lock. */
static struct slot *next_slot(const struct mf_pool *pool)
{
    struct slot *best = NULL;
    for (size_t i = pool->taken; i < pool->submitted; i++) {
        struct slot *s = &pool->slots[i % pool->depth];
        if (!s->started && (!best || s->size > best->size))
            best = s;
    }
    return best;
}

static void *worker(void *arg)
{
    struct mf_pool *pool = arg;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        struct slot *s;
        while (!(s = next_slot(pool)) && !pool->stop)
            pthread_cond_wait(&pool->work, &pool->lock);
        if (!s)
            break;
        s->started = true;
        pthread_mutex_unlock(&pool->lock);
        s->run(s->job);
        pthread_mutex_lock(&pool->lock);
        s->done = true;
        pthread_cond_signal(&pool->done);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

int mf_pool_new(struct mf_pool **out, unsigned threads, unsigned depth, struct mf_err *err)
{
    unsigned count = threads > 1 ? threads : 0;
    struct mf_pool *pool = calloc(1, sizeof(*pool) + count * sizeof(pool->ids[0]));
    struct slot *slots = calloc(depth, sizeof(*slots));
    if (!pool || !slots) {
        free(pool);
        free(slots);
        return mf_err_nomem(err);
    }
    pool->slots = slots;
    pool->depth = depth;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->done, NULL);
    while (pool->threads < count) {
        int number = pthread_create(&pool->ids[pool->threads], NULL, worker, pool);
        if (number) {
            mf_pool_free(&pool);
            return mf_err_errno(err, number, "start a thread");
        }
        pool->threads++;
    }
    *out = pool;
    return 0;
}

size_t mf_pool_ahead(const struct mf_pool *pool)
{
    return pool->submitted - pool->taken;
}

bool mf_pool_full(const struct mf_pool *pool)
{
    return mf_pool_ahead(pool) == pool->depth;
}

void mf_pool_submit(struct mf_pool *pool, mf_pool_run *run, void *job)
{
    mf_pool_submit_sized(pool, run, job, 0);
}

void mf_pool_submit_sized(struct mf_pool *pool, mf_pool_run *run, void *job, uint64_t size)
{
    struct slot *s = &pool->slots[pool->submitted % pool->depth];
    pthread_mutex_lock(&pool->lock);
    *s = (struct slot){.run = run, .job = job, .size = size};
    pool->submitted++;
    pthread_cond_signal(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    if (pool->threads == 0) {
        run(job);
        s->done = true;
    }
}

void *mf_pool_take(struct mf_pool *pool)
{
    if (pool->taken == pool->submitted)
        return NULL;
    struct slot *s = &pool->slots[pool->taken % pool->depth];
    pthread_mutex_lock(&pool->lock);
    while (!s->done)
        pthread_cond_wait(&pool->done, &pool->lock);
    pool->taken++; /* next_slot reads it */
    pthread_mutex_unlock(&pool->lock);
    return s->job;
}

void mf_pool_free(struct mf_pool **slot)
{
    struct mf_pool *pool = *slot;
    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->threads; i++)
        pthread_join(pool->ids[i], NULL);
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    free(pool->slots);
    free(pool);
    *slot = NULL;
}

unsigned mf_pool_default_threads(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof(set), &set) < 0)
        return 1;
    int n = CPU_COUNT(&set);
    return n < 1 ? 1 : n > 64 ? 64 : (unsigned)n;
}

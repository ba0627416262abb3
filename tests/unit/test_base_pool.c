#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "formats/base/pool.h"

struct job {
    size_t number;
    size_t result;
    pthread_t thread;
};

static atomic_size_t running, most_running, runs;

static void run_job(void *arg)
{
    struct job *job = arg;
    size_t now = atomic_fetch_add(&running, 1) + 1, most = atomic_load(&most_running);
    while (now > most && !atomic_compare_exchange_weak(&most_running, &most, now))
        ;
    /* the earlier of two neighbours is the slower one */
    if (job->number % 2 == 0)
        usleep(300);
    job->result = job->number * job->number + 1;
    job->thread = pthread_self();
    atomic_fetch_add(&runs, 1);
    atomic_fetch_sub(&running, 1);
}

/* Results come in the order of submission and each job runs once, whatever the
 * number of threads; never are more than `depth` in flight. */
static void test_order(void **state)
{
    static const unsigned shapes[][2] = {{1, 1}, {1, 7}, {2, 1}, {2, 2}, {2, 9}, {4, 3}, {8, 64}, {16, 2}};
    enum { JOBS = 200 };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(shapes); i++) {
        struct mf_err err = {0};
        MF_CLEANUP(mf_pool_free) struct mf_pool *pool = NULL;
        struct job jobs[JOBS] = {0};
        size_t taken = 0, submitted = 0;
        atomic_store(&runs, 0);
        atomic_store(&most_running, 0);
        assert_int_equal(mf_pool_new(&pool, shapes[i][0], shapes[i][1], &err), 0);
        assert_null(mf_pool_take(pool));
        while (taken < JOBS) {
            while (submitted < JOBS && !mf_pool_full(pool)) {
                jobs[submitted].number = submitted;
                mf_pool_submit(pool, run_job, &jobs[submitted++]);
            }
            assert_true(submitted - taken == shapes[i][1] || submitted == JOBS);
            struct job *job = mf_pool_take(pool);
            assert_ptr_equal(job, &jobs[taken]);
            assert_int_equal(job->result, taken * taken + 1);
            assert_int_equal(pthread_equal(job->thread, pthread_self()) != 0, shapes[i][0] == 1);
            taken++;
        }
        assert_null(mf_pool_take(pool));
        assert_int_equal(atomic_load(&runs), JOBS);
        assert_true(atomic_load(&most_running) <= shapes[i][0]);
        assert_true(atomic_load(&most_running) <= shapes[i][1]);
    }
}

struct meeting {
    pthread_mutex_t lock;
    pthread_cond_t all;
    unsigned here, wanted;
};

static void meet(void *arg)
{
    struct meeting *m = arg;
    pthread_mutex_lock(&m->lock);
    if (++m->here == m->wanted)
        pthread_cond_broadcast(&m->all);
    while (m->here < m->wanted)
        pthread_cond_wait(&m->all, &m->lock);
    pthread_mutex_unlock(&m->lock);
}

/* Jobs do run at the same time: each waits for the others to have begun. */
static void test_at_once(void **state)
{
    struct meeting m = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0, 4};
    struct mf_err err = {0};
    MF_CLEANUP(mf_pool_free) struct mf_pool *pool = NULL;
    (void)state;
    assert_int_equal(mf_pool_new(&pool, 4, 4, &err), 0);
    for (int i = 0; i < 4; i++)
        mf_pool_submit(pool, meet, &m);
    assert_true(mf_pool_full(pool));
    for (int i = 0; i < 4; i++)
        assert_ptr_equal(mf_pool_take(pool), &m);
    assert_int_equal(m.here, 4);
}

enum { SIZED = 7 };

/* A job keeps one of two threads busy until all sized ones have ended, so that the
 * other runs them. It waits for the lock with the first, while they are submitted. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t ended;
    uint64_t order[SIZED]; /* sizes as they ran */
};

struct sized {
    struct gate *gate;
    uint64_t size;
};

static void wait_for_end(void *arg)
{
    struct gate *g = arg;
    pthread_mutex_lock(&g->lock);
    while (g->ended < SIZED)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

static void run_sized(void *arg)
{
    const struct sized *job = arg;
    pthread_mutex_lock(&job->gate->lock);
    job->gate->order[job->gate->ended++] = job->size;
    pthread_cond_broadcast(&job->gate->changed);
    pthread_mutex_unlock(&job->gate->lock);
}

/* The largest that waits begins first, results come in order all the same. */
static void test_sized(void **state)
{
    static const uint64_t sizes[SIZED] = {UINT64_MAX, 3, 1, 1000000, 3, 0, 7},
                          want[SIZED] = {UINT64_MAX, 1000000, 7, 3, 3, 1, 0};
    struct gate gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};
    struct mf_err err = {0};
    MF_CLEANUP(mf_pool_free) struct mf_pool *pool = NULL;
    struct sized jobs[SIZED];
    (void)state;
    assert_int_equal(mf_pool_new(&pool, 2, SIZED + 1, &err), 0);
    pthread_mutex_lock(&gate.lock);
    mf_pool_submit_sized(pool, wait_for_end, &gate, UINT64_MAX);
    for (size_t i = 0; i < SIZED; i++) {
        jobs[i] = (struct sized){&gate, sizes[i]};
        mf_pool_submit_sized(pool, run_sized, &jobs[i], sizes[i]);
    }
    pthread_mutex_unlock(&gate.lock);
    assert_ptr_equal(mf_pool_take(pool), &gate);
    for (size_t i = 0; i < SIZED; i++)
        assert_ptr_equal(mf_pool_take(pool), &jobs[i]);
    assert_memory_equal(gate.order, want, sizeof(want));
}

/* Freeing waits for what was begun; nothing runs afterwards. */
static void test_new_and_free(void **state)
{
    struct mf_err err = {0};
    struct mf_pool *pool = NULL;
    struct job jobs[8] = {0};
    (void)state;
    mf_pool_free(&pool);
    for (int round = 0; round < 50; round++) {
        assert_int_equal(mf_pool_new(&pool, 3, 8, &err), 0);
        atomic_store(&runs, 0);
        for (int i = 0; i < round % 9; i++)
            mf_pool_submit(pool, run_job, &jobs[i]);
        while (mf_pool_take(pool))
            ;
        mf_pool_free(&pool);
        assert_null(pool);
        assert_int_equal(atomic_load(&runs), round % 9);
        assert_int_equal(atomic_load(&running), 0);
    }
}

static void test_default_threads(void **state)
{
    cpu_set_t all, one;
    (void)state;
    assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
    unsigned n = mf_pool_default_threads();
    assert_int_equal(n, CPU_COUNT(&all) > 64 ? 64 : CPU_COUNT(&all));
    CPU_ZERO(&one);
    for (int cpu = 0; cpu < CPU_SETSIZE && CPU_COUNT(&one) == 0; cpu++)
        if (CPU_ISSET(cpu, &all))
            CPU_SET(cpu, &one);
    assert_int_equal(sched_setaffinity(0, sizeof(one), &one), 0);
    assert_int_equal(mf_pool_default_threads(), 1);
    assert_int_equal(sched_setaffinity(0, sizeof(all), &all), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),        cmocka_unit_test(test_at_once),         cmocka_unit_test(test_sized),
        cmocka_unit_test(test_new_and_free), cmocka_unit_test(test_default_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

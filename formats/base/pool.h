/* An ordered pool: jobs run on several threads, results come back in the order
 * in which they were submitted, and only `depth` jobs are in flight.
 *
 * That is what makes output independent of the number of threads, and memory
 * bounded. The submitting thread alone calls these functions:
 *
 *     while (have more input) {
 *         if (mf_pool_full(pool))
 *             consume(mf_pool_take(pool));
 *         mf_pool_submit(pool, run, make_job());
 *     }
 *     while ((job = mf_pool_take(pool)))
 *         consume(job);
 *
 * With one thread asked for, `run` is called inside submit and no thread is
 * made. A job reports its failure inside itself.
 */
#ifndef MF_POOL_H
#define MF_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include "formats/base/err.h"

struct mf_pool;

/* A depth for each thread where jobs are modules, which differ much in size and are
 * small while they wait: those behind a large one are done, but not taken, before it. */
#define MF_POOL_AHEAD 64

typedef void mf_pool_run(void *job);

/* Makes a pool of `threads` >= 1 threads and room for `depth` >= 1 jobs in
 * flight (submitted and not yet taken). */
int mf_pool_new(struct mf_pool **out, unsigned threads, unsigned depth, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* True where submit would exceed the depth. */
bool mf_pool_full(const struct mf_pool *pool) MF_NONNULL;

/* Jobs in flight. */
size_t mf_pool_ahead(const struct mf_pool *pool) MF_NONNULL;

/* Starts run(job) on some thread. The pool must not be full. */
void mf_pool_submit(struct mf_pool *pool, mf_pool_run *run, void *job) MF_NONNULL;

/* The same for jobs that differ in size, in any unit (those of mf_pool_submit have
 * none): of those that wait, the largest begins first, so that none is left alone
 * at the end. */
void mf_pool_submit_sized(struct mf_pool *pool, mf_pool_run *run, void *job, uint64_t size) MF_NONNULL;

/* Waits for the oldest job and returns it; NULL where none is in flight. */
void *mf_pool_take(struct mf_pool *pool) MF_NONNULL;

/* Stops the threads and frees the pool; take every job first, they are not
 * freed here. *slot may be NULL. */
void mf_pool_free(struct mf_pool **slot) MF_NONNULL;

/* Threads to use where the user said nothing: the processors this process may
 * run on, at least 1, at most 64. */
unsigned mf_pool_default_threads(void);

#endif

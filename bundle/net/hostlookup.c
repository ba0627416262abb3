#include "bundle/net/hostlookup.h"

#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/base/clock.h"

enum { SLICE_MS = 100, NAME_MAX_BYTES = 256, PORT_MAX_BYTES = 8 };

/* Shared by the thread and whoever waits for it; the last of the two frees it. */
struct job {
    pthread_mutex_t lock;
    pthread_cond_t ready;
    bool done, left; /* left: nobody waits any more */
    char host[NAME_MAX_BYTES], port[PORT_MAX_BYTES];
    int rc, number;
    struct addrinfo *found;
};

static void free_job(struct job *job)
{
    if (job->found)
        freeaddrinfo(job->found);
    pthread_cond_destroy(&job->ready);
    pthread_mutex_destroy(&job->lock);
    free(job);
}

static void *look_up(void *ctx)
{
    struct job *job = ctx;
    const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *found = NULL;
    errno = 0;
    const int rc = getaddrinfo(job->host, job->port, &hints, &found);
    const int number = errno;
    pthread_mutex_lock(&job->lock);
    const bool left = job->left;
    job->done = true;
    job->rc = rc;
    job->number = number;
    job->found = rc == 0 ? found : NULL;
    pthread_cond_signal(&job->ready);
    pthread_mutex_unlock(&job->lock);
    if (left)
        free_job(job);
    return NULL;
}

static struct job *new_job(const char *host, const char *port)
{
    pthread_condattr_t monotonic;
    struct job *job = calloc(1, sizeof(*job));
    if (!job)
        return NULL;
    snprintf(job->host, sizeof(job->host), "%s", host);
    snprintf(job->port, sizeof(job->port), "%s", port);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&job->lock, NULL);
    pthread_cond_init(&job->ready, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return job;
}

static bool start(struct job *job)
{
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    const bool started = pthread_create(&thread, &attributes, look_up, job) == 0;
    pthread_attr_destroy(&attributes);
    return started;
}

/* Waits until the thread is done, the time is over or the user interrupts. */
static bool wait_for(struct job *job, int64_t until, const volatile int *stop)
{
    pthread_mutex_lock(&job->lock);
    while (!job->done && !(stop && *stop) && mf_clock_ms() < until) {
        const int64_t next = mf_clock_ms() + SLICE_MS;
        const struct timespec at = {.tv_sec = next / 1000, .tv_nsec = next % 1000 * 1000000};
        pthread_cond_timedwait(&job->ready, &job->lock, &at);
    }
    const bool done = job->done;
    job->left = !done;
    pthread_mutex_unlock(&job->lock);
    return done;
}

static bool is_known(const struct mf_hostlookup *out, const struct addrinfo *one)
{
    for (size_t i = 0; i < out->count; i++)
        if (out->addresses[i].size == one->ai_addrlen &&
            memcmp(&out->addresses[i].where, one->ai_addr, one->ai_addrlen) == 0)
            return true;
    return false;
}

static void take_addresses(const struct addrinfo *list, struct mf_hostlookup *out)
{
    for (; list && out->count < MF_HOSTLOOKUP_MAX; list = list->ai_next) {
        struct mf_netaddress *a = &out->addresses[out->count];
        if (list->ai_addrlen > sizeof(a->where) || is_known(out, list) ||
            getnameinfo(list->ai_addr, list->ai_addrlen, a->text, sizeof(a->text), NULL, 0, NI_NUMERICHOST) != 0)
            continue;
        memcpy(&a->where, list->ai_addr, list->ai_addrlen);
        a->size = list->ai_addrlen;
        out->count++;
    }
}

static void take(const struct job *job, struct mf_hostlookup *out)
{
    char why[96];
    if (job->rc == 0) {
        take_addresses(job->found, out);
        out->outcome = out->count ? MF_HOSTLOOKUP_FOUND : MF_HOSTLOOKUP_UNKNOWN;
        return;
    }
    out->outcome = job->rc == EAI_NONAME || job->rc == EAI_NODATA ? MF_HOSTLOOKUP_UNKNOWN
                   : job->rc == EAI_AGAIN                         ? MF_HOSTLOOKUP_AGAIN
                                                                  : MF_HOSTLOOKUP_FAILED;
    snprintf(out->detail, sizeof(out->detail), "%s",
             job->rc == EAI_SYSTEM ? strerror_r(job->number, why, sizeof(why)) : gai_strerror(job->rc));
}

int mf_hostlookup_run(const char *host, const char *port, unsigned seconds, const volatile int *stop,
                      struct mf_hostlookup *out, struct mf_err *err)
{
    const int64_t begun = mf_clock_ms();
    *out = (struct mf_hostlookup){.outcome = MF_HOSTLOOKUP_LATE};
    struct job *job = new_job(host, port);
    if (!job)
        return mf_err_nomem(err);
    if (!start(job)) {
        free_job(job);
        return mf_err_set(err, MF_E_NOMEM, "start a thread that looks up %s", host);
    }
    const bool done = wait_for(job, begun + (int64_t)seconds * 1000, stop);
    out->milliseconds = mf_clock_ms() - begun;
    if (done) {
        take(job, out);
        free_job(job);
    }
    return mf_err_stopped(stop, err);
}

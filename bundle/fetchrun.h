/* Requests of a fetch, for the files that have the work on them: fetch.c takes them
 * and looks into the store, fetchask.c asks one entry of GOPROXY after the other,
 * fetchdirect.c repositories. A request is in one of the lists, or in the hands of
 * the function that works on it; it ends in one of the functions that deliver.
 */
#ifndef MF_FETCHRUN_H
#define MF_FETCHRUN_H

#include "bundle/fetchrequest.h"

#define MF_FETCHRUN_URL_MAX (16 * MF_KIB) /* bytes of a URL */

struct mf_fetchrun_request {
    struct mf_fetch *fetch;
    struct mf_fetchrequest what;
    mf_fetch_done *done;
    void *ctx;
    size_t proxy; /* index of the entry asked now */
    struct mf_transfer transfer;
    struct mf_buf url;
    struct mf_temp temp;            /* where a zip goes */
    struct mf_fetchnotes notes;     /* failures so far */
    bool from_repository;           /* what is delivered */
    const struct mf_proxy *instead; /* the proxy that a go-import line names, while it is asked; else NULL */
    struct mf_fetchrun_request *next, *previous; /* in one of the lists */
};

/* A proxy that go-import lines name. */
struct mf_fetchrun_named {
    struct mf_str url;
    struct mf_proxy proxy;
    struct mf_fetchrun_named *next;
};

struct mf_fetchrun_list {
    struct mf_fetchrun_request *first, *last;
};

struct mf_fetch {
    struct mf_fetch_options options;
    struct mf_fetch_stats stats;
    struct mf_fetchrun_list queue, flight, direct; /* direct: wait for a repository to be asked */
    size_t in_flight;
    struct mf_fetchrun_named *named;
    struct mf_arena arena;
    bool *unreachable; /* of each entry of GOPROXY: no connection could be made */
    bool failed;
    struct mf_err failure; /* where failed */
};

/* Lists of requests. */
void mf_fetchrun_append(struct mf_fetchrun_list *l, struct mf_fetchrun_request *r) MF_NONNULL;
void mf_fetchrun_remove(struct mf_fetchrun_list *l, struct mf_fetchrun_request *r) MF_NONNULL;
struct mf_fetchrun_request *mf_fetchrun_take(struct mf_fetchrun_list *l) MF_NONNULL; /* NULL where it is empty */

/* Begins as many requests as may be under way. */
void mf_fetchrun_refill(struct mf_fetch *f) MF_NONNULL;

/* Each calls back and forgets the request, which is in no list: with an error,
 * with what was found, with what all entries have said. */
void mf_fetchrun_fail(struct mf_fetchrun_request *r, const struct mf_err *why) MF_NONNULL;
void mf_fetchrun_deliver(struct mf_fetchrun_request *r, struct mf_str content, struct mf_str source) MF_NONNULL;
void mf_fetchrun_give_up(struct mf_fetchrun_request *r) MF_NONNULL;

/* Asks the entry r->proxy, or the next one that can be, or says how it all ended.
 * r is in no list. */
void mf_fetchask_next(struct mf_fetchrun_request *r) MF_NONNULL;

/* Sends a request that is in no list to a proxy. */
int mf_fetchask_send(struct mf_fetchrun_request *r, const struct mf_proxy *proxy,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Asks the repository of a module for a request that is in no list. */
void mf_fetchdirect_serve(struct mf_fetchrun_request *r) MF_NONNULL;

#endif

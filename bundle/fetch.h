/* Fetching files of modules: store first, then the proxies of GOPROXY in order.
 *
 * Fallback is go's: after an entry followed by ',' only 404 and 410 go on to the
 * next one, after '|' every failure does; each file starts at the first entry. An
 * entry before '|' that no connection could be made to is passed over from then on,
 * as if it were not in the list.
 * "off" fails. With "direct", and of modules that GONOPROXY matches (which no
 * proxy is asked for), repositories are asked, one request after the other, while
 * nothing else is transferred; where one says that a proxy has the module, that
 * proxy is. With `offline`, only the store answers.
 *
 * With `held`, content that is at hand answers, and nothing else: the store is
 * not looked into and not changed.
 *
 * Requests are queued and run together; each calls back once, from inside
 * mf_fetch_run, and may queue more there. One thread.
 *
 * Codes of a failed request: MF_E_NOT_FOUND, every proxy answered 404 or 410;
 * MF_E_UPSTREAM, another answer that is of no use; MF_E_NETWORK, no answer;
 * MF_E_LIMIT, larger than go accepts; MF_E_OFFLINE; MF_E_UNSUPPORTED; MF_E_GOMOD,
 * a path or version that cannot be fetched; those of the local file system. Where
 * several proxies were asked, all are named, and the first that failed otherwise
 * than with 404 or 410 gives the code.
 */
#ifndef MF_FETCH_H
#define MF_FETCH_H

#include "bundle/net/transport.h"
#include "bundle/proxies.h"
#include "bundle/store.h"
#include "bundle/vcs/direct.h"
#include "bundle/watch.h"
#include "formats/held.h"

struct mf_fetch;

/* What a version query asks a proxy for (GOSPEC section 2.2). */
enum mf_fetch_question {
    MF_ASK_LIST,   /* @v/list */
    MF_ASK_LATEST, /* @latest */
    MF_ASK_INFO,   /* @v/<revision>.info: a version, branch, tag or commit */
};

#define MF_FETCH_LIST_MAX (16 * MF_MIB) /* bytes of @v/list */

/* The result of one request; valid during the callback. */
struct mf_fetched {
    struct mf_module module;
    enum mf_file_kind kind; /* of a file */
    bool ok;
    struct mf_str content; /* of info and mod; a zip is in the store then */
    uint64_t size;         /* bytes of the zip, of mf_fetch_size */
    bool pieced;           /* a zip that was put together from several answers, because one broke off */
    struct mf_str source;  /* shown URL of the proxy or repository; empty where from the store */
    struct mf_err error;   /* where not ok: MF_E_NOT_FOUND, MF_E_NETWORK, ... */
};

/* A failure of the callback itself stops the run. */
typedef int mf_fetch_done(void *ctx, const struct mf_fetched *f, struct mf_err *err);

struct mf_fetch_options {
    const struct mf_proxies *proxies;
    struct mf_str noproxy; /* GONOPROXY patterns */
    const struct mf_store *store;
    struct mf_transport *transport; /* used for nothing else while mf_fetch_run runs */
    bool offline;
    const struct mf_held *held;   /* may be NULL; `offline` goes with it */
    const struct mf_watch *watch; /* may be NULL */
    struct mf_direct *direct;     /* modules without a proxy; may be NULL: they are refused */
};

struct mf_fetch_stats {
    uint64_t requests, bytes; /* network */
    uint64_t from_store;      /* files */
};

/* What the options point to must live as long as *out. */
int mf_fetch_new(struct mf_fetch **out, const struct mf_fetch_options *options,
                 struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_fetch_free(struct mf_fetch **f) MF_NONNULL; /* *f may be NULL */

/* Queues one file; the slices of m must live until the run ends. A zip that is
 * held already is reported without being read; of held content only .mod files
 * are asked for. What is fetched is put into the store: .mod after a lax parse of
 * its syntax is NOT done here, .info only if it is JSON with the very version
 * asked for. */
int mf_fetch_add(struct mf_fetch *f, struct mf_module m, enum mf_file_kind kind, mf_fetch_done *done, void *ctx,
                 struct mf_err *err) MF_NONNULL_ARGS(1, 4, 6) MF_NODISCARD;

/* Queues a zip that was `pieced` and turned out to be wrong, and was forgotten: it
 * is fetched in one answer. */
int mf_fetch_again(struct mf_fetch *f, struct mf_module m, mf_fetch_done *done, void *ctx, struct mf_err *err)
    MF_NONNULL_ARGS(1, 3, 5) MF_NODISCARD;

/* Queues one question of a version query to the entry `proxy` of GOPROXY (an
 * index) and to no other: a query as a whole goes on to the next entry, not each
 * of its requests (query.h). m.path must pass mf_modpath_check; m.version is the
 * revision of MF_ASK_INFO, or begins the versions of MF_ASK_LIST that a repository
 * is asked for (a proxy sends all). An entry that is not for this module answers
 * MF_E_NOT_FOUND. The store is neither read nor written; with `offline`
 * the request fails. MF_E_USAGE, in the result, where the revision is text that
 * go sends to no proxy: not one element of an ASCII path, or with a '!'. */
int mf_fetch_ask(struct mf_fetch *f, size_t proxy, struct mf_module m, enum mf_fetch_question what, mf_fetch_done *done,
                 void *ctx, struct mf_err *err) MF_NONNULL_ARGS(1, 5, 7) MF_NODISCARD;

/* Asks for the size of a zip that the store does not hold, with the fallback of
 * mf_fetch_add. f->size is UINT64_MAX where the proxy does not say; a proxy that
 * knows no HEAD fails the request. A zip from a repository is made and put into the
 * store: nothing less tells its size. */
int mf_fetch_size(struct mf_fetch *f, struct mf_module m, mf_fetch_done *done, void *ctx, struct mf_err *err)
    MF_NONNULL_ARGS(1, 3, 5) MF_NODISCARD;

/* How entry `proxy` of GOPROXY deals with a module. */
enum mf_proxy_way mf_fetch_way(const struct mf_fetch *f, size_t proxy, struct mf_str path) MF_NONNULL;

/* The options as given. */
const struct mf_fetch_options *mf_fetch_options(const struct mf_fetch *f) MF_NONNULL;

/* Whether entry `proxy` of GOPROXY is passed over. */
bool mf_fetch_passed_over(const struct mf_fetch *f, size_t proxy) MF_NONNULL;

/* Runs until the queue is empty. Returns -1 where a callback fails, the transport
 * fails or the user interrupts; requests not called back are dropped then. */
int mf_fetch_run(struct mf_fetch *f, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Removes from the store what the caller found to be wrong, so that the next run
 * asks for it again. Held content is left alone. */
void mf_fetch_forget(struct mf_fetch *f, struct mf_module m, enum mf_file_kind kind) MF_NONNULL;

struct mf_fetch_stats mf_fetch_stats(const struct mf_fetch *f) MF_NONNULL;

#endif

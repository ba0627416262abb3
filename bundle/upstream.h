/* Everything that the online half asks: settings, store, transfers, fetcher; or
 * content that is held already. */
#ifndef MF_UPSTREAM_H
#define MF_UPSTREAM_H

#include "bundle/fetch.h"
#include "bundle/goauth.h"
#include "bundle/settings.h"

struct mf_upstream_options {
    const struct mf_held *held; /* answers alone, instead of store and proxies; may be NULL. Outlives the upstream */
    bool offline;               /* the store answers alone */
    unsigned parallel;          /* transfers at once; 0: the default */
    unsigned tries;             /* of one request; 0: the default of transport.h */
    bool try_next;              /* after any failure the next entry of GOPROXY is asked, as if all were joined by '|' */
    const char *ca_file, *client_cert, *client_key; /* as in transport.h */
    const volatile int *stop;                       /* as in transport.h */
    const struct mf_watch *watch;                   /* may be NULL; outlives the upstream */
};

struct mf_upstream {
    const struct mf_held *held;
    struct mf_settings settings;
    struct mf_proxies proxies;
    struct mf_goauth goauth;
    struct mf_store store;
    struct mf_transport *transport;
    struct mf_direct *direct;
    struct mf_fetch *fetch;
    struct mf_fetch_options fetch_options;
    const struct mf_watch *watch;
    struct mf_dir gomodcache; /* its cache/download; MF_DIR_NONE where there is none */
    struct mf_arena arena;
};

#define MF_UPSTREAM_INIT                                                                                               \
    ((struct mf_upstream){.goauth = MF_GOAUTH_INIT,                                                                    \
                          .store = MF_STORE_NONE,                                                                      \
                          .gomodcache = MF_DIR_NONE,                                                                   \
                          .arena = MF_ARENA_INIT(16 * MF_MIB)})

/* Reads the settings and opens the store ($XDG_CACHE_HOME/modferry, else
 * ~/.cache/modferry). `u` must not move afterwards. MF_E_USAGE where neither
 * XDG_CACHE_HOME nor HOME is set, or a setting is unusable. */
int mf_upstream_open(struct mf_upstream *u, const struct mf_upstream_options *options,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

void mf_upstream_release(struct mf_upstream *u) MF_NONNULL;

#endif

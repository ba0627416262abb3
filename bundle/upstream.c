#include "bundle/upstream.h"

#include <stdlib.h>

#include "bundle/vcs/govcs.h"

enum { PARALLEL_DEFAULT = 32 };

static int open_store(struct mf_upstream *u, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf path = MF_BUF_INIT(4096);
    if (mf_store_default_path(getenv, &path, err) < 0)
        return -1;
    const char *name = mf_buf_cstr(&path);
    if (!name)
        return mf_buf_check(&path, err);
    return mf_store_open(&u->store, name, err);
}

/* The user's own GOMODCACHE may hold zips already; it need not exist. */
static int open_gomodcache(struct mf_upstream *u, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf path = MF_BUF_INIT(4096);
    struct mf_err why;
    struct stat st;
    mf_buf_fmt(&path, "%.*s/cache/download", MF_FMT(u->settings.value[MF_GOMODCACHE]));
    const char *name = mf_buf_cstr(&path);
    if (!name)
        return mf_buf_check(&path, err);
    if (stat(name, &st) < 0 || mf_dir_open(&u->gomodcache, name, false, &why) < 0)
        u->gomodcache = MF_DIR_NONE;
    return 0;
}

/* Modules without a proxy; clones are kept beside the store. */
static int open_direct(struct mf_upstream *u, const struct mf_upstream_options *options, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf path = MF_BUF_INIT(4096);
    struct mf_str kept;
    if (mf_govcs_check(u->settings.value[MF_GOVCS], err) < 0 || mf_store_default_path(getenv, &path, err) < 0)
        return -1;
    mf_buf_truncate(&path, mf_str_rfind(mf_buf_view(&path), '/'));
    mf_buf_str(&path, MF_LIT("/vcs"));
    if (mf_buf_check(&path, err) < 0 || mf_arena_dup(&u->arena, mf_buf_view(&path), &kept, err) < 0)
        return -1;
    const struct mf_direct_options direct = {
        .path = kept.p,
        .govcs = u->settings.value[MF_GOVCS],
        .goprivate = u->settings.value[MF_GOPRIVATE],
        .goinsecure = u->settings.value[MF_GOINSECURE],
        .transport = u->transport,
        .stop = options->stop,
    };
    return mf_direct_new(&u->direct, &direct, err);
}

static int open_transport(struct mf_upstream *u, const struct mf_upstream_options *options, struct mf_err *err)
{
    const struct mf_transport_options transport = {
        .parallel = options->parallel ? options->parallel : PARALLEL_DEFAULT,
        .user_agent = "modferry/" MODFERRY_VERSION,
        .stop = options->stop,
        .credentials = &u->goauth.credentials,
        .tries = options->tries,
        .ca_file = options->ca_file,
        .client_cert = options->client_cert,
        .client_key = options->client_key,
        .watch = options->watch ? &options->watch->net : NULL,
    };
    if (mf_goauth_open(&u->goauth, u->settings.value[MF_GOAUTH], getenv, options->stop, err) < 0)
        return -1;
    return mf_transport_new(&u->transport, &transport, err);
}

int mf_upstream_open(struct mf_upstream *u, const struct mf_upstream_options *options, struct mf_err *err)
{
    u->held = options->held;
    u->watch = options->watch;
    if (mf_settings_load(getenv, &u->settings, &u->arena, err) < 0 ||
        mf_proxies_parse(u->settings.value[MF_GOPROXY], &u->proxies, &u->arena, err) < 0 ||
        mf_proxies_add_noproxy(&u->proxies, u->settings.value[MF_GONOPROXY], &u->arena, err) < 0 ||
        open_store(u, err) < 0 || open_gomodcache(u, err) < 0 || open_transport(u, options, err) < 0 ||
        open_direct(u, options, err) < 0)
        return -1;
    for (size_t i = 0; options->try_next && i < u->proxies.count; i++)
        u->proxies.list[i].falls_through = true;
    u->fetch_options = (struct mf_fetch_options){
        .proxies = &u->proxies,
        .noproxy = u->settings.value[MF_GONOPROXY],
        .store = &u->store,
        .transport = u->transport,
        .offline = options->offline || options->held,
        .held = options->held,
        .watch = options->watch,
        .direct = u->direct,
    };
    return mf_fetch_new(&u->fetch, &u->fetch_options, err);
}

void mf_upstream_release(struct mf_upstream *u)
{
    mf_fetch_free(&u->fetch);
    mf_direct_free(&u->direct);
    mf_transport_free(&u->transport);
    mf_goauth_release(&u->goauth);
    mf_dir_release(&u->gomodcache);
    mf_store_release(&u->store);
    mf_arena_release(&u->arena);
}

/* Whoever watches a run of the online half: requests, and where each file came
 * from. Calls come from the thread that runs it.
 */
#ifndef MF_WATCH_H
#define MF_WATCH_H

#include "bundle/net/netwatch.h"
#include "formats/modpath.h"

enum mf_watch_source {
    MF_WATCH_NOWHERE, /* nobody has it */
    MF_WATCH_STORE,
    MF_WATCH_GOMODCACHE,
    MF_WATCH_PROXY,
    MF_WATCH_REPOSITORY,
    MF_WATCH_SUMDB,
};

/* One file that was wanted, or one question. */
struct mf_watch_file {
    const char *what; /* ".info", ".mod", ".zip", "zip size", "@v/list", "@latest", "revision", "lookup", "tile" */
    struct mf_module module; /* version empty where there is none; both of a tile */
    struct mf_str name;      /* of a lookup or tile, below the database; else empty */
    enum mf_watch_source source;
    struct mf_str from;  /* of PROXY, REPOSITORY and SUMDB: its URL without user and password */
    unsigned entry;      /* of PROXY, and of SUMDB behind one: which of GOPROXY, from 1; 0: none */
    uint64_t transfer;   /* mf_netrequest; 0: none */
    uint64_t size;       /* bytes; UINT64_MAX: not known */
    enum mf_code failed; /* where NOWHERE: why */
};

struct mf_watch {
    struct mf_netwatch net;
    void *ctx;
    void (*file)(void *ctx, const struct mf_watch_file *f);
};

#endif

/* Version queries, resolved as the go command does.
 *
 * Rules: GOROOT/src/cmd/go/internal/modload/query.go (queryProxy,
 * filterVersions), modload/modfile.go (CheckAllowed, CheckRetractions,
 * CheckDeprecation), modfetch/proxy.go (TryProxies); GOSPEC section 2.2.
 *
 * A query with its list and .info files is one operation: it is asked of the
 * first entry of GOPROXY, and of the next one only where the module or revision
 * does not exist there (after '|': where it failed at all). "There is no such
 * version in this list" is an answer. Retractions and deprecation are read from
 * the go.mod of the version that "latest" would choose if nothing were retracted
 * or excluded; where that cannot be found, nothing counts as retracted.
 *
 * Replacements of a main module play no part here.
 */
#ifndef MF_QUERY_H
#define MF_QUERY_H

#include "bundle/answers.h"

/* Which versions a query may end at. */
enum mf_query_rules {
    MF_QUERY_GET,  /* go get: a full version unless excluded; no revision that is retracted or excluded */
    MF_QUERY_LIST, /* go list -m: any revision; versions are chosen from those neither retracted nor excluded */
};

struct mf_query {
    struct mf_str path;    /* of a module; with `package`, of a package or module */
    bool package;          /* the longest prefix of path that is a known module is meant */
    struct mf_str text;    /* v1.2.3, v1, latest, upgrade, patch, <v2, >=v1.2.3, a branch, tag or commit */
    struct mf_str current; /* the version in use, canonical; empty: not required yet */
    const struct mf_module *excluded;
    size_t excluded_count;
    enum mf_query_rules rules;
};

/* Kinds of failure, as go tells them apart. */
enum mf_query_failure {
    MF_QUERY_FOUND,
    MF_QUERY_NOT_EXIST,   /* no such module or revision */
    MF_QUERY_NO_VERSION,  /* the module is there, but no version matches */
    MF_QUERY_NO_BASE,     /* patch without a current version */
    MF_QUERY_BAD_PATH,    /* not the path of a module that can be fetched */
    MF_QUERY_BAD_VERSION, /* text that names no revision */
    MF_QUERY_DISALLOWED,  /* that revision is retracted or excluded */
    MF_QUERY_OTHER,       /* a range that is none; a proxy that fails */
    MF_QUERY_STOPPED,     /* memory, the local file system, an interruption */
};

/* Slices live as long as the table. */
struct mf_query_result {
    struct mf_module module; /* canonical and fit for each other */
    struct mf_str time;      /* RFC 3339; may be empty */
    enum mf_query_failure failure;
};

/* The queries of one run; modules are looked up once. */
struct mf_queries {
    struct mf_answers answers;
    void *tree; /* search tree: what is known of the latest version of each module */
};

/* The fetcher must outlive the table, and have nothing queued while a query runs. */
void mf_queries_init(struct mf_queries *t, struct mf_fetch *fetch) MF_NONNULL;
void mf_queries_release(struct mf_queries *t) MF_NONNULL;

/* Resolves a query. On failure out->failure says of what kind, and the code is
 * MF_E_NOT_FOUND (NOT_EXIST, NO_VERSION), MF_E_USAGE (NO_BASE, BAD_PATH,
 * BAD_VERSION, a bad range), MF_E_POLICY (DISALLOWED), or that of the request
 * (fetch.h). The words are go's. */
int mf_query_run(struct mf_queries *t, const struct mf_query *q, struct mf_query_result *out,
                 struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* What the author of a module says of one of its versions, in a line of at most
 * 500 bytes that is safe to show; empty where nothing. */
struct mf_query_notes {
    struct mf_str retracted;  /* the rationale, or "retracted by module author" */
    struct mf_str deprecated; /* of the whole module */
};

/* The notes on m: with `ask`, looked up where they are not known yet (requests:
 * list, .info and .mod of the latest version); without, empty then. A look-up
 * that fails gives empty notes; *known_out says whether there was an answer. */
int mf_query_notes(struct mf_queries *t, struct mf_module m, bool ask, struct mf_query_notes *out, bool *known_out,
                   struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Asks for what mf_query_notes needs, for many modules at once. Nothing follows
 * from it but that the answers are here sooner. */
int mf_query_prefetch(struct mf_queries *t, const struct mf_module *modules, size_t count, struct mf_err *err)
    MF_NONNULL_ARGS(1, 4) MF_NODISCARD;

#endif

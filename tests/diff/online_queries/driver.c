/* Resolves version queries, for comparison with the real go.
 *
 *   diff_online_queries [--offline] GOPROXY STORE < QUERIES
 *
 * A query is a line of fields, separated by tabs: rules (list or get), path,
 * query, current version or "", excluded versions of the path separated by
 * commas or "". A line comes out for each: "ok MODULE VERSION TIME|- RETRACTED|-
 * DEPRECATED|-" separated by tabs, or "error" with kind and text. Each line has a
 * table of its own, all share the store.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bundle/query.h"

enum { EXCLUDED_MAX = 16 };

static const char *const kinds[] = {
    [MF_QUERY_FOUND] = "found",           [MF_QUERY_NOT_EXIST] = "not-exist", [MF_QUERY_NO_VERSION] = "no-version",
    [MF_QUERY_NO_BASE] = "no-base",       [MF_QUERY_BAD_PATH] = "bad-path",   [MF_QUERY_BAD_VERSION] = "bad-version",
    [MF_QUERY_DISALLOWED] = "disallowed", [MF_QUERY_OTHER] = "other",         [MF_QUERY_STOPPED] = "stopped",
};

static struct mf_str or_dash(struct mf_str s)
{
    return s.n ? s : MF_LIT("-");
}

static int resolve(struct mf_fetch *fetch, const struct mf_query *q)
{
    MF_CLEANUP(mf_queries_release) struct mf_queries table;
    struct mf_query_result found;
    struct mf_query_notes notes;
    struct mf_err err = {0};
    bool known;
    mf_queries_init(&table, fetch);
    if (mf_query_run(&table, q, &found, &err) < 0) {
        printf("error\t%s\t%s\n", kinds[found.failure], err.text);
        return found.failure == MF_QUERY_STOPPED ? -1 : 0;
    }
    if (mf_query_notes(&table, found.module, false, &notes, &known, &err) < 0)
        return -1;
    printf("ok\t%.*s\t%.*s\t%.*s\t%.*s\t%.*s\n", MF_FMT(found.module.path), MF_FMT(found.module.version),
           MF_FMT(or_dash(found.time)), MF_FMT(or_dash(notes.retracted)), MF_FMT(or_dash(notes.deprecated)));
    return 0;
}

static int run_line(struct mf_fetch *fetch, struct mf_str line)
{
    struct mf_module excluded[EXCLUDED_MAX];
    struct mf_str rules = mf_str_cut(line, '\t', &line);
    struct mf_query q = {.excluded = excluded};
    q.rules = mf_str_eq(rules, MF_LIT("get")) ? MF_QUERY_GET : MF_QUERY_LIST;
    q.path = mf_str_cut(line, '\t', &line);
    q.text = mf_str_cut(line, '\t', &line);
    q.current = mf_str_cut(line, '\t', &line);
    while (line.n && q.excluded_count < EXCLUDED_MAX)
        excluded[q.excluded_count++] = (struct mf_module){q.path, mf_str_cut(line, ',', &line)};
    return resolve(fetch, &q);
}

static int run_all(struct mf_fetch *fetch)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    int rc = 0;
    while (rc == 0 && (n = getline(&line, &room, stdin)) > 0)
        rc = run_line(fetch, (struct mf_str){line, (size_t)n - (line[n - 1] == '\n')});
    free(line);
    return rc;
}

static int run(const char *goproxy, const char *path, bool offline, struct mf_err *err)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    MF_CLEANUP(mf_store_release) struct mf_store store = MF_STORE_NONE;
    MF_CLEANUP(mf_transport_free) struct mf_transport *transport = NULL;
    MF_CLEANUP(mf_fetch_free) struct mf_fetch *fetch = NULL;
    struct mf_transport_options transport_options = {.parallel = 4, .user_agent = "test", .tries = 1};
    struct mf_proxies proxies;
    struct mf_fetch_options options = {.proxies = &proxies, .noproxy = {"", 0}, .store = &store, .offline = offline};
    if (mf_proxies_parse(mf_str(goproxy), &proxies, &arena, err) < 0 || mf_store_open(&store, path, err) < 0 ||
        mf_transport_new(&transport, &transport_options, err) < 0)
        return -1;
    options.transport = transport;
    return mf_fetch_new(&fetch, &options, err) < 0 ? -1 : run_all(fetch);
}

int main(int argc, char **argv)
{
    struct mf_err err = {0};
    bool offline = argc > 1 && strcmp(argv[1], "--offline") == 0;
    if (argc - offline != 3) {
        fprintf(stderr, "usage: diff_online_queries [--offline] GOPROXY STORE\n");
        return 2;
    }
    if (run(argv[1 + offline], argv[2 + offline], offline, &err) == 0)
        return 0;
    fprintf(stderr, "%s: %s\n", mf_code_name(err.code), err.text);
    return 1;
}

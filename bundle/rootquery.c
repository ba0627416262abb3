#include "bundle/rootquery.h"

/* Text that go takes for no query, whatever proxies say. */
static int check_words(struct mf_str typed, struct mf_str path, struct mf_str query, struct mf_err *err)
{
    if (query.n == 0 || path.n == 0)
        return mf_err_set(err, MF_E_USAGE, "invalid module version syntax \"%.*s\"", MF_FMT(typed));
    if (query.p[0] == '-' || query.p[0] == '/')
        return mf_err_set(err, MF_E_USAGE, "invalid module version \"%.*s\"", MF_FMT(query));
    if (mf_str_eq(query, MF_LIT("none"))) {
        mf_err_set(err, MF_E_USAGE, "invalid version: \"none\" takes a requirement away, and a root is one");
        return mf_err_next(err, "name a version, or leave the root out");
    }
    return 0;
}

int mf_rootquery_load(struct mf_queries *queries, const char *typed, const struct mf_settings *settings,
                      struct mf_root *out, struct mf_arena *arena, struct mf_err *err)
{
    if (!mf_root_is_query(typed))
        return mf_root_load(typed, settings, out, arena, err);
    struct mf_query query = {.package = true, .rules = MF_QUERY_GET};
    struct mf_query_result found;
    query.path = mf_str_cut(mf_str(typed), '@', &query.text);
    if (check_words(mf_str(typed), query.path, query.text, err) < 0 || mf_query_run(queries, &query, &found, err) < 0 ||
        mf_root_of_module(typed, found.module, out, arena, err) < 0)
        return mf_err_prefix(err, "root %s", typed);
    return 0;
}

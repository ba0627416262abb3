/* Roots of the form path@query.
 *
 * The path is that of a module or of a package below one: as `go get` and
 * `go install` do, its prefixes are asked for, the longest first, and one that a
 * proxy does not know (404 or 410) is no module. Unlike go, no zip is looked into:
 * the longest known module is the answer even where it lacks the package.
 *
 * A root is required by nothing else yet, so @upgrade is @latest and @patch has
 * nothing to start from.
 */
#ifndef MF_ROOTQUERY_H
#define MF_ROOTQUERY_H

#include "bundle/query.h"
#include "bundle/root.h"

/* As mf_root_load, but path@query is resolved first: out->module has the
 * resolved version, out->typed what was typed. MF_E_USAGE for text that is no
 * query, `none` included; the errors of mf_query_run. */
int mf_rootquery_load(struct mf_queries *queries, const char *typed, const struct mf_settings *settings,
                      struct mf_root *out, struct mf_arena *arena, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* GOVCS: which version control systems may be used for which modules.
 *
 * Rules: GOROOT/src/cmd/go/internal/vcs/vcs.go (parseGOVCS, allow). A list of
 * PATTERN:VCS|VCS..., of which the first pattern that matches counts; `private`
 * is what GOPRIVATE matches, `public` all else, and behind the list stand
 * private:all and public:git|hg.
 */
#ifndef MF_GOVCS_H
#define MF_GOVCS_H

#include "formats/base/err.h"
#include "formats/base/str.h"

/* MF_E_USAGE with go's words for a value that is malformed. */
int mf_govcs_check(struct mf_str value, struct mf_err *err) MF_NONNULL_ARGS(2) MF_NODISCARD;

/* Whether `vcs` ("git", "hg", ...) may be used for what lies below the import path
 * `root`. The value has passed the check. */
bool mf_govcs_allows(struct mf_str value, struct mf_str goprivate, struct mf_str root, struct mf_str vcs);

#endif

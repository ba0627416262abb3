/* The go-import lines of a page: <meta name="go-import" content="PREFIX VCS URL [SUBDIR]">.
 *
 * Rules: GOROOT/src/cmd/go/internal/vcs/discovery.go (parseMetaGoImports), whose
 * XML reader is not strict: tags need not be closed, attributes need no quotes.
 * Names are compared without case; </head> and <body> end the search. Where the
 * page is no markup any more, what was found before counts.
 */
#ifndef MF_METATAGS_H
#define MF_METATAGS_H

#include "formats/base/arena.h"

#define MF_METATAGS_MAX 1000 /* go-import lines of a page that are looked at */

struct mf_metatag {
    struct mf_str prefix, vcs, url;
    struct mf_str subdir; /* or empty */
};

/* Reads a page. Lines of the vcs "mod" come first, and those that have a prefix
 * in common with one of them are left out. Slices live in the arena. MF_E_LIMIT
 * for more than MF_METATAGS_MAX lines, MF_E_NOMEM. */
int mf_metatags_parse(struct mf_str page, struct mf_metatag **out, size_t *count_out, struct mf_arena *arena,
                      struct mf_err *err) MF_NONNULL_ARGS(2, 3, 4, 5) MF_NODISCARD;

#endif

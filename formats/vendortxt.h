/* vendor/modules.txt: what `go mod vendor` or `go work vendor` wrote down.
 *
 * Rules: GOROOT/src/cmd/go/internal/modload/vendor.go (readVendorList) and
 * init.go (modulesTextIsForWorkspace). As in go, a line that is not understood
 * is passed over, so there is no malformed file.
 *
 *     ## workspace                            only in a workspace, first line
 *     # example.com/a v1.0.0 => ../a          a module, maybe with its replacement
 *     ## explicit; go 1.21                    what is known of it
 *     example.com/a/pkg                       its packages
 *     # example.com/b => example.com/c v1.1.0 a replacement of all versions
 */
#ifndef MF_VENDORTXT_H
#define MF_VENDORTXT_H

#include "formats/base/arena.h"
#include "formats/modpath.h"

#define MF_VENDORTXT_MAX (16 * MF_MIB) /* bytes of the file */

struct mf_vendortxt_module {
    struct mf_module id;          /* version empty: stands for a replacement of all versions */
    struct mf_module replacement; /* path empty: none; version empty: a directory, as written */
    struct mf_str go;             /* its go version, or empty */
    bool is_explicit;             /* a main module requires it */
    bool vendored;                /* has packages, and no higher version of it had before */
};

struct mf_vendortxt {
    bool is_workspace;
    struct mf_vendortxt_module *modules; /* in the order of the file, each once */
    size_t count;
    struct mf_vendortxt_module **sorted; /* bytewise by path and version */
};

/* Parses `text`; slices live in the arena. MF_E_LIMIT above MF_VENDORTXT_MAX,
 * MF_E_NOMEM. */
int mf_vendortxt_parse(struct mf_vendortxt *out, struct mf_str text, struct mf_arena *arena,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The record of a module, or NULL. */
const struct mf_vendortxt_module *mf_vendortxt_find(const struct mf_vendortxt *txt, struct mf_module id) MF_NONNULL;

#endif

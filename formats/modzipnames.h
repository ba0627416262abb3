/* The rules for what a module zip may hold, applied to its list of entries
 * (GOROOT/src/cmd/vendor/golang.org/x/mod/zip/zip.go, checkZip): prefix, valid
 * file paths, no two names that fold to one, no file that is also a directory,
 * go.mod at the root only and spelled so, limits on sizes. Beyond checkZip,
 * and as the text of that package demands, files are regular.
 */
#ifndef MF_MODZIPNAMES_H
#define MF_MODZIPNAMES_H

#include "formats/modpath.h"
#include "formats/zipdir.h"

struct mf_modzipnames {
    size_t prefix;        /* length of "path@version/" */
    uint64_t files, size; /* number of files, sum of their sizes in bytes */
    bool directories;     /* some entry is a directory */
};

/* Checks all entries as those of module m, whose path and version are valid.
 * MF_E_MODZIP with the first entry that breaks a rule; MF_E_NOMEM. */
int mf_modzipnames_check(const struct mf_zipdir *dir, struct mf_module m, struct mf_modzipnames *out,
                         struct mf_err *err) MF_NONNULL_ARGS(1, 3, 4) MF_NODISCARD;

#endif

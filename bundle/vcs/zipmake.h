/* The zip of a module, made of the archive of its directory in a repository: byte
 * for byte what `go` makes of it.
 *
 * Rules: GOROOT/src/cmd/vendor/golang.org/x/mod/zip/zip.go (checkFiles, Create),
 * modfetch/coderepo.go (Zip), GOSPEC section 5.3. Left out are modules in
 * directories of their own, packages in vendor directories, links and other things
 * that are no files. What is in goes in the order of the archive; a LICENSE
 * of the repository's root comes last where the module has none.
 */
#ifndef MF_ZIPMAKE_H
#define MF_ZIPMAKE_H

#include "formats/modzip.h"

struct mf_zipmake {
    int archive;             /* a zip, of which names begin with one directory */
    struct mf_module module; /* what is made */
    struct mf_str dir;       /* where in the archive it is; empty: at its top */
    struct mf_str gomod;     /* its go.mod, which says which rules count; empty where there is none */
    bool has_license;
    struct mf_str license; /* of the root of the repository */
    int out;               /* gets the zip */
};

/* MF_E_MODZIP where a file has a name that Go refuses, or is too large; MF_E_LIMIT
 * past the limits of modnames.h and zipdir.h; those of reading and writing. */
int mf_zipmake_write(const struct mf_zipmake *make, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* The closure of packages: which zips a level needs.
 *
 * Rules: GOSPEC sections 3.3 to 3.7; GOROOT/src/cmd/go/internal/modload/
 * load.go and import.go. Starting from the packages of the main modules (for a
 * root `path@version`: those of that module), imports are followed through
 * package indexes (formats/pkgindex.h). For each import path, every module whose
 * path is a prefix of it is needed, provider or not: first those that the main
 * module requires, then, where these have no such package, those of the whole
 * build list. Zips are asked for as the walk gets to them, and nothing else is.
 * Where the packages of a zip are not known (held content), an import that it may
 * provide counts as provided; one that is absent remembers who wants it.
 */
#ifndef MF_PACKAGES_H
#define MF_PACKAGES_H

#include "bundle/graph.h"
#include "bundle/zips.h"
#include "formats/buildtags.h"
#include "formats/manifest.h"

/* An import that nothing provides, or nothing that go lets provide it. */
struct mf_packages_missing {
    struct mf_str path;     /* the import path */
    struct mf_str importer; /* package that imports it */
    bool from_main;         /* a package of a main module does, or go.mod is to blame */
    bool ambiguous;         /* several modules have it: `found` names them */
    struct mf_str found;
    struct mf_module implicit; /* has it, but go.mod does not require that module; else empty */
};

/* A zip that is needed. */
struct mf_packages_zip {
    struct mf_module id; /* as it travels: a replacement under its own path */
    enum mf_level level; /* the lowest that needs it */
};

struct mf_packages_options {
    enum mf_level level;                       /* build, test or tidy */
    const struct mf_buildtags_target *targets; /* each is followed by itself, the results are united */
    size_t target_count;                       /* >= 1 */
    struct mf_str go;                          /* release whose standard library counts */
};

struct mf_packages {
    struct mf_packages_zip *zips; /* needed; no order, no repetitions */
    size_t zip_count;
    struct mf_packages_missing *missing;
    size_t missing_count;
    size_t packages; /* module packages in the closure, those of the main modules included */
};

/* Walks the packages of `graph`'s root; `zips` fetches what is needed. Results
 * live in the arena. What is missing is listed, not refused: the caller knows
 * what it means. The errors are those of fetching, and of reading the root's
 * directories. */
int mf_packages_close(const struct mf_graph *graph, struct mf_zips *zips, const struct mf_packages_options *options,
                      struct mf_packages *out, struct mf_arena *arena, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

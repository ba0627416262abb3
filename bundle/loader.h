/* The walk over the packages of a closure, as its files share it: packages.c
 * follows imports, providers.c finds the module that provides a package,
 * mainpackages.c names the packages that the walk begins with. Internal to
 * bundle/.
 */
#ifndef MF_LOADER_H
#define MF_LOADER_H

#include "bundle/packages.h"

/* At most this many packages in a closure; the largest known have some ten
 * thousands. */
enum { MF_LOADER_PACKAGES_MAX = 4000000 };

#define MF_LOADER_NOT_NEEDED MF_LEVEL_ALL /* level all is not followed */

/* A module of the build list, or a main module, with its packages. */
struct mf_source {
    struct mf_str path;      /* module path as required */
    struct mf_module actual; /* what takes its place; version empty: a directory */
    struct mf_pkgindex index;
    bool ready;
    struct mf_zip *unknown; /* its zip where that is absent or unread: nobody knows its packages */
    struct mf_buf bytes;    /* of a directory's index */
};

/* A package, by import path. */
struct mf_package {
    struct mf_str path;
    struct mf_str importer; /* the first one; rather one of a main module */
    bool importer_in_main;
    bool imported_by_main;          /* by a package of a main module, not by a tool line */
    struct mf_str found;            /* the modules that have it, where several do */
    const struct mf_source *source; /* that provides it; NULL: none */
    bool unknown;                   /* a module may have it whose packages are not known */
    struct mf_pkgindex_dir dir;
    bool in_main;       /* of a main module, or of the root path@version */
    bool imports_taken; /* its imports are in the closure */
    bool tests_taken;   /* those of its tests as well */
};

struct mf_loader {
    const struct mf_graph *graph;
    struct mf_zips *zips;
    const struct mf_packages_options *options;
    const struct mf_buildtags_target *target;
    struct mf_packages *out;
    struct mf_arena *arena;
    struct mf_arena scratch;   /* packages of one target */
    struct mf_source *sources; /* by position in the build list, then main modules, then directories */
    size_t source_count;
    void *packages;           /* search tree of struct mf_package by path */
    struct mf_package **list; /* the same in order of discovery */
    size_t count, cap;
    size_t all; /* the first ones of the list are what main modules and their tests import, to the end */
    struct mf_package **waiting; /* whose provider is not known yet */
    size_t waiting_count, waiting_cap;
    struct mf_module *wanted; /* zips to fetch next */
    size_t wanted_count, wanted_cap;
    size_t zip_cap, missing_cap;
    enum mf_level stage;   /* what is being added */
    enum mf_level *needed; /* by source: the lowest level that needs its zip; MF_LOADER_NOT_NEEDED */
};

/* Fills in l->sources and l->needed: the build list in its order, so that it can
 * be searched, main modules behind it, which are indexed. */
int mf_loader_sources(struct mf_loader *l, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The source of a module path among the main modules and the build list; with
 * `roots_only`, among what the main module requires. NULL: none. */
struct mf_source *mf_loader_find(struct mf_loader *l, struct mf_str path, bool roots_only) MF_NONNULL_ARGS(1);

/* Makes a source's index available: 1, 0 where its zip has to be fetched, for
 * which it is noted in l->wanted; -1. */
int mf_loader_open(struct mf_loader *l, struct mf_source *s, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Finds the provider of a package (importFromModules in GOROOT/src/cmd/go/
 * internal/modload/import.go): 1 with what was found in *p, also where nothing
 * was; 0 where zips have to be fetched first; -1. */
int mf_loader_provide(struct mf_loader *l, struct mf_package *p, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* True for a main module; s may be NULL. */
bool mf_loader_is_main(const struct mf_loader *l, const struct mf_source *s) MF_NONNULL_ARGS(1);

/* The package of that path, made where it is new; `importer` may be NULL. NULL
 * with the error set where memory is short. */
struct mf_package *mf_loader_package(struct mf_loader *l, struct mf_str path, const struct mf_package *importer,
                                     struct mf_err *err) MF_NONNULL_ARGS(1, 4) MF_NODISCARD;

/* *out: go reads the imports of this file on the target. */
int mf_loader_file_counts(struct mf_loader *l, const struct mf_pkgindex_file *f, bool *out,
                          struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Adds the packages that the walk begins with: those of the main modules, as
 * "./..." names them, and their tools; or those of the module that a root
 * path@version names. */
int mf_loader_start(struct mf_loader *l, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

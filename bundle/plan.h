/* The plan: which module versions travel, decided before anything big is
 * fetched, and then only followed.
 *
 *     mf_plan_make      roots -> graphs -> the set of modules     (needs .mod files)
 *     mf_plan_sizes     how large the zips are                (asks proxies, fetches nothing)
 *     mf_plan_fetch     .info files and zips into the store; every zip checked
 *     mf_planproof_make     every hash against the checksum database (planproof.h)
 *
 * Every level (DESIGN section 7) carries the go.mod of every module of a root's
 * build list and of every one that takes part in the graph. Levels differ in
 * zips: build, test and tidy take those that their packages need (packages.h),
 * tidy from go 1.17 on also those of the requirements, all those of the whole
 * build list. At go 1.17, tidy and all have what packages need in the graph
 * without pruning too.
 * `go get path@version` makes requirements of dependencies, which ones depends
 * on what will be imported; so a root `path@version` carries the go.mod of every
 * version that can come to be mentioned, and at level all the zips for the case
 * that all of the build list is required, where a proxy has them. Replaced
 * modules travel as their replacement. Toolchains are modules like others, but
 * that nobody requires them: they travel where they are asked for.
 *
 * A plan can also be made of content that is held already (upstream.h). Then
 * nothing is refused for being absent: a go.mod that is not held counts as an
 * empty one, what go refuses is listed, and mf_plan_gaps says
 * what of the plan is not there.
 */
#ifndef MF_PLAN_H
#define MF_PLAN_H

#include "bundle/graph.h"
#include "bundle/missingsums.h"
#include "bundle/packages.h"
#include "bundle/query.h"
#include "bundle/toolchains.h"
#include "bundle/zips.h"
#include "formats/manifest.h"

struct mf_sumdb_record;

/* How much a file is wanted. */
enum mf_plan_need {
    MF_NEED_NOT,
    MF_NEED_IF_THERE, /* left out where no proxy has it */
    MF_NEED_FIRMLY,
};

#define MF_PLAN_NO_ZIP ((unsigned)MF_LEVEL_ALL + 1)

struct mf_plan_module {
    struct mf_module id;
    enum mf_plan_need mod, zip_need;
    unsigned zip_level; /* lowest enum mf_level whose bundles hold its zip, as far as the plan's level tells */
    uint64_t zip_size;  /* bytes, after mf_plan_sizes; UINT64_MAX where nobody says */
    bool only_mod;      /* no zip travels */
    const struct mf_modfile *file; /* its go.mod */
    struct mf_str time;            /* of its .info; empty where the proxy has none */
    const struct mf_zip *zip;      /* after mf_plan_fetch; NULL where only_mod */
    const struct mf_sumdb_record
        *record;                 /* after mf_planproof_make (planproof.h), where the checksum database covers it */
    struct mf_str not_covered;   /* why not, where it does not */
    struct mf_query_notes notes; /* retracted, deprecated: where it was looked up (retractions.h) */
};

/* Progress: what is being done, and how far it is. */
typedef void mf_plan_progress(void *ctx, const char *phase, uint64_t done, uint64_t total);

struct mf_plan_options {
    enum mf_level level;
    const struct mf_str *platforms, *tags; /* of levels build and test; sorted; no platform: any */
    size_t platform_count, tag_count;
    const struct mf_str *toolchains; /* to carry, as mf_toolchains_expand gives them */
    size_t toolchain_count;
    struct mf_str go;           /* release past the gap; empty: from the highest line of the roots on */
    bool prove;                 /* as_zip of the zips is needed (zips.h) */
    unsigned threads;           /* for hashing, >= 1 */
    mf_plan_progress *progress; /* may be NULL */
    void *progress_ctx;
    const volatile int *stop; /* a signal number once the user interrupts; may be NULL */
};

struct mf_plan {
    struct mf_root *roots; /* sorted by module, as the manifest lists them */
    size_t root_count;
    struct mf_str *typed; /* the roots path@query as typed, in their order; several may name one module */
    size_t typed_count;
    struct mf_graph *graphs;             /* graphs[i] is that of roots[i] */
    struct mf_missingsums *missing_sums; /* of roots[i]; at level all the zips come with mf_plan_fetch */
    enum mf_level level;
    struct mf_str go;               /* highest go or toolchain line of the roots, "1.21.3" */
    struct mf_plan_module *modules; /* sorted by mf_module_order */
    size_t count, cap;
    size_t zips;                      /* modules with a zip */
    size_t unresolved;                /* imports in dependencies that no module provides, or several */
    struct mf_str unresolved_example; /* "IMPORTER imports PATH", the first of them */
    struct mf_str *refused;           /* of held content: why go refuses the project, a line each */
    size_t refused_count, refused_cap;
    size_t left_out; /* wanted if there, and no proxy has them */
    const struct mf_plan_options *options;
    struct mf_upstream *upstream;
    struct mf_queries queries;
    struct mf_modfiles files;
    struct mf_zips zips_held;
    struct mf_arena arena;
};

/* Decides the set. `upstream` and `options` must outlive the plan. Release the
 * plan whatever the result is. MF_E_HASH where a go.mod differs from go.sum;
 * MF_E_CLOSURE, MF_E_GOMOD, and the errors of fetching and of queries
 * (rootquery.h). Roots path@query that turn out to be one module count once. */
int mf_plan_make(struct mf_plan *plan, const char *const *roots, size_t root_count, struct mf_upstream *upstream,
                 struct mf_plan_options *options, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Fills in zip_size of every module that has a zip_level: from the store, else by
 * asking the proxies, unless `offline` is set. MF_E_INTERRUPTED, MF_E_TERMINATED and the errors of the local file
 * system; what no proxy says stays unknown. */
int mf_plan_sizes(struct mf_plan *plan, bool offline, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* What the zips of a level have in common. */
struct mf_plan_sum {
    size_t zips;
    uint64_t bytes; /* of those whose size is known */
    size_t unknown; /* zips whose size is not */
};

/* The zips that a bundle of `level` would hold, after mf_plan_sizes. Known for
 * the levels up to the plan's own, and for all where that is tidy or all. */
struct mf_plan_sum mf_plan_sum(const struct mf_plan *plan, enum mf_level level) MF_NONNULL;

/* Fetches what the store does not hold, and checks every zip (zips.h). */
int mf_plan_fetch(struct mf_plan *plan, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* A file that the plan wants and that is not held. */
struct mf_plan_gap {
    struct mf_module module;
    enum mf_file_kind kind;
    struct mf_str wanted_by; /* who wants it: a package, a main module or another module; may be empty */
    struct mf_str import;    /* what that package imports; empty where it is no package */
};

/* For a plan of held content: everything that it wants and that is not held, in
 * the order of its modules. With a go.mod missing, what that module requires is
 * not known, and the list may be too short. Zips that are held are compared with
 * go.sum on the way: MF_E_HASH. At level all no zip is read where its h1 is known,
 * and imports of the main modules are looked at by their paths alone. The list
 * lives in the plan's arena. */
int mf_plan_gaps(struct mf_plan *plan, struct mf_plan_gap **out, size_t *count_out,
                 struct mf_err *err) MF_NONNULL MF_NODISCARD;

void mf_plan_release(struct mf_plan *plan) MF_NONNULL;

#endif

/* The roots and the options that decide a closure, for resolve, pack and fits. */
#ifndef MF_CLOSUREARG_H
#define MF_CLOSUREARG_H

#include <jansson.h>

#include "bundle/needsgo.h"
#include "bundle/planproof.h"
#include "cmd/cli.h"
#include "cmd/netarg.h"
#include "cmd/rootsfile.h"
#include "cmd/tracearg.h"

/* The options, for a command's table. */
#define MF_CLOSUREARG_OPTIONS                                                                                          \
    {"level", 'l', "build|test|tidy|all", "what go must be able to do past the gap (default: tidy)", false},           \
        {"platform", 0, "LIST",                                                                                        \
         "levels build and test: the os/arch pairs to follow, joined by commas (default: every one)", false},          \
        {"tags", 0, "LIST", "with --platform: build tags that hold, joined by commas (default: every tag, both ways)", \
         false},                                                                                                       \
        {"go", 0, "1.N", "release of go past the gap (default: the highest go line of the roots, and later ones)",     \
         false},                                                                                                       \
        {"toolchain", 0, "LIST", "Go releases to carry: go1.N.P or go1.N.P.os-arch, joined by commas", false},         \
        {"roots", 0, "FILE", "more roots, one a line; a # begins a comment; - is standard input", false},              \
        {"retractions", 0, NULL, "look up which versions are retracted or deprecated by their authors", false},        \
        MF_NETARG_OPTIONS, MF_TRACEARG_OPTIONS, MF_CLIARGS_JOBS, MF_PROGRESS_OPTIONS

struct mf_closurearg {
    struct mf_upstream upstream;
    struct mf_plan plan;
    struct mf_plan_options options;
    struct mf_needsgo needs_go;
    struct mf_planproof proof;
    struct mf_rootsfile roots; /* of --roots */
    struct mf_arena arena;     /* of the targets in options */
    struct mf_progress progress;
    struct mf_tracearg trace;
};

#define MF_CLOSUREARG_INIT                                                                                             \
    ((struct mf_closurearg){.upstream = MF_UPSTREAM_INIT,                                                              \
                            .proof = MF_PLANPROOF_INIT,                                                                \
                            .progress = MF_PROGRESS_INIT,                                                              \
                            .trace = MF_TRACEARG_INIT,                                                                 \
                            .roots = MF_ROOTSFILE_INIT,                                                                \
                            .arena = MF_ARENA_INIT(MF_MIB)})

/* Reads the options, opens upstream and makes the plan; warns on stderr about
 * what is retracted or deprecated, and names a toolchain that will be wanted
 * past the gap. `c` must not move afterwards. */
int mf_closurearg_plan(const struct mf_cli_args *args, struct mf_closurearg *c,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Sets "needs_go" of *document, {"toolchain", "because"}, where there is
 * something to say (needsgo.h). As mf_output_set. */
void mf_closurearg_set_needs_go(const struct mf_closurearg *c, json_t **document) MF_NONNULL;

/* As mf_closurearg_plan, for one root and of held content alone, with what is
 * missing (mf_plan_gaps). What c->options has of level, platforms and tags counts
 * where --level, --platform and --tags do not say otherwise. */
int mf_closurearg_held(const struct mf_cli_args *args, const char *root, const struct mf_held *held,
                       struct mf_closurearg *c, struct mf_plan_gap **gaps_out, size_t *count_out,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Prints a line `root PATH@VERSION (as typed)` for each root that a query found. */
void mf_closurearg_print_roots(const struct mf_closurearg *c) MF_NONNULL;

/* Fetches what the plan names, checks it, and has the checksum database prove it;
 * warns on stderr about what neither go.sum nor the database vouches for. */
int mf_closurearg_fetch(struct mf_closurearg *c, const struct mf_planproof_options *proof,
                        struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Looks at the go.sum lines that roots lack: MF_E_MISSING_SUM with `refuse`, else
 * a warning. At level all zips count only after mf_closurearg_fetch. */
int mf_closurearg_sums(const struct mf_closurearg *c, bool refuse, struct mf_err *err) MF_NONNULL MF_NODISCARD;

void mf_closurearg_release(struct mf_closurearg *c) MF_NONNULL;

#endif

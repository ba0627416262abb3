/* The module graph of a root, and the build list that minimal version selection
 * takes from it.
 *
 * Rules: GOSPEC sections 3.1 and 3.2; GOROOT/src/cmd/go/internal/modload/
 * buildlist.go (readModGraph) and mvs/. With pruning, the requirements of a
 * module at go 1.17 or higher count but are not followed; below an unpruned
 * module everything is followed. In a workspace every main module counts with
 * its own go line, and what they come to use at a higher version than they
 * require is followed like a main module.
 *
 * Loading is split so that several graphs can load in one run of the fetcher:
 *
 *     mf_graph_start(&a, ...); mf_graph_start(&b, ...);
 *     mf_fetch_run(fetch, err);
 *     mf_graph_finish(&a, err); mf_graph_finish(&b, err);
 */
#ifndef MF_GRAPH_H
#define MF_GRAPH_H

#include "bundle/modfiles.h"

struct mf_graph_visit;

/* A module version of the graph. "go" and "toolchain" are nodes too, as in
 * `go mod graph`, but never loaded. */
struct mf_graph_node {
    struct mf_module id;
    struct mf_module actual;      /* what takes its place; version empty: a directory, or a main module */
    const struct mf_gomod *local; /* go.mod of a main module or a directory; NULL for others */
    struct mf_modfile *file;      /* go.mod of others once loaded */
    bool loaded;                  /* its requirements are edges */
    bool followed[3];             /* visited in mode [pruned, unpruned, workspace] */
    bool walked;                  /* used by walks */
    struct mf_graph_node **edges; /* requirements in the order of go.mod, excluded ones left out */
    size_t edge_count;
};

struct mf_graph {
    const struct mf_root *root;
    struct mf_modfiles *files;
    bool unpruned;                /* every module is followed */
    bool optional;                /* a go.mod that no proxy has is taken for an empty one */
    struct mf_graph_node **roots; /* main modules, sorted; in a workspace go and toolchain as well */
    size_t root_count;
    struct mf_graph_node **nodes; /* in order of discovery */
    size_t count, cap;
    struct mf_graph_node **sorted; /* by path and version, while selecting */
    size_t sorted_count, sorted_cap;
    void *tree;                   /* search tree of nodes by id */
    struct mf_graph_visit **todo; /* visits whose go.mod may be here */
    size_t todo_count, todo_cap;
    struct mf_module *build_list; /* without main modules, go and toolchain; sorted by path */
    size_t build_list_count;
    struct mf_arena arena;
};

#define MF_GRAPH_INIT ((struct mf_graph){.arena = MF_ARENA_INIT(1024 * MF_MIB)})

void mf_graph_release(struct mf_graph *g) MF_NONNULL;

/* Starts loading the graph of `root` from the requirements of its main modules,
 * or, where `requirements` is not NULL, from those instead (not for
 * workspaces). A main module is unpruned where its go line is below 1.17, or
 * where g->unpruned was set; g->optional may be set before as well. */
int mf_graph_start(struct mf_graph *g, const struct mf_root *root, struct mf_modfiles *files,
                   const struct mf_module *requirements, size_t requirement_count, struct mf_err *err)
    MF_NONNULL_ARGS(1, 2, 3, 6) MF_NODISCARD;

/* Selects the build list; all files must have arrived. For a workspace, which
 * has to see what is selected to know what else to load, it may run the fetcher
 * again. */
int mf_graph_finish(struct mf_graph *g, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Told of each edge; -1 ends the walk. */
typedef int mf_graph_edge(void *ctx, const struct mf_graph_node *from, const struct mf_graph_node *to,
                          struct mf_err *err);

/* Walks over the edges as `go mod graph` prints them: breadth first. A main
 * module's requirement on itself, and one that it repeats, are left out. */
int mf_graph_walk(struct mf_graph *g, mf_graph_edge *edge, void *ctx, struct mf_err *err)
    MF_NONNULL_ARGS(1, 2, 4) MF_NODISCARD;

/* Appends the graph in the form of `go mod graph`: a line "m r" per edge. */
int mf_graph_write(struct mf_graph *g, struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* True for a module version that proxies can have: not the main module, not a
 * directory, not "go" or "toolchain". */
bool mf_graph_is_module(const struct mf_graph_node *node) MF_NONNULL;

/* True where imports are looked for among the requirements of the main module
 * first: outside of workspaces, and where the graph is pruned. */
bool mf_graph_is_lazy(const struct mf_graph *g) MF_NONNULL;

/* The selected version of a path that is in the graph; empty for a main module.
 * The graph is finished. */
struct mf_str mf_graph_selected(const struct mf_graph *g, struct mf_str path) MF_NONNULL;

/* True where the main module itself requires this version. */
bool mf_graph_is_root(const struct mf_graph *g, struct mf_module m) MF_NONNULL;

/* True where packages of a main module may import from m: the main module
 * requires it; in a workspace, its requirements are part of the graph. */
bool mf_graph_is_explicit(const struct mf_graph *g, struct mf_module m) MF_NONNULL;

#endif

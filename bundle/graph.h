/* The module graph of a root, and the build list that minimal version selection
 * takes from it.
 *
 * Rules: GOSPEC sections 3.1 and 3.2; GOROOT/src/cmd/go/internal/modload/
 * buildlist.go (readModGraph) and mvs/. With pruning, the requirements of a
 * module at go 1.17 or higher count but are not followed; below an unpruned
 * module everything is followed.
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
    struct mf_module actual;      /* what takes its place; version empty: a directory, or the main module */
    struct mf_modfile *file;      /* its go.mod once loaded; NULL for directories */
    bool loaded;                  /* its requirements are edges */
    bool followed[2];             /* visited in [pruned, unpruned] mode */
    bool walked;                  /* used by walks */
    struct mf_graph_node **edges; /* requirements in the order of go.mod, excluded ones left out */
    size_t edge_count;
};

struct mf_graph {
    const struct mf_root *root;
    struct mf_modfiles *files;
    bool unpruned; /* every module is followed */
    bool optional; /* a go.mod that no proxy has is taken for an empty one */
    struct mf_graph_node *main;
    struct mf_graph_node **nodes; /* in order of discovery, main first */
    size_t count, cap;
    void *tree;                   /* search tree of nodes by id */
    struct mf_graph_visit **todo; /* visits whose go.mod may be here */
    size_t todo_count, todo_cap;
    struct mf_module *build_list; /* without main, go and toolchain; sorted by path */
    size_t build_list_count;
    struct mf_arena arena;
};

#define MF_GRAPH_INIT ((struct mf_graph){.arena = MF_ARENA_INIT(1024 * MF_MIB)})

void mf_graph_release(struct mf_graph *g) MF_NONNULL;

/* Starts loading the graph of `root` from the requirements of its main module,
 * or, where `requirements` is not NULL, from those instead. The graph is
 * unpruned where the main module is (go below 1.17) or g->unpruned was set;
 * g->optional may be set before as well. */
int mf_graph_start(struct mf_graph *g, const struct mf_root *root, struct mf_modfiles *files,
                   const struct mf_module *requirements, size_t requirement_count, struct mf_err *err)
    MF_NONNULL_ARGS(1, 2, 3, 6) MF_NODISCARD;

/* Selects the build list; all files must have arrived. */
int mf_graph_finish(struct mf_graph *g, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends the graph in the form of `go mod graph`: a line "m r" per edge,
 * breadth first. */
int mf_graph_write(struct mf_graph *g, struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* True for a module version that proxies can have: not the main module, not a
 * directory, not "go" or "toolchain". */
bool mf_graph_is_module(const struct mf_graph_node *node) MF_NONNULL;

/* The go version of a main module for pruning: its go line, else 1.16. */
struct mf_str mf_graph_go_version(const struct mf_gomod *gomod) MF_NONNULL;

#endif

/* Module graphs as input for programs that draw.
 *
 * Several graphs become one picture: their union, in which a module version
 * counts as selected where one of the graphs selects it. Nodes and edges are
 * sorted, so the text does not depend on the order of the graphs. "go" and
 * "toolchain", which nearly every module requires, are left out.
 */
#ifndef MF_GRAPHDRAW_H
#define MF_GRAPHDRAW_H

#include "bundle/graph.h"

enum mf_graphdraw {
    MF_GRAPHDRAW_DOT,    /* Graphviz: a digraph; what is not selected is dashed */
    MF_GRAPHDRAW_MERMAID /* a flowchart; what is not selected has class "passed" */
};

/* Appends the text of the graphs, which are finished. MF_E_LIMIT above two
 * million nodes or edges. */
int mf_graphdraw_write(struct mf_graph *graphs, size_t count, enum mf_graphdraw form, struct mf_buf *out,
                       struct mf_err *err) MF_NONNULL_ARGS(1, 4, 5) MF_NODISCARD;

#endif

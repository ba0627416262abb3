#include "bundle/graphdraw.h"

#include <stdlib.h>

#define ITEMS_MAX 2000000

/* How a module version is drawn; more counts where graphs differ. */
enum look { PASSED, SELECTED, MAIN };

struct node {
    struct mf_module id;
    enum look look;
};

struct edge {
    struct mf_module from, to;
};

struct picture {
    const struct mf_graph *graph; /* the one that is walked over */
    struct node *nodes;           /* once sorted, one for each module version */
    size_t node_count, node_cap;
    struct edge *edges;
    size_t edge_count, edge_cap;
};

static void release(struct picture *p)
{
    free(p->nodes);
    free(p->edges);
}

static bool is_go(struct mf_module id)
{
    return mf_str_eq(id.path, MF_LIT("go")) || mf_str_eq(id.path, MF_LIT("toolchain"));
}

static int add_node(struct picture *p, struct mf_module id, struct mf_err *err)
{
    enum look look = PASSED;
    if (mf_grow(&p->nodes, &p->node_cap, p->node_count + 1, sizeof(*p->nodes), ITEMS_MAX, err) < 0)
        return -1;
    if (id.version.n == 0)
        look = MAIN;
    else if (mf_str_eq(mf_graph_selected(p->graph, id.path), id.version))
        look = SELECTED;
    p->nodes[p->node_count++] = (struct node){id, look};
    return 0;
}

/* An mf_graph_edge. */
static int add_edge(void *ctx, const struct mf_graph_node *from, const struct mf_graph_node *to, struct mf_err *err)
{
    struct picture *p = ctx;
    if (is_go(from->id) || is_go(to->id))
        return 0;
    if (mf_grow(&p->edges, &p->edge_cap, p->edge_count + 1, sizeof(*p->edges), ITEMS_MAX, err) < 0)
        return -1;
    p->edges[p->edge_count++] = (struct edge){from->id, to->id};
    return add_node(p, to->id, err);
}

static int by_node(const void *a, const void *b)
{
    return mf_module_order(((const struct node *)a)->id, ((const struct node *)b)->id);
}

static int by_edge(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    int c = mf_module_order(x->from, y->from);
    return c ? c : mf_module_order(x->to, y->to);
}

static void sort(struct picture *p)
{
    size_t kept = 0;
    if (p->node_count)
        qsort(p->nodes, p->node_count, sizeof(*p->nodes), by_node);
    for (size_t i = 0; i < p->node_count; i++) {
        if (kept && by_node(&p->nodes[kept - 1], &p->nodes[i]) == 0)
            p->nodes[kept - 1].look =
                p->nodes[i].look > p->nodes[kept - 1].look ? p->nodes[i].look : p->nodes[kept - 1].look;
        else
            p->nodes[kept++] = p->nodes[i];
    }
    p->node_count = kept;
    kept = 0;
    if (p->edge_count)
        qsort(p->edges, p->edge_count, sizeof(*p->edges), by_edge);
    for (size_t i = 0; i < p->edge_count; i++)
        if (kept == 0 || by_edge(&p->edges[kept - 1], &p->edges[i]) != 0)
            p->edges[kept++] = p->edges[i];
    p->edge_count = kept;
}

/* The main module's path comes from a file of the user: any bytes but blanks. */
static void put_escaped(struct mf_buf *out, struct mf_str s, enum mf_graphdraw form)
{
    for (size_t i = 0; i < s.n; i++) {
        if (form == MF_GRAPHDRAW_MERMAID && (s.p[i] == '"' || s.p[i] == '#'))
            mf_buf_fmt(out, "#%d;", s.p[i]);
        else if (form == MF_GRAPHDRAW_DOT && (s.p[i] == '"' || s.p[i] == '\\'))
            mf_buf_fmt(out, "\\%c", s.p[i]);
        else
            mf_buf_byte(out, s.p[i]);
    }
}

static void put_id(struct mf_buf *out, struct mf_module id, enum mf_graphdraw form)
{
    mf_buf_byte(out, '"');
    put_escaped(out, id.path, form);
    if (id.version.n) {
        mf_buf_byte(out, '@');
        put_escaped(out, id.version, form);
    }
    mf_buf_byte(out, '"');
}

static void put_dot(const struct picture *p, struct mf_buf *out)
{
    static const char *const looks[] = {
        [PASSED] = " [style=dashed, color=gray50, fontcolor=gray50]", [SELECTED] = "", [MAIN] = " [style=bold]"};
    mf_buf_str(out, MF_LIT("digraph modules {\n\trankdir=LR;\n\tnode [shape=box];\n"));
    for (size_t i = 0; i < p->node_count; i++) {
        mf_buf_byte(out, '\t');
        put_id(out, p->nodes[i].id, MF_GRAPHDRAW_DOT);
        mf_buf_fmt(out, "%s;\n", looks[p->nodes[i].look]);
    }
    for (size_t i = 0; i < p->edge_count; i++) {
        mf_buf_byte(out, '\t');
        put_id(out, p->edges[i].from, MF_GRAPHDRAW_DOT);
        mf_buf_str(out, MF_LIT(" -> "));
        put_id(out, p->edges[i].to, MF_GRAPHDRAW_DOT);
        mf_buf_str(out, MF_LIT(";\n"));
    }
    mf_buf_str(out, MF_LIT("}\n"));
}

/* Which node it is: Mermaid's names for nodes know few characters. */
static size_t number(const struct picture *p, struct mf_module id)
{
    const struct node key = {.id = id};
    const struct node *hit = bsearch(&key, p->nodes, p->node_count, sizeof(key), by_node);
    return hit ? (size_t)(hit - p->nodes) : p->node_count;
}

static void put_mermaid(const struct picture *p, struct mf_buf *out)
{
    static const char *const looks[] = {[PASSED] = ":::passed", [SELECTED] = "", [MAIN] = ":::main"};
    mf_buf_str(out, MF_LIT("flowchart LR\n\tclassDef main stroke-width:3px\n"
                           "\tclassDef passed stroke-dasharray:4,color:#777\n"));
    for (size_t i = 0; i < p->node_count; i++) {
        mf_buf_fmt(out, "\tn%zu[", i);
        put_id(out, p->nodes[i].id, MF_GRAPHDRAW_MERMAID);
        mf_buf_fmt(out, "]%s\n", looks[p->nodes[i].look]);
    }
    for (size_t i = 0; i < p->edge_count; i++)
        mf_buf_fmt(out, "\tn%zu --> n%zu\n", number(p, p->edges[i].from), number(p, p->edges[i].to));
}

int mf_graphdraw_write(struct mf_graph *graphs, size_t count, enum mf_graphdraw form, struct mf_buf *out,
                       struct mf_err *err)
{
    MF_CLEANUP(release) struct picture p = {0};
    for (size_t i = 0; i < count; i++) {
        p.graph = &graphs[i];
        for (size_t k = 0; k < graphs[i].root_count; k++)
            if (!is_go(graphs[i].roots[k]->id) && add_node(&p, graphs[i].roots[k]->id, err) < 0)
                return -1;
        if (mf_graph_walk(&graphs[i], add_edge, &p, err) < 0)
            return -1;
    }
    sort(&p);
    if (form == MF_GRAPHDRAW_DOT)
        put_dot(&p, out);
    else
        put_mermaid(&p, out);
    return mf_buf_check(out, err);
}

#include "formats/tileproof.h"

#include <assert.h>
#include <search.h>

/* Highest level of tiles above one of level 0. */
enum { PARENTS_MAX = 7 };

static int by_tile(const void *a, const void *b)
{
    const struct mf_tileproof_tile *x = a, *y = b;
    return mf_tile_order(&x->tile, &y->tile);
}

struct mf_tileproof_tile *mf_tileproof_find(const struct mf_tileproof *p, struct mf_tile tile)
{
    const struct mf_tileproof_tile key = {.tile = tile};
    struct mf_tileproof_tile *const *hit = tfind(&key, (void *const *)&p->tree, by_tile);
    return hit ? *hit : NULL;
}

/* Appends a tile that is not in the list. */
static int add(struct mf_tileproof *p, struct mf_tile tile, bool edge, struct mf_err *err)
{
    if (p->count == MF_TILEPROOF_MAX)
        return mf_err_set(err, MF_E_LIMIT, "a proof needs more than %d tiles", MF_TILEPROOF_MAX);
    if (p->count == p->cap) {
        size_t cap = p->cap ? 2 * p->cap : 64;
        struct mf_tileproof_tile **grown = mf_arena_array(p->arena, cap, sizeof(*grown), err);
        if (!grown)
            return -1;
        if (p->count)
            memcpy(grown, p->tiles, p->count * sizeof(*grown));
        p->tiles = grown;
        p->cap = cap;
    }
    struct mf_tileproof_tile *t = mf_arena_alloc(p->arena, sizeof(*t), err);
    if (!t)
        return -1;
    *t = (struct mf_tileproof_tile){.tile = tile, .edge = edge};
    if (!tsearch(t, &p->tree, by_tile))
        return mf_err_nomem(err);
    p->tiles[p->count++] = t;
    p->checked = false;
    return 0;
}

int mf_tileproof_begin(struct mf_tileproof *p, const struct mf_treehead *head, struct mf_arena *arena,
                       struct mf_err *err)
{
    struct mf_treenode nodes[MF_TREENODES_MAX];
    *p = (struct mf_tileproof){.head = *head, .arena = arena};
    if (head->size == 0)
        return mf_err_set(err, MF_E_SUMDB, "the tree head has no records");
    size_t n = mf_treenodes(head->size, nodes);
    for (size_t i = 0; i < n; i++) {
        struct mf_tile tile = mf_tile_parent(mf_tile_of(nodes[i]), 0, head->size);
        if (!mf_tileproof_find(p, tile) && add(p, tile, true, err) < 0)
            return -1;
    }
    return 0;
}

static void keep(void *record)
{
    (void)record; /* records live in the arena */
}

void mf_tileproof_release(struct mf_tileproof *p)
{
    tdestroy(p->tree, keep);
    *p = (struct mf_tileproof){0};
}

/* The tile of a node and those above it, up to one that is in the list. */
static int want(struct mf_tileproof *p, struct mf_treenode node, struct mf_err *err)
{
    struct mf_tile narrow = mf_tile_of(node);
    unsigned k = 0;
    while (k < PARENTS_MAX && !mf_tileproof_find(p, mf_tile_parent(narrow, k, p->head.size)))
        k++;
    /* The tile that covers all of a level is in the list from the beginning. */
    assert(k < PARENTS_MAX);
    while (k-- > 0)
        if (add(p, mf_tile_parent(narrow, k, p->head.size), false, err) < 0)
            return -1;
    return 0;
}

int mf_tileproof_want_record(struct mf_tileproof *p, uint64_t id, struct mf_err *err)
{
    if (id >= p->head.size)
        return mf_err_set(err, MF_E_SUMDB, "cannot validate record %llu in tree of size %llu", (unsigned long long)id,
                          (unsigned long long)p->head.size);
    return want(p, (struct mf_treenode){0, id}, err);
}

int mf_tileproof_want_tree(struct mf_tileproof *p, uint64_t size, struct mf_err *err)
{
    struct mf_treenode nodes[MF_TREENODES_MAX];
    if (size > p->head.size)
        return mf_err_set(err, MF_E_SUMDB, "cannot find tree of size %llu in tree of size %llu",
                          (unsigned long long)size, (unsigned long long)p->head.size);
    size_t n = mf_treenodes(size, nodes);
    for (size_t i = 0; i < n; i++)
        if (want(p, nodes[i], err) < 0)
            return -1;
    return 0;
}

/* Root of the subtree over `count` hashes, a power of two up to MF_TILE_HASHES. */
static struct mf_digest subtree(const uint8_t *hashes, unsigned count)
{
    struct mf_digest row[MF_TILE_HASHES];
    memcpy(row, hashes, (size_t)count * sizeof(*row));
    for (; count > 1; count /= 2)
        for (unsigned i = 0; i < count / 2; i++)
            row[i] = mf_tree_node_hash(&row[2 * i], &row[2 * i + 1]);
    return row[0];
}

/* The hash of a node, from its tile in the list. */
static struct mf_digest node_hash(const struct mf_tileproof *p, struct mf_treenode node)
{
    struct mf_tile narrow = mf_tile_of(node);
    const struct mf_tileproof_tile *t = mf_tileproof_find(p, mf_tile_parent(narrow, 0, p->head.size));
    assert(t && t->data);
    unsigned count = 1U << (node.level % 8);
    return subtree(t->data + (size_t)(narrow.width - count) * 32, count);
}

static struct mf_digest tree_hash(const struct mf_tileproof *p, uint64_t size)
{
    struct mf_treenode nodes[MF_TREENODES_MAX];
    size_t n = mf_treenodes(size, nodes);
    if (n == 0)
        return mf_treehead_empty();
    struct mf_digest root = node_hash(p, nodes[n - 1]);
    for (size_t i = n - 1; i-- > 0;) {
        struct mf_digest left = node_hash(p, nodes[i]);
        root = mf_tree_node_hash(&left, &root);
    }
    return root;
}

int mf_tileproof_check(struct mf_tileproof *p, size_t *bad_out, struct mf_err *err)
{
    char path[MF_TILE_PATH_SIZE];
    struct mf_digest root = tree_hash(p, p->head.size);
    if (!mf_digest_eq(&root, &p->head.root)) {
        *bad_out = 0;
        return mf_err_set(err, MF_E_SUMDB, "the tiles at the edge of the tree of size %llu do not give its root",
                          (unsigned long long)p->head.size);
    }
    for (size_t i = 0; i < p->count; i++) {
        const struct mf_tileproof_tile *t = p->tiles[i];
        if (t->edge)
            continue;
        const struct mf_tileproof_tile *above = mf_tileproof_find(p, mf_tile_parent(t->tile, 1, p->head.size));
        assert(above && above->data && t->data);
        struct mf_digest found = subtree(t->data, t->tile.width);
        if (memcmp(found.b, above->data + (size_t)(t->tile.number % MF_TILE_HASHES) * 32, sizeof(found.b)) == 0)
            continue;
        *bad_out = i;
        mf_tile_path(t->tile, path);
        return mf_err_set(err, MF_E_SUMDB, "%s is not a tile of the tree of size %llu", path,
                          (unsigned long long)p->head.size);
    }
    p->checked = true;
    return 0;
}

struct mf_digest mf_tileproof_record(const struct mf_tileproof *p, uint64_t id)
{
    assert(p->checked);
    return node_hash(p, (struct mf_treenode){0, id});
}

struct mf_digest mf_tileproof_tree(const struct mf_tileproof *p, uint64_t size)
{
    assert(p->checked);
    return tree_hash(p, size);
}

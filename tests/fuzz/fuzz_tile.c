/* Tiles: their paths, which of them prove something, and whether they do. The
 * input is taken as a path, and as numbers: the size of a tree, a record, an
 * older size, and which bit of which tile is wrong. */
#include "formats/sumdbproof.h"
#include "tests/fuzz/fuzzkit.h"
#include "tests/unit/treekit.h"

enum { KIT_SIZE = 3000 };

static void check_path(struct mf_str text)
{
    struct mf_tile tile;
    char path[MF_TILE_PATH_SIZE];
    if (!mf_tile_path_parse(text, &tile))
        return;
    CHECK(tile.level <= 6 && tile.number < MF_TREE_SIZE_MAX && tile.width >= 1 && tile.width <= MF_TILE_HASHES);
    mf_tile_path(tile, path);
    CHECK(mf_str_eq(mf_str(path), text));
}

struct numbers {
    uint64_t size, id, older;
    uint16_t tile, bit;
    bool damage;
};

static uint64_t number(const uint8_t *data, size_t n)
{
    uint64_t v = 0;
    for (size_t i = n; i-- > 0;)
        v = v << 8 | data[i];
    return v;
}

/* A list of tiles for a tree of any size: each once, what proves comes first. */
static void check_list(const struct mf_tileproof *p)
{
    CHECK(p->count > 0 && p->count <= MF_SUMDBPROOF_TILES_MAX);
    for (size_t i = 0; i < p->count; i++) {
        const struct mf_tileproof_tile *t = p->tiles[i];
        struct mf_tile above = mf_tile_parent(t->tile, 1, p->head.size);
        struct mf_tile again;
        char path[MF_TILE_PATH_SIZE];
        mf_tile_path(t->tile, path);
        CHECK(mf_tile_path_parse(mf_str(path), &again) && mf_tile_order(&again, &t->tile) == 0);
        CHECK(mf_tileproof_find(p, t->tile) == t);
        CHECK(t->edge || (t->tile.width == MF_TILE_HASHES && mf_tileproof_find(p, above)));
    }
}

/* Tiles of zeros prove nothing. */
static void check_large(struct numbers n)
{
    static const uint8_t zeros[MF_TILE_BYTES];
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(16 * MF_MIB);
    MF_CLEANUP(mf_tileproof_release) struct mf_tileproof p = {.count = 0};
    struct mf_treehead head = {n.size % MF_TREE_SIZE_MAX, mf_treehead_empty()};
    struct mf_manifest_older older = {.size = n.older};
    struct mf_err err = {0};
    size_t bad;
    int rc = mf_sumdbproof_begin(&p, &head, &n.id, 1, &older, 1, &arena, &err);
    CHECK((rc == 0) == (n.id < head.size && n.older <= head.size));
    if (rc < 0) {
        CHECK(err.code == MF_E_SUMDB);
        return;
    }
    check_list(&p);
    for (size_t i = 0; i < p.count; i++)
        p.tiles[i]->data = zeros;
    CHECK(mf_tileproof_check(&p, &bad, &err) < 0 && err.code == MF_E_SUMDB && bad < p.count);
}

static void check_right(const struct treekit *kit, const struct mf_tileproof *p, struct numbers n)
{
    struct mf_treehead older = treekit_head(kit, n.older);
    struct mf_digest leaf = mf_tileproof_record(p, n.id), root = mf_tileproof_tree(p, n.older);
    CHECK(mf_digest_eq(&leaf, &kit->row[0][n.id]) && mf_digest_eq(&root, &older.root));
}

/* A real tree: right tiles prove what is asked, one wrong bit is noticed. */
static void check_small(const struct treekit *kit, struct numbers n)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(16 * MF_MIB);
    MF_CLEANUP(mf_tileproof_release) struct mf_tileproof p = {.count = 0};
    uint8_t wrong[MF_TILE_BYTES];
    struct mf_treehead head = treekit_head(kit, n.size % KIT_SIZE + 1);
    struct mf_err err = {0};
    size_t bad = 0;
    n.id %= head.size;
    n.older %= head.size + 1;
    struct mf_manifest_older older = {.size = n.older};
    CHECK(mf_sumdbproof_begin(&p, &head, &n.id, 1, &older, 1, &arena, &err) == 0);
    check_list(&p);
    for (size_t i = 0; i < p.count; i++)
        p.tiles[i]->data = treekit_tile(kit, p.tiles[i]->tile);
    if (n.damage) {
        struct mf_tileproof_tile *t = p.tiles[n.tile % p.count];
        size_t bytes = mf_tile_bytes(t->tile);
        memcpy(wrong, t->data, bytes);
        wrong[n.bit / 8 % bytes] ^= (uint8_t)(1 << n.bit % 8);
        t->data = wrong;
    }
    CHECK((mf_tileproof_check(&p, &bad, &err) == 0) == !n.damage);
    if (!n.damage)
        check_right(kit, &p, n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct treekit kit;
    check_path(fuzz_text(data, size));
    if (size < 29)
        return 0;
    if (!kit.size)
        treekit_make(&kit, KIT_SIZE);
    struct numbers n = {number(data, 8),
                        number(data + 8, 8),
                        number(data + 16, 8),
                        (uint16_t)number(data + 24, 2),
                        (uint16_t)number(data + 26, 2),
                        data[28] & 1};
    check_large(n);
    check_small(&kit, n);
    return 0;
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/tileproof.h"
#include "tests/unit/treekit.h"

enum { SIZE = 70000 };

static struct treekit kit;

/* A proof under the head of size `size` for a record and an older tree. */
struct fixture {
    struct mf_arena arena;
    struct mf_tileproof proof;
};

static void begin(struct fixture *f, size_t size, uint64_t id, uint64_t older)
{
    struct mf_err err;
    struct mf_treehead head = treekit_head(&kit, size);
    f->arena = MF_ARENA_INIT(16 * MF_MIB);
    assert_int_equal(mf_tileproof_begin(&f->proof, &head, &f->arena, &err), 0);
    assert_int_equal(mf_tileproof_want_record(&f->proof, id, &err), 0);
    assert_int_equal(mf_tileproof_want_tree(&f->proof, older, &err), 0);
    for (size_t i = 0; i < f->proof.count; i++)
        f->proof.tiles[i]->data = treekit_tile(&kit, f->proof.tiles[i]->tile);
}

static void end(struct fixture *f)
{
    mf_tileproof_release(&f->proof);
    mf_arena_release(&f->arena);
}

static void test_sizes(void **state)
{
    (void)state;
    static const size_t sizes[] = {1, 2, 3, 255, 256, 257, 511, 512, 65535, 65536, 65537, 65792, SIZE};
    for (size_t i = 0; i < MF_COUNT(sizes); i++)
        for (size_t k = 0; k < 60; k++) {
            struct fixture f;
            struct mf_err err = {0};
            size_t bad, size = sizes[i], id = k * 2654435761U % size, older = k * 40503U % (size + 1);
            begin(&f, size, id, older);
            assert_int_equal(mf_tileproof_check(&f.proof, &bad, &err), 0);
            struct mf_digest leaf = mf_tileproof_record(&f.proof, id), root = mf_tileproof_tree(&f.proof, older);
            struct mf_treehead head = treekit_head(&kit, older);
            assert_true(mf_digest_eq(&leaf, &kit.row[0][id]));
            assert_true(mf_digest_eq(&root, &head.root));
            end(&f);
        }
}

/* One bit of any tile is noticed. Where it is no edge tile, it is named. */
static void test_damage(void **state)
{
    (void)state;
    struct fixture f;
    size_t bad;
    begin(&f, SIZE, 1234, 34567);
    assert_true(f.proof.count > 4);
    for (size_t i = 0; i < f.proof.count; i++) {
        struct mf_tileproof_tile *t = f.proof.tiles[i];
        const uint8_t *data = t->data;
        uint8_t copy[MF_TILE_BYTES];
        for (size_t k = 0; k < mf_tile_bytes(t->tile); k += 97) {
            struct mf_err err = {0};
            memcpy(copy, data, mf_tile_bytes(t->tile));
            copy[k] ^= 1;
            t->data = copy;
            assert_int_equal(mf_tileproof_check(&f.proof, &bad, &err), -1);
            assert_int_equal(err.code, MF_E_SUMDB);
            assert_int_equal(bad, t->edge ? 0 : i);
        }
        t->data = data;
    }
    f.proof.head.root.b[0] ^= 1;
    struct mf_err err = {0};
    assert_int_equal(mf_tileproof_check(&f.proof, &bad, &err), -1);
    end(&f);
}

static void test_refusals(void **state)
{
    (void)state;
    struct fixture f;
    struct mf_err err = {0};
    struct mf_treehead none = treekit_head(&kit, 0);
    begin(&f, 100, 99, 100);
    assert_int_equal(f.proof.count, 1);
    assert_int_equal(mf_tileproof_want_record(&f.proof, 100, &err), -1);
    assert_int_equal(err.code, MF_E_SUMDB);
    assert_string_equal(err.text, "cannot validate record 100 in tree of size 100");
    assert_int_equal(mf_tileproof_want_tree(&f.proof, 101, &err), -1);
    assert_int_equal(err.code, MF_E_SUMDB);
    end(&f);
    f.arena = MF_ARENA_INIT(MF_MIB);
    assert_int_equal(mf_tileproof_begin(&f.proof, &none, &f.arena, &err), -1);
    assert_int_equal(err.code, MF_E_SUMDB);
    end(&f);
}

/* The largest tree: coordinates stay within their limits. */
static void test_largest(void **state)
{
    (void)state;
    struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    struct mf_tileproof p;
    struct mf_treehead head = {.size = MF_TREE_SIZE_MAX - 1};
    struct mf_err err;
    assert_int_equal(mf_tileproof_begin(&p, &head, &arena, &err), 0);
    assert_int_equal(p.count, 7);
    assert_int_equal(mf_tileproof_want_record(&p, 0, &err), 0);
    assert_int_equal(p.count, 13);
    assert_int_equal(mf_tileproof_want_record(&p, MF_TREE_SIZE_MAX - 2, &err), 0);
    assert_int_equal(p.count, 13);
    mf_tileproof_release(&p);
    mf_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_largest),
    };
    treekit_make(&kit, SIZE);
    int failed = cmocka_run_group_tests_name("tileproof", tests, NULL, NULL);
    treekit_release(&kit);
    return failed;
}

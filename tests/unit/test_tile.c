#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/tile.h"

static void test_paths(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        struct mf_tile tile;
    } cases[] = {
        {"tile/8/0/000", {0, 0, 256}},         {"tile/8/0/999", {0, 999, 256}},
        {"tile/8/0/x001/000", {0, 1000, 256}}, {"tile/8/4/x001/x234/067.p/1", {4, 1234067, 1}},
        {"tile/8/6/005.p/255", {6, 5, 255}},   {"tile/8/0/x009/x007/x199/x254/x740/991", {0, 9007199254740991, 256}},
    };
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        char path[MF_TILE_PATH_SIZE];
        struct mf_tile t;
        mf_tile_path(cases[i].tile, path);
        assert_string_equal(path, cases[i].path);
        assert_true(mf_tile_path_parse(mf_str(cases[i].path), &t));
        assert_int_equal(mf_tile_order(&t, &cases[i].tile), 0);
    }
}

static void test_bad_paths(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "tile",
        "tile/8",
        "tile/8/0",
        "tile/8/0/",
        "tile/8/0/00",
        "tile/8/0/0000",
        "tile/8/0/x000/001",
        "tile/8/0/x001",
        "tile/8/0/x001/",
        "tile/8/0/001/002",
        "tile/8/0/000.p",
        "tile/8/0/000.p/",
        "tile/8/0/000.p/0",
        "tile/8/0/000.p/256",
        "tile/8/0/000.p/01",
        "tile/8/0/000.p/1/",
        "tile/8/0/000.p/1000",
        "tile/8/0/000p/1",
        "tile/8/7/000",
        "tile/8/00/000",
        "tile/8/-1/000",
        "tile/8/data/000",
        "tile/7/0/000",
        "tile/8/0/x009/x007/x199/x254/x740/992",
        "tile/8/0/x001/x001/x001/x001/x001/x001/001",
        "/tile/8/0/000",
        "tile/8/0/../000",
        "tile/8/0/ 00",
        "tile/8/0/+00",
    };
    struct mf_tile t;
    for (size_t i = 0; i < MF_COUNT(cases); i++)
        if (mf_tile_path_parse(mf_str(cases[i]), &t))
            fail_msg("%s", cases[i]);
    assert_false(mf_tile_path_parse((struct mf_str){"tile/8/0/000\0", 13}, &t));
}

static void test_nodes(void **state)
{
    (void)state;
    struct mf_treenode nodes[MF_TREENODES_MAX];
    assert_int_equal(mf_treenodes(0, nodes), 0);
    assert_int_equal(mf_treenodes(13, nodes), 3); /* 8 + 4 + 1 */
    assert_int_equal(nodes[0].level, 3);
    assert_int_equal(nodes[1].level, 2);
    assert_int_equal(nodes[1].index, 2);
    assert_int_equal(nodes[2].level, 0);
    assert_int_equal(nodes[2].index, 12);
    assert_int_equal(mf_treenodes(((uint64_t)1 << 53) - 1, nodes), 53);
}

static void expect(struct mf_tile t, unsigned level, uint64_t number, unsigned width)
{
    assert_int_equal(t.level, level);
    assert_int_equal(t.number, number);
    assert_int_equal(t.width, width);
}

static void test_tiles(void **state)
{
    (void)state;
    expect(mf_tile_of((struct mf_treenode){0, 0}), 0, 0, 1);
    expect(mf_tile_of((struct mf_treenode){0, 256}), 0, 1, 1);
    expect(mf_tile_of((struct mf_treenode){3, 1}), 0, 0, 16);
    expect(mf_tile_of((struct mf_treenode){7, 3}), 0, 1, 256);
    expect(mf_tile_of((struct mf_treenode){8, 3}), 1, 0, 4);
    struct mf_tile t = {0, 300, 5};
    expect(mf_tile_parent(t, 0, 300 * 256 + 7), 0, 300, 7);
    expect(mf_tile_parent(t, 0, 301 * 256 + 7), 0, 300, 256);
    expect(mf_tile_parent(t, 1, 300 * 256 + 7), 1, 1, 44);
    expect(mf_tile_parent(t, 2, 300 * 256 + 7), 2, 0, 1);
    assert_int_equal(mf_tile_parent(t, 0, 300 * 256).width, 0);
    assert_int_equal(mf_tile_parent(t, 3, 300 * 256).width, 0);
    assert_int_equal(mf_tile_parent(t, 7, ((uint64_t)1 << 53) - 1).width, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_bad_paths),
        cmocka_unit_test(test_nodes),
        cmocka_unit_test(test_tiles),
    };
    return cmocka_run_group_tests_name("tile", tests, NULL, NULL);
}

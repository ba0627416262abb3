#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bundle/sumdbcache.h"

static char base[64];
static struct mf_store store;
static struct mf_sumdbcache cache;

#define OK(call)                                                                                                       \
    do {                                                                                                               \
        struct mf_err err = {0};                                                                                       \
        if ((call) < 0)                                                                                                \
            fail_msg("%s", err.text);                                                                                  \
    } while (0)

static int setup(void **state)
{
    char heads[80];
    struct mf_dir dir = MF_DIR_NONE;
    (void)state;
    strcpy(base, "/tmp/modferry-test-XXXXXX");
    assert_non_null(mkdtemp(base));
    snprintf(heads, sizeof(heads), "%s/heads", base);
    OK(mf_dir_open(&dir, base, false, &err));
    store = (struct mf_store){.root = dir};
    OK(mf_sumdbcache_open(&cache, &store, heads, MF_LIT("db.test/path"), &err));
    return 0;
}

static int teardown(void **state)
{
    struct mf_dir tmp = MF_DIR_NONE;
    (void)state;
    mf_sumdbcache_release(&cache);
    mf_dir_release(&store.root);
    OK(mf_dir_open(&tmp, "/tmp", false, &err));
    OK(mf_dir_remove(tmp, base + strlen("/tmp/"), &err));
    mf_dir_release(&tmp);
    return 0;
}

static void expect_shipped(const char *channel, const char *want)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_MIB);
    OK(mf_sumdbcache_shipped(&cache, mf_str(channel), &b, &err));
    assert_true(mf_str_eq(mf_buf_view(&b), mf_str(want)));
}

/* Each channel has its own heads, and so have bundles without one. */
static void test_shipped(void **state)
{
    (void)state;
    expect_shipped("", "");
    expect_shipped("stable", "");
    OK(mf_sumdbcache_ship(&cache, MF_LIT(""), MF_LIT("one\n\n\u2014 db AAAA\n"), &err));
    OK(mf_sumdbcache_ship(&cache, MF_LIT("stable"), MF_LIT("two\n\n\u2014 db AAAA\n"), &err));
    OK(mf_sumdbcache_ship(&cache, MF_LIT("stable"), MF_LIT("three\n\n\u2014 db AAAA\n"), &err));
    OK(mf_sumdbcache_ship(&cache, MF_LIT("stable"), MF_LIT("two\n\n\u2014 db AAAA\n"), &err));
    expect_shipped("", "one\n\n\u2014 db AAAA\n");
    expect_shipped("stable", "two\n\n\u2014 db AAAA\n\nthree\n\n\u2014 db AAAA\n");
    expect_shipped("nightly", "");
}

/* Where the list is full, the oldest goes. */
static void test_forgotten(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_MIB), note = MF_BUF_INIT(MF_MIB);
    (void)state;
    for (int i = 0; i < 12; i++) {
        mf_buf_clear(&note);
        mf_buf_fmt(&note, "head %d\n%0100000d\n\n\u2014 db AAAA\n", i, 7);
        OK(mf_sumdbcache_ship(&cache, MF_LIT("full"), mf_buf_view(&note), &err));
    }
    OK(mf_sumdbcache_shipped(&cache, MF_LIT("full"), &b, &err));
    assert_true(mf_str_starts(mf_buf_view(&b), MF_LIT("head 2\n")));
    size_t count = 0;
    for (struct mf_str rest = mf_buf_view(&b); rest.n; count++)
        mf_note_next(&rest);
    assert_int_equal(count, 10);
    assert_true(mf_str_ends(mf_buf_view(&b), mf_buf_view(&note)));
}

static void test_channel_names(void **state)
{
    static const char *const bad[] = {"a/b", "../x", "x/", "a\nb", "a\x01", "nul/.."};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(bad); i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_MIB);
        struct mf_err err = {0};
        assert_int_equal(mf_sumdbcache_ship(&cache, mf_str(bad[i]), MF_LIT("note\n\n\u2014 db AAAA\n"), &err), -1);
        assert_int_equal(err.code, MF_E_USAGE);
        assert_int_equal(mf_sumdbcache_shipped(&cache, mf_str(bad[i]), &b, &err), -1);
        assert_int_equal(err.code, MF_E_USAGE);
    }
    OK(mf_sumdbcache_ship(&cache, MF_LIT("Team_1@site.example+x"), MF_LIT("note\n\n\u2014 db AAAA\n"), &err));
    expect_shipped("Team_1@site.example+x", "note\n\n\u2014 db AAAA\n");
}

/* The head moves only from the one that was seen. */
static void test_advance(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_NOTE_MAX);
    struct mf_err err = {0};
    (void)state;
    assert_int_equal(mf_sumdbcache_head(&cache, &b, &err), 0);
    assert_int_equal(mf_sumdbcache_advance(&cache, MF_LIT("other"), MF_LIT("one"), &err), 0);
    assert_int_equal(mf_sumdbcache_advance(&cache, MF_LIT(""), MF_LIT("one"), &err), 1);
    assert_int_equal(mf_sumdbcache_advance(&cache, MF_LIT(""), MF_LIT("two"), &err), 0);
    assert_int_equal(mf_sumdbcache_advance(&cache, MF_LIT("one"), MF_LIT("two"), &err), 1);
    assert_int_equal(mf_sumdbcache_head(&cache, &b, &err), 1);
    assert_true(mf_str_eq(mf_buf_view(&b), MF_LIT("two")));
}

/* From its own file or the full tile's; a file of another length is passed over. */
static void test_tiles(void **state)
{
    uint8_t full[MF_TILE_BYTES], got[MF_TILE_BYTES];
    const struct mf_tile narrow = {0, 7, 3}, wide = mf_tile_full(narrow);
    char path[MF_TILE_PATH_SIZE];
    struct mf_err why = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(full); i++)
        full[i] = (uint8_t)(i * 31);
    assert_int_equal(mf_sumdbcache_tile(&cache, narrow, got, &why), 0);
    mf_tile_path(narrow, path);
    OK(mf_sumdbcache_write(&cache, path, (struct mf_str){(const char *)full, 95}, &err));
    assert_int_equal(mf_sumdbcache_tile(&cache, narrow, got, &why), 0);
    mf_tile_path(wide, path);
    OK(mf_sumdbcache_write(&cache, path, (struct mf_str){(const char *)full, sizeof(full)}, &err));
    assert_int_equal(mf_sumdbcache_tile(&cache, narrow, got, &why), 1);
    assert_memory_equal(got, full, mf_tile_bytes(narrow));
    OK(mf_sumdbcache_write(&cache, path, MF_LIT(""), &err));
    assert_int_equal(mf_sumdbcache_tile(&cache, wide, got, &why), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_shipped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_forgotten, setup, teardown),
        cmocka_unit_test_setup_teardown(test_channel_names, setup, teardown),
        cmocka_unit_test_setup_teardown(test_advance, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tiles, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

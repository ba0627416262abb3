/* Expected zips were written by Go's archive/zip (Writer.Create, Write, Close). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>
#include <libdeflate.h>

#include "formats/base/encode.h"
#include "formats/base/hash.h"
#include "formats/goflate.h"
#include "formats/zipwrite.h"

static void add_file(struct mf_zipwrite *w, struct mf_goflate *g, struct mf_str name, struct mf_str content,
                     struct mf_buf *out)
{
    struct mf_err err = {0};
    assert_int_equal(mf_zipwrite_begin_file(w, name, out, &err), 0);
    size_t before = out->n;
    mf_goflate_start(g);
    mf_goflate_write(g, content.p, content.n, out);
    mf_goflate_finish(g, out);
    uint32_t crc = libdeflate_crc32(0, content.p, content.n);
    assert_int_equal(mf_zipwrite_end_file(w, crc, out->n - before, content.n, out, &err), 0);
}

/* Names that archive/zip marks as UTF-8 (tilde, backslash, DEL, accents) and
 * ones that it does not (plain, not UTF-8 at all). */
static const char GO_ZIP[] = "504b0304140008000800000000000000000000000000000000001b0000006578616d706c652e636f"
                             "6d2f6d4076312e302e302f676f2e6d6f64cacd4f29cd495548ad48cc2dc849d54bcecfd5cfe50204"
                             "0000ffff504b0708b071418f1b00000015000000504b030414000808080000000000000000000000"
                             "000000000000090000006d4076312f617ec3a9010000ffff504b0708000000000500000000000000"
                             "504b030414000808080000000000000000000000000000000000060000006d4076312f7e4a4c1a85"
                             "a370140e7708080000ffff504b070848c5c7570f000000e8030000504b0304140008080800000000"
                             "00000000000000000000000000060000006d4076312f5c010000ffff504b07080000000005000000"
                             "00000000504b030414000800080000000000000000000000000000000000070000006d4076312fff"
                             "7e010000ffff504b0708000000000500000000000000504b03041400080808000000000000000000"
                             "0000000000000000070000006d4076312f7d7f010000ffff504b0708000000000500000000000000"
                             "504b030414000800080000000000000000000000000000000000070000006d4076312f7d7c010000"
                             "ffff504b0708000000000500000000000000504b0102140014000800080000000000b071418f1b00"
                             "0000150000001b00000000000000000000000000000000006578616d706c652e636f6d2f6d407631"
                             "2e302e302f676f2e6d6f64504b010214001400080808000000000000000000050000000000000009"
                             "00000000000000000000000000640000006d4076312f617ec3a9504b010214001400080808000000"
                             "000048c5c7570f000000e80300000600000000000000000000000000a00000006d4076312f7e504b"
                             "01021400140008080800000000000000000005000000000000000600000000000000000000000000"
                             "e30000006d4076312f5c504b01021400140008000800000000000000000005000000000000000700"
                             "0000000000000000000000001c0100006d4076312fff7e504b010214001400080808000000000000"
                             "00000005000000000000000700000000000000000000000000560100006d4076312f7d7f504b0102"
                             "14001400080008000000000000000000050000000000000007000000000000000000000000009001"
                             "00006d4076312f7d7c504b0506000000000700070087010000ca0100000000";

static void test_same_bytes_as_go(void **state)
{
    static const struct mf_str names[] = {MF_LIT("example.com/m@v1.0.0/go.mod"),
                                          MF_LIT("m@v1/a~\xc3\xa9"),
                                          MF_LIT("m@v1/~"),
                                          MF_LIT("m@v1/\\"),
                                          MF_LIT("m@v1/\xff~"),
                                          MF_LIT("m@v1/}\x7f"),
                                          MF_LIT("m@v1/}|")};
    struct mf_err err = {0};
    struct mf_goflate *g;
    char ab[1000], hex[sizeof(GO_ZIP) + 1024];
    MF_CLEANUP(mf_zipwrite_release) struct mf_zipwrite w = MF_ZIPWRITE_INIT;
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_MIB);
    (void)state;
    for (size_t i = 0; i < sizeof(ab); i++)
        ab[i] = i % 2 ? 'b' : 'a';
    assert_int_equal(mf_goflate_new(&g, &err), 0);
    for (int round = 0; round < 2; round++) {
        mf_buf_clear(&out);
        for (size_t i = 0; i < MF_COUNT(names); i++) {
            struct mf_str content = {NULL, 0};
            if (i == 0)
                content = MF_LIT("module example.com/m\n");
            if (i == 2)
                content = (struct mf_str){ab, sizeof(ab)};
            add_file(&w, g, names[i], content, &out);
        }
        assert_int_equal(mf_zipwrite_finish(&w, &out, &err), 0);
        assert_true(MF_HEX_SIZE(out.n) <= sizeof(hex));
        mf_hex(out.p, out.n, hex);
        assert_string_equal(hex, GO_ZIP);
    }
    mf_goflate_free(&g);
}

static void test_empty_zip(void **state)
{
    static const char end[22] = "PK\5\6";
    struct mf_err err = {0};
    MF_CLEANUP(mf_zipwrite_release) struct mf_zipwrite w = MF_ZIPWRITE_INIT;
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_KIB);
    (void)state;
    assert_int_equal(mf_zipwrite_finish(&w, &out, &err), 0);
    assert_int_equal(out.n, sizeof(end));
    assert_memory_equal(out.p, end, sizeof(end));
}

/* From 65535 files on, the zip64 records appear. */
static void test_many_files(void **state)
{
    static const struct {
        int files;
        const char *sha256;
    } cases[] = {{65534, "e339541e569d2e11e9da60ce3bdd1dcbf15e6bb413e1d2c2a314a312f0df43e6"},
                 {65535, "366d6ddd43e372e67e246252480d5759885a40a7599923ab73d55b665f29138f"},
                 {65537, "55aedd4b7ba54e4b487c687a1599d96826b8af7773a735195f0fbc4c242bd8fb"}};
    static const char empty[] = "\x01\x00\x00\xff\xff";
    MF_CLEANUP(mf_zipwrite_release) struct mf_zipwrite w = MF_ZIPWRITE_INIT;
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(16 * MF_MIB);
    struct mf_err err = {0};
    char name[32], hex[65];
    (void)state;
    for (size_t c = 0; c < MF_COUNT(cases); c++) {
        mf_buf_clear(&out);
        for (int i = 0; i < cases[c].files; i++) {
            snprintf(name, sizeof(name), "m@v1/%d", i);
            assert_int_equal(mf_zipwrite_begin_file(&w, mf_str(name), &out, &err), 0);
            mf_buf_add(&out, empty, 5);
            assert_int_equal(mf_zipwrite_end_file(&w, 0, 5, 0, &out, &err), 0);
        }
        assert_int_equal(mf_zipwrite_finish(&w, &out, &err), 0);
        struct mf_digest d = mf_sha256_of(mf_buf_view(&out));
        mf_hex(d.b, sizeof(d.b), hex);
        assert_string_equal(hex, cases[c].sha256);
    }
}

static void test_limits(void **state)
{
    static char name[65537];
    MF_CLEANUP(mf_zipwrite_release) struct mf_zipwrite w = MF_ZIPWRITE_INIT;
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf tiny = MF_BUF_INIT(8);
    struct mf_err err = {0};
    (void)state;
    memset(name, 'a', sizeof(name));
    assert_int_equal(mf_zipwrite_begin_file(&w, (struct mf_str){name, 65536}, &out, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    assert_int_equal(mf_zipwrite_begin_file(&w, (struct mf_str){name, 65535}, &out, &err), 0);
    assert_int_equal(mf_zipwrite_end_file(&w, 0, UINT32_MAX, 0, &out, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    assert_int_equal(mf_zipwrite_end_file(&w, 0, 0, UINT32_MAX, &out, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    assert_int_equal(mf_zipwrite_end_file(&w, 0, UINT32_MAX - 100000, 0, &out, &err), 0);
    assert_int_equal(mf_zipwrite_begin_file(&w, (struct mf_str){name, 65535}, &out, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    err = (struct mf_err){0};
    assert_int_equal(mf_zipwrite_begin_file(&w, MF_LIT("a"), &tiny, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bytes_as_go),
        cmocka_unit_test(test_empty_zip),
        cmocka_unit_test(test_many_files),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

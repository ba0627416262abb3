/* Expected streams and their hashes were made with Go: flate.NewWriter(w, 5),
 * Write, Close. tests/diff/goflate.sh compares many more with the real thing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>
#include <libdeflate.h>

#include "formats/base/encode.h"
#include "formats/base/hash.h"
#include "formats/goflate.h"
#include "formats/goflatecode.h"

static struct mf_goflate *encoder;

static int make_encoder(void **state)
{
    struct mf_err err = {0};
    (void)state;
    return mf_goflate_new(&encoder, &err);
}

static int free_encoder(void **state)
{
    (void)state;
    mf_goflate_free(&encoder);
    mf_goflate_free(&encoder);
    return 0;
}

/* Compresses in pieces of `piece` bytes. */
static void compress(struct mf_str s, size_t piece, struct mf_buf *out)
{
    mf_goflate_start(encoder);
    for (size_t i = 0; i < s.n; i += piece) {
        struct mf_str part = mf_str_head(mf_str_from(s, i), piece);
        mf_goflate_write(encoder, part.p, part.n, out);
    }
    mf_goflate_finish(encoder, out);
    assert_int_equal(out->failed, MF_OK);
}

static void assert_round_trip(struct mf_str s, const struct mf_buf *stream)
{
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    char *back = malloc(s.n + 1);
    size_t got, used;
    assert_non_null(d);
    assert_non_null(back);
    assert_int_equal(libdeflate_deflate_decompress_ex(d, stream->p, stream->n, back, s.n + 1, &used, &got),
                     LIBDEFLATE_SUCCESS);
    assert_int_equal(used, stream->n);
    assert_int_equal(got, s.n);
    if (s.n)
        assert_memory_equal(back, s.p, s.n);
    free(back);
    libdeflate_free_decompressor(d);
}

static void test_small(void **state)
{
    static const struct {
        struct mf_str content;
        const char *hex;
    } cases[] = {
        {MF_LIT(""), "010000ffff"},
        {MF_LIT("a"), "4a04040000ffff"},
        {MF_LIT("abc"), "4a4c4a06040000ffff"},
        {MF_LIT("aaaa"), "4a4c4c4c04040000ffff"},
        {MF_LIT("abcdabcd"), "4a4c4a4e016140000000ffff"},
        {MF_LIT("hello hello hello hello\n"), "ca48cdc9c957c020b900010000ffff"},
        {MF_LIT("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
                "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"),
         "aa1805440340000000ffff"},

    };
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_KIB * 64);
    char hex[512];
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        mf_buf_clear(&out);
        compress(cases[i].content, 1000, &out);
        assert_true(MF_HEX_SIZE(out.n) <= sizeof(hex));
        mf_hex(out.p, out.n, hex);
        assert_string_equal(hex, cases[i].hex);
    }
}

/* Content of `kind`, made by a generator that the Go side shares: x is
 * x * 1664525 + 1013904223 modulo 2^32, from 1 on. */
static void generate(int kind, char *to, size_t n)
{
    uint8_t *p = (uint8_t *)to;
    uint32_t x = 1;
    for (size_t i = 0; i < n; i++) {
        x = x * 1664525u + 1013904223u;
        uint32_t r = x >> 16;
        size_t far = 32768 - r % 4;
        if (kind == 0)
            p[i] = 0;
        else if (kind == 1)
            p[i] = (uint8_t)(r & 0xff);
        else if (kind == 2)
            p[i] = (uint8_t)('a' + (r & 3));
        else if (kind == 3) /* slow drift: matches of all lengths */
            p[i] = (uint8_t)(r % 61 == 0 || i < 1000 ? 'A' + r % 50 : p[i - 1000 + i / 4096 % 7]);
        else /* matches at the greatest distance and beyond, and near 4096 */
            p[i] = (uint8_t)(i < 40000 || r % 97 == 0 ? r & 0xff : p[i - (i / 50 % 3 ? far : 4095 + i / 50 % 5)]);
    }
}

static void test_generated(void **state)
{
    static const struct {
        int kind;
        size_t n;
        const char *sha256;
    } cases[] = {
        {0, 1000, "5acd95dc0ebac0cfb954dae2894d5d1150ba1793ffcf006351c359106cc4f71c"},
        {1, 1000, "9d4ba494fda632d2060da5c68ced1c633048fbef557972961a51bf4ce25c0bc5"},
        {2, 1000, "4254412d284050f65c29a7c5c31f5a77a240327ffd2247faccd38f5aa8505cb8"},
        {3, 1000, "3db321ca2cb25d5502ee61190a3fbc2dfe90067afeb281dac291c4bdcebc5e25"},
        {0, 16385, "25f1dc44658fcc94cf3e47f1d8f5720b32f3035fc34db669c242ae3d9e7955fd"},
        {1, 16385, "1a590ab2ecb9a34785b180065953d6df8fd13a672565ce5c658a313255983447"},
        {2, 16385, "334308e6ee4afe4f440d9ea3d36de5d4d56102ec66e7ca087d531781011bd9bc"},
        {3, 16385, "782c0828fb2ec2d27a29069aaff4e1b5a9e39f437a86a11d5566c7daf37b1830"},
        {0, 32768, "ad4da38fb2a876ed1ce3d2323f00d2926a5f1d2755b8e81a15d68d8686facc5f"},
        {1, 32768, "c8f1618d2badd1266b41200a57173042481609330e54185d4c1326f79f7613a8"},
        {2, 32768, "9fc65737c49800cd099e7fdf48eb48b8c32671b31a2f3eb41b037bee216341ea"},
        {3, 32768, "792d7870a16d5bf81fe955617e24b5d4d2b8370596b5af7b3143d8b8cc1ebfb6"},
        {0, 32769, "d6119886bf60e3243af57e2a62ebfd3dc3f3bf50c6cfa7d49b63112e952099cb"},
        {1, 32769, "979d80910c21adc826ca9b8637ad7ba451a2c7768d724167c8f6d7fe7e5baadb"},
        {2, 32769, "90a401d65bd44fbba84feb254136675df53b3e52a0cb7bad7d1e1b8ff6ff1690"},
        {3, 32769, "13f9aba34720d2af29841926917cf9bafa0f9b0c3f0ba0337afe401a043f06ab"},
        {0, 65274, "6093727632cb253dcddd888fac97042234337d8db850866d56fe291cf2ccad41"},
        {1, 65274, "47dba0dbb1f0bf8dcefca7b69451408e2d2dff49dcd44830adfebea1cb0fafb4"},
        {2, 65274, "47f91203d42138bee291668e55a355d62c5f0f90e3b9a0ce9d7eb8d2c7913904"},
        {3, 65274, "31147187901f4c249c36013c19198bce157eea3fa90ab09e0bc091ca6a2fd979"},
        {4, 65274, "f709339192de770a296d0670efb3ce5359a19aaf55599e37f70048d8215a5780"},
        {0, 65275, "10c54906d671e189ecda10c989034896f4c52e1d57fa2cf3641e9b7e53b513d0"},
        {1, 65275, "a6727b5eddcc23dd22f522547bbc2d877ab34e78ece02e4096e1c31b926efac3"},
        {2, 65275, "28f867fafdc3da814a683adb09b286929152e8a0b005fd818f44443bb954750a"},
        {3, 65275, "364b8681d30881c9b7a5ad250bf039f25eba2d844ac1d67241f9ae6faaf25359"},
        {4, 65275, "9d5f965f357184d8a3ca424712a6c917769b700298391c61af0167f8661b2990"},
        {0, 65535, "d0d54fa91308982edd2262d32143dc713623de7e871c4d9bdbaa2c895c63f3dc"},
        {1, 65535, "e6ca66142712a05d673442c8a20788d2543790c8e2ac97cc3af8699107627fd4"},
        {2, 65535, "35c5e59ff6c988745cbec08fcb8290c067beca097065e8b93b79b7d83c0d41a4"},
        {3, 65535, "fb052686c94a102ee5265705d1a17365b22146c5327cbe31fc90ca05c2eba70c"},
        {4, 65535, "a93d8f75a173a424ecfcb4a11f42400b2750747bd1792773d5f2b03fdc6e415c"},
        {0, 65536, "04255b1c36d648439014b3c729a014a4bf54a37246f0d64018a0c6f78a3e0055"},
        {1, 65536, "17bd18b0eba59af28e995ec1d23a5796665f5937aff0831626d4d394335f7a7a"},
        {2, 65536, "4c6756f286a62f3fb05a00969548c3bcd9fc8f8b706b6a29f3ad761264fc16c2"},
        {3, 65536, "193ce0742a578d05c558102f3a040aac84b820ad4ac5615314dc219d22806b60"},
        {4, 65536, "78e8ac47ce69446e26fab11af73dc737abc8cdf8d58bb5a63ed03625eb037287"},
        {0, 65537, "04b6738f5762395bf54eba92b6414a7adf6c9f291040481c4a146f2be7cba1ed"},
        {1, 65537, "025ebfeb440774805f2b34987fa7cdb5fee131f249180676c580cfef418bb98c"},
        {2, 65537, "9a14ee2b8c0449a4354e0384d747f186e0308c59a6d32e66e2ce63ccfe6ac645"},
        {3, 65537, "bf9a5792f50eee0559e3e3213da97dc1b1f98bcb1eae01c3a748da5955a7276b"},
        {4, 65537, "1eca2c7a45e84512ea538b97713c502c6869b663017ee155ec5d0db7774065e6"},
        {0, 200000, "7b814787b6478b23ed092dd7f2ea77e3da342e8767dff7ef91178f220ee1190e"},
        {1, 200000, "936078af16d35b21d2302243474a0af1fa07a47fd36497415ad932ae10cec077"},
        {2, 200000, "c025c518c8debb18d5ffb7842d148fb2d40e748fb933a95a198191d8a7ce4d95"},
        {3, 200000, "c6901ce1c04418649a02545dd6f89582de911f1e02824d4f6d30b99c7235254d"},
        {4, 200000, "9ce9acf848a61b7c8eef048d98f31f51623a661c24855c2b4d2926ad702b1fb2"},
        {0, 1048576, "034641d585144b5adb726e1d64cd123723112749678cb1e1a182ab4245ae9eec"},
        {1, 1048576, "ba6d1c9ce4b25ae3f6d0cf637606a54f3405bbb9e6746b0d3e61d0b6ed567894"},
        {2, 1048576, "df878a4cb3a12e2b15bec0ed7f5418cdba045353946ffd189f4fb594fe4dd375"},
        {3, 1048576, "2cf80e3d5449d76ef0511ee0a8cdd8dfa27b441af5adfb3695f736c147f5f110"},
        {4, 1048576, "5e3e635d8a09847bbdb910b5f5134a58cf5aef2a742bc5199907fc7e72e6d4a4"},

    };
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(4 * MF_MIB);
    static const size_t pieces[] = {SIZE_MAX / 2, 32768, 65535, 4099, 777};
    char *content = malloc(MF_MIB), hex[65];
    (void)state;
    assert_non_null(content);
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_str s = {content, cases[i].n};
        generate(cases[i].kind, content, s.n);
        for (size_t k = 0; k < MF_COUNT(pieces); k++) {
            mf_buf_clear(&out);
            compress(s, pieces[k], &out);
            struct mf_digest d = mf_sha256_of(mf_buf_view(&out));
            mf_hex(d.b, sizeof(d.b), hex);
            if (strcmp(hex, cases[i].sha256) != 0)
                fail_msg("kind %d, %zu bytes, pieces of %zu: not Go's stream", cases[i].kind, s.n, pieces[k]);
        }
        assert_round_trip(s, &out);
    }
    free(content);
}

/* After gigabytes, positions start anew; the result is as with a new encoder. */
static void test_many_streams(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf first = MF_BUF_INIT(MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_MIB);
    static char content[5000];
    (void)state;
    generate(3, content, sizeof(content));
    compress((struct mf_str){content, sizeof(content)}, 5000, &first);
    for (int i = 0; i < 70000; i++)
        mf_goflate_start(encoder);
    for (int i = 0; i < 10; i++) {
        mf_buf_clear(&out);
        compress((struct mf_str){content, sizeof(content)}, 5000, &out);
        assert_int_equal(out.n, first.n);
        assert_memory_equal(out.p, first.p, first.n);
    }
}

/* A full buffer fails, stays failed, and the encoder can be used again. */
static void test_buffer_limit(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf tiny = MF_BUF_INIT(600);
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_MIB);
    static char content[200000];
    (void)state;
    generate(1, content, sizeof(content));
    mf_goflate_start(encoder);
    mf_goflate_write(encoder, content, sizeof(content), &tiny);
    mf_goflate_finish(encoder, &tiny);
    assert_int_equal(tiny.failed, MF_E_LIMIT);
    compress((struct mf_str){content, sizeof(content)}, 10000, &out);
    assert_round_trip((struct mf_str){content, sizeof(content)}, &out);
}

/* Code lengths at the limit, where ties decide; from Go's huffmanEncoder. */
static void test_code_lengths(void **state)
{
    static const uint32_t fibonacci[] = {1,  1,   2,   3,   5,   8,   13,   21,   34,  55,
                                         89, 144, 233, 377, 610, 987, 1597, 2584, 4181};
    static const uint32_t equal[] = {7, 7, 7, 7, 7}, one[] = {0, 0, 3}, two[] = {9, 0, 1};
    static const struct {
        const uint32_t *freq;
        size_t n;
        unsigned max_bits;
        const char *lengths; /* one letter each: 'a' + length */
    } cases[] = {
        {fibonacci, MF_COUNT(fibonacci), 15, "ppppoonnlkjihgfedcb"},
        {fibonacci, MF_COUNT(fibonacci), 7, "hhhhhhhhhhhhfeeddcc"},
        {fibonacci, MF_COUNT(fibonacci), 5, "ffffffffffffffffddc"},
        {equal, MF_COUNT(equal), 15, "ddccc"},
        {one, MF_COUNT(one), 15, "aab"},
        {two, MF_COUNT(two), 15, "bab"},

    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_goflate_code codes[32];
        char lengths[33] = "";
        mf_goflatecode_build(cases[i].freq, cases[i].n, cases[i].max_bits, codes);
        for (size_t k = 0; k < cases[i].n; k++)
            lengths[k] = (char)('a' + codes[k].n);
        assert_string_equal(lengths, cases[i].lengths);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_small),        cmocka_unit_test(test_generated),    cmocka_unit_test(test_many_streams),
        cmocka_unit_test(test_buffer_limit), cmocka_unit_test(test_code_lengths),
    };
    return cmocka_run_group_tests(tests, make_encoder, free_encoder);
}

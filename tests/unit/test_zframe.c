#include "formats/zframe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <zstd.h>

#include <cmocka.h>

/* Text that compresses, different for each seed. */
static struct mf_str sample(struct mf_buf *b, size_t n, unsigned seed)
{
    while (b->n < n) {
        seed = seed * 1103515245u + 12345u;
        mf_buf_fmt(b, "func f%u(x int) int { return x + %u }\n", seed >> 20, seed >> 24);
    }
    mf_buf_truncate(b, n);
    return mf_buf_view(b);
}

static enum mf_code decompress(struct mf_str frame, size_t raw_size, struct mf_buf *out)
{
    struct mf_err err = {0};
    MF_CLEANUP(mf_zdecompress_free) struct mf_zdecompress *z = NULL;
    assert_int_equal(mf_zdecompress_new(&z, &err), 0);
    return mf_zdecompress_frame(z, frame, MF_LIT(""), raw_size, out, &err) < 0 ? err.code : MF_OK;
}

static void refuse(struct mf_str frame, size_t raw_size)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_FRAME_RAW_MAX);
    assert_int_equal(decompress(frame, raw_size, &out), MF_E_DAMAGED);
}

static void compress(struct mf_str raw, int level, struct mf_buf *out)
{
    struct mf_err err = {0};
    MF_CLEANUP(mf_zcompress_free) struct mf_zcompress *z = NULL;
    assert_int_equal(mf_zcompress_new(&z, level, &err), 0);
    assert_int_equal(mf_zcompress_frame(z, raw, MF_LIT(""), out, &err), 0);
}

#define FRAME_BUF MF_BUF_INIT(ZSTD_COMPRESSBOUND(MF_FRAME_RAW_MAX))

static void test_round_trip(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 255, 256, 65792, 1000 * 1000};
    static const int levels[] = {1, 3, 9, 19};
    for (size_t i = 0; i < MF_COUNT(sizes); i++) {
        for (size_t k = 0; k < MF_COUNT(levels); k++) {
            MF_CLEANUP(mf_buf_release)
            struct mf_buf raw = MF_BUF_INIT(MF_FRAME_RAW_MAX), frame = FRAME_BUF, again = FRAME_BUF,
                          back = MF_BUF_INIT(MF_FRAME_RAW_MAX);
            compress(sample(&raw, sizes[i], 7), levels[k], &frame);
            compress(mf_buf_view(&raw), levels[k], &again);
            assert_true(mf_str_eq(mf_buf_view(&frame), mf_buf_view(&again)));
            assert_int_equal(decompress(mf_buf_view(&frame), raw.n, &back), MF_OK);
            assert_true(mf_str_eq(mf_buf_view(&raw), mf_buf_view(&back)));
        }
    }
}

/* A frame after a prefix is smaller, needs that prefix and no other, and leaves the next one alone. */
static void test_prefix(void **state)
{
    (void)state;
    static const int levels[] = {1, 3, 9, 12, 19};
    struct mf_err err = {0};
    for (size_t i = 0; i < MF_COUNT(levels); i++) {
        MF_CLEANUP(mf_zcompress_free) struct mf_zcompress *z = NULL;
        MF_CLEANUP(mf_zdecompress_free) struct mf_zdecompress *back = NULL;
        MF_CLEANUP(mf_buf_release)
        struct mf_buf old = MF_BUF_INIT(MF_MIB), new = MF_BUF_INIT(MF_MIB), alone = FRAME_BUF, frame = FRAME_BUF,
                      again = FRAME_BUF, raw = MF_BUF_INIT(MF_FRAME_RAW_MAX);
        sample(&old, 300000, 11);
        mf_buf_str(&new, MF_LIT("package changed\n"));
        mf_buf_str(&new, mf_buf_view(&old));
        assert_int_equal(mf_zcompress_new(&z, levels[i], &err), 0);
        assert_int_equal(mf_zdecompress_new(&back, &err), 0);
        assert_int_equal(mf_zcompress_frame(z, mf_buf_view(&new), MF_LIT(""), &alone, &err), 0);
        assert_int_equal(mf_zcompress_frame(z, mf_buf_view(&new), mf_buf_view(&old), &frame, &err), 0);
        assert_true(frame.n < 500 && alone.n > 4 * frame.n);
        assert_int_equal(mf_zcompress_frame(z, mf_buf_view(&new), MF_LIT(""), &again, &err), 0);
        assert_true(mf_str_eq(mf_buf_view(&alone), mf_buf_view(&again)));
        assert_int_equal(mf_zdecompress_frame(back, mf_buf_view(&frame), mf_buf_view(&old), new.n, &raw, &err), 0);
        assert_true(mf_str_eq(mf_buf_view(&raw), mf_buf_view(&new)));
        bool plain = mf_zdecompress_frame(back, mf_buf_view(&frame), MF_LIT(""), new.n, &raw, &err) == 0;
        assert_false(plain && mf_str_eq(mf_buf_view(&raw), mf_buf_view(&new)));
        assert_int_equal(mf_zdecompress_frame(back, mf_buf_view(&alone), MF_LIT(""), new.n, &raw, &err), 0);
        assert_true(mf_str_eq(mf_buf_view(&raw), mf_buf_view(&new)));
    }
}

/* What is mostly new is compressed once more, harder, and leaves the next frame alone. */
static void test_new_after_prefix(void **state)
{
    (void)state;
    static const struct {
        int level;
        bool again;
    } cases[] = {{8, false}, {9, true}, {12, true}, {15, true}, {17, false}};
    struct mf_err err = {0};
    MF_CLEANUP(mf_zcompress_free) struct mf_zcompress *hard = NULL;
    MF_CLEANUP(mf_buf_release)
    struct mf_buf old = MF_BUF_INIT(MF_MIB), new = MF_BUF_INIT(MF_MIB), harder = FRAME_BUF, frame = FRAME_BUF,
                  before = FRAME_BUF, after = FRAME_BUF;
    sample(&old, 100000, 11);
    sample(&new, 400000, 5);
    assert_int_equal(mf_zcompress_new(&hard, 16, &err), 0);
    assert_int_equal(mf_zcompress_frame(hard, mf_buf_view(&new), mf_buf_view(&old), &harder, &err), 0);
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        MF_CLEANUP(mf_zcompress_free) struct mf_zcompress *z = NULL;
        assert_int_equal(mf_zcompress_new(&z, cases[i].level, &err), 0);
        assert_int_equal(mf_zcompress_frame(z, mf_buf_view(&new), MF_LIT(""), &before, &err), 0);
        assert_int_equal(mf_zcompress_frame(z, mf_buf_view(&new), mf_buf_view(&old), &frame, &err), 0);
        assert_int_equal(mf_str_eq(mf_buf_view(&frame), mf_buf_view(&harder)), cases[i].again);
        assert_int_equal(mf_zcompress_frame(z, mf_buf_view(&new), MF_LIT(""), &after, &err), 0);
        assert_true(mf_str_eq(mf_buf_view(&before), mf_buf_view(&after)));
        assert_false(mf_str_eq(mf_buf_view(&before), mf_buf_view(&harder)));
    }
}

static void test_one_context_many_frames(void **state)
{
    (void)state;
    struct mf_err err = {0};
    MF_CLEANUP(mf_zcompress_free) struct mf_zcompress *z = NULL;
    MF_CLEANUP(mf_buf_release)
    struct mf_buf a = MF_BUF_INIT(MF_MIB), b = MF_BUF_INIT(MF_MIB), first = FRAME_BUF, second = FRAME_BUF;
    assert_int_equal(mf_zcompress_new(&z, 5, &err), 0);
    sample(&a, 90000, 1);
    sample(&b, 70000, 2);
    assert_int_equal(mf_zcompress_frame(z, mf_buf_view(&a), MF_LIT(""), &first, &err), 0);
    assert_int_equal(mf_zcompress_frame(z, mf_buf_view(&b), MF_LIT(""), &second, &err), 0);
    assert_int_equal(mf_zcompress_frame(z, mf_buf_view(&a), MF_LIT(""), &second, &err), 0);
    assert_true(mf_str_eq(mf_buf_view(&first), mf_buf_view(&second)));
}

static void test_limits(void **state)
{
    (void)state;
    struct mf_err err = {0};
    MF_CLEANUP(mf_zcompress_free) struct mf_zcompress *z = NULL;
    MF_CLEANUP(mf_buf_release) struct mf_buf out = FRAME_BUF;
    char *raw = calloc(1, MF_FRAME_RAW_MAX + 1);
    assert_non_null(raw);
    assert_int_equal(mf_zcompress_new(&z, 1, &err), 0);
    assert_int_equal(mf_zcompress_frame(z, (struct mf_str){raw, MF_FRAME_RAW_MAX + 1}, MF_LIT(""), &out, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    assert_int_equal(mf_zframe_store((struct mf_str){raw, MF_FRAME_RAW_MAX + 1}, &out, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    assert_int_equal(mf_zcompress_frame(z, (struct mf_str){raw, MF_FRAME_RAW_MAX}, MF_LIT(""), &out, &err), 0);
    MF_CLEANUP(mf_buf_release) struct mf_buf back = MF_BUF_INIT(MF_FRAME_RAW_MAX), small = MF_BUF_INIT(100);
    assert_int_equal(decompress(mf_buf_view(&out), MF_FRAME_RAW_MAX, &back), MF_OK);
    assert_int_equal(decompress(mf_buf_view(&out), MF_FRAME_RAW_MAX, &small), MF_E_LIMIT);
    assert_int_equal(decompress(mf_buf_view(&out), MF_FRAME_RAW_MAX + 1, &back), MF_E_LIMIT);
    free(raw);
}

static void test_hostile_frames(void **state)
{
    (void)state;
    MF_CLEANUP(mf_buf_release) struct mf_buf raw = MF_BUF_INIT(MF_MIB), frame = FRAME_BUF;
    compress(sample(&raw, 3000, 3), 3, &frame);
    struct mf_str good = mf_buf_view(&frame);
    for (size_t n = 0; n < good.n; n++)
        refuse(mf_str_head(good, n), raw.n);
    refuse(good, raw.n + 1);
    refuse(good, raw.n - 1);
    refuse(good, 0);
    mf_buf_byte(&frame, 0);
    refuse(mf_buf_view(&frame), raw.n);
    mf_buf_truncate(&frame, frame.n - 1);
    MF_CLEANUP(mf_buf_release) struct mf_buf two = FRAME_BUF;
    mf_buf_str(&two, mf_buf_view(&frame));
    mf_buf_str(&two, mf_buf_view(&frame));
    refuse(mf_buf_view(&two), raw.n);
    refuse(mf_buf_view(&two), 2 * raw.n);
    static const char skippable[] = "\x50\x2a\x4d\x18\x04\0\0\0abcd";
    refuse((struct mf_str){skippable, sizeof(skippable) - 1}, 0);
    refuse((struct mf_str){skippable, sizeof(skippable) - 1}, 4);
    refuse((struct mf_str){NULL, 0}, 0);
}

/* Frames that zstd reads and a bundle may not hold. */
static void test_frames_of_others(void **state)
{
    (void)state;
    MF_CLEANUP(mf_buf_release) struct mf_buf raw = MF_BUF_INIT(MF_MIB);
    sample(&raw, 3000, 3);
    char frame[8192], dict[1024];
    memset(dict, 'd', sizeof(dict));
    ZSTD_CCtx *ctx = ZSTD_createCCtx();
    assert_non_null(ctx);
    ZSTD_CCtx_setParameter(ctx, ZSTD_c_checksumFlag, 1);
    size_t n = ZSTD_compress2(ctx, frame, sizeof(frame), raw.p, raw.n);
    assert_false(ZSTD_isError(n));
    refuse((struct mf_str){frame, n}, raw.n);
    ZSTD_CCtx_setParameter(ctx, ZSTD_c_checksumFlag, 0);
    ZSTD_CCtx_setParameter(ctx, ZSTD_c_contentSizeFlag, 0);
    n = ZSTD_compress2(ctx, frame, sizeof(frame), raw.p, raw.n);
    assert_false(ZSTD_isError(n));
    refuse((struct mf_str){frame, n}, raw.n);
    ZSTD_freeCCtx(ctx);
    /* Content size and a window of 64 MiB, then one empty last block. */
    static const char window[] = "\x28\xb5\x2f\xfd\x40\x80\x00\x00\x01\x00\x00";
    refuse((struct mf_str){window, sizeof(window) - 1}, 256);
    /* A dictionary id. */
    static const char needs[] = "\x28\xb5\x2f\xfd\x21\x07\x00\x01\x00\x00";
    refuse((struct mf_str){needs, sizeof(needs) - 1}, 0);
}

static void test_no_frame_byte_crashes(void **state)
{
    (void)state;
    MF_CLEANUP(mf_buf_release)
    struct mf_buf raw = MF_BUF_INIT(MF_MIB), frame = FRAME_BUF, out = MF_BUF_INIT(MF_FRAME_RAW_MAX);
    compress(sample(&raw, 500, 4), 3, &frame);
    for (size_t i = 0; i < frame.n * 8; i++) {
        frame.p[i / 8] ^= (char)(1 << i % 8);
        enum mf_code code = decompress(mf_buf_view(&frame), raw.n, &out);
        assert_true(code == MF_OK || code == MF_E_DAMAGED);
        frame.p[i / 8] ^= (char)(1 << i % 8);
    }
}

static void test_store(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 131071, 131072, 131073, 300000};
    for (size_t i = 0; i < MF_COUNT(sizes); i++) {
        struct mf_err err = {0};
        MF_CLEANUP(mf_buf_release)
        struct mf_buf raw = MF_BUF_INIT(MF_MIB), frame = FRAME_BUF, out = MF_BUF_INIT(MF_MIB);
        assert_int_equal(mf_zframe_store(sample(&raw, sizes[i], 5), &frame, &err), 0);
        size_t blocks = sizes[i] ? (sizes[i] + 131071) / 131072 : 1;
        assert_int_equal(frame.n, 9 + 3 * blocks + sizes[i]);
        assert_int_equal(decompress(mf_buf_view(&frame), raw.n, &out), MF_OK);
        assert_true(mf_str_eq(mf_buf_view(&raw), mf_buf_view(&out)));
    }
}

static void test_seektable(void **state)
{
    (void)state;
    struct mf_err err = {0};
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(1024);
    const struct mf_frame frames[] = {{.raw_size = 0x1000000, .size = 0x123456}, {.raw_size = 5, .size = 14}};
    static const char want[] = "\x5e\x2a\x4d\x18\x21\0\0\0"
                               "\x0c\x08\0\0\0\x08\0\0"
                               "\x56\x34\x12\0\0\0\0\x01"
                               "\x0e\0\0\0\x05\0\0\0"
                               "\x03\0\0\0\0\xb1\xea\x92\x8f";
    assert_int_equal(mf_zframe_seektable(2060, 2048, frames, 2, &out, &err), 0);
    assert_true(mf_str_eq(mf_buf_view(&out), (struct mf_str){want, sizeof(want) - 1}));
    assert_int_equal(mf_zframe_seektable((uint64_t)1 << 32, 2048, frames, 2, &out, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_prefix),
        cmocka_unit_test(test_new_after_prefix),
        cmocka_unit_test(test_one_context_many_frames),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_hostile_frames),
        cmocka_unit_test(test_frames_of_others),
        cmocka_unit_test(test_no_frame_byte_crashes),
        cmocka_unit_test(test_store),
        cmocka_unit_test(test_seektable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Expected hashes were computed with Go's crypto/sha256 over the lines that
 * dirhash.Hash1 describes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "formats/dirhash.h"

static const char EMPTY_SET[] = "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
static const char EMPTY_GOMOD[] = "h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=";
static const char SMALL_GOMOD[] = "h1:flS2VctbRrTv+sBE+VKgxx6hlkMGPVz9MGOmzMYFg3k=";
static const char FOUR_FILES[] = "h1:7WQ9LCBZj7wi09xhy27xOI7Ifg2Q6qii4hcFvgoLUKw=";

static void test_gomod(void **state)
{
    char h1[MF_H1_SIZE];
    (void)state;
    mf_dirhash_gomod(MF_LIT(""), h1);
    assert_string_equal(h1, EMPTY_GOMOD);
    mf_dirhash_gomod(MF_LIT("module example.com/m\n"), h1);
    assert_string_equal(h1, SMALL_GOMOD);
}

static void add(struct mf_dirhash *h, const char *name, const char *content)
{
    struct mf_err err = {0};
    struct mf_digest d = mf_sha256_of(mf_str(content));
    assert_int_equal(mf_dirhash_add(h, mf_str(name), &d, &err), 0);
}

static void test_order_does_not_matter(void **state)
{
    static const char *const files[][2] = {{"example.com/m@v1.0.0/b.go", "package b\n"},
                                           {"example.com/m@v1.0.0/a.go", "package a\n"},
                                           {"example.com/m@v1.0.0/a/\xc3\xa9.txt", ""},
                                           {"example.com/m@v1.0.0/a", "x"}};
    MF_CLEANUP(mf_dirhash_release) struct mf_dirhash h = MF_DIRHASH_INIT;
    char h1[MF_H1_SIZE];
    (void)state;
    for (size_t first = 0; first < MF_COUNT(files); first++) {
        for (size_t i = 0; i < MF_COUNT(files); i++) {
            const char *const *f = files[(first + i) % MF_COUNT(files)];
            add(&h, f[0], f[1]);
        }
        mf_dirhash_done(&h, h1);
        assert_string_equal(h1, FOUR_FILES);
        assert_int_equal(h.count, 0);
    }
}

static void test_name_is_copied_and_set_emptied(void **state)
{
    MF_CLEANUP(mf_dirhash_release) struct mf_dirhash h = MF_DIRHASH_INIT;
    char name[] = "go.mod", h1[MF_H1_SIZE];
    (void)state;
    add(&h, name, "");
    name[0] = 'X';
    mf_dirhash_done(&h, h1);
    assert_string_equal(h1, EMPTY_GOMOD);
    mf_dirhash_done(&h, h1);
    assert_string_equal(h1, EMPTY_SET);
}

static void test_many_names(void **state)
{
    MF_CLEANUP(mf_dirhash_release) struct mf_dirhash up = MF_DIRHASH_INIT;
    MF_CLEANUP(mf_dirhash_release) struct mf_dirhash down = MF_DIRHASH_INIT;
    char name[32], a[MF_H1_SIZE], b[MF_H1_SIZE];
    (void)state;
    for (int i = 0; i < 5000; i++) {
        snprintf(name, sizeof(name), "m@v1.0.0/%d", i);
        add(&up, name, name);
        snprintf(name, sizeof(name), "m@v1.0.0/%d", 4999 - i);
        add(&down, name, name);
    }
    mf_dirhash_done(&up, a);
    mf_dirhash_done(&down, b);
    assert_string_equal(a, b);
    assert_true(mf_h1_valid(mf_str(a)));
}

static void test_newline_is_refused(void **state)
{
    MF_CLEANUP(mf_dirhash_release) struct mf_dirhash h = MF_DIRHASH_INIT;
    struct mf_digest d = mf_sha256_of(MF_LIT(""));
    struct mf_err err = {0};
    (void)state;
    assert_int_equal(mf_dirhash_add(&h, MF_LIT("m@v1.0.0/a\nb"), &d, &err), -1);
    assert_int_equal(err.code, MF_E_MODZIP);
    assert_int_equal(h.count, 0);
}

static void test_valid(void **state)
{
    static const char *const bad[] = {"",
                                      "h1:",
                                      "h2:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
                                      "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
                                      "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
                                      "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFV=",
                                      "h1:47DEQpj8HBSa-_TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
                                      " h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="};
    (void)state;
    assert_true(mf_h1_valid(mf_str(EMPTY_SET)));
    assert_true(mf_h1_valid(mf_str(FOUR_FILES)));
    for (size_t i = 0; i < MF_COUNT(bad); i++)
        assert_false(mf_h1_valid(mf_str(bad[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gomod),
        cmocka_unit_test(test_order_does_not_matter),
        cmocka_unit_test(test_name_is_copied_and_set_emptied),
        cmocka_unit_test(test_many_names),
        cmocka_unit_test(test_newline_is_refused),
        cmocka_unit_test(test_valid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

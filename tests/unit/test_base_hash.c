/* Vectors of FIPS 180-4 and of its examples, checked with sha256sum. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "formats/base/encode.h"
#include "formats/base/hash.h"

static const struct {
    const char *text, *hex;
} vectors[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

static void is(const struct mf_digest *d, const char *hex)
{
    char text[MF_HEX_SIZE(sizeof(d->b))];
    mf_hex(d->b, sizeof(d->b), text);
    assert_string_equal(text, hex);
}

static void test_vectors(void **state)
{
    struct mf_sha256 h;
    (void)state;
    mf_sha256_init(&h);
    for (size_t i = 0; i < MF_COUNT(vectors); i++) {
        struct mf_digest d = mf_sha256_of(mf_str(vectors[i].text)), again;
        is(&d, vectors[i].hex);
        /* byte by byte, and the context is ready again after each digest */
        for (const char *p = vectors[i].text; *p; p++) {
            mf_sha256_add(&h, p, 1);
            mf_sha256_add(&h, NULL, 0);
        }
        mf_sha256_done(&h, &again);
        assert_true(mf_digest_eq(&d, &again));
        again.b[31] ^= 1;
        assert_false(mf_digest_eq(&d, &again));
    }
    struct mf_digest none = mf_sha256_of((struct mf_str){NULL, 0});
    is(&none, vectors[0].hex);
}

/* A million times "a", in pieces that do not fit the block size. */
static void test_pieces(void **state)
{
    char piece[997];
    struct mf_sha256 h;
    struct mf_digest d;
    (void)state;
    memset(piece, 'a', sizeof(piece));
    mf_sha256_init(&h);
    for (size_t left = 1000000; left;) {
        size_t n = left < sizeof(piece) ? left : sizeof(piece);
        mf_sha256_add(&h, piece, n);
        left -= n;
    }
    mf_sha256_done(&h, &d);
    is(&d, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_vectors), cmocka_unit_test(test_pieces)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "verify/installed.h"

#define H1 "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define HEAD "modferry-installed/1 proxy\n"
#define A "example.com/a v1.0.0 " H1 " " H1 " 1:2:3:4 1:5:6:1700000000000000000 -\n"
#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define C "example.com/c v1.0.0 " H1 " " H1 " 1:2:3:4 1:5:6:7:" HEX " -\n"
#define B "example.com/b v0.1.0 - " H1 " 1:7:3:4 - -\n"

static void test_round_trip(void **state)
{
    (void)state;
    struct mf_err err = {0};
    MF_CLEANUP(mf_installed_release) struct mf_installed r = MF_INSTALLED_INIT;
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_KIB);
    assert_int_equal(mf_installed_parse(MF_LIT(HEAD A B C), &r, &err), 0);
    assert_int_equal(r.kind, MF_TREE_PROXY);
    assert_int_equal(r.count, 3);
    assert_int_equal(r.modules[0].zip.inode, 5);
    assert_int_equal(r.modules[0].dir.inode, 0);
    assert_false(r.modules[0].zip_hash.known);
    assert_int_equal(r.modules[1].h1.n, 0);
    assert_true(r.modules[2].zip_hash.known);
    assert_int_equal(r.modules[2].zip_hash.sha256.b[1], 0x11);
    assert_ptr_equal(mf_installed_find(&r, r.modules[1].id), &r.modules[1]);
    assert_int_equal(mf_installed_text(&r, &out, &err), 0);
    assert_true(mf_str_eq(mf_buf_view(&out), MF_LIT(HEAD A B C)));
}

static void test_refused(void **state)
{
    (void)state;
    static const struct mf_str texts[] = {
        MF_LIT(""),
        MF_LIT("modferry-installed/1 proxy"),
        MF_LIT("modferry-installed/1 other\n"),
        MF_LIT(HEAD "\n"),
        MF_LIT(HEAD A A),
        MF_LIT(HEAD B A),
        MF_LIT(HEAD "example.com/a v1.0.0 " H1 " " H1 " 1:2:3:4 - -"), /* its end is lost, and maybe digits */
        MF_LIT(HEAD "example.com/a v1.0.0 " H1 " " H1 " 1:0:3:4 - -\n"),
        MF_LIT(HEAD "example.com/a v1.0.0 " H1 " " H1 " 01:2:3:4 - -\n"),
        MF_LIT(HEAD "example.com/a v1.0.0 " H1 " " H1 " 1:2:3:18446744073709551616 - -\n"),
        MF_LIT(HEAD "example.com/a v1.0.0 " H1 " " H1 " 1:2:3 - -\n"),
        MF_LIT(HEAD "example.com/a v1.0.0 " H1 " " H1 " 1:2:3:4:" HEX " - -\n"), /* a .mod has none */
        MF_LIT(HEAD "example.com/a v1.0.0 " H1 " " H1 " 1:2:3:4 1:2:3:4: -\n"),
        MF_LIT(HEAD "example.com/a v1.0.0 " H1 " " H1 " 1:2:3:4 1:2:3:4:" HEX "0 -\n"),
        MF_LIT(HEAD "example.com/a v1.0.0 " H1 " " H1 " 1:2:3:4 1:2:3:4:" HEX ":" HEX " -\n"),
        MF_LIT(HEAD "example.com/a v1.0.0 " H1 " " H1 " 1:2:3:4 - - -\n"),
        MF_LIT(HEAD "example.com/a v1.0.0 " H1 " - 1:2:3:4 - -\n"),
        MF_LIT(HEAD "example.com/../a v1.0.0 " H1 " " H1 " - - -\n"),
    };
    for (size_t i = 0; i < MF_COUNT(texts); i++) {
        struct mf_err err = {0};
        MF_CLEANUP(mf_installed_release) struct mf_installed r = MF_INSTALLED_INIT;
        if (mf_installed_parse(texts[i], &r, &err) == 0 || err.code != MF_E_DAMAGED)
            fail_msg("case %zu: code %d", i, err.code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

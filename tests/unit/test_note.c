#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sodium.h>

#include "formats/base/encode.h"
#include "formats/base/hash.h"
#include "formats/note.h"

/* The example of the note package: key and note of one PeterNeumann. */
static const char vkey[] = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char text[] = "If you think cryptography is the answer to your problem,\n"
                           "then you don't know what your problem is.\n";
#define SIGNED                                                                                                         \
    "\u2014 PeterNeumann "                                                                                             \
    "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

static struct mf_notekey key;

static void test_key(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
    } cases[] = {
        {"PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", NULL},
        {"PeterNeumann+c74f20a2+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "invalid verifier hash"},
        {"PeterNeumanm+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "invalid verifier hash"},
        {"PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "unknown verifier algorithm"},
        {"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10T", "malformed verifier id"},
        {"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy1w==", "malformed verifier id"},
        {"PeterNeumann+c74f20a+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "malformed verifier id"},
        {"Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "malformed verifier id"},
        {"+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "malformed verifier id"},
        {"PeterNeumann+c74f20a3", "malformed verifier id"},
        {"PeterNeumann", "malformed verifier id"},
        {"", "malformed verifier id"},
    };
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_notekey k;
        struct mf_err err = {0};
        int rc = mf_notekey_parse(mf_str(cases[i].text), &k, &err);
        assert_int_equal(rc, cases[i].error ? -1 : 0);
        if (cases[i].error)
            assert_string_equal(err.text, cases[i].error);
        else
            assert_memory_equal(k.key, key.key, sizeof(key.key));
    }
}

static void expect(const char *note, size_t n, enum mf_code code)
{
    struct mf_err err = {0};
    struct mf_str got = {NULL, 0};
    int rc = mf_note_open((struct mf_str){note, n}, &key, &got, &err);
    if (rc != (code ? -1 : 0) || err.code != code)
        fail_msg("%.*s: code %d (%s), not %d", (int)n, note, err.code, err.text, code);
    if (!code)
        assert_true(mf_str_eq(got, mf_str_head((struct mf_str){note, n}, got.n)));
}

static void test_open(void **state)
{
    (void)state;
    static const struct {
        const char *head, *signatures;
        enum mf_code code;
    } cases[] = {
        {text, "\n" SIGNED, MF_OK},
        {text, "\n\u2014 other AAAAAAA=\n" SIGNED, MF_OK},
        {text, "\n" SIGNED "\u2014 other AAAAAAA=\n", MF_OK},
        {text, "\n" SIGNED SIGNED, MF_OK},
        {text, "\n\u2014 other AAAAAAA=\n", MF_E_SUMDB},
        {text, "\n\u2014 PeterNeumann AAAAAAA=\n", MF_E_SUMDB},         /* another key of that name */
        {text, "\n\u2014 PeterNeumann x08goAA=\n", MF_E_SUMDB},         /* too short to be one */
        {"If you think\n", "\n" SIGNED, MF_E_SUMDB},                    /* another text */
        {text, "\n\u2014 other AAAAAA==\n" SIGNED, MF_E_DAMAGED},       /* four bytes: no signature */
        {text, "\n\u2014 other AAAAAAA\n" SIGNED, MF_E_DAMAGED},        /* padding missing */
        {text, "\n\u2014 other AAAAAAB=\n" SIGNED, MF_E_DAMAGED},       /* stray bits */
        {text, "\n\u2014 ot+her AAAAAAA=\n" SIGNED, MF_E_DAMAGED},      /* name */
        {text, "\n\u2014 ot\u00a0her AAAAAAA=\n" SIGNED, MF_E_DAMAGED}, /* name */
        {text, "\n\u2014  AAAAAAA=\n" SIGNED, MF_E_DAMAGED},            /* no name */
        {text, "\n- PeterNeumann AAAAAAA=\n" SIGNED, MF_E_DAMAGED},     /* another dash */
        {text, SIGNED, MF_E_DAMAGED},                                   /* no blank line */
        {text, "\n", MF_E_DAMAGED},                                     /* nothing behind it */
        {text, "\n" SIGNED "\n", MF_E_DAMAGED},                         /* a blank line too many */
        {text, "\n\u2014 other AAAAAAA=", MF_E_DAMAGED},                /* no newline at the end */
        {"a\tb\n", "\n" SIGNED, MF_E_DAMAGED},                          /* control character */
        {"a\xff\n", "\n" SIGNED, MF_E_DAMAGED},                         /* no UTF-8 */
        {"", "", MF_E_DAMAGED},
    };
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        char note[4096];
        int n = snprintf(note, sizeof(note), "%s%s", cases[i].head, cases[i].signatures);
        expect(note, (size_t)n, cases[i].code);
    }
    expect("a\0\n\n" SIGNED, 4 + sizeof(SIGNED) - 1, MF_E_DAMAGED);
}

static void test_limits(void **state)
{
    (void)state;
    struct mf_buf b = MF_BUF_INIT(2 * MF_NOTE_MAX);
    mf_buf_str(&b, mf_str(text));
    mf_buf_str(&b, MF_LIT("\n" SIGNED));
    for (int i = 1; i < MF_NOTE_SIGNATURES_MAX; i++)
        mf_buf_str(&b, MF_LIT("\u2014 other AAAAAAA=\n"));
    expect(b.p, b.n, MF_OK);
    mf_buf_str(&b, MF_LIT("\u2014 other AAAAAAA=\n"));
    expect(b.p, b.n, MF_E_DAMAGED);
    mf_buf_clear(&b);
    while (b.n <= MF_NOTE_MAX)
        mf_buf_str(&b, MF_LIT("text\n"));
    mf_buf_str(&b, MF_LIT("\n" SIGNED));
    expect(b.p, b.n, MF_E_LIMIT);
    mf_buf_release(&b);
}

/* Every bit of text and signature counts. */
static void test_bits(void **state)
{
    (void)state;
    char note[4096];
    struct mf_err err;
    struct mf_str got;
    int n = snprintf(note, sizeof(note), "%s\n%s", text, SIGNED);
    for (int i = 0; i < n; i++)
        for (int bit = 0; bit < 8; bit++) {
            note[i] ^= (char)(1 << bit);
            assert_int_equal(mf_note_open((struct mf_str){note, (size_t)n}, &key, &got, &err), -1);
            note[i] ^= (char)(1 << bit);
        }
}

static void test_list(void **state)
{
    (void)state;
    struct mf_str rest = MF_LIT("\n\na\n\nb\n\n\u2014 k x\n\u2014 l y\n\n\nc\n\n\u2014 m z");
    assert_true(mf_str_eq(mf_note_next(&rest), MF_LIT("a\n\nb\n\n\u2014 k x\n\u2014 l y\n")));
    assert_true(mf_str_eq(mf_note_next(&rest), MF_LIT("c\n\n\u2014 m z")));
    assert_int_equal(mf_note_next(&rest).n, 0);
    rest = MF_LIT("\n\n");
    assert_int_equal(mf_note_next(&rest).n, 0);
}

int main(void)
{
    struct mf_err err;
    if (sodium_init() < 0 || mf_notekey_parse(mf_str(vkey), &key, &err) < 0)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key),  cmocka_unit_test(test_open), cmocka_unit_test(test_limits),
        cmocka_unit_test(test_bits), cmocka_unit_test(test_list),
    };
    return cmocka_run_group_tests_name("note", tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>

#include "formats/base/dir.h"
#include "formats/base/err.h"
#include "formats/base/unicode.h"

static void test_set(void **state)
{
    struct mf_err err = {0};
    (void)state;
    assert_int_equal(mf_err_set(&err, MF_E_HASH, "frame %d: SHA-256 differs", 7), -1);
    assert_int_equal(err.code, MF_E_HASH);
    assert_string_equal(err.text, "frame 7: SHA-256 differs");
    assert_string_equal(mf_err_advice(&err), "do not use this content; find out where it was changed");
    assert_int_equal(mf_err_next(&err, "fetch frame %d again", 7), -1);
    assert_string_equal(mf_err_advice(&err), "fetch frame 7 again");
    assert_int_equal(mf_err_prefix(&err, "read %s", "deps.tar.zst"), -1);
    assert_string_equal(err.text, "read deps.tar.zst: frame 7: SHA-256 differs");
    assert_int_equal(err.code, MF_E_HASH);
    assert_string_equal(mf_err_advice(&err), "fetch frame 7 again");
    /* a new error forgets the old one's next step; it may quote the old text */
    mf_err_set(&err, MF_E_DAMAGED, "instead of \"%s\"", err.text);
    assert_string_equal(err.text, "instead of \"read deps.tar.zst: frame 7: SHA-256 differs\"");
    assert_string_equal(mf_err_advice(&err), "copy the file again; if that does not help, pack it again");
    mf_err_prefix(&err, "%s", err.text);
    assert_non_null(strstr(err.text, "\": instead of"));
}

static void test_errno(void **state)
{
    static const struct {
        int number;
        enum mf_code code;
    } cases[] = {{ENOSPC, MF_E_SPACE}, {EDQUOT, MF_E_SPACE}, {EACCES, MF_E_ACCESS}, {EPERM, MF_E_ACCESS},
                 {EROFS, MF_E_ACCESS}, {ENOMEM, MF_E_NOMEM}, {ENOENT, MF_E_IO},     {EMFILE, MF_E_IO},
                 {0, MF_E_IO},         {-1, MF_E_IO},        {99999, MF_E_IO}};
    static char name[5000];
    struct mf_err err = {0};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        mf_err_next(&err, "old");
        assert_int_equal(mf_err_errno(&err, cases[i].number, "open %s", "file"), -1);
        assert_int_equal(err.code, cases[i].code);
        assert_memory_equal(err.text, "open file: ", 11);
        assert_true(strlen(err.text) > 11);
        assert_string_equal(err.next, "");
    }
    mf_err_errno(&err, ENOENT, "open");
    assert_string_equal(err.text, "open: No such file or directory");
    /* the reason stays however long the name is */
    memset(name, 'n', sizeof(name) - 1);
    mf_err_errno(&err, ENOSPC, "write %s", name);
    assert_non_null(strstr(err.text, "nnn: No space left on device"));
    assert_int_equal(mf_err_nomem(&err), -1);
    assert_int_equal(err.code, MF_E_NOMEM);
}

/* Too long a text is cut, never overrun, also where a character or an escape
 * would straddle the end. */
static void test_long(void **state)
{
    static const char *const units[] = {"x", "\x1b", "\xc3\xa9", "\xf0\x9f\x90\xb9", "\xe2\x80\xae"};
    struct mf_err err;
    (void)state;
    for (size_t u = 0; u < MF_COUNT(units); u++)
        for (size_t shift = 0; shift < 16; shift++) {
            char text[4096] = {0};
            memset(text, '-', shift);
            for (size_t n = shift; n + 5 < sizeof(text); n += strlen(units[u]))
                memcpy(text + n, units[u], strlen(units[u]));
            memset(&err, 0x55, sizeof(err));
            mf_err_set(&err, MF_E_IO, "%s", text);
            assert_in_range(strlen(err.text), 1500, sizeof(err.text) - 1);
            mf_err_prefix(&err, "%s", text);
            assert_in_range(strlen(err.text), 1500, sizeof(err.text) - 1);
            mf_err_next(&err, "%s", text);
            assert_in_range(strlen(err.next), 480, sizeof(err.next) - 1);
            for (size_t i = 0; err.text[i]; i++)
                assert_true((unsigned char)err.text[i] >= 0x20);
            assert_true(mf_utf8_valid(mf_str(err.text)));
            assert_true(mf_utf8_valid(mf_str(err.next)));
        }
}

static void test_mask(void **state)
{
    static const struct {
        struct mf_str text;
        const char *shown;
    } cases[] = {
        {{"", 0}, ""},
        {{"plain text", 10}, "plain text"},
        {{"a\nb\r\tc", 6}, "a\\x0ab\\x0d\\x09c"},
        {{"\x1b[31mred\x1b[0m", 12}, "\\x1b[31mred\\x1b[0m"},
        {{"nul\0here", 8}, "nul\\x00here"},
        {{"\x7f\x80\xff", 3}, "\\x7f\\x80\\xff"},
        {{"gr\xc3\xbc\xc3\x9f", 6}, "gr\xc3\xbc\xc3\x9f"},
        {{"cut \xe2\x82", 6}, "cut \\xe2\\x82"},
        {{"\xc2\x9b"
          "31m",
          5},
         "\\xc2\\x9b31m"},
        {{"\xe2\x80\xae"
          "gpj.exe",
          10},
         "\\xe2\\x80\\xaegpj.exe"},
        {{"a\xe2\x80\xa8"
          "b",
          5},
         "a\\xe2\\x80\\xa8b"},
        {{"\xef\xbb\xbf"
          "x",
          4},
         "\\xef\\xbb\\xbfx"},
        {{"\xc0\xaf", 2}, "\\xc0\\xaf"},
        {{"\xed\xa0\x80", 3}, "\\xed\\xa0\\x80"},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        char out[64];
        size_t whole = strlen(cases[i].shown);
        assert_int_equal(mf_mask(cases[i].text.p, cases[i].text.n, out, sizeof(out)), whole);
        assert_string_equal(out, cases[i].shown);
        /* any smaller room: a prefix, terminated, nothing written behind it */
        for (size_t cap = 1; cap <= whole; cap++) {
            char *small = malloc(cap);
            assert_non_null(small);
            size_t n = mf_mask(cases[i].text.p, cases[i].text.n, small, cap);
            assert_true(n < cap && strlen(small) == n);
            assert_memory_equal(small, cases[i].shown, n);
            free(small);
        }
    }
}

static void test_messages_are_masked(void **state)
{
    struct mf_err err = {0};
    (void)state;
    mf_err_set(&err, MF_E_MODZIP, "name \"%s\"", "a\x1b]0;title\x07\n");
    assert_string_equal(err.text, "name \"a\\x1b]0;title\\x07\\x0a\"");
    mf_err_prefix(&err, "%s", "\xff");
    assert_string_equal(err.text, "\\xff: name \"a\\x1b]0;title\\x07\\x0a\"");
    mf_err_next(&err, "see %s", "\x1b[2J");
    assert_string_equal(mf_err_advice(&err), "see \\x1b[2J");
    mf_err_errno(&err, ENOENT, "open %s", "\x1b[2J");
    assert_string_equal(err.text, "open \\x1b[2J: No such file or directory");
}

static void test_table(void **state)
{
    static const int statuses[] = {1, 2, 3, 4, 5, 130, 143};
    (void)state;
    for (int code = MF_OK; code < MF_CODE_COUNT; code++) {
        struct mf_err err = {.code = (enum mf_code)code};
        const char *name = mf_code_name(err.code);
        assert_non_null(name);
        assert_int_equal(strspn(name, "abcdefghijklmnopqrstuvwxyz-"), strlen(name));
        for (int other = MF_OK; other < code; other++)
            assert_string_not_equal(name, mf_code_name((enum mf_code)other));
        if (code == MF_OK) {
            assert_int_equal(mf_code_exit(MF_OK), 0);
            continue;
        }
        size_t known = 0;
        for (size_t i = 0; i < MF_COUNT(statuses); i++)
            known += mf_code_exit(err.code) == statuses[i];
        assert_int_equal(known, 1);
        assert_true(mf_err_advice(&err)[0] != '\0');
    }
}

/* The rows of docs/errors.md after its last headline are the table, in order. */
static void test_documentation(void **state)
{
    struct mf_err err = {0};
    struct mf_dir docs;
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(64 * MF_KIB);
    (void)state;
    assert_int_equal(mf_dir_open(&docs, TESTS_DIR "/../docs", false, &err), 0);
    assert_int_equal(mf_dir_read(docs, "errors.md", &b, NULL, &err), 0);
    mf_dir_release(&docs);
    const char *table = strstr(mf_buf_cstr(&b), "| name | exit | meaning | next step |\n|---|---|---|---|\n");
    assert_non_null(table);
    struct mf_str rest = mf_str(table);
    (void)mf_str_cut(rest, '\n', &rest);
    (void)mf_str_cut(rest, '\n', &rest);
    for (int code = MF_OK + 1; code < MF_CODE_COUNT; code++) {
        struct mf_err e = {.code = (enum mf_code)code};
        struct mf_str line = mf_str_cut(rest, '\n', &rest), cells[6];
        char status[8];
        for (size_t i = 0; i < MF_COUNT(cells); i++)
            cells[i] = mf_str_trim(mf_str_cut(line, '|', &line));
        snprintf(status, sizeof(status), "%d", mf_code_exit(e.code));
        if (!mf_str_eq(cells[1], mf_str(mf_code_name(e.code))) || !mf_str_eq(cells[2], mf_str(status)) ||
            cells[3].n < 10 || !mf_str_eq(cells[4], mf_str(mf_err_advice(&e))) || cells[5].n || line.p)
            fail_msg("docs/errors.md does not say: | %s | %s | ... | %s |", mf_code_name(e.code), status,
                     mf_err_advice(&e));
    }
    assert_false(mf_str_starts(rest, MF_LIT("|")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),
        cmocka_unit_test(test_errno),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_mask),
        cmocka_unit_test(test_messages_are_masked),
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_documentation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "formats/goproxyhosts.h"
#include "formats/gosumdb.h"

#define KEY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *value, *name, *url, *error;
    } cases[] = {
        {"off", NULL, NULL, NULL},
        {MF_GOSUMDB_DEFAULT, MF_GOSUMDB_DEFAULT, "", NULL},
        {" " MF_GOSUMDB_DEFAULT "\thttps://x.example/db ", MF_GOSUMDB_DEFAULT, "https://x.example/db", NULL},
        {MF_GOSUMDB_DEFAULT_KEY, MF_GOSUMDB_DEFAULT, "", NULL},
        {MF_GOSUMDB_ALIAS, MF_GOSUMDB_DEFAULT, MF_GOSUMDB_ALIAS_URL, NULL},
        {MF_GOSUMDB_ALIAS " https://x", NULL, NULL, "invalid GOSUMDB: malformed verifier id"},
        {KEY, "PeterNeumann", "", NULL},
        {KEY " file:///x", "PeterNeumann", "file:///x", NULL},
        {KEY " file:///x y", NULL, NULL, "invalid GOSUMDB: too many fields"},
        {"", NULL, NULL, "missing GOSUMDB"},
        {"  ", NULL, NULL, "missing GOSUMDB"},
        {"other.example", NULL, NULL, "invalid GOSUMDB: malformed verifier id"},
        {"off https://x", NULL, NULL, "invalid GOSUMDB: malformed verifier id"},
    };
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        struct mf_arena arena = MF_ARENA_INIT(64 * MF_KIB);
        struct mf_gosumdb db;
        struct mf_err err = {0};
        int rc = mf_gosumdb_parse(mf_str(cases[i].value), &db, &arena, &err);
        assert_int_equal(rc, cases[i].error ? -1 : 0);
        if (cases[i].error) {
            assert_int_equal(err.code, MF_E_USAGE);
            assert_string_equal(err.text, cases[i].error);
        } else if (cases[i].name) {
            assert_false(db.off);
            assert_true(mf_str_eq(db.key.name, mf_str(cases[i].name)));
            assert_true(mf_str_eq(db.url, mf_str(cases[i].url)));
            assert_int_equal(db.known, strcmp(cases[i].name, MF_GOSUMDB_DEFAULT) == 0);
        } else {
            assert_true(db.off);
        }
        mf_arena_release(&arena);
    }
}

static void test_names(void **state)
{
    (void)state;
    static const char *const good[] = {"a", "sum.example", "host:8080", "host/path/db", "A_~-.b"};
    static const char *const bad[] = {"",     "/",     "a/",  "/a",  "a//b", ".",       "..",
                                      "a/..", "a/./b", "a b", "a?b", "a%2e", "\xc3\xa9"};
    for (size_t i = 0; i < MF_COUNT(good); i++)
        assert_true(mf_gosumdb_name_valid(mf_str(good[i])));
    for (size_t i = 0; i < MF_COUNT(bad); i++)
        assert_false(mf_gosumdb_name_valid(mf_str(bad[i])));
    char long_name[MF_GOSUMDB_NAME_MAX + 2];
    memset(long_name, 'a', sizeof(long_name));
    assert_true(mf_gosumdb_name_valid((struct mf_str){long_name, MF_GOSUMDB_NAME_MAX}));
    assert_false(mf_gosumdb_name_valid((struct mf_str){long_name, MF_GOSUMDB_NAME_MAX + 1}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests_name("gosumdb", tests, NULL, NULL);
}

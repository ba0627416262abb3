#include "formats/modnames.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "formats/modzip.h"

/* Adds names until one is refused with that code; all are taken where it is MF_OK. */
static void try_names(const char *const *names, enum mf_code code, const char *say)
{
    struct mf_err err = {0};
    MF_CLEANUP(mf_modnames_release) struct mf_modnames n;
    int rc = 0;
    mf_modnames_init(&n);
    for (; rc == 0 && *names; names++)
        rc = mf_modnames_copy(&n, mf_str(*names), 1, &err);
    if (code == MF_OK ? rc < 0 : rc == 0 || *names || err.code != code || !strstr(err.text, say))
        fail_msg("\"%s\": code %d, \"%s\"", names[-1], err.code, err.text);
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_accepted(void **state)
{
    (void)state;
    try_names(NAMES("go.mod", "a.go", "a/a.go", "a/b/c.go", "b/a.go", "a.go.txt", "LICENSE"), MF_OK, "");
    try_names(NAMES("a", "b", "ab", "ba", "aa/b", "a-/b"), MF_OK, "");
}

static void test_collisions(void **state)
{
    (void)state;
    try_names(NAMES("a.go", "b.go", "a.go"), MF_E_MODZIP, "multiple entries for file \"a.go\"");
    try_names(NAMES("a.go", "A.go"), MF_E_MODZIP, "collision: \"a.go\" and \"A.go\"");
    try_names(NAMES("d/a.go", "D/b.go"), MF_E_MODZIP, "collision: \"d\" and \"D\"");
    try_names(NAMES("k.go", "\xe2\x84\xaa.go"), MF_E_MODZIP, "collision");
    try_names(NAMES("x", "x/a.go"), MF_E_MODZIP, "both a file and a directory");
    try_names(NAMES("x/a.go", "x"), MF_E_MODZIP, "both a file and a directory");
}

static void test_forbidden(void **state)
{
    (void)state;
    try_names(NAMES("a/go.mod"), MF_E_MODZIP, "not in module root");
    try_names(NAMES("GO.mod"), MF_E_MODZIP, "lower-case");
    try_names(NAMES("../a"), MF_E_MODZIP, "malformed file path");
    try_names(NAMES("/a"), MF_E_MODZIP, "malformed file path");
    try_names(NAMES("con"), MF_E_MODZIP, "disallowed");
    try_names(NAMES(""), MF_E_MODZIP, "malformed file path");
}

static void test_sizes(void **state)
{
    (void)state;
    struct mf_err err = {0};
    MF_CLEANUP(mf_modnames_release) struct mf_modnames n;
    mf_modnames_init(&n);
    assert_int_equal(mf_modnames_copy(&n, MF_LIT("go.mod"), MF_MODZIP_GOMOD_MAX + 1, &err), -1);
    assert_int_equal(err.code, MF_E_MODZIP);
    assert_int_equal(mf_modnames_copy(&n, MF_LIT("a"), MF_MODZIP_MAX - MF_MODZIP_GOMOD_MAX - 1, &err), 0);
    assert_int_equal(mf_modnames_copy(&n, MF_LIT("b"), 1, &err), -1);
    assert_int_equal(err.code, MF_E_MODZIP);
}

static void test_number_is_bounded(void **state)
{
    (void)state;
    struct mf_err err = {0};
    char name[32];
    MF_CLEANUP(mf_modnames_release) struct mf_modnames n;
    mf_modnames_init(&n);
    /* the directory counts as well */
    for (size_t i = 0; i < MF_MODNAMES_MAX - 1; i++) {
        snprintf(name, sizeof(name), "d/%zu", i);
        assert_int_equal(mf_modnames_copy(&n, mf_str(name), 0, &err), 0);
    }
    assert_int_equal(mf_modnames_copy(&n, MF_LIT("d/x"), 0, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
}

/* Directories of directories: all the prefixes of one name count. */
static void test_bytes_are_bounded(void **state)
{
    (void)state;
    struct mf_err err = {0};
    char name[1024];
    int rc = 0;
    size_t i = 0;
    MF_CLEANUP(mf_modnames_release) struct mf_modnames n;
    mf_modnames_init(&n);
    for (; rc == 0 && i < 1000; i++) {
        snprintf(name, sizeof(name), "%03zu", i);
        for (size_t k = 3; k < sizeof(name) - 3; k += 2)
            memcpy(name + k, "/x", 3);
        rc = mf_modnames_copy(&n, mf_str(name), 0, &err);
    }
    assert_int_equal(rc, -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    assert_true(i > 50 && n.bytes <= MF_MODNAMES_BYTES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),          cmocka_unit_test(test_collisions),
        cmocka_unit_test(test_forbidden),         cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_number_is_bounded), cmocka_unit_test(test_bytes_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "bundlekit.h"
#include "verify/modstream.h"

enum { MODULES = 40 };

static const struct kit_file files[] = {{"a.go", "package a\n", 0}, {"b.txt", "0123456789abcdef", 5000}, {0}};

/* A bundle of many modules, all in form zip or none. */
static void make_bundle(struct kit *k, bool zip)
{
    struct kit_module modules[MODULES];
    char versions[MODULES][24];
    for (int i = 0; i < MODULES; i++) {
        snprintf(versions[i], sizeof(versions[i]), "v1.%d.0", i);
        modules[i] = (struct kit_module){"example.com/a", versions[i], "", "module example.com/a\n", files, zip, NULL};
    }
    kit_make(k, modules, MODULES, NULL);
}

static enum mf_code verify(const struct kit *k, unsigned threads, struct mf_zipspools *spools)
{
    const struct mf_unpack_options options = {.threads = threads, .spools = spools};
    const struct mf_trust any = {.allow_unverified = true};
    struct mf_unpack_result result;
    struct mf_gate gate;
    struct mf_err found = {0};
    assert_int_equal(lseek(k->fd, 0, SEEK_SET), 0);
    KIT_OK(mf_gate_open(k->fd, "b", &any, &gate, &err));
    int rc = mf_unpack_verify(k->fd, "b", &gate, &options, &result, &found);
    mf_gate_release(&gate);
    return rc < 0 ? found.code : MF_OK;
}

/* What was made ahead suffices, is used again, and comes back. */
static void test_made_ahead(void **state)
{
    struct kit k;
    (void)state;
    make_bundle(&k, true);
    for (unsigned threads = 1; threads <= 4; threads++) {
        MF_CLEANUP(mf_zipspools_release) struct mf_zipspools spools = MF_ZIPSPOOLS_INIT;
        size_t made = MF_MODSTREAM_ALIVE(threads);
        KIT_OK(mf_zipspools_make(&spools, made, &err));
        assert_int_equal(spools.count, made);
        /* none can be made any more */
        assert_int_equal(setenv("TMPDIR", "/none", 1), 0);
        assert_int_equal(verify(&k, threads, &spools), MF_OK);
        assert_int_equal(unsetenv("TMPDIR"), 0);
        assert_int_equal(spools.count, made);
        for (size_t i = 0; i < made; i++)
            assert_int_equal(lseek(spools.fds[i], 0, SEEK_END), 0);
    }
    kit_release(&k);
}

/* A place where none can be made is told of when one is needed. */
static void test_none_made(void **state)
{
    MF_CLEANUP(mf_zipspools_release) struct mf_zipspools spools = MF_ZIPSPOOLS_INIT;
    struct kit zips, plain;
    (void)state;
    make_bundle(&zips, true);
    make_bundle(&plain, false);
    assert_int_equal(setenv("TMPDIR", "/none", 1), 0);
    KIT_OK(mf_zipspools_make(&spools, 2, &err));
    assert_int_equal(spools.count, 0);
    assert_int_equal(verify(&plain, 2, &spools), MF_OK);
    assert_int_equal(verify(&zips, 2, &spools), MF_E_IO);
    assert_int_equal(verify(&zips, 2, NULL), MF_E_IO);
    assert_int_equal(unsetenv("TMPDIR"), 0);
    assert_int_equal(verify(&zips, 2, NULL), MF_OK);
    kit_release(&zips);
    kit_release(&plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_made_ahead),
        cmocka_unit_test(test_none_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

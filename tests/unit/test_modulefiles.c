/* The files of one module of a bundle, by themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "bundlekit.h"
#include "verify/modulefiles.h"

static const struct kit_file small[] = {{"a.go", "package a\n", 0}, {"sub/empty", "", 0}, {0}};
/* Above the limit for files in batches. */
static const struct kit_file large[] = {
    {"big.bin", "0123456789abcdef", 400000}, {"go.mod", "module example.com/b\n", 0}, {0}};

static const struct kit_module modules[] = {
    {"example.com/a", "v1.0.0", "", "module example.com/a\n", small, false, NULL},
    {"example.com/b", "v1.0.0", "", "module example.com/b\n", large, false, NULL},
    {"example.com/b", "v1.1.0", "", "module example.com/b\n", large, true, NULL},
    {"example.com/c", "v1.0.0", "", "module example.com/c\n", NULL, false, NULL},
};
static const struct mf_trust any = {.allow_unverified = true};

struct world {
    struct kit kit;
    struct mf_gate gate;
};

static void make(struct world *w, const struct kit_module *list, size_t count)
{
    *w = (struct world){0};
    kit_make(&w->kit, list, count, NULL);
    KIT_OK(mf_gate_open(w->kit.fd, "b", &any, &w->gate, &err));
}

static void release(struct world *w)
{
    mf_gate_release(&w->gate);
    kit_release(&w->kit);
}

static int on_file(void *ctx, struct mf_str name, uint64_t size, struct mf_err *err)
{
    char *text = ctx;
    size_t n = strlen(text);
    (void)err;
    snprintf(text + n, 256 - n, "%.*s %llu\n", MF_FMT(name), (unsigned long long)size);
    return 0;
}

static void test_lists(void **state)
{
    static const char *const want[] = {"a.go 10\nsub/empty 0\n", "big.bin 6400000\ngo.mod 21\n",
                                       "big.bin 6400000\ngo.mod 21\n", "go.mod 21\n"};
    struct world w;
    (void)state;
    make(&w, modules, MF_COUNT(modules));
    for (unsigned threads = 1; threads <= 3; threads += 2)
        for (size_t i = 0; i < MF_COUNT(modules); i++) {
            const struct mf_unpack_options options = {.threads = threads};
            char text[256] = "";
            KIT_OK(mf_modulefiles_list(w.kit.fd, "b", &w.gate, i, &options, on_file, text, &err));
            assert_string_equal(text, want[i]);
        }
    release(&w);
}

static void test_content(void **state)
{
    const struct mf_unpack_options options = {.threads = 2};
    struct world w;
    (void)state;
    make(&w, modules, MF_COUNT(modules));
    for (size_t module = 1; module <= 2; module++) {
        static char content[6400001];
        int fd = -1;
        KIT_OK(mf_modulefiles_open(w.kit.fd, "b", &w.gate, module, MF_LIT("big.bin"), &options, &fd, &err));
        assert_int_equal(read(fd, content, sizeof(content)), 6400000);
        for (size_t at = 0; at < 6400000; at += 16)
            assert_memory_equal(content + at, "0123456789abcdef", 16);
        close(fd);
    }
    struct mf_err err = {0};
    int fd = -1;
    assert_int_equal(mf_modulefiles_open(w.kit.fd, "b", &w.gate, 0, MF_LIT("a.g"), &options, &fd, &err), -1);
    assert_int_equal(err.code, MF_E_USAGE);
    assert_int_equal(fd, -1);
    release(&w);
}

/* A module whose hash is wrong shows nothing, in either form. */
static void test_wrong_hash(void **state)
{
    const struct mf_unpack_options options = {.threads = 1};
    (void)state;
    for (int zip = 0; zip <= 1; zip++) {
        const struct kit_module lying = {"example.com/a",
                                         "v1.0.0",
                                         "",
                                         "module example.com/a\n",
                                         small,
                                         zip,
                                         "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="};
        struct mf_err err = {0};
        struct world w;
        char text[256] = "";
        int fd = -1;
        make(&w, &lying, 1);
        assert_int_equal(mf_modulefiles_list(w.kit.fd, "b", &w.gate, 0, &options, on_file, text, &err), -1);
        assert_int_equal(err.code, MF_E_HASH);
        assert_string_equal(text, "");
        assert_int_equal(mf_modulefiles_open(w.kit.fd, "b", &w.gate, 0, MF_LIT("a.go"), &options, &fd, &err), -1);
        assert_int_equal(err.code, MF_E_HASH);
        assert_int_equal(fd, -1);
        release(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_content),
        cmocka_unit_test(test_wrong_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

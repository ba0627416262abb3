#include <archive.h>
#include <archive_entry.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "bundle/cachezip.h"

static char base[64];
static struct mf_store store;
static struct mf_dir cache = MF_DIR_NONE;
static const struct mf_module m = {{"example.com/M", 13}, {"v1.0.0", 6}};

#define PREFIX "example.com/M@v1.0.0/"
#define NAME "example.com/!m/@v/v1.0.0.zip"
static const char *const files[][2] = {{PREFIX "go.mod", "module example.com/M\n"}, {PREFIX "m.go", "package m\n"}};

/* Writes the zip into the cache, as another program would make it. */
static void put_zip(const char *extra_name)
{
    static char bytes[64 * 1024];
    size_t used = 0;
    struct mf_err err = {0};
    struct archive *a = archive_write_new();
    assert_int_equal(archive_write_set_format_zip(a), ARCHIVE_OK);
    assert_int_equal(archive_write_open_memory(a, bytes, sizeof(bytes), &used), ARCHIVE_OK);
    for (size_t i = 0; i < MF_COUNT(files) + (extra_name != NULL); i++) {
        const char *content = i < MF_COUNT(files) ? files[i][1] : "";
        struct archive_entry *e = archive_entry_new();
        archive_entry_set_pathname(e, i < MF_COUNT(files) ? files[i][0] : extra_name);
        archive_entry_set_filetype(e, AE_IFREG);
        archive_entry_set_perm(e, 0644);
        archive_entry_set_size(e, (la_int64_t)strlen(content));
        assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
        assert_int_equal(archive_write_data(a, content, strlen(content)), (la_ssize_t)strlen(content));
        archive_entry_free(e);
    }
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    assert_int_equal(mf_dir_write(cache, NAME, (struct mf_str){bytes, used}, 0644, &err), 0);
}

static void true_h1(char h1[MF_H1_SIZE])
{
    MF_CLEANUP(mf_dirhash_release) struct mf_dirhash h = MF_DIRHASH_INIT;
    struct mf_err err = {0};
    for (size_t i = 0; i < MF_COUNT(files); i++) {
        struct mf_digest d = mf_sha256_of(mf_str(files[i][1]));
        assert_int_equal(mf_dirhash_add(&h, mf_str(files[i][0]), &d, &err), 0);
    }
    mf_dirhash_done(&h, h1);
}

/* Takes m with a go.sum of the given lines, "%s" in them being the true h1. */
static int take(const char *gosum_form)
{
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(4096);
    struct mf_gosum sums = {0};
    struct mf_err err = {0};
    char h1[MF_H1_SIZE];
    true_h1(h1);
    for (const char *p = gosum_form; *p; p++)
        mf_buf_str(&text, *p == '$' ? mf_str(h1) : (struct mf_str){p, 1});
    assert_int_equal(mf_gosum_add(&sums, mf_buf_view(&text), "go.sum", &arena, &err), 0);
    int rc = mf_cachezip_take(cache, &sums, m, &store, &err);
    if (rc < 0)
        fail_msg("%s", err.text);
    return rc;
}

static bool held(struct mf_modzip_facts *facts)
{
    struct mf_err err = {0};
    bool missing;
    MF_CLEANUP(mf_fd_release) int fd = mf_store_open_zip(&store, m, &missing, &err);
    if (fd >= 0)
        assert_int_equal(mf_store_proof_read(&store, m, fd, facts, &err), 1);
    return fd >= 0;
}

#define OTHER "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define GOOD "example.com/M v1.0.0 $\n"

static void test_taken(void **state)
{
    struct mf_modzip_facts facts;
    struct mf_err err = {0};
    char h1[MF_H1_SIZE];
    (void)state;
    put_zip(NULL);
    assert_int_equal(take(GOOD), 1);
    assert_true(held(&facts));
    true_h1(h1);
    assert_string_equal(facts.h1, h1);
    assert_int_equal(facts.files, 2);
    assert_false(facts.canonical); /* libarchive is not Go's archive/zip */

    /* the very bytes of the cache */
    MF_CLEANUP(mf_buf_release) struct mf_buf a = MF_BUF_INIT(MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(MF_MIB);
    assert_int_equal(mf_dir_read(cache, NAME, &a, NULL, &err), 0);
    assert_int_equal(mf_dir_read(store.root, NAME, &b, NULL, &err), 0);
    assert_true(mf_str_eq(mf_buf_view(&a), mf_buf_view(&b)));
    struct mf_digest d = mf_sha256_of(mf_buf_view(&a));
    assert_true(mf_digest_eq(&d, &facts.zip_sha256));
}

static void test_not_taken(void **state)
{
    static const struct {
        const char *what, *gosum, *extra;
    } cases[] = {
        {"no line", "", NULL},
        {"only a go.mod line", "example.com/M v1.0.0/go.mod $\n", NULL},
        {"another version", "example.com/M v1.0.1 $\n", NULL},
        {"another hash", "example.com/M v1.0.0 " OTHER "\n", NULL},
        {"one file more", GOOD, PREFIX "x.go"},
        {"a zip that go refuses", GOOD, "../x.go"},
    };
    struct mf_modzip_facts facts;
    struct mf_err err = {0};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        put_zip(cases[i].extra);
        if (take(cases[i].gosum) != 0 || held(&facts))
            fail_msg("taken: %s", cases[i].what);
    }
    assert_int_equal(mf_dir_write(cache, NAME, MF_LIT("PK\x03\x04 no zip"), 0644, &err), 0);
    assert_int_equal(take(GOOD), 0);
    assert_int_equal(mf_dir_remove(cache, NAME, &err), 0);
    assert_int_equal(take(GOOD), 0);
    assert_int_equal(symlinkat("/etc/passwd", cache.fd, NAME), 0);
    assert_int_equal(take(GOOD), 0);
    assert_false(held(&facts));
}

static int open_both(void **state)
{
    struct mf_err err;
    char path[128];
    (void)state;
    snprintf(base, sizeof(base), "/tmp/mf-cachezip-XXXXXX");
    if (!mkdtemp(base))
        return -1;
    snprintf(path, sizeof(path), "%s/store", base);
    if (mf_store_open(&store, path, &err) < 0)
        return -1;
    snprintf(path, sizeof(path), "%s/cache", base);
    return mf_dir_open(&cache, path, true, &err);
}

static int close_both(void **state)
{
    struct mf_err err;
    MF_CLEANUP(mf_dir_release) struct mf_dir d = MF_DIR_NONE;
    (void)state;
    mf_store_release(&store);
    mf_dir_release(&cache);
    return mf_dir_open(&d, "/tmp", false, &err) < 0 ? -1 : mf_dir_remove(d, base + strlen("/tmp/"), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_taken, open_both, close_both),
        cmocka_unit_test_setup_teardown(test_not_taken, open_both, close_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bundle/store.h"

static char base[64];
static struct mf_store store;

#define H1 "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
static const struct mf_module gin = {{"example.com/Gin", 15}, {"v1.9.1", 6}};

static struct mf_module module(const char *path, const char *version)
{
    return (struct mf_module){mf_str(path), mf_str(version)};
}

static void test_names(void **state)
{
    static const struct {
        const char *path, *version;
        enum mf_file_kind kind;
        const char *name; /* NULL: refused */
    } cases[] = {
        {"example.com/Gin", "v1.9.1", MF_FILE_ZIP, "example.com/!gin/@v/v1.9.1.zip"},
        {"example.com/a", "v2.0.0+incompatible", MF_FILE_INFO, "example.com/a/@v/v2.0.0+incompatible.info"},
        {"example.com/a", "v1.0.0-RC.1", MF_FILE_MOD, "example.com/a/@v/v1.0.0-!r!c.1.mod"},
        {"example.com/../a", "v1.0.0", MF_FILE_MOD, NULL},
        {"/etc/passwd", "v1.0.0", MF_FILE_MOD, NULL},
        {"example.com/a", "v1.0", MF_FILE_MOD, NULL},
        {"example.com/a", "v1.0.0+meta", MF_FILE_MOD, NULL},
        {"example.com/a", "../../x", MF_FILE_MOD, NULL},
        {"example.com/a", "", MF_FILE_MOD, NULL},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(1024);
        struct mf_err err = {0};
        int rc = mf_store_name(module(cases[i].path, cases[i].version), cases[i].kind, &b, &err);
        assert_int_equal(rc, cases[i].name ? 0 : -1);
        if (cases[i].name)
            assert_string_equal(mf_buf_cstr(&b), cases[i].name);
        else
            assert_int_equal(err.code, MF_E_GOMOD);
    }
}

static char *fake_cache(const char *name)
{
    static char cache[] = "/c";
    return strcmp(name, "XDG_CACHE_HOME") == 0 ? cache : NULL;
}

static char *fake_home(const char *name)
{
    static char home[] = "/h", relative[] = "r";
    return strcmp(name, "HOME") == 0 ? home : relative;
}

static char *fake_nothing(const char *name)
{
    (void)name;
    return NULL;
}

static void test_default_path(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(1024);
    struct mf_err err = {0};
    (void)state;
    assert_int_equal(mf_store_default_path(fake_cache, &b, &err), 0);
    assert_string_equal(mf_buf_cstr(&b), "/c/modferry/download");
    mf_buf_clear(&b);
    assert_int_equal(mf_store_default_path(fake_home, &b, &err), 0);
    assert_string_equal(mf_buf_cstr(&b), "/h/.cache/modferry/download");
    assert_int_equal(mf_store_default_path(fake_nothing, &b, &err), -1);
    assert_int_equal(err.code, MF_E_USAGE);
}

static void test_small_files(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(64);
    MF_CLEANUP(mf_buf_release) struct mf_buf tiny = MF_BUF_INIT(4);
    struct mf_err err = {0};
    (void)state;
    assert_int_equal(mf_store_read(&store, gin, MF_FILE_MOD, &b, &err), 0);
    assert_int_equal(mf_store_write(&store, gin, MF_FILE_MOD, MF_LIT("module x\n"), &err), 0);
    assert_int_equal(mf_store_read(&store, gin, MF_FILE_MOD, &b, &err), 1);
    assert_string_equal(mf_buf_cstr(&b), "module x\n");
    assert_int_equal(mf_store_read(&store, gin, MF_FILE_INFO, &b, &err), 0);
    assert_int_equal(mf_store_read(&store, gin, MF_FILE_MOD, &tiny, &err), -1);
    assert_int_equal(err.code, MF_E_LIMIT);
    assert_int_equal(mf_store_forget(&store, gin, MF_FILE_MOD, &err), 0);
    assert_int_equal(mf_store_forget(&store, gin, MF_FILE_MOD, &err), 0);
    assert_int_equal(mf_store_read(&store, gin, MF_FILE_MOD, &b, &err), 0);
}

static int put_zip(const char *content)
{
    MF_CLEANUP(mf_temp_release) struct mf_temp t = MF_TEMP_INIT;
    struct mf_err err = {0};
    bool missing;
    assert_int_equal(mf_store_temp_zip(&store, gin, &t, &err), 0);
    assert_int_equal(mf_write_full(t.fd, content, strlen(content), "zip", &err), 0);
    assert_int_equal(mf_temp_publish(&t, &err), 0);
    int fd = mf_store_open_zip(&store, gin, &missing, &err);
    assert_true(fd >= 0);
    assert_false(missing);
    return fd;
}

static void test_zips_and_proofs(void **state)
{
    struct mf_modzip_facts facts = {.h1 = H1, .zip_size = 5, .size = 77, .files = 3, .proved = true, .canonical = true};
    struct mf_modzip_facts got;
    struct mf_err err = {0};
    bool missing;
    (void)state;
    memset(facts.zip_sha256.b, 0xab, sizeof(facts.zip_sha256.b));
    assert_int_equal(mf_store_open_zip(&store, gin, &missing, &err), -1);
    assert_true(missing);
    MF_CLEANUP(mf_fd_release) int fd = put_zip("12345");
    assert_int_equal(mf_store_proof_read(&store, gin, fd, &got, &err), 0);
    assert_int_equal(mf_store_proof_write(&store, gin, fd, &facts, &err), 0);
    assert_int_equal(mf_store_proof_read(&store, gin, fd, &got, &err), 1);
    assert_string_equal(got.h1, H1);
    assert_true(mf_digest_eq(&got.zip_sha256, &facts.zip_sha256));
    assert_int_equal(got.zip_size, 5);
    assert_int_equal(got.size, 77);
    assert_int_equal(got.files, 3);
    assert_true(got.canonical);

    /* another file of the same size is another zip */
    MF_CLEANUP(mf_fd_release) int other = put_zip("54321");
    assert_int_equal(mf_store_proof_read(&store, gin, other, &got, &err), 0);
    facts.canonical = false;
    assert_int_equal(mf_store_proof_write(&store, gin, other, &facts, &err), 0);
    assert_int_equal(mf_store_proof_read(&store, gin, other, &got, &err), 1);
    assert_true(got.proved && !got.canonical);
    facts.proved = false;
    assert_int_equal(mf_store_proof_write(&store, gin, other, &facts, &err), 0);
    assert_int_equal(mf_store_proof_read(&store, gin, other, &got, &err), 1);
    assert_false(got.proved || got.canonical);
    const struct timespec touched[2] = {{1, 0}, {1, 1}};
    assert_int_equal(futimens(other, touched), 0);
    assert_int_equal(mf_store_proof_read(&store, gin, other, &got, &err), 0);

    assert_int_equal(mf_store_proof_write(&store, gin, other, &facts, &err), 0);
    assert_int_equal(mf_store_forget(&store, gin, MF_FILE_ZIP, &err), 0);
    assert_int_equal(mf_store_open_zip(&store, gin, &missing, &err), -1);
    assert_true(missing);
    assert_int_equal(mf_store_proof_read(&store, gin, other, &got, &err), 0);
}

/* Each byte of a proof matters: no truncation and no changed byte is taken for
 * the same facts. */
static void test_damaged_proofs(void **state)
{
    struct mf_modzip_facts facts = {.h1 = H1, .zip_size = 5, .size = 77, .files = 3, .proved = true, .canonical = true};
    struct mf_modzip_facts got;
    struct mf_err err = {0};
    char good[1024];
    static const char name[] = "example.com/!gin/@v/v1.9.1.proof";
    (void)state;
    MF_CLEANUP(mf_fd_release) int fd = put_zip("12345");
    assert_int_equal(mf_store_proof_write(&store, gin, fd, &facts, &err), 0);
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(1024);
    assert_int_equal(mf_dir_read(store.root, name, &text, NULL, &err), 0);
    size_t n = text.n;
    memcpy(good, text.p, n);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(mf_dir_write(store.root, name, (struct mf_str){good, i}, 0644, &err), 0);
        assert_int_equal(mf_store_proof_read(&store, gin, fd, &got, &err), 0);
        char keep = good[i];
        good[i] = (char)(keep ^ 0x40);
        assert_int_equal(mf_dir_write(store.root, name, (struct mf_str){good, n}, 0644, &err), 0);
        int rc = mf_store_proof_read(&store, gin, fd, &got, &err);
        assert_true(rc == 0 || (rc == 1 && (memcmp(&got.zip_sha256, &facts.zip_sha256, 32) != 0 || //
                                            strcmp(got.h1, facts.h1) != 0)));
        good[i] = keep;
    }
    /* a newer form, and numbers that are no uint64 */
    static const char *const bad[] = {"modferry-proof 2 5 ", "18446744073709551616", ""};
    for (size_t i = 0; i < MF_COUNT(bad); i++) {
        assert_int_equal(mf_dir_write(store.root, name, mf_str(bad[i]), 0644, &err), 0);
        assert_int_equal(mf_store_proof_read(&store, gin, fd, &got, &err), 0);
    }
    assert_int_equal(mf_dir_remove(store.root, name, &err), 0);
    assert_int_equal(mf_dir_make(store.root, name, &err), 0);
    assert_int_equal(mf_store_proof_read(&store, gin, fd, &got, &err), 0);
}

/* An index belongs to an h1, whole. */
static void test_packages(void **state)
{
    struct mf_err err = {0};
    static const char name[] = "example.com/!gin/@v/v1.9.1.packages";
    static const char other[] = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    MF_CLEANUP(mf_buf_release) struct mf_buf got = MF_BUF_INIT(1024);
    MF_CLEANUP(mf_buf_release) struct mf_buf file = MF_BUF_INIT(1024);
    (void)state;
    mf_buf_str(&got, MF_LIT("before "));
    assert_int_equal(mf_store_packages_read(&store, gin, H1, &got, &err), 0);
    assert_int_equal(mf_store_packages_write(&store, gin, H1, MF_LIT("index"), &err), 0);
    assert_int_equal(mf_store_packages_read(&store, gin, other, &got, &err), 0);
    assert_int_equal(got.n, strlen("before "));
    assert_int_equal(mf_store_packages_read(&store, gin, H1, &got, &err), 1);
    assert_true(mf_str_eq(mf_buf_view(&got), MF_LIT("before index")));

    assert_int_equal(mf_dir_read(store.root, name, &file, NULL, &err), 0);
    for (size_t i = 0; i < file.n; i++) {
        assert_int_equal(mf_dir_write(store.root, name, (struct mf_str){file.p, i}, 0644, &err), 0);
        assert_int_equal(mf_store_packages_read(&store, gin, H1, &got, &err), 0);
        file.p[i] ^= 0x40;
        assert_int_equal(mf_dir_write(store.root, name, mf_buf_view(&file), 0644, &err), 0);
        assert_int_equal(mf_store_packages_read(&store, gin, H1, &got, &err), 0);
        file.p[i] ^= 0x40;
    }
    assert_int_equal(mf_store_packages_write(&store, gin, other, MF_LIT(""), &err), 0);
    assert_int_equal(mf_store_packages_read(&store, gin, H1, &got, &err), 0);
    assert_int_equal(mf_store_packages_read(&store, gin, other, &got, &err), 1);
    assert_true(mf_str_eq(mf_buf_view(&got), MF_LIT("before index")));
    assert_int_equal(mf_store_forget(&store, gin, MF_FILE_ZIP, &err), 0);
    assert_int_equal(mf_store_packages_read(&store, gin, other, &got, &err), 0);
}

/* A process that ends without a word, in the middle of writing a zip. */
static void die_writing(const char *path)
{
    struct mf_store s = MF_STORE_NONE;
    struct mf_temp t = MF_TEMP_INIT;
    struct mf_err err;
    bool fine = mf_store_open(&s, path, &err) == 0 && mf_store_temp_zip(&s, gin, &t, &err) == 0;
    _exit(fine ? 0 : 1);
}

static int count_entry(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    (void)parent;
    (void)entry;
    (void)type;
    (void)err;
    ++*(int *)ctx;
    return 0;
}

static int entries(const char *name)
{
    struct mf_err err;
    int n = 0;
    assert_int_equal(mf_dir_each(store.root, name, count_entry, &n, &err), 0);
    return n;
}

static void test_leftovers(void **state)
{
    struct mf_temp living = MF_TEMP_INIT;
    struct mf_store other;
    struct mf_err err;
    char path[128];
    int status = 1;
    (void)state;
    snprintf(path, sizeof(path), "%s/deep/store", base);
    assert_int_equal(mf_store_temp_zip(&store, gin, &living, &err), 0);
    pid_t child = fork();
    if (child == 0)
        die_writing(path);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_int_equal(entries("example.com/!gin/@v"), 2);
    assert_int_equal(entries(".modferry"), 2);
    assert_int_equal(mf_store_open(&other, path, &err), 0);
    assert_int_equal(entries("example.com/!gin/@v"), 1);
    assert_int_equal(entries(".modferry"), 2); /* of the two that live */
    mf_store_release(&other);
    assert_int_equal(entries(".modferry"), 1);
    assert_int_equal(mf_temp_publish(&living, &err), 0);
}

static int open_store(void **state)
{
    struct mf_err err;
    char path[128];
    (void)state;
    snprintf(base, sizeof(base), "/tmp/mf-store-XXXXXX");
    if (!mkdtemp(base))
        return -1;
    snprintf(path, sizeof(path), "%s/deep/store", base);
    return mf_store_open(&store, path, &err);
}

static int close_store(void **state)
{
    struct mf_err err;
    MF_CLEANUP(mf_dir_release) struct mf_dir d = MF_DIR_NONE;
    (void)state;
    mf_store_release(&store);
    return mf_dir_open(&d, "/tmp", false, &err) < 0 ? -1 : mf_dir_remove(d, base + strlen("/tmp/"), &err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_default_path),
        cmocka_unit_test_setup_teardown(test_small_files, open_store, close_store),
        cmocka_unit_test_setup_teardown(test_zips_and_proofs, open_store, close_store),
        cmocka_unit_test_setup_teardown(test_damaged_proofs, open_store, close_store),
        cmocka_unit_test_setup_teardown(test_packages, open_store, close_store),
        cmocka_unit_test_setup_teardown(test_leftovers, open_store, close_store),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

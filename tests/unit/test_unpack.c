#include <dirent.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "bundlekit.h"
#include "verify/unpack.h"

#define TIME "2024-01-02T03:04:05Z"

static const struct kit_file plain[] = {
    {"go.mod", "module example.com/a\n", 0},
    {"LICENSE", "do what you like\n", 0},
    {"a.go", "package a\n", 0},
    {"sub/dir/b.go", "package dir\n", 0},
    {"sub/empty.txt", "", 0},
    {"sub/b.txt", "0123456789abcdef", 40000}, /* more than a batch */
    {0},
};
static const struct kit_file upper[] = {{"README.md", "# Upper\n", 0}, {"x/Y/z.go", "package z\n", 0}, {0}};
static const struct kit_file large[] = {
    {"first.go", "package large\n", 0},
    {"data.bin", "abcdefghijklmnopqrstuvwxyz\n", 200000}, /* above 4 MiB: streamed */
    {"last.go", "package large\n", 0},
    {0},
};
static const struct kit_file pseudo[] = {{"p.go", "package p\n", 0}, {0}};

static const struct kit_module all[] = {
    {"example.com/Upper", "v1.0.0-RC1", TIME, "module example.com/Upper\n", upper, false, NULL},
    {"example.com/a", "v1.0.0", TIME, "module example.com/a\n", NULL, false, NULL},
    {"example.com/a", "v1.2.0", TIME, "module example.com/a\n", plain, false, NULL},
    {"example.com/a", "v1.10.0", "", "module example.com/a\n", plain, true, NULL},
    {"example.com/large", "v0.1.0", TIME, "module example.com/large\n", large, false, NULL},
    {"example.com/p", "v0.0.0-20240102030405-abcdefabcdef", TIME, "module example.com/p\n", pseudo, false, NULL},
};
enum { ALL = MF_COUNT(all) };

typedef int unpack_fn(int fd, const char *name, const struct mf_gate *gate, struct mf_dir target,
                      const struct mf_unpack_options *options, struct mf_unpack_result *result_out, struct mf_err *err);

struct run {
    enum mf_code code;
    struct mf_unpack_result result;
    struct mf_err err;
};

/* Opens the bundle in fd unverified and unpacks it; fn NULL verifies. */
static struct run unpack_with(int fd, unpack_fn *fn, struct mf_dir dir, const struct mf_unpack_options *options)
{
    const struct mf_trust any = {.allow_unverified = true};
    struct mf_gate gate;
    struct run run = {0};
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    KIT_OK(mf_gate_open(fd, "b.tar.zst", &any, &gate, &err));
    int rc = fn ? fn(fd, "b.tar.zst", &gate, dir, options, &run.result, &run.err)
                : mf_unpack_verify(fd, "b.tar.zst", &gate, options, &run.result, &run.err);
    run.code = rc == 0 ? MF_OK : run.err.code;
    mf_gate_release(&gate);
    return run;
}

static struct run unpack(int fd, unpack_fn *fn, struct mf_dir dir)
{
    const struct mf_unpack_options options = {.threads = 2};
    return unpack_with(fd, fn, dir, &options);
}

static void assert_run(struct run run, uint64_t published, uint64_t present, uint64_t replaced)
{
    if (run.code != MF_OK)
        fail_msg("%s", run.err.text);
    assert_int_equal(run.result.published, published);
    assert_int_equal(run.result.present, present);
    assert_int_equal(run.result.replaced, replaced);
    assert_int_equal(run.result.rebuilt_differently, 0);
}

static uint64_t content_bytes(const struct kit *k)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < k->manifest.module_count; i++)
        sum += k->manifest.modules[i].size + strlen(all[i].mod);
    return sum;
}

static int count_temporaries(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    struct mf_str name = mf_str(entry);
    if (mf_str_starts(name, MF_LIT(".modferry-")) && mf_str_ends(name, MF_LIT(".tmp")))
        ++*(int *)ctx;
    return type == DT_DIR ? mf_dir_each(parent, entry, count_temporaries, ctx, err) : 0;
}

static void assert_no_temporaries(struct mf_dir dir)
{
    int n = 0;
    KIT_OK(mf_dir_each(dir, ".", count_temporaries, &n, &err));
    assert_int_equal(n, 0);
}

static void test_verify(void **state)
{
    struct kit k;
    (void)state;
    kit_make(&k, all, ALL, NULL);
    for (unsigned threads = 1; threads <= 4; threads++) {
        const struct mf_unpack_options options = {.threads = threads};
        struct run run = unpack_with(k.fd, NULL, MF_DIR_NONE, &options);
        assert_run(run, 0, 0, 0);
        assert_int_equal(run.result.modules, ALL);
        assert_int_equal(run.result.bytes, content_bytes(&k));
    }
    kit_release(&k);
}

/* The zip in the tree is the zip that the bundle was made from. */
static void assert_zip(struct kit *k, struct mf_dir dir, const char *name, const struct mf_manifest_module *m)
{
    MF_CLEANUP(mf_fd_release) int fd = -1;
    struct mf_modzip_facts facts;
    char hex[MF_HEX_SIZE(32)];
    (void)k;
    KIT_OK(fd = mf_dir_open_file(dir, name, NULL, &err));
    KIT_OK(mf_modzip_walk(fd, m->id, MF_MODZIP_SHA256, NULL, &facts, &err));
    assert_int_equal(strlen(facts.h1), m->h1.n);
    assert_memory_equal(facts.h1, m->h1.p, m->h1.n);
    mf_hex(facts.zip_sha256.b, sizeof(facts.zip_sha256.b), hex);
    assert_memory_equal(hex, m->zip_sha256.p, m->zip_sha256.n);
}

static void assert_proxy_tree(struct kit *k, struct mf_dir dir)
{
    const struct mf_manifest_module *m = k->manifest.modules;
    static const struct {
        const char *name, *content; /* NULL: not there */
    } files[] = {
        {"example.com/!upper/@v/list", "v1.0.0-RC1\n"},
        {"example.com/!upper/@v/v1.0.0-!r!c1.mod", "module example.com/Upper\n"},
        {"example.com/!upper/@v/v1.0.0-!r!c1.info", "{\"Version\":\"v1.0.0-RC1\",\"Time\":\"" TIME "\"}"},
        {"example.com/a/@v/list", "v1.0.0\nv1.2.0\nv1.10.0\n"},
        {"example.com/a/@v/v1.0.0.mod", "module example.com/a\n"},
        {"example.com/a/@v/v1.0.0.info", "{\"Version\":\"v1.0.0\",\"Time\":\"" TIME "\"}"},
        {"example.com/a/@v/v1.0.0.zip", NULL},
        {"example.com/a/@v/v1.10.0.info", "{\"Version\":\"v1.10.0\"}"},
        {"example.com/a/@latest", NULL},
        {"example.com/p/@v/list", ""},
        {"example.com/p/@latest", "{\"Version\":\"v0.0.0-20240102030405-abcdefabcdef\",\"Time\":\"" TIME "\"}"},
        {".modferry/unfinished", NULL},
    };
    for (size_t i = 0; i < MF_COUNT(files); i++) {
        const char *text = kit_read(k, dir, files[i].name);
        if (files[i].content && !text)
            fail_msg("%s is missing", files[i].name);
        if (!files[i].content)
            assert_null(text);
        else
            assert_string_equal(text, files[i].content);
    }
    assert_zip(k, dir, "example.com/!upper/@v/v1.0.0-!r!c1.zip", &m[0]);
    assert_zip(k, dir, "example.com/a/@v/v1.2.0.zip", &m[2]);
    assert_zip(k, dir, "example.com/a/@v/v1.10.0.zip", &m[3]);
    assert_zip(k, dir, "example.com/large/@v/v0.1.0.zip", &m[4]);
    assert_zip(k, dir, "example.com/p/@v/v0.0.0-20240102030405-abcdefabcdef.zip", &m[5]);
    assert_no_temporaries(dir);
}

static void test_proxy(void **state)
{
    struct kit k;
    char path[64];
    (void)state;
    kit_make(&k, all, ALL, NULL);
    for (unsigned threads = 1; threads <= 3; threads++) {
        const struct mf_unpack_options options = {.threads = threads};
        struct mf_dir dir = kit_mkdir(path);
        struct run run = unpack_with(k.fd, mf_unpack_proxy, dir, &options);
        assert_run(run, ALL, 0, 0);
        assert_int_equal(run.result.bytes, content_bytes(&k));
        assert_proxy_tree(&k, dir);
        kit_empty(dir, path);
    }
    kit_release(&k);
}

static void assert_mode(struct mf_dir dir, const char *name, mode_t want)
{
    struct stat st;
    int there = 0;
    KIT_OK(there = mf_dir_stat(dir, name, &st, &err));
    assert_int_equal(there, 1);
    assert_int_equal(st.st_mode & 07777, want);
}

static void test_modcache(void **state)
{
    struct kit k;
    char path[64];
    (void)state;
    kit_make(&k, all, ALL, NULL);
    mode_t old = umask(022);
    struct mf_dir dir = kit_mkdir(path);
    assert_run(unpack(k.fd, mf_unpack_modcache, dir), ALL, 0, 0);
    const struct mf_manifest_module *m = k.manifest.modules;
    assert_string_equal(kit_read(&k, dir, "example.com/!upper@v1.0.0-!r!c1/x/Y/z.go"), "package z\n");
    assert_string_equal(kit_read(&k, dir, "example.com/a@v1.2.0/sub/dir/b.go"), "package dir\n");
    assert_string_equal(kit_read(&k, dir, "example.com/a@v1.2.0/sub/empty.txt"), "");
    assert_string_equal(kit_read(&k, dir, "example.com/a@v1.10.0/sub/dir/b.go"), "package dir\n");
    assert_int_equal(strlen(kit_read(&k, dir, "example.com/large@v0.1.0/data.bin")), 27 * 200000);
    assert_mode(dir, "example.com/a@v1.2.0", 0555);
    assert_mode(dir, "example.com/a@v1.2.0/sub/dir", 0555);
    assert_mode(dir, "example.com/a@v1.2.0/sub/dir/b.go", 0444);
    assert_mode(dir, "example.com/a@v1.10.0/a.go", 0444);
    assert_mode(dir, "cache/download/example.com/a/@v/v1.2.0.zip", 0644);
    assert_zip(&k, dir, "cache/download/example.com/a/@v/v1.2.0.zip", &m[2]);
    assert_zip(&k, dir, "cache/download/example.com/large/@v/v0.1.0.zip", &m[4]);
    assert_string_equal(kit_read(&k, dir, "cache/download/example.com/a/@v/list"), "v1.0.0\nv1.2.0\nv1.10.0\n");
    assert_string_equal(kit_read(&k, dir, "cache/download/example.com/p/@v/list"),
                        "v0.0.0-20240102030405-abcdefabcdef\n");
    const char *hash = kit_read(&k, dir, "cache/download/example.com/a/@v/v1.10.0.ziphash");
    assert_int_equal(strlen(hash), 47);
    assert_memory_equal(hash, m[3].h1.p, 47);
    assert_null(kit_read(&k, dir, "cache/download/example.com/a/@v/v1.2.0.partial"));
    assert_non_null(kit_read(&k, dir, "cache/download/example.com/a/@v/v1.2.0.lock"));
    assert_null(kit_read(&k, dir, "cache/download/example.com/a/@v/v1.0.0.ziphash"));
    assert_no_temporaries(dir);
    umask(old);
    kit_empty(dir, path);
    kit_release(&k);
}

static void overwrite(struct mf_dir dir, const char *name, const char *content)
{
    KIT_OK(mf_dir_write(dir, name, mf_str(content), 0644, &err));
}

/* What is recorded is not read again, and neither is the payload. */
static void test_second_run_reads_nothing(void **state)
{
    static unpack_fn *const fns[] = {mf_unpack_proxy, mf_unpack_modcache};
    struct kit k;
    char path[64];
    (void)state;
    kit_make(&k, all, ALL, NULL);
    for (size_t i = 0; i < MF_COUNT(fns); i++) {
        struct mf_dir dir = kit_mkdir(path);
        assert_run(unpack(k.fd, fns[i], dir), ALL, 0, 0);
        const char *before = kit_read(&k, dir, ".modferry/installed");
        struct run run = unpack(k.fd, fns[i], dir);
        assert_run(run, 0, ALL, 0);
        assert_int_equal(run.result.bytes, 0);
        off_t at = lseek(k.fd, 0, SEEK_CUR), end = lseek(k.fd, 0, SEEK_END);
        assert_true(at < end);
        assert_string_equal(kit_read(&k, dir, ".modferry/installed"), before);
        kit_empty(dir, path);
    }
    kit_release(&k);
}

/* Without the record everything is hashed again, and kept. */
static void test_unrecorded_is_hashed(void **state)
{
    static unpack_fn *const fns[] = {mf_unpack_proxy, mf_unpack_modcache};
    struct kit k;
    char path[64];
    (void)state;
    kit_make(&k, all, ALL, NULL);
    for (size_t i = 0; i < MF_COUNT(fns); i++) {
        struct mf_dir dir = kit_mkdir(path);
        assert_run(unpack(k.fd, fns[i], dir), ALL, 0, 0);
        const char *before = kit_read(&k, dir, ".modferry/installed");
        KIT_OK(mf_dir_remove(dir, ".modferry/installed", &err));
        assert_run(unpack(k.fd, fns[i], dir), 0, ALL, 0);
        assert_string_equal(kit_read(&k, dir, ".modferry/installed"), before);
        overwrite(dir, ".modferry/installed", "modferry-installed/1 nonsense\n");
        assert_run(unpack(k.fd, fns[i], dir), 0, ALL, 0);
        assert_string_equal(kit_read(&k, dir, ".modferry/installed"), before);
        kit_empty(dir, path);
    }
    kit_release(&k);
}

struct damage {
    unpack_fn *fn;
    const char *name, *content; /* content NULL: removed; "-> X": a link to X */
    uint64_t published, replaced;
};

static const struct damage damages[] = {
    {mf_unpack_proxy, "example.com/a/@v/v1.2.0.zip", "PK", 1, 1},
    {mf_unpack_proxy, "example.com/a/@v/v1.2.0.zip", NULL, 1, 0},
    {mf_unpack_proxy, "example.com/a/@v/v1.0.0.mod", "module x\n", 1, 1},
    {mf_unpack_proxy, "example.com/a/@v/v1.2.0.mod", NULL, 1, 0},
    {mf_unpack_proxy, "example.com/a/@v/v1.2.0.info", "{\"Version\":\"v9.9.9\"}", 0, 0},
    {mf_unpack_proxy, "example.com/a/@v/v1.2.0.info", NULL, 0, 0},
    {mf_unpack_proxy, "example.com/a/@v/list", NULL, 0, 0},
    {mf_unpack_proxy, "example.com/p/@v/list", NULL, 0, 0},
    {mf_unpack_modcache, "cache/download/example.com/a/@v/v1.2.0.zip", "PK", 1, 1},
    {mf_unpack_modcache, "cache/download/example.com/a/@v/v1.2.0.ziphash", "h1:", 1, 0},
    {mf_unpack_modcache, "cache/download/example.com/a/@v/v1.10.0.ziphash", NULL, 1, 0},
    {mf_unpack_modcache, "cache/download/example.com/a/@v/v1.2.0.partial", "", 1, 0},
    {mf_unpack_modcache, "cache/download/example.com/a/@v/list", NULL, 0, 0},
    {mf_unpack_modcache, "example.com/a@v1.2.0", NULL, 1, 0},
    {mf_unpack_proxy, "example.com/a/@v/v1.2.0.info", "-> /etc/passwd", 0, 0},
    {mf_unpack_proxy, "example.com/a/@v/v1.2.0.zip", "-> /etc/passwd", 1, 1},
    {mf_unpack_modcache, "cache/download/example.com/a/@v/v1.2.0.ziphash", "-> /etc/passwd", 1, 0},
};

static void test_damage_is_repaired(void **state)
{
    struct kit k;
    char path[64];
    (void)state;
    kit_make(&k, all, ALL, NULL);
    for (size_t i = 0; i < MF_COUNT(damages); i++) {
        const struct damage *d = &damages[i];
        struct mf_dir dir = kit_mkdir(path);
        assert_run(unpack(k.fd, d->fn, dir), ALL, 0, 0);
        const char *before = kit_read(&k, dir, d->name);
        /* The record knows a file by its stat: let the clock of the file
         * system move on, or a new file could look like the old one. */
        usleep(20000);
        if (!d->content || strncmp(d->content, "-> ", 3) == 0)
            KIT_OK(mf_dir_remove(dir, d->name, &err));
        if (d->content && strncmp(d->content, "-> ", 3) == 0)
            assert_int_equal(symlinkat(d->content + 3, dir.fd, d->name), 0);
        else if (d->content)
            overwrite(dir, d->name, d->content);
        assert_run(unpack(k.fd, d->fn, dir), d->published, ALL - d->published, d->replaced);
        const char *after = kit_read(&k, dir, d->name);
        assert_int_equal(before != NULL, after != NULL);
        if (before)
            assert_string_equal(after, before);
        if (d->fn == mf_unpack_proxy)
            assert_proxy_tree(&k, dir);
        assert_run(unpack(k.fd, d->fn, dir), 0, ALL, 0);
        kit_empty(dir, path);
    }
    kit_release(&k);
}

/* An edited file does not change the directory's stat; without the record it
 * is found, and the directory replaced as a whole. */
static void test_edited_directory(void **state)
{
    struct kit k;
    char path[64];
    (void)state;
    kit_make(&k, all, ALL, NULL);
    struct mf_dir dir = kit_mkdir(path);
    assert_run(unpack(k.fd, mf_unpack_modcache, dir), ALL, 0, 0);
    assert_int_equal(fchmodat(dir.fd, "example.com/a@v1.2.0", 0755, 0), 0);
    overwrite(dir, "example.com/a@v1.2.0/a.go", "package evil\n");
    overwrite(dir, "example.com/a@v1.2.0/more.go", "package evil\n");
    KIT_OK(mf_dir_remove(dir, ".modferry/installed", &err));
    assert_run(unpack(k.fd, mf_unpack_modcache, dir), 1, ALL - 1, 1);
    assert_string_equal(kit_read(&k, dir, "example.com/a@v1.2.0/a.go"), "package a\n");
    assert_null(kit_read(&k, dir, "example.com/a@v1.2.0/more.go"));
    assert_mode(dir, "example.com/a@v1.2.0", 0555);
    assert_no_temporaries(dir);
    kit_empty(dir, path);
    kit_release(&k);
}

/* What go or a killed run left behind. */
static void test_leftovers_are_removed(void **state)
{
    static unpack_fn *const fns[] = {mf_unpack_proxy, mf_unpack_modcache};
    static const char *const names[] = {"example.com/a/@v/.modferry-0123456789abcdef01234567.tmp",
                                        "example.com/.modferry-0123456789abcdef01234567.tmp/x/y"};
    struct kit k;
    char path[64];
    (void)state;
    kit_make(&k, all, ALL, NULL);
    for (size_t i = 0; i < MF_COUNT(fns); i++) {
        struct mf_dir dir = kit_mkdir(path);
        overwrite(dir, names[0], "half a zip");
        overwrite(dir, names[1], "half a directory");
        overwrite(dir, ".modferry/unfinished", "");
        assert_run(unpack(k.fd, fns[i], dir), ALL, 0, 0);
        assert_no_temporaries(dir);
        kit_empty(dir, path);
    }
    kit_release(&k);
}

/* The mark itself is written by rename, so its temporary may be all there is. */
static void test_leftover_of_the_mark(void **state)
{
    struct kit k;
    char path[64];
    (void)state;
    kit_make(&k, all, ALL, NULL);
    struct mf_dir dir = kit_mkdir(path);
    assert_run(unpack(k.fd, mf_unpack_proxy, dir), ALL, 0, 0);
    overwrite(dir, ".modferry/.modferry-0123456789abcdef01234567.tmp", "");
    assert_run(unpack(k.fd, mf_unpack_proxy, dir), 0, ALL, 0);
    assert_no_temporaries(dir);
    kit_empty(dir, path);
    kit_release(&k);
}

/* A run that only mends an .info marks the tree as well, before it writes: no
 * byte can be written here, so it gets no farther than that. */
static void test_mending_is_marked(void **state)
{
    struct kit k;
    char path[64];
    struct rlimit before, none;
    struct stat st;
    (void)state;
    kit_make(&k, all, ALL, NULL);
    struct mf_dir dir = kit_mkdir(path);
    assert_run(unpack(k.fd, mf_unpack_proxy, dir), ALL, 0, 0);
    KIT_OK(mf_dir_remove(dir, "example.com/a/@v/v1.2.0.info", &err));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &none), 0);
    struct run run = unpack(k.fd, mf_unpack_proxy, dir);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    assert_int_equal(run.code, MF_E_IO);
    KIT_OK(mf_dir_stat(dir, ".modferry/unfinished", &st, &err) == 1 ? 0 : -1);
    assert_run(unpack(k.fd, mf_unpack_proxy, dir), 0, ALL, 0);
    assert_int_equal(mf_dir_stat(dir, ".modferry/unfinished", &st, &(struct mf_err){0}), 0);
    kit_empty(dir, path);
    kit_release(&k);
}

/* A bundle that ends early: every whole module is published and right, and the
 * next run goes on from there. */
static void test_truncated(void **state)
{
    static unpack_fn *const fns[] = {mf_unpack_proxy, mf_unpack_modcache};
    struct kit k;
    char path[64], whole[1 << 20];
    (void)state;
    kit_make(&k, all, ALL, NULL);
    ssize_t size = pread(k.fd, whole, sizeof(whole), 0);
    assert_true(size > 0 && (size_t)size < sizeof(whole));
    for (size_t i = 0; i < MF_COUNT(fns); i++) {
        int cut = memfd_create("cut", MFD_CLOEXEC);
        struct mf_dir dir = kit_mkdir(path);
        assert_int_equal(write(cut, whole, (size_t)size - 3), size - 3);
        struct run run = unpack(cut, fns[i], dir);
        assert_int_equal(run.code, MF_E_TRUNCATED);
        assert_int_equal(run.result.published, ALL); /* only the seek table is short */
        assert_no_temporaries(dir);
        assert_run(unpack(k.fd, fns[i], dir), 0, ALL, 0);
        kit_empty(dir, path);

        dir = kit_mkdir(path);
        off_t last = (off_t)(k.manifest.frames[k.manifest.frame_count - 1].size);
        assert_int_equal(ftruncate(cut, size - 200 - last / 2), 0);
        run = unpack(cut, fns[i], dir);
        assert_int_equal(run.code, MF_E_TRUNCATED);
        assert_int_equal(run.result.published, 1); /* the .mod alone is in the first frame */
        assert_no_temporaries(dir);
        assert_run(unpack(k.fd, fns[i], dir), ALL - 1, 1, 0);
        if (fns[i] == mf_unpack_proxy)
            assert_proxy_tree(&k, dir);
        kit_empty(dir, path);
        close(cut);
    }
    kit_release(&k);
}

static void stop_at_once(void *ctx, const struct mf_unpack_progress *p)
{
    (void)p;
    *(volatile int *)ctx = SIGTERM;
}

static void test_interrupted(void **state)
{
    static unpack_fn *const fns[] = {NULL, mf_unpack_proxy, mf_unpack_modcache};
    struct kit k;
    char path[64];
    (void)state;
    kit_make(&k, all, ALL, NULL);
    for (size_t i = 0; i < MF_COUNT(fns); i++) {
        volatile int stop = SIGINT;
        struct mf_unpack_options options = {.threads = 2, .stop = &stop};
        struct mf_dir dir = kit_mkdir(path);
        assert_int_equal(unpack_with(k.fd, fns[i], dir, &options).code, MF_E_INTERRUPTED);
        stop = 0;
        int flag = 0;
        options.stop = &flag;
        options.progress = stop_at_once;
        options.progress_ctx = &flag;
        assert_int_equal(unpack_with(k.fd, fns[i], dir, &options).code, MF_E_TERMINATED);
        assert_no_temporaries(dir);
        kit_empty(dir, path);
    }
    kit_release(&k);
}

/* A signed lie about one module: nothing of it appears, what came before stays. */
static void test_wrong_hash(void **state)
{
    static unpack_fn *const fns[] = {NULL, mf_unpack_proxy, mf_unpack_modcache};
    struct kit_module lie[ALL];
    struct kit k;
    char path[64];
    (void)state;
    for (size_t victim = 2; victim < 5; victim++) {
        memcpy(lie, all, sizeof(lie));
        lie[victim].claimed_h1 = "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        kit_make(&k, lie, ALL, NULL);
        for (size_t i = 0; i < MF_COUNT(fns); i++) {
            struct mf_dir dir = kit_mkdir(path);
            struct run run = unpack(k.fd, fns[i], dir);
            assert_int_equal(run.code, MF_E_HASH);
            assert_non_null(strstr(run.err.text, lie[victim].path));
            assert_non_null(strstr(run.err.text, lie[victim].version));
            if (fns[i]) {
                assert_int_equal(run.result.published, victim);
                assert_no_temporaries(dir);
            }
            if (fns[i] == mf_unpack_proxy)
                assert_null(kit_read(&k, dir, "example.com/p/@v/v0.0.0-20240102030405-abcdefabcdef.info"));
            kit_empty(dir, path);
        }
        kit_release(&k);
    }
}

static void test_kinds_do_not_mix(void **state)
{
    struct kit k;
    char path[64];
    (void)state;
    kit_make(&k, all, ALL, NULL);
    struct mf_dir dir = kit_mkdir(path);
    assert_run(unpack(k.fd, mf_unpack_proxy, dir), ALL, 0, 0);
    assert_int_equal(unpack(k.fd, mf_unpack_modcache, dir).code, MF_E_USAGE);
    kit_empty(dir, path);
    kit_release(&k);
}

/* A second bundle adds to the tree and to its lists and record. */
static void test_two_bundles(void **state)
{
    struct kit first, second;
    char path[64];
    (void)state;
    kit_make(&first, all, 3, NULL);
    kit_make(&second, all + 1, ALL - 1, NULL);
    struct mf_dir dir = kit_mkdir(path);
    assert_run(unpack(first.fd, mf_unpack_proxy, dir), 3, 0, 0);
    assert_string_equal(kit_read(&first, dir, "example.com/a/@v/list"), "v1.0.0\nv1.2.0\n");
    assert_run(unpack(second.fd, mf_unpack_proxy, dir), ALL - 3, 2, 0);
    assert_string_equal(kit_read(&first, dir, "example.com/a/@v/list"), "v1.0.0\nv1.2.0\nv1.10.0\n");
    assert_run(unpack(first.fd, mf_unpack_proxy, dir), 0, 3, 0);
    kit_empty(dir, path);
    kit_release(&first);
    kit_release(&second);
}

#define LATE "cache/download/example.com/a/@v/v1.2.0.zip"

static void plant(void *ctx, const struct mf_unpack_progress *p)
{
    const struct mf_dir *dir = ctx;
    if (p->modules < 2) /* the first frame is over, and example.com/a is not published */
        overwrite(*dir, LATE, "PK");
}

/* A wrong zip that comes while unpack runs is removed, and not recorded. */
static void test_late_zip(void **state)
{
    struct kit k;
    char path[64];
    (void)state;
    kit_make(&k, all, ALL, NULL);
    struct mf_dir dir = kit_mkdir(path);
    const struct mf_unpack_options options = {.threads = 1, .no_zips = true, .progress = plant, .progress_ctx = &dir};
    assert_run(unpack_with(k.fd, mf_unpack_modcache, dir, &options), ALL, 0, 1);
    assert_null(kit_read(&k, dir, LATE));
    kit_empty(dir, path);
    kit_release(&k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verify),
        cmocka_unit_test(test_proxy),
        cmocka_unit_test(test_modcache),
        cmocka_unit_test(test_second_run_reads_nothing),
        cmocka_unit_test(test_unrecorded_is_hashed),
        cmocka_unit_test(test_damage_is_repaired),
        cmocka_unit_test(test_edited_directory),
        cmocka_unit_test(test_leftovers_are_removed),
        cmocka_unit_test(test_leftover_of_the_mark),
        cmocka_unit_test(test_mending_is_marked),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_interrupted),
        cmocka_unit_test(test_wrong_hash),
        cmocka_unit_test(test_kinds_do_not_mix),
        cmocka_unit_test(test_two_bundles),
        cmocka_unit_test(test_late_zip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Bundles written by bundleout and read back by bundlein. */
#include "formats/bundlein.h"
#include "formats/bundleout.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#include <cmocka.h>

#include "formats/base/dir.h"
#include "formats/base/encode.h"
#include "formats/zframe.h"

#define H1 "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
#define HEX "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

struct bundle {
    struct mf_arena arena;
    struct mf_manifest m;
    struct mf_head head;
    struct mf_buf manifest;
    struct mf_buf file;
};

static void bundle_release(struct bundle *b)
{
    mf_arena_release(&b->arena);
    mf_buf_release(&b->manifest);
    mf_buf_release(&b->file);
}

#define BUNDLE_INIT                                                                                                    \
    {                                                                                                                  \
        .arena = MF_ARENA_INIT(16 * MF_MIB), .manifest = MF_BUF_INIT(MF_MANIFEST_MAX),                                 \
        .file = MF_BUF_INIT(256 * MF_MIB)                                                                              \
    }

static int memory_file(struct mf_str bytes)
{
    struct mf_err err = {0};
    int fd = memfd_create("bundle", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(mf_write_full(fd, bytes.p, bytes.n, "memory", &err), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void read_file(int fd, struct mf_buf *out)
{
    struct mf_err err = {0};
    off_t n = lseek(fd, 0, SEEK_END);
    assert_true(n >= 0);
    char *to = mf_buf_room(out, (size_t)n);
    assert_non_null(to);
    assert_int_equal(mf_pread_full(fd, to, (size_t)n, 0, "memory", &err), 0);
    mf_buf_grew(out, (size_t)n);
}

/* Content of a member: `size` bytes that depend on the name; hard to compress. */
static void add_member(struct mf_bundleout *out, const char *name, size_t size, size_t step)
{
    struct mf_err err = {0};
    char *p = malloc(size + 1);
    assert_non_null(p);
    uint32_t x = (uint32_t)strlen(name) * 2654435761u + 1;
    for (size_t i = 0; i < size; i++) {
        x = x * 1664525u + 1013904223u;
        p[i] = (char)(x >> (i % 3 ? 24 : 31));
    }
    if (mf_bundleout_member(out, mf_str(name), size, &err) < 0)
        fail_msg("%s", err.text);
    for (size_t at = 0; at < size; at += step)
        assert_int_equal(mf_bundleout_data(out, p + at, size - at < step ? size - at : step, &err), 0);
    assert_int_equal(mf_bundleout_member_end(out, &err), 0);
    free(p);
}

/* The three modules and one attachment of every test here. */
static void add_members(struct mf_bundleout *out, struct mf_manifest *m, size_t zip_size, size_t step)
{
    static const char *const mods[] = {"meta/example.com/a/@v/v1.0.0.mod", "meta/example.com/b/@v/v1.0.0.mod",
                                       "meta/example.com/c/@v/v1.0.0.mod"};
    struct mf_err err = {0};
    for (size_t i = 0; i < MF_COUNT(mods); i++) {
        m->modules[i].mod.offset = mf_bundleout_offset(out);
        add_member(out, mods[i], 20 + i, step);
        m->modules[i].mod.length = mf_bundleout_offset(out) - m->modules[i].mod.offset;
    }
    add_member(out, "attachments/note.txt", 100, step);
    assert_int_equal(mf_bundleout_cut(out, &err), 0);
    m->modules[0].content.offset = mf_bundleout_offset(out);
    add_member(out, "src/example.com/a@v1.0.0/empty", 0, step);
    add_member(out, "src/example.com/a@v1.0.0/go.mod", 700, step);
    m->modules[0].content.length = mf_bundleout_offset(out) - m->modules[0].content.offset;
    m->modules[2].content.offset = mf_bundleout_offset(out);
    add_member(out, "zip/example.com/c@v1.0.0.zip", zip_size, step);
    m->modules[2].content.length = mf_bundleout_offset(out) - m->modules[2].content.offset;
}

static void describe(struct bundle *b, struct mf_manifest_module *modules, struct mf_manifest_attachment *attachment)
{
    const struct mf_str v = MF_LIT("v1.0.0"), h1 = MF_LIT(H1);
    modules[0] = (struct mf_manifest_module){
        .id = {MF_LIT("example.com/a"), v}, .h1 = h1, .mod_h1 = h1, .size = 700, .files = 2, .form = MF_FORM_FILES};
    modules[1] = (struct mf_manifest_module){.id = {MF_LIT("example.com/b"), v}, .mod_h1 = h1, .only_mod = true};
    modules[2] = (struct mf_manifest_module){
        .id = {MF_LIT("example.com/c"), v}, .h1 = h1, .mod_h1 = h1, .size = 1, .files = 1, .form = MF_FORM_ZIP};
    *attachment = (struct mf_manifest_attachment){MF_LIT("note.txt"), MF_LIT("text/plain"), 100, MF_LIT(HEX)};
    b->m = (struct mf_manifest){.go = MF_LIT("1.22"),
                                .created = MF_LIT("2024-05-06T07:08:09Z"),
                                .tool = MF_LIT("test"),
                                .zstd = MF_LIT("any"),
                                .modules = modules,
                                .module_count = 3,
                                .attachments = attachment,
                                .attachment_count = 1};
}

static void make(struct bundle *b, unsigned threads, size_t zip_size, size_t step)
{
    static struct mf_manifest_module modules[3];
    static struct mf_manifest_attachment attachment;
    struct mf_err err = {0};
    MF_CLEANUP(mf_bundleout_free) struct mf_bundleout *out = NULL;
    MF_CLEANUP(mf_fd_release) int spool = memory_file(MF_LIT("")), file = memory_file(MF_LIT(""));
    describe(b, modules, &attachment);
    assert_int_equal(mf_bundleout_new(&out, spool, 1, threads, &err), 0);
    add_members(out, &b->m, zip_size, step);
    assert_int_equal(mf_bundleout_finish(out, &b->m, &b->arena, &err), 0);
    if (mf_manifest_write(&b->m, &b->manifest, &err) < 0)
        fail_msg("%s", err.text);
    b->head = (struct mf_head){.manifest = mf_buf_view(&b->manifest), .signature_count = 1};
    b->head.signatures[0] = (struct mf_head_signature){MF_LIT("0123456789abcdef"), MF_LIT("sig\n")};
    if (mf_bundleout_assemble(file, "x", &b->head, spool, 0, &b->m, &err) < 0)
        fail_msg("%s", err.text);
    read_file(file, &b->file);
}

/* What a reader got: names, sizes, offsets and hashes of contents. */
struct log {
    struct mf_buf text;
    struct mf_sha256 hash;
    uint64_t left;
    size_t stop_at; /* refuse this member, counted from 1 */
    size_t members;
};

static int on_member(void *ctx, struct mf_str name, uint64_t size, uint64_t offset, struct mf_err *err)
{
    struct log *log = ctx;
    if (++log->members == log->stop_at)
        return mf_err_set(err, MF_E_POLICY, "enough");
    mf_buf_fmt(&log->text, "%llu %llu ", (unsigned long long)offset, (unsigned long long)size);
    mf_buf_str(&log->text, name);
    mf_sha256_init(&log->hash);
    log->left = size;
    return 0;
}

static int on_data(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    struct log *log = ctx;
    (void)err;
    mf_sha256_add(&log->hash, p, n);
    assert_true(n <= log->left);
    log->left -= n;
    return 0;
}

static int on_end(void *ctx, struct mf_err *err)
{
    struct log *log = ctx;
    struct mf_digest digest;
    char hex[MF_HEX_SIZE(32)];
    (void)err;
    assert_int_equal(log->left, 0);
    mf_sha256_done(&log->hash, &digest);
    mf_hex(digest.b, 32, hex);
    mf_buf_fmt(&log->text, " %s\n", hex);
    return 0;
}

static void count_bytes(void *ctx, uint64_t bytes)
{
    uint64_t *last = ctx;
    assert_true(bytes > *last);
    *last = bytes;
}

static int run_fd(int fd, const struct mf_head *head, const struct mf_manifest *m, unsigned threads, struct log *log,
                  struct mf_err *err)
{
    uint64_t progress = 0;
    const struct mf_tar_visitor visitor = {log, on_member, on_data, on_end};
    const struct mf_bundlein_options options = {.threads = threads, .progress = count_bytes, .progress_ctx = &progress};
    log->text = MF_BUF_INIT(MF_MIB);
    int result = mf_bundlein_run(fd, "x", head, m, &visitor, &options, err);
    uint64_t all = 0;
    for (size_t i = 0; i < m->frame_count; i++)
        all += m->frames[i].size;
    assert_true(result < 0 || progress == all);
    return result;
}

/* Reads head, manifest and payload of a whole file. */
static int run(struct mf_str file, unsigned threads, struct log *log, struct mf_err *err)
{
    struct mf_head head;
    struct mf_manifest m;
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(16 * MF_MIB);
    MF_CLEANUP(mf_fd_release) int fd = memory_file(file);
    log->text = MF_BUF_INIT(0);
    if (mf_head_read(fd, "x", &head, &arena, err) < 0 || mf_manifest_parse(head.manifest, &m, &arena, err) < 0)
        return -1;
    return run_fd(fd, &head, &m, threads, log, err);
}

static void test_same_bytes_whatever_the_threads(void **state)
{
    (void)state;
    MF_CLEANUP(bundle_release) struct bundle one = BUNDLE_INIT, four = BUNDLE_INIT;
    make(&one, 1, 40 * MF_MIB, 100000);
    make(&four, 4, 40 * MF_MIB, 3 * MF_MIB + 7);
    assert_true(mf_str_eq(mf_buf_view(&one.file), mf_buf_view(&four.file)));
    assert_int_equal(one.m.frame_count, 4);
    assert_int_equal(one.m.frames[1].raw_size, MF_FRAME_RAW_MAX);
    assert_int_equal(one.m.frames[2].raw_size, MF_FRAME_RAW_MAX);
    static const unsigned threads[] = {1, 2, 4};
    MF_CLEANUP(mf_buf_release) struct mf_buf first = MF_BUF_INIT(MF_MIB);
    for (size_t i = 0; i < MF_COUNT(threads); i++) {
        struct log log = {0};
        struct mf_err err = {0};
        if (run(mf_buf_view(&one.file), threads[i], &log, &err) < 0)
            fail_msg("%s", err.text);
        assert_int_equal(log.members, 7);
        if (i == 0)
            mf_buf_str(&first, mf_buf_view(&log.text));
        assert_true(mf_str_eq(mf_buf_view(&first), mf_buf_view(&log.text)));
        mf_buf_release(&log.text);
    }
    assert_true(mf_str_starts(mf_buf_view(&first), MF_LIT("0 20 meta/example.com/a/@v/v1.0.0.mod ")));
}

static void test_from_a_pipe(void **state)
{
    (void)state;
    struct mf_err err = {0};
    struct mf_head head;
    struct log log = {0};
    int ends[2];
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(16 * MF_MIB);
    MF_CLEANUP(bundle_release) struct bundle b = BUNDLE_INIT;
    make(&b, 1, 3000, 100);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(mf_write_full(ends[1], b.file.p, b.file.n, "pipe", &err), 0);
    close(ends[1]);
    assert_int_equal(mf_head_read(ends[0], "x", &head, &arena, &err), 0);
    if (run_fd(ends[0], &head, &b.m, 2, &log, &err) < 0)
        fail_msg("%s", err.text);
    mf_buf_release(&log.text);
    close(ends[0]);
}

static void test_empty_payload(void **state)
{
    (void)state;
    struct mf_err err = {0};
    struct log log = {0};
    MF_CLEANUP(bundle_release) struct bundle b = BUNDLE_INIT;
    MF_CLEANUP(mf_bundleout_free) struct mf_bundleout *out = NULL;
    MF_CLEANUP(mf_fd_release) int spool = memory_file(MF_LIT("")), file = memory_file(MF_LIT(""));
    b.m = (struct mf_manifest){
        .go = MF_LIT("1.22"), .created = MF_LIT("2024-05-06T07:08:09Z"), .tool = MF_LIT("test"), .zstd = MF_LIT("any")};
    assert_int_equal(mf_bundleout_new(&out, spool, 1, 2, &err), 0);
    assert_int_equal(mf_bundleout_cut(out, &err), 0);
    assert_int_equal(mf_bundleout_finish(out, &b.m, &b.arena, &err), 0);
    assert_int_equal(b.m.payload_size, 1024);
    assert_int_equal(mf_manifest_write(&b.m, &b.manifest, &err), 0);
    b.head.manifest = mf_buf_view(&b.manifest);
    assert_int_equal(mf_bundleout_assemble(file, "x", &b.head, spool, 0, &b.m, &err), 0);
    read_file(file, &b.file);
    if (run(mf_buf_view(&b.file), 2, &log, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(log.members, 0);
    mf_buf_release(&log.text);
}

/* As `sign` does: the payload of a finished bundle under another head. */
static void test_payload_under_another_head(void **state)
{
    (void)state;
    struct mf_err err = {0};
    struct log log = {0};
    MF_CLEANUP(bundle_release) struct bundle b = BUNDLE_INIT;
    make(&b, 1, 3000, 1000);
    uint64_t offset = b.head.frame_size;
    MF_CLEANUP(mf_fd_release) int old = memory_file(mf_buf_view(&b.file)), new = memory_file(MF_LIT(""));
    b.head.signatures[1] = (struct mf_head_signature){MF_LIT("0000000000000000"), MF_LIT("another\n")};
    b.head.signature_count = 2;
    assert_int_equal(mf_bundleout_assemble(new, "new", &b.head, old, offset, &b.m, &err), 0);
    mf_buf_clear(&b.file);
    read_file(new, &b.file);
    if (run(mf_buf_view(&b.file), 1, &log, &err) < 0)
        fail_msg("%s", err.text);
    assert_int_equal(log.members, 7);
    mf_buf_release(&log.text);
    /* A payload that is too short is noticed. */
    MF_CLEANUP(mf_fd_release) int cut = memory_file(mf_str_head(mf_buf_view(&b.file), 2000));
    assert_int_equal(mf_bundleout_assemble(new, "new", &b.head, cut, 1000, &b.m, &err), -1);
    assert_int_equal(err.code, MF_E_TRUNCATED);
}

static void test_truncated_everywhere(void **state)
{
    (void)state;
    MF_CLEANUP(bundle_release) struct bundle b = BUNDLE_INIT;
    make(&b, 1, 2000, 1000);
    uint64_t end[] = {b.head.frame_size + b.m.frames[0].size,
                      b.head.frame_size + b.m.frames[0].size + b.m.frames[1].size};
    for (size_t n = 0; n < b.file.n; n++) {
        struct log log = {0};
        struct mf_err err = {0};
        assert_int_equal(run(mf_str_head(mf_buf_view(&b.file), n), 1 + n % 2, &log, &err), -1);
        assert_int_equal(err.code, MF_E_TRUNCATED);
        /* Whole frames are delivered all the same. */
        assert_int_equal(log.members, n < end[0] ? 0 : n < end[1] ? 4 : 7);
        mf_buf_release(&log.text);
    }
}

static void test_every_changed_byte(void **state)
{
    (void)state;
    MF_CLEANUP(bundle_release) struct bundle b = BUNDLE_INIT;
    make(&b, 1, 2000, 1000);
    uint64_t second = b.head.frame_size + b.m.frames[0].size, table = second + b.m.frames[1].size;
    for (size_t i = b.head.frame_size; i < b.file.n; i++) {
        struct log log = {0};
        struct mf_err err = {0};
        b.file.p[i] ^= (char)(1 << i % 8);
        assert_int_equal(run(mf_buf_view(&b.file), 1 + i % 2, &log, &err), -1);
        assert_int_equal(err.code, i < table ? MF_E_HASH : MF_E_DAMAGED);
        assert_int_equal(log.members, i < second ? 0 : i < table ? 4 : 7);
        mf_buf_release(&log.text);
        b.file.p[i] ^= (char)(1 << i % 8);
    }
}

static void test_trailing_bytes(void **state)
{
    (void)state;
    struct log log = {0};
    struct mf_err err = {0};
    MF_CLEANUP(bundle_release) struct bundle b = BUNDLE_INIT;
    make(&b, 1, 2000, 1000);
    mf_buf_byte(&b.file, 0);
    assert_int_equal(run(mf_buf_view(&b.file), 1, &log, &err), -1);
    assert_int_equal(err.code, MF_E_DAMAGED);
    assert_non_null(strstr(err.text, "follows"));
    mf_buf_release(&log.text);
}

static void test_visitor_stops(void **state)
{
    (void)state;
    MF_CLEANUP(bundle_release) struct bundle b = BUNDLE_INIT;
    make(&b, 2, 20 * MF_MIB, 100000);
    for (size_t i = 1; i <= 7; i++) {
        struct log log = {.stop_at = i};
        struct mf_err err = {0};
        assert_int_equal(run(mf_buf_view(&b.file), 1 + i % 3, &log, &err), -1);
        assert_int_equal(err.code, MF_E_POLICY);
        assert_int_equal(log.members, i);
        mf_buf_release(&log.text);
    }
}

/* A payload of one frame made by hand, as a writer that lies would. */
static enum mf_code run_tar(struct mf_str tar, size_t raw_size, const char *say)
{
    struct mf_err err = {0};
    struct log log = {0};
    MF_CLEANUP(mf_zcompress_free) struct mf_zcompress *z = NULL;
    MF_CLEANUP(mf_buf_release) struct mf_buf file = MF_BUF_INIT(64 * MF_MIB);
    assert_int_equal(mf_zcompress_new(&z, 1, &err), 0);
    assert_int_equal(mf_zcompress_frame(z, tar, MF_LIT(""), &file, &err), 0);
    struct mf_frame frame = {.raw_size = raw_size, .size = file.n, .sha256 = mf_sha256_of(mf_buf_view(&file))};
    const struct mf_manifest m = {.frames = &frame, .frame_count = 1, .payload_size = raw_size};
    const struct mf_head head = {.frame_size = 1000, .raw_size = 900};
    assert_int_equal(mf_zframe_seektable(head.frame_size, head.raw_size, &frame, 1, &file, &err), 0);
    MF_CLEANUP(mf_fd_release) int fd = memory_file(mf_buf_view(&file));
    int result = run_fd(fd, &head, &m, 1, &log, &err);
    mf_buf_release(&log.text);
    if (result == 0)
        return MF_OK;
    if (!strstr(err.text, say))
        fail_msg("\"%s\" does not say \"%s\"", err.text, say);
    return err.code;
}

static void test_lying_writers(void **state)
{
    (void)state;
    struct mf_err err = {0};
    static const char zeros[4 * MF_TAR_BLOCK];
    MF_CLEANUP(mf_buf_release) struct mf_buf tar = MF_BUF_INIT(MF_MIB);
    assert_int_equal(mf_tar_header(MF_LIT("src/a"), 0, &tar, &err), 0);
    mf_buf_add(&tar, zeros, MF_TAR_END);
    struct mf_str good = mf_buf_view(&tar);
    assert_int_equal(run_tar(good, good.n, ""), MF_OK);
    assert_int_equal(run_tar(good, good.n + 1, "announce"), MF_E_DAMAGED);
    assert_int_equal(run_tar(good, good.n - 512, "announce"), MF_E_DAMAGED);
    assert_int_equal(run_tar(good, MF_FRAME_RAW_MAX + 1, "larger"), MF_E_LIMIT);
    assert_int_equal(run_tar(mf_str_head(good, 512), 512, "end mark"), MF_E_DAMAGED);
    assert_int_equal(run_tar(mf_str_head(good, 1024), 1024, "end mark"), MF_E_DAMAGED);
    assert_int_equal(run_tar(mf_str_head(good, 500), 500, "inside a member"), MF_E_DAMAGED);
    mf_buf_add(&tar, zeros, MF_TAR_BLOCK);
    assert_int_equal(run_tar(mf_buf_view(&tar), tar.n, "after the end mark"), MF_E_DAMAGED);
    tar.p[0] = '/';
    assert_int_equal(run_tar(mf_buf_view(&tar), tar.n, "tar"), MF_E_DAMAGED);
}

static void test_writer_is_held_to_its_word(void **state)
{
    (void)state;
    struct mf_err err = {0};
    MF_CLEANUP(bundle_release) struct bundle b = BUNDLE_INIT;
    MF_CLEANUP(mf_bundleout_free) struct mf_bundleout *out = NULL;
    MF_CLEANUP(mf_fd_release) int spool = memory_file(MF_LIT(""));
    assert_int_equal(mf_bundleout_new(&out, spool, 1, 1, &err), 0);
    assert_int_equal(mf_bundleout_data(out, "x", 1, &err), -1);
    assert_int_equal(mf_bundleout_member_end(out, &err), -1);
    assert_int_equal(mf_bundleout_member(out, MF_LIT("../x"), 2, &err), -1);
    assert_int_equal(mf_bundleout_offset(out), 0);
    assert_int_equal(mf_bundleout_member(out, MF_LIT("x"), 2, &err), 0);
    assert_int_equal(mf_bundleout_member(out, MF_LIT("y"), 2, &err), -1);
    assert_int_equal(mf_bundleout_data(out, "abc", 3, &err), -1);
    assert_int_equal(mf_bundleout_member_end(out, &err), -1);
    assert_int_equal(mf_bundleout_finish(out, &b.m, &b.arena, &err), -1);
    assert_int_equal(err.code, MF_E_DAMAGED);
    struct mf_bundleout *none = NULL;
    assert_int_equal(mf_bundleout_new(&none, spool, 0, 1, &err), -1);
    assert_int_equal(mf_bundleout_new(&none, spool, 23, 1, &err), -1);
    assert_int_equal(err.code, MF_E_USAGE);
    assert_null(none);
    mf_bundleout_free(&none);
}

/* The lines of a log whose members begin inside one of the spans. */
static void filter(struct mf_str log, const struct mf_span *spans, size_t n, struct mf_buf *out)
{
    for (struct mf_str rest = log; rest.n;) {
        struct mf_str line = mf_str_cut(rest, '\n', &rest);
        uint64_t offset = strtoull(line.p, NULL, 10);
        for (size_t i = 0; i < n; i++)
            if (offset >= spans[i].offset && offset < spans[i].offset + spans[i].length) {
                mf_buf_str(out, line);
                mf_buf_byte(out, '\n');
            }
    }
}

static int run_spans(const struct bundle *b, struct mf_str file, const struct mf_span *spans, size_t n,
                     unsigned threads, struct log *log, struct mf_err *err)
{
    uint64_t progress = 0;
    const struct mf_tar_visitor visitor = {log, on_member, on_data, on_end};
    const struct mf_bundlein_options options = {.threads = threads, .progress = count_bytes, .progress_ctx = &progress};
    struct mf_head head;
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(16 * MF_MIB);
    MF_CLEANUP(mf_fd_release) int fd = memory_file(file);
    *log = (struct log){.text = MF_BUF_INIT(MF_MIB)};
    assert_int_equal(mf_head_read(fd, "x", &head, &arena, err), 0);
    return mf_bundlein_spans(fd, "x", &head, &b->m, spans, n, &visitor, &options, err);
}

/* Every choice of the stretches that a manifest names. */
static void test_parts(void **state)
{
    (void)state;
    struct mf_err err = {0};
    struct log all = {0}, log;
    MF_CLEANUP(bundle_release) struct bundle b = BUNDLE_INIT;
    make(&b, 2, 33 * MF_MIB, 3 * MF_MIB);
    assert_int_equal(run(mf_buf_view(&b.file), 2, &all, &err), 0);
    const struct mf_manifest_module *m = b.m.modules;
    const struct mf_span every[] = {m[0].mod, m[1].mod, m[2].mod, m[0].content, m[2].content};
    for (unsigned set = 0; set < 1u << MF_COUNT(every); set++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf want = MF_BUF_INIT(MF_MIB);
        struct mf_span spans[MF_COUNT(every)];
        size_t n = 0;
        for (size_t i = 0; i < MF_COUNT(every); i++)
            if (set >> i & 1)
                spans[n++] = every[i];
        filter(mf_buf_view(&all.text), spans, n, &want);
        if (run_spans(&b, mf_buf_view(&b.file), spans, n, 1 + set % 3, &log, &err) < 0)
            fail_msg("%s", err.text);
        assert_true(mf_str_eq(mf_buf_view(&want), mf_buf_view(&log.text)));
        mf_buf_release(&log.text);
    }
    mf_buf_release(&all.text);
}

/* Frames without a part in the spans are not looked at; those with one are
 * hashed; spans that are no whole members are refused. */
static void test_bad_parts(void **state)
{
    (void)state;
    struct mf_err err = {0};
    struct log log;
    MF_CLEANUP(bundle_release) struct bundle b = BUNDLE_INIT;
    make(&b, 1, 20 * MF_MIB, MF_MIB);
    const struct mf_manifest_module *m = b.m.modules;
    b.file.p[b.file.n - 100000] ^= 1; /* in the last frame */
    assert_int_equal(run_spans(&b, mf_buf_view(&b.file), &m[1].mod, 1, 1, &log, &err), 0);
    assert_int_equal(log.members, 1);
    mf_buf_release(&log.text);
    assert_int_equal(run_spans(&b, mf_buf_view(&b.file), &m[2].content, 1, 2, &log, &err), -1);
    assert_int_equal(err.code, MF_E_HASH);
    mf_buf_release(&log.text);
    const struct mf_span bad[] = {{m[1].mod.offset + 512, 512}, {m[1].mod.offset, 512}, {m[1].mod.offset + 1, 1023}};
    for (size_t i = 0; i < MF_COUNT(bad); i++) {
        assert_int_equal(run_spans(&b, mf_buf_view(&b.file), &bad[i], 1, 1, &log, &err), -1);
        assert_int_equal(err.code, MF_E_DAMAGED);
        mf_buf_release(&log.text);
    }
    const struct mf_str cut = mf_str_head(mf_buf_view(&b.file), b.file.n - 200000);
    assert_int_equal(run_spans(&b, cut, &m[2].content, 1, 1, &log, &err), -1);
    assert_int_equal(err.code, MF_E_TRUNCATED);
    mf_buf_release(&log.text);
}

static enum mf_code whole(const struct bundle *b, struct mf_str file)
{
    struct mf_err err = {0};
    struct mf_head head;
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(16 * MF_MIB);
    MF_CLEANUP(mf_fd_release) int fd = memory_file(file);
    assert_int_equal(mf_head_read(fd, "x", &head, &arena, &err), 0);
    return mf_bundlein_whole(fd, "x", &head, &b->m, &err) < 0 ? err.code : MF_OK;
}

static void test_whole(void **state)
{
    (void)state;
    struct mf_err err = {0};
    int ends[2];
    MF_CLEANUP(bundle_release) struct bundle b = BUNDLE_INIT;
    make(&b, 1, 3000, 100);
    struct mf_str file = mf_buf_view(&b.file);
    size_t frames = 0;
    for (size_t i = 0; i < b.m.frame_count; i++)
        frames += (size_t)b.m.frames[i].size;
    assert_int_equal(whole(&b, file), MF_OK);
    for (size_t cut = 1; cut < frames; cut++)
        assert_int_equal(whole(&b, mf_str_head(file, file.n - cut)), MF_E_TRUNCATED);
    b.file.p[b.file.n - 1] ^= 1;
    assert_int_equal(whole(&b, file), MF_E_DAMAGED);
    b.file.p[b.file.n - 1] ^= 1;
    mf_buf_byte(&b.file, 0);
    assert_int_equal(whole(&b, mf_buf_view(&b.file)), MF_E_DAMAGED);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(mf_bundlein_whole(ends[0], "x", &b.head, &b.m, &err), -1);
    assert_int_equal(err.code, MF_E_USAGE);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bytes_whatever_the_threads),
        cmocka_unit_test(test_from_a_pipe),
        cmocka_unit_test(test_empty_payload),
        cmocka_unit_test(test_payload_under_another_head),
        cmocka_unit_test(test_truncated_everywhere),
        cmocka_unit_test(test_every_changed_byte),
        cmocka_unit_test(test_trailing_bytes),
        cmocka_unit_test(test_visitor_stops),
        cmocka_unit_test(test_lying_writers),
        cmocka_unit_test(test_writer_is_held_to_its_word),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_bad_parts),
        cmocka_unit_test(test_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

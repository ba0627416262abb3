/* Zips are built here, record by record, so that every field can lie. What
 * each lie must lead to was taken from Go: archive/zip, x/mod/zip. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <libdeflate.h>

#include "formats/base/dir.h"
#include "formats/goflate.h"
#include "formats/modzip.h"
#include "formats/zipwrite.h"

#define MODULE ((struct mf_module){MF_LIT("example.com/m"), MF_LIT("v1.0.0")})
#define P "example.com/m@v1.0.0/"

/* What may be wrong with one file; zero is an honest deflated file. */
struct lie {
    const char *name; /* name_n bytes, or NUL-terminated where name_n is 0 */
    size_t name_n;
    const char *content; /* NULL: empty */
    bool stored;
    bool descriptor;         /* CRC behind the data, flag 8 */
    uint32_t attributes;     /* external, with creator Unix */
    uint32_t crc_xor;        /* in the central directory */
    uint32_t descriptor_xor; /* in the data descriptor */
    int64_t size_add;        /* to the size in the central directory */
    int64_t compressed_add;  /* likewise */
    uint64_t offset_add;     /* likewise */
    uint16_t method_add;     /* likewise */
    bool other_local;        /* the local header has another name and size */
    bool zip64;              /* sizes and offset stand in a zip64 field */
    bool flip;               /* a bit of the compressed data is wrong */
};

static void le(struct mf_buf *b, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        mf_buf_byte(b, (char)(value >> (8 * i)));
}

static struct mf_str lie_name(const struct lie *l)
{
    return l->name_n ? (struct mf_str){l->name, l->name_n} : mf_str(l->name);
}

static void compress(const struct lie *l, struct mf_buf *out)
{
    struct mf_err err = {0};
    struct mf_goflate *g;
    struct mf_str content = mf_str(l->content);
    if (l->stored) {
        mf_buf_str(out, content);
    } else if (!mf_str_ends(lie_name(l), MF_LIT("/"))) {
        assert_int_equal(mf_goflate_new(&g, &err), 0);
        mf_goflate_write(g, content.p, content.n, out);
        mf_goflate_finish(g, out);
        mf_goflate_free(&g);
    }
    if (l->flip)
        out->p[out->n / 2] ^= 0x10;
}

/* Appends a file to the zip and its record to the central directory. */
static void add(struct mf_buf *zip, struct mf_buf *central, const struct lie *l)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf data = MF_BUF_INIT(16 * MF_MIB);
    struct mf_str name = lie_name(l), local = l->other_local ? MF_LIT("elsewhere/../x") : name;
    struct mf_str content = mf_str(l->content);
    uint32_t crc = libdeflate_crc32(0, content.p, content.n);
    uint64_t offset = zip->n + l->offset_add, size = content.n + (uint64_t)l->size_add;
    uint16_t method = (uint16_t)((l->stored ? 0 : 8) + l->method_add), flags = l->descriptor ? 8 : 0;
    compress(l, &data);
    uint64_t compressed = data.n + (uint64_t)l->compressed_add;
    le(zip, 0x04034b50, 4);
    le(zip, 20, 2);
    le(zip, flags, 2);
    le(zip, method, 2);
    le(zip, 0, 4);
    le(zip, l->descriptor ? 0 : crc, 4);
    le(zip, l->descriptor ? 0 : data.n, 4);
    le(zip, l->other_local ? 77777 : content.n, 4);
    le(zip, local.n, 2);
    le(zip, 0, 2);
    mf_buf_str(zip, local);
    mf_buf_str(zip, mf_buf_view(&data));
    if (l->descriptor) {
        le(zip, 0x08074b50, 4);
        le(zip, crc ^ l->descriptor_xor, 4);
        le(zip, data.n, 4);
        le(zip, content.n, 4);
    }
    le(central, 0x02014b50, 4);
    le(central, 20 | 3 << 8, 2);
    le(central, 20, 2);
    le(central, flags, 2);
    le(central, method, 2);
    le(central, 0, 4);
    le(central, crc ^ l->crc_xor, 4);
    le(central, l->zip64 ? UINT32_MAX : compressed, 4);
    le(central, l->zip64 ? UINT32_MAX : size, 4);
    le(central, name.n, 2);
    le(central, l->zip64 ? 28 : 0, 2);
    le(central, 0, 2 + 2 + 2);
    le(central, l->attributes, 4);
    le(central, l->zip64 ? UINT32_MAX : offset, 4);
    mf_buf_str(central, name);
    if (l->zip64) {
        le(central, 1, 2);
        le(central, 24, 2);
        le(central, size, 8);
        le(central, compressed, 8);
        le(central, offset, 8);
    }
}

static void end(struct mf_buf *zip, const struct mf_buf *central, uint64_t records)
{
    uint64_t offset = zip->n;
    mf_buf_str(zip, mf_buf_view(central));
    le(zip, 0x06054b50, 4);
    le(zip, 0, 4);
    le(zip, records, 2);
    le(zip, records, 2);
    le(zip, central->n, 4);
    le(zip, offset, 4);
    le(zip, 0, 2);
}

static void build(struct mf_buf *zip, const struct lie *files, size_t n)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf central = MF_BUF_INIT(16 * MF_MIB);
    for (size_t i = 0; i < n; i++)
        add(zip, &central, &files[i]);
    end(zip, &central, n);
    assert_int_equal(zip->failed, MF_OK);
}

static int zip_fd(const struct mf_buf *zip)
{
    struct mf_err err = {0};
    int fd = memfd_create("zip", MFD_CLOEXEC);
    assert_true(fd >= 0);
    assert_int_equal(mf_write_full(fd, zip->p, zip->n, "zip", &err), 0);
    return fd;
}

static int walk(const struct mf_buf *zip, struct mf_module m, struct mf_modzip_facts *facts, struct mf_err *err)
{
    MF_CLEANUP(mf_fd_release) int fd = zip_fd(zip);
    return mf_modzip_walk(fd, m, MF_MODZIP_PROOF, NULL, facts, err);
}

/* The zip is refused with MF_E_MODZIP and a message that holds `text`. */
static void assert_refused(const struct mf_buf *zip, const char *text)
{
    struct mf_modzip_facts facts;
    struct mf_err err = {0};
    if (walk(zip, MODULE, &facts, &err) == 0)
        fail_msg("accepted, but expected: %s", text);
    if (err.code != MF_E_MODZIP || !strstr(err.text, text))
        fail_msg("expected \"%s\", got %s \"%s\"", text, mf_code_name(err.code), err.text);
}

static void assert_files_refused(const struct lie *files, size_t n, const char *text)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf zip = MF_BUF_INIT(16 * MF_MIB);
    build(&zip, files, n);
    assert_refused(&zip, text);
}

static void test_names(void **state)
{
    static const struct {
        struct lie file;
        const char *text;
    } cases[] = {
        {{.name = "go.mod"}, "path does not have prefix \"example.com/m@v1.0.0/\""},
        {{.name = "example.com/m@v1.0.1/a"}, "path does not have prefix"},
        {{.name = "example.com/m@v1.0.0"}, "path does not have prefix"},
        {{.name = "Example.com/m@v1.0.0/a"}, "path does not have prefix"},
        {{.name = "/etc/passwd"}, "path does not have prefix"},
        {{.name = P "/etc/passwd"}, "malformed file path"},
        {{.name = P "../../evil"}, "malformed file path"},
        {{.name = P "a/../b"}, "malformed file path"},
        {{.name = P "./a"}, "malformed file path"},
        {{.name = P "a//b"}, "malformed file path"},
        {{.name = P "a//"}, "malformed file path"},
        {{.name = P ".."}, "malformed file path"},
        {{.name = P "../"}, "malformed file path"},
        {{.name = P "a\\b"}, "malformed file path"},
        {{.name = P "c:d"}, "malformed file path"},
        {{.name = P "a\nb"}, "malformed file path"},
        {{.name = P "a\x1b[2Jb"}, "malformed file path"},
        {{.name = P "a\x7f"}, "malformed file path"},
        {{.name = P "a\0b", .name_n = sizeof(P "a\0b") - 1}, "malformed file path"},
        {{.name = P "aux"}, "malformed file path"},
        {{.name = P "a."}, "malformed file path"},
        {{.name = P "\xff"}, "UTF-8"},
        {{.name = P "a\xc3"}, "UTF-8"},
        {{.name = P "GO.MOD"}, "lower-case"},
        {{.name = P "go.Mod"}, "lower-case"},
        {{.name = P "sub/go.mod"}, "go.mod file not in module root directory"},
        {{.name = P "sub/GO.MOD"}, "go.mod file not in module root directory"},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++)
        assert_files_refused(&cases[i].file, 1, cases[i].text);
}

static void test_collisions(void **state)
{
    static const struct {
        struct lie files[2];
        const char *text;
    } cases[] = {
        {{{.name = P "a"}, {.name = P "a"}}, "multiple entries for file \"a\""},
        {{{.name = P "a"}, {.name = P "A"}}, "case-insensitive file name collision: \"a\" and \"A\""},
        {{{.name = P "d/a"}, {.name = P "D/b"}}, "case-insensitive file name collision: \"d\" and \"D\""},
        {{{.name = P "d"}, {.name = P "D/b"}}, "case-insensitive file name collision"},
        {{{.name = P "d"}, {.name = P "d/b"}}, "entry \"d\" is both a file and a directory"},
        {{{.name = P "d/b"}, {.name = P "d"}}, "entry \"d\" is both a file and a directory"},
        {{{.name = P "d/"}, {.name = P "d"}}, "entry \"d\" is both a file and a directory"},
        {{{.name = P "\xc3\xa9"}, {.name = P "\xc3\x89"}}, "case-insensitive file name collision"},
        /* Kelvin sign and k, long s and s */
        {{{.name = P "\xe2\x84\xaa"}, {.name = P "k"}}, "case-insensitive file name collision"},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++)
        assert_files_refused(cases[i].files, 2, cases[i].text);
}

static void test_content(void **state)
{
    static const struct {
        struct lie file;
        const char *text;
    } cases[] = {
        {{.name = P "a", .content = "text", .crc_xor = 1}, "wrong CRC"},
        {{.name = P "a", .content = "text", .stored = true, .crc_xor = 1}, "wrong CRC"},
        {{.name = P "a", .content = "text", .descriptor = true, .crc_xor = 1}, "CRC behind its data"},
        {{.name = P "a", .content = "text", .descriptor = true, .descriptor_xor = 1}, "CRC behind its data"},
        {{.name = P "a", .content = "text", .size_add = 1}, "smaller than its declared size"},
        {{.name = P "a", .content = "text", .size_add = -1}, "larger than its declared size"},
        {{.name = P "a", .content = "text", .size_add = -4}, "larger than its declared size"},
        {{.name = P "a", .content = "text", .stored = true, .size_add = 1}, "smaller than its declared size"},
        {{.name = P "a", .content = "text", .stored = true, .size_add = -1}, "larger than its declared size"},
        {{.name = P "a", .content = "text", .compressed_add = -3}, "damaged or cut off"},
        {{.name = P "a", .content = "text", .stored = true, .compressed_add = 4096}, "larger than its declared size"},
        {{.name = P "a", .content = "text", .descriptor = true, .compressed_add = 4096}, "descriptor is cut off"},
        {{.name = P "a", .content = "text", .zip64 = true, .compressed_add = INT64_MIN}, "damaged or cut off"},
        {{.name = P "a", .content = "text", .offset_add = 1}, "no local header"},
        {{.name = P "a", .content = "text", .offset_add = 1 << 20}, "outside the zip"},
        {{.name = P "a", .content = "text", .zip64 = true, .offset_add = 1ull << 63}, "outside the zip"},
        {{.name = P "a", .content = "text", .zip64 = true, .offset_add = UINT64_MAX}, "outside the zip"},
        {{.name = P "a", .content = "text", .method_add = 4}, "compression method 12 is unknown"},
        {{.name = P "d/", .size_add = 5}, "a directory with content"},
        {{.name = P "a", .attributes = 0xa1ff0000}, "not a regular file"},
        {{.name = P "a", .attributes = 0x11a40000}, "not a regular file"},
        {{.name = P "a", .size_add = 500 * 1024 * 1024 + 1}, "too large (max size is 500 MiB)"},
        {{.name = P "a", .zip64 = true, .size_add = INT64_MAX}, "too large (max size is 500 MiB)"},
        {{.name = P "a", .zip64 = true, .size_add = -1}, "too large (max size is 500 MiB)"},
        {{.name = P "go.mod", .size_add = 16 * 1024 * 1024 + 1}, "too large (max size is 16 MiB)"},
        {{.name = P "LICENSE", .size_add = 16 * 1024 * 1024 + 1}, "too large (max size is 16 MiB)"},
    };
    (void)state;
    for (size_t i = 0; i < MF_COUNT(cases); i++)
        assert_files_refused(&cases[i].file, 1, cases[i].text);
}

/* Damage inside the stream, for both ways of inflating. */
static void test_flipped_bit(void **state)
{
    static char large[5 * 1024 * 1024 + 1];
    const struct lie small = {.name = P "a", .content = "some text, some text, some text", .flip = true};
    struct lie file = {.name = P "a", .content = large, .flip = true};
    (void)state;
    assert_files_refused(&small, 1, P "a\": ");
    memset(large, 'x', sizeof(large) - 1);
    for (size_t i = 0; i < sizeof(large) - 1; i += 5)
        large[i] = (char)('a' + i % 7 * (i / 4096) % 23);
    assert_files_refused(&file, 1, P "a\": ");
    file.flip = false;
    file.compressed_add = -100;
    assert_files_refused(&file, 1, "compressed data is cut off");
    file.compressed_add = 0;
    file.size_add = -1;
    assert_files_refused(&file, 1, "larger than its declared size");
    file.size_add = 1;
    assert_files_refused(&file, 1, "smaller than its declared size");
}

/* A small zip that claims little and holds much stops at what it claims. */
static void test_bomb(void **state)
{
    static char zeros[64 * 1024 + 1];
    const struct lie file = {.name = P "a", .content = zeros, .size_add = 10 - 64 * 1024};
    const struct lie sum[] = {{.name = P "a", .size_add = 300 * 1024 * 1024},
                              {.name = P "b", .size_add = 300 * 1024 * 1024}};
    (void)state;
    memset(zeros, '0', sizeof(zeros) - 1);
    assert_files_refused(&file, 1, "larger than its declared size");
    assert_files_refused(sum, 2, "total uncompressed size");
}

static void test_modules(void **state)
{
    static const struct mf_module bad[] = {{MF_LIT("example.com/m"), MF_LIT("v1")},
                                           {MF_LIT("example.com/m"), MF_LIT("v1.0.0+meta")},
                                           {MF_LIT("example.com/m"), MF_LIT("v2.0.0")},
                                           {MF_LIT("example.com/m/"), MF_LIT("v1.0.0")},
                                           {MF_LIT("example.com/m"), MF_LIT("")}};
    MF_CLEANUP(mf_buf_release) struct mf_buf zip = MF_BUF_INIT(16 * MF_MIB);
    const struct lie file = {.name = P "a"};
    struct mf_modzip_facts facts;
    (void)state;
    build(&zip, &file, 1);
    for (size_t i = 0; i < MF_COUNT(bad); i++) {
        struct mf_err err = {0};
        assert_int_equal(walk(&zip, bad[i], &facts, &err), -1);
        assert_int_equal(err.code, MF_E_MODZIP);
    }
}

/* What a visitor saw, as text. */
struct seen {
    struct mf_buf text;
    int fail_at; /* the call that fails, counted from 1 */
    int calls;
};

static int note(struct seen *s, struct mf_err *err)
{
    return ++s->calls == s->fail_at ? mf_err_set(err, MF_E_INTERRUPTED, "visitor stops") : 0;
}

static int on_file(void *ctx, struct mf_str name, uint64_t size, struct mf_err *err)
{
    struct seen *s = ctx;
    mf_buf_fmt(&s->text, "%.*s(%d)=", MF_FMT(name), (int)size);
    return note(s, err);
}

static int on_data(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    struct seen *s = ctx;
    mf_buf_add(&s->text, p, n);
    return note(s, err);
}

static int on_end(void *ctx, const struct mf_digest *sha256, struct mf_err *err)
{
    struct seen *s = ctx;
    if (sha256)
        mf_buf_fmt(&s->text, "#%02x;", sha256->b[0]);
    else
        mf_buf_str(&s->text, MF_LIT("#;"));
    return note(s, err);
}

/* Honest zips of other writers: directories, stored files, descriptors, zip64
 * fields, local headers that say something else, another order of data. */
static void test_accepted(void **state)
{
    static const struct lie files[] = {{.name = P},
                                       {.name = P "go.mod", .content = "module example.com/m\n", .stored = true},
                                       {.name = P "d/", .attributes = 0x41ed0010},
                                       {.name = P "d/"},
                                       {.name = P "d/b", .content = "bbb", .descriptor = true},
                                       {.name = P "a", .content = "a", .other_local = true, .compressed_add = 4096},
                                       {.name = P "e", .attributes = 0x81a40000},
                                       {.name = P "\xc3\xa9", .content = "zip64", .zip64 = true}};
    static const char expected[] = "go.mod(21)=module example.com/m\n#53;d/b(3)=bbb#3e;a(1)=a#ca;e(0)=#e3;"
                                   "\xc3\xa9(5)=zip64#b9;";
    MF_CLEANUP(mf_buf_release) struct mf_buf zip = MF_BUF_INIT(16 * MF_MIB);
    struct seen s = {.text = MF_BUF_INIT(16 * MF_MIB)};
    const struct mf_modzip_visitor visitor = {&s, on_file, on_data, on_end};
    struct mf_modzip_facts facts;
    struct mf_err err = {0};
    (void)state;
    build(&zip, files, MF_COUNT(files));
    MF_CLEANUP(mf_fd_release) int fd = zip_fd(&zip);
    assert_int_equal(mf_modzip_walk(fd, MODULE, MF_MODZIP_PROOF, &visitor, &facts, &err), 0);
    assert_string_equal(mf_buf_cstr(&s.text), expected);
    assert_int_equal(facts.files, 5);
    assert_int_equal(facts.size, 21 + 3 + 1 + 5);
    assert_int_equal(facts.zip_size, zip.n);
    assert_false(facts.canonical);
    struct mf_digest whole = mf_sha256_of(mf_buf_view(&zip));
    assert_true(mf_digest_eq(&whole, &facts.zip_sha256));

    mf_buf_clear(&s.text);
    struct mf_digest again;
    assert_int_equal(mf_modzip_again(fd, MODULE, &visitor, &again, &err), 0);
    assert_string_equal(mf_buf_cstr(&s.text), "go.mod(21)=module example.com/m\n#;d/b(3)=bbb#;a(1)=a#;e(0)=#;"
                                              "\xc3\xa9(5)=zip64#;");
    assert_true(mf_digest_eq(&again, &whole));

    int calls = s.calls / 2;
    for (s.fail_at = 1; s.fail_at <= calls; s.fail_at++) {
        s.calls = 0;
        assert_int_equal(mf_modzip_walk(fd, MODULE, MF_MODZIP_SHA256, &visitor, &facts, &err), -1);
        assert_int_equal(err.code, MF_E_INTERRUPTED);
        assert_int_equal(s.calls, s.fail_at);
    }
    mf_buf_release(&s.text);
}

/* h1 counts directory entries as empty files (dirhash.HashZip). */
static void test_directories_in_h1(void **state)
{
    static const struct lie files[] = {{.name = P "d/"}, {.name = P "d/b", .content = "b"}};
    MF_CLEANUP(mf_buf_release) struct mf_buf zip = MF_BUF_INIT(16 * MF_MIB);
    MF_CLEANUP(mf_dirhash_release) struct mf_dirhash h = MF_DIRHASH_INIT;
    struct mf_modzip_facts facts;
    struct mf_err err = {0};
    char h1[MF_H1_SIZE];
    (void)state;
    build(&zip, files, 2);
    assert_int_equal(walk(&zip, MODULE, &facts, &err), 0);
    struct mf_digest none = mf_sha256_of(MF_LIT("")), b = mf_sha256_of(MF_LIT("b"));
    assert_int_equal(mf_dirhash_add(&h, MF_LIT(P "d/"), &none, &err), 0);
    assert_int_equal(mf_dirhash_add(&h, MF_LIT(P "d/b"), &b, &err), 0);
    mf_dirhash_done(&h, h1);
    assert_string_equal(facts.h1, h1);
}

/* Bytes before the zip and a comment behind it, read as Go reads them. */
static void test_surroundings(void **state)
{
    const struct lie file = {.name = P "a", .content = "aaaa"};
    MF_CLEANUP(mf_buf_release) struct mf_buf zip = MF_BUF_INIT(16 * MF_MIB);
    MF_CLEANUP(mf_buf_release) struct mf_buf whole = MF_BUF_INIT(16 * MF_MIB);
    struct mf_modzip_facts plain, facts;
    struct mf_err err = {0};
    (void)state;
    build(&zip, &file, 1);
    assert_int_equal(walk(&zip, MODULE, &plain, &err), 0);
    mf_buf_str(&whole, MF_LIT("#!/bin/sh\nexit\n"));
    mf_buf_str(&whole, mf_buf_view(&zip));
    assert_int_equal(walk(&whole, MODULE, &facts, &err), 0);
    assert_string_equal(plain.h1, facts.h1);

    /* A comment must be announced, and all there. */
    mf_buf_clear(&whole);
    mf_buf_str(&whole, mf_buf_view(&zip));
    whole.p[whole.n - 2] = 100;
    assert_refused(&whole, "no end record");
    for (int i = 0; i < 100; i++)
        mf_buf_byte(&whole, 'c');
    assert_int_equal(walk(&whole, MODULE, &facts, &err), 0);
    assert_string_equal(plain.h1, facts.h1);
    mf_buf_byte(&whole, 'c');
    assert_int_equal(walk(&whole, MODULE, &facts, &err), 0);
}

/* Every way of cutting a zip short is refused. */
static void test_truncated(void **state)
{
    const struct lie files[] = {{.name = P "a", .content = "aaaa", .descriptor = true}, {.name = P "b"}};
    MF_CLEANUP(mf_buf_release) struct mf_buf zip = MF_BUF_INIT(16 * MF_MIB);
    (void)state;
    build(&zip, files, 2);
    while (zip.n) {
        mf_buf_truncate(&zip, zip.n - 1);
        assert_refused(&zip, "not a valid zip file");
    }
}

static void test_counts(void **state)
{
    static const uint64_t wrong[] = {0, 1, 3, 0xffff, 0x10000};
    const struct lie files[] = {{.name = P "a"}, {.name = P "b"}};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(wrong); i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf zip = MF_BUF_INIT(16 * MF_MIB);
        MF_CLEANUP(mf_buf_release) struct mf_buf central = MF_BUF_INIT(16 * MF_MIB);
        add(&zip, &central, &files[0]);
        add(&zip, &central, &files[1]);
        end(&zip, &central, wrong[i]);
        assert_refused(&zip, "number of entries");
    }
}

static void add_numbered(struct mf_zipwrite *w, int i, struct mf_buf *zip)
{
    char name[64];
    struct mf_err err = {0};
    snprintf(name, sizeof(name), P "%d/%d.go", i % 100, i);
    assert_int_equal(mf_zipwrite_begin_file(w, mf_str(name), zip, &err), 0);
    mf_buf_add(zip, "\1\0\0\xff\xff", 5);
    assert_int_equal(mf_zipwrite_end_file(w, 0, 5, 0, zip, &err), 0);
}

/* More entries than 16 bits count, with zip64 records; and canonical. */
static void test_many_entries(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf zip = MF_BUF_INIT(64 * MF_MIB);
    MF_CLEANUP(mf_zipwrite_release) struct mf_zipwrite w = MF_ZIPWRITE_INIT;
    struct mf_modzip_facts facts;
    struct mf_err err = {0};
    (void)state;
    for (int i = 0; i < 65537; i++)
        add_numbered(&w, i, &zip);
    assert_int_equal(mf_zipwrite_finish(&w, &zip, &err), 0);
    assert_int_equal(walk(&zip, MODULE, &facts, &err), 0);
    assert_int_equal(facts.files, 65537);
    assert_true(facts.canonical);
}

/* The canonical form, and that any other byte is noticed. */
static void test_canonical(void **state)
{
    static const char *const files[][2] = {{P "go.mod", "module example.com/m\n"},
                                           {P "a~", "aaaaaaaaaaaaaaaaaaaaaaaa"}};
    MF_CLEANUP(mf_buf_release) struct mf_buf zip = MF_BUF_INIT(16 * MF_MIB);
    MF_CLEANUP(mf_zipwrite_release) struct mf_zipwrite w = MF_ZIPWRITE_INIT;
    struct mf_modzip_facts first, facts;
    struct mf_err err = {0};
    (void)state;
    for (size_t i = 0; i < MF_COUNT(files); i++) {
        const struct lie file = {.name = files[i][0], .content = files[i][1]};
        struct mf_str content = mf_str(file.content);
        assert_int_equal(mf_zipwrite_begin_file(&w, mf_str(file.name), &zip, &err), 0);
        size_t before = zip.n;
        compress(&file, &zip);
        assert_int_equal(
            mf_zipwrite_end_file(&w, libdeflate_crc32(0, content.p, content.n), zip.n - before, content.n, &zip, &err),
            0);
    }
    assert_int_equal(mf_zipwrite_finish(&w, &zip, &err), 0);
    assert_int_equal(walk(&zip, MODULE, &first, &err), 0);
    assert_true(first.canonical);
    MF_CLEANUP(mf_fd_release) int fd = zip_fd(&zip);
    assert_int_equal(mf_modzip_walk(fd, MODULE, MF_MODZIP_SHA256, NULL, &facts, &err), 0);
    assert_false(facts.canonical);
    size_t accepted = 0;
    for (size_t i = 0; i < zip.n * 8; i++) {
        zip.p[i / 8] ^= (char)(1 << i % 8);
        if (walk(&zip, MODULE, &facts, &err) == 0) {
            assert_false(facts.canonical);
            accepted++;
        }
        zip.p[i / 8] ^= (char)(1 << i % 8);
    }
    /* Times, versions and attributes, for example, do not matter to Go. */
    assert_true(accepted > 100 && accepted < zip.n * 8 / 2);
}

/* A file whose content is streamed. */
static void test_large_file(void **state)
{
    static char large[6 * 1024 * 1024 + 1];
    struct lie file = {.name = P "a", .content = large};
    MF_CLEANUP(mf_buf_release) struct mf_buf zip = MF_BUF_INIT(16 * MF_MIB);
    struct mf_modzip_facts facts;
    struct mf_err err = {0};
    (void)state;
    for (size_t i = 0; i < sizeof(large) - 1; i++)
        large[i] = (char)('a' + i % 7 * (i / 4096) % 23);
    build(&zip, &file, 1);
    assert_int_equal(walk(&zip, MODULE, &facts, &err), 0);
    assert_int_equal(facts.size, sizeof(large) - 1);
    assert_false(facts.canonical);
}

static void test_file_kinds(void **state)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf zip = MF_BUF_INIT(16 * MF_MIB);
    struct mf_modzip_facts facts;
    struct mf_err err = {0};
    int ends[2];
    (void)state;
    assert_refused(&zip, "not a valid zip file");
    MF_CLEANUP(mf_fd_release) int fd = zip_fd(&zip);
    assert_int_equal(ftruncate(fd, (off_t)MF_MODZIP_MAX + 1), 0);
    assert_int_equal(mf_modzip_walk(fd, MODULE, MF_MODZIP_SHA256, NULL, &facts, &err), -1);
    assert_int_equal(err.code, MF_E_MODZIP);
    assert_non_null(strstr(err.text, "too large"));
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(mf_modzip_walk(ends[0], MODULE, MF_MODZIP_SHA256, NULL, &facts, &err), -1);
    assert_int_equal(err.code, MF_E_IO);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),        cmocka_unit_test(test_collisions),
        cmocka_unit_test(test_content),      cmocka_unit_test(test_flipped_bit),
        cmocka_unit_test(test_bomb),         cmocka_unit_test(test_modules),
        cmocka_unit_test(test_accepted),     cmocka_unit_test(test_directories_in_h1),
        cmocka_unit_test(test_surroundings), cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_counts),       cmocka_unit_test(test_many_entries),
        cmocka_unit_test(test_canonical),    cmocka_unit_test(test_large_file),
        cmocka_unit_test(test_file_kinds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

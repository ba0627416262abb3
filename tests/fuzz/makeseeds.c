/* Writes the seeds that no text editor can write:
 *
 *     makeseeds tests/fuzz/corpus
 *
 * The same bytes each time, but where a format has changed. */
#include <fcntl.h>
#include <libdeflate.h>

#include "formats/base/dir.h"
#include "formats/goflate.h"
#include "formats/head.h"
#include "formats/pkgindex.h"
#include "formats/tar.h"
#include "formats/trustdoc.h"
#include "formats/zipwrite.h"
#include "tests/fuzz/testkey.h"

static struct mf_dir corpus;
static struct mf_err err;

static void need(int rc)
{
    if (rc >= 0)
        return;
    fprintf(stderr, "makeseeds: %s\n", err.text);
    exit(1);
}

/* Writes the buffer as a seed and empties it. */
static void seed(const char *name, struct mf_buf *bytes)
{
    need(mf_buf_check(bytes, &err));
    need(mf_dir_write(corpus, name, mf_buf_view(bytes), 0644, &err));
    mf_buf_clear(bytes);
}

static void member(struct mf_buf *out, const char *name, struct mf_str content)
{
    static const char zeros[MF_TAR_BLOCK];
    need(mf_tar_header(mf_str(name), content.n, out, &err));
    mf_buf_str(out, content);
    mf_buf_add(out, zeros, mf_tar_padding(content.n));
}

static void make_tars(struct mf_buf *out)
{
    static const char zeros[MF_TAR_END];
    char name[300];
    member(out, "meta/example.com/a@v1.0.0.mod", MF_LIT("module example.com/a\n"));
    member(out, "src/empty", MF_LIT(""));
    mf_buf_add(out, zeros, sizeof(zeros));
    seed("tar/two", out);
    memset(name, 'n', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    member(out, name, MF_LIT("a name for a pax record\n"));
    name[120] = '/';
    name[200] = '\0';
    member(out, name, MF_LIT("a name with a prefix\n"));
    mf_buf_add(out, zeros, sizeof(zeros));
    seed("tar/long", out);
    mf_buf_add(out, zeros, sizeof(zeros));
    seed("tar/end", out);
    need(mf_tar_header(MF_LIT("huge"), (uint64_t)1 << 40, out, &err));
    seed("tar/huge", out);
}

static void make_heads(struct mf_buf *out)
{
    struct mf_head head = {.manifest = MF_LIT("{}"), .signature_count = 0};
    need(mf_head_write(&head, out, &err));
    seed("head/unsigned", out);
    head.signature_count = 2;
    head.signatures[0] = (struct mf_head_signature){MF_LIT("0123456789abcdef"), MF_LIT("one")};
    head.signatures[1] = (struct mf_head_signature){MF_LIT("fedcba9876543210"), MF_LIT("two")};
    need(mf_head_write(&head, out, &err));
    seed("head/signed", out);
}

static void zip_file(struct mf_zipwrite *w, const char *name, struct mf_str content, struct mf_buf *zip)
{
    struct mf_goflate *flate;
    need(mf_goflate_new(&flate, &err));
    need(mf_zipwrite_begin_file(w, mf_str(name), zip, &err));
    size_t before = zip->n;
    mf_goflate_start(flate);
    mf_goflate_write(flate, content.p, content.n, zip);
    mf_goflate_finish(flate, zip);
    need(mf_zipwrite_end_file(w, libdeflate_crc32(0, content.p, content.n), zip->n - before, content.n, zip, &err));
    mf_goflate_free(&flate);
}

static void make_zips(struct mf_buf *out)
{
    MF_CLEANUP(mf_zipwrite_release) struct mf_zipwrite w = MF_ZIPWRITE_INIT;
    need(mf_zipwrite_finish(&w, out, &err));
    seed("modzip/empty", out);
    zip_file(&w, "example.com/a@v1.0.0/go.mod", MF_LIT("module example.com/a\n"), out);
    zip_file(&w, "example.com/a@v1.0.0/LICENSE", MF_LIT(""), out);
    zip_file(&w, "example.com/a@v1.0.0/b/aaa.go", MF_LIT("package b // aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"), out);
    zip_file(&w, "example.com/a@v1.0.0/caf\u00e9.txt", MF_LIT("a name beyond ASCII\n"), out);
    need(mf_zipwrite_finish(&w, out, &err));
    seed("modzip/files", out);
    zip_file(&w, "example.com/a@v1.0.0/B", MF_LIT("B"), out);
    zip_file(&w, "example.com/a@v1.0.0/b/c", MF_LIT("c"), out);
    need(mf_zipwrite_finish(&w, out, &err));
    seed("modzip/fold", out);
}

static void make_indexes(struct mf_buf *out)
{
    struct mf_pkgindex_maker *m;
    need(mf_pkgindex_maker_new(&m, &err));
    need(mf_pkgindex_finish(m, out, &err));
    seed("pkgindex/empty", out);
    mf_pkgindex_maker_free(&m);
    need(mf_pkgindex_maker_new(&m, &err));
    need(mf_pkgindex_add(m, MF_LIT("a.go"),
                         MF_LIT("//go:build linux\n\npackage a\n\nimport (\n\t\"C\"\n\t_ \"embed\"\n\t\"fmt\"\n)\n\n"
                                "//go:embed x y/*\nvar s string\n"),
                         &err));
    need(mf_pkgindex_add(m, MF_LIT("a_test.go"), MF_LIT("package a_test\n\nimport \"testing\"\n"), &err));
    need(mf_pkgindex_add(m, MF_LIT("_h.go"), MF_LIT(""), &err));
    need(mf_pkgindex_add(m, MF_LIT("b/bad.go"), MF_LIT("package b\nimport \"unclosed\n"), &err));
    need(mf_pkgindex_finish(m, out, &err));
    seed("pkgindex/module", out);
    mf_pkgindex_maker_free(&m);
}

static void make_minisign(struct mf_buf *out)
{
    struct mf_pubkey key;
    mf_seckey_public(testkey(), &key);
    need(mf_pubkey_write(&key, out, &err));
    seed("minisign/public", out);
    testkey_file(out);
    seed("minisign/secret", out);
    need(mf_minisign_sign(testkey(), MF_LIT("message"), MF_LIT("comment"), out, &err));
    seed("minisign/signature", out);
}

static void make_notes(struct mf_buf *out)
{
    static const char head[] = "go.sum database tree\n12\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    testkey_note(mf_str(head), out);
    seed("note/head", out);
    testkey_note(mf_str(head), out);
    mf_buf_byte(out, '\n');
    testkey_note(MF_LIT("another\n\nnote\n"), out);
    seed("note/list", out);
    mf_buf_str(out, MF_LIT("7\nexample.com/a v1.0.0 h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
                           "example.com/a v1.0.0/go.mod h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"));
    testkey_note(mf_str(head), out);
    seed("note/lookup", out);
}

/* A document of that version; in the second one the key "gone" is revoked. */
static void make_trust(uint64_t version, struct mf_buf *out)
{
    struct mf_trustkey keys[] = {{.name = MF_LIT("gone")},
                                 {.name = MF_LIT("test"), .valid_from = MF_LIT("2025-01-01T00:00:00Z")}};
    size_t both[] = {0, 1}, one[] = {1};
    struct mf_trustchannel channels[] = {
        {.name = MF_LIT("*"), .role = {one, 1, 1}},
        {.name = MF_LIT("stable"), .role = {both, 2, 2}, .max_age_days = 30, .require_expires = true}};
    struct mf_trustdoc doc = {.version = version,
                              .created = MF_LIT("2025-06-01T00:00:00Z"),
                              .keys = keys,
                              .key_count = 2,
                              .root = {both, 2, 1},
                              .channels = channels,
                              .channel_count = 2};
    mf_seckey_public(testkey(), &keys[1].key);
    keys[0].key = keys[1].key;
    CHECK(crypto_core_ed25519_add(keys[0].key.key, keys[1].key.key, keys[1].key.key) == 0);
    if (version > 1) {
        keys[0].revoked_at = MF_LIT("2025-05-01T00:00:00Z");
        keys[0].revoked_because = MF_LIT("lost");
    }
    need(mf_trustdoc_write(&doc, out, &err));
}

static void make_trustfile(struct mf_buf *out)
{
    make_trust(1, out);
    seed("trustdoc/document", out);
    make_trust(1, out);
    make_trust(2, out);
    seed("trustdoc/unsigned", out);
    for (uint64_t version = 1; version <= 2; version++) {
        size_t before = out->n;
        MF_CLEANUP(mf_buf_release) struct mf_buf line = MF_BUF_INIT(MF_TRUSTDOC_MAX);
        make_trust(version, out);
        mf_buf_str(&line, mf_str_from(mf_buf_view(out), before));
        need(mf_minisign_sign(testkey(), mf_buf_view(&line), MF_LIT("test"), out, &err));
    }
    seed("trustdoc/file", out);
}

int main(int argc, char **argv)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf out = MF_BUF_INIT(MF_MIB);
    CHECK(argc == 2);
    need(mf_dir_open(&corpus, argv[1], true, &err));
    make_tars(&out);
    make_heads(&out);
    make_zips(&out);
    make_indexes(&out);
    make_minisign(&out);
    make_notes(&out);
    make_trustfile(&out);
    mf_dir_release(&corpus);
    return 0;
}

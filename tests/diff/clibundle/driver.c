/* Writes the small bundles that the transcripts in tests/cli work on.
 *
 *     diff_clibundle OUT [--newer] [--zips] [--big MIB] [--name PATH]
 *
 * Unsigned; the same arguments give the same bytes. --newer replaces beta by its
 * next version and drops gamma; --zips sends zips instead of files; --big adds a
 * module of so many MiB that do not compress; --name gives the root that path.
 */
#include <fcntl.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "formats/base/dir.h"
#include "formats/base/encode.h"
#include "formats/bundleout.h"
#include "formats/dirhash.h"
#include "formats/goflate.h"
#include "formats/zipwrite.h"

#define BIG_FILE (4 * MF_MIB) /* bytes of each file of the big module */
#define MODULES_MAX 8
#define FILES_MAX 128

struct file {
    const char *name;
    struct mf_str content;
};

struct module {
    const char *path, *version, *go_mod;
    struct file files[FILES_MAX];
    size_t file_count; /* 0: go.mod alone */
    struct mf_buf zip;
};

struct work {
    struct module modules[MODULES_MAX];
    size_t count;
    struct mf_manifest_module records[MODULES_MAX];
    struct mf_manifest_root root;
    struct mf_manifest manifest;
    struct mf_arena arena;
    bool zips;
};

static struct work work;
static struct mf_err err;

static void need(int rc)
{
    if (rc >= 0)
        return;
    fprintf(stderr, "clibundle: %s\n", err.text);
    exit(1);
}

static struct mf_str keep(struct mf_str s)
{
    struct mf_str copy;
    need(mf_arena_dup(&work.arena, s, &copy, &err));
    return copy;
}

static struct module *add(const char *path, const char *version, const char *go_mod)
{
    struct module *m = &work.modules[work.count++];
    *m = (struct module){.path = path, .version = version, .go_mod = go_mod, .zip = MF_BUF_INIT(1024 * MF_MIB)};
    return m;
}

static void add_file(struct module *m, const char *name, struct mf_str content)
{
    m->files[m->file_count++] = (struct file){name, content};
}

/* Bytes that no compressor makes smaller, the same in every run. */
static struct mf_str noise(size_t n, uint64_t seed)
{
    char *p = mf_arena_alloc(&work.arena, n, &err);
    need(p ? 0 : -1);
    for (size_t i = 0; i < n; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        p[i] = (char)(seed >> 56);
    }
    return (struct mf_str){p, n};
}

static void add_big(unsigned mib)
{
    struct module *m = add("example.com/big", "v1.0.0", "module example.com/big\n");
    add_file(m, "go.mod", mf_str(m->go_mod));
    for (size_t i = 0; i < mib * MF_MIB / BIG_FILE && m->file_count < FILES_MAX; i++) {
        char name[32];
        snprintf(name, sizeof(name), "data%03zu.bin", i);
        add_file(m, keep(mf_str(name)).p, noise(BIG_FILE, i + 1));
    }
}

static void describe(const char *name, bool newer, unsigned big)
{
    struct module *m = add("example.com/alpha", "v1.2.0", "module example.com/alpha\n\ngo 1.21\n");
    add_file(m, "LICENSE", MF_LIT("Do as you like.\n"));
    add_file(m, "alpha.go",
             MF_LIT("// Package alpha is first.\npackage alpha\n\n// Name is its name.\nconst Name = "
                    "\"alpha\"\n"));
    add_file(m, "go.mod", mf_str(m->go_mod));
    m = add("example.com/beta", newer ? "v0.3.2" : "v0.3.1",
            "module example.com/beta\n\ngo 1.20\n\nrequire example.com/gamma v1.0.0\n");
    add_file(m, "beta.go", MF_LIT("package beta\n\nfunc Two() int { return 2 }\n"));
    add_file(m, "go.mod", mf_str(m->go_mod));
    if (big)
        add_big(big);
    if (!newer)
        add("example.com/gamma", "v1.0.0", "module example.com/gamma\n");
    work.root.module = (struct mf_module){mf_str(name), {NULL, 0}};
    work.root.go_mod = MF_LIT("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void zip_file(struct mf_zipwrite *w, struct mf_goflate *flate, const char *name, struct mf_str content,
                     struct mf_buf *zip)
{
    need(mf_zipwrite_begin_file(w, mf_str(name), zip, &err));
    size_t before = zip->n;
    mf_goflate_start(flate);
    mf_goflate_write(flate, content.p, content.n, zip);
    mf_goflate_finish(flate, zip);
    need(mf_zipwrite_end_file(w, libdeflate_crc32(0, content.p, content.n), zip->n - before, content.n, zip, &err));
}

/* Hashes of one module, and its zip. */
static void record(struct module *m, struct mf_manifest_module *out)
{
    struct mf_dirhash hash = MF_DIRHASH_INIT;
    struct mf_zipwrite w = MF_ZIPWRITE_INIT;
    struct mf_goflate *flate;
    char h1[MF_H1_SIZE], name[512], hex[MF_HEX_SIZE(32)];
    need(mf_goflate_new(&flate, &err));
    *out = (struct mf_manifest_module){.id = {mf_str(m->path), mf_str(m->version)},
                                       .time = MF_LIT("2023-05-06T07:08:09Z"),
                                       .only_mod = m->file_count == 0,
                                       .not_covered = MF_LIT("made for a test")};
    mf_dirhash_gomod(mf_str(m->go_mod), h1);
    out->mod_h1 = keep(mf_str(h1));
    for (size_t i = 0; i < m->file_count; i++) {
        struct mf_digest digest = mf_sha256_of(m->files[i].content);
        snprintf(name, sizeof(name), "%s@%s/%s", m->path, m->version, m->files[i].name);
        need(mf_dirhash_add(&hash, mf_str(name), &digest, &err));
        zip_file(&w, flate, name, m->files[i].content, &m->zip);
        out->size += m->files[i].content.n;
        out->files++;
    }
    if (!out->only_mod) {
        need(mf_zipwrite_finish(&w, &m->zip, &err));
        need(mf_buf_check(&m->zip, &err));
        struct mf_digest digest = mf_sha256_of(mf_buf_view(&m->zip));
        mf_hex(digest.b, sizeof(digest.b), hex);
        out->zip_sha256 = keep(mf_str(hex));
        mf_dirhash_done(&hash, h1);
        out->h1 = keep(mf_str(h1));
        out->form = work.zips ? MF_FORM_ZIP : MF_FORM_FILES;
    }
    mf_dirhash_release(&hash);
    mf_zipwrite_release(&w);
    mf_goflate_free(&flate);
}

static void member(struct mf_bundleout *b, const char *name, struct mf_str content)
{
    need(mf_bundleout_member(b, mf_str(name), content.n, &err));
    need(mf_bundleout_data(b, content.p, content.n, &err));
    need(mf_bundleout_member_end(b, &err));
}

static void write_content(struct mf_bundleout *b, const struct module *m, struct mf_manifest_module *out)
{
    char name[512];
    if (out->only_mod)
        return;
    out->content.offset = mf_bundleout_offset(b);
    if (work.zips) {
        snprintf(name, sizeof(name), "zip/%s@%s.zip", m->path, m->version);
        member(b, name, mf_buf_view(&m->zip));
    }
    for (size_t i = 0; i < m->file_count && !work.zips; i++) {
        snprintf(name, sizeof(name), "src/%s@%s/%s", m->path, m->version, m->files[i].name);
        member(b, name, m->files[i].content);
    }
    out->content.length = mf_bundleout_offset(b) - out->content.offset;
}

static void write_payload(int spool)
{
    struct mf_bundleout *b;
    char name[512];
    need(mf_bundleout_new(&b, spool, 1, 1, &err));
    for (size_t i = 0; i < work.count; i++) {
        const struct module *m = &work.modules[i];
        work.records[i].mod.offset = mf_bundleout_offset(b);
        snprintf(name, sizeof(name), "meta/%s/@v/%s.mod", m->path, m->version);
        member(b, name, mf_str(m->go_mod));
        work.records[i].mod.length = mf_bundleout_offset(b) - work.records[i].mod.offset;
    }
    need(mf_bundleout_cut(b, &err));
    for (size_t i = 0; i < work.count; i++)
        write_content(b, &work.modules[i], &work.records[i]);
    need(mf_bundleout_finish(b, &work.manifest, &work.arena, &err));
    mf_bundleout_free(&b);
}

static void write_bundle(const char *path, const char *channel, uint64_t counter)
{
    static struct mf_str commands[] = {MF_LIT("go build ./...")};
    char spool_name[] = "clibundle-XXXXXX";
    int spool = mkstemp(spool_name);
    int out = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    if (spool < 0 || unlink(spool_name) < 0 || out < 0) {
        perror("clibundle");
        exit(1);
    }
    work.root.commands = commands;
    work.root.command_count = 1;
    work.manifest = (struct mf_manifest){.roots = &work.root,
                                         .root_count = 1,
                                         .level = MF_LEVEL_BUILD,
                                         .go = MF_LIT("1.21"),
                                         .modules = work.records,
                                         .module_count = work.count,
                                         .channel = mf_str(channel),
                                         .counter = counter,
                                         .created = MF_LIT("2023-05-06T07:08:09Z"),
                                         .tool = MF_LIT("clibundle"),
                                         .zstd = MF_LIT("0")};
    struct mf_buf text = MF_BUF_INIT(MF_MANIFEST_MAX);
    struct mf_head head = {0};
    write_payload(spool);
    need(mf_manifest_write(&work.manifest, &text, &err));
    head.manifest = mf_buf_view(&text);
    need(mf_bundleout_assemble(out, path, &head, spool, 0, &work.manifest, &err));
    mf_buf_release(&text);
    close(spool);
    close(out);
}

int main(int argc, char **argv)
{
    const char *out = NULL, *name = "example.com/app", *channel = "test";
    uint64_t counter = 1;
    bool newer = false;
    unsigned big = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--newer") == 0)
            newer = true;
        else if (strcmp(argv[i], "--zips") == 0)
            work.zips = true;
        else if (strcmp(argv[i], "--big") == 0 && i + 1 < argc)
            big = (unsigned)strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--name") == 0 && i + 1 < argc)
            name = argv[++i];
        else if (strcmp(argv[i], "--channel") == 0 && i + 1 < argc)
            channel = argv[++i];
        else if (strcmp(argv[i], "--counter") == 0 && i + 1 < argc)
            counter = strtoull(argv[++i], NULL, 10);
        else
            out = argv[i];
    }
    if (!out) {
        fputs("usage: diff_clibundle OUT [--newer] [--zips] [--big MIB] [--name PATH] [--channel NAME] [--counter N]\n",
              stderr);
        return 2;
    }
    work.arena = MF_ARENA_INIT(1024 * MF_MIB);
    describe(name, newer, big);
    for (size_t i = 0; i < work.count; i++)
        record(&work.modules[i], &work.records[i]);
    write_bundle(out, channel, counter);
    for (size_t i = 0; i < work.count; i++)
        mf_buf_release(&work.modules[i].zip);
    mf_arena_release(&work.arena);
    return 0;
}

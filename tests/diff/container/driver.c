/* Packs, signs and lists bundles from module zips, without the programs.
 *
 *     diff_container pack OUT THREADS LEVEL < LINES
 *         each line: FORM PATH VERSION ZIP MOD, where FORM is files, zip or mod
 *     diff_container sign IN OUT STEM SIGNATURE
 *     diff_container list IN THREADS
 */
#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "formats/base/dir.h"
#include "formats/base/encode.h"
#include "formats/bundlein.h"
#include "formats/bundleout.h"
#include "formats/dirhash.h"

#define NOTE "an attachment\n"

struct input {
    struct mf_manifest_module *module;
    struct mf_str zip, mod;
};

struct pack {
    struct mf_arena arena;
    struct mf_err err;
    struct input inputs[64];
    struct mf_manifest_module modules[64];
    size_t count;
    struct mf_bundleout *out;
};

static void die(const struct mf_err *err)
{
    fprintf(stderr, "%s\n", err->text);
    exit(mf_code_exit(err->code));
}

static void must(int result, const struct mf_err *err)
{
    if (result < 0)
        die(err);
}

static struct mf_str read_file(const char *path, struct mf_arena *arena, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(512 * MF_MIB);
    MF_CLEANUP(mf_fd_release) int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t got = 1;
    if (fd < 0)
        must(mf_err_errno(err, 2, "open %s", path), err);
    while (got) {
        char *to = mf_buf_room(&b, MF_MIB);
        must(to ? mf_read_full(fd, to, MF_MIB, &got, path, err) : mf_buf_check(&b, err), err);
        mf_buf_grew(&b, got);
    }
    struct mf_str text;
    must(mf_arena_dup(arena, mf_buf_view(&b), &text, err), err);
    return text;
}

static struct mf_str text_of(struct pack *p, const char *s)
{
    struct mf_str text;
    must(mf_arena_dup(&p->arena, mf_str(s), &text, &p->err), &p->err);
    return text;
}

static struct mf_str hex_of(struct pack *p, struct mf_str bytes)
{
    char hex[MF_HEX_SIZE(32)];
    struct mf_digest digest = mf_sha256_of(bytes);
    mf_hex(digest.b, sizeof(digest.b), hex);
    return text_of(p, hex);
}

typedef void on_file(struct pack *p, struct mf_str name, struct mf_str content, void *ctx);

static void each_file(struct pack *p, struct mf_str zip, on_file *fn, void *ctx)
{
    struct archive_entry *entry;
    struct archive *a = archive_read_new();
    archive_read_support_format_zip(a);
    if (archive_read_open_memory(a, zip.p, zip.n) != ARCHIVE_OK)
        must(mf_err_set(&p->err, MF_E_MODZIP, "%s", archive_error_string(a)), &p->err);
    while (archive_read_next_header(a, &entry) == ARCHIVE_OK) {
        size_t n = (size_t)archive_entry_size(entry);
        char *content = malloc(n + 1);
        if (!content || archive_read_data(a, content, n) != (la_ssize_t)n)
            must(mf_err_set(&p->err, MF_E_MODZIP, "%s", archive_error_string(a)), &p->err);
        fn(p, mf_str(archive_entry_pathname(entry)), (struct mf_str){content, n}, ctx);
        free(content);
    }
    archive_read_free(a);
}

struct summing {
    struct mf_dirhash hash;
    struct mf_manifest_module *module;
};

static void sum_file(struct pack *p, struct mf_str name, struct mf_str content, void *ctx)
{
    struct summing *s = ctx;
    struct mf_digest digest = mf_sha256_of(content);
    must(mf_dirhash_add(&s->hash, name, &digest, &p->err), &p->err);
    s->module->files++;
    s->module->size += content.n;
}

static void describe(struct pack *p, char *line)
{
    char form[16], path[256], version[64], zip[512], mod[512], h1[MF_H1_SIZE];
    if (sscanf(line, "%15s %255s %63s %511s %511s", form, path, version, zip, mod) != 5 || p->count == 64)
        must(mf_err_set(&p->err, MF_E_USAGE, "line \"%s\"", line), &p->err);
    struct input *in = &p->inputs[p->count];
    struct mf_manifest_module *m = in->module = &p->modules[p->count++];
    m->id = (struct mf_module){text_of(p, path), text_of(p, version)};
    in->mod = read_file(mod, &p->arena, &p->err);
    mf_dirhash_gomod(in->mod, h1);
    m->mod_h1 = text_of(p, h1);
    m->time = text_of(p, "2024-01-02T03:04:05Z");
    m->only_mod = strcmp(form, "mod") == 0;
    if (m->only_mod) {
        m->not_covered = MF_LIT("made for a test");
        return;
    }
    m->record = 1;
    m->form = strcmp(form, "zip") == 0 ? MF_FORM_ZIP : MF_FORM_FILES;
    in->zip = read_file(zip, &p->arena, &p->err);
    m->zip_sha256 = hex_of(p, in->zip);
    struct summing s = {.hash = MF_DIRHASH_INIT, .module = m};
    each_file(p, in->zip, sum_file, &s);
    mf_dirhash_done(&s.hash, h1);
    mf_dirhash_release(&s.hash);
    m->h1 = text_of(p, h1);
}

static int by_module(const void *a, const void *b)
{
    return mf_module_order(((const struct mf_manifest_module *)a)->id, ((const struct mf_manifest_module *)b)->id);
}

static int by_input(const void *a, const void *b)
{
    return mf_module_order(((const struct input *)a)->module->id, ((const struct input *)b)->module->id);
}

static void member(struct pack *p, struct mf_str name, struct mf_str content)
{
    must(mf_bundleout_member(p->out, name, content.n, &p->err), &p->err);
    must(mf_bundleout_data(p->out, content.p, content.n, &p->err), &p->err);
    must(mf_bundleout_member_end(p->out, &p->err), &p->err);
}

/* "KIND/<escaped path>MIDDLE<escaped version>" */
static void name_of(struct mf_buf *b, const char *kind, struct mf_module id, const char *middle)
{
    mf_buf_clear(b);
    mf_buf_str(b, mf_str(kind));
    mf_modpath_escape(id.path, b);
    mf_buf_str(b, mf_str(middle));
    mf_modpath_escape(id.version, b);
}

static void pack_file(struct pack *p, struct mf_str name, struct mf_str content, void *ctx)
{
    const struct mf_manifest_module *m = ctx;
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(4096);
    name_of(&b, "src/", m->id, "@");
    mf_buf_str(&b, mf_str_from(name, m->id.path.n + 1 + m->id.version.n));
    member(p, mf_buf_view(&b), content);
}

static void pack_members(struct pack *p)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(4096);
    for (size_t i = 0; i < p->count; i++) {
        struct mf_manifest_module *m = &p->modules[i];
        name_of(&b, "meta/", m->id, "/@v/");
        mf_buf_str(&b, MF_LIT(".mod"));
        m->mod.offset = mf_bundleout_offset(p->out);
        member(p, mf_buf_view(&b), p->inputs[i].mod);
        m->mod.length = mf_bundleout_offset(p->out) - m->mod.offset;
    }
    member(p, MF_LIT("attachments/note.txt"), MF_LIT(NOTE));
    must(mf_bundleout_cut(p->out, &p->err), &p->err);
    for (size_t i = 0; i < p->count; i++) {
        struct mf_manifest_module *m = &p->modules[i];
        m->content.offset = mf_bundleout_offset(p->out);
        if (m->form == MF_FORM_FILES)
            each_file(p, p->inputs[i].zip, pack_file, m);
        if (m->form == MF_FORM_ZIP) {
            name_of(&b, "zip/", m->id, "@");
            mf_buf_str(&b, MF_LIT(".zip"));
            member(p, mf_buf_view(&b), p->inputs[i].zip);
        }
        m->content.length = mf_bundleout_offset(p->out) - m->content.offset;
    }
}

/* Sorts both arrays alike. */
static void sort(struct pack *p)
{
    struct mf_manifest_module sorted[64];
    /* The inputs look at the modules, so they come first. */
    qsort(p->inputs, p->count, sizeof(p->inputs[0]), by_input);
    memcpy(sorted, p->modules, sizeof(sorted));
    qsort(sorted, p->count, sizeof(sorted[0]), by_module);
    memcpy(p->modules, sorted, sizeof(sorted));
}

static void pack(const char *path, unsigned threads, int level)
{
    static struct pack p = {.arena = {.max = 512 * MF_MIB}};
    static struct mf_head head;
    char line[2048];
    MF_CLEANUP(mf_fd_release) int out = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    FILE *spool = tmpfile();
    if (out < 0 || !spool)
        must(mf_err_errno(&p.err, 2, "create %s", path), &p.err);
    while (fgets(line, sizeof(line), stdin))
        describe(&p, line);
    sort(&p);
    must(mf_bundleout_new(&p.out, fileno(spool), level, threads, &p.err), &p.err);
    pack_members(&p);
    struct mf_manifest_attachment note = {MF_LIT("note.txt"), MF_LIT("text/plain"), sizeof(NOTE) - 1,
                                          hex_of(&p, MF_LIT(NOTE))};
    struct mf_manifest_root root = {.module = p.modules[0].id};
    struct mf_str queries[] = {MF_LIT("example.com/\xc3\xa4@\"latest\\\"")};
    struct mf_manifest m = {.roots = &root,
                            .root_count = 1,
                            .level = MF_LEVEL_TIDY,
                            .go = MF_LIT("1.22.3"),
                            .modules = p.modules,
                            .module_count = p.count,
                            .created = MF_LIT("2024-05-06T07:08:09Z"),
                            .queries = queries,
                            .query_count = 1,
                            .tool = MF_LIT("diff_container"),
                            .zstd = MF_LIT("any"),
                            .tree_head = MF_LIT("go.sum database tree\n12\nhash\n\n\xe2\x80\x94 name signature\n"),
                            .attachments = &note,
                            .attachment_count = 1};
    must(mf_bundleout_finish(p.out, &m, &p.arena, &p.err), &p.err);
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MANIFEST_MAX);
    must(mf_manifest_write(&m, &text, &p.err), &p.err);
    head.manifest = mf_buf_view(&text);
    must(mf_bundleout_assemble(out, path, &head, fileno(spool), 0, &m, &p.err), &p.err);
    mf_bundleout_free(&p.out);
    mf_arena_release(&p.arena);
    fclose(spool);
}

static void open_bundle(const char *path, int *fd, struct mf_head *head, struct mf_manifest *m, struct mf_arena *arena,
                        struct mf_err *err)
{
    *fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        must(mf_err_errno(err, 2, "open %s", path), err);
    must(mf_head_read(*fd, path, head, arena, err), err);
    must(mf_manifest_parse(head->manifest, m, arena, err), err);
}

static void sign(const char *in, const char *out, const char *stem, const char *signature)
{
    static struct mf_head head;
    struct mf_manifest m;
    struct mf_err err = {0};
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(64 * MF_MIB);
    MF_CLEANUP(mf_fd_release) int from = -1;
    open_bundle(in, &from, &head, &m, &arena, &err);
    uint64_t payload = head.frame_size;
    MF_CLEANUP(mf_fd_release) int to = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    head.signatures[head.signature_count++] =
        (struct mf_head_signature){mf_str(stem), read_file(signature, &arena, &err)};
    must(mf_bundleout_assemble(to, out, &head, from, payload, &m, &err), &err);
}

static int on_member(void *ctx, struct mf_str name, uint64_t size, uint64_t offset, struct mf_err *err)
{
    (void)ctx, (void)offset, (void)err;
    printf("%" PRIu64 " %.*s\n", size, MF_FMT(name));
    return 0;
}

static int on_data(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    (void)ctx, (void)p, (void)n, (void)err;
    return 0;
}

static int on_end(void *ctx, struct mf_err *err)
{
    (void)ctx, (void)err;
    return 0;
}

static void list(const char *in, unsigned threads)
{
    static struct mf_head head;
    struct mf_manifest m;
    struct mf_err err = {0};
    MF_CLEANUP(mf_arena_release) struct mf_arena arena = MF_ARENA_INIT(64 * MF_MIB);
    MF_CLEANUP(mf_fd_release) int fd = -1;
    const struct mf_tar_visitor visitor = {NULL, on_member, on_data, on_end};
    const struct mf_bundlein_options options = {.threads = threads};
    char id[MF_HEX_SIZE(32)];
    open_bundle(in, &fd, &head, &m, &arena, &err);
    mf_hex(m.id.b, sizeof(m.id.b), id);
    printf("id %s\n", id);
    must(mf_bundlein_run(fd, in, &head, &m, &visitor, &options, &err), &err);
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "pack") == 0)
        pack(argv[2], (unsigned)atoi(argv[3]), atoi(argv[4]));
    else if (argc == 6 && strcmp(argv[1], "sign") == 0)
        sign(argv[2], argv[3], argv[4], argv[5]);
    else if (argc == 4 && strcmp(argv[1], "list") == 0)
        list(argv[2], (unsigned)atoi(argv[3]));
    else
        return 2;
    return 0;
}

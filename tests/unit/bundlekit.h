/* For tests: bundles made in memory from modules that are written down as
 * strings. */
#ifndef BUNDLEKIT_H
#define BUNDLEKIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>
#include <libdeflate.h>

#include "formats/base/dir.h"
#include "formats/base/encode.h"
#include "formats/bundleout.h"
#include "formats/dirhash.h"
#include "formats/goflate.h"
#include "formats/modzip.h"
#include "formats/zipwrite.h"

struct kit_file {
    const char *name, *content;
    size_t repeat; /* the content this many times; 0 is once */
};

struct kit_module {
    const char *path, *version, *time, *mod;
    const struct kit_file *files; /* until a NULL name; NULL: only_mod */
    bool zip;                     /* in form zip */
    const char *claimed_h1;       /* in the manifest instead of the true one */
};

struct kit {
    struct mf_arena arena;
    struct mf_manifest manifest;
    struct mf_buf text;
    int fd; /* the bundle, at its start */
};

#define KIT_OK(call)                                                                                                   \
    do {                                                                                                               \
        struct mf_err err = {0};                                                                                       \
        if ((call) < 0)                                                                                                \
            fail_msg("%s", err.text);                                                                                  \
    } while (0)

static inline struct mf_str kit_content(struct kit *k, const struct kit_file *f)
{
    struct mf_err err = {0};
    size_t n = strlen(f->content), times = f->repeat ? f->repeat : 1;
    char *p = mf_arena_alloc(&k->arena, n * times + 1, &err);
    assert_non_null(p);
    for (size_t i = 0; i < times; i++)
        memcpy(p + i * n, f->content, n);
    return (struct mf_str){p, n * times};
}

static inline void kit_member(struct mf_bundleout *b, const char *name, struct mf_str content)
{
    KIT_OK(mf_bundleout_member(b, mf_str(name), content.n, &err));
    KIT_OK(mf_bundleout_data(b, content.p, content.n, &err));
    KIT_OK(mf_bundleout_member_end(b, &err));
}

/* The module's zip as a proxy serves it. */
static inline void kit_zip(struct kit *k, const struct kit_module *m, struct mf_buf *out)
{
    struct mf_zipwrite w = MF_ZIPWRITE_INIT;
    struct mf_goflate *g = NULL;
    KIT_OK(mf_goflate_new(&g, &err));
    for (const struct kit_file *f = m->files; f->name; f++) {
        struct mf_str content = kit_content(k, f);
        char name[1024];
        snprintf(name, sizeof(name), "%s@%s/%s", m->path, m->version, f->name);
        KIT_OK(mf_zipwrite_begin_file(&w, mf_str(name), out, &err));
        size_t before = out->n;
        mf_goflate_start(g);
        mf_goflate_write(g, content.p, content.n, out);
        mf_goflate_finish(g, out);
        KIT_OK(
            mf_zipwrite_end_file(&w, libdeflate_crc32(0, content.p, content.n), out->n - before, content.n, out, &err));
    }
    KIT_OK(mf_zipwrite_finish(&w, out, &err));
    mf_goflate_free(&g);
    mf_zipwrite_release(&w);
}

static inline struct mf_str kit_dup(struct kit *k, struct mf_str s)
{
    struct mf_str out;
    KIT_OK(mf_arena_dup(&k->arena, s, &out, &err));
    return out;
}

static inline void kit_escaped(const struct kit_module *m, const char *format, char out[1024])
{
    MF_CLEANUP(mf_buf_release) struct mf_buf path = MF_BUF_INIT(512), version = MF_BUF_INIT(512);
    mf_modpath_escape(mf_str(m->path), &path);
    mf_modpath_escape(mf_str(m->version), &version);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(out, 1024, format, mf_buf_cstr(&path), mf_buf_cstr(&version));
#pragma GCC diagnostic pop
}

static inline void kit_mod(struct kit *k, struct mf_bundleout *b, const struct kit_module *m,
                           struct mf_manifest_module *out)
{
    char name[1024], h1[MF_H1_SIZE];
    mf_dirhash_gomod(mf_str(m->mod), h1);
    *out = (struct mf_manifest_module){.id = {mf_str(m->path), mf_str(m->version)},
                                       .mod_h1 = kit_dup(k, mf_str(h1)),
                                       .only_mod = !m->files,
                                       .time = mf_str(m->time),
                                       .not_covered = MF_LIT("GONOSUMDB"),
                                       .mod = {.offset = mf_bundleout_offset(b)}};
    kit_escaped(m, "meta/%s/@v/%s.mod", name);
    kit_member(b, name, mf_str(m->mod));
    out->mod.length = mf_bundleout_offset(b) - out->mod.offset;
}

static inline void kit_module_content(struct kit *k, struct mf_bundleout *b, const struct kit_module *m,
                                      struct mf_manifest_module *out)
{
    MF_CLEANUP(mf_dirhash_release) struct mf_dirhash hashes = MF_DIRHASH_INIT;
    MF_CLEANUP(mf_buf_release) struct mf_buf zip = MF_BUF_INIT(64 * MF_MIB);
    char name[1024], h1[MF_H1_SIZE], hex[MF_HEX_SIZE(32)], prefix[1024];
    out->content.offset = mf_bundleout_offset(b);
    out->form = m->zip ? MF_FORM_ZIP : MF_FORM_FILES;
    kit_escaped(m, "src/%s@%s/", prefix);
    for (const struct kit_file *f = m->files; f->name; f++) {
        struct mf_str content = kit_content(k, f);
        struct mf_digest digest = mf_sha256_of(content);
        snprintf(name, sizeof(name), "%s@%s/%s", m->path, m->version, f->name);
        KIT_OK(mf_dirhash_add(&hashes, mf_str(name), &digest, &err));
        out->size += content.n;
        out->files++;
        strcpy(name, prefix);
        strncat(name, f->name, sizeof(name) - strlen(name) - 1);
        if (!m->zip)
            kit_member(b, name, content);
    }
    kit_zip(k, m, &zip);
    if (m->zip) {
        kit_escaped(m, "zip/%s@%s.zip", name);
        kit_member(b, name, mf_buf_view(&zip));
    }
    mf_dirhash_done(&hashes, h1);
    out->h1 = m->claimed_h1 ? mf_str(m->claimed_h1) : kit_dup(k, mf_str(h1));
    struct mf_digest digest = mf_sha256_of(mf_buf_view(&zip));
    mf_hex(digest.b, sizeof(digest.b), hex);
    out->zip_sha256 = kit_dup(k, mf_str(hex));
    out->content.length = mf_bundleout_offset(b) - out->content.offset;
}

static inline struct mf_head_signature kit_sign(struct kit *k, const struct mf_seckey *key, struct mf_str message)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf sig = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
    struct mf_pubkey public;
    char stem[17];
    mf_seckey_public(key, &public);
    mf_pubkey_stem(&public, stem);
    KIT_OK(mf_minisign_sign(key, message, MF_LIT("a test"), &sig, &err));
    return (struct mf_head_signature){kit_dup(k, mf_str(stem)), kit_dup(k, mf_buf_view(&sig))};
}

/* Makes a bundle of the modules, which are in order; key may be NULL. */
static inline void kit_make(struct kit *k, const struct kit_module *modules, size_t count, const struct mf_seckey *key)
{
    struct mf_bundleout *b = NULL;
    int spool = memfd_create("spool", MFD_CLOEXEC);
    struct mf_head head = {0};
    *k = (struct kit){.arena = MF_ARENA_INIT(256 * MF_MIB), .text = MF_BUF_INIT(MF_MANIFEST_MAX)};
    struct mf_err none = {0};
    struct mf_manifest *m = &k->manifest;
    m->modules = mf_arena_array(&k->arena, count + 1, sizeof(*m->modules), &none);
    m->module_count = count;
    m->level = MF_LEVEL_TIDY;
    m->go = MF_LIT("1.26");
    m->created = MF_LIT("2026-01-02T03:04:05Z");
    m->tool = MF_LIT("modferry test");
    m->zstd = MF_LIT("1.5");
    KIT_OK(mf_bundleout_new(&b, spool, 3, 1, &err));
    for (size_t i = 0; i < count; i++)
        kit_mod(k, b, &modules[i], &m->modules[i]);
    KIT_OK(mf_bundleout_cut(b, &err));
    for (size_t i = 0; i < count; i++)
        if (modules[i].files)
            kit_module_content(k, b, &modules[i], &m->modules[i]);
    KIT_OK(mf_bundleout_finish(b, m, &k->arena, &err));
    KIT_OK(mf_manifest_write(m, &k->text, &err));
    head.manifest = mf_buf_view(&k->text);
    if (key)
        head.signatures[head.signature_count++] = kit_sign(k, key, head.manifest);
    k->fd = memfd_create("bundle", MFD_CLOEXEC);
    KIT_OK(mf_bundleout_assemble(k->fd, "bundle", &head, spool, 0, m, &err));
    assert_int_equal(lseek(k->fd, 0, SEEK_SET), 0);
    mf_bundleout_free(&b);
    close(spool);
}

static inline void kit_release(struct kit *k)
{
    close(k->fd);
    mf_buf_release(&k->text);
    mf_arena_release(&k->arena);
}

/* An empty directory for a test; kit_empty removes it. */
static inline struct mf_dir kit_mkdir(char path[64])
{
    struct mf_dir dir = MF_DIR_NONE;
    snprintf(path, 64, "/tmp/modferry-test-XXXXXX");
    assert_non_null(mkdtemp(path));
    KIT_OK(mf_dir_open(&dir, path, false, &err));
    return dir;
}

static inline void kit_empty(struct mf_dir dir, const char *path)
{
    struct mf_dir parent = MF_DIR_NONE;
    mf_dir_release(&dir);
    KIT_OK(mf_dir_open(&parent, "/tmp", false, &err));
    KIT_OK(mf_dir_remove(parent, path + 5, &err));
    mf_dir_release(&parent);
}

/* The file's content, in arena memory; NULL where it is not there. */
static inline const char *kit_read(struct kit *k, struct mf_dir dir, const char *name)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(64 * MF_MIB);
    struct mf_err err = {0};
    if (mf_dir_read(dir, name, &b, NULL, &err) < 0)
        return NULL;
    return kit_dup(k, mf_buf_view(&b)).p;
}

#endif

#include "bundle/pack.h"

#include <stdlib.h>
#include <zstd.h>

#include "bundle/packsumdb.h"
#include "bundle/promise.h"
#include "formats/base/encode.h"
#include "formats/bundleout.h"
#include "formats/headsign.h"
#include "formats/timetext.h"
#include "formats/trustfile.h"

/* State of one run. */
struct packing {
    const struct mf_plan *plan;
    const struct mf_pack_options *options;
    struct mf_bundleout *out;
    struct mf_manifest manifest;
    struct mf_arena arena;
    struct mf_buf name;   /* of the member being written */
    size_t prefix;        /* its part before the file name */
    uint64_t done, total; /* file bytes */
};

/* The form of a module with content. */
static bool goes_as_zip(const struct packing *p, const struct mf_plan_module *m)
{
    return p->options->all_as_zip || m->zip->as_zip;
}

static void release(struct packing *p)
{
    mf_bundleout_free(&p->out);
    mf_buf_release(&p->name);
    mf_arena_release(&p->arena);
}

static int hex_of(struct packing *p, const struct mf_digest *d, struct mf_str *out, struct mf_err *err)
{
    char hex[65];
    mf_hex(d->b, sizeof(d->b), hex);
    return mf_arena_dup(&p->arena, mf_str(hex), out, err);
}

/* Part one, after the proofs: the go.mod of every module. */
static int write_mods(struct packing *p, struct mf_err *err)
{
    for (size_t i = 0; i < p->plan->count; i++) {
        const struct mf_plan_module *m = &p->plan->modules[i];
        struct mf_manifest_module *entry = &p->manifest.modules[i];
        mf_buf_clear(&p->name);
        mf_buf_str(&p->name, MF_LIT("meta/"));
        if (mf_store_name(m->id, MF_FILE_MOD, &p->name, err) < 0)
            return -1;
        entry->mod.offset = mf_bundleout_offset(p->out);
        if (mf_bundleout_member(p->out, mf_buf_view(&p->name), m->file->text.n, err) < 0 ||
            mf_bundleout_data(p->out, m->file->text.p, m->file->text.n, err) < 0 ||
            mf_bundleout_member_end(p->out, err) < 0)
            return -1;
        entry->mod.length = mf_bundleout_offset(p->out) - entry->mod.offset;
    }
    return 0;
}

/* The trust file that travels along. */
static int write_attachment(struct packing *p, struct mf_err *err)
{
    struct mf_str text = p->options->trustfile;
    struct mf_digest sha256 = mf_sha256_of(text);
    struct mf_manifest_attachment *a = mf_arena_array(&p->arena, 1, sizeof(*a), err);
    if (!a)
        return -1;
    *a = (struct mf_manifest_attachment){
        .name = MF_LIT(MF_TRUSTFILE_ATTACHMENT), .media_type = MF_LIT(MF_TRUSTFILE_MEDIA_TYPE), .size = text.n};
    if (hex_of(p, &sha256, &a->sha256, err) < 0 ||
        mf_bundleout_member(p->out, MF_LIT("attachments/" MF_TRUSTFILE_ATTACHMENT), text.n, err) < 0 ||
        mf_bundleout_data(p->out, text.p, text.n, err) < 0)
        return -1;
    p->manifest.attachments = a;
    p->manifest.attachment_count = 1;
    return mf_bundleout_member_end(p->out, err);
}

static int write_part_one(struct packing *p, struct mf_err *err)
{
    if (mf_packsumdb_write(p->out, p->plan, p->options->proof, &p->manifest, &p->arena, err) < 0 ||
        write_mods(p, err) < 0 || (p->options->trustfile.n && write_attachment(p, err) < 0))
        return -1;
    return mf_bundleout_cut(p->out, err);
}

static int begin_file(void *ctx, struct mf_str name, uint64_t size, struct mf_err *err)
{
    struct packing *p = ctx;
    mf_buf_truncate(&p->name, p->prefix);
    mf_buf_str(&p->name, name);
    if (mf_buf_check(&p->name, err) < 0)
        return -1;
    return mf_bundleout_member(p->out, mf_buf_view(&p->name), size, err);
}

static int file_data(void *ctx, const void *data, size_t n, struct mf_err *err)
{
    struct packing *p = ctx;
    p->done += n;
    return mf_bundleout_data(p->out, data, n, err);
}

static int end_file(void *ctx, const struct mf_digest *sha256, struct mf_err *err)
{
    struct packing *p = ctx;
    (void)sha256;
    if (mf_err_stopped(p->options->stop, err) < 0)
        return -1;
    return mf_bundleout_member_end(p->out, err);
}

static int changed_in_store(const struct packing *p, const struct mf_plan_module *m, struct mf_err *err)
{
    struct mf_err why;
    mf_store_forget(&p->plan->upstream->store, m->id, MF_FILE_ZIP, &why);
    mf_err_set(err, MF_E_HASH, "%.*s@%.*s: the zip in the store is not the one that was checked", MF_FMT(m->id.path),
               MF_FMT(m->id.version));
    return mf_err_next(err, "run it again: the zip was removed from the store and will be fetched anew");
}

/* Form files: the members src/<module>/<file>, in the order of the zip. */
static int write_files(struct packing *p, const struct mf_plan_module *m, int fd, struct mf_err *err)
{
    struct mf_modzip_visitor visitor = {.ctx = p, .file = begin_file, .data = file_data, .file_end = end_file};
    struct mf_modzip_facts facts;
    mf_buf_clear(&p->name);
    mf_buf_str(&p->name, MF_LIT("src/"));
    mf_modpath_escape(m->id.path, &p->name);
    mf_buf_byte(&p->name, '@');
    mf_modpath_escape(m->id.version, &p->name);
    mf_buf_byte(&p->name, '/');
    p->prefix = p->name.n;
    if (mf_modzip_walk(fd, m->id, false, &visitor, &facts, err) < 0)
        return -1;
    bool same = strcmp(facts.h1, m->zip->facts.h1) == 0 && mf_digest_eq(&facts.zip_sha256, &m->zip->facts.zip_sha256);
    return same ? 0 : changed_in_store(p, m, err);
}

/* Form zip: one member with the zip as served. */
static int write_zip(struct packing *p, const struct mf_plan_module *m, int fd, struct mf_err *err)
{
    char block[64 * 1024];
    struct mf_sha256 hash;
    struct mf_digest found;
    mf_buf_clear(&p->name);
    mf_buf_str(&p->name, MF_LIT("zip/"));
    mf_modpath_escape(m->id.path, &p->name);
    mf_buf_byte(&p->name, '@');
    mf_modpath_escape(m->id.version, &p->name);
    mf_buf_str(&p->name, MF_LIT(".zip"));
    if (mf_buf_check(&p->name, err) < 0 ||
        mf_bundleout_member(p->out, mf_buf_view(&p->name), m->zip->facts.zip_size, err) < 0)
        return -1;
    mf_sha256_init(&hash);
    for (uint64_t at = 0; at < m->zip->facts.zip_size;) {
        uint64_t left = m->zip->facts.zip_size - at;
        size_t n = left < sizeof(block) ? (size_t)left : sizeof(block);
        if (mf_pread_full(fd, block, n, at, "zip in the store", err) < 0 ||
            mf_bundleout_data(p->out, block, n, err) < 0 || mf_err_stopped(p->options->stop, err) < 0)
            return -1;
        mf_sha256_add(&hash, block, n);
        at += n;
    }
    mf_sha256_done(&hash, &found);
    p->done += m->zip->facts.size;
    if (!mf_digest_eq(&found, &m->zip->facts.zip_sha256))
        return changed_in_store(p, m, err);
    return mf_bundleout_member_end(p->out, err);
}

static int write_content(struct packing *p, struct mf_err *err)
{
    for (size_t i = 0; i < p->plan->count; i++) {
        const struct mf_plan_module *m = &p->plan->modules[i];
        struct mf_manifest_module *entry = &p->manifest.modules[i];
        if (m->only_mod)
            continue;
        bool missing;
        MF_CLEANUP(mf_fd_release) int fd = mf_store_open_zip(&p->plan->upstream->store, m->id, &missing, err);
        if (fd < 0)
            return -1;
        entry->content.offset = mf_bundleout_offset(p->out);
        if ((goes_as_zip(p, m) ? write_zip(p, m, fd, err) : write_files(p, m, fd, err)) < 0)
            return mf_err_prefix(err, "%.*s@%.*s", MF_FMT(m->id.path), MF_FMT(m->id.version));
        entry->content.length = mf_bundleout_offset(p->out) - entry->content.offset;
        if (p->options->progress)
            p->options->progress(p->options->progress_ctx, p->done, p->total);
    }
    return 0;
}

static int describe_modules(struct packing *p, struct mf_err *err)
{
    struct mf_manifest *out = &p->manifest;
    out->module_count = p->plan->count;
    out->modules = mf_arena_array(&p->arena, p->plan->count + 1, sizeof(*out->modules), err);
    if (!out->modules)
        return -1;
    for (size_t i = 0; i < p->plan->count; i++) {
        const struct mf_plan_module *m = &p->plan->modules[i];
        struct mf_manifest_module *entry = &out->modules[i];
        *entry = (struct mf_manifest_module){
            .id = m->id,
            .mod_h1 = mf_str(m->file->h1),
            .only_mod = m->only_mod,
            .time = m->time,
            .retracted = m->notes.retracted,
            .deprecated = m->notes.deprecated,
            .record = m->record ? m->record->lookup.id + 1 : 0,
            .not_covered = m->not_covered,
        };
        if (m->only_mod)
            continue;
        entry->h1 = mf_str(m->zip->facts.h1);
        entry->size = m->zip->facts.size;
        entry->files = m->zip->facts.files;
        entry->form = goes_as_zip(p, m) ? MF_FORM_ZIP : MF_FORM_FILES;
        if (hex_of(p, &m->zip->facts.zip_sha256, &entry->zip_sha256, err) < 0)
            return -1;
        p->total += m->zip->facts.size;
    }
    return 0;
}

static int by_root(const void *a, const void *b)
{
    const struct mf_manifest_root *x = a, *y = b;
    const struct mf_str of_x[] = {x->module.path, x->module.version, x->go_mod, x->go_sum, x->go_work, x->go_work_sum};
    const struct mf_str of_y[] = {y->module.path, y->module.version, y->go_mod, y->go_sum, y->go_work, y->go_work_sum};
    int order = 0;
    for (size_t i = 0; order == 0 && i < MF_COUNT(of_x); i++)
        order = mf_str_cmp(of_x[i], of_y[i]);
    return order;
}

/* Appends a root of the manifest: a main module, or `path@version` where `main`
 * is NULL. */
static int describe_root(struct packing *p, size_t index, const struct mf_main *main, struct mf_err *err)
{
    const struct mf_root *root = &p->plan->roots[index];
    struct mf_manifest_root *out = &p->manifest.roots[p->manifest.root_count++];
    if (main)
        *out = (struct mf_manifest_root){
            .module.path = main->path,
            .go_mod = mf_str(main->go_mod_sha256),
            .go_sum = mf_str(main->go_sum_sha256),
            .go_work = mf_str(root->go_work_sha256),
            .go_work_sum = mf_str(root->go_work_sum_sha256),
        };
    else
        out->module = root->module;
    return mf_promise_describe(p->plan, index, main, out, &p->arena, err);
}

/* A root of the manifest per main module. */
static int describe_roots(struct packing *p, struct mf_err *err)
{
    struct mf_manifest *out = &p->manifest;
    size_t n = 0;
    for (size_t i = 0; i < p->plan->root_count; i++)
        n += p->plan->roots[i].main_count ? p->plan->roots[i].main_count : 1;
    out->roots = mf_arena_array(&p->arena, n, sizeof(*out->roots), err);
    out->queries = mf_arena_array(&p->arena, n + p->plan->typed_count, sizeof(*out->queries), err);
    if (!out->roots || !out->queries)
        return -1;
    for (size_t i = 0; i < p->plan->typed_count; i++)
        out->queries[out->query_count++] = p->plan->typed[i];
    for (size_t i = 0; i < p->plan->root_count; i++) {
        const struct mf_root *root = &p->plan->roots[i];
        if (root->main_count == 0 && describe_root(p, i, NULL, err) < 0)
            return -1;
        /* A directory's path says nothing past the gap and is nobody's affair. */
        for (size_t k = 0; k < root->main_count; k++) {
            if (describe_root(p, i, &root->mains[k], err) < 0)
                return -1;
            out->queries[out->query_count++] = root->mains[k].path;
        }
    }
    qsort(out->roots, out->root_count, sizeof(*out->roots), by_root);
    return 0;
}

static int copy_list(struct packing *p, const struct mf_str *list, size_t count, struct mf_str **out, size_t *count_out,
                     struct mf_err *err)
{
    *out = mf_arena_array(&p->arena, count, sizeof(**out), err);
    if (!*out)
        return -1;
    if (count)
        memcpy(*out, list, count * sizeof(**out));
    *count_out = count;
    return 0;
}

static int describe_constraints(struct packing *p, struct mf_err *err)
{
    const struct mf_plan_options *o = p->plan->options;
    struct mf_manifest *out = &p->manifest;
    if (copy_list(p, o->platforms, o->platform_count, &out->platforms, &out->platform_count, err) < 0)
        return -1;
    if (copy_list(p, o->toolchains, o->toolchain_count, &out->toolchains, &out->toolchain_count, err) < 0)
        return -1;
    return copy_list(p, o->tags, o->tag_count, &out->tags, &out->tag_count, err);
}

static int describe_statement(struct packing *p, struct mf_err *err)
{
    struct mf_manifest *out = &p->manifest;
    char text[MF_TIMETEXT_UTC];
    if (!mf_timetext_utc((int64_t)p->options->created, text))
        return mf_err_set(err, MF_E_USAGE, "the time of creation cannot be written as a date");
    if (mf_arena_dup(&p->arena, mf_str(text), &out->created, err) < 0)
        return -1;
    if (p->options->expires && !mf_timetext_utc((int64_t)p->options->expires, text))
        return mf_err_set(err, MF_E_USAGE, "the time of expiry cannot be written as a date");
    if (p->options->expires && mf_arena_dup(&p->arena, mf_str(text), &out->expires, err) < 0)
        return -1;
    out->channel = p->options->channel;
    out->counter = p->options->counter;
    out->tool = MF_LIT("modferry " MODFERRY_VERSION);
    out->zstd = mf_str(ZSTD_versionString());
    return 0;
}

static int sign(const struct packing *p, struct mf_head *head, struct mf_arena *arena, struct mf_err *err)
{
    char comment[MF_HEADSIGN_COMMENT];
    mf_headsign_comment(p->options->created, &p->manifest.id, comment);
    for (size_t i = 0; i < p->options->key_count; i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
        struct mf_pubkey key;
        bool replaced;
        mf_seckey_public(p->options->keys[i], &key);
        if (mf_minisign_sign(p->options->keys[i], head->manifest, mf_str(comment), &text, err) < 0 ||
            mf_headsign_put(head, &key, mf_buf_view(&text), arena, &replaced, err) < 0)
            return -1;
    }
    return 0;
}

static void summarise(const struct packing *p, const struct mf_head *head, struct mf_pack_result *out)
{
    *out = (struct mf_pack_result){
        .id = p->manifest.id,
        .manifest_sha256 = mf_sha256_of(head->manifest),
        .bundle_size = head->frame_size,
        .content_size = p->total,
        .modules = p->plan->count,
        .zips = p->plan->zips,
    };
    for (size_t i = 0; i < p->plan->count; i++) {
        const struct mf_plan_module *m = &p->plan->modules[i];
        out->zip_size += m->zip ? m->zip->facts.zip_size : 0;
        out->as_zip += m->zip && goes_as_zip(p, m);
    }
    for (size_t i = 0; i < p->manifest.frame_count; i++)
        out->bundle_size += p->manifest.frames[i].size;
}

int mf_pack_write(const struct mf_plan *plan, int out_fd, const char *out_name, int spool_fd,
                  const struct mf_pack_options *options, struct mf_pack_result *result_out, struct mf_err *err)
{
    MF_CLEANUP(release)
    struct packing p = {
        .plan = plan,
        .options = options,
        .arena = MF_ARENA_INIT(256 * MF_MIB),
        .name = MF_BUF_INIT(8 * MF_KIB),
    };
    MF_CLEANUP(mf_buf_release) struct mf_buf manifest = MF_BUF_INIT(MF_MANIFEST_MAX);
    struct mf_head head = {0};
    p.manifest.level = plan->level;
    p.manifest.go = plan->go;
    p.manifest.tree_head = options->proof->sumdb.head.note;
    if (describe_constraints(&p, err) < 0)
        return -1;
    if (describe_modules(&p, err) < 0 || describe_roots(&p, err) < 0 || describe_statement(&p, err) < 0 ||
        mf_bundleout_new(&p.out, spool_fd, options->compress, options->threads, err) < 0 ||
        write_part_one(&p, err) < 0 || write_content(&p, err) < 0 ||
        mf_bundleout_finish(p.out, &p.manifest, &p.arena, err) < 0 ||
        mf_manifest_write(&p.manifest, &manifest, err) < 0)
        return -1;
    head.manifest = mf_buf_view(&manifest);
    if (sign(&p, &head, &p.arena, err) < 0 ||
        mf_bundleout_assemble(out_fd, out_name, &head, spool_fd, 0, &p.manifest, err) < 0)
        return -1;
    summarise(&p, &head, result_out);
    return 0;
}

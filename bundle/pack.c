#include "bundle/pack.h"

#include "bundle/packdescribe.h"
#include "bundle/packdiff.h"
#include "bundle/packsumdb.h"
#include "formats/base/encode.h"
#include "formats/bundleout.h"
#include "formats/headsign.h"
#include "formats/membername.h"
#include "formats/trustfile.h"

/* State of one run. */
struct packing {
    const struct mf_plan *plan;
    const struct mf_pack_options *options;
    struct mf_bundleout *out;
    struct mf_manifest manifest;
    struct mf_arena arena;
    struct mf_buf name;       /* of the member being written */
    size_t prefix;            /* its part before the file name */
    uint64_t done, total;     /* file bytes */
    struct mf_packdiff *diff; /* NULL: a full bundle */
};

/* The form of a module with content, where it is carried. */
static enum mf_form full_form(const struct packing *p, const struct mf_plan_module *m)
{
    return p->options->all_as_zip || m->zip->as_zip ? MF_FORM_ZIP : MF_FORM_FILES;
}

/* Module i has content that travels. */
static bool is_carried(const struct packing *p, size_t i)
{
    return !p->plan->modules[i].only_mod && !(p->diff && mf_packdiff_holds(p->diff, i));
}

static void release(struct packing *p)
{
    mf_bundleout_free(&p->out);
    mf_packdiff_free(&p->diff);
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
        mf_membername_add(m->id, MF_FORM_NONE, &p->name);
        entry->mod.offset = mf_bundleout_offset(p->out);
        if (mf_buf_check(&p->name, err) < 0 ||
            mf_bundleout_member(p->out, mf_buf_view(&p->name), m->file->text.n, err) < 0 ||
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
    mf_err_set(err, MF_E_HASH, "the zip in the store is not the one that was checked");
    return mf_err_next(err, "run it again: the zip was removed from the store and will be fetched anew");
}

/* Form files: the members src/<module>/<file>, in the order of the zip. */
static int write_files(struct packing *p, const struct mf_plan_module *m, int fd, struct mf_err *err)
{
    struct mf_modzip_visitor visitor = {.ctx = p, .file = begin_file, .data = file_data, .file_end = end_file};
    struct mf_digest zip_sha256;
    mf_buf_clear(&p->name);
    mf_membername_add(m->id, MF_FORM_FILES, &p->name);
    p->prefix = p->name.n;
    if (mf_modzip_again(fd, m->id, &visitor, &zip_sha256, err) < 0)
        return -1;
    return mf_digest_eq(&zip_sha256, &m->zip->facts.zip_sha256) ? 0 : changed_in_store(p, m, err);
}

/* Form zip: one member with the zip as served. */
static int write_zip(struct packing *p, const struct mf_plan_module *m, int fd, struct mf_err *err)
{
    char block[64 * 1024];
    struct mf_sha256 hash;
    struct mf_digest found;
    mf_buf_clear(&p->name);
    mf_membername_add(m->id, MF_FORM_ZIP, &p->name);
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
        if (!is_carried(p, i))
            continue;
        bool missing;
        MF_CLEANUP(mf_fd_release) int fd = mf_store_open_zip(&p->plan->upstream->store, m->id, &missing, err);
        if (fd < 0)
            return -1;
        entry->content.offset = mf_bundleout_offset(p->out);
        if ((entry->form == MF_FORM_ZIP ? write_zip(p, m, fd, err) : write_files(p, m, fd, err)) < 0)
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
        entry->form = is_carried(p, i) ? full_form(p, m) : MF_FORM_HELD;
        entry->full = is_carried(p, i) ? MF_FORM_NONE : full_form(p, m);
        if (hex_of(p, &m->zip->facts.zip_sha256, &entry->zip_sha256, err) < 0)
            return -1;
        p->total += is_carried(p, i) ? m->zip->facts.size : 0;
    }
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
        out->as_zip += p->manifest.modules[i].form == MF_FORM_ZIP;
        out->carried_zip_size += is_carried(p, i) ? m->zip->facts.zip_size : 0;
    }
    for (size_t i = 0; i < p->manifest.frame_count; i++)
        out->bundle_size += p->manifest.frames[i].size;
    if (p->diff)
        mf_packdiff_count(p->diff, &out->held, &out->alone, &out->lacking);
}

static int start_difference(struct packing *p, struct mf_err *err)
{
    if (!p->options->base)
        return 0;
    return mf_packdiff_new(&p->diff, p->plan, p->options->base, p->options->proof, p->options->stop, err);
}

/* Where the members of part one will stand is needed before the first is written. */
static int plan_difference(struct packing *p, struct mf_err *err)
{
    if (mf_packdiff_layout(p->diff, &p->out, err) < 0 || write_part_one(p, err) < 0)
        return -1;
    uint64_t part_one = mf_bundleout_offset(p->out);
    mf_bundleout_free(&p->out);
    return mf_packdiff_choose(p->diff, &p->manifest, part_one, err);
}

static int write_payload(struct packing *p, int spool_fd, struct mf_err *err)
{
    if ((p->diff && plan_difference(p, err) < 0) ||
        mf_bundleout_new(&p->out, spool_fd, p->options->compress, p->options->threads, err) < 0)
        return -1;
    if ((p->diff && mf_packdiff_begin(p->diff, p->out, &p->manifest, err) < 0) || write_part_one(p, err) < 0 ||
        write_content(p, err) < 0 || mf_bundleout_finish(p->out, &p->manifest, &p->arena, err) < 0)
        return -1;
    return p->diff ? mf_packdiff_describe(p->diff, &p->manifest, &p->arena, err) : 0;
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
    if (start_difference(&p, err) < 0 || describe_modules(&p, err) < 0 ||
        mf_packdescribe(plan, options, &p.manifest, &p.arena, err) < 0 || write_payload(&p, spool_fd, err) < 0 ||
        mf_manifest_write(&p.manifest, &manifest, err) < 0)
        return -1;
    head.manifest = mf_buf_view(&manifest);
    if (sign(&p, &head, &p.arena, err) < 0 ||
        mf_bundleout_assemble(out_fd, out_name, &head, spool_fd, 0, &p.manifest, err) < 0)
        return -1;
    summarise(&p, &head, result_out);
    return 0;
}

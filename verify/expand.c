#include "verify/expand.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "formats/base/encode.h"
#include "formats/bundlein.h"
#include "formats/bundleout.h"
#include "formats/membername.h"
#include "verify/extract.h"
#include "verify/prefixlists.h"
#include "verify/zipspool.h"

#define PIECE (256 * MF_KIB)

struct expanding {
    const struct mf_gate *gate;
    const struct mf_expand_options *options;
    struct mf_unpack_options walk; /* on this thread alone: what takes time is compressing */
    struct mf_unpack_result *result;
    const struct mf_sink *sink;
    struct mf_bundleout *out;
    struct mf_manifest *full;
    struct mf_prefixlists *lists; /* while part one is copied; NULL where no frame has a prefix */
    bool in_lists;                /* the current member is one */
    bool *wanted;                 /* of each module */
    size_t next;                  /* modules before it are written, or being written */
    long current;                 /* the module whose members are being written, or -1 */
};

/* A module on its way. */
struct module {
    size_t index;
    struct expanding *x;
    struct mf_zipspool zip;   /* where it comes as a zip */
    struct mf_zipspool large; /* a file whose size is not said */
    struct mf_buf large_name;
    struct mf_digest sha256; /* of the zip */
};

/* Part one, as it is but for the lists. */

static int part_member(void *ctx, struct mf_str name, uint64_t size, uint64_t offset, struct mf_err *err)
{
    struct expanding *x = ctx;
    x->in_lists = offset < x->gate->manifest.base.length;
    if (x->in_lists)
        return mf_prefixlists_member(x->lists, name, size, err);
    return mf_bundleout_member(x->out, name, size, err);
}

static int part_data(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    struct expanding *x = ctx;
    return x->in_lists ? mf_prefixlists_data(x->lists, p, n, err) : mf_bundleout_data(x->out, p, n, err);
}

static int part_end(void *ctx, struct mf_err *err)
{
    struct expanding *x = ctx;
    return x->in_lists ? mf_prefixlists_member_end(x->lists, err) : mf_bundleout_member_end(x->out, err);
}

static uint64_t part_one_end(const struct mf_manifest *m)
{
    uint64_t end = m->payload_size - MF_TAR_END;
    for (size_t i = m->module_count; i-- > 0;)
        end -= m->modules[i].content.length;
    return end;
}

static int copy_part_one(struct expanding *x, int fd, const char *name, struct mf_err *err)
{
    const struct mf_manifest *m = &x->gate->manifest;
    const struct mf_tar_visitor visitor = {x, part_member, part_data, part_end};
    struct mf_span spans[2];
    size_t n = 0;
    if (m->base.length && mf_prefixlists_new(&x->lists, m, x->walk.base, err) < 0)
        return -1;
    const struct mf_bundlein_options options = {
        .threads = x->walk.threads, .prefix = x->lists ? mf_prefixlists_load : NULL, .prefix_ctx = x->lists};
    if (m->base.length)
        spans[n++] = m->base;
    spans[n] = (struct mf_span){m->base.length, part_one_end(m) - m->base.length};
    n += spans[n].length > 0;
    int rc = mf_bundlein_spans(fd, name, &x->gate->head, m, spans, n, &visitor, &options, err);
    mf_prefixlists_free(&x->lists);
    return rc < 0 ? -1 : mf_bundleout_cut(x->out, err);
}

/* Part two. */

/* Writes the held modules before `index`, then makes it the current one. */
static int turn_to(struct expanding *x, size_t index, struct mf_err *err)
{
    const struct mf_manifest *m = &x->gate->manifest;
    bool any = false;
    if (x->current == (long)index)
        return 0;
    /* while held modules are written, `next` is behind them: their own turns find nothing to do */
    if (x->next < index) {
        memset(x->wanted, 0, m->module_count * sizeof(*x->wanted));
        for (size_t i = x->next; i < index; i++)
            any |= x->wanted[i] = m->modules[i].form == MF_FORM_HELD;
        x->next = index;
    }
    if (any && mf_base_content(x->walk.base, x->gate, x->wanted, x->sink, &x->walk, x->result, err) < 0)
        return -1;
    x->current = (long)index;
    if (index < m->module_count)
        x->full->modules[index].content.offset = mf_bundleout_offset(x->out);
    return 0;
}

static int module_begin(void *ctx, size_t index, void **state_out, struct mf_err *err)
{
    struct expanding *x = ctx;
    struct module *s = calloc(1, sizeof(*s));
    if (!s)
        return mf_err_nomem(err);
    *s = (struct module){.index = index,
                         .x = x,
                         .zip = MF_ZIPSPOOL_NONE,
                         .large = MF_ZIPSPOOL_NONE,
                         .large_name = MF_BUF_INIT(MF_MEMBER_PATH_MAX)};
    *state_out = s;
    bool zip = x->gate->manifest.modules[index].comes == MF_FORM_ZIP;
    return zip ? mf_zipspool_open(&s->zip, x->walk.spools, err) : 0;
}

/* The header of a file of the module, or of its zip. */
static int write_header(struct module *s, struct mf_str file, uint64_t size, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_BUF_INIT(8 * MF_KIB);
    mf_membername_add(s->x->gate->manifest.modules[s->index].id, file.n ? MF_FORM_FILES : MF_FORM_ZIP, &name);
    mf_buf_str(&name, file);
    if (mf_buf_check(&name, err) < 0)
        return -1;
    return mf_bundleout_member(s->x->out, mf_buf_view(&name), size, err);
}

static int module_file(void *ctx, void *state, const struct mf_sink_file *f, const struct mf_sink_scratch *scratch,
                       struct mf_err *err)
{
    struct module *s = state;
    (void)ctx;
    (void)scratch;
    if (turn_to(s->x, s->index, err) < 0 || write_header(s, f->name, f->content.n, err) < 0 ||
        mf_bundleout_data(s->x->out, f->content.p, f->content.n, err) < 0)
        return -1;
    return mf_bundleout_member_end(s->x->out, err);
}

/* A whole spool as one member. */
static int write_spool(struct module *s, int fd, struct mf_str file, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf piece = MF_BUF_INIT(PIECE);
    char *room = mf_buf_room(&piece, PIECE);
    struct stat st;
    if (!room)
        return mf_buf_check(&piece, err);
    if (fstat(fd, &st) < 0)
        return mf_err_errno(err, errno, "read a temporary file");
    if (write_header(s, file, (uint64_t)st.st_size, err) < 0)
        return -1;
    for (uint64_t at = 0, size = (uint64_t)st.st_size; at < size;) {
        size_t n = size - at < PIECE ? (size_t)(size - at) : PIECE;
        if (mf_pread_full(fd, room, n, at, "a temporary file", err) < 0 ||
            mf_bundleout_data(s->x->out, room, n, err) < 0)
            return -1;
        at += n;
    }
    return mf_bundleout_member_end(s->x->out, err);
}

static int large_begin(void *ctx, void *state, struct mf_str name, struct mf_err *err)
{
    struct module *s = state;
    (void)ctx;
    mf_buf_clear(&s->large_name);
    mf_buf_str(&s->large_name, name);
    if (mf_buf_check(&s->large_name, err) < 0)
        return -1;
    return mf_zipspool_open(&s->large, s->x->walk.spools, err);
}

static int large_data(void *ctx, void *state, const void *p, size_t n, struct mf_err *err)
{
    const struct module *s = state;
    (void)ctx;
    return mf_zipspool_add(&s->large, p, n, err);
}

static int large_end(void *ctx, void *state, struct mf_err *err)
{
    struct module *s = state;
    (void)ctx;
    if (turn_to(s->x, s->index, err) < 0 || write_spool(s, s->large.fd, mf_buf_view(&s->large_name), err) < 0)
        return -1;
    mf_zipspool_release(&s->large);
    return 0;
}

static int zip_data(void *ctx, void *state, const void *p, size_t n, struct mf_err *err)
{
    const struct module *s = state;
    (void)ctx;
    return mf_zipspool_add(&s->zip, p, n, err);
}

static int zip_walk(void *ctx, void *state, struct mf_modzip_facts *facts_out, struct mf_err *err)
{
    struct module *s = state;
    (void)ctx;
    if (mf_zipspool_walk(&s->zip, s->x->gate->manifest.modules[s->index].id, NULL, facts_out, err) < 0)
        return -1;
    s->sha256 = facts_out->zip_sha256;
    return 0;
}

static int unzipped_file(void *ctx, struct mf_str name, uint64_t size, struct mf_err *err)
{
    return write_header(ctx, name, size, err);
}

static int unzipped_data(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    const struct module *s = ctx;
    return mf_bundleout_data(s->x->out, p, n, err);
}

static int unzipped_end(void *ctx, const struct mf_digest *sha256, struct mf_err *err)
{
    const struct module *s = ctx;
    (void)sha256;
    return mf_bundleout_member_end(s->x->out, err);
}

static int other_zip(struct mf_err *err)
{
    return mf_err_set(err, MF_E_BASE, "its h1 is right, but the base does not have the zip that was packed");
}

/* Files in another order, or another zip, would be another bundle. What the base says of its zips is looked at first.
 */
static int check_zips(const struct mf_base *b, const struct mf_manifest *m, struct mf_err *err)
{
    for (size_t i = 0; b && i < m->module_count; i++) {
        const struct mf_manifest_module *mod = &m->modules[i];
        struct mf_str has = mod->form == MF_FORM_HELD ? mf_base_zip_sha256(b, mod->id) : (struct mf_str){0};
        if (has.n && !mf_str_eq(has, mod->zip_sha256)) {
            other_zip(err);
            return mf_err_prefix(err, "%.*s@%.*s", MF_FMT(mod->id.path), MF_FMT(mod->id.version));
        }
    }
    return 0;
}

/* Where it did not say so, its zip is read. */
static int check_same(const struct module *s, struct mf_err *err)
{
    const struct mf_manifest_module *m = &s->x->gate->manifest.modules[s->index];
    char hex[MF_HEX_SIZE(sizeof(s->sha256.b))];
    mf_hex(s->sha256.b, sizeof(s->sha256.b), hex);
    if (m->comes == MF_FORM_ZIP ? mf_str_eq(m->zip_sha256, mf_str(hex))
                                : s->x->full->modules[s->index].form == m->comes)
        return 0;
    return other_zip(err);
}

static int write_zip(struct module *s, struct mf_err *err)
{
    const struct mf_modzip_visitor visitor = {s, unzipped_file, unzipped_data, unzipped_end};
    struct mf_modzip_facts facts;
    if (s->x->full->modules[s->index].form == MF_FORM_ZIP)
        return write_spool(s, s->zip.fd, MF_LIT(""), err);
    return mf_zipspool_walk(&s->zip, s->x->gate->manifest.modules[s->index].id, &visitor, &facts, err);
}

static int module_publish(void *ctx, void *state, struct mf_err *err)
{
    struct module *s = state;
    const struct mf_manifest_module *m = &s->x->gate->manifest.modules[s->index];
    (void)ctx;
    if (turn_to(s->x, s->index, err) < 0 || (m->form == MF_FORM_HELD && check_same(s, err) < 0) ||
        (m->comes == MF_FORM_ZIP && write_zip(s, err) < 0))
        return -1;
    struct mf_span *content = &s->x->full->modules[s->index].content;
    content->length = mf_bundleout_offset(s->x->out) - content->offset;
    s->x->next = s->x->next > s->index ? s->x->next : s->index + 1;
    return 0;
}

static void module_drop(void *ctx, void *state)
{
    struct module *s = state;
    (void)ctx;
    mf_zipspool_release(&s->zip);
    mf_zipspool_release(&s->large);
    mf_buf_release(&s->large_name);
    free(s);
}

/* What the full bundle's manifest says of its modules, but for the places of content. */
static int start_manifest(struct expanding *x, struct mf_arena *arena, struct mf_err *err)
{
    const struct mf_manifest *m = &x->gate->manifest;
    *x->full = *m;
    x->full->base = (struct mf_span){0};
    x->full->sumdb.offset = 0;
    x->full->tool = x->options->tool;
    x->full->zstd = mf_str(ZSTD_versionString());
    x->full->modules = mf_arena_array(arena, m->module_count + 1, sizeof(*m->modules), err);
    if (!x->full->modules)
        return -1;
    for (size_t i = 0; i < m->module_count; i++) {
        struct mf_manifest_module *to = &x->full->modules[i];
        *to = m->modules[i];
        to->mod.offset -= m->base.length;
        to->form = to->form == MF_FORM_HELD ? to->full : to->form;
        to->full = MF_FORM_NONE;
    }
    return 0;
}

static int write_all(struct expanding *x, int fd, const char *name, struct mf_arena *arena, struct mf_err *err)
{
    const struct mf_manifest *m = &x->gate->manifest;
    if (start_manifest(x, arena, err) < 0 || copy_part_one(x, fd, name, err) < 0)
        return -1;
    if (lseek(fd, (off_t)x->gate->head.frame_size, SEEK_SET) < 0)
        return mf_err_errno(err, errno, "read %s", name);
    if (mf_extract_run(fd, name, x->gate, NULL, 0, x->sink, &x->walk, x->result, err) < 0 ||
        turn_to(x, m->module_count, err) < 0)
        return -1;
    return mf_bundleout_finish(x->out, x->full, arena, err);
}

int mf_expand(int fd, const char *name, const struct mf_gate *gate, int spool, const struct mf_expand_options *options,
              struct mf_manifest *out, struct mf_unpack_result *result_out, struct mf_arena *arena, struct mf_err *err)
{
    const struct mf_manifest *m = &gate->manifest;
    struct expanding x = {
        .gate = gate, .options = options, .walk = *options->walk, .result = result_out, .full = out, .current = -1};
    const struct mf_sink sink = {.ctx = &x,
                                 .begin = module_begin,
                                 .file = module_file,
                                 .large_begin = large_begin,
                                 .large_data = large_data,
                                 .large_end = large_end,
                                 .zip_data = zip_data,
                                 .zip_walk = zip_walk,
                                 .publish = module_publish,
                                 .drop = module_drop};
    *result_out = (struct mf_unpack_result){.modules = m->module_count};
    if (!mf_manifest_is_difference(m))
        return mf_err_set(err, MF_E_USAGE, "%s is no difference: it is complete as it is", name);
    if (mf_bundlein_whole(fd, name, &gate->head, m, err) < 0 ||
        mf_base_fit(options->walk->base, m, NULL, NULL, err) < 0 || check_zips(options->walk->base, m, err) < 0)
        return -1;
    x.sink = &sink;
    x.walk.threads = 1;
    x.wanted = calloc(m->module_count + 1, sizeof(*x.wanted));
    int rc =
        x.wanted ? mf_bundleout_new(&x.out, spool, options->level, options->walk->threads, err) : mf_err_nomem(err);
    if (rc == 0)
        rc = write_all(&x, fd, name, arena, err);
    mf_bundleout_free(&x.out);
    free(x.wanted);
    return rc;
}

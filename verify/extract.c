#include "verify/extract.h"

#include <stdlib.h>

#include "formats/base/encode.h"
#include "formats/bundlein.h"
#include "formats/membername.h"
#include "verify/carriedproof.h"
#include "verify/modstream.h"
#include "verify/prefixlists.h"

/* A stretch of payload: the .mod or the content of one module. */
struct step {
    struct mf_span span;
    size_t module;
    bool content;
};

enum member { MEMBER_SKIPPED, MEMBER_LIST, MEMBER_SUMDB, MEMBER_MOD, MEMBER_CONTENT, MEMBER_ATTACHMENT };

struct walk {
    const struct mf_manifest *m;
    const struct mf_unpack_options *options;
    const struct mf_sink *sink;
    const bool *skip;
    const struct mf_extract_parts *parts; /* NULL: the whole payload */
    struct mf_modstream *stream;
    struct mf_unpack_result *result;
    uint64_t complete;
    uint64_t total;     /* bytes of all frames */
    struct step *steps; /* by offset */
    size_t count, at;   /* at: the current step, or the next where !inside */
    bool inside;        /* between first and last member of steps[at] */
    size_t attachment;  /* the next one */
    uint64_t follows;   /* where the next member must begin; 0 = anywhere */
    enum member member;
    struct mf_buf prefix; /* what names of the current step must begin with, or be */
    struct mf_buf mod;    /* text of the current .mod */
    struct mf_sha256 sum; /* of the current attachment */
    const struct mf_gate *gate;
    struct mf_carriedproof *proof; /* NULL where none is carried */
    bool proved;                   /* its members are over, and it holds */
    struct mf_prefixlists *lists;  /* NULL where no frame that is read has a prefix */
};

static int by_offset(const void *a, const void *b)
{
    const struct step *x = a, *y = b;
    if (x->span.offset != y->span.offset)
        return x->span.offset < y->span.offset ? -1 : 1;
    return x->span.length == y->span.length ? 0 : x->span.length < y->span.length ? -1 : 1;
}

static int make_plan(struct walk *w, struct mf_err *err)
{
    w->steps = calloc(2 * w->m->module_count + 1, sizeof(*w->steps));
    if (!w->steps)
        return mf_err_nomem(err);
    for (size_t i = 0; i < w->m->module_count; i++) {
        const struct mf_manifest_module *m = &w->m->modules[i];
        if (!w->parts || (w->parts->mods && w->parts->mods[i]))
            w->steps[w->count++] = (struct step){m->mod, i, false};
        if (m->form == MF_FORM_NONE || m->form == MF_FORM_HELD)
            continue;
        if (m->content.offset < m->mod.offset)
            return mf_err_set(err, MF_E_DAMAGED, "the content of %.*s@%.*s comes before its .mod", MF_FMT(m->id.path),
                              MF_FMT(m->id.version));
        if (!w->parts || (w->parts->contents && w->parts->contents[i]))
            w->steps[w->count++] = (struct step){m->content, i, true};
    }
    qsort(w->steps, w->count, sizeof(*w->steps), by_offset);
    return 0;
}

static int set_prefix(struct walk *w, const struct step *s, struct mf_err *err)
{
    const struct mf_manifest_module *m = &w->m->modules[s->module];
    mf_buf_clear(&w->prefix);
    mf_membername_add(m->id, s->content ? m->form : MF_FORM_NONE, &w->prefix);
    return mf_buf_check(&w->prefix, err);
}

static bool skipped(const struct walk *w, const struct step *s)
{
    return w->skip && w->skip[s->module];
}

static void leave_step(struct walk *w)
{
    const struct step *s = &w->steps[w->at];
    w->inside = false;
    w->follows = w->parts ? 0 : s->span.offset + s->span.length;
    w->at++;
}

static int enter_step(struct walk *w, struct mf_err *err)
{
    const struct step *s = &w->steps[w->at];
    w->inside = true;
    if (skipped(w, s)) {
        if (s->span.length == 0)
            leave_step(w);
        return 0;
    }
    if (set_prefix(w, s, err) < 0)
        return -1;
    if (!s->content)
        return 0;
    if (mf_modstream_begin(w->stream, s->module, err) < 0)
        return -1;
    if (!mf_modstream_complete(w->stream))
        return 0;
    leave_step(w); /* a module without files */
    return mf_modstream_end(w->stream, err);
}

static int misplaced(struct mf_str name, uint64_t offset, struct mf_err *err)
{
    return mf_err_set(err, MF_E_DAMAGED, "member \"%.*s\" at byte %llu of the payload is not where the manifest has it",
                      MF_FMT(name), (unsigned long long)offset);
}

static int begin_mod(struct walk *w, struct mf_str name, uint64_t size, uint64_t offset, struct mf_err *err)
{
    if (!mf_str_eq(name, mf_buf_view(&w->prefix)))
        return misplaced(name, offset, err);
    if (size > MF_MODZIP_GOMOD_MAX)
        return mf_err_set(err, MF_E_LIMIT, "%.*s has %llu bytes, above the limit", MF_FMT(name),
                          (unsigned long long)size);
    mf_buf_clear(&w->mod);
    w->member = MEMBER_MOD;
    return 0;
}

static int begin_content(struct walk *w, const struct step *s, struct mf_str name, uint64_t size, uint64_t offset,
                         struct mf_err *err)
{
    const struct mf_manifest_module *m = &w->m->modules[s->module];
    struct mf_str prefix = mf_buf_view(&w->prefix), file = {0};
    w->member = MEMBER_CONTENT;
    if (m->form == MF_FORM_ZIP) {
        if (!mf_str_eq(name, prefix))
            return misplaced(name, offset, err);
    } else {
        if (!mf_str_starts(name, prefix))
            return misplaced(name, offset, err);
        file = mf_str_from(name, prefix.n);
    }
    if (mf_modstream_file(w->stream, file, size, err) < 0)
        return mf_err_prefix(err, "module %.*s@%.*s", MF_FMT(m->id.path), MF_FMT(m->id.version));
    return 0;
}

static int begin_attachment(struct walk *w, struct mf_str name, uint64_t size, uint64_t offset, struct mf_err *err)
{
    if (w->attachment == w->m->attachment_count)
        return misplaced(name, offset, err);
    const struct mf_manifest_attachment *a = &w->m->attachments[w->attachment];
    if (!mf_str_starts(name, MF_LIT("attachments/")) || !mf_str_eq(mf_str_from(name, 12), a->name) || size != a->size)
        return misplaced(name, offset, err);
    mf_sha256_init(&w->sum);
    w->member = MEMBER_ATTACHMENT;
    return 0;
}

/* True where the next step begins with the member at `offset`; in a part of the
 * payload, modules without files may have been passed over. */
static bool is_due(const struct walk *w, uint64_t offset)
{
    if (w->at == w->count)
        return false;
    const struct mf_span *span = &w->steps[w->at].span;
    return span->offset == offset || (w->parts && span->length == 0 && span->offset < offset);
}

/* The proofs of the checksum database are there, and are to be read. */
static bool reads_proofs(const struct walk *w)
{
    return w->m->sumdb_name.n && (!w->parts || w->parts->sumdb);
}

/* The members of the checksum database are over: nothing after them is looked at
 * before they hold. */
static int prove(struct walk *w, struct mf_err *err)
{
    if (!w->proof || w->proved)
        return 0;
    if (mf_carriedproof_finish(w->proof, err) < 0)
        return -1;
    w->proved = true;
    w->result->proved = mf_carriedproof_count(w->proof);
    if (w->sink->proofs && w->result->proved)
        return w->sink->proofs(w->sink->ctx, w->proof, err);
    return 0;
}

static int on_member(void *ctx, struct mf_str name, uint64_t size, uint64_t offset, struct mf_err *err)
{
    struct walk *w = ctx;
    if (mf_err_stopped(w->options->stop, err) < 0)
        return -1;
    if (offset < w->m->base.length) {
        w->member = w->lists ? MEMBER_LIST : MEMBER_SKIPPED;
        return w->lists ? mf_prefixlists_member(w->lists, name, size, err) : 0;
    }
    if (reads_proofs(w) && offset < w->m->base.length + w->m->sumdb.length) {
        w->member = MEMBER_SUMDB;
        return mf_carriedproof_member(w->proof, name, size, err);
    }
    if (prove(w, err) < 0)
        return -1;
    const struct step *s = &w->steps[w->at];
    if (w->inside && offset >= s->span.offset + s->span.length) {
        if (!skipped(w, s))
            return misplaced(name, offset, err);
        leave_step(w);
    }
    if (!w->inside && w->follows && w->follows != offset)
        return misplaced(name, offset, err);
    while (!w->inside && is_due(w, offset))
        if (enter_step(w, err) < 0)
            return -1;
    w->follows = 0;
    if (!w->inside && w->parts)
        return misplaced(name, offset, err);
    if (!w->inside)
        return begin_attachment(w, name, size, offset, err);
    s = &w->steps[w->at];
    if (skipped(w, s)) {
        w->member = MEMBER_SKIPPED;
        return 0;
    }
    return s->content ? begin_content(w, s, name, size, offset, err) : begin_mod(w, name, size, offset, err);
}

static int on_data(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    struct walk *w = ctx;
    switch (w->member) {
    case MEMBER_SKIPPED:
        return 0;
    case MEMBER_LIST:
        return mf_prefixlists_data(w->lists, p, n, err);
    case MEMBER_SUMDB:
        return mf_carriedproof_data(w->proof, p, n, err);
    case MEMBER_MOD:
        mf_buf_add(&w->mod, p, n);
        return mf_buf_check(&w->mod, err);
    case MEMBER_ATTACHMENT:
        mf_sha256_add(&w->sum, p, n);
        return 0;
    case MEMBER_CONTENT:
        break;
    }
    if (mf_err_stopped(w->options->stop, err) < 0)
        return -1;
    return mf_modstream_data(w->stream, p, n, err);
}

static int end_mod(struct walk *w, struct mf_err *err)
{
    const struct step *s = &w->steps[w->at];
    const struct mf_manifest_module *m = &w->m->modules[s->module];
    char h1[MF_H1_SIZE];
    mf_dirhash_gomod(mf_buf_view(&w->mod), h1);
    if (!mf_str_eq(mf_str(h1), m->mod_h1))
        return mf_err_set(err, MF_E_HASH, "the .mod of %.*s@%.*s has %s, the manifest promises %.*s",
                          MF_FMT(m->id.path), MF_FMT(m->id.version), h1, MF_FMT(m->mod_h1));
    leave_step(w);
    w->result->bytes += w->mod.n;
    if (w->sink->mod && w->sink->mod(w->sink->ctx, s->module, mf_buf_view(&w->mod), err) < 0)
        return mf_err_prefix(err, "module %.*s@%.*s", MF_FMT(m->id.path), MF_FMT(m->id.version));
    if (m->form == MF_FORM_NONE)
        w->complete++;
    return 0;
}

static int end_attachment(struct walk *w, struct mf_err *err)
{
    const struct mf_manifest_attachment *a = &w->m->attachments[w->attachment++];
    struct mf_digest found;
    char hex[MF_HEX_SIZE(sizeof(found.b))];
    mf_sha256_done(&w->sum, &found);
    mf_hex(found.b, sizeof(found.b), hex);
    w->result->bytes += a->size;
    if (mf_str_eq(mf_str(hex), a->sha256))
        return 0;
    return mf_err_set(err, MF_E_HASH, "attachment %.*s has SHA-256 %s, the manifest promises %.*s", MF_FMT(a->name),
                      hex, MF_FMT(a->sha256));
}

static int on_member_end(void *ctx, struct mf_err *err)
{
    struct walk *w = ctx;
    switch (w->member) {
    case MEMBER_SKIPPED:
        return 0;
    case MEMBER_LIST:
        return mf_prefixlists_member_end(w->lists, err);
    case MEMBER_SUMDB:
        return mf_carriedproof_member_end(w->proof, err);
    case MEMBER_MOD:
        return end_mod(w, err);
    case MEMBER_ATTACHMENT:
        return end_attachment(w, err);
    case MEMBER_CONTENT:
        break;
    }
    if (mf_modstream_file_end(w->stream, err) < 0)
        return -1;
    if (!mf_modstream_complete(w->stream))
        return 0;
    leave_step(w);
    return mf_modstream_end(w->stream, err);
}

static void on_progress(void *ctx, uint64_t bytes)
{
    struct walk *w = ctx;
    if (!w->options->progress)
        return;
    struct mf_unpack_progress p = {.bytes = w->gate->head.frame_size + bytes,
                                   .bytes_total = w->gate->head.frame_size + w->total,
                                   .modules = w->complete,
                                   .modules_total = w->m->module_count};
    w->options->progress(w->options->progress_ctx, &p);
}

/* The payload is over: everything that was promised must have come. */
static int finish(struct walk *w, struct mf_err *err)
{
    if (prove(w, err) < 0)
        return -1;
    if (w->inside && skipped(w, &w->steps[w->at]))
        leave_step(w);
    while (!w->inside && w->at < w->count && w->steps[w->at].span.length == 0)
        if (enter_step(w, err) < 0)
            return -1;
    if (w->inside || w->at < w->count) {
        struct mf_module id = w->m->modules[w->steps[w->at].module].id;
        return mf_err_set(err, MF_E_DAMAGED, "the payload lacks files of %.*s@%.*s", MF_FMT(id.path),
                          MF_FMT(id.version));
    }
    if (!w->parts && w->attachment < w->m->attachment_count)
        return mf_err_set(err, MF_E_DAMAGED, "the payload lacks attachment %.*s",
                          MF_FMT(w->m->attachments[w->attachment].name));
    return 0;
}

/* The payload, or those spans of it that the steps name. */
static int read_payload(struct walk *w, int fd, const char *name, struct mf_err *err)
{
    const struct mf_tar_visitor visitor = {w, on_member, on_data, on_member_end};
    const struct mf_bundlein_options options = {.threads = w->options->threads,
                                                .progress = w->parts ? NULL : on_progress,
                                                .progress_ctx = w,
                                                .prefix = w->lists ? mf_prefixlists_load : NULL,
                                                .prefix_ctx = w->lists};
    size_t n = 0;
    if (!w->parts)
        return mf_bundlein_run(fd, name, &w->gate->head, w->m, &visitor, &options, err);
    struct mf_span *spans = calloc(w->count + 3, sizeof(*spans));
    if (!spans)
        return mf_err_nomem(err);
    if (w->lists)
        spans[n++] = w->m->base;
    if (reads_proofs(w) && w->m->sumdb.length)
        spans[n++] = w->m->sumdb;
    for (size_t i = 0; i < w->count; i++)
        if (w->steps[i].span.length)
            spans[n++] = w->steps[i].span;
    int rc = mf_bundlein_spans(fd, name, &w->gate->head, w->m, spans, n, &visitor, &options, err);
    free(spans);
    return rc;
}

bool mf_extract_reads(const struct mf_manifest *m, const struct mf_frame *f, const struct mf_extract_parts *parts)
{
    if (!parts || (parts->sumdb && mf_frame_meets(f, &m->sumdb)))
        return true;
    for (size_t i = 0; i < m->module_count; i++)
        if ((parts->mods && parts->mods[i] && mf_frame_meets(f, &m->modules[i].mod)) ||
            (parts->contents && parts->contents[i] && mf_frame_meets(f, &m->modules[i].content)))
            return true;
    return false;
}

/* Some frame that will be read has a prefix. */
static bool needs_lists(const struct walk *w)
{
    for (size_t i = 0; i < w->m->frame_count; i++)
        if (w->m->frames[i].base.prefix_size && mf_extract_reads(w->m, &w->m->frames[i], w->parts))
            return true;
    return false;
}

static int run(struct walk *w, int fd, const char *name, struct mf_err *err)
{
    if (make_plan(w, err) < 0 || (needs_lists(w) && mf_prefixlists_new(&w->lists, w->m, w->options->base, err) < 0) ||
        (reads_proofs(w) && mf_carriedproof_new(&w->proof, w->m, w->options->gosumdb, err) < 0) ||
        mf_modstream_new(&w->stream, w->m, w->sink, w->options->threads, w->result, &w->complete, err) < 0)
        return -1;
    int rc = read_payload(w, fd, name, err);
    if (rc == 0)
        rc = finish(w, err);
    /* What was whole before the file ended, or went wrong, is published. */
    struct mf_err late = {0};
    if (mf_modstream_drain(w->stream, &late) < 0) {
        *err = late;
        rc = -1;
    }
    if (rc == 0 && !w->parts)
        on_progress(w, w->total);
    return rc;
}

/* With what the caller has set in w. */
static int extract(struct walk *w, int fd, const char *name, struct mf_err *err)
{
    w->m = &w->gate->manifest;
    w->prefix = MF_BUF_INIT(2 * MF_MEMBER_PATH_MAX);
    w->mod = MF_BUF_INIT(MF_MODZIP_GOMOD_MAX);
    for (size_t i = 0; i < w->m->frame_count; i++)
        w->total += w->m->frames[i].size;
    int rc = run(w, fd, name, err);
    mf_modstream_free(&w->stream);
    mf_carriedproof_free(&w->proof);
    mf_prefixlists_free(&w->lists);
    mf_buf_release(&w->prefix);
    mf_buf_release(&w->mod);
    free(w->steps);
    return rc;
}

int mf_extract_run(int fd, const char *name, const struct mf_gate *gate, const bool *skip, uint64_t complete,
                   const struct mf_sink *sink, const struct mf_unpack_options *options, struct mf_unpack_result *result,
                   struct mf_err *err)
{
    struct walk w = {
        .gate = gate, .options = options, .sink = sink, .skip = skip, .complete = complete, .result = result};
    return extract(&w, fd, name, err);
}

int mf_extract_part(int fd, const char *name, const struct mf_gate *gate, const struct mf_extract_parts *parts,
                    const struct mf_sink *sink, const struct mf_unpack_options *options,
                    struct mf_unpack_result *result, struct mf_err *err)
{
    struct walk w = {.gate = gate, .options = options, .sink = sink, .parts = parts, .result = result};
    return extract(&w, fd, name, err);
}

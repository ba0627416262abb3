/* A base that is a bundle. Modules come as they are in it. Files that frames were
 * compressed after are copied into a spool, and found there by the names that
 * they have as members: first the .mod files and tiles, once one of them is asked
 * for, then all files of the modules that the difference names. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "formats/bundlein.h"
#include "formats/membername.h"
#include "verify/basekind.h"
#include "verify/extract.h"
#include "verify/zipspool.h"

#define NAMES_MAX (256 * MF_MIB)
enum { KEPT_MAX = 1 << 24 };

/* A file in the spool. */
struct kept {
    struct mf_str name;
    uint64_t offset, size;
};

struct bundle_base {
    struct mf_base base;
    int fd, spool;
    const struct mf_gate *gate;
    const struct mf_unpack_options *options;
    pthread_mutex_t lock; /* over what follows: zips are walked by several threads */
    struct kept *kept;
    size_t count, cap;
    uint64_t end; /* of the spool */
    struct mf_arena names;
    size_t small; /* kept[] of the .mod files and tiles; those of modules follow */
    bool has_small, has_modules;
};

/* A module on its way into the spool. */
struct copying {
    struct bundle_base *b;
    const struct mf_manifest_module *m;
    struct mf_zipspool zip; /* form zip */
    struct mf_buf name;     /* "src/path@version/", and a file's name */
    size_t prefix;
    uint64_t at; /* where bytes of the current file go */
    size_t file; /* its place in kept[] */
};

static void bundle_free(struct mf_base *base)
{
    struct bundle_base *b = (struct bundle_base *)base;
    pthread_mutex_destroy(&b->lock);
    mf_arena_release(&b->names);
    free(b->kept);
    free(b);
}

static enum mf_form bundle_form(const struct mf_base *base, struct mf_module id)
{
    const struct mf_manifest *m = &((const struct bundle_base *)base)->gate->manifest;
    long at = mf_manifest_find(m, id);
    return at < 0 ? MF_FORM_NONE : m->modules[at].form;
}

static int bundle_h1(const struct mf_base *base, struct mf_module id, char h1[MF_H1_SIZE], struct mf_err *err)
{
    const struct mf_manifest *m = &((const struct bundle_base *)base)->gate->manifest;
    long at = mf_manifest_find(m, id);
    (void)err;
    if (at < 0 || m->modules[at].only_mod)
        return 0;
    /* the manifest has been checked: it is an h1 */
    memcpy(h1, m->modules[at].h1.p, m->modules[at].h1.n);
    h1[m->modules[at].h1.n] = '\0';
    return 1;
}

static struct mf_str bundle_zip_sha256(const struct mf_base *base, struct mf_module id)
{
    const struct mf_manifest *m = &((const struct bundle_base *)base)->gate->manifest;
    long at = mf_manifest_find(m, id);
    return at < 0 ? (struct mf_str){0} : m->modules[at].zip_sha256;
}

/* Makes room in the spool for a file of at most `size` bytes. */
static int reserve(struct bundle_base *b, struct mf_str name, uint64_t size, uint64_t *offset_out, size_t *file_out,
                   struct mf_err *err)
{
    pthread_mutex_lock(&b->lock);
    struct kept file = {.offset = b->end};
    int rc = mf_grow(&b->kept, &b->cap, b->count + 1, sizeof(*b->kept), KEPT_MAX, err);
    if (rc == 0)
        rc = mf_arena_dup(&b->names, name, &file.name, err);
    if (rc == 0) {
        *offset_out = b->end;
        *file_out = b->count;
        b->kept[b->count++] = file;
        b->end += size;
    }
    pthread_mutex_unlock(&b->lock);
    return rc;
}

static int add_bytes(struct bundle_base *b, uint64_t *at, size_t file, const void *p, size_t n, struct mf_err *err)
{
    for (size_t done = 0; done < n;) {
        ssize_t wrote = pwrite(b->spool, (const char *)p + done, n - done, (off_t)(*at + done));
        if (wrote < 0 && errno != EINTR)
            return mf_err_errno(err, errno, "write a temporary file");
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    *at += n;
    pthread_mutex_lock(&b->lock);
    b->kept[file].size += n;
    pthread_mutex_unlock(&b->lock);
    return 0;
}

static int copy_begin(void *ctx, size_t module, void **state_out, struct mf_err *err)
{
    struct bundle_base *b = ctx;
    struct copying *c = calloc(1, sizeof(*c));
    if (!c)
        return mf_err_nomem(err);
    *c = (struct copying){.b = b,
                          .m = &b->gate->manifest.modules[module],
                          .zip = MF_ZIPSPOOL_NONE,
                          .name = MF_BUF_INIT(4 * MF_MEMBER_PATH_MAX)};
    *state_out = c;
    mf_membername_add(c->m->id, MF_FORM_FILES, &c->name);
    c->prefix = c->name.n;
    return c->m->form == MF_FORM_ZIP ? mf_zipspool_open(&c->zip, b->options->spools, err) : 0;
}

static int file_begins(void *ctx, struct mf_str name, uint64_t size, struct mf_err *err)
{
    struct copying *c = ctx;
    mf_buf_truncate(&c->name, c->prefix);
    mf_buf_str(&c->name, name);
    if (mf_buf_check(&c->name, err) < 0)
        return -1;
    return reserve(c->b, mf_buf_view(&c->name), size, &c->at, &c->file, err);
}

static int file_data(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    struct copying *c = ctx;
    return add_bytes(c->b, &c->at, c->file, p, n, err);
}

static int copy_file(void *ctx, void *state, const struct mf_sink_file *f, const struct mf_sink_scratch *scratch,
                     struct mf_err *err)
{
    (void)ctx;
    (void)scratch;
    return file_begins(state, f->name, f->content.n, err) < 0 ? -1 : file_data(state, f->content.p, f->content.n, err);
}

/* Its size is not said; no file is larger than its module. */
static int copy_large_begin(void *ctx, void *state, struct mf_str name, struct mf_err *err)
{
    const struct copying *c = state;
    (void)ctx;
    return file_begins(state, name, c->m->size, err);
}

static int copy_large_data(void *ctx, void *state, const void *p, size_t n, struct mf_err *err)
{
    (void)ctx;
    return file_data(state, p, n, err);
}

static int copy_zip_data(void *ctx, void *state, const void *p, size_t n, struct mf_err *err)
{
    const struct copying *c = state;
    (void)ctx;
    return mf_zipspool_add(&c->zip, p, n, err);
}

static int copy_zip_walk(void *ctx, void *state, struct mf_modzip_facts *facts_out, struct mf_err *err)
{
    struct copying *c = state;
    const struct mf_modzip_visitor visitor = {.ctx = c, .file = file_begins, .data = file_data};
    (void)ctx;
    return mf_zipspool_walk(&c->zip, c->m->id, &visitor, facts_out, err);
}

static void copy_drop(void *ctx, void *state)
{
    struct copying *c = state;
    (void)ctx;
    mf_zipspool_release(&c->zip);
    mf_buf_release(&c->name);
    free(c);
}

static int by_name(const void *a, const void *b)
{
    return mf_str_cmp(((const struct kept *)a)->name, ((const struct kept *)b)->name);
}

/* Marks the modules of the base that frames of the difference name. */
static void mark_modules(const struct bundle_base *b, bool *wanted)
{
    const struct mf_manifest *m = b->base.m;
    for (size_t i = 0; i < m->frame_count; i++)
        for (size_t k = 0; k < m->frames[i].base.module_count; k++) {
            long at = mf_manifest_find(&b->gate->manifest, m->frames[i].base.modules[k].id);
            if (at >= 0)
                wanted[at] = true;
        }
}

static int copy_modules(struct bundle_base *b, struct mf_err *err)
{
    const struct mf_sink sink = {.ctx = b,
                                 .begin = copy_begin,
                                 .file = copy_file,
                                 .large_begin = copy_large_begin,
                                 .large_data = copy_large_data,
                                 .zip_data = copy_zip_data,
                                 .zip_walk = copy_zip_walk,
                                 .drop = copy_drop};
    struct mf_unpack_result ignored = {0};
    bool *wanted = calloc(b->gate->manifest.module_count + 1, sizeof(*wanted));
    if (!wanted)
        return mf_err_nomem(err);
    mark_modules(b, wanted);
    const struct mf_extract_parts parts = {.contents = wanted};
    int rc = mf_extract_part(b->fd, b->base.name, b->gate, &parts, &sink, b->options, &ignored, err);
    free(wanted);
    if (rc == 0 && b->count > b->small)
        qsort(b->kept + b->small, b->count - b->small, sizeof(*b->kept), by_name);
    b->has_modules = true;
    return rc;
}

/* A member of part one: what is there is taken as it is, the prefix has a hash. */
struct small_copy {
    struct bundle_base *b;
    bool keeping;
    uint64_t at;
    size_t file;
};

static int small_member(void *ctx, struct mf_str name, uint64_t size, uint64_t offset, struct mf_err *err)
{
    struct small_copy *c = ctx;
    (void)offset;
    c->keeping = mf_str_starts(name, MF_LIT("meta/")) || mf_str_starts(name, MF_LIT("sumdb/"));
    return c->keeping ? reserve(c->b, name, size, &c->at, &c->file, err) : 0;
}

static int small_data(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    struct small_copy *c = ctx;
    return c->keeping ? add_bytes(c->b, &c->at, c->file, p, n, err) : 0;
}

static int small_end(void *ctx, struct mf_err *err)
{
    (void)ctx;
    (void)err;
    return 0;
}

static int copy_small(struct bundle_base *b, struct mf_err *err)
{
    const struct mf_manifest *m = &b->gate->manifest;
    struct small_copy copy = {.b = b};
    const struct mf_tar_visitor visitor = {&copy, small_member, small_data, small_end};
    const struct mf_bundlein_options options = {.threads = b->options->threads};
    struct mf_span span = m->sumdb;
    for (size_t i = 0; i < m->module_count; i++)
        span.length += m->modules[i].mod.length;
    b->has_small = true;
    if (span.length && mf_bundlein_spans(b->fd, b->base.name, &b->gate->head, m, &span, 1, &visitor, &options, err) < 0)
        return -1;
    if (b->count)
        qsort(b->kept, b->count, sizeof(*b->kept), by_name);
    b->small = b->count;
    return 0;
}

static int read_kept(const struct bundle_base *b, const struct kept *k, struct mf_buf *out, struct mf_err *err)
{
    if (k->size > out->max - out->n)
        return mf_err_set(err, MF_E_LIMIT, "it has %llu bytes, more than are asked for", (unsigned long long)k->size);
    char *to = k->size ? mf_buf_room(out, (size_t)k->size) : NULL;
    if (!to)
        return mf_buf_check(out, err);
    if (mf_pread_full(b->spool, to, (size_t)k->size, k->offset, "a temporary file", err) < 0)
        return -1;
    mf_buf_grew(out, (size_t)k->size);
    return 0;
}

static int bundle_file(struct mf_base *base, const struct mf_baselist_line *line, struct mf_buf *out, bool *missing,
                       struct mf_err *err)
{
    struct bundle_base *b = (struct bundle_base *)base;
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_BUF_INIT(4 * MF_MEMBER_PATH_MAX);
    bool of_module = line->kind == MF_BASELIST_FILE;
    if ((!b->has_small && copy_small(b, err) < 0) || (of_module && !b->has_modules && copy_modules(b, err) < 0))
        return -1;
    mf_baselist_member(line, &name);
    if (mf_buf_check(&name, err) < 0)
        return -1;
    const struct kept key = {.name = mf_buf_view(&name)};
    const struct kept *from = of_module ? b->kept + b->small : b->kept;
    size_t count = of_module ? b->count - b->small : b->small;
    const struct kept *k = count ? bsearch(&key, from, count, sizeof(*from), by_name) : NULL;
    *missing = !k;
    return k ? read_kept(b, k, out, err) : mf_err_set(err, MF_E_BASE, "no such file");
}

/* The base's bundle with the list of modules of the difference: their numbers are
 * those that the sink knows, their places those of the base. */
static int bundle_content(struct mf_base *base, const struct mf_gate *gate, const bool *wanted,
                          const struct mf_sink *sink, const struct mf_unpack_options *options,
                          struct mf_unpack_result *result, struct mf_err *err)
{
    const struct bundle_base *b = (const struct bundle_base *)base;
    const struct mf_manifest *held = &b->gate->manifest, *m = &gate->manifest;
    struct mf_gate view = *b->gate;
    struct mf_manifest_module *modules = calloc(m->module_count + 1, sizeof(*modules));
    bool *contents = calloc(m->module_count + 1, sizeof(*contents));
    int rc = modules && contents ? 0 : mf_err_nomem(err);
    for (size_t i = 0; rc == 0 && i < m->module_count; i++) {
        bool taken = m->modules[i].form == MF_FORM_HELD && (!wanted || wanted[i]);
        long at = taken ? mf_manifest_find(held, m->modules[i].id) : -1;
        modules[i] = m->modules[i];
        modules[i].form = MF_FORM_NONE;
        contents[i] = at >= 0;
        if (at < 0)
            continue;
        modules[i].form = modules[i].comes = held->modules[at].form;
        modules[i].zip_sha256 = held->modules[at].zip_sha256;
        modules[i].mod = held->modules[at].mod;
        modules[i].content = held->modules[at].content;
    }
    view.manifest.modules = modules;
    view.manifest.module_count = m->module_count;
    struct mf_unpack_options quiet = *options;
    quiet.progress = NULL;
    const struct mf_extract_parts parts = {.contents = contents};
    if (rc == 0)
        rc = mf_extract_part(b->fd, base->name, &view, &parts, sink, &quiet, result, err);
    free(modules);
    free(contents);
    return rc;
}

int mf_base_of_bundle(struct mf_base **out, int fd, const char *name, const struct mf_gate *gate, int spool,
                      const struct mf_unpack_options *options, struct mf_err *err)
{
    if (mf_manifest_is_difference(&gate->manifest)) {
        mf_err_set(err, MF_E_BASE, "%s is a difference itself", name);
        return mf_err_next(err, "name the tree that it was unpacked into, or expand it first with `modferry expand`");
    }
    if (mf_bundlein_whole(fd, name, &gate->head, &gate->manifest, err) < 0)
        return -1;
    struct bundle_base *b = calloc(1, sizeof(*b));
    if (!b)
        return mf_err_nomem(err);
    *b = (struct bundle_base){.base = {.name = name,
                                       .threads = 1, /* its h1 is looked up, not made */
                                       .stop = options->stop,
                                       .free = bundle_free,
                                       .form = bundle_form,
                                       .h1 = bundle_h1,
                                       .zip_sha256 = bundle_zip_sha256,
                                       .file = bundle_file,
                                       .content = bundle_content},
                              .fd = fd,
                              .spool = spool,
                              .gate = gate,
                              .options = options,
                              .names = MF_ARENA_INIT(NAMES_MAX)};
    pthread_mutex_init(&b->lock, NULL);
    *out = &b->base;
    return 0;
}

#include "verify/modulefiles.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "formats/bundlein.h"
#include "verify/base.h"
#include "verify/extract.h"
#include "verify/zipspool.h"

/* Name and size of one file; the name follows in `names`. */
struct entry {
    size_t at, n;
    uint64_t size;
};

#define NAMES_MAX (128 * MF_MIB) /* of all files: Go's limit (modzip.h) */

/* Both the sink's context and the state of the one module. */
struct reading {
    const struct mf_manifest_module *m;
    size_t module;
    const struct mf_str *wanted; /* keep this file's content; NULL: keep the list of files */
    struct mf_zipspools *spools; /* for the two below, or NULL */
    struct mf_zipspool zip;      /* a module in form zip */
    struct mf_zipspool content;  /* of the wanted file */
    bool keeping, found;         /* the current file is the wanted one; it was met */
    struct mf_buf names;
    struct entry *entries; /* malloc */
    size_t count, cap;
};

static int add_entry(struct reading *r, struct mf_str name, struct mf_err *err)
{
    if (mf_grow(&r->entries, &r->cap, r->count + 1, sizeof(*r->entries), SIZE_MAX / sizeof(*r->entries), err) < 0)
        return -1;
    r->entries[r->count++] = (struct entry){r->names.n, name.n, 0};
    mf_buf_str(&r->names, name);
    return mf_buf_check(&r->names, err);
}

static int file_begins(struct reading *r, struct mf_str name, struct mf_err *err)
{
    if (!r->wanted)
        return add_entry(r, name, err);
    r->keeping = mf_str_eq(name, *r->wanted);
    r->found |= r->keeping;
    return 0;
}

static int file_data(struct reading *r, const void *p, size_t n, struct mf_err *err)
{
    if (!r->wanted)
        r->entries[r->count - 1].size += n;
    return r->keeping ? mf_zipspool_add(&r->content, p, n, err) : 0;
}

static int begin(void *ctx, size_t module, void **state_out, struct mf_err *err)
{
    struct reading *r = ctx;
    (void)module;
    *state_out = r;
    return r->m->comes == MF_FORM_ZIP ? mf_zipspool_open(&r->zip, r->spools, err) : 0;
}

static int file(void *ctx, void *state, const struct mf_sink_file *f, const struct mf_sink_scratch *scratch,
                struct mf_err *err)
{
    (void)state;
    (void)scratch;
    return file_begins(ctx, f->name, err) < 0 ? -1 : file_data(ctx, f->content.p, f->content.n, err);
}

static int large_begin(void *ctx, void *state, struct mf_str name, struct mf_err *err)
{
    (void)state;
    return file_begins(ctx, name, err);
}

static int large_data(void *ctx, void *state, const void *p, size_t n, struct mf_err *err)
{
    (void)state;
    return file_data(ctx, p, n, err);
}

static int zip_data(void *ctx, void *state, const void *p, size_t n, struct mf_err *err)
{
    const struct reading *r = ctx;
    (void)state;
    return mf_zipspool_add(&r->zip, p, n, err);
}

static int entry_begins(void *ctx, struct mf_str name, uint64_t size, struct mf_err *err)
{
    (void)size;
    return file_begins(ctx, name, err);
}

static int entry_data(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    return file_data(ctx, p, n, err);
}

/* The one call of this state while it runs, though on a pool thread. */
static int zip_walk(void *ctx, void *state, struct mf_modzip_facts *facts_out, struct mf_err *err)
{
    struct reading *r = ctx;
    const struct mf_modzip_visitor visitor = {.ctx = r, .file = entry_begins, .data = entry_data};
    (void)state;
    return mf_zipspool_walk(&r->zip, r->m->id, &visitor, facts_out, err);
}

/* For a module that has its go.mod alone. */
static int mod(void *ctx, size_t module, struct mf_str text, struct mf_err *err)
{
    struct reading *r = ctx;
    (void)module;
    return file_begins(r, MF_LIT("go.mod"), err) < 0 ? -1 : file_data(r, text.p, text.n, err);
}

static void drop(void *ctx, void *state)
{
    (void)ctx;
    (void)state;
}

static int read_module(struct reading *r, int fd, const char *name, const struct mf_gate *gate,
                       const struct mf_unpack_options *options, struct mf_err *err)
{
    bool only_mod = r->m->form == MF_FORM_NONE;
    const struct mf_sink sink = {.ctx = r,
                                 .mod = mod,
                                 .begin = begin,
                                 .file = file,
                                 .large_begin = large_begin,
                                 .large_data = large_data,
                                 .zip_data = zip_data,
                                 .zip_walk = zip_walk,
                                 .drop = drop};
    struct mf_unpack_result ignored = {0};
    if (mf_bundlein_whole(fd, name, &gate->head, &gate->manifest, err) < 0)
        return -1;
    bool *wanted = calloc(gate->manifest.module_count, sizeof(*wanted));
    if (!wanted)
        return mf_err_nomem(err);
    wanted[r->module] = true;
    const struct mf_extract_parts parts = {.mods = only_mod ? wanted : NULL, .contents = wanted};
    int rc = mf_base_fit(options->base, &gate->manifest, wanted, &parts, err);
    if (rc == 0)
        rc = mf_extract_part(fd, name, gate, &parts, &sink, options, &ignored, err);
    if (rc == 0)
        rc = mf_base_content(options->base, gate, wanted, &sink, options, &ignored, err);
    free(wanted);
    return rc;
}

static struct reading reading_of(const struct mf_gate *gate, size_t module, const struct mf_str *wanted,
                                 const struct mf_unpack_options *options)
{
    return (struct reading){.m = &gate->manifest.modules[module],
                            .module = module,
                            .wanted = wanted,
                            .spools = options->spools,
                            .zip = MF_ZIPSPOOL_NONE,
                            .content = MF_ZIPSPOOL_NONE,
                            .names = MF_BUF_INIT(NAMES_MAX)};
}

static void release(struct reading *r)
{
    mf_zipspool_release(&r->zip);
    mf_zipspool_release(&r->content);
    mf_buf_release(&r->names);
    free(r->entries);
}

int mf_modulefiles_list(int fd, const char *name, const struct mf_gate *gate, size_t module,
                        const struct mf_unpack_options *options, mf_modulefiles_each *each, void *ctx,
                        struct mf_err *err)
{
    MF_CLEANUP(release) struct reading r = reading_of(gate, module, NULL, options);
    if (read_module(&r, fd, name, gate, options, err) < 0)
        return -1;
    for (size_t i = 0; i < r.count; i++) {
        struct mf_str file_name = mf_str_head(mf_str_from(mf_buf_view(&r.names), r.entries[i].at), r.entries[i].n);
        if (each(ctx, file_name, r.entries[i].size, err) < 0)
            return -1;
    }
    return 0;
}

int mf_modulefiles_open(int fd, const char *name, const struct mf_gate *gate, size_t module, struct mf_str file,
                        const struct mf_unpack_options *options, int *fd_out, struct mf_err *err)
{
    MF_CLEANUP(release) struct reading r = reading_of(gate, module, &file, options);
    if (mf_zipspool_open(&r.content, r.spools, err) < 0 || read_module(&r, fd, name, gate, options, err) < 0)
        return -1;
    if (!r.found)
        return mf_err_set(err, MF_E_USAGE, "%.*s@%.*s has no file %.*s%s", MF_FMT(r.m->id.path),
                          MF_FMT(r.m->id.version), MF_FMT(file),
                          r.m->form == MF_FORM_NONE ? ": it carries its go.mod alone" : "");
    if (lseek(r.content.fd, 0, SEEK_SET) < 0)
        return mf_err_errno(err, errno, "read a temporary file");
    *fd_out = r.content.fd;
    r.content.fd = -1;
    return 0;
}

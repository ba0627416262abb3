#include "verify/heldbundle.h"

#include <stdlib.h>

#include "formats/bundlein.h"
#include "verify/extract.h"
#include "verify/indexsink.h"

struct mf_heldbundle {
    int fd;
    const char *name;
    const struct mf_gate *gate;
    struct mf_unpack_options options;
    struct mf_str *mods;   /* of each module of the manifest */
    bool *wanted;          /* likewise: it is to be read */
    struct mf_arena arena; /* of mods */
};

void mf_heldbundle_free(struct mf_heldbundle **slot)
{
    struct mf_heldbundle *b = *slot;
    if (!b)
        return;
    free(b->mods);
    free(b->wanted);
    mf_arena_release(&b->arena);
    free(b);
    *slot = NULL;
}

static int keep_mod(void *ctx, size_t module, struct mf_str text, struct mf_err *err)
{
    struct mf_heldbundle *b = ctx;
    return mf_arena_dup(&b->arena, text, &b->mods[module], err);
}

static int read_mods(struct mf_heldbundle *b, struct mf_err *err)
{
    const struct mf_sink sink = {.ctx = b, .mod = keep_mod};
    struct mf_unpack_result ignored = {0};
    if (mf_bundlein_whole(b->fd, b->name, &b->gate->head, &b->gate->manifest, err) < 0)
        return -1;
    memset(b->wanted, true, b->gate->manifest.module_count * sizeof(*b->wanted));
    const struct mf_extract_parts parts = {.mods = b->wanted};
    return mf_extract_part(b->fd, b->name, b->gate, &parts, &sink, &b->options, &ignored, err);
}

int mf_heldbundle_new(struct mf_heldbundle **out, int fd, const char *name, const struct mf_gate *gate,
                      const struct mf_unpack_options *options, struct mf_err *err)
{
    size_t count = gate->manifest.module_count;
    *out = NULL;
    if (mf_manifest_is_difference(&gate->manifest)) {
        mf_err_set(err, MF_E_BASE, "%s is a difference: it does not hold all that it stands for", name);
        return mf_err_next(
            err, "ask about the tree that it was unpacked into, or about the full bundle that `modferry expand` makes");
    }
    struct mf_heldbundle *b = calloc(1, sizeof(*b));
    if (!b)
        return mf_err_nomem(err);
    *b = (struct mf_heldbundle){.fd = fd,
                                .name = name,
                                .gate = gate,
                                .options = *options,
                                .mods = calloc(count + 1, sizeof(*b->mods)),
                                .wanted = calloc(count + 1, sizeof(*b->wanted)),
                                .arena = MF_ARENA_INIT(MF_HELDBUNDLE_MODS_MAX)};
    int rc = b->mods && b->wanted ? read_mods(b, err) : mf_err_nomem(err);
    if (rc < 0)
        mf_heldbundle_free(&b);
    *out = b;
    return rc;
}

static int look(void *ctx, struct mf_module id, struct mf_held_files *out, struct mf_err *err)
{
    const struct mf_heldbundle *b = ctx;
    long i = mf_manifest_find(&b->gate->manifest, id);
    (void)err;
    *out = (struct mf_held_files){0};
    if (i < 0)
        return 0;
    const struct mf_manifest_module *m = &b->gate->manifest.modules[i];
    *out = (struct mf_held_files){.mod = true, .info = true, .zip = m->form != MF_FORM_NONE, .h1 = m->h1};
    return 0;
}

static int mod(void *ctx, struct mf_module id, struct mf_buf *out, struct mf_err *err)
{
    const struct mf_heldbundle *b = ctx;
    long i = mf_manifest_find(&b->gate->manifest, id);
    if (i < 0)
        return mf_err_set(err, MF_E_NOT_FOUND, "%.*s@%.*s is not in %s", MF_FMT(id.path), MF_FMT(id.version), b->name);
    mf_buf_str(out, b->mods[i]);
    return mf_buf_check(out, err);
}

static int index_packages(void *ctx, const struct mf_module *ids, size_t n, mf_held_indexed *fn, void *fn_ctx,
                          struct mf_err *err)
{
    struct mf_heldbundle *b = ctx;
    const struct mf_manifest *m = &b->gate->manifest;
    struct mf_indexsink to = {.m = m, .fn = fn, .ctx = fn_ctx};
    const struct mf_sink sink = mf_indexsink_make(&to);
    struct mf_unpack_result ignored = {0};
    memset(b->wanted, 0, m->module_count * sizeof(*b->wanted));
    for (size_t i = 0; i < n; i++) {
        long module = mf_manifest_find(m, ids[i]);
        if (module < 0 || m->modules[module].form == MF_FORM_NONE)
            return mf_err_set(err, MF_E_NOT_FOUND, "%.*s@%.*s: its zip is not in %s", MF_FMT(ids[i].path),
                              MF_FMT(ids[i].version), b->name);
        b->wanted[module] = true;
    }
    const struct mf_extract_parts parts = {.contents = b->wanted};
    return mf_extract_part(b->fd, b->name, b->gate, &parts, &sink, &b->options, &ignored, err);
}

struct mf_held mf_heldbundle_view(struct mf_heldbundle *b)
{
    return (struct mf_held){.ctx = b, .look = look, .mod = mod, .index = index_packages};
}

#include "bundle/packdiff.h"

#include <stdlib.h>

#include "bundle/oldfiles.h"
#include "bundle/packlists.h"
#include "formats/membername.h"
#include "formats/sumdbproof.h"
#include "formats/zipfiles.h"

struct mf_packdiff {
    const struct mf_plan *plan;
    const struct mf_heldset *held;
    const struct mf_planproof *proof;
    const volatile int *stop;
    bool *holds; /* of each module of the plan */
    struct mf_oldfiles *old;
    size_t held_count, alone, lacking;
    struct mf_packlists lists;
    struct mf_tile *tiles; /* full tiles that the far side holds, sorted */
    size_t tile_count, tile_cap;
    const struct mf_oldfile *older; /* of the member that is being laid out, or NULL */
};

void mf_packdiff_free(struct mf_packdiff **slot)
{
    struct mf_packdiff *d = *slot;
    if (!d)
        return;
    mf_packlists_release(&d->lists);
    mf_oldfiles_free(&d->old);
    free(d->holds);
    free(d->tiles);
    free(d);
    *slot = NULL;
}

bool mf_packdiff_holds(const struct mf_packdiff *d, size_t i)
{
    return d->holds[i];
}

void mf_packdiff_count(const struct mf_packdiff *d, size_t *held_out, size_t *alone_out, size_t *lacking_out)
{
    *held_out = d->held_count;
    *alone_out = d->alone;
    *lacking_out = d->lacking;
}

static int by_tile(const void *a, const void *b)
{
    return mf_tile_order(a, b);
}

/* The tiles on the way from a record to the root that were full when the far
 * side got them: they are the same for ever. */
static int add_tiles(struct mf_packdiff *d, uint64_t record, struct mf_err *err)
{
    struct mf_tile leaf = mf_tile_of((struct mf_treenode){0, record});
    for (unsigned k = 0;; k++) {
        struct mf_tile t = mf_tile_parent(leaf, k, d->held->tree_size);
        if (t.width != MF_TILE_HASHES)
            return 0;
        if (mf_grow(&d->tiles, &d->tile_cap, d->tile_count + 1, sizeof(*d->tiles), 1 << 24, err) < 0)
            return -1;
        d->tiles[d->tile_count++] = t;
    }
}

static int find_tiles(struct mf_packdiff *d, struct mf_err *err)
{
    if (!d->held->sumdb.n || !mf_str_eq(d->held->sumdb, d->proof->db.key.name))
        return 0;
    for (size_t i = 0; i < d->plan->count; i++) {
        const struct mf_plan_module *m = &d->plan->modules[i];
        const struct mf_heldset_module *h = mf_heldset_find(d->held, m->id);
        if (m->record && h && h->proved && m->record->lookup.id < d->held->tree_size &&
            add_tiles(d, m->record->lookup.id, err) < 0)
            return -1;
    }
    if (d->tile_count)
        qsort(d->tiles, d->tile_count, sizeof(*d->tiles), by_tile);
    return 0;
}

/* Which modules are held, and the older selves of the others. */
static int compare(struct mf_packdiff *d, struct mf_module *changed, struct mf_err *err)
{
    size_t n = 0;
    for (size_t i = 0; i < d->plan->count; i++) {
        const struct mf_plan_module *m = &d->plan->modules[i];
        d->holds[i] = !m->only_mod && mf_heldset_holds(d->held, m->id, mf_str(m->zip->facts.h1));
        d->held_count += d->holds[i];
        if (!m->only_mod && !d->holds[i])
            changed[n++] = m->id;
    }
    return mf_oldfiles_new(&d->old, d->held, d->plan->upstream, changed, n, &d->lacking, err);
}

static int start(struct mf_packdiff *d, struct mf_err *err)
{
    d->holds = calloc(d->plan->count + 1, sizeof(*d->holds));
    struct mf_module *changed = calloc(d->plan->count + 1, sizeof(*changed));
    int rc = d->holds && changed ? compare(d, changed, err) : mf_err_nomem(err);
    free(changed);
    if (rc < 0 || mf_packlists_init(&d->lists, mf_oldfiles_count(d->old), err) < 0)
        return -1;
    return find_tiles(d, err);
}

int mf_packdiff_new(struct mf_packdiff **out, const struct mf_plan *plan, const struct mf_heldset *held,
                    const struct mf_planproof *proof, const volatile int *stop, struct mf_err *err)
{
    MF_CLEANUP(mf_packdiff_free) struct mf_packdiff *d = calloc(1, sizeof(*d));
    if (!d)
        return mf_err_nomem(err);
    d->plan = plan;
    d->held = held;
    d->proof = proof;
    d->stop = stop;
    if (start(d, err) < 0)
        return -1;
    *out = d;
    d = NULL;
    return 0;
}

/* A tile that the far side holds comes before itself. */
static int add_tile(struct mf_packdiff *d, struct mf_str path, struct mf_span span, struct mf_err *err)
{
    struct mf_baselist_line line = {.kind = MF_BASELIST_TILE, .db = d->proof->db.key.name};
    if (!mf_tile_path_parse(path, &line.tile) || d->tile_count == 0 ||
        !bsearch(&line.tile, d->tiles, d->tile_count, sizeof(*d->tiles), by_tile))
        return 0;
    return mf_packlists_add(&d->lists, span, &line, MF_TILE_BYTES, MF_PACKLISTS_ONCE, err);
}

static int on_member(void *ctx, struct mf_str name, struct mf_span span, struct mf_err *err)
{
    struct mf_packdiff *d = ctx;
    const struct mf_oldfile *o = d->older;
    MF_CLEANUP(mf_buf_release) struct mf_buf folder = MF_BUF_INIT(MF_MEMBER_PATH_MAX);
    if (o) {
        const struct mf_baselist_line line = {.kind = MF_BASELIST_FILE, .id = o->module->id, .file = o->name};
        return mf_packlists_add(&d->lists, span, &line, o->size, o->number, err);
    }
    mf_sumdbproof_folder(d->proof->db.key.name, &folder);
    if (!mf_str_starts(name, MF_LIT("sumdb/")))
        return 0;
    return add_tile(d, mf_str_from(name, folder.n), span, err);
}

int mf_packdiff_layout(struct mf_packdiff *d, struct mf_bundleout **out, struct mf_err *err)
{
    return mf_bundleout_plan(out, on_member, d, err);
}

/* A .mod that the far side holds comes before itself. */
static int add_mods(struct mf_packdiff *d, const struct mf_manifest *m, struct mf_err *err)
{
    for (size_t i = 0; i < m->module_count; i++) {
        const struct mf_manifest_module *mod = &m->modules[i];
        const struct mf_heldset_module *h = mf_heldset_find(d->held, mod->id);
        const struct mf_baselist_line line = {.kind = MF_BASELIST_MOD, .id = mod->id};
        if (h && mf_str_eq(h->mod_h1, mod->mod_h1) &&
            mf_packlists_add(&d->lists, mod->mod, &line, d->plan->modules[i].file->text.n, MF_PACKLISTS_ONCE, err) < 0)
            return -1;
    }
    return 0;
}

static int lay_out_file(struct mf_packdiff *d, struct mf_bundleout *plan, struct mf_buf *name, struct mf_str file,
                        uint64_t size, struct mf_err *err)
{
    size_t before = name->n;
    mf_buf_str(name, file);
    if (mf_buf_check(name, err) < 0)
        return -1;
    int rc = mf_bundleout_member(plan, mf_buf_view(name), size, err);
    if (rc == 0)
        rc = mf_bundleout_data(plan, NULL, (size_t)size, err);
    if (rc == 0)
        rc = mf_bundleout_member_end(plan, err);
    mf_buf_truncate(name, before);
    return rc < 0 || mf_err_stopped(d->stop, err) < 0 ? -1 : 0;
}

/* The members of a module in form files, as its zip's directory lists them. */
static int lay_out_files(struct mf_packdiff *d, struct mf_bundleout *plan, struct mf_zipfiles *zip, struct mf_module id,
                         struct mf_buf *name, struct mf_err *err)
{
    const struct mf_heldset_module *renamed = mf_oldfiles_renamed(d->old, id, &zip->dir, zip->prefix);
    bool any = false;
    for (size_t i = 0; i < zip->dir.count; i++) {
        const struct mf_zipdir_entry *e = &zip->dir.entries[i];
        struct mf_str file = mf_str_from(e->name, zip->prefix);
        struct mf_oldfile older;
        bool found = mf_oldfiles_find(d->old, id, renamed, file, e->crc, e->size, &older);
        d->older = found ? &older : NULL;
        any |= found && !older.alike;
        int rc = lay_out_file(d, plan, name, file, e->size, err);
        d->older = NULL;
        if (rc < 0)
            return -1;
    }
    d->alone += !any;
    return 0;
}

static int lay_out_module(struct mf_packdiff *d, struct mf_bundleout *plan, const struct mf_manifest_module *m,
                          const struct mf_zip *zip, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_BUF_INIT(8 * MF_KIB);
    MF_CLEANUP(mf_zipfiles_release) struct mf_zipfiles files = MF_ZIPFILES_INIT;
    bool missing;
    mf_membername_add(m->id, m->form, &name);
    if (m->form == MF_FORM_ZIP)
        return lay_out_file(d, plan, &name, MF_LIT(""), zip->facts.zip_size, err);
    int fd = mf_store_open_zip(&d->plan->upstream->store, m->id, &missing, err);
    if (fd < 0 || mf_zipfiles_open(&files, fd, m->id, err) < 0)
        return -1;
    return lay_out_files(d, plan, &files, m->id, &name, err);
}

/* Part two, which begins a new frame. */
static int lay_out_content(struct mf_packdiff *d, const struct mf_manifest *m, struct mf_err *err)
{
    MF_CLEANUP(mf_bundleout_free) struct mf_bundleout *plan = NULL;
    if (mf_packdiff_layout(d, &plan, err) < 0)
        return -1;
    for (size_t i = 0; i < m->module_count; i++) {
        const struct mf_manifest_module *mod = &m->modules[i];
        if ((mod->form == MF_FORM_FILES || mod->form == MF_FORM_ZIP) &&
            lay_out_module(d, plan, mod, d->plan->modules[i].zip, err) < 0)
            return mf_err_prefix(err, "%.*s@%.*s", MF_FMT(mod->id.path), MF_FMT(mod->id.version));
    }
    return 0;
}

int mf_packdiff_choose(struct mf_packdiff *d, const struct mf_manifest *m, uint64_t part_one, struct mf_err *err)
{
    if (add_mods(d, m, err) < 0)
        return -1;
    d->lists.first = (size_t)((part_one + MF_FRAME_RAW_MAX - 1) / MF_FRAME_RAW_MAX);
    return lay_out_content(d, m, err) < 0 ? -1 : mf_packlists_sort(&d->lists, err);
}

/* The file as the far side has it: what was proved or hashed here is the same there. */
static int read_file(struct mf_packdiff *d, const struct mf_baselist_line *line, struct mf_buf *out, struct mf_err *err)
{
    const struct mf_plan_module *m;
    const struct mf_tileproof_tile *tile;
    switch (line->kind) {
    case MF_BASELIST_FILE:
        return mf_oldfiles_read(d->old, line->id, line->file, out, err);
    case MF_BASELIST_MOD:
        m = mf_module_find(d->plan->modules, d->plan->count, sizeof(*m), line->id);
        mf_buf_str(out, m ? m->file->text : MF_LIT(""));
        break;
    case MF_BASELIST_TILE:
        tile = mf_tileproof_find(&d->proof->sumdb.proof, line->tile);
        if (tile)
            mf_buf_add(out, tile->data, MF_TILE_BYTES);
        break;
    }
    return mf_buf_check(out, err);
}

static int load_prefix(void *ctx, size_t n, struct mf_buf *out, struct mf_err *err)
{
    struct mf_packdiff *d = ctx;
    for (struct mf_str rest = mf_packlists_text(&d->lists, n); rest.n;) {
        struct mf_baselist_line line;
        if (mf_err_stopped(d->stop, err) < 0 || mf_baselist_next(&rest, &line, err) < 0 ||
            read_file(d, &line, out, err) < 0)
            return -1;
    }
    return 0;
}

int mf_packdiff_begin(struct mf_packdiff *d, struct mf_bundleout *out, struct mf_manifest *m, struct mf_err *err)
{
    if (mf_packlists_write(&d->lists, out, &m->base, err) < 0)
        return -1;
    mf_bundleout_prefixes(out, load_prefix, d);
    return 0;
}

int mf_packdiff_describe(const struct mf_packdiff *d, struct mf_manifest *m, struct mf_arena *arena, struct mf_err *err)
{
    return mf_packlists_describe(&d->lists, d->held, m, arena, err);
}

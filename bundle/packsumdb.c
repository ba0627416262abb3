#include "bundle/packsumdb.h"

#include <stdlib.h>

#include "formats/base/encode.h"
#include "formats/sumdbproof.h"

static int write_member(struct mf_bundleout *out, struct mf_str name, struct mf_str content, struct mf_err *err)
{
    if (mf_bundleout_member(out, name, content.n, err) < 0 || mf_bundleout_data(out, content.p, content.n, err) < 0)
        return -1;
    return mf_bundleout_member_end(out, err);
}

static int write_lookups(struct mf_bundleout *out, const struct mf_plan *plan, const struct mf_planproof *proof,
                         uint64_t *ids, size_t *count_out, struct mf_err *err)
{
    *count_out = 0;
    for (size_t i = 0; i < plan->count; i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_BUF_INIT(MF_MEMBER_PATH_MAX);
        MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_LOOKUP_MAX);
        const struct mf_plan_module *m = &plan->modules[i];
        if (!m->record)
            continue;
        mf_sumdbproof_lookup(proof->db.key.name, m->id, &name);
        mf_lookup_write(&m->record->lookup, proof->sumdb.head.note, &text);
        if (mf_buf_check(&name, err) < 0 || mf_buf_check(&text, err) < 0 ||
            write_member(out, mf_buf_view(&name), mf_buf_view(&text), err) < 0)
            return mf_err_prefix(err, "lookup of %.*s@%.*s", MF_FMT(m->id.path), MF_FMT(m->id.version));
        ids[(*count_out)++] = m->record->lookup.id;
    }
    return 0;
}

static int by_size(const void *a, const void *b)
{
    const struct mf_manifest_older *x = a, *y = b;
    return (x->size > y->size) - (x->size < y->size);
}

/* The heads that are older than the one carried; all of them were proved. */
static int describe_older(const struct mf_planproof *proof, struct mf_manifest *m, struct mf_arena *arena,
                          struct mf_err *err)
{
    m->older_count = 0;
    m->older = mf_arena_array(arena, proof->older_count + 1, sizeof(*m->older), err);
    if (!m->older)
        return -1;
    for (size_t i = 0; i < proof->older_count; i++) {
        char root[MF_BASE64_SIZE(32)];
        struct mf_treehead head;
        if (mf_treehead_open(proof->older[i], &proof->db.key, &head, err) < 0)
            return -1;
        mf_base64(head.root.b, sizeof(head.root.b), root);
        bool known = head.size == 0 || head.size >= proof->sumdb.head.tree.size;
        for (size_t k = 0; k < m->older_count && !known; k++)
            known = m->older[k].size == head.size;
        if (known)
            continue;
        struct mf_manifest_older *o = &m->older[m->older_count++];
        o->size = head.size;
        if (mf_arena_dup(arena, mf_str(root), &o->root, err) < 0)
            return -1;
    }
    if (m->older_count)
        qsort(m->older, m->older_count, sizeof(*m->older), by_size);
    return 0;
}

static int write_tiles(struct mf_bundleout *out, const struct mf_planproof *proof, const uint64_t *ids, size_t count,
                       const struct mf_manifest *m, struct mf_arena *arena, struct mf_err *err)
{
    MF_CLEANUP(mf_tileproof_release) struct mf_tileproof carried = {0};
    if (mf_sumdbproof_begin(&carried, &proof->sumdb.head.tree, ids, count, m->older, m->older_count, arena, err) < 0)
        return -1;
    for (size_t i = 0; i < carried.count; i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_BUF_INIT(MF_MEMBER_PATH_MAX);
        const struct mf_tile tile = carried.tiles[i]->tile;
        const struct mf_tileproof_tile *proved = mf_tileproof_find(&proof->sumdb.proof, tile);
        char path[MF_TILE_PATH_SIZE];
        mf_tile_path(tile, path);
        if (!proved)
            return mf_err_set(err, MF_E_SUMDB, "%s was not proved", path);
        mf_sumdbproof_folder(proof->db.key.name, &name);
        mf_buf_str(&name, mf_str(path));
        const struct mf_str data = {(const char *)proved->data, mf_tile_bytes(tile)};
        if (mf_buf_check(&name, err) < 0 || write_member(out, mf_buf_view(&name), data, err) < 0)
            return -1;
    }
    return 0;
}

int mf_packsumdb_write(struct mf_bundleout *out, const struct mf_plan *plan, const struct mf_planproof *proof,
                       struct mf_manifest *m, struct mf_arena *arena, struct mf_err *err)
{
    size_t count;
    uint64_t *ids = mf_arena_array(arena, plan->count + 1, sizeof(*ids), err);
    if (!ids)
        return -1;
    if (!proof->asked || !proof->carry || !proof->sumdb.head.note.n)
        return 0;
    m->sumdb_name = proof->db.key.name;
    m->sumdb.offset = mf_bundleout_offset(out);
    if (describe_older(proof, m, arena, err) < 0 || write_lookups(out, plan, proof, ids, &count, err) < 0 ||
        write_tiles(out, proof, ids, count, m, arena, err) < 0)
        return mf_err_prefix(err, "proofs of the checksum database");
    m->sumdb.length = mf_bundleout_offset(out) - m->sumdb.offset;
    return 0;
}

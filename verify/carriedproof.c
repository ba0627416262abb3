#include "verify/carriedproof.h"

#include <stdlib.h>

#include "formats/base/encode.h"

/* Records and tiles together, and what is noted of each: the members have at
 * most MF_SUMDB_RANGE_MAX bytes with their headers. */
#define CARRIED_MAX (2 * MF_SUMDB_RANGE_MAX)

struct mf_carriedproof {
    const struct mf_manifest *m;
    struct mf_treehead head;
    struct mf_arena arena;
    struct mf_lookup *lookups; /* count of them: those of the covered modules */
    uint64_t *ids;
    size_t *of; /* index of each lookup's module */
    size_t count, covered;
    size_t module; /* the next one to look at */
    struct mf_tileproof proof;
    bool in_tiles; /* the lookups are over; proof is begun */
    size_t tile;   /* the next one */
    struct mf_buf name;
    /* the member that is being read */
    char *bytes;
    size_t size, filled;
    bool trusted; /* the head is signed with the key */
    bool proved;
};

static size_t count_covered(const struct mf_manifest *m)
{
    size_t n = 0;
    for (size_t i = 0; i < m->module_count; i++)
        n += !m->modules[i].not_covered.n;
    return n;
}

static int open_head(struct mf_carriedproof *c, const struct mf_gosumdb *db, struct mf_err *err)
{
    c->trusted = !db->off;
    if (db->off)
        return mf_treehead_parse(c->m->tree_head, &c->head, err);
    if (mf_str_eq(db->key.name, c->m->sumdb_name))
        return mf_treehead_open(c->m->tree_head, &db->key, &c->head, err);
    mf_err_set(err, MF_E_POLICY, "its proofs are of the checksum database %.*s, GOSUMDB of this machine is %.*s",
               MF_FMT(c->m->sumdb_name), MF_FMT(db->key.name));
    return mf_err_next(err, "set GOSUMDB to the verifier key of %.*s, which you have from elsewhere",
                       MF_FMT(c->m->sumdb_name));
}

int mf_carriedproof_new(struct mf_carriedproof **out, const struct mf_manifest *m, const struct mf_gosumdb *db,
                        struct mf_err *err)
{
    MF_CLEANUP(mf_carriedproof_free) struct mf_carriedproof *c = calloc(1, sizeof(*c));
    if (!c)
        return mf_err_nomem(err);
    c->m = m;
    c->arena = MF_ARENA_INIT(CARRIED_MAX);
    c->name = MF_BUF_INIT(2 * MF_MEMBER_PATH_MAX);
    c->covered = count_covered(m);
    if (open_head(c, db, err) < 0)
        return mf_err_prefix(err, "checksum database");
    c->lookups = mf_arena_array(&c->arena, c->covered + 1, sizeof(*c->lookups), err);
    c->ids = mf_arena_array(&c->arena, c->covered + 1, sizeof(*c->ids), err);
    c->of = mf_arena_array(&c->arena, c->covered + 1, sizeof(*c->of), err);
    if (!c->lookups || !c->ids || !c->of)
        return -1;
    *out = c;
    c = NULL;
    return 0;
}

void mf_carriedproof_free(struct mf_carriedproof **slot)
{
    struct mf_carriedproof *c = *slot;
    if (!c)
        return;
    mf_tileproof_release(&c->proof);
    mf_buf_release(&c->name);
    mf_arena_release(&c->arena);
    free(c);
    *slot = NULL;
}

uint64_t mf_carriedproof_count(const struct mf_carriedproof *c)
{
    return c->proved && c->trusted ? c->count : 0;
}

/* The lookups are over: which tiles follow is known now. */
static int begin_tiles(struct mf_carriedproof *c, struct mf_err *err)
{
    c->in_tiles = true;
    return mf_sumdbproof_begin(&c->proof, &c->head, c->ids, c->count, c->m->older, c->m->older_count, &c->arena, err);
}

/* Stores the name of the member that must follow, and its size where it is given. */
static int expect(struct mf_carriedproof *c, size_t *size_out, struct mf_err *err)
{
    char path[MF_TILE_PATH_SIZE];
    mf_buf_clear(&c->name);
    *size_out = 0;
    if (!c->in_tiles) {
        while (c->m->modules[c->module].not_covered.n)
            c->module++;
        mf_sumdbproof_lookup(c->m->sumdb_name, c->m->modules[c->module].id, &c->name);
    } else if (c->tile < c->proof.count) {
        const struct mf_tile tile = c->proof.tiles[c->tile]->tile;
        mf_tile_path(tile, path);
        mf_sumdbproof_folder(c->m->sumdb_name, &c->name);
        mf_buf_str(&c->name, mf_str(path));
        *size_out = mf_tile_bytes(tile);
    }
    return mf_buf_check(&c->name, err);
}

int mf_carriedproof_member(struct mf_carriedproof *c, struct mf_str name, uint64_t size, struct mf_err *err)
{
    size_t want;
    if (expect(c, &want, err) < 0)
        return -1;
    if (!mf_str_eq(name, mf_buf_view(&c->name)) || (want && size != want))
        return mf_err_set(err, MF_E_DAMAGED, "member \"%.*s\" of %llu bytes is not where the manifest has it",
                          MF_FMT(name), (unsigned long long)size);
    if (size > MF_LOOKUP_MAX)
        return mf_err_set(err, MF_E_LIMIT, "%.*s has %llu bytes, above the limit", MF_FMT(name),
                          (unsigned long long)size);
    c->size = (size_t)size;
    c->filled = 0;
    c->bytes = mf_arena_array(&c->arena, c->size + 1, 1, err);
    return c->bytes ? 0 : -1;
}

int mf_carriedproof_data(struct mf_carriedproof *c, const void *p, size_t n, struct mf_err *err)
{
    if (n > c->size - c->filled)
        return mf_err_set(err, MF_E_DAMAGED, "a member is longer than announced");
    if (n)
        memcpy(c->bytes + c->filled, p, n);
    c->filled += n;
    return 0;
}

static int check_hash(const struct mf_manifest_module *m, const struct mf_lookup *lookup, bool is_mod,
                      struct mf_err *err)
{
    struct mf_str recorded = mf_lookup_h1(lookup, m->id, is_mod), promised = is_mod ? m->mod_h1 : m->h1;
    if (mf_str_eq(recorded, promised))
        return 0;
    return mf_err_set(err, MF_E_HASH, "the manifest promises %.*s for its %s, the checksum database has %.*s",
                      MF_FMT(promised), is_mod ? "go.mod" : "zip",
                      MF_FMT(recorded.n ? recorded : MF_LIT("no such hash")));
}

static int end_lookup(struct mf_carriedproof *c, struct mf_err *err)
{
    const struct mf_manifest_module *m = &c->m->modules[c->module];
    struct mf_lookup *lookup = &c->lookups[c->count];
    int rc = mf_lookup_parse((struct mf_str){c->bytes, c->size}, lookup, err);
    if (rc == 0 && !mf_str_eq(lookup->note, c->m->tree_head))
        rc = mf_err_set(err, MF_E_DAMAGED, "its lookup has another tree head than the manifest");
    if (rc == 0 && lookup->id + 1 != m->record)
        rc = mf_err_set(err, MF_E_SUMDB, "its lookup has record %llu, the manifest %llu",
                        (unsigned long long)lookup->id, (unsigned long long)m->record - 1);
    if (rc == 0)
        rc = check_hash(m, lookup, true, err);
    if (rc == 0 && !m->only_mod)
        rc = check_hash(m, lookup, false, err);
    if (rc < 0)
        return mf_err_prefix(err, "module %.*s@%.*s", MF_FMT(m->id.path), MF_FMT(m->id.version));
    c->of[c->count] = c->module;
    c->ids[c->count++] = lookup->id;
    c->module++;
    return c->count == c->covered ? begin_tiles(c, err) : 0;
}

int mf_carriedproof_member_end(struct mf_carriedproof *c, struct mf_err *err)
{
    if (!c->in_tiles)
        return end_lookup(c, err);
    c->proof.tiles[c->tile++]->data = (const uint8_t *)c->bytes;
    return 0;
}

static int compare_records(const struct mf_carriedproof *c, struct mf_err *err)
{
    for (size_t i = 0, k = 0; i < c->m->module_count; i++) {
        const struct mf_manifest_module *m = &c->m->modules[i];
        if (m->not_covered.n)
            continue;
        struct mf_digest proved = mf_tileproof_record(&c->proof, c->ids[k]);
        struct mf_digest found = mf_tree_record_hash(c->lookups[k++].record);
        if (!mf_digest_eq(&proved, &found))
            return mf_err_set(err, MF_E_SUMDB, "module %.*s@%.*s: its record is not in the tree of size %llu",
                              MF_FMT(m->id.path), MF_FMT(m->id.version), (unsigned long long)c->head.size);
    }
    return 0;
}

static int compare_older(const struct mf_carriedproof *c, struct mf_err *err)
{
    for (size_t i = 0; i < c->m->older_count; i++) {
        char root[MF_BASE64_SIZE(32)], newest[MF_BASE64_SIZE(32)];
        struct mf_digest proved = mf_tileproof_tree(&c->proof, c->m->older[i].size);
        mf_base64(proved.b, sizeof(proved.b), root);
        mf_base64(c->head.root.b, sizeof(c->head.root.b), newest);
        if (!mf_str_eq(mf_str(root), c->m->older[i].root))
            return mf_err_set(
                err, MF_E_SUMDB,
                "the older head of size %llu with root %.*s is not the beginning of the tree of size %llu "
                "with root %s",
                (unsigned long long)c->m->older[i].size, MF_FMT(c->m->older[i].root), (unsigned long long)c->head.size,
                newest);
    }
    return 0;
}

int mf_carriedproof_finish(struct mf_carriedproof *c, struct mf_err *err)
{
    size_t bad;
    if (!c->in_tiles || c->tile < c->proof.count)
        return mf_err_set(err, MF_E_DAMAGED, "the payload lacks members of the checksum database");
    if (mf_tileproof_check(&c->proof, &bad, err) < 0 || compare_records(c, err) < 0 || compare_older(c, err) < 0)
        return mf_err_prefix(err, "checksum database");
    c->proved = true;
    return 0;
}

const struct mf_treehead *mf_carriedproof_head(const struct mf_carriedproof *c)
{
    return &c->head;
}

size_t mf_carriedproof_lookups(const struct mf_carriedproof *c)
{
    return c->count;
}

const struct mf_lookup *mf_carriedproof_lookup(const struct mf_carriedproof *c, size_t i, struct mf_module *id_out)
{
    *id_out = c->m->modules[c->of[i]].id;
    return &c->lookups[i];
}

const uint8_t *mf_carriedproof_tile(const struct mf_carriedproof *c, struct mf_tile t)
{
    const struct mf_tile there = mf_tile_parent(t, 0, c->head.size);
    const struct mf_tileproof_tile *found = there.width >= t.width ? mf_tileproof_find(&c->proof, there) : NULL;
    return found ? found->data : NULL;
}

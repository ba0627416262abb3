#include "formats/sumdbproof.h"

void mf_sumdbproof_folder(struct mf_str name, struct mf_buf *out)
{
    mf_buf_str(out, MF_LIT("sumdb/"));
    mf_buf_str(out, name);
    mf_buf_byte(out, '/');
}

void mf_sumdbproof_lookup(struct mf_str name, struct mf_module id, struct mf_buf *out)
{
    mf_sumdbproof_folder(name, out);
    mf_buf_str(out, MF_LIT("lookup/"));
    mf_modpath_escape(id.path, out);
    mf_buf_byte(out, '@');
    mf_modpath_escape(id.version, out);
}

int mf_sumdbproof_begin(struct mf_tileproof *p, const struct mf_treehead *head, const uint64_t *ids, size_t n,
                        const struct mf_manifest_older *older, size_t older_count, struct mf_arena *arena,
                        struct mf_err *err)
{
    if (mf_tileproof_begin(p, head, arena, err) < 0)
        return -1;
    for (size_t i = 0; i < n; i++)
        if (mf_tileproof_want_record(p, ids[i], err) < 0)
            return -1;
    for (size_t i = 0; i < older_count; i++)
        if (mf_tileproof_want_tree(p, older[i].size, err) < 0)
            return -1;
    if (p->count > MF_SUMDBPROOF_TILES_MAX)
        return mf_err_set(err, MF_E_LIMIT, "the proofs need %zu tiles, above the limit of %d", p->count,
                          MF_SUMDBPROOF_TILES_MAX);
    return 0;
}

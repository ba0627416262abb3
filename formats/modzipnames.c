#include "formats/modzipnames.h"

#include "formats/modnames.h"

/* One entry whose name begins with the prefix; `name` is the rest. */
static int check_entry(const struct mf_zipdir_entry *e, struct mf_str name, struct mf_modnames *names,
                       struct mf_modzipnames *out, struct mf_err *err)
{
    bool is_dir = mf_str_ends(name, MF_LIT("/"));
    if (name.n == 0 || is_dir)
        out->directories = true;
    if (name.n == 0)
        return 0;
    if (is_dir)
        name.n--;
    if (mf_modnames_add(names, name, is_dir, e->size, err) < 0)
        return -1;
    if (is_dir)
        return 0;
    if (!e->regular)
        return mf_err_set(err, MF_E_MODZIP, "\"%.*s\": not a regular file", MF_FMT(e->name));
    out->files++;
    return 0;
}

int mf_modzipnames_check(const struct mf_zipdir *dir, struct mf_module m, struct mf_modzipnames *out,
                         struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf prefix = MF_BUF_INIT(64 * MF_KIB);
    MF_CLEANUP(mf_modnames_release) struct mf_modnames names;
    mf_modnames_init(&names);
    mf_buf_str(&prefix, m.path);
    mf_buf_byte(&prefix, '@');
    mf_buf_str(&prefix, m.version);
    mf_buf_byte(&prefix, '/');
    if (mf_buf_check(&prefix, err) < 0)
        return -1;
    *out = (struct mf_modzipnames){.prefix = prefix.n};
    for (size_t i = 0; i < dir->count; i++) {
        const struct mf_zipdir_entry *e = &dir->entries[i];
        if (!mf_str_starts(e->name, mf_buf_view(&prefix)))
            return mf_err_set(err, MF_E_MODZIP, "\"%.*s\": path does not have prefix \"%.*s\"", MF_FMT(e->name),
                              MF_FMT(mf_buf_view(&prefix)));
        if (check_entry(e, mf_str_from(e->name, prefix.n), &names, out, err) < 0)
            return -1;
    }
    out->size = names.size;
    return 0;
}

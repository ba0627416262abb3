#include "formats/stdlist.h"

#include "formats/semver.h"
#include "formats/stdtable.h"

bool mf_stdlist_is_reserved(struct mf_str import_path)
{
    struct mf_str first = mf_str_head(import_path, mf_str_find(import_path, '/'));
    return mf_str_find(first, '.') == first.n;
}

unsigned mf_stdlist_newest(void)
{
    return mf_stdtable_release;
}

static const struct mf_stdtable_entry *find(struct mf_str path)
{
    size_t low = 0, high = mf_stdtable_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = mf_str_cmp(path, mf_str(mf_stdtable[middle].path));
        if (order == 0)
            return &mf_stdtable[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

/* N of the release go1.N; false where it is no version of go 1. */
static bool minor_of(struct mf_str release, unsigned *out)
{
    if (mf_str_starts(release, MF_LIT("go")))
        release = mf_str_from(release, 2);
    struct mf_str lang = mf_gover_lang(release);
    if (mf_str_eq(lang, MF_LIT("1"))) {
        *out = 0;
        return true;
    }
    if (!mf_str_starts(lang, MF_LIT("1.")) || lang.n > 8)
        return false;
    *out = 0;
    for (size_t i = 2; i < lang.n; i++)
        *out = *out * 10 + (unsigned)(lang.p[i] - '0');
    return true;
}

bool mf_stdlist_has(struct mf_str import_path, struct mf_str go_release)
{
    unsigned minor;
    const struct mf_stdtable_entry *entry = find(import_path);
    return entry && (!minor_of(go_release, &minor) || entry->since <= minor);
}

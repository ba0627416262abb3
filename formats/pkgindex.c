#include "formats/pkgindex.h"

#include "formats/pkgindexform.h"

static uint32_t get(const unsigned char *table, size_t i)
{
    const unsigned char *p = table + 4 * i;
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static struct mf_str string(const struct mf_pkgindex *x, uint32_t id)
{
    uint32_t from = get(x->string_table, id), to = get(x->string_table, (size_t)id + 1);
    return (struct mf_str){x->text.p + from, to - from};
}

static uint32_t dir_path(const struct mf_pkgindex *x, uint32_t i)
{
    return get(x->dir_table, 2 * (size_t)i);
}

static uint32_t dir_first(const struct mf_pkgindex *x, uint32_t i)
{
    return get(x->dir_table, 2 * (size_t)i + 1);
}

static uint32_t file_number(const struct mf_pkgindex *x, uint32_t i, size_t which)
{
    return get(x->file_table, MF_PKGINDEX_FILE_NUMBERS * (size_t)i + which);
}

/* Strings follow one another and fill the text. */
static bool strings_fit(const struct mf_pkgindex *x)
{
    for (uint32_t i = 0; i < x->strings; i++) {
        if (get(x->string_table, i) > get(x->string_table, (size_t)i + 1))
            return false;
    }
    return get(x->string_table, 0) == 0 && get(x->string_table, x->strings) == x->text.n;
}

/* Directories are in order, and each has files. */
static bool dirs_fit(const struct mf_pkgindex *x)
{
    for (uint32_t i = 0; i < x->dirs; i++) {
        if (dir_path(x, i) >= x->strings || dir_first(x, i) >= dir_first(x, i + 1))
            return false;
        if (i > 0 && mf_str_cmp(string(x, dir_path(x, i - 1)), string(x, dir_path(x, i))) >= 0)
            return false;
    }
    return dir_first(x, 0) == 0 && dir_first(x, x->dirs) == x->files && dir_path(x, x->dirs) == 0;
}

static bool file_fits(const struct mf_pkgindex *x, uint32_t i)
{
    uint32_t imports = file_number(x, i, MF_PKGINDEX_FIRST_IMPORT);
    uint32_t embeds = file_number(x, i, MF_PKGINDEX_FIRST_EMBED);
    for (size_t k = 0; k < MF_PKGINDEX_FILE_STRINGS; k++) {
        if (file_number(x, i, k) >= x->strings)
            return false;
    }
    return imports <= embeds && embeds <= file_number(x, i + 1, MF_PKGINDEX_FIRST_IMPORT) &&
           file_number(x, i, MF_PKGINDEX_FLAGS) < 256;
}

/* Files are in order within their directory, and share the refs out. */
static bool files_fit(const struct mf_pkgindex *x)
{
    uint32_t dir = 0;
    for (uint32_t i = 0; i < x->files; i++) {
        if (!file_fits(x, i))
            return false;
        bool first = i == dir_first(x, dir);
        if (first)
            dir++;
        else if (mf_str_cmp(string(x, file_number(x, i - 1, MF_PKGINDEX_NAME)),
                            string(x, file_number(x, i, MF_PKGINDEX_NAME))) >= 0)
            return false;
    }
    for (size_t k = 0; k <= MF_PKGINDEX_FLAGS; k++) {
        if (file_number(x, x->files, k) != 0)
            return false;
    }
    return file_number(x, 0, MF_PKGINDEX_FIRST_IMPORT) == 0 &&
           file_number(x, x->files, MF_PKGINDEX_FIRST_IMPORT) == x->refs &&
           file_number(x, x->files, MF_PKGINDEX_FIRST_EMBED) == x->refs;
}

static bool refs_fit(const struct mf_pkgindex *x)
{
    for (uint32_t i = 0; i < x->refs; i++) {
        if (get(x->ref_table, i) >= x->strings)
            return false;
    }
    return true;
}

int mf_pkgindex_open(struct mf_pkgindex *out, struct mf_str bytes, struct mf_err *err)
{
    struct mf_str magic = MF_LIT(MF_PKGINDEX_MAGIC);
    struct mf_pkgindex x = {.bytes = bytes};
    if (!mf_str_starts(bytes, mf_str_head(magic, magic.n - 1)))
        return mf_err_set(err, MF_E_DAMAGED, "not an index of packages");
    if (!mf_str_starts(bytes, magic))
        return mf_err_set(err, MF_E_UNSUPPORTED, "an index of packages of another version");
    if (bytes.n < MF_PKGINDEX_HEAD_SIZE)
        return mf_err_set(err, MF_E_DAMAGED, "index of packages: cut short");
    const unsigned char *head = (const unsigned char *)bytes.p + magic.n;
    x.dirs = get(head, 0);
    x.files = get(head, 1);
    x.refs = get(head, 2);
    x.strings = get(head, 3);
    x.text.n = get(head, 4);
    struct mf_pkgindex_counts counts = {x.dirs, x.files, x.refs, x.strings, x.text.n};
    if (mf_pkgindex_form_size(&counts) != bytes.n || bytes.n > MF_PKGINDEX_MAX)
        return mf_err_set(err, MF_E_DAMAGED, "index of packages: its size is not what its counts give");
    x.string_table = head + MF_PKGINDEX_HEAD_SIZE - magic.n;
    x.dir_table = x.string_table + 4 * ((size_t)x.strings + 1);
    x.file_table = x.dir_table + MF_PKGINDEX_DIR_SIZE * ((size_t)x.dirs + 1);
    x.ref_table = x.file_table + MF_PKGINDEX_FILE_SIZE * ((size_t)x.files + 1);
    x.text.p = (const char *)x.ref_table + 4 * (size_t)x.refs;
    if (!strings_fit(&x) || !dirs_fit(&x) || !files_fit(&x) || !refs_fit(&x))
        return mf_err_set(err, MF_E_DAMAGED, "index of packages: contradicts itself");
    *out = x;
    return 0;
}

struct mf_pkgindex_dir mf_pkgindex_dir(const struct mf_pkgindex *index, uint32_t i)
{
    struct mf_pkgindex_dir dir = {string(index, dir_path(index, i)), dir_first(index, i), dir_first(index, i + 1),
                                  false};
    for (uint32_t k = dir.first; k < dir.end && !dir.has_visible; k++)
        dir.has_visible = !(file_number(index, k, MF_PKGINDEX_FLAGS) & MF_PKGINDEX_HIDDEN);
    return dir;
}

bool mf_pkgindex_find(const struct mf_pkgindex *index, struct mf_str path, struct mf_pkgindex_dir *out)
{
    uint32_t low = 0, high = index->dirs;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = mf_str_cmp(path, string(index, dir_path(index, middle)));
        if (order == 0) {
            *out = mf_pkgindex_dir(index, middle);
            return true;
        }
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

struct mf_pkgindex_file mf_pkgindex_file(const struct mf_pkgindex *index, uint32_t i)
{
    uint32_t constraint = file_number(index, i, MF_PKGINDEX_CONSTRAINT);
    return (struct mf_pkgindex_file){
        .name = string(index, file_number(index, i, MF_PKGINDEX_NAME)),
        .package = string(index, file_number(index, i, MF_PKGINDEX_PACKAGE)),
        .constraint = string(index, constraint),
        .constraint_id = constraint,
        .fault_text = string(index, file_number(index, i, MF_PKGINDEX_FAULT)),
        .flags = file_number(index, i, MF_PKGINDEX_FLAGS),
        .imports = file_number(index, i, MF_PKGINDEX_FIRST_IMPORT),
        .imports_end = file_number(index, i, MF_PKGINDEX_FIRST_EMBED),
        .embeds = file_number(index, i, MF_PKGINDEX_FIRST_EMBED),
        .embeds_end = file_number(index, i + 1, MF_PKGINDEX_FIRST_IMPORT),
    };
}

struct mf_str mf_pkgindex_ref(const struct mf_pkgindex *index, uint32_t i, uint32_t *id_out)
{
    uint32_t id = get(index->ref_table, i);
    if (id_out)
        *id_out = id;
    return string(index, id);
}

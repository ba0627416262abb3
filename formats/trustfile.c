#include "formats/trustfile.h"

#define SIGNATURE_LINES 4

/* The next line with its end. MF_E_DAMAGED where the end is missing. */
static int take_line(struct mf_str *text, struct mf_str *line_out, struct mf_err *err)
{
    size_t n = mf_str_find(*text, '\n');
    if (n == text->n)
        return mf_err_set(err, MF_E_DAMAGED, "trust file: does not end with a whole line");
    *line_out = mf_str_head(*text, n + 1);
    *text = mf_str_from(*text, n + 1);
    return 0;
}

static bool at_document(struct mf_str text)
{
    return text.n > 0 && text.p[0] == '{';
}

static int take_signature(struct mf_str *text, struct mf_str *out, struct mf_err *err)
{
    struct mf_str line, from = *text;
    for (int i = 0; i < SIGNATURE_LINES; i++) {
        if (take_line(text, &line, err) < 0)
            return -1;
        if (i == 0 && !mf_str_starts(line, MF_LIT("untrusted comment:")))
            return mf_err_set(err, MF_E_DAMAGED, "trust file: a line is neither a document nor begins a signature");
    }
    *out = mf_str_head(from, from.n - text->n);
    if (out->n > MF_MINISIGN_FILE_MAX)
        return mf_err_set(err, MF_E_LIMIT, "trust file: a signature has more than %zu bytes", MF_MINISIGN_FILE_MAX);
    return 0;
}

static int take_entry(struct mf_str *text, struct mf_trustfile_entry *out, struct mf_arena *arena, struct mf_err *err)
{
    if (!at_document(*text))
        return mf_err_set(err, MF_E_DAMAGED, "trust file: does not begin with a trust document");
    if (take_line(text, &out->text, err) < 0)
        return -1;
    if (out->text.n > MF_TRUSTDOC_MAX)
        return mf_err_set(err, MF_E_LIMIT, "trust file: a document has more than %zu bytes", MF_TRUSTDOC_MAX);
    out->sha256 = mf_sha256_of(out->text);
    struct mf_str list[MF_TRUSTFILE_SIGNATURES_MAX];
    for (; text->n > 0 && !at_document(*text); out->signature_count++) {
        if (out->signature_count == MF_TRUSTFILE_SIGNATURES_MAX)
            return mf_err_set(err, MF_E_LIMIT, "trust file: a document has more than %d signatures",
                              MF_TRUSTFILE_SIGNATURES_MAX);
        if (take_signature(text, &list[out->signature_count], err) < 0)
            return -1;
    }
    out->signatures = mf_arena_array(arena, out->signature_count + 1, sizeof(*list), err);
    if (!out->signatures)
        return -1;
    memcpy(out->signatures, list, out->signature_count * sizeof(*list));
    return 0;
}

int mf_trustfile_split(struct mf_str text, struct mf_trustfile *out, struct mf_arena *arena, struct mf_err *err)
{
    size_t documents = 0;
    if (text.n > MF_TRUSTFILE_MAX)
        return mf_err_set(err, MF_E_LIMIT, "trust file: larger than %zu bytes", MF_TRUSTFILE_MAX);
    for (size_t i = 0; i < text.n; i++)
        documents += text.p[i] == '{' && (i == 0 || text.p[i - 1] == '\n');
    if (documents > MF_TRUSTFILE_DOCUMENTS_MAX)
        return mf_err_set(err, MF_E_LIMIT, "trust file: more than %d documents", MF_TRUSTFILE_DOCUMENTS_MAX);
    *out = (struct mf_trustfile){.entries = mf_arena_array(arena, documents + 1, sizeof(*out->entries), err)};
    if (!out->entries)
        return -1;
    do {
        if (take_entry(&text, &out->entries[out->count], arena, err) < 0)
            return -1;
        out->count++;
    } while (text.n > 0);
    return 0;
}

void mf_trustfile_put(const struct mf_trustfile_entry *entry, struct mf_buf *out)
{
    mf_buf_str(out, entry->text);
    for (size_t i = 0; i < entry->signature_count; i++)
        mf_buf_str(out, entry->signatures[i]);
}

long mf_trustfile_find(const struct mf_trustfile *file, const struct mf_digest *sha256)
{
    for (size_t i = 0; i < file->count; i++)
        if (mf_digest_eq(&file->entries[i].sha256, sha256))
            return (long)i;
    return -1;
}

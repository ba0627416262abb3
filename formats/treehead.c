#include "formats/treehead.h"

#include "formats/base/encode.h"

#define FIRST_LINE MF_LIT("go.sum database tree")

/* Shortest decimal form, below MF_TREE_SIZE_MAX. */
static bool parse_number(struct mf_str text, uint64_t *out)
{
    uint64_t n = 0;
    if (text.n == 0 || text.n > 16 || (text.n > 1 && text.p[0] == '0'))
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        n = n * 10 + (uint64_t)(text.p[i] - '0');
    }
    *out = n;
    return n < MF_TREE_SIZE_MAX;
}

int mf_treehead_parse(struct mf_str text, struct mf_treehead *out, struct mf_err *err)
{
    struct mf_treehead head;
    struct mf_str rest = text;
    struct mf_str first = mf_str_cut(rest, '\n', &rest);
    struct mf_str size = mf_str_cut(rest, '\n', &rest);
    struct mf_str root = mf_str_cut(rest, '\n', &rest);
    /* rest.p says that the third line ended in a newline */
    if (!mf_str_eq(first, FIRST_LINE) || !rest.p || !parse_number(size, &head.size) ||
        !mf_base64_parse(root, head.root.b, sizeof(head.root.b)))
        return mf_err_set(err, MF_E_DAMAGED, "malformed tree note");
    *out = head;
    return 0;
}

int mf_treehead_open(struct mf_str note, const struct mf_notekey *key, struct mf_treehead *out, struct mf_err *err)
{
    struct mf_str text;
    if (mf_note_open(note, key, &text, err) < 0)
        return -1;
    return mf_treehead_parse(text, out, err);
}

bool mf_treehead_eq(const struct mf_treehead *a, const struct mf_treehead *b)
{
    return a->size == b->size && mf_digest_eq(&a->root, &b->root);
}

struct mf_digest mf_treehead_empty(void)
{
    return mf_sha256_of((struct mf_str){NULL, 0});
}

/* Offset of the first blank line's own newline, or text.n. */
static size_t find_blank_line(struct mf_str text)
{
    for (size_t i = 0; i + 1 < text.n; i++)
        if (text.p[i] == '\n' && text.p[i + 1] == '\n')
            return i + 1;
    return text.n;
}

int mf_lookup_parse(struct mf_str text, struct mf_lookup *out, struct mf_err *err)
{
    struct mf_lookup lookup;
    struct mf_str rest;
    struct mf_str number = mf_str_cut(text, '\n', &rest);
    size_t end = find_blank_line(rest);
    if (text.n > MF_LOOKUP_MAX || (end < rest.n && end > MF_RECORD_MAX))
        return mf_err_set(err, MF_E_LIMIT, "an answer of the checksum database has more than %zu bytes",
                          text.n > MF_LOOKUP_MAX ? MF_LOOKUP_MAX : MF_RECORD_MAX);
    if (!parse_number(number, &lookup.id) || end == rest.n || rest.p[0] == '\n' ||
        !mf_note_clean(mf_str_head(rest, end)))
        return mf_err_set(err, MF_E_DAMAGED, "malformed record data");
    lookup.record = mf_str_head(rest, end);
    lookup.note = mf_str_from(rest, end + 1);
    *out = lookup;
    return 0;
}

void mf_lookup_write(const struct mf_lookup *lookup, struct mf_str note, struct mf_buf *out)
{
    mf_buf_fmt(out, "%llu\n", (unsigned long long)lookup->id);
    mf_buf_str(out, lookup->record);
    mf_buf_byte(out, '\n');
    mf_buf_str(out, note);
}

/* Takes `prefix` off the front of *line. */
static bool skip(struct mf_str *line, struct mf_str prefix)
{
    if (!mf_str_starts(*line, prefix))
        return false;
    *line = mf_str_from(*line, prefix.n);
    return true;
}

struct mf_str mf_lookup_h1(const struct mf_lookup *lookup, struct mf_module m, bool is_mod)
{
    for (struct mf_str rest = lookup->record; rest.n;) {
        struct mf_str line = mf_str_cut(rest, '\n', &rest);
        if (skip(&line, m.path) && skip(&line, MF_LIT(" ")) && skip(&line, m.version) &&
            skip(&line, is_mod ? MF_LIT("/go.mod ") : MF_LIT(" ")) && mf_str_starts(line, MF_LIT("h1:")))
            return line;
    }
    return (struct mf_str){NULL, 0};
}

struct mf_digest mf_tree_record_hash(struct mf_str text)
{
    struct mf_sha256 h;
    struct mf_digest out;
    mf_sha256_init(&h);
    mf_sha256_add(&h, "\0", 1);
    mf_sha256_add(&h, text.p, text.n);
    mf_sha256_done(&h, &out);
    return out;
}

struct mf_digest mf_tree_node_hash(const struct mf_digest *left, const struct mf_digest *right)
{
    struct mf_sha256 h;
    struct mf_digest out;
    mf_sha256_init(&h);
    mf_sha256_add(&h, "\1", 1);
    mf_sha256_add(&h, left->b, sizeof(left->b));
    mf_sha256_add(&h, right->b, sizeof(right->b));
    mf_sha256_done(&h, &out);
    return out;
}

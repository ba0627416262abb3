/* Making an index: files are parsed as they come, sorted and numbered at the
 * end. */
#include <sodium.h>
#include <stdlib.h>

#include "formats/goimports.h"
#include "formats/pkgindex.h"
#include "formats/pkgindexform.h"

enum {
    FILES_MAX = 4 * 1024 * 1024,
    REFS_MAX = 32 * 1024 * 1024,
    SCRATCH_KEPT = 1024 * 1024, /* bytes of a parser's records that are not worth freeing */
};

/* Strings are numbered as they come; a keyed hash keeps hostile ones apart. */
struct strings {
    struct mf_str *items;
    size_t count, cap;
    uint32_t *slots; /* number + 1 of a string, or 0; a power of two of them */
    size_t slot_count;
    unsigned char key[crypto_shorthash_KEYBYTES];
};

struct record {
    struct mf_str dir, name;
    uint32_t dir_id, ids[MF_PKGINDEX_FILE_STRINGS];
    unsigned flags;
    uint32_t first_ref, imports, embeds; /* numbers in refs */
};

struct mf_pkgindex_maker {
    struct mf_arena arena;   /* strings */
    struct mf_arena scratch; /* what the parser of one file makes */
    struct strings strings;
    struct record *records;
    size_t count, cap;
    uint32_t *refs;
    size_t ref_count, ref_cap;
};

static size_t hash(const struct strings *s, struct mf_str text)
{
    uint64_t value;
    unsigned char digest[crypto_shorthash_BYTES];
    (void)crypto_shorthash(digest, (const unsigned char *)(text.p ? text.p : ""), text.n, s->key);
    memcpy(&value, digest, sizeof(value));
    return (size_t)value & (s->slot_count - 1);
}

/* The slot that holds the text, or the empty one where it belongs. */
static uint32_t *find_slot(const struct strings *s, struct mf_str text)
{
    size_t i = hash(s, text);
    while (s->slots[i] && !mf_str_eq(s->items[s->slots[i] - 1], text))
        i = (i + 1) & (s->slot_count - 1);
    return &s->slots[i];
}

static int grow_slots(struct strings *s, struct mf_err *err)
{
    uint32_t *old = s->slots;
    size_t count = s->slot_count ? 2 * s->slot_count : 256;
    uint32_t *slots = calloc(count, sizeof(*slots));
    if (!slots)
        return mf_err_nomem(err);
    s->slots = slots;
    s->slot_count = count;
    for (size_t i = 0; i < s->count; i++)
        *find_slot(s, s->items[i]) = (uint32_t)i + 1;
    free(old);
    return 0;
}

/* The number of a string, which is copied where it is new. */
static int intern(struct mf_pkgindex_maker *m, struct mf_str text, uint32_t *out, struct mf_err *err)
{
    struct strings *s = &m->strings;
    if (2 * (s->count + 1) > s->slot_count && grow_slots(s, err) < 0)
        return -1;
    uint32_t *slot = find_slot(s, text);
    if (*slot == 0) {
        if (mf_grow(&s->items, &s->cap, s->count + 1, sizeof(*s->items), REFS_MAX, err) < 0 ||
            mf_arena_dup(&m->arena, text, &s->items[s->count], err) < 0)
            return -1;
        *slot = (uint32_t)++s->count;
    }
    *out = *slot - 1;
    return 0;
}

int mf_pkgindex_maker_new(struct mf_pkgindex_maker **out, struct mf_err *err)
{
    uint32_t empty;
    struct mf_pkgindex_maker *m = calloc(1, sizeof(*m));
    if (!m)
        return mf_err_nomem(err);
    m->arena = MF_ARENA_INIT(MF_PKGINDEX_MAX);
    m->scratch = MF_ARENA_INIT(MF_PKGINDEX_MAX);
    randombytes_buf(m->strings.key, sizeof(m->strings.key));
    if (intern(m, MF_LIT(""), &empty, err) < 0) {
        mf_pkgindex_maker_free(&m);
        return -1;
    }
    *out = m;
    return 0;
}

void mf_pkgindex_maker_free(struct mf_pkgindex_maker **m)
{
    if (!*m)
        return;
    mf_arena_release(&(*m)->arena);
    mf_arena_release(&(*m)->scratch);
    free((*m)->strings.items);
    free((*m)->strings.slots);
    free((*m)->records);
    free((*m)->refs);
    free(*m);
    *m = NULL;
}

static struct mf_str base_name(struct mf_str name)
{
    size_t slash = mf_str_rfind(name, '/');
    return slash == name.n ? name : mf_str_from(name, slash + 1);
}

static bool is_hidden(struct mf_str base)
{
    return base.n > 0 && (base.p[0] == '_' || base.p[0] == '.');
}

bool mf_pkgindex_wants(struct mf_str name)
{
    return mf_str_ends(name, MF_LIT(".go")) && !is_hidden(base_name(name));
}

static int compare_items(const void *a, const void *b)
{
    const struct mf_goimports_item *x = a, *y = b;
    return mf_str_cmp(x->text, y->text);
}

/* Adds the texts in order, each once, and "C" not at all. */
static int add_refs(struct mf_pkgindex_maker *m, struct mf_goimports_item *items, size_t count, struct mf_err *err)
{
    if (count > 0)
        qsort(items, count, sizeof(*items), compare_items);
    for (size_t i = 0; i < count; i++) {
        if ((i > 0 && mf_str_eq(items[i].text, items[i - 1].text)) || mf_str_eq(items[i].text, MF_LIT("C")))
            continue;
        if (mf_grow(&m->refs, &m->ref_cap, m->ref_count + 1, sizeof(*m->refs), REFS_MAX, err) < 0 ||
            intern(m, items[i].text, &m->refs[m->ref_count], err) < 0)
            return -1;
        m->ref_count++;
    }
    return 0;
}

static unsigned flags_of(struct mf_str name, const struct mf_goimports *f)
{
    static const unsigned faults[] = {0, MF_PKGINDEX_SYNTAX, MF_PKGINDEX_NUL, MF_PKGINDEX_CONSTRAINTS};
    unsigned flags = faults[f->fault];
    if (mf_str_ends(name, MF_LIT("_test.go")))
        flags |= mf_str_ends(f->package, MF_LIT("_test")) ? MF_PKGINDEX_TEST | MF_PKGINDEX_XTEST : MF_PKGINDEX_TEST;
    if (f->cgo)
        flags |= MF_PKGINDEX_CGO;
    if (f->embed_count > 0)
        flags |= MF_PKGINDEX_EMBED;
    return flags;
}

/* What the file says, into the record and the list of refs. */
static int add_content(struct mf_pkgindex_maker *m, struct record *r, struct mf_str content, struct mf_err *err)
{
    struct mf_goimports f;
    if (mf_goimports_parse(content, &m->scratch, &f, err) < 0)
        return -1;
    r->flags = flags_of(r->name, &f);
    if (intern(m, f.package, &r->ids[MF_PKGINDEX_PACKAGE], err) < 0 ||
        intern(m, f.constraint, &r->ids[MF_PKGINDEX_CONSTRAINT], err) < 0 ||
        intern(m, f.fault_text, &r->ids[MF_PKGINDEX_FAULT], err) < 0 || add_refs(m, f.imports, f.import_count, err) < 0)
        return -1;
    r->imports = (uint32_t)m->ref_count - r->first_ref;
    if (add_refs(m, f.embeds, f.embed_count, err) < 0)
        return -1;
    r->embeds = (uint32_t)m->ref_count - r->first_ref - r->imports;
    return 0;
}

int mf_pkgindex_add(struct mf_pkgindex_maker *m, struct mf_str name, struct mf_str content, struct mf_err *err)
{
    struct mf_str base = base_name(name);
    struct mf_str dir = mf_str_head(name, name.n - base.n - (base.n < name.n));
    struct record r = {.name = base, .first_ref = (uint32_t)m->ref_count};
    if (!mf_str_ends(name, MF_LIT(".go")))
        return 0;
    if (mf_grow(&m->records, &m->cap, m->count + 1, sizeof(*m->records), FILES_MAX, err) < 0)
        return -1;
    if (intern(m, dir, &r.dir_id, err) < 0 || intern(m, base, &r.ids[MF_PKGINDEX_NAME], err) < 0)
        return -1;
    if (is_hidden(base))
        r.flags = MF_PKGINDEX_HIDDEN;
    else if (add_content(m, &r, content, err) < 0) {
        m->ref_count = r.first_ref;
        return mf_err_prefix(err, "%.*s", MF_FMT(name));
    }
    if (m->scratch.used > SCRATCH_KEPT)
        mf_arena_release(&m->scratch);
    r.dir = m->strings.items[r.dir_id];
    r.name = m->strings.items[r.ids[MF_PKGINDEX_NAME]];
    m->records[m->count++] = r;
    return 0;
}

static int compare_records(const void *a, const void *b)
{
    const struct record *x = a, *y = b;
    int order = mf_str_cmp(x->dir, y->dir);
    return order ? order : mf_str_cmp(x->name, y->name);
}

/* Strings in the order of their first use. */
struct numbering {
    uint32_t *new_of; /* UINT32_MAX while unused */
    uint32_t *old_of;
    uint32_t count;
    uint64_t bytes; /* of the strings numbered so far */
};

static void free_numbering(struct numbering *n)
{
    free(n->new_of);
    free(n->old_of);
}

static uint32_t number(const struct mf_pkgindex_maker *m, struct numbering *n, uint32_t old)
{
    if (n->new_of[old] == UINT32_MAX) {
        n->bytes += m->strings.items[old].n;
        n->old_of[n->count] = old;
        n->new_of[old] = n->count++;
    }
    return n->new_of[old];
}

static bool begins_dir(const struct mf_pkgindex_maker *m, size_t i)
{
    return i == 0 || m->records[i].dir_id != m->records[i - 1].dir_id;
}

/* Numbers the strings and counts the directories. */
static uint32_t number_all(const struct mf_pkgindex_maker *m, struct numbering *n)
{
    uint32_t dirs = 0;
    (void)number(m, n, 0);
    for (size_t i = 0; i < m->count; i++) {
        const struct record *r = &m->records[i];
        if (begins_dir(m, i)) {
            dirs++;
            (void)number(m, n, r->dir_id);
        }
        for (size_t k = 0; k < MF_PKGINDEX_FILE_STRINGS; k++)
            (void)number(m, n, r->ids[k]);
        for (uint32_t k = 0; k < r->imports + r->embeds; k++)
            (void)number(m, n, m->refs[r->first_ref + k]);
    }
    return dirs;
}

static void put(struct mf_buf *out, uint32_t value)
{
    char bytes[4] = {(char)value, (char)(value >> 8), (char)(value >> 16), (char)(value >> 24)};
    mf_buf_add(out, bytes, sizeof(bytes));
}

static void put_strings(const struct mf_pkgindex_maker *m, const struct numbering *n, struct mf_buf *out)
{
    uint32_t at = 0;
    for (uint32_t i = 0; i < n->count; i++) {
        put(out, at);
        at += (uint32_t)m->strings.items[n->old_of[i]].n;
    }
    put(out, at);
}

static void put_dirs(const struct mf_pkgindex_maker *m, const struct numbering *n, struct mf_buf *out)
{
    for (size_t i = 0; i < m->count; i++) {
        if (!begins_dir(m, i))
            continue;
        put(out, n->new_of[m->records[i].dir_id]);
        put(out, (uint32_t)i);
    }
    put(out, 0);
    put(out, (uint32_t)m->count);
}

static void put_files(const struct mf_pkgindex_maker *m, const struct numbering *n, struct mf_buf *out)
{
    uint32_t ref = 0;
    for (size_t i = 0; i < m->count; i++) {
        const struct record *r = &m->records[i];
        for (size_t k = 0; k < MF_PKGINDEX_FILE_STRINGS; k++)
            put(out, n->new_of[r->ids[k]]);
        put(out, r->flags);
        put(out, ref);
        put(out, ref + r->imports);
        ref += r->imports + r->embeds;
    }
    for (size_t k = 0; k < MF_PKGINDEX_FILE_STRINGS + 1; k++)
        put(out, 0);
    put(out, ref);
    put(out, ref);
}

static void put_refs(const struct mf_pkgindex_maker *m, const struct numbering *n, struct mf_buf *out)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct record *r = &m->records[i];
        for (uint32_t k = 0; k < r->imports + r->embeds; k++)
            put(out, n->new_of[m->refs[r->first_ref + k]]);
    }
}

static int write_index(const struct mf_pkgindex_maker *m, struct numbering *n, struct mf_buf *out, struct mf_err *err)
{
    uint32_t dirs = number_all(m, n);
    struct mf_pkgindex_counts counts = {dirs, (uint32_t)m->count, (uint32_t)m->ref_count, n->count, n->bytes};
    if (mf_pkgindex_form_size(&counts) > MF_PKGINDEX_MAX)
        return mf_err_set(err, MF_E_LIMIT, "its index is larger than %zu bytes", MF_PKGINDEX_MAX);
    mf_buf_str(out, MF_LIT(MF_PKGINDEX_MAGIC));
    put(out, dirs);
    put(out, (uint32_t)m->count);
    put(out, (uint32_t)m->ref_count);
    put(out, n->count);
    put(out, (uint32_t)n->bytes);
    put_strings(m, n, out);
    put_dirs(m, n, out);
    put_files(m, n, out);
    put_refs(m, n, out);
    for (uint32_t i = 0; i < n->count; i++)
        mf_buf_str(out, m->strings.items[n->old_of[i]]);
    return mf_buf_check(out, err);
}

int mf_pkgindex_finish(struct mf_pkgindex_maker *m, struct mf_buf *out, struct mf_err *err)
{
    MF_CLEANUP(free_numbering) struct numbering n = {.count = 0};
    if (m->count > 0)
        qsort(m->records, m->count, sizeof(*m->records), compare_records);
    for (size_t i = 1; i < m->count; i++) {
        if (compare_records(&m->records[i - 1], &m->records[i]) == 0)
            return mf_err_set(err, MF_E_DAMAGED, "%.*s%s%.*s is there twice", MF_FMT(m->records[i].dir),
                              m->records[i].dir.n ? "/" : "", MF_FMT(m->records[i].name));
    }
    n.new_of = malloc(m->strings.count * sizeof(*n.new_of));
    n.old_of = malloc(m->strings.count * sizeof(*n.old_of));
    if (!n.new_of || !n.old_of)
        return mf_err_nomem(err);
    memset(n.new_of, 0xFF, m->strings.count * sizeof(*n.new_of));
    return write_index(m, &n, out, err);
}

#include "formats/dirhash.h"

#include <stdlib.h>

#include "formats/base/buf.h"
#include "formats/base/encode.h"

/* A zip of 500 MiB has room for fewer entries than this. */
enum { MAX_ENTRIES = 1 << 24 };

struct mf_dirhash_entry {
    struct mf_str name;
    struct mf_digest content;
};

int mf_dirhash_add(struct mf_dirhash *h, struct mf_str name, const struct mf_digest *content, struct mf_err *err)
{
    if (mf_str_find(name, '\n') < name.n)
        return mf_err_set(err, MF_E_MODZIP, "file name \"%.*s\" contains a newline", MF_FMT(name));
    if (mf_grow(&h->entries, &h->cap, h->count + 1, sizeof(*h->entries), MAX_ENTRIES, err) < 0)
        return -1;
    struct mf_dirhash_entry *e = &h->entries[h->count];
    if (mf_arena_dup(&h->names, name, &e->name, err) < 0)
        return -1;
    e->content = *content;
    h->count++;
    return 0;
}

static int by_name(const void *a, const void *b)
{
    const struct mf_dirhash_entry *x = a, *y = b;
    return mf_str_cmp(x->name, y->name);
}

static void add_line(struct mf_sha256 *sum, struct mf_str name, const struct mf_digest *content)
{
    char hex[MF_HEX_SIZE(sizeof(content->b))];
    mf_hex(content->b, sizeof(content->b), hex);
    mf_sha256_add(sum, hex, sizeof(hex) - 1);
    mf_sha256_add(sum, "  ", 2);
    mf_sha256_add(sum, name.p, name.n);
    mf_sha256_add(sum, "\n", 1);
}

static void write_h1(struct mf_sha256 *sum, char h1[MF_H1_SIZE])
{
    struct mf_digest d;
    mf_sha256_done(sum, &d);
    memcpy(h1, "h1:", 3);
    mf_base64(d.b, sizeof(d.b), h1 + 3);
}

void mf_dirhash_done(struct mf_dirhash *h, char h1[MF_H1_SIZE])
{
    struct mf_sha256 sum;
    mf_sha256_init(&sum);
    if (h->count)
        qsort(h->entries, h->count, sizeof(*h->entries), by_name);
    for (size_t i = 0; i < h->count; i++)
        add_line(&sum, h->entries[i].name, &h->entries[i].content);
    write_h1(&sum, h1);
    h->count = 0;
    mf_arena_release(&h->names);
}

void mf_dirhash_release(struct mf_dirhash *h)
{
    free(h->entries);
    mf_arena_release(&h->names);
    h->entries = NULL;
    h->count = h->cap = 0;
}

void mf_dirhash_gomod(struct mf_str text, char h1[MF_H1_SIZE])
{
    struct mf_sha256 sum;
    struct mf_digest content = mf_sha256_of(text);
    mf_sha256_init(&sum);
    add_line(&sum, MF_LIT("go.mod"), &content);
    write_h1(&sum, h1);
}

bool mf_h1_valid(struct mf_str h1)
{
    struct mf_digest d;
    return mf_str_starts(h1, MF_LIT("h1:")) && mf_base64_parse(mf_str_from(h1, 3), d.b, sizeof(d.b));
}

/* Answers questions about notes, records and tiles, a line each, for
 * tests/diff/sumdb/judge.go. Bytes are in hex, an empty field is "-".
 *
 *     note KEY NOTE             ok TEXT | no
 *     head TEXT                 ok SIZE ROOT | no
 *     lookup TEXT               ok ID RECORD NOTE | no
 *     path TEXT                 ok LEVEL NUMBER WIDTH | no
 *     proof SIZE ROOT IDS SIZES          ok PATH,PATH,... | no      then, where ok:
 *     tiles DATA,DATA,...       ok HASH,HASH,... | no               ids first, then sizes
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/base/encode.h"
#include "formats/tileproof.h"

static struct mf_err err;

static void fail(const char *why)
{
    fprintf(stderr, "driver: %s\n", why);
    exit(2);
}

/* The bytes of a hex field. */
static struct mf_str unhex(struct mf_str text, struct mf_arena *arena)
{
    if (mf_str_eq(text, MF_LIT("-")))
        return (struct mf_str){NULL, 0};
    char *bytes = mf_arena_array(arena, text.n / 2 + 1, 1, &err);
    if (!bytes || !mf_hex_parse(text, bytes, text.n / 2))
        fail("a field is not hex");
    return (struct mf_str){bytes, text.n / 2};
}

static void put(const void *p, size_t n)
{
    if (n == 0)
        putchar('-');
    for (size_t i = 0; i < n; i++)
        printf("%02x", ((const unsigned char *)p)[i]);
}

static uint64_t number(struct mf_str text)
{
    char copy[32] = "";
    if (text.n == 0 || text.n >= sizeof(copy))
        fail("this is no number");
    memcpy(copy, text.p, text.n);
    return strtoull(copy, NULL, 10);
}

static bool open_note(struct mf_str key_text, struct mf_str note)
{
    struct mf_notekey key;
    struct mf_str text;
    if (mf_notekey_parse(key_text, &key, &err) < 0 || mf_note_open(note, &key, &text, &err) < 0)
        return false;
    printf("ok ");
    put(text.p, text.n);
    return true;
}

static bool parse_head(struct mf_str text)
{
    struct mf_treehead head;
    if (mf_treehead_parse(text, &head, &err) < 0)
        return false;
    printf("ok %llu ", (unsigned long long)head.size);
    put(head.root.b, sizeof(head.root.b));
    return true;
}

static bool parse_lookup(struct mf_str text)
{
    struct mf_lookup lookup;
    if (mf_lookup_parse(text, &lookup, &err) < 0)
        return false;
    printf("ok %llu ", (unsigned long long)lookup.id);
    put(lookup.record.p, lookup.record.n);
    putchar(' ');
    put(lookup.note.p, lookup.note.n);
    return true;
}

static bool parse_path(struct mf_str text)
{
    struct mf_tile t;
    if (!mf_tile_path_parse(text, &t))
        return false;
    printf("ok %u %llu %u", t.level, (unsigned long long)t.number, t.width);
    return true;
}

/* A proof under way, between its two lines. */
static struct {
    struct mf_arena arena;
    struct mf_tileproof proof;
    struct mf_str ids, sizes;
} under_way;

static bool start_proof(struct mf_str size, struct mf_str root, struct mf_str ids, struct mf_str sizes)
{
    struct mf_tileproof *p = &under_way.proof;
    struct mf_treehead head = {.size = number(size)};
    char path[MF_TILE_PATH_SIZE];
    mf_tileproof_release(p);
    mf_arena_release(&under_way.arena);
    under_way.arena = MF_ARENA_INIT(256 * MF_MIB);
    if (!mf_hex_parse(root, head.root.b, sizeof(head.root.b)) || mf_arena_dup(&under_way.arena, ids, &ids, &err) < 0 ||
        mf_arena_dup(&under_way.arena, sizes, &sizes, &err) < 0)
        fail("proof");
    under_way.ids = ids;
    under_way.sizes = sizes;
    if (mf_tileproof_begin(p, &head, &under_way.arena, &err) < 0)
        return false;
    for (struct mf_str rest = ids; rest.n && rest.p[0] != '-';)
        if (mf_tileproof_want_record(p, number(mf_str_cut(rest, ',', &rest)), &err) < 0)
            return false;
    for (struct mf_str rest = sizes; rest.n && rest.p[0] != '-';)
        if (mf_tileproof_want_tree(p, number(mf_str_cut(rest, ',', &rest)), &err) < 0)
            return false;
    printf("ok ");
    for (size_t i = 0; i < p->count; i++) {
        mf_tile_path(p->tiles[i]->tile, path);
        printf("%s%s", i ? "," : "", path);
    }
    return true;
}

static bool finish_proof(struct mf_str tiles)
{
    struct mf_tileproof *p = &under_way.proof;
    size_t bad;
    for (size_t i = 0; i < p->count; i++) {
        struct mf_str data = unhex(mf_str_cut(tiles, ',', &tiles), &under_way.arena);
        if (data.n != mf_tile_bytes(p->tiles[i]->tile))
            fail("a tile has another size");
        p->tiles[i]->data = (const uint8_t *)data.p;
    }
    if (mf_tileproof_check(p, &bad, &err) < 0)
        return false;
    printf("ok ");
    for (struct mf_str rest = under_way.ids; rest.n && rest.p[0] != '-';) {
        struct mf_digest d = mf_tileproof_record(p, number(mf_str_cut(rest, ',', &rest)));
        put(d.b, sizeof(d.b));
        putchar(',');
    }
    for (struct mf_str rest = under_way.sizes; rest.n && rest.p[0] != '-';) {
        struct mf_digest d = mf_tileproof_tree(p, number(mf_str_cut(rest, ',', &rest)));
        put(d.b, sizeof(d.b));
        putchar(',');
    }
    return true;
}

static bool answer(struct mf_str word[5], struct mf_arena *arena)
{
    if (mf_str_eq(word[0], MF_LIT("note")))
        return open_note(unhex(word[1], arena), unhex(word[2], arena));
    if (mf_str_eq(word[0], MF_LIT("head")))
        return parse_head(unhex(word[1], arena));
    if (mf_str_eq(word[0], MF_LIT("lookup")))
        return parse_lookup(unhex(word[1], arena));
    if (mf_str_eq(word[0], MF_LIT("path")))
        return parse_path(unhex(word[1], arena));
    if (mf_str_eq(word[0], MF_LIT("proof")))
        return start_proof(word[1], word[2], word[3], word[4]);
    if (mf_str_eq(word[0], MF_LIT("tiles")))
        return finish_proof(word[1]);
    fail("an unknown question");
    return false;
}

int main(void)
{
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    if (sodium_init() < 0)
        return 2;
    while ((n = getline(&line, &cap, stdin)) > 0) {
        struct mf_arena arena = MF_ARENA_INIT(256 * MF_MIB);
        struct mf_str word[5] = {{NULL, 0}}, rest = {line, (size_t)n - 1};
        for (size_t i = 0; i < MF_COUNT(word) && rest.p; i++)
            word[i] = mf_str_cut(rest, ' ', &rest);
        if (!answer(word, &arena))
            printf("no");
        putchar('\n');
        fflush(stdout);
        mf_arena_release(&arena);
    }
    mf_tileproof_release(&under_way.proof);
    mf_arena_release(&under_way.arena);
    free(line);
    return 0;
}

#include "formats/goflate.h"

#include <stdlib.h>

#include "formats/goflatehuff.h"

enum {
    REACH = 32768,      /* the farthest distance */
    WINDOW = 2 * REACH, /* content held: up to REACH behind, the rest ahead */
    SLACK = 16,         /* bytes that may be read past the window's end */
    AHEAD = 8,          /* entries of positions so far ahead are brought near */
    MIN_MATCH = 4,
    MAX_MATCH = 258,
    LOOKAHEAD = MIN_MATCH + MAX_MATCH, /* below this, more input is waited for */
    NEAR = 4096,                       /* matches of MIN_MATCH bytes reach no farther */
    LAZY = 16,                         /* a match this long is not improved on */
    NICE = 32,                         /* one this long ends the search */
    CHAIN = 32,                        /* candidates tried */
    HASH_BITS = 17,
    NO_BLOCK = WINDOW + 1,
};

/* Positions are indexes into the window. In the tables a position is stored as
 * position + 1, and 0 is none. With 16 bits for each they fit into the cache of a
 * core, at the price of a pass over them whenever the window slides. */
struct mf_goflate {
    size_t at;                 /* next byte to look at */
    size_t end;                /* of the content in the window */
    size_t block;              /* where the content of the current block begins, or NO_BLOCK */
    unsigned length, distance; /* match found at the byte before `at` */
    bool waiting;              /* the byte before `at` is in no token yet */
    uint16_t head[1 << HASH_BITS];
    uint16_t prev[REACH];
    struct mf_goflatehuff huff;
    uint8_t window[WINDOW + SLACK];
};

int mf_goflate_new(struct mf_goflate **out, struct mf_err *err)
{
    struct mf_goflate *g = calloc(1, sizeof(*g));
    if (!g)
        return mf_err_nomem(err);
    mf_goflatehuff_init(&g->huff);
    mf_goflate_start(g);
    *out = g;
    return 0;
}

void mf_goflate_free(struct mf_goflate **g)
{
    free(*g);
    *g = NULL;
}

void mf_goflate_start(struct mf_goflate *g)
{
    memset(g->head, 0, sizeof(g->head)); /* what is in prev is found from there alone */
    g->at = g->end = g->block = 0;
    g->length = MIN_MATCH - 1;
    g->distance = 0;
    g->waiting = false;
    mf_goflatehuff_start(&g->huff);
}

static inline uint32_t load32(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static inline uint64_t load64(const uint8_t *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof(v));
    return v;
}

static inline uint32_t hash(const uint8_t *p)
{
    uint32_t v = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
    return v * 0x1e35a7bdu >> (32 - HASH_BITS);
}

/* Enters position `at` and returns what stood in its place. */
static inline uint16_t insert(struct mf_goflate *g, size_t at)
{
    uint16_t *head = &g->head[hash(g->window + at)], before = *head;
    __builtin_prefetch(&g->head[hash(g->window + at + AHEAD)], 1);
    g->prev[at % REACH] = before;
    *head = (uint16_t)(at + 1);
    return before;
}

/* The number of equal bytes at a and b, at most `most`. */
static inline unsigned equal_bytes(const uint8_t *a, const uint8_t *b, unsigned most)
{
    for (unsigned n = 0; n < most; n += 8) {
        uint64_t x = load64(a + n) ^ load64(b + n);
        if (!x)
            continue;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        n += (unsigned)__builtin_ctzll(x) / 8;
#else
        n += (unsigned)__builtin_clzll(x) / 8;
#endif
        return n < most ? n : most;
    }
    return most;
}

/* Looks along the chain that begins with the stored position `next` for a match
 * at `at` that is longer than `length` bytes, and of `most` at most. Returns the
 * length of the longest, the nearest of several, or `length` where there is
 * none. (Go starts from 3 bytes, whatever match it already has, and forgets what
 * is not longer; nothing else depends on where the search starts.) */
static inline unsigned find_match(const struct mf_goflate *g, uint32_t at, uint32_t next, unsigned length,
                                  unsigned most, unsigned *distance_out)
{
    const uint8_t *here = g->window + at;
    const uint8_t *window = g->window;
    unsigned nice = most < NICE ? most : NICE;
    uint32_t oldest = 1 + (at > REACH ? at - REACH : 0);
    uint32_t first = load32(here), last = load32(here + length - 3);
    for (int tries = CHAIN; tries > 0 && next >= oldest; tries--) {
        uint32_t i = next - 1;
        const uint8_t *there = window + i;
        next = g->prev[i % REACH];
        if (load32(there + length - 3) == last && load32(there) == first) {
            unsigned n = equal_bytes(there, here, most);
            if (n > length && (n > MIN_MATCH || at - i <= NEAR)) {
                length = n;
                *distance_out = at - i;
                if (n >= nice)
                    break;
                last = load32(here + length - 3);
            }
        }
        if (i + REACH == at)
            break; /* its link has been overwritten by our own */
    }
    return length;
}

static void write_block(struct mf_goflate *g, size_t at, struct mf_buf *out)
{
    struct mf_str content = {NULL, 0};
    if (g->block <= at)
        content = (struct mf_str){(const char *)g->window + g->block, at - g->block};
    g->block = at;
    mf_goflatehuff_block(&g->huff, content, out);
}

/* Writes the match found at the byte before, and enters the positions it
 * covers. `insert_end` is where positions can no longer be entered. */
static void take_match(struct mf_goflate *g, size_t insert_end, struct mf_buf *out)
{
    size_t after = g->at + g->length - 1, stop = after < insert_end ? after : insert_end;
    mf_goflatehuff_match(&g->huff, g->length, g->distance);
    for (size_t i = g->at + 1; i < stop; i++)
        insert(g, i);
    g->at = after;
    g->waiting = false;
    g->length = MIN_MATCH - 1;
    if (g->huff.token_n == MF_GOFLATE_MAX_TOKENS)
        write_block(g, g->at, out);
}

static inline void take_literal(struct mf_goflate *g, struct mf_buf *out)
{
    mf_goflatehuff_literal(&g->huff, g->window[g->at - 1]);
    if (g->huff.token_n == MF_GOFLATE_MAX_TOKENS)
        write_block(g, g->at, out);
}

/* Makes tokens while `keep` bytes are ahead. A match is written one byte late,
 * when the next byte has none that is longer. */
static void compress(struct mf_goflate *g, size_t keep, struct mf_buf *out)
{
    size_t insert_end = g->end < MIN_MATCH - 1 ? 0 : g->end - (MIN_MATCH - 1);
    while (g->end - g->at >= keep && g->at < g->end) {
        size_t ahead = g->end - g->at;
        unsigned length = g->length, distance = 0;
        if (g->at < insert_end) {
            uint32_t chain = insert(g, g->at);
            if (length < LAZY && ahead > length)
                length = find_match(g, (uint32_t)g->at, chain, length, ahead < MAX_MATCH ? (unsigned)ahead : MAX_MATCH,
                                    &distance);
        }
        if (!distance && length >= MIN_MATCH) {
            take_match(g, insert_end, out);
            continue;
        }
        if (g->waiting)
            take_literal(g, out);
        g->at++;
        g->waiting = true;
        g->length = length;
        g->distance = distance;
    }
}

/* Positions that leave the window become none. */
static void lower(uint16_t *positions, size_t n)
{
    for (size_t i = 0; i < n; i++)
        positions[i] = positions[i] > REACH ? (uint16_t)(positions[i] - REACH) : 0;
}

/* Drops the older half of the window. */
static void slide(struct mf_goflate *g)
{
    memcpy(g->window, g->window + REACH, REACH);
    g->at -= REACH;
    g->end -= REACH;
    g->block = g->block >= REACH && g->block != NO_BLOCK ? g->block - REACH : NO_BLOCK;
    lower(g->head, MF_COUNT(g->head));
    lower(g->prev, MF_COUNT(g->prev));
}

/* Work is done only on a full window, which makes the output independent of
 * how the input is cut. */
void mf_goflate_write(struct mf_goflate *g, const void *p, size_t n, struct mf_buf *out)
{
    const char *from = p;
    while (n) {
        if (g->end == WINDOW) {
            compress(g, LOOKAHEAD, out);
            slide(g);
        }
        size_t room = WINDOW - g->end, part = n < room ? n : room;
        memcpy(g->window + g->end, from, part);
        g->end += part;
        from += part;
        n -= part;
    }
}

void mf_goflate_finish(struct mf_goflate *g, struct mf_buf *out)
{
    compress(g, 0, out);
    if (g->waiting)
        mf_goflatehuff_literal(&g->huff, g->window[g->at - 1]);
    g->waiting = false;
    if (g->huff.token_n)
        write_block(g, g->at, out);
    mf_goflatehuff_end(&g->huff, out);
}

#include "formats/goflatehuff.h"

#include <endian.h>

#include "formats/goflatecode.h"

enum {
    END_OF_BLOCK = 256,
    MAX_STORED = 65535,
    RUN_SYMBOLS = 19, /* of the code for code lengths */
    RUN_COPY = 16,    /* repeat the last length 3 to 6 times */
    RUN_ZEROS = 17,   /* 3 to 10 zeros */
    RUN_MANY = 18,    /* 11 to 138 zeros */
    ROOM = 512,       /* bytes for a block's header and what is pending */
};

typedef struct mf_goflate_code code_t;

/* The order in which a dynamic header gives the lengths of the code for
 * lengths (RFC 1951, 3.2.7). */
static const uint8_t run_order[RUN_SYMBOLS] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};

static unsigned length_extra(unsigned code)
{
    return code < 8 || code == 28 ? 0 : code / 4 - 1;
}

static unsigned distance_extra(unsigned code)
{
    return code < 4 ? 0 : code / 2 - 1;
}

void mf_goflatehuff_init(struct mf_goflatehuff *h)
{
    for (unsigned l = 0; l < 255; l++) {
        unsigned top = l < 8 ? 0 : 31u - (unsigned)__builtin_clz(l);
        h->length_code[l] = (uint8_t)(l < 8 ? l : 4 * (top - 1) + (l >> (top - 2) & 3));
    }
    h->length_code[255] = 28;
}

static void clear_block(struct mf_goflatehuff *h)
{
    h->token_n = 0;
    memset(h->literal_freq, 0, sizeof(h->literal_freq));
    memset(h->distance_freq, 0, sizeof(h->distance_freq));
}

void mf_goflatehuff_start(struct mf_goflatehuff *h)
{
    h->pending = 0;
    h->pending_n = 0;
    clear_block(h);
}

/* Bits on their way into memory that is known to be large enough. */
struct bits {
    uint8_t *p;
    uint64_t word;
    unsigned n; /* below 8 between two calls */
};

/* Appends up to 56 bits. */
static inline void bits_put(struct bits *b, uint64_t value, unsigned n)
{
    b->word |= value << b->n;
    b->n += n;
    uint64_t little = htole64(b->word);
    memcpy(b->p, &little, sizeof(little));
    b->p += b->n >> 3;
    b->word >>= b->n & ~7u;
    b->n &= 7;
}

static inline void bits_code(struct bits *b, code_t c)
{
    bits_put(b, c.bits, c.n);
}

/* Runs `bytes` of room for the block; false after a failure of the buffer. */
static bool bits_open(struct bits *b, const struct mf_goflatehuff *h, size_t bytes, struct mf_buf *out)
{
    *b = (struct bits){(uint8_t *)mf_buf_room(out, bytes), h->pending, h->pending_n};
    return b->p != NULL;
}

static void bits_close(const struct bits *b, struct mf_goflatehuff *h, struct mf_buf *out)
{
    mf_buf_grew(out, (size_t)((char *)b->p - (out->p + out->n)));
    h->pending = b->word;
    h->pending_n = b->n;
}

/* A stored block's header: three bits, the rest of the byte, length twice. */
static void put_stored_header(struct bits *b, unsigned last, unsigned n)
{
    bits_put(b, last, 3);
    if (b->n)
        bits_put(b, 0, 8 - b->n);
    bits_put(b, n | (uint64_t)(~n & 0xffff) << 16, 32);
}

/* The codes of a dynamic block and their description in its header. */
struct dynamic {
    code_t literals[MF_GOFLATE_LITERALS];
    code_t distances[MF_GOFLATE_DISTANCES];
    code_t runs[RUN_SYMBOLS];
    size_t literal_n, distance_n, run_code_n; /* how many the header lists */
    uint32_t run_freq[RUN_SYMBOLS];
    size_t run_n;
    struct {
        uint8_t symbol, extra, extra_n;
    } run[MF_GOFLATE_LITERALS + MF_GOFLATE_DISTANCES];
};

static void add_run(struct dynamic *d, unsigned symbol, size_t extra, unsigned extra_n)
{
    d->run[d->run_n].symbol = (uint8_t)symbol;
    d->run[d->run_n].extra = (uint8_t)extra;
    d->run[d->run_n++].extra_n = (uint8_t)extra_n;
    d->run_freq[symbol]++;
}

/* Describes `count` code lengths equal to `length`. */
static void add_lengths(struct dynamic *d, unsigned length, size_t count)
{
    if (length) {
        add_run(d, length, 0, 0);
        count--;
    }
    while (count >= (length ? 3 : 11)) {
        size_t most = length ? 6 : 138, n = count < most ? count : most;
        if (length)
            add_run(d, RUN_COPY, n - 3, 2);
        else
            add_run(d, RUN_MANY, n - 11, 7);
        count -= n;
    }
    if (!length && count >= 3) {
        add_run(d, RUN_ZEROS, count - 3, 3);
        count = 0;
    }
    while (count--)
        add_run(d, length, 0, 0);
}

static void describe(struct dynamic *d)
{
    size_t total = d->literal_n + d->distance_n, from = 0;
    uint8_t lengths[MF_GOFLATE_LITERALS + MF_GOFLATE_DISTANCES];
    for (size_t i = 0; i < d->literal_n; i++)
        lengths[i] = (uint8_t)d->literals[i].n;
    for (size_t i = 0; i < d->distance_n; i++)
        lengths[d->literal_n + i] = (uint8_t)d->distances[i].n;
    memset(d->run_freq, 0, sizeof(d->run_freq));
    d->run_n = 0;
    for (size_t i = 1; i <= total; i++) {
        if (i < total && lengths[i] == lengths[from])
            continue;
        add_lengths(d, lengths[from], i - from);
        from = i;
    }
    mf_goflatecode_build(d->run_freq, RUN_SYMBOLS, 7, d->runs);
    d->run_code_n = RUN_SYMBOLS;
    while (d->run_code_n > 4 && d->run_freq[run_order[d->run_code_n - 1]] == 0)
        d->run_code_n--;
}

static size_t used(const uint32_t *freq, size_t n)
{
    while (n && !freq[n - 1])
        n--;
    return n;
}

static void make_dynamic(struct mf_goflatehuff *h, struct dynamic *d)
{
    d->literal_n = used(h->literal_freq, MF_GOFLATE_LITERALS);
    d->distance_n = used(h->distance_freq, MF_GOFLATE_DISTANCES);
    if (d->distance_n == 0) {
        /* A block without matches still describes, and counts, one distance. */
        h->distance_freq[0] = 1;
        d->distance_n = 1;
    }
    mf_goflatecode_build(h->literal_freq, MF_GOFLATE_LITERALS, 15, d->literals);
    mf_goflatecode_build(h->distance_freq, MF_GOFLATE_DISTANCES, 15, d->distances);
    describe(d);
}

static size_t coded_size(const uint32_t *freq, size_t n, const code_t *codes)
{
    size_t bits = 0;
    for (size_t i = 0; i < n; i++)
        bits += (size_t)freq[i] * codes[i].n;
    return bits;
}

static size_t dynamic_size(const struct mf_goflatehuff *h, const struct dynamic *d)
{
    return 3 + 5 + 5 + 4 + 3 * d->run_code_n + coded_size(d->run_freq, RUN_SYMBOLS, d->runs) +
           (size_t)d->run_freq[RUN_COPY] * 2 + (size_t)d->run_freq[RUN_ZEROS] * 3 + (size_t)d->run_freq[RUN_MANY] * 7 +
           coded_size(h->literal_freq, MF_GOFLATE_LITERALS, d->literals) +
           coded_size(h->distance_freq, MF_GOFLATE_DISTANCES, d->distances);
}

static unsigned fixed_length(size_t symbol)
{
    if (symbol < 144)
        return 8;
    if (symbol < 256)
        return 9;
    return symbol < 280 ? 7 : 8;
}

static size_t fixed_size(const struct mf_goflatehuff *h)
{
    size_t bits = 3;
    for (size_t i = 0; i < MF_GOFLATE_LITERALS; i++)
        bits += (size_t)h->literal_freq[i] * fixed_length(i);
    for (size_t i = 0; i < MF_GOFLATE_DISTANCES; i++)
        bits += (size_t)h->distance_freq[i] * 5;
    return bits;
}

static size_t extra_size(const struct mf_goflatehuff *h)
{
    size_t bits = 0;
    for (unsigned i = 0; i < 29; i++)
        bits += (size_t)h->literal_freq[257 + i] * length_extra(i);
    for (unsigned i = 0; i < MF_GOFLATE_DISTANCES; i++)
        bits += (size_t)h->distance_freq[i] * distance_extra(i);
    return bits;
}

static uint16_t reversed(unsigned code, unsigned n)
{
    unsigned out = 0;
    while (n--) {
        out = out << 1 | (code & 1);
        code >>= 1;
    }
    return (uint16_t)out;
}

/* The codes of RFC 1951, 3.2.6. */
static void make_fixed(struct dynamic *d)
{
    for (unsigned i = 0; i < MF_GOFLATE_LITERALS; i++) {
        unsigned n = fixed_length(i), code;
        if (i < 144)
            code = 0x30 + i;
        else if (i < 256)
            code = 0x190 + (i - 144);
        else if (i < 280)
            code = i - 256;
        else
            code = 0xc0 + (i - 280);
        d->literals[i] = (code_t){reversed(code, n), (uint16_t)n};
    }
    for (unsigned i = 0; i < MF_GOFLATE_DISTANCES; i++)
        d->distances[i] = (code_t){reversed(i, 5), 5};
}

static void put_dynamic_header(struct bits *b, const struct dynamic *d)
{
    bits_put(b, 4, 3);
    bits_put(b, d->literal_n - 257, 5);
    bits_put(b, d->distance_n - 1, 5);
    bits_put(b, d->run_code_n - 4, 4);
    for (size_t i = 0; i < d->run_code_n; i++)
        bits_put(b, d->runs[run_order[i]].n, 3);
    for (size_t i = 0; i < d->run_n; i++) {
        bits_code(b, d->runs[d->run[i].symbol]);
        bits_put(b, d->run[i].extra, d->run[i].extra_n);
    }
}

static void put_match(struct bits *b, const struct mf_goflatehuff *h, uint32_t token, const struct dynamic *d)
{
    uint32_t length = token >> 16 & 0xff, distance = token & 0x7fff;
    unsigned code = h->length_code[length], extra_n = length_extra(code);
    code_t c = d->literals[257 + code];
    uint64_t value = c.bits;
    unsigned n = c.n;
    value |= (uint64_t)(length & ((1u << extra_n) - 1)) << n;
    n += extra_n;
    code = mf_goflatehuff_distance_code(distance);
    extra_n = distance_extra(code);
    c = d->distances[code];
    value |= (uint64_t)c.bits << n;
    n += c.n;
    value |= (uint64_t)(distance & ((1u << extra_n) - 1)) << n;
    bits_put(b, value, n + extra_n);
}

static void put_tokens(struct bits *to, const struct mf_goflatehuff *h, const struct dynamic *d)
{
    struct bits b = *to;
    for (uint32_t i = 0; i < h->token_n; i++) {
        uint32_t token = h->tokens[i];
        if (token & MF_GOFLATE_MATCH)
            put_match(&b, h, token, d);
        else
            bits_code(&b, d->literals[token]);
    }
    bits_code(&b, d->literals[END_OF_BLOCK]);
    *to = b;
}

void mf_goflatehuff_block(struct mf_goflatehuff *h, struct mf_str content, struct mf_buf *out)
{
    struct dynamic d;
    struct bits b;
    bool storable = content.p && content.n <= MAX_STORED;
    h->literal_freq[END_OF_BLOCK] = 1;
    make_dynamic(h, &d);
    size_t extra = extra_size(h), fixed = fixed_size(h) + extra, own = dynamic_size(h, &d) + extra;
    size_t size = own < fixed ? own : fixed;
    if (storable && (content.n + 5) * 8 < size) {
        if (bits_open(&b, h, ROOM, out)) {
            put_stored_header(&b, 0, (unsigned)content.n);
            bits_close(&b, h, out);
        }
        mf_buf_str(out, content);
    } else if (bits_open(&b, h, size / 8 + ROOM, out)) {
        if (own < fixed) {
            put_dynamic_header(&b, &d);
        } else {
            make_fixed(&d);
            bits_put(&b, 2, 3);
        }
        put_tokens(&b, h, &d);
        bits_close(&b, h, out);
    }
    clear_block(h);
}

void mf_goflatehuff_end(struct mf_goflatehuff *h, struct mf_buf *out)
{
    struct bits b;
    if (!bits_open(&b, h, ROOM, out))
        return;
    put_stored_header(&b, 1, 0);
    bits_close(&b, h, out);
}

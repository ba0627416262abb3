#include "formats/goflatecode.h"

enum { MAX_BITS = 15, MAX_ITEMS = 2 * MF_GOFLATE_LITERALS };

/* Symbols with their frequencies, by frequency and then by symbol. */
struct sorted {
    size_t n;
    uint32_t freq[MF_GOFLATE_LITERALS];
    uint16_t symbol[MF_GOFLATE_LITERALS];
};

/* One stable pass of a radix sort, by the byte of the frequency at `shift`. */
static void sort_pass(const struct sorted *from, struct sorted *to, unsigned shift)
{
    uint16_t start[257] = {0};
    for (size_t i = 0; i < from->n; i++)
        start[(from->freq[i] >> shift & 0xff) + 1]++;
    for (size_t i = 1; i < 257; i++)
        start[i] = (uint16_t)(start[i] + start[i - 1]);
    for (size_t i = 0; i < from->n; i++) {
        size_t at = start[from->freq[i] >> shift & 0xff]++;
        to->freq[at] = from->freq[i];
        to->symbol[at] = from->symbol[i];
    }
    to->n = from->n;
}

static void collect(const uint32_t *freq, size_t n, struct sorted *s)
{
    uint32_t most = 0;
    struct sorted other;
    s->n = 0;
    for (size_t i = 0; i < n; i++) {
        if (!freq[i])
            continue;
        s->freq[s->n] = freq[i];
        s->symbol[s->n++] = (uint16_t)i;
        if (freq[i] > most)
            most = freq[i];
    }
    sort_pass(s, &other, 0);
    if (most < 0x100)
        *s = other;
    else
        sort_pass(&other, s, 8);
}

/* The items of one level of package-merge, in order. */
struct level {
    size_t n;
    uint32_t weight[MAX_ITEMS];
    uint16_t leaves[MAX_ITEMS + 1]; /* of the first i items, how many are symbols */
};

/* Merges the symbols with the packages (pairs of neighbours) of the level
 * below. */
static void merge_level(const struct sorted *s, const struct level *below, struct level *out)
{
    size_t leaf = 0, pair = 0, pairs = below->n / 2, n = 0;
    out->leaves[0] = 0;
    while (leaf < s->n || pair < pairs) {
        uint32_t package = pair < pairs ? below->weight[2 * pair] + below->weight[2 * pair + 1] : UINT32_MAX;
        if (leaf < s->n && s->freq[leaf] < package) {
            out->weight[n] = s->freq[leaf++];
        } else {
            out->weight[n] = package;
            pair++;
        }
        out->leaves[++n] = (uint16_t)leaf;
    }
    out->n = n;
}

static bool same_level(const struct level *a, const struct level *b)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): merge_level has made both */
    return a->n == b->n && memcmp(a->leaves, b->leaves, (a->n + 1) * sizeof(a->leaves[0])) == 0 &&
           memcmp(a->weight, b->weight, a->n * sizeof(a->weight[0])) == 0;
}

/* Finds how many symbols get codes of each length: those that the first
 * 2n - 2 items of the top level are made of count once per level. */
static void count_lengths(const struct sorted *s, unsigned max_bits, uint16_t counts[MAX_BITS + 1])
{
    struct level levels[MAX_BITS];
    const struct level *below = &(const struct level){.n = 0};
    unsigned built = 0;
    if (max_bits > s->n - 1)
        max_bits = (unsigned)(s->n - 1);
    /* Once two levels are equal, all above them are. */
    while (built < max_bits) {
        merge_level(s, below, &levels[built]);
        bool settled = built > 0 && same_level(&levels[built], below);
        below = &levels[built++];
        if (settled)
            break;
    }
    size_t take = 2 * s->n - 2, above = 0;
    memset(counts, 0, (MAX_BITS + 1) * sizeof(counts[0]));
    for (unsigned i = max_bits; i > 0; i--) {
        const struct level *l = &levels[i < built ? i - 1 : built - 1];
        /* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): every level below `built` was made */
        size_t leaves = l->leaves[take];
        /* `leaves` symbols have codes of at least max_bits - i + 1 bits. */
        if (i < max_bits)
            counts[max_bits - i] = (uint16_t)(above - leaves);
        above = leaves;
        take = 2 * (take - leaves);
    }
    counts[max_bits] = (uint16_t)above;
}

static uint16_t reverse(unsigned code, unsigned n)
{
    unsigned out = 0;
    while (n--) {
        out = out << 1 | (code & 1);
        code >>= 1;
    }
    return (uint16_t)out;
}

void mf_goflatecode_build(const uint32_t *freq, size_t n, unsigned max_bits, struct mf_goflate_code *codes)
{
    struct sorted s;
    uint16_t counts[MAX_BITS + 1], next[MAX_BITS + 1];
    collect(freq, n, &s);
    memset(codes, 0, n * sizeof(*codes));
    if (s.n <= 2) {
        uint16_t code = 0;
        for (size_t i = 0; i < n; i++) {
            if (freq[i])
                codes[i] = (struct mf_goflate_code){code++, 1};
        }
        return;
    }
    count_lengths(&s, max_bits, counts);
    /* The most frequent symbols, at the end, get the shortest codes. */
    unsigned code = 0;
    size_t end = s.n;
    for (unsigned bits = 1; bits <= MAX_BITS; bits++) {
        code <<= 1;
        next[bits] = (uint16_t)code;
        code += counts[bits];
        for (unsigned k = 0; k < counts[bits]; k++)
            codes[s.symbol[--end]].n = (uint16_t)bits;
    }
    for (size_t i = 0; i < n; i++) {
        if (codes[i].n)
            codes[i].bits = reverse(next[codes[i].n]++, codes[i].n);
    }
}

#include "formats/tile.h"

#include <stdio.h>

#include "formats/treehead.h"

enum { HEIGHT = 8, LEVELS = 7, GROUP = 1000, GROUPS_MAX = 6 };

size_t mf_treenodes(uint64_t size, struct mf_treenode out[MF_TREENODES_MAX])
{
    size_t n = 0;
    uint64_t from = 0;
    for (unsigned level = MF_TREENODES_MAX; level-- > 0;) {
        if (!(size >> level & 1))
            continue;
        out[n++] = (struct mf_treenode){level, from >> level};
        from += (uint64_t)1 << level;
    }
    return n;
}

struct mf_tile mf_tile_of(struct mf_treenode node)
{
    unsigned above = node.level % HEIGHT;
    uint64_t first = node.index << above; /* of the hashes at the tile's own level */
    struct mf_tile t = {.level = node.level / HEIGHT, .number = first >> HEIGHT};
    t.width = (unsigned)(first - (t.number << HEIGHT)) + (1U << above);
    return t;
}

struct mf_tile mf_tile_parent(struct mf_tile t, unsigned k, uint64_t size)
{
    struct mf_tile p = {t.level + k, 0, 0};
    if (p.level >= LEVELS)
        return p;
    p.number = t.number >> (k * HEIGHT);
    uint64_t there = size >> (p.level * HEIGHT), first = p.number << HEIGHT;
    if (first < there)
        p.width = there - first < MF_TILE_HASHES ? (unsigned)(there - first) : MF_TILE_HASHES;
    return p;
}

int mf_tile_order(const struct mf_tile *a, const struct mf_tile *b)
{
    if (a->level != b->level)
        return a->level < b->level ? -1 : 1;
    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return (a->width > b->width) - (a->width < b->width);
}

void mf_tile_path(struct mf_tile t, char out[MF_TILE_PATH_SIZE])
{
    unsigned groups[GROUPS_MAX];
    size_t count = 0;
    do {
        groups[count++] = (unsigned)(t.number % GROUP);
        t.number /= GROUP;
    } while (t.number && count < GROUPS_MAX);
    int used = snprintf(out, MF_TILE_PATH_SIZE, "tile/%d/%u/", HEIGHT, t.level);
    while (count-- > 0)
        used += snprintf(out + used, MF_TILE_PATH_SIZE - (size_t)used, count ? "x%03u/" : "%03u", groups[count]);
    if (t.width != MF_TILE_HASHES)
        snprintf(out + used, MF_TILE_PATH_SIZE - (size_t)used, ".p/%u", t.width);
}

/* Takes the digits in front of *s, at most `most` of them. */
static bool take_number(struct mf_str *s, size_t most, uint64_t *out)
{
    size_t n = 0;
    *out = 0;
    for (; n < s->n && n < most && s->p[n] >= '0' && s->p[n] <= '9'; n++)
        *out = *out * 10 + (uint64_t)(s->p[n] - '0');
    *s = mf_str_from(*s, n);
    return n > 0;
}

static bool take_byte(struct mf_str *s, char c)
{
    if (s->n == 0 || s->p[0] != c)
        return false;
    *s = mf_str_from(*s, 1);
    return true;
}

bool mf_tile_path_parse(struct mf_str path, struct mf_tile *out)
{
    struct mf_tile t = {0};
    struct mf_str rest = path, prefix = MF_LIT("tile/8/");
    uint64_t level, group, width = MF_TILE_HASHES;
    char again[MF_TILE_PATH_SIZE];
    bool more = true;
    if (!mf_str_starts(rest, prefix) || path.n >= MF_TILE_PATH_SIZE)
        return false;
    rest = mf_str_from(rest, prefix.n);
    if (!take_number(&rest, 1, &level) || level >= LEVELS || !take_byte(&rest, '/'))
        return false;
    for (int i = 0; more && i < GROUPS_MAX; i++) {
        more = take_byte(&rest, 'x');
        if (!take_number(&rest, 3, &group) || (more && !take_byte(&rest, '/')))
            return false;
        t.number = t.number * GROUP + group;
    }
    if (rest.n &&
        (!take_byte(&rest, '.') || !take_byte(&rest, 'p') || !take_byte(&rest, '/') || !take_number(&rest, 3, &width)))
        return false;
    t.level = (unsigned)level;
    t.width = (unsigned)width;
    if (more || rest.n || width == 0 || width > MF_TILE_HASHES || t.number >= MF_TREE_SIZE_MAX)
        return false;
    /* A form with other zeros, or with a full width written out, is another path. */
    mf_tile_path(t, again);
    if (!mf_str_eq(mf_str(again), path))
        return false;
    *out = t;
    return true;
}

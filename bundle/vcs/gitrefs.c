#include "bundle/vcs/gitrefs.h"

#include <stdlib.h>

#define TAGS MF_LIT("refs/tags/")
#define PEELED MF_LIT("^{}")

bool mf_gitref_is_hex(struct mf_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
            return false;
    return s.n > 0;
}

static bool is_hash(struct mf_str s)
{
    return (s.n == 40 || s.n == 64) && mf_gitref_is_hex(s);
}

static bool is_wanted(struct mf_str name)
{
    return mf_str_eq(name, MF_LIT("HEAD")) || mf_str_starts(name, MF_LIT("refs/heads/")) || mf_str_starts(name, TAGS);
}

/* "HASH\tNAME"; false where the line is something else. */
static bool read_line(struct mf_str line, struct mf_gitref *out)
{
    out->hash = mf_str_cut(line, '\t', &out->name);
    return is_hash(out->hash) && is_wanted(out->name);
}

static int by_name(const void *a, const void *b)
{
    const struct mf_gitref *x = a, *y = b;
    return mf_str_cmp(x->name, y->name);
}

/* The first that is not before `name`. */
static size_t lower_bound(const struct mf_gitrefs *refs, struct mf_str name)
{
    size_t low = 0, high = refs->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (mf_str_cmp(refs->list[middle].name, name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct mf_gitref *find(const struct mf_gitrefs *refs, struct mf_str name)
{
    size_t at = lower_bound(refs, name);
    return at < refs->count && mf_str_eq(refs->list[at].name, name) ? &refs->list[at] : NULL;
}

int mf_gitrefs_parse(struct mf_str text, struct mf_gitrefs *out, struct mf_arena *arena, struct mf_err *err)
{
    struct mf_gitref ref;
    struct mf_str copy, rest;
    size_t lines = 1;
    if (mf_arena_dup(arena, text, &copy, err) < 0)
        return -1;
    for (size_t i = 0; i < copy.n; i++)
        lines += copy.p[i] == '\n';
    *out = (struct mf_gitrefs){mf_arena_array(arena, lines, sizeof(ref), err), 0};
    if (!out->list)
        return -1;
    for (rest = copy; rest.p;)
        if (read_line(mf_str_cut(rest, '\n', &rest), &ref) && !mf_str_ends(ref.name, PEELED))
            out->list[out->count++] = ref;
    if (out->count)
        qsort(out->list, out->count, sizeof(ref), by_name);
    for (rest = copy; rest.p;) {
        if (!read_line(mf_str_cut(rest, '\n', &rest), &ref) || !mf_str_ends(ref.name, PEELED))
            continue;
        struct mf_gitref *tag = find(out, mf_str_head(ref.name, ref.name.n - PEELED.n));
        if (tag)
            tag->hash = ref.hash;
    }
    return 0;
}

static bool is_joined(struct mf_str full, struct mf_str folder, struct mf_str name)
{
    return mf_str_starts(full, folder) && mf_str_eq(mf_str_from(full, folder.n), name);
}

const struct mf_gitref *mf_gitrefs_find(const struct mf_gitrefs *refs, const char *folder, struct mf_str name)
{
    for (size_t i = lower_bound(refs, mf_str(folder)); i < refs->count; i++) {
        if (!mf_str_starts(refs->list[i].name, mf_str(folder)))
            break;
        if (is_joined(refs->list[i].name, mf_str(folder), name))
            return &refs->list[i];
    }
    return NULL;
}

struct mf_str mf_gitref_tag(const struct mf_gitref *ref)
{
    return mf_str_starts(ref->name, TAGS) ? mf_str_from(ref->name, TAGS.n) : (struct mf_str){NULL, 0};
}

size_t mf_gitrefs_first_tag(const struct mf_gitrefs *refs, struct mf_str prefix)
{
    for (size_t i = lower_bound(refs, TAGS); i < refs->count && mf_str_starts(refs->list[i].name, TAGS); i++)
        if (mf_str_starts(mf_gitref_tag(&refs->list[i]), prefix))
            return i;
    return refs->count;
}

#include "bundle/versionlist.h"

#include <stdlib.h>

#include "formats/semver.h"
#include "formats/timetext.h"

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next field of a line; empty at its end. */
static struct mf_str take_field(struct mf_str *line)
{
    size_t from = 0;
    while (from < line->n && is_blank(line->p[from]))
        from++;
    size_t to = from;
    while (to < line->n && !is_blank(line->p[to]))
        to++;
    struct mf_str field = mf_str_head(mf_str_from(*line, from), to - from);
    *line = mf_str_from(*line, to);
    return field;
}

static bool line_time(struct mf_str version, struct mf_str given, int64_t *out)
{
    struct mf_str stamp, revision;
    if (given.n)
        return mf_timetext_seconds(given, out);
    return mf_semver_pseudo_parts(version, &stamp, &revision) && mf_timetext_stamp(stamp, out);
}

static int by_version(const void *a, const void *b)
{
    return mf_semver_order(*(const struct mf_str *)a, *(const struct mf_str *)b);
}

int mf_versionlist_parse(struct mf_str text, struct mf_versionlist *out, struct mf_arena *arena, struct mf_err *err)
{
    struct mf_versionlist list = {.count = 0};
    int64_t best = MF_TIMETEXT_ZERO, time;
    size_t lines = 1;
    struct mf_str rest;
    if (mf_arena_dup(arena, text, &rest, err) < 0)
        return -1;
    for (size_t i = 0; i < rest.n; i++)
        lines += rest.p[i] == '\n';
    list.versions = mf_arena_array(arena, lines, sizeof(*list.versions), err);
    if (!list.versions)
        return -1;
    while (rest.p) {
        struct mf_str line = mf_str_cut(rest, '\n', &rest);
        struct mf_str version = take_field(&line);
        if (!mf_semver_valid(version))
            continue;
        if (!mf_semver_is_pseudo(version))
            list.versions[list.count++] = version;
        if (line_time(version, take_field(&line), &time) && time > best) {
            best = time;
            list.newest = version;
        }
    }
    if (list.count)
        qsort(list.versions, list.count, sizeof(*list.versions), by_version);
    *out = list;
    return 0;
}

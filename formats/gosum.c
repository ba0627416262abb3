#include "formats/gosum.h"

#include <stdlib.h>

#include "formats/gotext.h"

/* Of a go.mod without a byte, which go once wrote for trees without go.mod. */
#define EMPTY_GOMOD_H1 MF_LIT("h1:G7mAYYxgmS0lVkHyy2hEOLQCFB0DlQFTMLWggykrydY=")

enum { FIELDS = 3 };

static int order_key(struct mf_module m, bool is_mod, const struct mf_gosum_line *line)
{
    int order = mf_module_order(m, line->module);
    return order ? order : (int)is_mod - (int)line->is_mod;
}

static int compare_lines(const void *a, const void *b)
{
    const struct mf_gosum_line *x = a;
    const struct mf_gosum_line *y = b;
    int order = order_key(x->module, x->is_mod, y);
    if (order == 0)
        order = (x->file > y->file) - (x->file < y->file);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

/* The line of three fields. False where it says nothing about h1. */
static bool read_line(const struct mf_str fields[FIELDS], struct mf_gosum_line *out)
{
    struct mf_str suffix = MF_LIT("/go.mod");
    if (!mf_str_starts(fields[2], MF_LIT("h1:")) || mf_str_eq(fields[2], EMPTY_GOMOD_H1))
        return false;
    out->module = (struct mf_module){fields[0], fields[1]};
    out->is_mod = mf_str_ends(fields[1], suffix);
    if (out->is_mod)
        out->module.version.n -= suffix.n;
    out->h1 = fields[2];
    return true;
}

/* Splits into fields; returns how many there are, of which the first are stored. */
static size_t split(struct mf_str line, struct mf_str fields[FIELDS])
{
    size_t n = 0;
    for (;;) {
        struct mf_str field = mf_gotext_field(&line);
        if (field.n == 0)
            return n;
        if (n < FIELDS)
            fields[n] = field;
        n++;
    }
}

static int read_lines(struct mf_gosum *sums, struct mf_str text, const char *file, struct mf_err *err)
{
    unsigned number = 0;
    struct mf_str rest = text;
    while (rest.n > 0) {
        struct mf_str fields[FIELDS];
        struct mf_gosum_line line = {.file = sums->files, .line = ++number};
        size_t n = split(mf_str_cut(rest, '\n', &rest), fields);
        if (n != 0 && n != FIELDS)
            return mf_err_set(err, MF_E_GOMOD, "%s:%u: malformed go.sum: wrong number of fields %zu", file, number, n);
        if (n == FIELDS && read_line(fields, &line))
            sums->lines[sums->count++] = line;
    }
    return 0;
}

int mf_gosum_add(struct mf_gosum *sums, struct mf_str text, const char *file, struct mf_arena *arena,
                 struct mf_err *err)
{
    struct mf_gosum joined = *sums;
    if (text.n > MF_GOSUM_MAX)
        return mf_err_set(err, MF_E_LIMIT, "%s: larger than %zu bytes", file, MF_GOSUM_MAX);
    if (mf_arena_dup(arena, text, &text, err) < 0)
        return mf_err_prefix(err, "%s", file);
    size_t room = sums->count + 1;
    for (size_t i = 0; i < text.n; i++)
        room += text.p[i] == '\n';
    joined.lines = mf_arena_array(arena, room, sizeof(*joined.lines), err);
    if (!joined.lines)
        return mf_err_prefix(err, "%s", file);
    if (sums->count > 0)
        memcpy(joined.lines, sums->lines, sums->count * sizeof(*joined.lines));
    if (read_lines(&joined, text, file, err) < 0)
        return -1;
    joined.files++;
    if (joined.count > 0)
        qsort(joined.lines, joined.count, sizeof(*joined.lines), compare_lines);
    *sums = joined;
    return 0;
}

/* Index of the first line about the module, or of where it would be. */
static size_t find_first(const struct mf_gosum *sums, struct mf_module m, bool is_mod)
{
    size_t low = 0;
    size_t high = sums->count;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (order_key(m, is_mod, &sums->lines[mid]) > 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

enum mf_gosum_verdict mf_gosum_check(const struct mf_gosum *sums, struct mf_module m, bool is_mod, struct mf_str h1,
                                     struct mf_str *expected_out)
{
    enum mf_gosum_verdict verdict = MF_GOSUM_ABSENT;
    const struct mf_gosum_line *last = NULL;
    for (size_t i = find_first(sums, m, is_mod); i < sums->count; i++) {
        const struct mf_gosum_line *line = &sums->lines[i];
        if (order_key(m, is_mod, line) != 0)
            break;
        /* Within one file the first line decides, as in go. */
        if (last && last->file == line->file)
            continue;
        last = line;
        verdict = mf_str_eq(line->h1, h1) ? MF_GOSUM_MATCH : MF_GOSUM_MISMATCH;
        if (expected_out)
            *expected_out = line->h1;
        if (verdict == MF_GOSUM_MISMATCH)
            break;
    }
    return verdict;
}

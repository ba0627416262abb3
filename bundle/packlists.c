#include "bundle/packlists.h"

#include <stdlib.h>

#include "formats/tar.h"

int mf_packlists_init(struct mf_packlists *l, size_t numbers, struct mf_err *err)
{
    l->last_size = numbers;
    l->last = calloc(numbers + 1, sizeof(*l->last));
    return l->last ? 0 : mf_err_nomem(err);
}

void mf_packlists_release(struct mf_packlists *l)
{
    for (size_t i = 0; i < l->count; i++)
        mf_buf_release(&l->lists[i].text);
    free(l->lists);
    free(l->last);
    *l = (struct mf_packlists){0};
}

static int make(struct mf_packlists *l, size_t n, struct mf_err *err)
{
    if (mf_grow(&l->lists, &l->cap, n + 1, sizeof(*l->lists), SIZE_MAX / sizeof(*l->lists) / 2, err) < 0)
        return -1;
    for (; l->count <= n; l->count++)
        l->lists[l->count] = (struct mf_packlist){.text = MF_BUF_INIT(MF_BASELIST_MAX)};
    return 0;
}

/* The longest line; and of a member its header, with a pax record, and its padding, which a list brings with its first
 * line. */
enum { LINE_MAX_BYTES = 4 * MF_MEMBER_PATH_MAX, MEMBER_ROOM = 4 * MF_TAR_BLOCK };
/* Each takes some 150 bytes and seven tokens of the manifest, which has 8 MiB and 262144. */
enum { NAMED_MAX = 16384 };

static bool names_another(const struct mf_packlist *list, const struct mf_baselist_line *line)
{
    return line->kind == MF_BASELIST_FILE && !mf_module_eq(list->last, line->id);
}

static bool has_room(const struct mf_packlists *l, const struct mf_packlist *list, const struct mf_baselist_line *line,
                     uint64_t size)
{
    return size > 0 && size <= MF_PREFIX_MAX - list->size && list->lines < MF_BASELIST_LINES_MAX &&
           list->text.n < MF_BASELIST_MAX - LINE_MAX_BYTES &&
           l->bytes < MF_BASE_RANGE_MAX - LINE_MAX_BYTES - MEMBER_ROOM &&
           (l->named < NAMED_MAX || !names_another(list, line));
}

static int append(struct mf_packlists *l, struct mf_packlist *list, const struct mf_baselist_line *line, uint64_t size,
                  struct mf_err *err)
{
    const size_t before = list->text.n;
    mf_baselist_write(line, &list->text);
    l->bytes += list->text.n - before + (list->lines ? 0 : MEMBER_ROOM);
    list->size += size;
    list->lines++;
    if (names_another(list, line)) {
        list->last = line->id;
        l->named++;
    }
    return mf_buf_check(&list->text, err);
}

int mf_packlists_add(struct mf_packlists *l, struct mf_span span, const struct mf_baselist_line *line, uint64_t size,
                     size_t number, struct mf_err *err)
{
    size_t last = l->first + (size_t)((span.offset + span.length - 1) / MF_FRAME_RAW_MAX);
    for (size_t f = l->first + (size_t)(span.offset / MF_FRAME_RAW_MAX); f <= last; f++) {
        if (make(l, f, err) < 0)
            return -1;
        struct mf_packlist *list = &l->lists[f];
        if ((number < l->last_size && l->last[number] == f + 1) || !has_room(l, list, line, size))
            continue;
        if (append(l, list, line, size, err) < 0)
            return -1;
        if (number < l->last_size)
            l->last[number] = f + 1;
    }
    return 0;
}

/* A line, with its newline. */
struct line {
    struct mf_baselist_line what;
    struct mf_str text;
};

static int by_place(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    bool x_file = x->what.kind == MF_BASELIST_FILE, y_file = y->what.kind == MF_BASELIST_FILE;
    int order = x_file != y_file ? (x_file ? 1 : -1) : x_file ? mf_module_order(x->what.id, y->what.id) : 0;
    return order ? order : (x->text.p > y->text.p) - (x->text.p < y->text.p);
}

static int sort_list(struct mf_packlist *list, struct line *lines, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf sorted = MF_BUF_INIT(MF_BASELIST_MAX);
    size_t count = 0;
    for (struct mf_str rest = mf_buf_view(&list->text); rest.n; count++) {
        const char *from = rest.p;
        if (mf_baselist_next(&rest, &lines[count].what, err) < 0)
            return -1;
        lines[count].text = (struct mf_str){from, (size_t)(rest.p - from)};
    }
    if (count)
        qsort(lines, count, sizeof(*lines), by_place);
    for (size_t i = 0; i < count; i++)
        mf_buf_str(&sorted, lines[i].text);
    if (mf_buf_check(&sorted, err) < 0)
        return -1;
    struct mf_buf old = list->text;
    list->text = sorted;
    sorted = old;
    return 0;
}

int mf_packlists_sort(struct mf_packlists *l, struct mf_err *err)
{
    struct line *lines = calloc(MF_BASELIST_LINES_MAX, sizeof(*lines));
    int rc = lines ? 0 : mf_err_nomem(err);
    for (size_t n = 0; rc == 0 && n < l->count; n++)
        rc = sort_list(&l->lists[n], lines, err);
    free(lines);
    return rc;
}

struct mf_str mf_packlists_text(const struct mf_packlists *l, size_t n)
{
    return n < l->count ? mf_buf_view(&l->lists[n].text) : MF_LIT("");
}

int mf_packlists_write(const struct mf_packlists *l, struct mf_bundleout *out, struct mf_span *span_out,
                       struct mf_err *err)
{
    *span_out = (struct mf_span){0};
    for (size_t n = 0; n < l->count; n++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf name = MF_BUF_INIT(64);
        struct mf_str text = mf_packlists_text(l, n);
        mf_baselist_name(n, &name);
        if (text.n == 0)
            continue;
        if (mf_bundleout_member(out, mf_buf_view(&name), text.n, err) < 0 ||
            mf_bundleout_data(out, text.p, text.n, err) < 0 || mf_bundleout_member_end(out, err) < 0)
            return -1;
    }
    span_out->length = mf_bundleout_offset(out);
    return mf_bundleout_cut(out, err);
}

static int by_module(const void *a, const void *b)
{
    return mf_module_order(((const struct mf_base_module *)a)->id, ((const struct mf_base_module *)b)->id);
}

/* The modules that a list names; lines of one stand mostly together. */
static int name_modules(struct mf_str text, const struct mf_heldset *held, struct mf_frame_base *base,
                        struct mf_arena *arena, struct mf_err *err)
{
    size_t cap = 0, count = 0, kept = 0;
    struct mf_base_module *found = NULL;
    const struct mf_heldset_module *before = NULL;
    int rc = 0;
    while (rc == 0 && text.n) {
        struct mf_baselist_line line;
        rc = mf_baselist_next(&text, &line, err);
        const struct mf_heldset_module *h =
            rc == 0 && line.kind == MF_BASELIST_FILE ? mf_heldset_find(held, line.id) : NULL;
        if (!h || h == before)
            continue;
        rc = mf_grow(&found, &cap, count + 1, sizeof(*found), MF_BASELIST_LINES_MAX, err);
        if (rc == 0)
            found[count++] = (struct mf_base_module){h->id, h->h1};
        before = h;
    }
    if (count)
        qsort(found, count, sizeof(*found), by_module);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || by_module(&found[kept - 1], &found[i]) != 0)
            found[kept++] = found[i];
    base->modules = rc == 0 ? mf_arena_array(arena, kept, sizeof(*found), err) : NULL;
    if (base->modules && kept)
        memcpy(base->modules, found, kept * sizeof(*found));
    base->module_count = kept;
    free(found);
    return base->modules ? 0 : -1;
}

int mf_packlists_describe(const struct mf_packlists *l, const struct mf_heldset *held, struct mf_manifest *m,
                          struct mf_arena *arena, struct mf_err *err)
{
    size_t first = 0;
    while (first < m->frame_count && m->frames[first].offset < m->base.length)
        first++;
    for (size_t i = first; i < m->frame_count; i++)
        if (m->frames[i].base.prefix_size &&
            name_modules(mf_packlists_text(l, i - first), held, &m->frames[i].base, arena, err) < 0)
            return -1;
    return 0;
}

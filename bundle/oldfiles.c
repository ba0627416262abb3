#include "bundle/oldfiles.h"

#include <stdlib.h>

#include "formats/zipfiles.h"

#define NAMES_MAX (512 * MF_MIB)
enum { FULL_MAX = 8192, FILES_MAX = 1 << 24, SAME_MIN = 64 /* bytes: shorter files are the same by chance */ };

struct file {
    struct mf_str full; /* module path without its major version, "/", name */
    struct mf_str name; /* the end of it */
    const struct mf_heldset_module *module;
    uint64_t size;
    uint32_t crc;
};

struct mf_oldfiles {
    const struct mf_heldset *held;
    struct mf_upstream *upstream;
    struct file *files; /* sorted by full name, then the newest module first */
    size_t count, cap;
    size_t *by_content; /* numbers of those of SAME_MIN bytes or more, sorted by content, then number */
    size_t content_count;
    size_t *by_end;   /* numbers of all, sorted by full names read backwards, then number */
    uint64_t *shared; /* of each held module, for mf_oldfiles_renamed */
    struct mf_arena names;
    struct mf_zipfiles zip;                 /* the last one read */
    const struct mf_heldset_module *opened; /* whose it is */
};

void mf_oldfiles_free(struct mf_oldfiles **slot)
{
    struct mf_oldfiles *o = *slot;
    if (!o)
        return;
    mf_zipfiles_release(&o->zip);
    mf_arena_release(&o->names);
    free(o->files);
    free(o->by_content);
    free(o->by_end);
    free(o->shared);
    free(o);
    *slot = NULL;
}

size_t mf_oldfiles_count(const struct mf_oldfiles *o)
{
    return o->count;
}

/* The path without its major version. */
static struct mf_str stem(struct mf_str path)
{
    struct mf_str prefix, major;
    return mf_modpath_split_major(path, &prefix, &major) ? prefix : path;
}

/* The full name of a file; none is longer than path and member may be. */
static bool join(struct mf_str path, struct mf_str name, char out[FULL_MAX], struct mf_str *full)
{
    struct mf_str head = stem(path);
    *full = (struct mf_str){out, head.n + 1 + name.n};
    if (full->n > FULL_MAX)
        return false;
    memcpy(out, head.p, head.n);
    out[head.n] = '/';
    memcpy(out + head.n + 1, name.p, name.n);
    return true;
}

static int ignore(void *ctx, const struct mf_fetched *f, struct mf_err *err)
{
    (void)ctx;
    (void)f;
    (void)err;
    return 0;
}

static bool in_store(const struct mf_store *store, struct mf_module id)
{
    struct mf_err why = {0};
    bool missing;
    MF_CLEANUP(mf_fd_release) int fd = mf_store_open_zip(store, id, &missing, &why);
    return fd >= 0;
}

static bool is_older_self(const struct mf_heldset_module *m, const struct mf_module *changed, size_t n)
{
    for (size_t i = 0; i < n && m->h1.n; i++)
        if (mf_str_eq(stem(m->id.path), stem(changed[i].path)))
            return true;
    return false;
}

/* Fetches what is worth it. What cannot be had is done without. */
static int fetch(struct mf_oldfiles *o, const struct mf_module *changed, size_t n, size_t *lacking_out,
                 struct mf_err *err)
{
    const struct mf_store *store = &o->upstream->store;
    bool any = false;
    for (size_t i = 0; i < o->held->count; i++) {
        const struct mf_heldset_module *m = &o->held->modules[i];
        if (!is_older_self(m, changed, n) || in_store(store, m->id))
            continue;
        any = true;
        if (mf_fetch_add(o->upstream->fetch, m->id, MF_FILE_ZIP, ignore, NULL, err) < 0)
            return -1;
    }
    if (any && mf_fetch_run(o->upstream->fetch, err) < 0)
        return -1;
    *lacking_out = 0;
    for (size_t i = 0; i < o->held->count && any; i++)
        *lacking_out += is_older_self(&o->held->modules[i], changed, n) && !in_store(store, o->held->modules[i].id);
    return 0;
}

/* Whether the zip in fd is the one that is held: 1, 0, or -1 where memory is short. */
static int is_held(const struct mf_store *store, const struct mf_heldset_module *m, int fd, struct mf_err *err)
{
    struct mf_modzip_facts facts;
    struct mf_err why = {0};
    int known = mf_store_proof_read(store, m->id, fd, &facts, &why);
    if (known <= 0 && mf_modzip_walk(fd, m->id, MF_MODZIP_H1, NULL, &facts, &why) < 0) {
        *err = why;
        return why.code == MF_E_NOMEM ? -1 : 0;
    }
    return mf_str_eq(mf_str(facts.h1), m->h1);
}

static int add_file(struct mf_oldfiles *o, const struct mf_heldset_module *m, const struct mf_zipdir_entry *e,
                    size_t prefix, struct mf_err *err)
{
    struct mf_str name = mf_str_from(e->name, prefix), path = stem(m->id.path);
    /* no list can name what is longer */
    if (name.n == 0 || name.n > MF_MEMBER_PATH_MAX || mf_str_ends(name, MF_LIT("/")))
        return 0;
    if (mf_grow(&o->files, &o->cap, o->count + 1, sizeof(*o->files), FILES_MAX, err) < 0)
        return -1;
    struct file *f = &o->files[o->count];
    *f = (struct file){.module = m, .size = e->size, .crc = e->crc};
    if (mf_arena_join(&o->names, path, MF_LIT("/"), name, &f->full, err) < 0)
        return -1;
    f->name = mf_str_from(f->full, path.n + 1);
    o->count++;
    return 0;
}

static int add_module(struct mf_oldfiles *o, const struct mf_heldset_module *m, struct mf_err *err)
{
    struct mf_err why = {0};
    bool missing;
    MF_CLEANUP(mf_zipfiles_release) struct mf_zipfiles zip = MF_ZIPFILES_INIT;
    if (m->h1.n == 0)
        return 0;
    int fd = mf_store_open_zip(&o->upstream->store, m->id, &missing, &why);
    int held = fd < 0 || mf_zipfiles_open(&zip, fd, m->id, &why) < 0 ? -1 : is_held(&o->upstream->store, m, fd, &why);
    /* a zip that cannot be read is done without, but what comes out does not depend on memory */
    if (held < 0 && why.code == MF_E_NOMEM) {
        *err = why;
        return -1;
    }
    if (held <= 0)
        return 0;
    for (size_t i = 0; i < zip.dir.count; i++)
        if (add_file(o, m, &zip.dir.entries[i], zip.prefix, err) < 0)
            return -1;
    return 0;
}

/* Held modules are sorted: of one path the newest is the last. */
static int by_name(const void *a, const void *b)
{
    const struct file *x = a, *y = b;
    int order = mf_str_cmp(x->full, y->full);
    return order ? order : (x->module < y->module) - (x->module > y->module);
}

static int content_order(const struct file *x, const struct file *y)
{
    if (x->crc != y->crc)
        return x->crc < y->crc ? -1 : 1;
    return (x->size > y->size) - (x->size < y->size);
}

static int by_content(const void *a, const void *b, void *ctx)
{
    const struct file *files = ctx;
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    int order = content_order(&files[x], &files[y]);
    return order ? order : (x > y) - (x < y);
}

/* Bytes at the ends of both that are the same. */
static size_t common_end(struct mf_str a, struct mf_str b)
{
    size_t n = 0;
    while (n < a.n && n < b.n && a.p[a.n - 1 - n] == b.p[b.n - 1 - n])
        n++;
    return n;
}

static int end_order(struct mf_str a, struct mf_str b)
{
    size_t n = common_end(a, b);
    if (n == a.n || n == b.n)
        return (a.n > b.n) - (a.n < b.n);
    return (unsigned char)a.p[a.n - 1 - n] < (unsigned char)b.p[b.n - 1 - n] ? -1 : 1;
}

static int by_end(const void *a, const void *b, void *ctx)
{
    const struct file *files = ctx;
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    int order = end_order(files[x].full, files[y].full);
    return order ? order : (x > y) - (x < y);
}

static int sort(struct mf_oldfiles *o, struct mf_err *err)
{
    o->by_content = calloc(o->count + 1, sizeof(*o->by_content));
    o->by_end = calloc(o->count + 1, sizeof(*o->by_end));
    o->shared = calloc(o->held->count + 1, sizeof(*o->shared));
    if (!o->by_content || !o->by_end || !o->shared)
        return mf_err_nomem(err);
    if (o->count == 0)
        return 0;
    qsort(o->files, o->count, sizeof(*o->files), by_name);
    for (size_t i = 0; i < o->count; i++) {
        o->by_end[i] = i;
        if (o->files[i].size >= SAME_MIN)
            o->by_content[o->content_count++] = i;
    }
    qsort_r(o->by_end, o->count, sizeof(*o->by_end), by_end, o->files);
    qsort_r(o->by_content, o->content_count, sizeof(*o->by_content), by_content, o->files);
    return 0;
}

int mf_oldfiles_new(struct mf_oldfiles **out, const struct mf_heldset *held, struct mf_upstream *upstream,
                    const struct mf_module *changed, size_t n, size_t *lacking_out, struct mf_err *err)
{
    MF_CLEANUP(mf_oldfiles_free) struct mf_oldfiles *o = calloc(1, sizeof(*o));
    if (!o)
        return mf_err_nomem(err);
    *o = (struct mf_oldfiles){
        .held = held, .upstream = upstream, .names = MF_ARENA_INIT(NAMES_MAX), .zip = MF_ZIPFILES_INIT};
    *lacking_out = 0;
    if (n && fetch(o, changed, n, lacking_out, err) < 0)
        return -1;
    for (size_t i = 0; n && i < held->count; i++)
        if (add_module(o, &held->modules[i], err) < 0)
            return -1;
    if (sort(o, err) < 0)
        return -1;
    *out = o;
    o = NULL;
    return 0;
}

/* One of the three orders of files, and how a file stands in it to another one. */
typedef int file_order(const struct file *a, const struct file *b);

static int name_order(const struct file *a, const struct file *b)
{
    return mf_str_cmp(a->full, b->full);
}

static int name_end_order(const struct file *a, const struct file *b)
{
    return end_order(a->full, b->full);
}

/* The place of the first file that does not stand before `key` in an order:
 * `numbers`, NULL for that of `files`. */
static size_t search(const struct mf_oldfiles *o, const size_t *numbers, size_t count, file_order *order,
                     const struct file *key)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (order(&o->files[numbers ? numbers[middle] : middle], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The newest of the module's own path, else the newest of any. */
static const struct file *named(const struct mf_oldfiles *o, struct mf_str path, struct mf_str name)
{
    char text[FULL_MAX];
    struct file key = {0};
    if (!join(path, name, text, &key.full))
        return NULL;
    const struct file *first = o->files + search(o, NULL, o->count, name_order, &key), *end = o->files + o->count;
    for (const struct file *f = first; f < end && mf_str_eq(f->full, key.full); f++)
        if (mf_str_eq(f->module->id.path, path))
            return f;
    return first < end && mf_str_eq(first->full, key.full) ? first : NULL;
}

static const struct file *same(const struct mf_oldfiles *o, uint32_t crc, uint64_t size)
{
    const struct file key = {.crc = crc, .size = size};
    size_t at = search(o, o->by_content, o->content_count, content_order, &key);
    const struct file *f = at < o->content_count ? &o->files[o->by_content[at]] : NULL;
    return f && content_order(f, &key) == 0 ? f : NULL;
}

const struct mf_heldset_module *mf_oldfiles_renamed(const struct mf_oldfiles *o, struct mf_module id,
                                                    const struct mf_zipdir *dir, size_t prefix)
{
    const struct mf_heldset *held = o->held;
    uint64_t *shared = o->shared;
    size_t most = 0;
    bool alone = true;
    memset(shared, 0, (held->count + 1) * sizeof(*shared));
    for (size_t i = 0; alone && i < dir->count; i++) {
        const struct mf_zipdir_entry *e = &dir->entries[i];
        alone = !named(o, id.path, mf_str_from(e->name, prefix));
        const struct file *f = same(o, e->crc, e->size);
        size_t module = f ? (size_t)(f->module - held->modules) : 0;
        shared[module] += f ? f->size : 0;
        most = shared[module] > shared[most] ? module : most;
    }
    return alone && held->count && shared[most] ? &held->modules[most] : NULL;
}

/* The one whose full name ends most alike stands beside the place of the new one. */
static const struct file *alike(const struct mf_oldfiles *o, struct mf_str path, struct mf_str name)
{
    char text[FULL_MAX];
    struct file key = {0};
    if (!join(path, name, text, &key.full))
        return NULL;
    size_t at = search(o, o->by_end, o->count, name_end_order, &key);
    size_t best = key.full.n - mf_str_rfind(key.full, '/') - 1;
    const struct file *found = NULL;
    for (size_t i = at ? at - 1 : 0; i <= at && i < o->count; i++) {
        const struct file *f = &o->files[o->by_end[i]];
        size_t n = common_end(f->full, key.full);
        if (n <= best)
            continue;
        best = n;
        found = f;
    }
    return found;
}

bool mf_oldfiles_find(const struct mf_oldfiles *o, struct mf_module id, const struct mf_heldset_module *renamed,
                      struct mf_str name, uint32_t crc, uint64_t size, struct mf_oldfile *out)
{
    const struct file *f = named(o, id.path, name);
    if (!f)
        f = same(o, crc, size);
    if (!f && renamed)
        f = named(o, renamed->id.path, name);
    const bool by_itself = f != NULL;
    if (!f)
        f = alike(o, id.path, name);
    if (!f)
        return false;
    *out = (struct mf_oldfile){(size_t)(f - o->files), f->module, f->name, f->size, !by_itself};
    return true;
}

int mf_oldfiles_read(struct mf_oldfiles *o, struct mf_module id, struct mf_str name, struct mf_buf *out,
                     struct mf_err *err)
{
    const struct mf_heldset_module *m = mf_heldset_find(o->held, id);
    bool missing;
    if (!m)
        return mf_err_set(err, MF_E_BASE, "%.*s@%.*s is not held", MF_FMT(id.path), MF_FMT(id.version));
    if (o->opened != m) {
        mf_zipfiles_release(&o->zip);
        o->opened = NULL;
        int fd = mf_store_open_zip(&o->upstream->store, id, &missing, err);
        if (fd < 0 || mf_zipfiles_open(&o->zip, fd, id, err) < 0)
            return -1;
        o->opened = m;
    }
    const struct mf_zipdir_entry *e = mf_zipfiles_find(&o->zip, name);
    if (!e)
        return mf_err_set(err, MF_E_HASH, "%.*s@%.*s: %.*s is no longer in its zip in the store", MF_FMT(id.path),
                          MF_FMT(id.version), MF_FMT(name));
    return mf_zipfiles_read(&o->zip, e, out, err);
}

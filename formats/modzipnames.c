#include "formats/modzipnames.h"

#include <sodium.h>
#include <stdlib.h>
#include <strings.h>

#include "formats/base/buf.h"
#include "formats/base/unicode.h"
#include "formats/modzip.h"

/* A path seen so far, a file or a directory on the way to one. */
struct seen {
    struct mf_str path;   /* as written */
    struct mf_str folded; /* with case folded; NULL marks a free slot */
    bool is_dir;
};

/* An open-addressed hash table keyed by folded path. The key is random, so that
 * nobody can choose names that meet in one place. */
struct seen_set {
    struct seen *slots;
    size_t count, cap; /* cap is a power of two */
    unsigned char key[crypto_shorthash_KEYBYTES];
    struct mf_arena arena; /* folded copies */
    struct mf_buf scratch;
};

enum { FOLD_MAX = 4 * 65536 };

static void seen_set_release(struct seen_set *s)
{
    free(s->slots);
    mf_arena_release(&s->arena);
    mf_buf_release(&s->scratch);
}

/* Writes the path with each letter replaced by one representative of its case
 * variants; the path is valid UTF-8. */
static int fold(struct mf_str path, struct mf_buf *out, struct mf_err *err)
{
    mf_buf_clear(out);
    char *to = mf_buf_room(out, 4 * path.n);
    if (!to)
        return mf_buf_check(out, err);
    size_t n = 0;
    for (size_t i = 0; i < path.n;) {
        unsigned char c = (unsigned char)path.p[i];
        if (c < 0x80) {
            to[n++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
            i++;
            continue;
        }
        uint32_t rune;
        size_t length = mf_utf8_decode(path.p + i, path.n - i, &rune);
        if (length == 0)
            return mf_err_set(err, MF_E_MODZIP, "\"%.*s\": name is not UTF-8", MF_FMT(path));
        n += mf_utf8_encode(mf_rune_fold(rune), to + n);
        i += length;
    }
    mf_buf_grew(out, n);
    return 0;
}

static struct seen *seen_slot(const struct seen_set *s, struct mf_str folded)
{
    uint64_t hash;
    unsigned char digest[crypto_shorthash_BYTES];
    _Static_assert(sizeof(hash) == sizeof(digest), "the short hash is one word");
    crypto_shorthash(digest, (const unsigned char *)folded.p, folded.n, s->key);
    memcpy(&hash, digest, sizeof(hash));
    size_t i = (size_t)hash & (s->cap - 1);
    while (s->slots[i].folded.p && !mf_str_eq(s->slots[i].folded, folded))
        i = (i + 1) & (s->cap - 1);
    return &s->slots[i];
}

/* Keeps the table at most half full. */
static int seen_grow(struct seen_set *s, struct mf_err *err)
{
    if (s->count < s->cap / 2)
        return 0;
    struct seen_set next = *s;
    next.cap = s->cap ? s->cap * 2 : 1024;
    next.slots = calloc(next.cap, sizeof(*next.slots));
    if (!next.slots)
        return mf_err_nomem(err);
    for (size_t i = 0; i < s->cap; i++) {
        if (s->slots[i].folded.p)
            *seen_slot(&next, s->slots[i].folded) = s->slots[i];
    }
    free(s->slots);
    s->slots = next.slots;
    s->cap = next.cap;
    return 0;
}

/* Records one path; *known_out is true where it was there already, the same
 * directory. */
static int seen_add(struct seen_set *s, struct mf_str path, bool is_dir, bool *known_out, struct mf_err *err)
{
    if (fold(path, &s->scratch, err) < 0 || seen_grow(s, err) < 0)
        return -1;
    struct seen *at = seen_slot(s, mf_buf_view(&s->scratch));
    *known_out = at->folded.p != NULL;
    if (!*known_out) {
        s->count++;
        *at = (struct seen){.path = path, .is_dir = is_dir};
        return mf_arena_dup(&s->arena, mf_buf_view(&s->scratch), &at->folded, err);
    }
    if (!mf_str_eq(at->path, path))
        return mf_err_set(err, MF_E_MODZIP, "case-insensitive file name collision: \"%.*s\" and \"%.*s\"",
                          MF_FMT(at->path), MF_FMT(path));
    if (at->is_dir != is_dir)
        return mf_err_set(err, MF_E_MODZIP, "entry \"%.*s\" is both a file and a directory", MF_FMT(path));
    if (!is_dir)
        return mf_err_set(err, MF_E_MODZIP, "multiple entries for file \"%.*s\"", MF_FMT(path));
    return 0;
}

/* Records a path and the directories on the way to it. */
static int add_path(struct seen_set *s, struct mf_str path, bool is_dir, struct mf_err *err)
{
    for (;;) {
        bool known;
        if (seen_add(s, path, is_dir, &known, err) < 0)
            return -1;
        size_t slash = mf_str_rfind(path, '/');
        if (known || slash == path.n)
            return 0;
        path = mf_str_head(path, slash);
        is_dir = true;
    }
}

static int refuse(const struct mf_zipdir_entry *e, const char *why, struct mf_err *err)
{
    return mf_err_set(err, MF_E_MODZIP, "\"%.*s\": %s", MF_FMT(e->name), why);
}

static int check_gomod(const struct mf_zipdir_entry *e, struct mf_str name, struct mf_err *err)
{
    size_t slash = mf_str_rfind(name, '/');
    struct mf_str base = slash < name.n ? mf_str_from(name, slash + 1) : name;
    if (base.n != 6 || strncasecmp(base.p, "go.mod", 6) != 0)
        return 0;
    if (base.n != name.n)
        return refuse(e, "go.mod file not in module root directory", err);
    if (!mf_str_eq(name, MF_LIT("go.mod")))
        return refuse(e, "go.mod files must have lower-case names", err);
    return 0;
}

static int check_size(const struct mf_zipdir_entry *e, struct mf_str name, struct mf_modzipnames *out,
                      struct mf_err *err)
{
    if (e->size > MF_MODZIP_MAX - out->size)
        return refuse(e, "total uncompressed size of module contents too large (max size is 500 MiB)", err);
    out->size += e->size;
    bool limited = mf_str_eq(name, MF_LIT("go.mod")) || mf_str_eq(name, MF_LIT("LICENSE"));
    if (limited && e->size > MF_MODZIP_GOMOD_MAX)
        return refuse(e, "file too large (max size is 16 MiB)", err);
    return 0;
}

/* One entry whose name begins with the prefix; `name` is the rest. */
static int check_entry(const struct mf_zipdir_entry *e, struct mf_str name, struct seen_set *seen,
                       struct mf_modzipnames *out, struct mf_err *err)
{
    bool is_dir = mf_str_ends(name, MF_LIT("/"));
    if (name.n == 0 || is_dir)
        out->directories = true;
    if (name.n == 0)
        return 0;
    if (is_dir)
        name.n--;
    if (mf_filepath_check(name, err) < 0) {
        err->code = MF_E_MODZIP;
        return -1;
    }
    if (add_path(seen, name, is_dir, err) < 0)
        return -1;
    if (is_dir)
        return 0;
    if (!e->regular)
        return refuse(e, "not a regular file", err);
    out->files++;
    return check_gomod(e, name, err) < 0 ? -1 : check_size(e, name, out, err);
}

int mf_modzipnames_check(const struct mf_zipdir *dir, struct mf_module m, struct mf_modzipnames *out,
                         struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf prefix = MF_BUF_INIT(64 * MF_KIB);
    MF_CLEANUP(seen_set_release)
    struct seen_set seen = {.arena = MF_ARENA_INIT(2 * MF_ZIPDIR_MAX_NAMES), .scratch = MF_BUF_INIT(FOLD_MAX)};
    crypto_shorthash_keygen(seen.key);
    mf_buf_str(&prefix, m.path);
    mf_buf_byte(&prefix, '@');
    mf_buf_str(&prefix, m.version);
    mf_buf_byte(&prefix, '/');
    if (mf_buf_check(&prefix, err) < 0)
        return -1;
    *out = (struct mf_modzipnames){.prefix = prefix.n};
    for (size_t i = 0; i < dir->count; i++) {
        const struct mf_zipdir_entry *e = &dir->entries[i];
        if (!mf_str_starts(e->name, mf_buf_view(&prefix)))
            return mf_err_set(err, MF_E_MODZIP, "\"%.*s\": path does not have prefix \"%.*s\"", MF_FMT(e->name),
                              MF_FMT(mf_buf_view(&prefix)));
        if (check_entry(e, mf_str_from(e->name, prefix.n), &seen, out, err) < 0)
            return -1;
    }
    return 0;
}

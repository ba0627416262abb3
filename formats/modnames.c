#include "formats/modnames.h"

#include <stdlib.h>
#include <strings.h>

#include "formats/base/unicode.h"
#include "formats/modpath.h"
#include "formats/modzip.h"

enum { FOLD_MAX = 4 * 65536 };

/* A path seen so far, a file or a directory on the way to one. */
struct mf_modnames_slot {
    struct mf_str path; /* as written; NULL marks a free slot */
    uint64_t hash;      /* of the path with case folded */
    bool is_dir;
};

void mf_modnames_init(struct mf_modnames *n)
{
    *n = (struct mf_modnames){.folded = MF_BUF_INIT(FOLD_MAX),
                              .other = MF_BUF_INIT(FOLD_MAX),
                              .copies = MF_ARENA_INIT(MF_MODNAMES_BYTES_MAX + MF_MODNAMES_MAX)};
    crypto_shorthash_keygen(n->key);
}

void mf_modnames_release(struct mf_modnames *n)
{
    free(n->slots);
    mf_buf_release(&n->folded);
    mf_buf_release(&n->other);
    mf_arena_release(&n->copies);
    n->slots = NULL;
    n->count = n->cap = 0;
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

static uint64_t hash_of(const struct mf_modnames *n, struct mf_str folded)
{
    uint64_t hash;
    unsigned char digest[crypto_shorthash_BYTES];
    _Static_assert(sizeof(hash) == sizeof(digest), "the short hash is one word");
    crypto_shorthash(digest, (const unsigned char *)folded.p, folded.n, n->key);
    memcpy(&hash, digest, sizeof(hash));
    return hash;
}

/* Stores the slot of the path in n->folded, or the free one where it belongs. */
static int find(struct mf_modnames *n, uint64_t hash, struct mf_modnames_slot **out, struct mf_err *err)
{
    for (size_t i = (size_t)hash & (n->cap - 1);; i = (i + 1) & (n->cap - 1)) {
        struct mf_modnames_slot *s = *out = &n->slots[i];
        if (!s->path.p)
            return 0;
        if (s->hash != hash)
            continue;
        if (fold(s->path, &n->other, err) < 0)
            return -1;
        if (mf_str_eq(mf_buf_view(&n->other), mf_buf_view(&n->folded)))
            return 0;
    }
}

/* Keeps the table at most half full. */
static int grow(struct mf_modnames *n, struct mf_err *err)
{
    if (n->count < n->cap / 2)
        return 0;
    size_t cap = n->cap ? n->cap * 2 : 1024;
    struct mf_modnames_slot *slots = calloc(cap, sizeof(*slots));
    if (!slots)
        return mf_err_nomem(err);
    for (size_t i = 0; i < n->cap; i++) {
        if (!n->slots[i].path.p)
            continue;
        size_t k = (size_t)n->slots[i].hash & (cap - 1);
        while (slots[k].path.p)
            k = (k + 1) & (cap - 1);
        slots[k] = n->slots[i];
    }
    free(n->slots);
    n->slots = slots;
    n->cap = cap;
    return 0;
}

static int check_room(struct mf_modnames *n, struct mf_str path, struct mf_err *err)
{
    if (n->count == MF_MODNAMES_MAX)
        return mf_err_set(err, MF_E_LIMIT, "\"%.*s\": a module of more than %zu files and directories",
                          MF_FMT(mf_str_head(path, 200)), MF_MODNAMES_MAX);
    if (path.n > MF_MODNAMES_BYTES_MAX - n->bytes)
        return mf_err_set(err, MF_E_LIMIT, "\"%.*s\": a module with more than %zu bytes of names",
                          MF_FMT(mf_str_head(path, 200)), MF_MODNAMES_BYTES_MAX);
    return 0;
}

/* Records one path; *known_out is true where it was there already, the same
 * directory. */
static int add_one(struct mf_modnames *n, struct mf_str path, bool is_dir, bool *known_out, struct mf_err *err)
{
    struct mf_modnames_slot *at;
    if (fold(path, &n->folded, err) < 0 || grow(n, err) < 0)
        return -1;
    uint64_t hash = hash_of(n, mf_buf_view(&n->folded));
    if (find(n, hash, &at, err) < 0)
        return -1;
    *known_out = at->path.p != NULL;
    if (!*known_out) {
        if (check_room(n, path, err) < 0)
            return -1;
        *at = (struct mf_modnames_slot){.path = path, .hash = hash, .is_dir = is_dir};
        n->count++;
        n->bytes += path.n;
        return 0;
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
static int add_path(struct mf_modnames *n, struct mf_str path, bool is_dir, struct mf_err *err)
{
    for (;;) {
        bool known;
        if (add_one(n, path, is_dir, &known, err) < 0)
            return -1;
        size_t slash = mf_str_rfind(path, '/');
        if (known || slash == path.n)
            return 0;
        path = mf_str_head(path, slash);
        is_dir = true;
    }
}

static int refuse(struct mf_str name, const char *why, struct mf_err *err)
{
    return mf_err_set(err, MF_E_MODZIP, "\"%.*s\": %s", MF_FMT(name), why);
}

static int check_gomod(struct mf_str name, struct mf_err *err)
{
    size_t slash = mf_str_rfind(name, '/');
    struct mf_str base = slash < name.n ? mf_str_from(name, slash + 1) : name;
    if (base.n != 6 || strncasecmp(base.p, "go.mod", 6) != 0)
        return 0;
    if (base.n != name.n)
        return refuse(name, "go.mod file not in module root directory", err);
    if (!mf_str_eq(name, MF_LIT("go.mod")))
        return refuse(name, "go.mod files must have lower-case names", err);
    return 0;
}

static int check_size(struct mf_modnames *n, struct mf_str name, uint64_t size, struct mf_err *err)
{
    if (size > MF_MODZIP_MAX - n->size)
        return refuse(name, "total uncompressed size of module contents too large (max size is 500 MiB)", err);
    n->size += size;
    bool limited = mf_str_eq(name, MF_LIT("go.mod")) || mf_str_eq(name, MF_LIT("LICENSE"));
    if (limited && size > MF_MODZIP_GOMOD_MAX)
        return refuse(name, "file too large (max size is 16 MiB)", err);
    return 0;
}

int mf_modnames_add(struct mf_modnames *n, struct mf_str name, bool is_dir, uint64_t size, struct mf_err *err)
{
    if (mf_filepath_check(name, err) < 0) {
        err->code = MF_E_MODZIP;
        return -1;
    }
    if (add_path(n, name, is_dir, err) < 0)
        return -1;
    if (is_dir)
        return 0;
    return check_gomod(name, err) < 0 ? -1 : check_size(n, name, size, err);
}

int mf_modnames_copy(struct mf_modnames *n, struct mf_str name, uint64_t size, struct mf_err *err)
{
    struct mf_str copy;
    if (check_room(n, name, err) < 0 || mf_arena_dup(&n->copies, name, &copy, err) < 0)
        return -1;
    return mf_modnames_add(n, copy, false, size, err);
}

#include "bundle/store.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "formats/base/encode.h"
#include "formats/semver.h"

enum { NAME_MAX_BYTES = 4096, PROOF_MAX = 1024, VERSIONS_MAX = 1000000 };

static const char *const suffixes[] = {[MF_FILE_INFO] = ".info", [MF_FILE_MOD] = ".mod", [MF_FILE_ZIP] = ".zip"};

#define RUNS ".modferry"
#define PROOF_SUFFIX ".proof"
#define PACKAGES_SUFFIX ".packages"
#define PROOF_MAGIC "modferry-proof 1"

int mf_store_default_path(char *(*getenv_fn)(const char *), struct mf_buf *out, struct mf_err *err)
{
    const char *cache = getenv_fn("XDG_CACHE_HOME");
    const char *home = getenv_fn("HOME");
    if (cache && cache[0] == '/')
        mf_buf_fmt(out, "%s/modferry/download", cache);
    else if (home && home[0] == '/')
        mf_buf_fmt(out, "%s/.cache/modferry/download", home);
    else
        return mf_err_set(err, MF_E_USAGE,
                          "no place for the store: neither XDG_CACHE_HOME nor HOME is an absolute path");
    return mf_buf_check(out, err);
}

static int sweep_below(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    (void)ctx;
    if (type != DT_DIR || strcmp(entry, RUNS) == 0)
        return 0;
    if (mf_dir_sweep_dead(parent, entry, err) < 0)
        return -1;
    return mf_dir_each(parent, entry, sweep_below, NULL, err);
}

/* Marks of runs go last, so that a sweep that is killed is begun again. */
static int sweep(struct mf_dir root, struct mf_err *err)
{
    bool dead;
    if (mf_dir_has_dead(root, RUNS, &dead, err) < 0)
        return -1;
    if (dead && mf_dir_each(root, ".", sweep_below, NULL, err) < 0)
        return -1;
    return dead ? mf_dir_sweep_dead(root, RUNS, err) : 0;
}

int mf_store_open(struct mf_store *out, const char *path, struct mf_err *err)
{
    struct mf_err why;
    *out = MF_STORE_NONE;
    if (mf_dir_open(&out->root, path, true, err) < 0)
        return mf_err_prefix(err, "open the store");
    /* no reason to fail: a store that cannot be written serves all the same */
    bool marked = mf_temp_open(&out->run, out->root, RUNS "/run", 0644, &why) == 0;
    return marked && sweep(out->root, &why) < 0 && why.code == MF_E_NOMEM ? mf_err_nomem(err) : 0;
}

void mf_store_release(struct mf_store *store)
{
    mf_temp_release(&store->run);
    mf_dir_release(&store->root);
}

static int add_name(struct mf_module m, const char *suffix, struct mf_buf *out, struct mf_err *err)
{
    if (mf_modpath_check(m.path, err) < 0)
        return -1;
    if (!mf_semver_canonical(m.version, true))
        return mf_err_set(err, MF_E_GOMOD, "%.*s@%.*s: the version is not canonical", MF_FMT(m.path),
                          MF_FMT(m.version));
    mf_modpath_escape(m.path, out);
    mf_buf_str(out, MF_LIT("/@v/"));
    mf_modpath_escape(m.version, out);
    mf_buf_str(out, mf_str(suffix));
    return mf_buf_check(out, err);
}

int mf_store_name(struct mf_module m, enum mf_file_kind kind, struct mf_buf *out, struct mf_err *err)
{
    return add_name(m, suffixes[kind], out, err);
}

/* The name as a string in b, or NULL with the error set. */
static const char *name_of(struct mf_module m, const char *suffix, struct mf_buf *b, struct mf_err *err)
{
    if (add_name(m, suffix, b, err) < 0)
        return NULL;
    const char *name = mf_buf_cstr(b);
    return name || mf_buf_check(b, err) == 0 ? name : NULL;
}

int mf_store_read(const struct mf_store *store, struct mf_module m, enum mf_file_kind kind, struct mf_buf *out,
                  struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(NAME_MAX_BYTES);
    struct mf_err why;
    bool missing;
    const char *name = name_of(m, suffixes[kind], &b, err);
    if (!name)
        return -1;
    if (mf_dir_read(store->root, name, out, &missing, &why) == 0)
        return 1;
    if (missing)
        return 0;
    *err = why;
    return mf_err_prefix(err, "store");
}

/* Versions found so far: a growing list of slices in the arena. */
struct listing {
    struct mf_arena *arena;
    struct mf_str *versions;
    size_t count, cap;
};

static void listing_release(struct listing *l)
{
    free(l->versions);
}

static int list_version(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    struct listing *l = ctx;
    struct mf_str stem = mf_str(entry), suffix = MF_LIT(".info");
    MF_CLEANUP(mf_buf_release) struct mf_buf version = MF_BUF_INIT(NAME_MAX_BYTES);
    char name[300];
    struct stat st;
    (void)type;
    if (!mf_str_ends(stem, suffix))
        return 0;
    stem.n -= suffix.n;
    if (!mf_modpath_unescape(stem, &version) || !mf_semver_canonical(mf_buf_view(&version), true) ||
        (size_t)snprintf(name, sizeof(name), "%.*s.mod", MF_FMT(stem)) >= sizeof(name))
        return mf_buf_check(&version, err);
    int held = mf_dir_stat(parent, name, &st, err);
    if (held <= 0)
        return held;
    if (mf_grow(&l->versions, &l->cap, l->count + 1, sizeof(*l->versions), VERSIONS_MAX, err) < 0 ||
        mf_arena_dup(l->arena, mf_buf_view(&version), &l->versions[l->count], err) < 0)
        return -1;
    l->count++;
    return 0;
}

static int by_version(const void *a, const void *b)
{
    return mf_semver_order(*(const struct mf_str *)a, *(const struct mf_str *)b);
}

int mf_store_versions(const struct mf_store *store, struct mf_str path, struct mf_str **out, size_t *count_out,
                      struct mf_arena *arena, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(NAME_MAX_BYTES);
    MF_CLEANUP(listing_release) struct listing l = {.arena = arena};
    if (mf_modpath_check(path, err) < 0)
        return -1;
    mf_modpath_escape(path, &b);
    mf_buf_str(&b, MF_LIT("/@v"));
    const char *name = mf_buf_cstr(&b);
    if (!name)
        return mf_buf_check(&b, err);
    if (mf_dir_each(store->root, name, list_version, &l, err) < 0)
        return mf_err_prefix(err, "store");
    struct mf_str *copy = mf_arena_array(arena, l.count + 1, sizeof(*copy), err);
    if (!copy)
        return -1;
    if (l.count) {
        qsort(l.versions, l.count, sizeof(*l.versions), by_version);
        memcpy(copy, l.versions, l.count * sizeof(*copy));
    }
    *out = copy;
    *count_out = l.count;
    return 0;
}

int mf_store_open_zip(const struct mf_store *store, struct mf_module m, bool *missing, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(NAME_MAX_BYTES);
    *missing = false;
    const char *name = name_of(m, suffixes[MF_FILE_ZIP], &b, err);
    if (!name)
        return -1;
    int fd = mf_dir_open_file(store->root, name, missing, err);
    return fd < 0 ? mf_err_prefix(err, "store") : fd;
}

uint64_t mf_store_zip_size(const struct mf_store *store, struct mf_module m)
{
    struct mf_err ignored;
    struct stat st;
    bool missing;
    MF_CLEANUP(mf_fd_release) int fd = mf_store_open_zip(store, m, &missing, &ignored);
    return fd >= 0 && fstat(fd, &st) == 0 ? (uint64_t)st.st_size : UINT64_MAX;
}

static int write_named(const struct mf_store *store, struct mf_module m, const char *suffix, struct mf_str content,
                       struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(NAME_MAX_BYTES);
    const char *name = name_of(m, suffix, &b, err);
    if (!name)
        return -1;
    if (mf_dir_write(store->root, name, content, 0644, err) < 0)
        return mf_err_prefix(err, "store");
    return 0;
}

int mf_store_write(const struct mf_store *store, struct mf_module m, enum mf_file_kind kind, struct mf_str content,
                   struct mf_err *err)
{
    return write_named(store, m, suffixes[kind], content, err);
}

int mf_store_temp_zip(const struct mf_store *store, struct mf_module m, struct mf_temp *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(NAME_MAX_BYTES);
    const char *name = name_of(m, suffixes[MF_FILE_ZIP], &b, err);
    if (!name)
        return -1;
    if (mf_temp_open(out, store->root, name, 0644, err) < 0)
        return mf_err_prefix(err, "store");
    return 0;
}

/* What ties a proof to its zip, as text. */
static int add_identity(struct mf_buf *b, int zip_fd, struct mf_err *err)
{
    struct stat st;
    if (fstat(zip_fd, &st) < 0)
        return mf_err_errno(err, errno, "store: look at a zip");
    mf_buf_fmt(b, PROOF_MAGIC " %lld %lld.%09ld %llu %llu ", (long long)st.st_size, (long long)st.st_mtim.tv_sec,
               st.st_mtim.tv_nsec, (unsigned long long)st.st_ino, (unsigned long long)st.st_dev);
    return mf_buf_check(b, err);
}

static bool parse_number(struct mf_str text, uint64_t *out)
{
    uint64_t n = 0;
    if (!text.n || (text.n > 1 && text.p[0] == '0'))
        return false;
    for (size_t i = 0; i < text.n; i++) {
        unsigned digit = (unsigned)(unsigned char)text.p[i] - '0';
        if (digit > 9 || n > (UINT64_MAX - digit) / 10)
            return false;
        n = n * 10 + digit;
    }
    *out = n;
    return true;
}

static bool parse_facts(struct mf_str line, uint64_t zip_size, struct mf_modzip_facts *out)
{
    struct mf_modzip_facts f = {.zip_size = zip_size};
    struct mf_str h1 = mf_str_cut(line, ' ', &line);
    struct mf_str sha256 = mf_str_cut(line, ' ', &line);
    struct mf_str size = mf_str_cut(line, ' ', &line);
    struct mf_str files = mf_str_cut(line, ' ', &line);
    if (!mf_h1_valid(h1) || h1.n >= sizeof(f.h1) || !mf_hex_parse(sha256, f.zip_sha256.b, sizeof(f.zip_sha256.b)) ||
        !parse_number(size, &f.size) || !parse_number(files, &f.files))
        return false;
    f.canonical = mf_str_eq(line, MF_LIT("1\n"));
    f.proved = f.canonical || mf_str_eq(line, MF_LIT("0\n"));
    if (!f.proved && !mf_str_eq(line, MF_LIT("-\n")))
        return false;
    memcpy(f.h1, h1.p, h1.n);
    *out = f;
    return true;
}

int mf_store_proof_read(const struct mf_store *store, struct mf_module m, int zip_fd, struct mf_modzip_facts *out,
                        struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(NAME_MAX_BYTES);
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(PROOF_MAX);
    MF_CLEANUP(mf_buf_release) struct mf_buf identity = MF_BUF_INIT(PROOF_MAX);
    struct mf_err why;
    struct stat st;
    const char *name = name_of(m, PROOF_SUFFIX, &b, err);
    if (!name || add_identity(&identity, zip_fd, err) < 0)
        return -1;
    if (mf_dir_read(store->root, name, &text, NULL, &why) < 0) {
        if (why.code != MF_E_NOMEM)
            return 0;
        *err = why;
        return -1;
    }
    struct mf_str line = mf_buf_view(&text);
    if (!mf_str_starts(line, mf_buf_view(&identity)) || fstat(zip_fd, &st) < 0)
        return 0;
    return parse_facts(mf_str_from(line, identity.n), (uint64_t)st.st_size, out);
}

/* What follows from a zip need not be kept: the store may be one that cannot be written. */
static int keep_fact(const struct mf_store *store, struct mf_module m, const char *suffix, struct mf_str text,
                     struct mf_err *err)
{
    struct mf_err why = {0};
    if (write_named(store, m, suffix, text, &why) == 0 || why.code != MF_E_NOMEM)
        return 0;
    *err = why;
    return -1;
}

int mf_store_proof_write(const struct mf_store *store, struct mf_module m, int zip_fd,
                         const struct mf_modzip_facts *facts, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(PROOF_MAX);
    char sha256[MF_HEX_SIZE(sizeof(facts->zip_sha256.b))], canonical = facts->canonical ? '1' : '0';
    if (add_identity(&text, zip_fd, err) < 0)
        return -1;
    mf_hex(facts->zip_sha256.b, sizeof(facts->zip_sha256.b), sha256);
    mf_buf_fmt(&text, "%s %s %llu %llu %c\n", facts->h1, sha256, (unsigned long long)facts->size,
               (unsigned long long)facts->files, facts->proved ? canonical : '-');
    if (mf_buf_check(&text, err) < 0)
        return -1;
    return keep_fact(store, m, PROOF_SUFFIX, mf_buf_view(&text), err);
}

/* What stands before an index; bytes only, so that it has no padding. */
struct packages_head {
    char h1[MF_H1_SIZE];
    struct mf_digest sha256;
};

static struct packages_head packages_head(const char *h1, struct mf_str index)
{
    struct packages_head head = {.sha256 = mf_sha256_of(index)};
    snprintf(head.h1, sizeof(head.h1), "%s", h1);
    return head;
}

int mf_store_packages_read(const struct mf_store *store, struct mf_module m, const char *h1, struct mf_buf *out,
                           struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(NAME_MAX_BYTES);
    struct packages_head found;
    struct mf_err why;
    size_t before = out->n;
    const char *name = name_of(m, PACKAGES_SUFFIX, &b, err);
    if (!name)
        return -1;
    if (mf_dir_read(store->root, name, out, NULL, &why) < 0 || out->n - before < sizeof(found)) {
        mf_buf_truncate(out, before);
        return 0;
    }
    memcpy(&found, out->p + before, sizeof(found));
    memmove(out->p + before, out->p + before + sizeof(found), out->n - before - sizeof(found));
    mf_buf_truncate(out, out->n - sizeof(found));
    struct packages_head want = packages_head(h1, mf_str_from(mf_buf_view(out), before));
    if (memcmp(&found, &want, sizeof(want)) == 0)
        return 1;
    mf_buf_truncate(out, before);
    return 0;
}

int mf_store_packages_write(const struct mf_store *store, struct mf_module m, const char *h1, struct mf_str index,
                            struct mf_err *err)
{
    struct packages_head head = packages_head(h1, index);
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(index.n + sizeof(head));
    mf_buf_add(&text, &head, sizeof(head));
    mf_buf_str(&text, index);
    if (mf_buf_check(&text, err) < 0)
        return -1;
    return keep_fact(store, m, PACKAGES_SUFFIX, mf_buf_view(&text), err);
}

static int remove_named(const struct mf_store *store, struct mf_module m, const char *suffix, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf b = MF_BUF_INIT(NAME_MAX_BYTES);
    const char *name = name_of(m, suffix, &b, err);
    if (!name)
        return -1;
    if (mf_dir_remove(store->root, name, err) < 0)
        return mf_err_prefix(err, "store");
    return 0;
}

int mf_store_forget(const struct mf_store *store, struct mf_module m, enum mf_file_kind kind, struct mf_err *err)
{
    if (kind == MF_FILE_ZIP &&
        (remove_named(store, m, PROOF_SUFFIX, err) < 0 || remove_named(store, m, PACKAGES_SUFFIX, err) < 0))
        return -1;
    return remove_named(store, m, suffixes[kind], err);
}

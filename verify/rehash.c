#include "verify/rehash.h"

#include <dirent.h>
#include <stdlib.h>

#include "formats/modzip.h"
#include "formats/toolchain.h"

#define READ_SIZE (256 * MF_KIB)
#define NAME_SIZE (16 * MF_KIB)

int mf_rehash_regular(struct mf_dir dir, const char *name, struct mf_err *err)
{
    struct stat st;
    int there = mf_dir_stat(dir, name, &st, err);
    if (there > 0 && !S_ISREG(st.st_mode))
        return mf_err_set(err, MF_E_DAMAGED, "%s is not a regular file", name);
    return there;
}

int mf_rehash_mod(struct mf_dir dir, const char *name, char h1[MF_H1_SIZE], uint64_t *bytes, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(MF_MODZIP_GOMOD_MAX);
    int there = mf_rehash_regular(dir, name, err);
    if (there <= 0)
        return there;
    if (mf_dir_read(dir, name, &text, NULL, err) < 0)
        return -1;
    mf_dirhash_gomod(mf_buf_view(&text), h1);
    *bytes += text.n;
    return 1;
}

/* `block` has READ_SIZE bytes. */
static int hash_rest(int fd, const char *name, char *block, struct mf_digest *out, uint64_t *bytes, struct mf_err *err)
{
    struct mf_sha256 sum;
    size_t got;
    mf_sha256_init(&sum);
    do {
        if (mf_read_full(fd, block, READ_SIZE, &got, name, err) < 0)
            return -1;
        mf_sha256_add(&sum, block, got);
        *bytes += got;
    } while (got == READ_SIZE);
    mf_sha256_done(&sum, out);
    return 0;
}

/* 1 with the file open, 0 where there is none, -1. */
static int open_regular(struct mf_dir dir, const char *name, int *fd_out, struct mf_err *err)
{
    int there = mf_rehash_regular(dir, name, err);
    if (there <= 0)
        return there;
    *fd_out = mf_dir_open_file(dir, name, NULL, err);
    return *fd_out < 0 ? -1 : 1;
}

int mf_rehash_file(struct mf_dir dir, const char *name, struct mf_digest *sha256_out, uint64_t *bytes,
                   struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf block = MF_BUF_INIT(READ_SIZE);
    MF_CLEANUP(mf_fd_release) int fd = -1;
    int there = open_regular(dir, name, &fd, err);
    if (there <= 0)
        return there;
    char *p = mf_buf_room(&block, READ_SIZE);
    if (!p)
        return mf_buf_check(&block, err);
    return hash_rest(fd, name, p, sha256_out, bytes, err) < 0 ? -1 : 1;
}

static int walk_zip(struct mf_dir dir, const char *name, struct mf_module id, enum mf_modzip_depth depth,
                    const struct mf_modzip_visitor *visitor, struct mf_modzip_facts *facts_out, uint64_t *bytes,
                    struct mf_err *err)
{
    MF_CLEANUP(mf_fd_release) int fd = -1;
    int there = open_regular(dir, name, &fd, err);
    if (there <= 0)
        return there;
    if (mf_modzip_walk(fd, id, depth, visitor, facts_out, err) < 0)
        return -1;
    *bytes += facts_out->zip_size;
    return 1;
}

int mf_rehash_zip(struct mf_dir dir, const char *name, struct mf_module id, char h1[MF_H1_SIZE],
                  struct mf_digest *sha256_out, uint64_t *bytes, struct mf_err *err)
{
    struct mf_modzip_facts facts;
    int rc = walk_zip(dir, name, id, sha256_out ? MF_MODZIP_SHA256 : MF_MODZIP_H1, NULL, &facts, bytes, err);
    if (rc <= 0)
        return rc;
    memcpy(h1, facts.h1, MF_H1_SIZE);
    if (sha256_out)
        *sha256_out = facts.zip_sha256;
    return 1;
}

static const struct mf_digest no_content;

struct tree_walk {
    struct mf_dirhash hashes;
    struct mf_buf name; /* what names begin with, and the way to the current file */
    char *block;        /* READ_SIZE bytes; NULL: files count by name, as if without content */
    bool is_toolchain;
    uint64_t bytes;
};

/* 1 where parent/go.mod has the content of parent/_go.mod, 0 where not, -1. */
static int is_copied_gomod(struct mf_dir parent, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release)
    struct mf_buf original = MF_BUF_INIT(MF_MODZIP_GOMOD_MAX), copy = MF_BUF_INIT(MF_MODZIP_GOMOD_MAX);
    int there = mf_rehash_regular(parent, "_go.mod", err);
    if (there <= 0)
        return there;
    if (mf_dir_read(parent, "_go.mod", &original, NULL, err) < 0 || mf_dir_read(parent, "go.mod", &copy, NULL, err) < 0)
        return -1;
    return mf_str_eq(mf_buf_view(&original), mf_buf_view(&copy));
}

static int hash_file(struct tree_walk *w, struct mf_dir parent, const char *entry, struct mf_err *err)
{
    if (!w->block)
        return mf_dirhash_add(&w->hashes, mf_buf_view(&w->name), &no_content, err);
    MF_CLEANUP(mf_fd_release) int fd = mf_dir_open_file(parent, entry, NULL, err);
    struct mf_digest digest;
    if (fd < 0 || hash_rest(fd, entry, w->block, &digest, &w->bytes, err) < 0)
        return -1;
    return mf_dirhash_add(&w->hashes, mf_buf_view(&w->name), &digest, err);
}

static int on_entry(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err)
{
    struct tree_walk *w = ctx;
    size_t before = w->name.n;
    struct stat st;
    int rc;
    mf_buf_str(&w->name, mf_str(entry));
    if (mf_buf_check(&w->name, err) < 0)
        return -1;
    if (type == DT_UNKNOWN) {
        if (mf_dir_stat(parent, entry, &st, err) < 0)
            return -1;
        type = S_ISDIR(st.st_mode) ? DT_DIR : S_ISREG(st.st_mode) ? DT_REG : DT_CHR;
    }
    if (type == DT_DIR) {
        mf_buf_byte(&w->name, '/');
        rc = mf_dir_each(parent, entry, on_entry, w, err);
    } else if (type == DT_REG) {
        int copied = w->is_toolchain && strcmp(entry, "go.mod") == 0 ? is_copied_gomod(parent, err) : 0;
        rc = copied ? copied : hash_file(w, parent, entry, err);
        rc = rc < 0 ? -1 : 0;
    } else {
        rc = mf_err_set(err, MF_E_DAMAGED, "%.*s is not a regular file", MF_FMT(mf_buf_view(&w->name)));
    }
    mf_buf_truncate(&w->name, before);
    return rc;
}

/* An extracted directory beside the zip that is being walked. A file system that
 * folds case opens files under other names than their own, so the names of both are
 * compared as well: as h1 of files without content. */
struct beside {
    struct mf_dir dir;
    bool differs; /* then the rest is not looked at */
    struct mf_buf name;
    int fd;      /* of the current file */
    char *block; /* READ_SIZE bytes */
    struct mf_dirhash names;
};

static void beside_release(struct beside *b)
{
    mf_dir_release(&b->dir);
    mf_buf_release(&b->name);
    mf_fd_release(&b->fd);
    free(b->block);
    mf_dirhash_release(&b->names);
}

/* Nothing here is an error: what cannot be compared is not the same. */
static void differs_if(struct beside *b, bool differs)
{
    b->differs = b->differs || differs;
}

static int beside_file(void *ctx, struct mf_str name, uint64_t size, struct mf_err *err)
{
    struct beside *b = ctx;
    struct mf_err why;
    (void)size;
    if (b->differs)
        return 0;
    mf_buf_clear(&b->name);
    mf_buf_str(&b->name, name);
    if (mf_buf_check(&b->name, err) < 0 || mf_dirhash_add(&b->names, name, &no_content, err) < 0)
        return -1;
    b->fd = mf_dir_open_file(b->dir, mf_buf_cstr(&b->name), NULL, &why);
    differs_if(b, b->fd < 0);
    return 0;
}

/* Reads up to READ_SIZE bytes into the block: true where so many came. */
static bool beside_read(struct beside *b, size_t wanted, size_t expected)
{
    struct mf_err why;
    size_t got = 0;
    return mf_read_full(b->fd, b->block, wanted, &got, mf_buf_cstr(&b->name), &why) == 0 && got == expected;
}

static int beside_data(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    struct beside *b = ctx;
    (void)err;
    for (size_t at = 0; at < n && !b->differs;) {
        const size_t want = n - at < READ_SIZE ? n - at : READ_SIZE;
        differs_if(b, !beside_read(b, want, want) || memcmp((const char *)p + at, b->block, want) != 0);
        at += want;
    }
    return 0;
}

static int beside_file_end(void *ctx, const struct mf_digest *sha256, struct mf_err *err)
{
    struct beside *b = ctx;
    (void)sha256;
    (void)err;
    if (!b->differs)
        differs_if(b, !beside_read(b, 1, 0));
    mf_fd_release(&b->fd);
    return 0;
}

static bool has_the_names(struct beside *b)
{
    struct tree_walk w = {.hashes = MF_DIRHASH_INIT, .name = MF_BUF_INIT(NAME_SIZE)};
    char wanted[MF_H1_SIZE], found[MF_H1_SIZE];
    struct mf_err why;
    int rc = mf_dir_each(b->dir, ".", on_entry, &w, &why);
    mf_dirhash_done(&b->names, wanted);
    mf_dirhash_done(&w.hashes, found);
    mf_dirhash_release(&w.hashes);
    mf_buf_release(&w.name);
    return rc == 0 && strcmp(wanted, found) == 0;
}

int mf_rehash_both(struct mf_dir dir, const char *zip, const char *extracted, struct mf_module id, char h1[MF_H1_SIZE],
                   bool *same_out, uint64_t *bytes, struct mf_err *err)
{
    MF_CLEANUP(beside_release)
    struct beside b = {.dir = MF_DIR_NONE,
                       .name = MF_BUF_INIT(NAME_SIZE),
                       .fd = -1,
                       .block = malloc(READ_SIZE),
                       .names = MF_DIRHASH_INIT};
    const struct mf_modzip_visitor visitor = {&b, beside_file, beside_data, beside_file_end};
    struct mf_modzip_facts facts;
    struct mf_err why;
    if (!b.block)
        return mf_err_nomem(err);
    b.differs = mf_dir_sub(&b.dir, dir, extracted, false, &why) < 0;
    int rc = walk_zip(dir, zip, id, MF_MODZIP_H1, &visitor, &facts, bytes, err);
    if (rc <= 0)
        return rc;
    memcpy(h1, facts.h1, MF_H1_SIZE);
    *same_out = !b.differs && !facts.directories && has_the_names(&b);
    *bytes += *same_out ? facts.size : 0;
    return 1;
}

int mf_rehash_dir(struct mf_dir dir, const char *name, struct mf_module id, char h1[MF_H1_SIZE], uint64_t *bytes,
                  struct mf_err *err)
{
    struct stat st;
    int there = mf_dir_stat(dir, name, &st, err);
    if (there <= 0)
        return there;
    if (!S_ISDIR(st.st_mode))
        return mf_err_set(err, MF_E_DAMAGED, "%s is not a directory", name);
    struct tree_walk w = {.hashes = MF_DIRHASH_INIT,
                          .name = MF_BUF_INIT(NAME_SIZE),
                          .block = malloc(READ_SIZE),
                          .is_toolchain = mf_toolchain_is(id)};
    mf_buf_fmt(&w.name, "%.*s@%.*s/", MF_FMT(id.path), MF_FMT(id.version));
    int rc = w.block ? mf_dir_each(dir, name, on_entry, &w, err) : mf_err_nomem(err);
    if (rc == 0) {
        mf_dirhash_done(&w.hashes, h1);
        *bytes += w.bytes;
    }
    mf_dirhash_release(&w.hashes);
    mf_buf_release(&w.name);
    free(w.block);
    return rc < 0 ? -1 : 1;
}

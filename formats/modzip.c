#include "formats/modzip.h"

#include <errno.h>
#include <sys/stat.h>

#include "formats/base/buf.h"
#include "formats/base/dir.h"
#include "formats/modzipnames.h"
#include "formats/modziprebuild.h"
#include "formats/semver.h"
#include "formats/zipdir.h"
#include "formats/zipread.h"

enum { CHUNK = 256 * 1024 };

/* A walk in progress. */
struct walk {
    const struct mf_modzip_visitor *visitor;
    struct mf_modzipnames names;
    bool hashes; /* every file, and h1 of all */
    struct mf_dirhash h1;
    struct mf_sha256 sum; /* of the current file */
    struct mf_zipdir dir;
    struct mf_zipread *reader;
    struct mf_modziprebuild *rebuild; /* NULL where nothing is to be proved */
};

static void walk_release(struct walk *w)
{
    mf_dirhash_release(&w->h1);
    mf_zipdir_release(&w->dir);
    mf_zipread_free(&w->reader);
    mf_modziprebuild_free(&w->rebuild);
}

static int check_module(struct mf_module m, struct mf_err *err)
{
    if (!mf_semver_canonical(m.version, true))
        return mf_err_set(err, MF_E_MODZIP, "version \"%.*s\" is not canonical", MF_FMT(m.version));
    if (mf_module_check(m, err) < 0) {
        err->code = MF_E_MODZIP;
        return -1;
    }
    return 0;
}

static int check_file(int fd, uint64_t *size_out, struct mf_err *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return mf_err_errno(err, errno, "read zip");
    if (!S_ISREG(st.st_mode))
        return mf_err_set(err, MF_E_IO, "read zip: not a regular file");
    if ((uint64_t)st.st_size > MF_MODZIP_MAX)
        return mf_err_set(err, MF_E_MODZIP, "module zip file is too large (%lld bytes; limit is %zu bytes)",
                          (long long)st.st_size, MF_MODZIP_MAX);
    *size_out = (uint64_t)st.st_size;
    return 0;
}

static int hash_file(int fd, uint64_t size, struct mf_digest *out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf chunk = MF_BUF_INIT(CHUNK);
    struct mf_sha256 sum;
    char *p = mf_buf_room(&chunk, CHUNK);
    if (!p)
        return mf_buf_check(&chunk, err);
    mf_sha256_init(&sum);
    for (uint64_t at = 0; at < size;) {
        size_t n = size - at < CHUNK ? (size_t)(size - at) : CHUNK;
        if (mf_pread_full(fd, p, n, at, "zip", err) < 0)
            return -1;
        mf_sha256_add(&sum, p, n);
        at += n;
    }
    mf_sha256_done(&sum, out);
    return 0;
}

static int on_data(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    struct walk *w = ctx;
    const struct mf_modzip_visitor *v = w->visitor;
    if (w->hashes)
        mf_sha256_add(&w->sum, p, n);
    if (v && v->data && v->data(v->ctx, p, n, err) < 0)
        return -1;
    return w->rebuild ? mf_modziprebuild_data(w->rebuild, p, n, err) : 0;
}

static int walk_file(struct walk *w, const struct mf_zipdir_entry *e, struct mf_err *err)
{
    const struct mf_modzip_visitor *v = w->visitor;
    struct mf_digest content;
    if (v && v->file && v->file(v->ctx, mf_str_from(e->name, w->names.prefix), e->size, err) < 0)
        return -1;
    if (w->rebuild && mf_modziprebuild_begin(w->rebuild, e->name, err) < 0)
        return -1;
    if (mf_zipread_entry(w->reader, e, on_data, w, err) < 0)
        return -1;
    if (w->rebuild && mf_modziprebuild_end(w->rebuild, err) < 0)
        return -1;
    if (w->hashes) {
        mf_sha256_done(&w->sum, &content);
        if (mf_dirhash_add(&w->h1, e->name, &content, err) < 0)
            return -1;
    }
    return v && v->file_end ? v->file_end(v->ctx, w->hashes ? &content : NULL, err) : 0;
}

/* Directories count in h1 as empty files and are otherwise passed over. */
static int walk_directory(struct walk *w, const struct mf_zipdir_entry *e, struct mf_err *err)
{
    struct mf_digest empty = mf_sha256_of(MF_LIT(""));
    if (mf_zipread_entry(w->reader, e, on_data, w, err) < 0)
        return -1;
    return w->hashes ? mf_dirhash_add(&w->h1, e->name, &empty, err) : 0;
}

static int walk_entries(struct walk *w, struct mf_err *err)
{
    for (size_t i = 0; i < w->dir.count; i++) {
        const struct mf_zipdir_entry *e = &w->dir.entries[i];
        int done = mf_str_ends(e->name, MF_LIT("/")) ? walk_directory(w, e, err) : walk_file(w, e, err);
        if (done < 0)
            return -1;
    }
    return 0;
}

/* With what the caller has set in w: facts but for canonical, and h1 where it hashes. */
static int walk_zip(struct walk *w, int fd, struct mf_module m, enum mf_modzip_depth depth, struct mf_modzip_facts *out,
                    struct mf_err *err)
{
    if (check_module(m, err) < 0 || check_file(fd, &out->zip_size, err) < 0)
        return -1;
    if (mf_zipdir_read(&w->dir, fd, out->zip_size, err) < 0 || mf_modzipnames_check(&w->dir, m, &w->names, err) < 0)
        return -1;
    if (depth >= MF_MODZIP_SHA256 && hash_file(fd, out->zip_size, &out->zip_sha256, err) < 0)
        return -1;
    if (mf_zipread_new(&w->reader, fd, out->zip_size, err) < 0)
        return -1;
    if (depth == MF_MODZIP_PROOF && !w->names.directories &&
        mf_modziprebuild_new(&w->rebuild, fd, out->zip_size, err) < 0)
        return -1;
    mf_sha256_init(&w->sum);
    if (walk_entries(w, err) < 0)
        return -1;
    if (w->rebuild && mf_modziprebuild_finish(w->rebuild, &out->canonical, err) < 0)
        return -1;
    out->files = w->names.files;
    out->size = w->names.size;
    out->directories = w->names.directories;
    return 0;
}

int mf_modzip_walk(int fd, struct mf_module m, enum mf_modzip_depth depth, const struct mf_modzip_visitor *visitor,
                   struct mf_modzip_facts *facts, struct mf_err *err)
{
    MF_CLEANUP(walk_release)
    struct walk w = {.visitor = visitor, .hashes = true, .h1 = MF_DIRHASH_INIT, .dir = MF_ZIPDIR_INIT};
    struct mf_modzip_facts found = {.canonical = false};
    if (walk_zip(&w, fd, m, depth, &found, err) < 0)
        return -1;
    found.proved = depth == MF_MODZIP_PROOF;
    mf_dirhash_done(&w.h1, found.h1);
    *facts = found;
    return 0;
}

int mf_modzip_again(int fd, struct mf_module m, const struct mf_modzip_visitor *visitor,
                    struct mf_digest *zip_sha256_out, struct mf_err *err)
{
    MF_CLEANUP(walk_release) struct walk w = {.visitor = visitor, .h1 = MF_DIRHASH_INIT, .dir = MF_ZIPDIR_INIT};
    struct mf_modzip_facts found = {.canonical = false};
    if (walk_zip(&w, fd, m, MF_MODZIP_SHA256, &found, err) < 0)
        return -1;
    *zip_sha256_out = found.zip_sha256;
    return 0;
}

#include "formats/head.h"

#include <inttypes.h>
#include <stdio.h>

#include "formats/base/dir.h"
#include "formats/manifest.h"
#include "formats/tar.h"
#include "formats/zframe.h"
#include "formats/zstore.h"

#define MANIFEST_NAME "manifest.json"
#define SIGNATURE_DIR "signatures/"
#define SIGNATURE_EXT ".minisig"
#define STEM_SIZE 16

/* Tar bytes of the largest head. */
#define HEAD_RAW_MAX (MF_TAR_BLOCK + MF_MANIFEST_MAX + MF_HEAD_SIGNATURES_MAX * (MF_TAR_BLOCK + MF_MINISIGN_FILE_MAX))

/* What is being copied out while the tar is read. */
struct copying {
    struct mf_head *head;
    struct mf_arena *arena;
    char *to; /* where the next bytes of the member go */
    bool begun;
};

static bool is_stem(struct mf_str stem)
{
    for (size_t i = 0; i < stem.n; i++)
        if (!(stem.p[i] >= '0' && stem.p[i] <= '9') && !(stem.p[i] >= 'a' && stem.p[i] <= 'f'))
            return false;
    return stem.n == STEM_SIZE;
}

/* Takes memory for a member of `size` bytes, which its caller has limited. */
static int make_room(struct copying *c, uint64_t size, struct mf_str *out, struct mf_err *err)
{
    c->to = mf_arena_alloc(c->arena, (size_t)size + 1, err);
    if (!c->to)
        return -1;
    *out = (struct mf_str){c->to, (size_t)size};
    return 0;
}

static int begin_manifest(struct copying *c, struct mf_str name, uint64_t size, struct mf_err *err)
{
    if (!mf_str_eq(name, MF_LIT(MANIFEST_NAME)))
        return mf_err_set(err, MF_E_NOT_BUNDLE, "its first member is \"%.*s\", not " MANIFEST_NAME, MF_FMT(name));
    c->begun = true;
    if (size > MF_MANIFEST_MAX)
        return mf_err_set(err, MF_E_LIMIT, MANIFEST_NAME " has %" PRIu64 " bytes, more than %zu", size,
                          MF_MANIFEST_MAX);
    if (size == 0)
        return mf_err_set(err, MF_E_DAMAGED, MANIFEST_NAME " is empty");
    return make_room(c, size, &c->head->manifest, err);
}

static int begin_signature(struct copying *c, struct mf_str name, uint64_t size, struct mf_err *err)
{
    struct mf_head *head = c->head;
    const struct mf_str dir = MF_LIT(SIGNATURE_DIR), ext = MF_LIT(SIGNATURE_EXT);
    bool named = name.n == dir.n + STEM_SIZE + ext.n && mf_str_starts(name, dir) && mf_str_ends(name, ext);
    struct mf_str stem = mf_str_head(mf_str_from(name, dir.n), STEM_SIZE);
    if (!named || !is_stem(stem))
        return mf_err_set(err, MF_E_DAMAGED, "a head has no member \"%.*s\"", MF_FMT(name));
    if (head->signature_count == MF_HEAD_SIGNATURES_MAX)
        return mf_err_set(err, MF_E_LIMIT, "more than %d signatures", MF_HEAD_SIGNATURES_MAX);
    if (size > MF_MINISIGN_FILE_MAX)
        return mf_err_set(err, MF_E_LIMIT, "%.*s has %" PRIu64 " bytes, more than %zu", MF_FMT(name), size,
                          MF_MINISIGN_FILE_MAX);
    if (head->signature_count && mf_str_cmp(head->signatures[head->signature_count - 1].stem, stem) >= 0)
        return mf_err_set(err, MF_E_DAMAGED, "%.*s is out of order or double", MF_FMT(name));
    struct mf_head_signature *s = &head->signatures[head->signature_count++];
    if (mf_arena_dup(c->arena, stem, &s->stem, err) < 0)
        return -1;
    return make_room(c, size, &s->text, err);
}

static int on_member(void *ctx, struct mf_str name, uint64_t size, uint64_t offset, struct mf_err *err)
{
    struct copying *c = ctx;
    (void)offset;
    if (!c->begun)
        return begin_manifest(c, name, size, err);
    return begin_signature(c, name, size, err);
}

static int on_data(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    struct copying *c = ctx;
    (void)err;
    memcpy(c->to, p, n);
    c->to += n;
    return 0;
}

static int on_end(void *ctx, struct mf_err *err)
{
    (void)ctx;
    (void)err;
    return 0;
}

static int read_exactly(int fd, void *p, size_t n, const char *name, struct mf_err *err)
{
    size_t got;
    if (mf_read_full(fd, p, n, &got, name, err) < 0)
        return -1;
    return got == n ? 0 : mf_err_set(err, MF_E_TRUNCATED, "ends inside its head");
}

/* The frame header, of which every byte but the size is given. Sets raw_size
 * and, from it, frame_size. */
static int read_frame_header(int fd, const char *name, struct mf_head *head, struct mf_err *err)
{
    unsigned char b[MF_ZSTORE_HEADER], want[MF_ZSTORE_HEADER];
    size_t got;
    if (mf_read_full(fd, b, sizeof(b), &got, name, err) < 0)
        return -1;
    mf_zstore_header(got == sizeof(b) ? mf_zstore_get32(b + 5) : 0, want);
    size_t known = got < 5 ? got : 5;
    if (memcmp(b, want, known) != 0)
        return mf_err_set(err, MF_E_NOT_BUNDLE, "does not begin as a bundle does");
    if (got < sizeof(b))
        return mf_err_set(err, MF_E_TRUNCATED, "ends inside its head");
    head->raw_size = mf_zstore_get32(b + 5);
    if (head->raw_size > HEAD_RAW_MAX)
        return mf_err_set(err, MF_E_LIMIT, "its head has %" PRIu64 " bytes, more than %zu", head->raw_size,
                          HEAD_RAW_MAX);
    if (head->raw_size == 0 || head->raw_size % MF_TAR_BLOCK)
        return mf_err_set(err, MF_E_DAMAGED, "its head is not a whole number of tar blocks");
    uint64_t blocks = (head->raw_size + MF_ZSTORE_BLOCK - 1) / MF_ZSTORE_BLOCK;
    head->frame_size = MF_ZSTORE_HEADER + head->raw_size + blocks * MF_ZSTORE_BLOCK_HEADER;
    return 0;
}

/* The blocks, whose headers are given by raw_size. */
static int read_blocks(int fd, const char *name, uint64_t raw_size, struct mf_tar_reader *tar, struct mf_err *err)
{
    unsigned char b[MF_ZSTORE_BLOCK_HEADER], want[MF_ZSTORE_BLOCK_HEADER];
    char piece[16 * 1024];
    for (uint64_t left = raw_size; left > 0;) {
        size_t block = left < MF_ZSTORE_BLOCK ? (size_t)left : MF_ZSTORE_BLOCK;
        left -= block;
        mf_zstore_block((uint32_t)block, left == 0, want);
        if (read_exactly(fd, b, sizeof(b), name, err) < 0)
            return -1;
        if (memcmp(b, want, sizeof(b)) != 0)
            return mf_err_set(err, MF_E_DAMAGED, "a block of its head is not stored as bundles store it");
        while (block > 0) {
            size_t n = block < sizeof(piece) ? block : sizeof(piece);
            if (read_exactly(fd, piece, n, name, err) < 0 || mf_tar_reader_feed(tar, piece, n, err) < 0)
                return -1;
            block -= n;
        }
    }
    return 0;
}

static int read_head(int fd, const char *name, struct mf_head *head, struct mf_arena *arena, struct mf_err *err)
{
    struct copying copying = {.head = head, .arena = arena};
    const struct mf_tar_visitor visitor = {&copying, on_member, on_data, on_end};
    MF_CLEANUP(mf_tar_reader_release) struct mf_tar_reader tar;
    mf_tar_reader_init(&tar, &visitor);
    if (read_frame_header(fd, name, head, err) < 0)
        return -1;
    if (read_blocks(fd, name, head->raw_size, &tar, err) < 0) {
        if (err->code == MF_E_DAMAGED && !copying.begun)
            err->code = MF_E_NOT_BUNDLE;
        return -1;
    }
    if (mf_tar_reader_finish(&tar, false, err) == 0)
        return 0;
    /* The frame is whole, so nothing is missing at the end of the file. */
    if (err->code == MF_E_TRUNCATED)
        err->code = MF_E_DAMAGED;
    return -1;
}

int mf_head_read(int fd, const char *name, struct mf_head *out, struct mf_arena *arena, struct mf_err *err)
{
    *out = (struct mf_head){0};
    return read_head(fd, name, out, arena, err) < 0 ? mf_err_prefix(err, "%s", name) : 0;
}

static void add_member(struct mf_str name, struct mf_str text, struct mf_buf *tar, struct mf_err *err, int *result)
{
    static const char zeros[MF_TAR_BLOCK];
    if (*result == 0)
        *result = mf_tar_header(name, text.n, tar, err);
    mf_buf_str(tar, text);
    mf_buf_add(tar, zeros, mf_tar_padding(text.n));
}

static int sort_signatures(struct mf_head *head, struct mf_err *err)
{
    struct mf_head_signature *s = head->signatures;
    for (size_t i = 0; i < head->signature_count; i++) {
        if (!is_stem(s[i].stem) || s[i].text.n > MF_MINISIGN_FILE_MAX)
            return mf_err_set(err, MF_E_DAMAGED, "signature \"%.*s\": wrong name or too long", MF_FMT(s[i].stem));
        struct mf_head_signature moved = s[i];
        size_t k = i;
        for (; k > 0 && mf_str_cmp(s[k - 1].stem, moved.stem) > 0; k--)
            s[k] = s[k - 1];
        s[k] = moved;
        if (k > 0 && mf_str_eq(s[k - 1].stem, moved.stem))
            return mf_err_set(err, MF_E_DAMAGED, "signature \"%.*s\": two by one key", MF_FMT(moved.stem));
    }
    return 0;
}

int mf_head_write(struct mf_head *head, struct mf_buf *out, struct mf_err *err)
{
    if (head->manifest.n == 0 || head->manifest.n > MF_MANIFEST_MAX)
        return mf_err_set(err, MF_E_LIMIT, MANIFEST_NAME " has %zu bytes, not 1 to %zu", head->manifest.n,
                          MF_MANIFEST_MAX);
    if (head->signature_count > MF_HEAD_SIGNATURES_MAX)
        return mf_err_set(err, MF_E_LIMIT, "more than %d signatures", MF_HEAD_SIGNATURES_MAX);
    if (sort_signatures(head, err) < 0)
        return -1;
    MF_CLEANUP(mf_buf_release) struct mf_buf tar = MF_BUF_INIT(HEAD_RAW_MAX);
    int result = 0;
    add_member(MF_LIT(MANIFEST_NAME), head->manifest, &tar, err, &result);
    for (size_t i = 0; i < head->signature_count; i++) {
        char name[64];
        snprintf(name, sizeof(name), SIGNATURE_DIR "%.*s" SIGNATURE_EXT, MF_FMT(head->signatures[i].stem));
        add_member(mf_str(name), head->signatures[i].text, &tar, err, &result);
    }
    if (result < 0 || mf_buf_check(&tar, err) < 0)
        return -1;
    size_t before = out->n;
    if (mf_zframe_store(mf_buf_view(&tar), out, err) < 0)
        return -1;
    head->raw_size = tar.n;
    head->frame_size = out->n - before;
    return 0;
}

#include "verify/attachment.h"

#include <stdio.h>

#include "formats/base/encode.h"
#include "formats/bundlein.h"

#define DIRECTORY "attachments/"

struct reading {
    const struct mf_manifest_attachment *wanted;
    struct mf_buf *out;
};

/* Bytes of the payload that an attachment takes. */
static int length_of(const struct mf_manifest_attachment *a, uint64_t *out, struct mf_err *err)
{
    char name[MF_MEMBER_PATH_MAX];
    MF_CLEANUP(mf_buf_release) struct mf_buf header = MF_BUF_INIT(8 * MF_TAR_BLOCK);
    int n = snprintf(name, sizeof(name), DIRECTORY "%.*s", MF_FMT(a->name));
    if (mf_tar_header((struct mf_str){name, (size_t)n}, a->size, &header, err) < 0)
        return -1;
    *out = header.n + a->size + mf_tar_padding(a->size);
    return 0;
}

/* They follow the last .mod, or the proofs, in the order of the manifest. */
static int find(const struct mf_manifest *m, struct mf_str name, const struct mf_manifest_attachment **found,
                struct mf_span *span, struct mf_err *err)
{
    struct mf_span before = m->module_count ? m->modules[m->module_count - 1].mod : m->sumdb;
    *span = (struct mf_span){.offset = before.offset + before.length};
    for (size_t i = 0; i < m->attachment_count; i++) {
        if (length_of(&m->attachments[i], &span->length, err) < 0)
            return -1;
        *found = &m->attachments[i];
        if (mf_str_eq((*found)->name, name))
            return 0;
        span->offset += span->length;
    }
    return mf_err_set(err, MF_E_CLOSURE, "it has no attachment %.*s", MF_FMT(name));
}

static int on_member(void *ctx, struct mf_str name, uint64_t size, uint64_t offset, struct mf_err *err)
{
    const struct reading *r = ctx;
    (void)offset;
    if (mf_str_starts(name, MF_LIT(DIRECTORY)) &&
        mf_str_eq(mf_str_from(name, sizeof(DIRECTORY) - 1), r->wanted->name) && size == r->wanted->size)
        return 0;
    return mf_err_set(err, MF_E_DAMAGED, "member %.*s is not where the manifest says", MF_FMT(name));
}

static int on_data(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    const struct reading *r = ctx;
    mf_buf_add(r->out, p, n);
    return mf_buf_check(r->out, err);
}

static int on_member_end(void *ctx, struct mf_err *err)
{
    const struct reading *r = ctx;
    struct mf_digest found = mf_sha256_of(mf_buf_view(r->out));
    char hex[MF_HEX_SIZE(32)];
    mf_hex(found.b, sizeof(found.b), hex);
    if (mf_str_eq(mf_str(hex), r->wanted->sha256))
        return 0;
    return mf_err_set(err, MF_E_HASH, "attachment %.*s has SHA-256 %s, the manifest promises %.*s",
                      MF_FMT(r->wanted->name), hex, MF_FMT(r->wanted->sha256));
}

int mf_attachment_read(int fd, const char *bundle, const struct mf_gate *gate, struct mf_str name, struct mf_buf *out,
                       struct mf_err *err)
{
    struct reading r = {.out = out};
    struct mf_span span;
    const struct mf_tar_visitor visitor = {&r, on_member, on_data, on_member_end};
    const struct mf_bundlein_options options = {.threads = 1};
    mf_buf_clear(out);
    if (find(&gate->manifest, name, &r.wanted, &span, err) < 0)
        return mf_err_prefix(err, "%s", bundle);
    if (r.wanted->size > out->max)
        return mf_err_set(err, MF_E_LIMIT, "%s: attachment %.*s has more than %zu bytes", bundle, MF_FMT(name),
                          out->max);
    return mf_bundlein_spans(fd, bundle, &gate->head, &gate->manifest, &span, 1, &visitor, &options, err);
}

#include "formats/zipindex.h"

int mf_zipindex_start(struct mf_zipindex *z, struct mf_err *err)
{
    return mf_pkgindex_maker_new(&z->maker, err);
}

void mf_zipindex_release(struct mf_zipindex *z)
{
    mf_pkgindex_maker_free(&z->maker);
    mf_buf_release(&z->name);
    mf_buf_release(&z->content);
}

static int on_file(void *ctx, struct mf_str name, uint64_t size, struct mf_err *err)
{
    struct mf_zipindex *z = ctx;
    (void)size;
    z->longest = name.n > z->longest ? name.n : z->longest;
    z->wanted = mf_pkgindex_wants(name);
    mf_buf_clear(&z->name);
    mf_buf_clear(&z->content);
    mf_buf_str(&z->name, name);
    return mf_buf_check(&z->name, err);
}

static int on_data(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    struct mf_zipindex *z = ctx;
    if (!z->wanted)
        return 0;
    mf_buf_add(&z->content, p, n);
    return mf_buf_check(&z->content, err);
}

static int on_file_end(void *ctx, const struct mf_digest *sha256, struct mf_err *err)
{
    struct mf_zipindex *z = ctx;
    (void)sha256;
    return mf_pkgindex_add(z->maker, mf_buf_view(&z->name), mf_buf_view(&z->content), err);
}

struct mf_modzip_visitor mf_zipindex_visitor(struct mf_zipindex *z)
{
    return (struct mf_modzip_visitor){.ctx = z, .file = on_file, .data = on_data, .file_end = on_file_end};
}

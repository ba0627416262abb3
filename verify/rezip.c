#include "verify/rezip.h"

#include <libdeflate.h>

#define OUT_FLUSH (512 * MF_KIB)
#define OUT_MAX (64 * MF_MIB) /* the central directory of very many files */

int mf_rezip_init(struct mf_rezip *z, struct mf_dir dir, const char *name, struct mf_module id, mode_t mode,
                  struct mf_err *err)
{
    *z = (struct mf_rezip){.temp = MF_TEMP_INIT,
                           .zip = MF_ZIPWRITE_INIT,
                           .out = MF_BUF_INIT(OUT_MAX),
                           .name = MF_BUF_INIT(4 * MF_MEMBER_PATH_MAX)};
    mf_sha256_init(&z->sum);
    mf_buf_fmt(&z->name, "%.*s@%.*s/", MF_FMT(id.path), MF_FMT(id.version));
    z->prefix = z->name.n;
    if (mf_buf_check(&z->name, err) < 0)
        return -1;
    return mf_temp_open(&z->temp, dir, name, mode, err);
}

void mf_rezip_release(struct mf_rezip *z)
{
    mf_temp_release(&z->temp);
    mf_zipwrite_release(&z->zip);
    mf_buf_release(&z->out);
    mf_buf_release(&z->name);
    mf_goflate_free(&z->flate);
}

int mf_rezip_pack(struct mf_sink_file *f, struct mf_sink_scratch *scratch, struct mf_err *err)
{
    if (!scratch->flate && mf_goflate_new(&scratch->flate, err) < 0)
        return -1;
    f->crc = libdeflate_crc32(0, f->content.p, f->content.n);
    f->packed_at = scratch->packed.n;
    mf_goflate_start(scratch->flate);
    mf_goflate_write(scratch->flate, f->content.p, f->content.n, &scratch->packed);
    mf_goflate_finish(scratch->flate, &scratch->packed);
    f->packed = scratch->packed.n - f->packed_at;
    return mf_buf_check(&scratch->packed, err);
}

static int flush(struct mf_rezip *z, struct mf_err *err)
{
    if (z->out.n == 0)
        return 0;
    mf_sha256_add(&z->sum, z->out.p, z->out.n);
    if (mf_write_full(z->temp.fd, z->out.p, z->out.n, z->temp.final, err) < 0)
        return -1;
    mf_buf_clear(&z->out);
    return 0;
}

static int flush_large(struct mf_rezip *z, struct mf_err *err)
{
    if (mf_buf_check(&z->out, err) < 0)
        return -1;
    return z->out.n >= OUT_FLUSH ? flush(z, err) : 0;
}

static struct mf_str full_name(struct mf_rezip *z, struct mf_str name)
{
    mf_buf_truncate(&z->name, z->prefix);
    mf_buf_str(&z->name, name);
    return mf_buf_view(&z->name);
}

int mf_rezip_file(struct mf_rezip *z, const struct mf_sink_file *f, const struct mf_sink_scratch *scratch,
                  struct mf_err *err)
{
    struct mf_str name = full_name(z, f->name);
    if (mf_buf_check(&z->name, err) < 0 || mf_zipwrite_begin_file(&z->zip, name, &z->out, err) < 0)
        return -1;
    mf_buf_add(&z->out, scratch->packed.p + f->packed_at, f->packed);
    if (mf_zipwrite_end_file(&z->zip, f->crc, f->packed, f->content.n, &z->out, err) < 0)
        return -1;
    return flush_large(z, err);
}

int mf_rezip_large_begin(struct mf_rezip *z, struct mf_str name, struct mf_err *err)
{
    struct mf_str full = full_name(z, name);
    if (!z->flate && mf_goflate_new(&z->flate, err) < 0)
        return -1;
    if (mf_buf_check(&z->name, err) < 0 || mf_zipwrite_begin_file(&z->zip, full, &z->out, err) < 0)
        return -1;
    mf_goflate_start(z->flate);
    z->crc = 0;
    z->large_in = z->large_out = 0;
    return 0;
}

int mf_rezip_large_data(struct mf_rezip *z, const void *p, size_t n, struct mf_err *err)
{
    size_t before = z->out.n;
    z->crc = libdeflate_crc32(z->crc, p, n);
    z->large_in += n;
    mf_goflate_write(z->flate, p, n, &z->out);
    z->large_out += z->out.n - before;
    return flush_large(z, err);
}

int mf_rezip_large_end(struct mf_rezip *z, struct mf_err *err)
{
    size_t before = z->out.n;
    mf_goflate_finish(z->flate, &z->out);
    z->large_out += z->out.n - before;
    if (mf_buf_check(&z->out, err) < 0 ||
        mf_zipwrite_end_file(&z->zip, z->crc, z->large_out, z->large_in, &z->out, err) < 0)
        return -1;
    return flush_large(z, err);
}

int mf_rezip_raw(struct mf_rezip *z, const void *p, size_t n, struct mf_err *err)
{
    return mf_write_full(z->temp.fd, p, n, z->temp.final, err);
}

int mf_rezip_walk(struct mf_rezip *z, struct mf_module id, const struct mf_modzip_visitor *visitor,
                  struct mf_modzip_facts *facts_out, struct mf_err *err)
{
    if (mf_modzip_walk(z->temp.fd, id, MF_MODZIP_SHA256, visitor, facts_out, err) < 0)
        return -1;
    z->sha256 = facts_out->zip_sha256;
    return 0;
}

int mf_rezip_finish(struct mf_rezip *z, struct mf_err *err)
{
    if (mf_zipwrite_finish(&z->zip, &z->out, err) < 0 || mf_buf_check(&z->out, err) < 0 || flush(z, err) < 0)
        return -1;
    mf_sha256_done(&z->sum, &z->sha256);
    return 0;
}

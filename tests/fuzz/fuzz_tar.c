/* The tar of bundles, fed whole and byte by byte: both ways end alike. */
#include <stdlib.h>

#include "formats/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int on_member(void *ctx, struct mf_str name, uint64_t size, uint64_t offset, struct mf_err *err)
{
    (void)ctx, (void)name, (void)size, (void)offset, (void)err;
    return 0;
}

static int on_data(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    (void)ctx, (void)p, (void)n, (void)err;
    return 0;
}

static int on_end(void *ctx, struct mf_err *err)
{
    (void)ctx, (void)err;
    return 0;
}

static int feed(const uint8_t *data, size_t size, size_t step)
{
    static const struct mf_tar_visitor nothing = {.member = on_member, .data = on_data, .member_end = on_end};
    MF_CLEANUP(mf_tar_reader_release) struct mf_tar_reader r;
    struct mf_err err;
    mf_tar_reader_init(&r, &nothing);
    for (size_t at = 0; at < size; at += step)
        if (mf_tar_reader_feed(&r, data + at, size - at < step ? size - at : step, &err) < 0)
            return -1;
    return mf_tar_reader_finish(&r, true, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (feed(data, size, size + 1) != feed(data, size, 1))
        abort();
    return 0;
}

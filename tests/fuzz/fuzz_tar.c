/* The tar of bundles, fed whole and byte by byte: both ways see the same members
 * and end alike; and what was read is written again with the same bytes. */
#include "formats/tar.h"
#include "tests/fuzz/fuzzkit.h"
#include "tests/fuzz/tarfix.h"

struct seen {
    struct mf_buf events; /* members and their ends, one a line */
    struct mf_buf tar;    /* written again */
};

static int on_member(void *ctx, struct mf_str name, uint64_t size, uint64_t offset, struct mf_err *err)
{
    struct seen *s = ctx;
    CHECK(offset == s->tar.n);
    mf_buf_fmt(&s->events, "%.*s %llu\n", MF_FMT(name), (unsigned long long)size);
    return mf_tar_header(name, size, &s->tar, err);
}

static int on_data(void *ctx, const void *p, size_t n, struct mf_err *err)
{
    struct seen *s = ctx;
    (void)err;
    mf_buf_add(&s->tar, p, n);
    return 0;
}

static int on_end(void *ctx, struct mf_err *err)
{
    static const char zeros[MF_TAR_BLOCK];
    struct seen *s = ctx;
    (void)err;
    mf_buf_add(&s->tar, zeros, mf_tar_padding(s->tar.n));
    mf_buf_str(&s->events, MF_LIT("end\n"));
    return 0;
}

static int feed(struct mf_str tar, size_t step, struct seen *seen)
{
    const struct mf_tar_visitor visitor = {seen, on_member, on_data, on_end};
    MF_CLEANUP(mf_tar_reader_release) struct mf_tar_reader r;
    struct mf_err err;
    mf_tar_reader_init(&r, &visitor);
    for (struct mf_str rest = tar; rest.n; rest = mf_str_from(rest, step))
        if (mf_tar_reader_feed(&r, rest.p, mf_str_head(rest, step).n, &err) < 0)
            return -1;
    return mf_tar_reader_finish(&r, true, &err);
}

static void seen_release(struct seen *s)
{
    mf_buf_release(&s->events);
    mf_buf_release(&s->tar);
}

static void check(struct mf_str tar)
{
    MF_CLEANUP(seen_release) struct seen whole = {MF_BUF_INIT(MF_MIB), MF_BUF_INIT(MF_MIB)};
    MF_CLEANUP(seen_release) struct seen bytes = {MF_BUF_INIT(MF_MIB), MF_BUF_INIT(MF_MIB)};
    int result = feed(tar, tar.n + 1, &whole);
    CHECK(feed(tar, 1, &bytes) == result);
    CHECK(mf_str_eq(mf_buf_view(&whole.events), mf_buf_view(&bytes.events)));
    CHECK(mf_str_starts(tar, mf_buf_view(&whole.tar)));
    CHECK(result < 0 || whole.tar.n + MF_TAR_END == tar.n);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *fixed = fuzz_copy(data, size);
    check(fuzz_text(data, size));
    tarfix(fixed, size);
    check(fuzz_text(fixed, size));
    free(fixed);
    return 0;
}

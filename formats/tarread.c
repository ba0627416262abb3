#include <inttypes.h>

#include "formats/manifest.h"
#include "formats/tar.h"

/* Where the reader needs to look before it knows which header to expect. */
enum { NAME_N = 100, SIZE_AT = 124, TYPE_AT = 156, PREFIX_AT = 345, PREFIX_N = 155 };

/* The longest header: a block of type x, its records (a path of
 * MF_MEMBER_PATH_MAX bytes and a size), the member's own block. */
#define PAX_MAX (3 * MF_TAR_BLOCK)
#define HEADER_MAX (2 * MF_TAR_BLOCK + PAX_MAX)

void mf_tar_reader_init(struct mf_tar_reader *r, const struct mf_tar_visitor *visitor)
{
    *r = (struct mf_tar_reader){.visitor = visitor, .header = MF_BUF_INIT(HEADER_MAX)};
}

void mf_tar_reader_release(struct mf_tar_reader *r)
{
    mf_buf_release(&r->header);
}

static int bad(const struct mf_tar_reader *r, const char *what, struct mf_err *err)
{
    return mf_err_set(err, MF_E_DAMAGED, "tar: byte %" PRIu64 ": %s", r->start, what);
}

static bool all_zero(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i])
            return false;
    return true;
}

static bool parse_digits(struct mf_str s, unsigned base, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned digit = (unsigned)(s.p[i] - '0');
        if (digit >= base || value > (UINT64_MAX - digit) / base)
            return false;
        value = value * base + digit;
    }
    *out = value;
    return s.n > 0;
}

/* The size field; false where it is not eleven octal digits. */
static bool block_size(const char *block, uint64_t *out)
{
    return parse_digits((struct mf_str){block + SIZE_AT, 11}, 8, out);
}

static struct mf_str field(const char *p, size_t width)
{
    return mf_str_head((struct mf_str){p, width}, mf_str_find((struct mf_str){p, width}, '\0'));
}

/* Takes one record off the front. Whether its length was right is seen when the
 * whole header is compared. */
static bool next_record(struct mf_str *rest, struct mf_str *key, struct mf_str *value)
{
    size_t space = mf_str_find(*rest, ' ');
    uint64_t n;
    if (!parse_digits(mf_str_head(*rest, space), 10, &n) || n > rest->n || n < space + 3)
        return false;
    struct mf_str record = mf_str_from(mf_str_head(*rest, (size_t)n - 1), space + 1);
    *rest = mf_str_from(*rest, (size_t)n);
    *key = mf_str_cut(record, '=', value);
    return value->p != NULL;
}

/* Name and size as the header's blocks say them. The name may be put together
 * in `joined`, of MF_MEMBER_PATH_MAX bytes. */
static bool parse_header(struct mf_str header, char *joined, struct mf_str *name, uint64_t *size)
{
    const char *last = header.p + header.n - MF_TAR_BLOCK;
    struct mf_str prefix = field(last + PREFIX_AT, PREFIX_N);
    *name = field(last, NAME_N);
    if (prefix.n) {
        memcpy(joined, prefix.p, prefix.n);
        joined[prefix.n] = '/';
        if (name->n)
            memcpy(joined + prefix.n + 1, name->p, name->n);
        *name = (struct mf_str){joined, prefix.n + 1 + name->n};
    }
    if (!block_size(last, size))
        return false;
    if (header.n == MF_TAR_BLOCK)
        return true;
    uint64_t pax;
    if (!block_size(header.p, &pax) || pax > PAX_MAX)
        return false;
    struct mf_str rest = {header.p + MF_TAR_BLOCK, (size_t)pax};
    while (rest.n) {
        struct mf_str key, value;
        if (!next_record(&rest, &key, &value))
            return false;
        if (mf_str_eq(key, MF_LIT("path")))
            *name = value;
        else if (!mf_str_eq(key, MF_LIT("size")) || !parse_digits(value, 10, size))
            return false;
    }
    return true;
}

/* A header is right if it is the one that our writer makes for what it says. */
static int begin_member(struct mf_tar_reader *r, struct mf_err *err)
{
    char joined[MF_MEMBER_PATH_MAX];
    struct mf_str name;
    uint64_t size;
    if (!parse_header(mf_buf_view(&r->header), joined, &name, &size))
        return bad(r, "not a tar header of the form that bundles use", err);
    MF_CLEANUP(mf_buf_release) struct mf_buf again = MF_BUF_INIT(HEADER_MAX);
    if (mf_tar_header(name, size, &again, err) < 0)
        return mf_err_prefix(err, "tar: byte %" PRIu64, r->start);
    if (!mf_str_eq(mf_buf_view(&again), mf_buf_view(&r->header)))
        return bad(r, "not a tar header of the form that bundles use", err);
    r->left = size;
    r->padding = mf_tar_padding(size);
    r->in_member = true;
    if (r->visitor->member(r->visitor->ctx, name, size, r->start, err) < 0)
        return -1;
    mf_buf_clear(&r->header);
    return 0;
}

/* Bytes that the header needs in all, as far as its blocks so far tell; 0 where
 * they cannot begin a header. */
static size_t header_need(const struct mf_tar_reader *r)
{
    uint64_t pax;
    const char *first = r->header.p;
    if (first[0] == '\0')
        return MF_TAR_END;
    if (first[TYPE_AT] != 'x')
        return MF_TAR_BLOCK;
    if (!block_size(first, &pax) || pax == 0 || pax > PAX_MAX)
        return 0;
    return 2 * MF_TAR_BLOCK + (size_t)pax + mf_tar_padding(pax);
}

static int header_block(struct mf_tar_reader *r, struct mf_err *err)
{
    size_t need = header_need(r);
    if (need == 0)
        return bad(r, "not a tar header of the form that bundles use", err);
    if (r->header.n < need && r->header.p[0])
        return 0;
    if (r->header.p[0])
        return begin_member(r, err);
    if (!all_zero(r->header.p, r->header.n))
        return bad(r, "neither a header nor the end mark", err);
    if (r->header.n == MF_TAR_END) {
        r->ended = true;
        mf_buf_clear(&r->header);
    }
    return 0;
}

/* Collects up to the end of the current block. */
static int feed_header(struct mf_tar_reader *r, struct mf_str *in, struct mf_err *err)
{
    if (r->ended)
        return mf_err_set(err, MF_E_DAMAGED, "tar: byte %" PRIu64 ": more after the end mark", r->offset);
    if (r->header.n == 0)
        r->start = r->offset;
    struct mf_str take = mf_str_head(*in, MF_TAR_BLOCK - r->header.n % MF_TAR_BLOCK);
    mf_buf_str(&r->header, take);
    if (mf_buf_check(&r->header, err) < 0)
        return -1;
    *in = mf_str_from(*in, take.n);
    r->offset += take.n;
    return r->header.n % MF_TAR_BLOCK ? 0 : header_block(r, err);
}

static int feed_member(struct mf_tar_reader *r, struct mf_str *in, struct mf_err *err)
{
    size_t n = in->n < r->left ? in->n : (size_t)r->left;
    if (n && r->visitor->data(r->visitor->ctx, in->p, n, err) < 0)
        return -1;
    r->left -= n;
    r->offset += n;
    *in = mf_str_from(*in, n);
    n = r->left ? 0 : in->n < r->padding ? in->n : r->padding;
    if (n && !all_zero(in->p, n))
        return mf_err_set(err, MF_E_DAMAGED, "tar: byte %" PRIu64 ": padding is not zero", r->offset);
    r->padding -= n;
    r->offset += n;
    *in = mf_str_from(*in, n);
    return 0;
}

int mf_tar_reader_feed(struct mf_tar_reader *r, const void *p, size_t n, struct mf_err *err)
{
    struct mf_str in = {p, n};
    while (in.n) {
        if (r->in_member) {
            if (feed_member(r, &in, err) < 0)
                return -1;
        } else if (feed_header(r, &in, err) < 0) {
            return -1;
        }
        if (r->in_member && r->left == 0 && r->padding == 0) {
            r->in_member = false;
            if (r->visitor->member_end(r->visitor->ctx, err) < 0)
                return -1;
        }
    }
    return 0;
}

void mf_tar_reader_seek(struct mf_tar_reader *r, uint64_t offset)
{
    r->offset = offset;
}

int mf_tar_reader_finish(struct mf_tar_reader *r, bool want_end_mark, struct mf_err *err)
{
    if (r->in_member || (r->header.n && r->header.p[0]))
        return mf_err_set(err, MF_E_TRUNCATED, "tar: ends at byte %" PRIu64 " inside a member", r->offset);
    if (want_end_mark && !r->ended)
        return mf_err_set(err, MF_E_TRUNCATED, "tar: ends at byte %" PRIu64 " without its end mark", r->offset);
    if (!want_end_mark && (r->ended || r->header.n))
        return mf_err_set(err, MF_E_DAMAGED, "tar: an end mark where none belongs");
    return 0;
}

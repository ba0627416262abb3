#include "formats/tar.h"

#include <stdio.h>

#include "formats/base/unicode.h"
#include "formats/manifest.h"

/* Layout of a ustar header block: offset and width of each field. */
enum {
    NAME_AT = 0,
    NAME_N = 100,
    MODE_AT = 100,
    UID_AT = 108,
    GID_AT = 116,
    SIZE_AT = 124,
    MTIME_AT = 136,
    SUM_AT = 148,
    TYPE_AT = 156,
    MAGIC_AT = 257,
    MAJOR_AT = 329,
    MINOR_AT = 337,
    PREFIX_AT = 345,
    PREFIX_N = 155,
};

#define USTAR_SIZE_MAX 077777777777u

size_t mf_tar_padding(uint64_t size)
{
    return (size_t)(-size & (MF_TAR_BLOCK - 1));
}

static int check_name(struct mf_str name, struct mf_err *err)
{
    if (name.n > MF_MEMBER_PATH_MAX)
        return mf_err_set(err, MF_E_LIMIT, "tar member \"%.*s...\": name is longer than %d bytes",
                          MF_FMT(mf_str_head(name, 100)), MF_MEMBER_PATH_MAX);
    struct mf_str rest = name;
    bool clean = name.n > 0 && mf_utf8_valid(name);
    for (size_t i = 0; i < name.n; i++)
        clean = clean && (unsigned char)name.p[i] >= 0x20 && name.p[i] != 0x7f;
    while (clean && rest.p) {
        struct mf_str element = mf_str_cut(rest, '/', &rest);
        clean = element.n > 0 && !mf_str_eq(element, MF_LIT(".")) && !mf_str_eq(element, MF_LIT(".."));
    }
    if (!clean)
        return mf_err_set(err, MF_E_DAMAGED, "tar member \"%.*s\": not a clean relative name",
                          MF_FMT(mf_str_head(name, 200)));
    return 0;
}

static void add_block(struct mf_str name, struct mf_str prefix, uint64_t size, char type, struct mf_buf *out)
{
    char b[MF_TAR_BLOCK] = {0};
    if (name.n)
        memcpy(b + NAME_AT, name.p, name.n);
    if (prefix.n)
        memcpy(b + PREFIX_AT, prefix.p, prefix.n);
    memcpy(b + MODE_AT, "0000644", 8);
    memcpy(b + UID_AT, "0000000", 8);
    memcpy(b + GID_AT, "0000000", 8);
    snprintf(b + SIZE_AT, 12, "%011llo", (unsigned long long)size);
    memcpy(b + MTIME_AT, "00000000000", 12);
    memset(b + SUM_AT, ' ', 8);
    b[TYPE_AT] = type;
    memcpy(b + MAGIC_AT, "ustar\00000", 8);
    memcpy(b + MAJOR_AT, "0000000", 8);
    memcpy(b + MINOR_AT, "0000000", 8);
    unsigned sum = 0;
    for (size_t i = 0; i < sizeof(b); i++)
        sum += (unsigned char)b[i];
    snprintf(b + SUM_AT, 7, "%06o", sum);
    mf_buf_add(out, b, sizeof(b));
}

/* Splits a long name for the prefix field: the shortest prefix that leaves at
 * most 100 bytes. False where there is none of at most 155 bytes. */
static bool split(struct mf_str name, struct mf_str *prefix, struct mf_str *rest)
{
    size_t from = name.n - NAME_N - 1;
    size_t slash = from + mf_str_find(mf_str_from(name, from), '/');
    if (slash >= name.n || slash > PREFIX_N)
        return false;
    *prefix = mf_str_head(name, slash);
    *rest = mf_str_from(name, slash + 1);
    return true;
}

/* One pax record, "LENGTH KEY=VALUE\n", whose length counts its own digits. */
static void add_record(const char *key, struct mf_str value, struct mf_buf *out)
{
    size_t bare = strlen(key) + value.n + 3; /* blank, '=', newline */
    size_t digits = 1;
    for (size_t limit = 10; bare + digits >= limit; limit *= 10)
        digits++;
    mf_buf_fmt(out, "%zu %s=", bare + digits, key);
    mf_buf_str(out, value);
    mf_buf_byte(out, '\n');
}

int mf_tar_header(struct mf_str name, uint64_t size, struct mf_buf *out, struct mf_err *err)
{
    if (check_name(name, err) < 0)
        return -1;
    if (size > INT64_MAX)
        return mf_err_set(err, MF_E_LIMIT, "tar member \"%.*s\": size is 2^63 or more", MF_FMT(name));
    struct mf_str prefix = {NULL, 0}, field = name;
    MF_CLEANUP(mf_buf_release) struct mf_buf pax = MF_BUF_INIT(2 * MF_MEMBER_PATH_MAX);
    if (name.n > NAME_N && !split(name, &prefix, &field)) {
        add_record("path", name, &pax);
        field = MF_LIT(MF_TAR_PAX_PATH);
    }
    if (size > USTAR_SIZE_MAX) {
        char digits[24];
        snprintf(digits, sizeof(digits), "%llu", (unsigned long long)size);
        add_record("size", mf_str(digits), &pax);
        size = 0;
    }
    if (mf_buf_check(&pax, err) < 0)
        return -1;
    if (pax.n) {
        static const char zeros[MF_TAR_BLOCK];
        add_block(MF_LIT(MF_TAR_PAX_NAME), (struct mf_str){NULL, 0}, pax.n, 'x', out);
        mf_buf_str(out, mf_buf_view(&pax));
        mf_buf_add(out, zeros, mf_tar_padding(pax.n));
    }
    add_block(field, prefix, size, '0', out);
    return mf_buf_check(out, err);
}

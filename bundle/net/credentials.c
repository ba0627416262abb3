#include "bundle/net/credentials.h"

#include <sodium.h>
#include <stdlib.h>

#include "formats/base/encode.h"

enum { BASIC_MAX = 16 * 1024 };

struct mf_credential {
    struct mf_str prefix;
    char *headers; /* of n bytes */
    size_t n;
    struct mf_credential *next;
};

void mf_credentials_release(struct mf_credentials *c)
{
    for (struct mf_credential *one = c->first; one; one = one->next)
        sodium_memzero(one->headers, one->n);
    mf_arena_release(&c->arena);
    c->first = NULL;
}

static struct mf_str bare(struct mf_str url)
{
    if (mf_str_starts(url, MF_LIT("https://")))
        url = mf_str_from(url, strlen("https://"));
    return mf_str_ends(url, MF_LIT("/")) ? mf_str_head(url, url.n - 1) : url;
}

int mf_credentials_store(struct mf_credentials *c, struct mf_str prefix, struct mf_str headers, struct mf_err *err)
{
    struct mf_credential *one = c->first;
    prefix = bare(prefix);
    while (one && !mf_str_eq(one->prefix, prefix))
        one = one->next;
    if (!one && !headers.n)
        return 0;
    if (!one) {
        one = mf_arena_alloc(&c->arena, sizeof(*one), err);
        if (!one || mf_arena_dup(&c->arena, prefix, &one->prefix, err) < 0)
            return -1;
        one->next = c->first;
        c->first = one;
    }
    char *copy = mf_arena_alloc(&c->arena, headers.n + 1, err);
    if (!copy)
        return -1;
    memcpy(copy, headers.n ? headers.p : "", headers.n);
    if (one->n)
        sodium_memzero(one->headers, one->n);
    one->headers = copy;
    one->n = headers.n;
    return 0;
}

void mf_credentials_basic(struct mf_str user, struct mf_str password, struct mf_buf *out)
{
    MF_CLEANUP(mf_buf_wipe) struct mf_buf both = MF_BUF_INIT(BASIC_MAX / 2);
    MF_CLEANUP(mf_buf_wipe) struct mf_buf text = MF_BUF_INIT(BASIC_MAX);
    mf_buf_fmt(&both, "%.*s:%.*s", MF_FMT(user), MF_FMT(password));
    char *to = both.failed ? NULL : mf_buf_room(&text, MF_BASE64_SIZE(both.n));
    if (!to) {
        out->failed = both.failed ? both.failed : text.failed;
        return;
    }
    mf_base64(both.p, both.n, to);
    mf_buf_fmt(out, "Authorization: Basic %s", to);
}

int mf_credentials_store_basic(struct mf_credentials *c, struct mf_str prefix, struct mf_str user,
                               struct mf_str password, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_wipe) struct mf_buf line = MF_BUF_INIT(BASIC_MAX + 64);
    mf_credentials_basic(user, password, &line);
    if (mf_buf_check(&line, err) < 0)
        return -1;
    return mf_credentials_store(c, prefix, mf_buf_view(&line), err);
}

int mf_credentials_store_all(struct mf_credentials *c, const struct mf_credentials *from, struct mf_err *err)
{
    for (const struct mf_credential *one = from->first; one; one = one->next)
        if (mf_credentials_store(c, one->prefix, (struct mf_str){one->headers, one->n}, err) < 0)
            return -1;
    return 0;
}

bool mf_credentials_has(const struct mf_credentials *c, struct mf_str prefix)
{
    const struct mf_credential *one = c->first;
    prefix = bare(prefix);
    while (one && !mf_str_eq(one->prefix, prefix))
        one = one->next;
    return one && one->n;
}

struct mf_str mf_credentials_find(const struct mf_credentials *c, struct mf_str url)
{
    struct mf_str none = {NULL, 0};
    if (!mf_str_starts(url, MF_LIT("https://")))
        return none;
    for (struct mf_str at = bare(url);;) {
        for (const struct mf_credential *one = c->first; one; one = one->next)
            if (one->n && mf_str_eq(one->prefix, at))
                return (struct mf_str){one->headers, one->n};
        size_t slash = mf_str_rfind(at, '/');
        if (slash == at.n)
            return none;
        at = mf_str_head(at, slash);
    }
}

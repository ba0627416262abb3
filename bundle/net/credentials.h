/* What is sent to prove who asks: header lines by prefix of the URL, as Go's
 * GOAUTH has them (GOROOT/src/cmd/go/internal/auth/auth.go). Only https URLs get
 * any. The longest prefix that ends before a slash, or is all of the URL, counts.
 */
#ifndef MF_CREDENTIALS_H
#define MF_CREDENTIALS_H

#include "formats/base/arena.h"
#include "formats/base/buf.h"

struct mf_credential;

/* Is asked for credentials after an answer 4xx to `url`, which has none in it.
 * `answer` is its status line and headers, a line each. May store some. Returns 1
 * where it may have, 0 where not, -1 (which ends all transfers). */
typedef int mf_credentials_more(void *ctx, const char *url, struct mf_str answer, struct mf_err *err);

/* Is called once, before the first https request. Returns 0, or -1 as above. */
typedef int mf_credentials_start(void *ctx, struct mf_err *err);

struct mf_credentials {
    struct mf_credential *first;
    struct mf_arena arena;
    bool started;
    mf_credentials_start *start; /* may be NULL */
    mf_credentials_more *more;   /* may be NULL */
    void *ctx;
};

#define MF_CREDENTIALS_INIT ((struct mf_credentials){.arena = MF_ARENA_INIT(MF_MIB)})

void mf_credentials_release(struct mf_credentials *c) MF_NONNULL;

/* Keeps header lines, joined by '\n', for all URLs below a prefix, which is
 * host[:port][/path], with or without "https://" before it and a slash at its
 * end. They take the place of those that the prefix had; none removes it. */
int mf_credentials_store(struct mf_credentials *c, struct mf_str prefix, struct mf_str headers,
                         struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Keeps an Authorization header of the Basic scheme. */
int mf_credentials_store_basic(struct mf_credentials *c, struct mf_str prefix, struct mf_str user,
                               struct mf_str password, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends "Authorization: Basic ..." to out, which should be wiped. */
void mf_credentials_basic(struct mf_str user, struct mf_str password, struct mf_buf *out) MF_NONNULL;

/* True where there are header lines for this very prefix. */
bool mf_credentials_has(const struct mf_credentials *c, struct mf_str prefix) MF_NONNULL;

/* Stores all that `from` has. */
int mf_credentials_store_all(struct mf_credentials *c, const struct mf_credentials *from,
                             struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The header lines for a URL; empty where there are none. */
struct mf_str mf_credentials_find(const struct mf_credentials *c, struct mf_str url) MF_NONNULL;

#endif

/* The members base/... of a difference while its payload is read: what each frame
 * was compressed after, and where to get it. Internal to verify/.
 */
#ifndef MF_PREFIXLISTS_H
#define MF_PREFIXLISTS_H

#include "verify/base.h"

struct mf_prefixlists;

/* For a manifest with members base/...; MF_E_BASE where there is no base. */
int mf_prefixlists_new(struct mf_prefixlists **out, const struct mf_manifest *m, struct mf_base *base,
                       struct mf_err *err) MF_NONNULL_ARGS(1, 2, 4) MF_NODISCARD;
void mf_prefixlists_free(struct mf_prefixlists **slot) MF_NONNULL; /* *slot may be NULL */

/* One member after the other: its name and size, its bytes, its end. MF_E_DAMAGED
 * where it is not the one that follows, or no list; MF_E_LIMIT. */
int mf_prefixlists_member(struct mf_prefixlists *l, struct mf_str name, uint64_t size,
                          struct mf_err *err) MF_NONNULL MF_NODISCARD;
int mf_prefixlists_data(struct mf_prefixlists *l, const void *p, size_t n, struct mf_err *err)
    MF_NONNULL_ARGS(1, 4) MF_NODISCARD;
int mf_prefixlists_member_end(struct mf_prefixlists *l, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* An mf_bundlein_prefix: joins the files that the list of frame i names. `ctx` is
 * the struct mf_prefixlists. */
int mf_prefixlists_load(void *ctx, size_t i, struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

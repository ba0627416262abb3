/* pack --base: what the far side holds, as a bundle, a manifest or the record of a
 * tree says it. */
#ifndef MF_PACKBASE_H
#define MF_PACKBASE_H

#include "cmd/bundlearg.h"
#include "formats/heldset.h"
#include "formats/minisign.h"

struct mf_packbase {
    struct mf_heldset set;
    struct mf_bundlearg bundle; /* where it is one */
    struct mf_buf text;         /* of a manifest or record */
    struct mf_arena arena;
};

#define MF_PACKBASE_INIT                                                                                               \
    ((struct mf_packbase){                                                                                             \
        .bundle = MF_BUNDLEARG_INIT, .text = MF_BUF_INIT(64 * MF_MIB), .arena = MF_ARENA_INIT(256 * MF_MIB)})

/* Reads the file. A bundle must be signed by one of `keys`, those that the new one
 * is signed with, unless --pubkey, --trust or --allow-unsigned says whom else to
 * trust. The record of a tree (DIR/.modferry/installed) says nothing about the
 * proofs that it holds: `heads` does, the text of DIR/.modferry/heads, where it is
 * not empty. Errors name the file; MF_E_USAGE where it is none of these. */
int mf_packbase_read(const struct mf_cli_args *args, const char *path, struct mf_seckey *const *keys, size_t key_count,
                     struct mf_str heads, struct mf_packbase *out, struct mf_err *err)
    MF_NONNULL_ARGS(1, 2, 6, 7) MF_NODISCARD;

void mf_packbase_release(struct mf_packbase *b) MF_NONNULL;

#endif

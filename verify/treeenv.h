/* env: the settings with which an unmodified `go` uses a tree, and nothing else.
 *
 * Proxy tree: GOPROXY=file://DIR, GONOPROXY=none. GOMODCACHE: GOMODCACHE=DIR and
 * GOPROXY=off, GONOPROXY=none. Both: GOVCS=*:off, GOTOOLCHAIN=local. Where the
 * tree's checksum database is complete, GOSUMDB names it and GONOSUMDB the paths
 * that are exempt ("none" where there are none); otherwise GOSUMDB stays the
 * user's, and a warning says what follows. Warnings are comment lines in the
 * formats that have comments.
 *
 * Where toolchains travelled: GOTOOLCHAIN=auto. go looks up a toolchain before
 * each use, even an extracted one, and lets that go only for a module that
 * GONOSUMDB matches where GOPROXY is a single file:// URL (modfetch/sumdb.go,
 * useSumDB). So where the checksum database is not complete, GONOSUMDB names
 * their module, and GOPROXY of a GOMODCACHE is its cache/download.
 */
#ifndef MF_TREEENV_H
#define MF_TREEENV_H

#include "formats/base/buf.h"
#include "verify/check.h"
#include "verify/treesumdb.h"

enum mf_env_format {
    MF_ENV_SH,
    MF_ENV_FISH,
    MF_ENV_POWERSHELL,
    MF_ENV_JSON,
    MF_ENV_DOCKER, /* ENV lines of a Dockerfile */
    MF_ENV_GOENV,  /* the file of `go env -w` */
};

bool mf_env_format_parse(struct mf_str name, enum mf_env_format *out) MF_NONNULL MF_NODISCARD;

struct mf_treeenv {
    enum mf_tree_kind kind;
    bool toolchains;       /* the tree holds Go toolchains */
    struct mf_str path;    /* of the tree, absolute */
    struct mf_str goflags; /* the user's GOFLAGS, looked at for flags that would defeat the settings */
    const struct mf_treesumdb_record *sumdb; /* what the tree records of its database; may be NULL */
    struct mf_str gonosumdb; /* the user's GONOSUMDB, or GOPRIVATE where that is empty: kept where ours is set */
};

/* Appends the settings for the tree, quoted for the format. A path that the
 * format cannot express is MF_E_USAGE. */
int mf_treeenv_write(const struct mf_treeenv *tree, enum mf_env_format format, struct mf_buf *out,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* env: the settings with which an unmodified `go` uses a tree, and nothing else.
 *
 * Proxy tree: GOPROXY=file://DIR, GONOPROXY=none. GOMODCACHE: GOMODCACHE=DIR and
 * GOPROXY=off, GONOPROXY=none. Both: GOVCS=*:off, GOTOOLCHAIN=local. Trees carry
 * no checksum database so far, so GOSUMDB stays the user's, and a warning says
 * what follows. Warnings are comment lines in the formats that have comments.
 */
#ifndef MF_TREEENV_H
#define MF_TREEENV_H

#include "formats/base/buf.h"
#include "verify/check.h"

enum mf_env_format {
    MF_ENV_SH,
    MF_ENV_FISH,
    MF_ENV_POWERSHELL,
    MF_ENV_JSON,
    MF_ENV_DOCKER, /* ENV lines of a Dockerfile */
    MF_ENV_GOENV,  /* the file of `go env -w` */
};

bool mf_env_format_parse(struct mf_str name, enum mf_env_format *out) MF_NONNULL MF_NODISCARD;

/* Appends the settings for the tree of this kind at absolute path `path`,
 * quoted for the format. `goflags` is the user's GOFLAGS, looked at for flags
 * that would defeat the settings. A path that the format cannot express is
 * MF_E_USAGE. */
int mf_treeenv_write(enum mf_tree_kind kind, struct mf_str path, struct mf_str goflags, enum mf_env_format format,
                     struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

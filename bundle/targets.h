/* Platforms and tags, as targets for build constraints. */
#ifndef MF_TARGETS_H
#define MF_TARGETS_H

#include "formats/base/arena.h"
#include "formats/buildtags.h"

/* Makes the targets that packages are followed for: for each platform
 * ("linux/amd64") one with cgo and one without, with the tags and the release
 * tags of `go` ("1.21.3"); without platforms one that stands for all. Slices of
 * the arguments are kept. MF_E_USAGE for a platform that go does not know. */
int mf_targets_make(const struct mf_str *platforms, size_t platform_count, const struct mf_str *tags, size_t tag_count,
                    struct mf_str go, struct mf_arena *arena, struct mf_buildtags_target **out, size_t *count_out,
                    struct mf_err *err) MF_NONNULL_ARGS(6, 7, 8, 9) MF_NODISCARD;

#endif

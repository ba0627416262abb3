/* Platforms and tags, as targets for build constraints. */
#ifndef MF_TARGETS_H
#define MF_TARGETS_H

#include "formats/base/arena.h"
#include "formats/buildtags.h"

/* The platforms, tags and releases that packages are followed for. Slices are
 * the caller's and outlive the targets. */
struct mf_targets_options {
    const struct mf_str *platforms; /* "linux/amd64" */
    size_t platform_count;
    const struct mf_str *tags;
    size_t tag_count;
    struct mf_str go; /* "1.21.3" */
    bool newer;       /* go is the lowest release; the others go up to the newest known one */
};

/* Makes the targets: for each platform and release one with cgo and one without;
 * without platforms one that stands for all. MF_E_USAGE for a platform that go
 * does not know. */
int mf_targets_make(const struct mf_targets_options *options, struct mf_arena *arena, struct mf_buildtags_target **out,
                    size_t *count_out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

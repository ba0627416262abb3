/* diff: what changed from one bundle to another, by their manifests alone: all that the bundle id covers, which is
 * `content` of docs/format-bundle.md. */
#ifndef MF_BUNDLEDIFF_H
#define MF_BUNDLEDIFF_H

#include "formats/manifest.h"

enum mf_bundlediff_kind {
    MF_DIFF_ADDED,   /* new alone is set */
    MF_DIFF_REMOVED, /* old alone is set */
    MF_DIFF_VERSION, /* same path, another version; both carry their content */
    MF_DIFF_CONTENT, /* same path and version, another h1 or mod_h1: never the work of an honest proxy */
    MF_DIFF_EXTENT,  /* same module, but one of the two bundles carries its .mod alone */
};

struct mf_bundlediff_change {
    enum mf_bundlediff_kind kind;
    const struct mf_manifest_module *old_module, *new_module;
};

/* A function that returns non-zero ends the comparison. */
typedef int mf_bundlediff_visit(void *ctx, const struct mf_bundlediff_change *change);

/* Calls fn for every change, in the order of module paths and, within one,
 * versions. Where a path has several versions on both sides, the highest of
 * those that only one side has are paired first. Returns what fn returned, 0 at
 * the end. */
int mf_bundlediff_run(const struct mf_manifest *old_manifest, const struct mf_manifest *new_manifest,
                      mf_bundlediff_visit *fn, void *ctx) MF_NONNULL_ARGS(1, 2, 3);

/* "added", "removed", "version", "content", "extent". */
const char *mf_bundlediff_name(enum mf_bundlediff_kind kind);

/* A word of one side that the other has not, or has another in its place. */
struct mf_bundlediff_promise {
    const char *what; /* "level", "go", "platforms", "tags", "toolchains", "root", "go.mod", "go.sum", "go.work" or
                         "go.work.sum" */
    const struct mf_manifest_root *root; /* of "root" it, of a file the root that has it; else NULL */
    struct mf_str old_word, new_word;    /* of "root" its path, of a file its SHA-256; empty: it is not there */
};

/* As above. */
typedef int mf_bundlediff_visit_promise(void *ctx, const struct mf_bundlediff_promise *promise);

/* Calls fn for what differs besides the modules, in the order of the names above. A bundle for all platforms has the
 * one platform "all". Of several roots with one path and version, those that differ are told as removed and added.
 * Returns what fn returned, 0 at the end. */
int mf_bundlediff_promises(const struct mf_manifest *old_manifest, const struct mf_manifest *new_manifest,
                           mf_bundlediff_visit_promise *fn, void *ctx) MF_NONNULL_ARGS(1, 2, 3);

#endif

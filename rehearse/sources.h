/* The sources of directory roots, as the user names them with --root.
 *
 * A bundle carries the dependencies of a directory and not the directory itself,
 * only its module path and the SHA-256 of its go.mod, go.sum, go.work and
 * go.work.sum. A directory named here stands for
 *
 * - its own main module, without a workspace;
 * - where it or a directory above it holds go.work: every main module of that
 *   workspace. The settings GOWORK and GOFLAGS are not looked at.
 *
 * Which of them it is follows from the root of the manifest that is asked for.
 * Directories are only read.
 */
#ifndef MF_SOURCES_H
#define MF_SOURCES_H

#include "formats/base/dir.h"
#include "formats/manifest.h"

#define MF_SOURCES_MAX 4096

struct mf_source {
    size_t given;       /* index of the --root that it came from */
    const char *top;    /* absolute path of what is to be copied: its directory, or that of go.work */
    const char *sub;    /* its directory below that: "." or "a/b" */
    struct mf_str path; /* of its module */
    /* as in struct mf_manifest_root */
    struct mf_str go_mod, go_sum, go_work, go_work_sum;
    bool vendored;         /* has vendor/modules.txt, which go would prefer to everything else */
    struct mf_str outside; /* a `use` of its workspace that a copy of `top` lacks; else empty */
};

struct mf_sources {
    struct mf_source *list;
    size_t count, cap;
    const char **given; /* the directories as typed */
    size_t given_count;
    struct mf_arena arena;
};

#define MF_SOURCES_INIT ((struct mf_sources){.arena = MF_ARENA_INIT(64 * MF_MIB)})
void mf_sources_release(struct mf_sources *s) MF_NONNULL;

/* Adds what the directory `typed` stands for. MF_E_NO_GOMOD where there is neither
 * go.mod nor go.work; MF_E_GOMOD; MF_E_IO. */
int mf_sources_add(struct mf_sources *s, const char *typed, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The source of a directory root, or NULL in *out where none was given. MF_E_HASH
 * where its module was given, but with other files: they are named. MF_E_POLICY
 * where its workspace uses a directory outside of its own: go would leave the copy. */
int mf_sources_find(const struct mf_sources *s, const struct mf_manifest_root *root, const struct mf_source **out,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The hash, in hex, of file `name` in `dir`: empty where there is none. A link is
 * followed. MF_E_LIMIT above 16 MiB. `text`, which may be NULL, gets the content. */
int mf_sources_hash(struct mf_dir dir, const char *name, struct mf_str *text, struct mf_str *hex,
                    struct mf_arena *arena, struct mf_err *err) MF_NONNULL_ARGS(2, 4, 5, 6) MF_NODISCARD;

#endif

/* Inside of a code repository: which directory has a version of the module. For
 * the code*.c files alone.
 */
#ifndef MF_CODEDIR_H
#define MF_CODEDIR_H

#include "bundle/vcs/coderepo.h"

struct mf_codedir {
    struct mf_str revision; /* the tag or commit of the version */
    struct mf_str dir;
    bool has_gomod;
    struct mf_buf gomod;
};

#define MF_CODEDIR_INIT ((struct mf_codedir){.gomod = MF_BUF_INIT(MF_GOMOD_MAX)})

void mf_codedir_release(struct mf_codedir *d) MF_NONNULL;

/* Finds it; MF_E_NOT_FOUND where no go.mod there declares the module's major
 * version, or two do. */
int mf_codedir_find(struct mf_coderepo *r, struct mf_str version, struct mf_codedir *out,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The tag or commit that a version, or another revision, is in the repository. */
int mf_codedir_revision(struct mf_coderepo *r, struct mf_str version, struct mf_str *out,
                        struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Whether a file is there at a revision: 1, 0, -1. */
int mf_codedir_has(struct mf_coderepo *r, struct mf_str revision, struct mf_str dir, const char *name,
                   struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* "v2" of "/v2", ".v2" and ".v2-unstable"; empty of an empty suffix. */
struct mf_str mf_codedir_major_prefix(struct mf_str major);

#define MF_CODEDIR_INCOMPATIBLE MF_LIT("+incompatible")

/* A version without +incompatible. */
struct mf_str mf_codedir_compatible(struct mf_str version);

/* "v2" of "v2.1.0". */
struct mf_str mf_codedir_major(struct mf_str version);

/* True where the version fits the path of the module. */
bool mf_codedir_fits(const struct mf_coderepo *r, struct mf_str version) MF_NONNULL;

/* The version of a tag, without its directory and build metadata; empty where it
 * is none. `*canonical` where that is all of the tag. */
struct mf_str mf_codedir_tag_version(const struct mf_coderepo *r, struct mf_str tag, bool *canonical) MF_NONNULL;

/* Joins a directory, which may be empty, and a name, in the arena of r. */
int mf_codedir_join(struct mf_coderepo *r, struct mf_str dir, struct mf_str name, struct mf_str *out,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

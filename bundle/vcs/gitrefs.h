/* The branches and tags of a repository, as `git ls-remote` prints them. An
 * annotated tag stands for the commit that it names.
 */
#ifndef MF_GITREFS_H
#define MF_GITREFS_H

#include "formats/base/arena.h"

struct mf_gitref {
    struct mf_str name; /* "HEAD", "refs/heads/main", "refs/tags/v1.0.0" */
    struct mf_str hash; /* 40 or 64 hex digits */
};

struct mf_gitrefs {
    struct mf_gitref *list; /* sorted by name */
    size_t count;
};

/* Reads the text; lines that are no such ref are passed over. MF_E_LIMIT, MF_E_NOMEM. */
int mf_gitrefs_parse(struct mf_str text, struct mf_gitrefs *out, struct mf_arena *arena,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The ref whose name is `folder` ("refs/tags/", or "") and `name`, or NULL. */
const struct mf_gitref *mf_gitrefs_find(const struct mf_gitrefs *refs, const char *folder,
                                        struct mf_str name) MF_NONNULL;

/* The index of the first tag whose name begins with `prefix`; refs->count where
 * there is none. Those that follow it and are like it are next to it. */
size_t mf_gitrefs_first_tag(const struct mf_gitrefs *refs, struct mf_str prefix) MF_NONNULL;

/* The name of a tag; an empty slice where the ref is none. */
struct mf_str mf_gitref_tag(const struct mf_gitref *ref) MF_NONNULL;

/* True for lower-case hex digits only, of which there is one at least. */
bool mf_gitref_is_hex(struct mf_str s);

#endif

/* The result of a rehearsal as a new bundle: the manifest with it, around the same
 * payload, without signatures. */
#ifndef MF_REHEARSERECORD_H
#define MF_REHEARSERECORD_H

#include "cmd/bundlearg.h"

/* Whether the result can go to `path`, before anything is run. MF_E_USAGE where
 * the bundle is no file, or is the one at `path`; MF_E_UNSUPPORTED where its
 * manifest has fields that would be lost in writing; MF_E_IO and its kin. */
int mf_rehearserecord_check(struct mf_bundlearg *bundle, const char *path, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The time for the record: SOURCE_DATE_EPOCH where it is set, else now. */
int mf_rehearserecord_time(struct mf_str *out, struct mf_arena *arena, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Writes the bundle with `roots` in place of those of its manifest. What they say
 * of the content must be the same. */
int mf_rehearserecord_write(const struct mf_bundlearg *bundle, struct mf_manifest_root *roots, const char *path,
                            struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

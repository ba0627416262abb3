/* The packages of a module whose sources are in a directory: a main module, or
 * the target of a directory replacement. */
#ifndef MF_LOCALINDEX_H
#define MF_LOCALINDEX_H

#include "formats/base/dir.h"
#include "formats/pkgindex.h"

/* Reads every .go file below `path` (absolute, ends in NUL) and appends the
 * index in its serialised form. What is below another go.mod, a directory whose
 * name begins with '.', and what is no regular file are left out. Files are only
 * read. MF_E_LIMIT for a .go file above 64 MiB; MF_E_IO, MF_E_ACCESS. */
int mf_localindex_make(struct mf_str path, struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

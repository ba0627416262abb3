/* Where in the user's sources an import stands, for messages. */
#ifndef MF_IMPORTSITE_H
#define MF_IMPORTSITE_H

#include "bundle/root.h"

/* Appends "FILE:LINE:COLUMN", as go words it, of the first import of `path` in
 * the package `importer`, which belongs to a main module of `root`. FILE is
 * relative to the directory of that module. Returns 1, 0 where no file has it
 * (sources changed meanwhile, a tool line of go.mod), -1 with the error set. */
int mf_importsite_find(const struct mf_root *root, struct mf_str importer, struct mf_str path, struct mf_buf *out,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

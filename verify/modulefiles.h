/* The files of one module in a bundle, without the rest of it.
 *
 * Only the frames that hold the module are read, and each one's SHA-256 is
 * compared before it is decompressed. The module is read to its end and its h1
 * compared before anything is said about its files: h1 is over all of them. Of a
 * module that carries its go.mod alone, go.mod is the only file.
 */
#ifndef MF_MODULEFILES_H
#define MF_MODULEFILES_H

#include "verify/unpack.h"

/* Told of each file, in the order of the zip: its name in the module and its
 * size in bytes. Returns 0, or -1 with the error set, which ends the listing. */
typedef int mf_modulefiles_each(void *ctx, struct mf_str name, uint64_t size, struct mf_err *err);

/* Tells `each` about the files of the module of that index in the manifest. fd
 * is a regular file behind an opened gate. options->progress is not called. The
 * errors of mf_bundlein_whole and mf_extract_part, and what `each` fails with. */
int mf_modulefiles_list(int fd, const char *name, const struct mf_gate *gate, size_t module,
                        const struct mf_unpack_options *options, mf_modulefiles_each *each, void *ctx,
                        struct mf_err *err) MF_NONNULL_ARGS(2, 3, 5, 6, 8) MF_NODISCARD;

/* Copies one of its files into an unlinked temporary ($TMPDIR), at the start of
 * which the descriptor in *fd_out stands; the caller closes it. MF_E_USAGE where
 * the module has no such file; else the errors of mf_modulefiles_list. */
int mf_modulefiles_open(int fd, const char *name, const struct mf_gate *gate, size_t module, struct mf_str file,
                        const struct mf_unpack_options *options, int *fd_out,
                        struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

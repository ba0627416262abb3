/* What a bundle holds, for the resolver (formats/held.h).
 *
 * Of a file whose gate is open only what is asked for is read, each frame's
 * SHA-256 compared before it is decompressed: the .mod files, which stand
 * together at the front, when it is opened; the content of modules when their
 * packages are. That the file is complete is checked by its size and its seek
 * table; frames that nobody asks for are not looked at: that is what verify is
 * for.
 */
#ifndef MF_HELDBUNDLE_H
#define MF_HELDBUNDLE_H

#include "formats/held.h"
#include "verify/gate.h"
#include "verify/unpack.h"

struct mf_heldbundle;

#define MF_HELDBUNDLE_MODS_MAX (1024 * MF_MIB) /* bytes of all .mod files */

/* Reads the .mod files. fd is a regular file; it, `name`, the gate and what
 * `options` points to must outlive the result. options->progress is not called.
 * MF_E_BASE for a difference. The errors of mf_bundlein_whole, and those of reading its frames and members. */
int mf_heldbundle_new(struct mf_heldbundle **out, int fd, const char *name, const struct mf_gate *gate,
                      const struct mf_unpack_options *options, struct mf_err *err)
    MF_NONNULL_ARGS(1, 3, 4, 5, 6) MF_NODISCARD;
void mf_heldbundle_free(struct mf_heldbundle **slot) MF_NONNULL; /* *slot may be NULL */

struct mf_held mf_heldbundle_view(struct mf_heldbundle *b) MF_NONNULL;

#endif

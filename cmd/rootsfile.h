/* Roots from operands and from a file (--roots): one a line, blanks around it
 * dropped, empty lines skipped; a '#' at the start of a line or behind a blank
 * begins a comment. Relative directories are relative to the working directory.
 */
#ifndef MF_ROOTSFILE_H
#define MF_ROOTSFILE_H

#include "formats/base/buf.h"

#define MF_ROOTSFILE_MAX MF_MIB /* bytes of the file */

struct mf_rootsfile {
    struct mf_buf text;
    const char **list; /* operands, then the lines of the file */
    size_t count, cap;
};

#define MF_ROOTSFILE_INIT ((struct mf_rootsfile){.text = MF_BUF_INIT(MF_ROOTSFILE_MAX + 1)})

/* Appends a root; the text is borrowed. */
int mf_rootsfile_add(struct mf_rootsfile *r, const char *root, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends the lines of a file, once. MF_E_USAGE where it names no root or holds
 * a NUL; MF_E_LIMIT above MF_ROOTSFILE_MAX. */
int mf_rootsfile_read(struct mf_rootsfile *r, const char *path, struct mf_err *err) MF_NONNULL MF_NODISCARD;

void mf_rootsfile_release(struct mf_rootsfile *r) MF_NONNULL;

#endif

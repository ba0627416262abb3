/* Single files of a module's zip, by name: for what is older and only read to
 * compress or decompress something newer after it. Nothing is checked but what
 * zipread.h checks; who asks compares a hash.
 */
#ifndef MF_ZIPFILES_H
#define MF_ZIPFILES_H

#include "formats/modpath.h"
#include "formats/zipread.h"

struct mf_zipfiles {
    int fd; /* owned */
    struct mf_zipdir dir;
    struct mf_zipread *reader;
    struct mf_buf name; /* "path@version/", and behind it the name that is looked for */
    size_t prefix;
    const struct mf_zipdir_entry **sorted; /* owned; by name */
};

#define MF_ZIPFILES_INIT ((struct mf_zipfiles){.fd = -1, .dir = MF_ZIPDIR_INIT, .name = MF_BUF_INIT(8 * MF_KIB)})

/* Reads the directory of the zip in fd, a regular file, which is taken over
 * whatever the result is. `z` is MF_ZIPFILES_INIT, and to be released in any case. */
int mf_zipfiles_open(struct mf_zipfiles *z, int fd, struct mf_module id, struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_zipfiles_release(struct mf_zipfiles *z) MF_NONNULL;

/* The entry of the file with that name in the module, NULL where there is none. */
const struct mf_zipdir_entry *mf_zipfiles_find(struct mf_zipfiles *z, struct mf_str file) MF_NONNULL;

/* Appends the content of an entry; MF_E_LIMIT, with nothing read, where out has
 * no room for it. */
int mf_zipfiles_read(struct mf_zipfiles *z, const struct mf_zipdir_entry *e, struct mf_buf *out,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

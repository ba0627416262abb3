/* The layout that formats/pkgindexmake.c writes and formats/pkgindex.c reads;
 * formats/pkgindex.h describes it. */
#ifndef MF_PKGINDEXFORM_H
#define MF_PKGINDEXFORM_H

#include <stdint.h>

#define MF_PKGINDEX_MAGIC "mfpkgix1"

/* The numbers of a file: strings first, in this order, then three more. */
enum {
    MF_PKGINDEX_NAME,
    MF_PKGINDEX_PACKAGE,
    MF_PKGINDEX_CONSTRAINT,
    MF_PKGINDEX_FAULT,
    MF_PKGINDEX_FILE_STRINGS,
    MF_PKGINDEX_FLAGS = MF_PKGINDEX_FILE_STRINGS,
    MF_PKGINDEX_FIRST_IMPORT,
    MF_PKGINDEX_FIRST_EMBED,
    MF_PKGINDEX_FILE_NUMBERS,
};

enum {
    MF_PKGINDEX_HEAD_SIZE = 8 + 5 * 4,
    MF_PKGINDEX_DIR_SIZE = 8,
    MF_PKGINDEX_FILE_SIZE = 4 * MF_PKGINDEX_FILE_NUMBERS
};

struct mf_pkgindex_counts {
    uint64_t dirs, files, refs, strings, text;
};

/* Bytes of an index; each count is below 2^32. */
static inline uint64_t mf_pkgindex_form_size(const struct mf_pkgindex_counts *c)
{
    return MF_PKGINDEX_HEAD_SIZE + 4 * (c->strings + 1) + MF_PKGINDEX_DIR_SIZE * (c->dirs + 1) +
           MF_PKGINDEX_FILE_SIZE * (c->files + 1) + 4 * c->refs + c->text;
}

#endif

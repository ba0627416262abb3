/* The index of a module's packages, made on a walk through its zip:
 *
 *     MF_CLEANUP(mf_zipindex_release) struct mf_zipindex index = MF_ZIPINDEX_INIT;
 *     mf_zipindex_start(&index, err);
 *     struct mf_modzip_visitor visitor = mf_zipindex_visitor(&index);
 *     mf_modzip_walk(fd, id, MF_MODZIP_SHA256, &visitor, &facts, err);
 *     mf_pkgindex_finish(index.maker, &bytes, err);
 */
#ifndef MF_ZIPINDEX_H
#define MF_ZIPINDEX_H

#include "formats/modzip.h"
#include "formats/pkgindex.h"

struct mf_zipindex {
    struct mf_pkgindex_maker *maker; /* owned */
    struct mf_buf name, content;     /* of the .go file being read */
    bool wanted;                     /* the file being read matters to the index */
    size_t longest;                  /* bytes of the longest file name */
};

#define MF_ZIPINDEX_INIT ((struct mf_zipindex){.name = MF_BUF_INIT(64 * MF_KIB), .content = MF_BUF_INIT(MF_MODZIP_MAX)})

/* Before the walk. Release it whatever the result is. */
int mf_zipindex_start(struct mf_zipindex *z, struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_zipindex_release(struct mf_zipindex *z) MF_NONNULL;

/* The visitor for one walk; z must not move. */
struct mf_modzip_visitor mf_zipindex_visitor(struct mf_zipindex *z) MF_NONNULL;

#endif

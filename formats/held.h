/* Content that is at hand already: in a bundle, in an installed tree.
 *
 * The resolver of the online half asks for it through this table of functions,
 * instead of asking proxies; verify/ has the implementations (heldbundle.h,
 * heldtree.h), and cmd/ brings the two together. What comes out has been checked
 * against what vouches for it: the signed manifest, or the record of the tree.
 *
 * All functions are called on one thread. They return -1 with the error set on a
 * failure: MF_E_HASH where content is not what was promised, MF_E_GOMOD where a
 * path or version is none that go downloads, MF_E_INTERRUPTED and MF_E_TERMINATED,
 * those of the container and of the local file system.
 */
#ifndef MF_HELD_H
#define MF_HELD_H

#include "formats/base/buf.h"
#include "formats/modpath.h"

/* What is held of a module version. */
struct mf_held_files {
    bool mod, info, zip;
    struct mf_str h1; /* of the zip; empty where it takes reading the zip to know. Lives as long as the table */
};

/* Receives the h1 of a module and the index of its packages, serialised
 * (formats/pkgindex.h); both live during the call. */
typedef int mf_held_indexed(void *ctx, struct mf_module id, const char *h1, struct mf_str index, struct mf_err *err);

struct mf_held {
    void *ctx;
    /* Fills in *out, all false where nothing is held. */
    int (*look)(void *ctx, struct mf_module id, struct mf_held_files *out, struct mf_err *err);
    /* Appends the go.mod of a module that has one, hashed and compared where there is something to compare with. */
    int (*mod)(void *ctx, struct mf_module id, struct mf_buf *out, struct mf_err *err);
    /* Reads all files of the n modules, whose zips are held, on several threads, and gives each module to fn once it
     * was right, on the caller's thread, in any order. Ids must be different. */
    int (*index)(void *ctx, const struct mf_module *ids, size_t n, mf_held_indexed *fn, void *fn_ctx,
                 struct mf_err *err);
};

#endif

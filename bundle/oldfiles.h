/* The files of what the far side holds, to find the older self of a new file.
 *
 * Files are known by name and by the CRC-32 and size that zip directories give, so
 * nothing is inflated to find one. A file's older self is, in this order: the file
 * of the same name in the module of the same path, whatever the major version (the
 * newest one held); one of the same full name (module path without its major
 * version, and file) in another module, as where a module was split off or
 * joined; one with the same content; one of the same name in that held module of
 * which the new one has most, where a module was renamed; the one whose full name
 * ends most alike, in the same last element at least.
 */
#ifndef MF_OLDFILES_H
#define MF_OLDFILES_H

#include "bundle/plan.h"
#include "formats/heldset.h"
#include "formats/zipdir.h"

struct mf_oldfiles;

struct mf_oldfile {
    size_t number; /* below mf_oldfiles_count */
    const struct mf_heldset_module *module;
    struct mf_str name; /* in the module */
    uint64_t size;
    bool alike; /* found by the end of its name alone */
};

/* Reads the directories of the held zips that the store has; those of older
 * versions of the n modules `changed` are fetched first where it lacks them, and
 * left out where that fails: *lacking_out counts them. A zip with another h1 than
 * is held is left out too. What is passed must outlive the result. */
int mf_oldfiles_new(struct mf_oldfiles **out, const struct mf_heldset *held, struct mf_upstream *upstream,
                    const struct mf_module *changed, size_t n, size_t *lacking_out, struct mf_err *err)
    MF_NONNULL_ARGS(1, 2, 3, 6, 7) MF_NODISCARD;
void mf_oldfiles_free(struct mf_oldfiles **slot) MF_NONNULL; /* *slot may be NULL */

size_t mf_oldfiles_count(const struct mf_oldfiles *o) MF_NONNULL;

/* Of a new module whose files are those of `dir`, with names that begin with
 * `prefix` bytes for the module: the held module that it was renamed from, where
 * no file has an older self by name. Ask for it once, and pass it on. */
const struct mf_heldset_module *mf_oldfiles_renamed(const struct mf_oldfiles *o, struct mf_module id,
                                                    const struct mf_zipdir *dir, size_t prefix) MF_NONNULL;

/* Finds the older self of a file of module `id`; `renamed` may be NULL. */
bool mf_oldfiles_find(const struct mf_oldfiles *o, struct mf_module id, const struct mf_heldset_module *renamed,
                      struct mf_str name, uint32_t crc, uint64_t size, struct mf_oldfile *out)
    MF_NONNULL_ARGS(1, 7) MF_NODISCARD;

/* Appends the content of a file of a held module, as mf_oldfiles_find named it. */
int mf_oldfiles_read(struct mf_oldfiles *o, struct mf_module id, struct mf_str name, struct mf_buf *out,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

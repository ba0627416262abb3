/* The record of what unpack published: DIR/.modferry/installed. Internal to
 * verify/.
 *
 * Text: a first line "modferry-installed/1 proxy" or "... modcache", then one
 * line per module in the order of mf_module_order, blank-separated:
 *
 *     path version h1 mod_h1  mod-facts zip-facts dir-facts
 *
 * h1 is "-" where only the .mod was carried. Facts are device:inode:size:mtime
 * (mtime in nanoseconds), "-" where there is no such file (a GOMODCACHE may hold
 * no zips); those of a zip go on with :SHA-256, in hex, of the zip that was found
 * to have this h1. dir is the extracted directory. The record saves hashing, it is
 * no evidence against somebody who can write to the tree: that is what check is for.
 */
#ifndef MF_INSTALLED_H
#define MF_INSTALLED_H

#include "formats/base/dir.h"
#include "formats/base/hash.h"
#include "formats/modpath.h"
#include "verify/check.h"

#define MF_INSTALLED_NAME ".modferry/installed"
#define MF_INSTALLED_MAX (64 * MF_MIB) /* bytes of the record */

/* What stat says of a file; all zero where there is none. */
struct mf_installed_facts {
    uint64_t device, inode, size, mtime;
};

/* The SHA-256 of a zip, where it is known. */
struct mf_installed_hash {
    bool known;
    struct mf_digest sha256;
};

struct mf_installed_module {
    struct mf_module id;
    struct mf_str h1; /* empty where only the .mod was carried */
    struct mf_str mod_h1;
    struct mf_installed_facts mod, zip, dir;
    struct mf_installed_hash zip_hash;
};

struct mf_installed {
    enum mf_tree_kind kind;
    struct mf_installed_module *modules;
    size_t count, cap;
    size_t sorted; /* those that were read, in order; later ones are not */
    bool changed;  /* since it was read */
    struct mf_arena arena;
};

#define MF_INSTALLED_INIT ((struct mf_installed){.arena = MF_ARENA_INIT(256 * MF_MIB)})

/* Reads the record of the tree. Returns 1, 0 where there is none, -1:
 * MF_E_DAMAGED where it is not such a text. Release it whatever the result is. */
int mf_installed_read(struct mf_dir dir, struct mf_installed *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* As mf_installed_read, for the text of a record, which is copied. 0 or -1. */
int mf_installed_parse(struct mf_str text, struct mf_installed *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_installed_release(struct mf_installed *r) MF_NONNULL;

/* The module's line as it was read, or NULL. */
const struct mf_installed_module *mf_installed_find(const struct mf_installed *r, struct mf_module id) MF_NONNULL;

/* Adds or replaces a line. Slices are not copied. */
int mf_installed_put(struct mf_installed *r, const struct mf_installed_module *m,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Sorts it and appends its text; or writes that by rename, and it is on the
 * medium then. */
int mf_installed_text(struct mf_installed *r, struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;
int mf_installed_write(struct mf_dir dir, struct mf_installed *r, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The facts of a file or directory below dir; all zero where it is not there. */
int mf_installed_facts(struct mf_dir dir, const char *name, struct mf_installed_facts *out,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;

static inline bool mf_installed_facts_eq(const struct mf_installed_facts *a, const struct mf_installed_facts *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size && a->mtime == b->mtime;
}

#endif

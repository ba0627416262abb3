/* go.mod files of module versions, each fetched, hashed and parsed once.
 *
 * Several graphs may ask for the same file; the table is shared by all roots of
 * a bundle. Files arrive while mf_fetch_run runs, in any order; whoever waits is
 * called then. Everything lives in the arena of the table.
 */
#ifndef MF_MODFILES_H
#define MF_MODFILES_H

#include "bundle/fetch.h"
#include "bundle/root.h"
#include "formats/dirhash.h"

struct mf_modfile_waiter;

/* One go.mod, as a proxy serves it. */
struct mf_modfile {
    struct mf_module id;
    bool required;         /* somebody cannot do without it */
    bool absent;           /* no proxy has it, and it is not required */
    bool loaded;           /* the fields below hold */
    struct mf_str text;    /* bytes as served */
    char h1[MF_H1_SIZE];   /* of text */
    bool in_sum;           /* a root's go.sum has this h1 */
    struct mf_gomod gomod; /* parsed laxly */
    struct mf_modfile_waiter *waiters;
};

/* Called once the file is loaded or absent. A failure ends the run. */
typedef int mf_modfile_ready(void *ctx, struct mf_modfile *file, struct mf_err *err);

struct mf_modfiles {
    struct mf_fetch *fetch;      /* borrowed */
    const struct mf_root *roots; /* borrowed: whose go.sum files count */
    size_t root_count;
    void *tree; /* search tree of struct mf_modfile by id */
    struct mf_arena arena;
};

#define MF_MODFILES_ARENA_MAX (1024 * MF_MIB)

/* `fetch` and `roots` must outlive the table. */
void mf_modfiles_init(struct mf_modfiles *t, struct mf_fetch *fetch, const struct mf_root *roots, size_t root_count)
    MF_NONNULL_ARGS(1, 2);
void mf_modfiles_release(struct mf_modfiles *t) MF_NONNULL;

/* Asks for the go.mod of m: `ready` (which may be NULL) is called with it, at
 * once where it is known already, otherwise from inside mf_fetch_run. A file
 * that differs from a root's go.sum ends the run with MF_E_HASH before it is
 * parsed. One that no proxy has ends it with MF_E_NOT_FOUND, unless it is
 * `optional`: then `ready` is called with `absent` set. */
int mf_modfiles_want(struct mf_modfiles *t, struct mf_module m, bool optional, mf_modfile_ready *ready, void *ctx,
                     struct mf_err *err) MF_NONNULL_ARGS(1, 6) MF_NODISCARD;

/* For a file that is of no use: takes it out of the store and gives the error the
 * next step of one that the user cannot correct. Returns -1. */
int mf_modfiles_refuse(const struct mf_modfiles *t, const struct mf_modfile *file, struct mf_err *err) MF_NONNULL;

/* The file of m where it was asked for, else NULL. */
struct mf_modfile *mf_modfiles_find(const struct mf_modfiles *t, struct mf_module m) MF_NONNULL;

#endif

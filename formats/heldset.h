/* What the far side holds, for who packs a difference: the modules of a bundle, a
 * manifest or the record of a tree. Nobody vouches for it: a wrong one makes a
 * difference that the far side refuses.
 */
#ifndef MF_HELDSET_H
#define MF_HELDSET_H

#include "formats/modpath.h"

struct mf_heldset_module {
    struct mf_module id;
    struct mf_str h1;     /* of its zip; empty where only the .mod is held */
    struct mf_str mod_h1; /* of its .mod */
    bool proved;          /* its record of the checksum database is held with its proof */
};

/* Slices belong to who made it. */
struct mf_heldset {
    struct mf_heldset_module *modules; /* sorted by mf_module_order, none twice */
    size_t count;
    struct mf_str sumdb; /* name of the checksum database whose proofs are held; empty: none */
    uint64_t tree_size;  /* records of the smallest tree that they can be under */
};

/* The module of that name, or NULL. */
static inline const struct mf_heldset_module *mf_heldset_find(const struct mf_heldset *s, struct mf_module id)
{
    return mf_module_find(s->modules, s->count, sizeof(*s->modules), id);
}

/* True where the zip of that module is held, and has that h1. */
static inline bool mf_heldset_holds(const struct mf_heldset *s, struct mf_module id, struct mf_str h1)
{
    const struct mf_heldset_module *m = mf_heldset_find(s, id);
    return m && m->h1.n && mf_str_eq(m->h1, h1);
}

#endif

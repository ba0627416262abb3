/* What the client of the checksum database (sumdb.h) works on: lookups and tiles,
 * from what is kept and from the database. Nothing is proved here.
 */
#ifndef MF_SUMDBLOAD_H
#define MF_SUMDBLOAD_H

#include "bundle/sumdb.h"

/* Fills in the lookups of records, and adds the heads in them to those of the
 * client. With `use_kept`, what is kept is taken where it can be read. */
int mf_sumdbload_lookups(struct mf_sumdb *s, struct mf_sumdb_record *records, size_t n, bool use_kept,
                         struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The name of a module's lookup, in the arena; NULL with the error set. */
const char *mf_sumdbload_name(struct mf_sumdb *s, struct mf_module m, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Of each tile of the client's proof. */
struct mf_sumdbload_tiles {
    uint8_t **data;                /* its bytes, in the arena */
    bool *kept;                    /* they were kept */
    const struct mf_err **failure; /* why it could not be had by its own name */
};

/* Gets the tiles of s->proof and sets their data. A tile of partial width that
 * the database does not serve is cut from the full one. */
int mf_sumdbload_tiles(struct mf_sumdb *s, struct mf_sumdbload_tiles *t, bool use_kept,
                       struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_sumdbload_tiles_release(struct mf_sumdbload_tiles *t) MF_NONNULL;

#endif

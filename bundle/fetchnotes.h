/* What went wrong at each proxy that was asked for one file, for the message at the
 * end. For the fetch*.c files alone.
 */
#ifndef MF_FETCHNOTES_H
#define MF_FETCHNOTES_H

#include "formats/base/err.h"
#include "formats/base/str.h"

struct mf_fetchnotes {
    char text[1000];   /* "https://p1: 404 Not Found; ...", what fits */
    size_t asked;      /* proxies in it */
    enum mf_code code; /* of the first failure that is not "not found" */
    char hint[300];    /* its next step; empty: the usual one */
};

/* Adds a proxy, by its shown URL. */
void mf_fetchnotes_add(struct mf_fetchnotes *n, struct mf_str shown, const char *why) MF_NONNULL;

/* Notes what the failure as a whole will be, where nothing was noted yet. */
void mf_fetchnotes_code(struct mf_fetchnotes *n, enum mf_code code, const char *hint) MF_NONNULL;

#endif

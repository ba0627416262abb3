/* What a request of a fetch asks for: its name below a proxy, its limit, and how
 * its failure reads. For fetch.c alone.
 */
#ifndef MF_FETCHREQUEST_H
#define MF_FETCHREQUEST_H

#include "bundle/fetch.h"
#include "bundle/fetchnotes.h"

struct mf_fetchrequest {
    struct mf_module module;
    enum mf_file_kind kind;
    bool asks;      /* a question of a query, to one entry of GOPROXY */
    bool size_only; /* of a zip */
    bool whole;     /* a zip that is not to be put together from several answers */
    bool direct;    /* a repository was asked, not proxies alone */
    enum mf_fetch_question question;
};

/* ".info", ".mod" or ".zip". */
const char *mf_fetchrequest_kind(enum mf_file_kind kind);

/* What it is, as watch.h has it. */
const char *mf_fetchrequest_what(const struct mf_fetchrequest *r) MF_NONNULL;

/* The most bytes of an answer. */
uint64_t mf_fetchrequest_limit(const struct mf_fetchrequest *r) MF_NONNULL;

/* Appends what is asked for, below the URL of a proxy. MF_E_GOMOD, MF_E_USAGE as
 * fetch.h has them. */
int mf_fetchrequest_name(const struct mf_fetchrequest *r, struct mf_buf *out,
                         struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Says that it failed: returns -1. */
int mf_fetchrequest_refuse(const struct mf_fetchrequest *r, enum mf_code code, const char *why,
                           struct mf_err *err) MF_NONNULL;

/* Says that all have failed: returns -1. */
int mf_fetchnotes_refuse(const struct mf_fetchnotes *n, const struct mf_fetchrequest *r, struct mf_err *err) MF_NONNULL;

#endif

/* Why an HTTP request failed, in words, and whether another try may help.
 */
#ifndef MF_HTTPFAILURE_H
#define MF_HTTPFAILURE_H

#include "bundle/net/httptransfer.h"

/* Fills in t->error, t->unreachable after curl has ended with `code`, which is
 * not CURLE_OK. Names hosts and ports, and nothing else of URLs. */
void mf_httpfailure_describe(struct mf_httptransfer *h, CURLcode code) MF_NONNULL;

/* Whether the same request may fare better in a moment. */
bool mf_httpfailure_passing(struct mf_httptransfer *h, CURLcode code) MF_NONNULL;

/* The same of an answer with this status. */
bool mf_httpfailure_passing_status(int status);

#endif

/* Going on with a body that broke off (RFC 9110, sections 13.1.5 and 14).
 *
 * After a break, what arrived is kept if the answer had a strong ETag or a
 * Last-Modified date, or said how long it is, and was not compressed. The next
 * try asks for the rest with Range, and with If-Range where there is something to
 * name; an answer that is not the rest of a body of that length begins anew.
 */
#ifndef MF_HTTPRESUME_H
#define MF_HTTPRESUME_H

#include <curl/curl.h>

#include <stdbool.h>
#include <stdint.h>

#include "formats/base/macros.h"

struct mf_httpresume {
    uint64_t kept;       /* bytes of body that are here; 0: nothing to go on with */
    uint64_t total;      /* length of the whole; UINT64_MAX where not said */
    char validator[200]; /* for If-Range; empty where there is none */
    bool never;          /* an attempt was refused: no other one */
};

/* Looks at an answer 200 whose body broke off after `received` bytes. */
void mf_httpresume_note(struct mf_httpresume *r, CURL *easy, uint64_t received) MF_NONNULL;

/* Adds the request headers to *list. False where memory ran out. */
bool mf_httpresume_headers(const struct mf_httpresume *r, struct curl_slist **list) MF_NONNULL MF_NODISCARD;

/* Whether an answer 206 is the rest that was asked for. */
bool mf_httpresume_fits(const struct mf_httpresume *r, CURL *easy) MF_NONNULL;

#endif

#include "bundle/net/httpresume.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* The value of the last answer's header, or NULL. */
static const char *header(CURL *easy, const char *name)
{
    struct curl_header *h;
    return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &h) == CURLHE_OK ? h->value : NULL;
}

static bool is_compressed(CURL *easy)
{
    const char *encoding = header(easy, "Content-Encoding");
    return encoding && encoding[0] && strcasecmp(encoding, "identity") != 0;
}

void mf_httpresume_note(struct mf_httpresume *r, CURL *easy, uint64_t received)
{
    const char *etag = header(easy, "ETag"), *date = header(easy, "Last-Modified");
    const char *ranges = header(easy, "Accept-Ranges");
    curl_off_t length = -1;
    r->kept = 0;
    if (r->never || is_compressed(easy) || (ranges && strcasecmp(ranges, "none") == 0))
        return;
    curl_easy_getinfo(easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    const char *validator = etag && etag[0] == '"' ? etag : date ? date : "";
    if ((!validator[0] && length < 0) || strlen(validator) >= sizeof(r->validator))
        return;
    r->total = length < 0 ? UINT64_MAX : (uint64_t)length;
    r->kept = received;
    snprintf(r->validator, sizeof(r->validator), "%s", validator);
}

static bool append(struct curl_slist **list, const char *line)
{
    struct curl_slist *longer = curl_slist_append(*list, line);
    *list = longer ? longer : *list;
    return longer != NULL;
}

bool mf_httpresume_headers(const struct mf_httpresume *r, struct curl_slist **list)
{
    char line[sizeof(r->validator) + 32];
    snprintf(line, sizeof(line), "Range: bytes=%" PRIu64 "-", r->kept);
    if (!append(list, line))
        return false;
    snprintf(line, sizeof(line), "If-Range: %s", r->validator);
    return !r->validator[0] || append(list, line);
}

/* Takes a decimal number of up to 18 digits, and the byte `after` behind it. */
static bool take_number(const char **p, char after, uint64_t *out)
{
    const char *start = *p;
    *out = 0;
    while (**p >= '0' && **p <= '9' && *p - start < 18)
        *out = *out * 10 + (uint64_t)(*(*p)++ - '0');
    if (*p == start || **p != after)
        return false;
    *p += after != '\0';
    return true;
}

bool mf_httpresume_fits(const struct mf_httpresume *r, CURL *easy)
{
    static const char unit[] = "bytes ";
    const char *range = header(easy, "Content-Range");
    uint64_t first, last, total;
    if (!range || is_compressed(easy) || strncasecmp(range, unit, strlen(unit)) != 0)
        return false;
    range += strlen(unit);
    return take_number(&range, '-', &first) && take_number(&range, '/', &last) && take_number(&range, '\0', &total) &&
           first == r->kept && last + 1 == total && (r->total == UINT64_MAX || total == r->total);
}

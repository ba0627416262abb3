/* Times as text: RFC 3339, in the forms that our documents and .info files use.
 * Cannot fail; safe for untrusted bytes.
 */
#ifndef MF_TIMETEXT_H
#define MF_TIMETEXT_H

#include "formats/base/str.h"

/* True for a date that exists, a time without leap seconds, a fraction or none,
 * and "Z" or an offset below 24 hours. All of these Go's time.Time takes from JSON
 * (GOROOT/src/time/format_rfc3339.go), which lets a few other forms pass too. */
bool mf_timetext_valid(struct mf_str s);

/* True for such a time in UTC to the second: "2024-01-02T03:04:05Z". */
bool mf_timetext_is_utc(struct mf_str s);

#endif

/* Times as text: RFC 3339, in the forms that our documents and .info files use.
 * Cannot fail; safe for untrusted bytes. Numbers are seconds since 1970 in UTC;
 * years are 0 to 9999.
 */
#ifndef MF_TIMETEXT_H
#define MF_TIMETEXT_H

#include <stdint.h>

#include "formats/base/str.h"

/* True for a date that exists, a time without leap seconds, a fraction or none,
 * and "Z" or an offset below 24 hours. All of these Go's time.Time takes from JSON
 * (GOROOT/src/time/format_rfc3339.go), which lets a few other forms pass too. */
bool mf_timetext_valid(struct mf_str s);

/* Go's zero time, 0001-01-01T00:00:00Z: it stands for "no time". */
#define MF_TIMETEXT_ZERO INT64_C(-62135596800)

/* As mf_timetext_valid; a fraction of a second is dropped. */
bool mf_timetext_seconds(struct mf_str s, int64_t *seconds_out) MF_NONNULL MF_NODISCARD;

/* The 14 digits of a pseudo-version, "20060102150405". */
bool mf_timetext_stamp(struct mf_str s, int64_t *seconds_out) MF_NONNULL MF_NODISCARD;

/* True for such a time in UTC to the second: "2024-01-02T03:04:05Z". */
bool mf_timetext_is_utc(struct mf_str s);

/* Writes such a time. False where the year has not four digits. */
#define MF_TIMETEXT_UTC 32 /* bytes of room */
bool mf_timetext_utc(int64_t seconds, char out[MF_TIMETEXT_UTC]) MF_NONNULL MF_NODISCARD;

#endif

/* What signing takes from outside: a secret key file, and the time. */
#ifndef MF_SIGNARG_H
#define MF_SIGNARG_H

#include "formats/minisign.h"

/* Reads the file of a secret key into `text`, to be wiped by the caller. */
int mf_signarg_read(const char *path, struct mf_buf *text, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The secret key in `text`, asking for the password of an encrypted one
 * (password.h); `path` is for messages. MF_E_PASSWORD, MF_E_KEY_FILE. */
int mf_signarg_open(const char *path, struct mf_str text, struct mf_seckey **out,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Both. */
int mf_signarg_key(const char *path, struct mf_seckey **out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Seconds since 1970: SOURCE_DATE_EPOCH where it is set, else the clock.
 * MF_E_USAGE where the variable is no number, or beyond the year 9999. */
int mf_signarg_time(uint64_t *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

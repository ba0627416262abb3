/* Passwords, in memory that is locked, guarded and wiped (sodium_malloc).
 *
 * Where standard input is a terminal the password is asked for on /dev/tty
 * without echo; otherwise it is one line of standard input, read byte by byte
 * so that nothing behind that line is consumed.
 */
#ifndef MF_PASSWORD_H
#define MF_PASSWORD_H

#include "formats/base/err.h"
#include "formats/base/str.h"

#define MF_PASSWORD_MAX 1024 /* bytes */

struct mf_password {
    char *p; /* sodium_malloc memory, or NULL */
    size_t n;
};

#define MF_PASSWORD_INIT ((struct mf_password){NULL, 0})

/* Reads one, which may be empty. On a terminal shows `prompt`, and with
 * `repeat` asks a second time and compares (MF_E_PASSWORD where they differ).
 * MF_E_USAGE: longer than MF_PASSWORD_MAX, or no line there. MF_E_IO,
 * MF_E_NOMEM, MF_E_INTERRUPTED. The terminal is restored in every case. */
int mf_password_read(const char *prompt, bool repeat, struct mf_password *out,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

static inline struct mf_str mf_password_view(const struct mf_password *password)
{
    return (struct mf_str){password->p, password->n};
}

/* Wipes and frees; allowed on MF_PASSWORD_INIT. */
void mf_password_release(struct mf_password *password) MF_NONNULL;

#endif

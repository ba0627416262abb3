/* Errors: a code from one table, and a message that grows from the inside out.
 *
 * A function that can fail returns 0 or -1 and takes a `struct mf_err *` as its
 * last argument. On success it leaves the object untouched. On failure it sets
 * code and message; each caller on the way up may prefix what it was doing:
 *
 *     if (mf_manifest_parse(text, &m, err) < 0)
 *         return mf_err_prefix(err, "read %s", name);
 *
 * which prints as "read deps.tar.zst: manifest: unknown field \"x\"". Messages
 * are made safe for a terminal when they are stored: control characters, bytes
 * that are not UTF-8 and characters that reorder text are shown as \xNN, so
 * untrusted names may be passed with %s or %.*s as they are.
 *
 * The table in err.c gives each code its name, its exit status and a default
 * next step; docs/errors.md lists the same table for users, and a test compares
 * the two. The object needs no clean-up.
 */
#ifndef MF_ERR_H
#define MF_ERR_H

#include <stddef.h>

#include "formats/base/macros.h"

enum mf_code {
    MF_OK,
    /* exit 2: wrong usage */
    MF_E_USAGE,
    MF_E_NO_GOMOD, /* a root directory without go.mod */
    /* exit 1: a check refused the input */
    MF_E_HASH,        /* content differs from the hash that was promised */
    MF_E_UNSIGNED,    /* no signature at all */
    MF_E_WRONG_KEY,   /* signatures, but none by a trusted key */
    MF_E_SIGNATURE,   /* a signature by a trusted key does not verify */
    MF_E_THRESHOLD,   /* fewer trusted signatures than a trust document asks for */
    MF_E_PASSWORD,    /* the secret key does not open with this password */
    MF_E_MISSING_SUM, /* go.sum has no line for something that is needed */
    MF_E_CLOSURE,     /* the closure cannot be satisfied as asked */
    MF_E_POLICY,      /* a rule of the user or of Go forbids it */
    MF_E_BASE,        /* a difference, and what it leaves out is not at hand */
    MF_E_SUMDB,       /* the checksum database: a signature or a proof does not hold, or two heads contradict */
    /* exit 3: network or upstream */
    MF_E_NETWORK,   /* no answer: resolver, connect, TLS, time-out */
    MF_E_UPSTREAM,  /* an answer, but not a usable one */
    MF_E_NOT_FOUND, /* every proxy says that it does not exist */
    MF_E_OFFLINE,   /* needed from the network, which is off */
    /* exit 4: damaged or malformed input */
    MF_E_NOT_BUNDLE,
    MF_E_TRUNCATED,
    MF_E_DAMAGED,     /* contradicts itself */
    MF_E_UNSUPPORTED, /* a format or feature this version does not know */
    MF_E_LIMIT,       /* larger than a documented limit */
    MF_E_GOMOD,       /* go.mod, go.work or go.sum does not parse */
    MF_E_MODZIP,      /* a module zip that Go refuses */
    MF_E_KEY_FILE,    /* not a minisign key or signature file */
    /* exit 5: local file system */
    MF_E_IO,
    MF_E_SPACE,
    MF_E_ACCESS,
    MF_E_NOMEM,
    MF_E_BUSY,    /* somebody else holds the lock */
    MF_E_SANDBOX, /* the kernel offers it and refuses it */
    /* exit 130, 143 */
    MF_E_INTERRUPTED,
    MF_E_TERMINATED,
    MF_CODE_COUNT
};

struct mf_err {
    enum mf_code code;
    char text[1536]; /* NUL-terminated, masked, one line */
    char next[512];  /* what to do next; empty = the table's default */
};

/* Stores code and message, replacing what was there. Always returns -1, so that
 * `return mf_err_set(...)` is the usual last line of a failing branch. */
int mf_err_set(struct mf_err *err, enum mf_code code, const char *fmt, ...) MF_NONNULL MF_PRINTF(3, 4);

/* As mf_err_set with ": " and the text of errno value `number` appended. The
 * code is MF_E_SPACE for ENOSPC and EDQUOT, MF_E_ACCESS for EACCES, EPERM and
 * EROFS, MF_E_NOMEM for ENOMEM, otherwise MF_E_IO. */
int mf_err_errno(struct mf_err *err, int number, const char *fmt, ...) MF_NONNULL MF_PRINTF(3, 4);

/* Out of memory. Returns -1. */
int mf_err_nomem(struct mf_err *err) MF_NONNULL;

/* Puts "prefix: " before the message and keeps the code. Returns -1. */
int mf_err_prefix(struct mf_err *err, const char *fmt, ...) MF_NONNULL MF_PRINTF(2, 3);

/* Replaces the next step. Returns -1. */
int mf_err_next(struct mf_err *err, const char *fmt, ...) MF_NONNULL MF_PRINTF(2, 3);

#if defined(__clang_analyzer__) && !defined(MF_ERR_DEFINITIONS)
/* The analyser sees one file at a time; these tell it what is always returned. */
#define mf_err_set(...) (mf_err_set(__VA_ARGS__), -1)
#define mf_err_errno(...) (mf_err_errno(__VA_ARGS__), -1)
#define mf_err_nomem(err) (mf_err_nomem(err), -1)
#define mf_err_prefix(...) (mf_err_prefix(__VA_ARGS__), -1)
#define mf_err_next(...) (mf_err_next(__VA_ARGS__), -1)
#endif

/* For work that can be interrupted: 0 while `stop` is NULL or *stop is 0, else
 * -1 with MF_E_TERMINATED for SIGTERM and MF_E_INTERRUPTED for another signal. */
int mf_err_stopped(const volatile int *stop, struct mf_err *err) MF_NONNULL_ARGS(2) MF_NODISCARD;

/* Name of a code as docs/errors.md and --json give it, for example "hash". */
const char *mf_code_name(enum mf_code code);

/* Exit status of a code; DESIGN: 0, 1, 2, 3, 4, 5, 130, 143. */
int mf_code_exit(enum mf_code code);

/* The next step: err->next where set, else the table's default, never NULL. */
const char *mf_err_advice(const struct mf_err *err) MF_NONNULL;

/* Copies `n` bytes of `text` to `out` (capacity `cap` > 0, always terminated),
 * replacing what must not reach a terminal. For untrusted text that is printed
 * without going through an error. Returns the number of bytes written. */
size_t mf_mask(const char *text, size_t n, char *out, size_t cap) MF_NONNULL;

#endif

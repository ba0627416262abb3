#define MF_ERR_DEFINITIONS
#include "formats/base/err.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "formats/base/unicode.h"

struct code_entry {
    const char *name;
    int exit;
    const char *next;
};

static const struct code_entry table[MF_CODE_COUNT] = {
    [MF_OK] = {"ok", 0, ""},
    [MF_E_USAGE] = {"usage", 2, "run the command with --help"},
    [MF_E_NO_GOMOD] = {"no-gomod", 2, "name a directory that holds a go.mod, or a module as path@version"},
    [MF_E_HASH] = {"hash", 1, "do not use this content; find out where it was changed"},
    [MF_E_UNSIGNED] = {"unsigned", 1, "have it signed with `modferry sign`, or accept the risk with --allow-unsigned"},
    [MF_E_WRONG_KEY] = {"wrong-key", 1, "pass the signer's public key with --pubkey, or have a trusted key sign it"},
    [MF_E_SIGNATURE] = {"signature", 1, "do not use it; ask the sender for a fresh copy"},
    [MF_E_THRESHOLD] = {"threshold", 1, "have more of the trusted keys sign it with `modferry sign`"},
    [MF_E_PASSWORD] = {"password", 1, "try again with the password of this key"},
    [MF_E_MISSING_SUM] = {"missing-sum", 1, "run `go mod tidy` in the project and commit its go.sum"},
    [MF_E_CLOSURE] = {"closure", 1, "run `go mod tidy` in the project and try again"},
    [MF_E_POLICY] = {"policy", 1, "change the rule or the input"},
    [MF_E_BASE] = {"base", 1, "pass with --base the tree or bundle that it was made for, or ask for a full bundle"},
    [MF_E_SUMDB] = {"sumdb", 1, "do not use it; show this to those who run the proxy and the checksum database"},
    [MF_E_NETWORK] = {"network", 3,
                      "check GOPROXY and the way to that host, then run it again: what was fetched is kept"},
    [MF_E_UPSTREAM] = {"upstream", 3, "try again later or use another GOPROXY: what was fetched is kept"},
    [MF_E_NOT_FOUND] = {"not-found", 3,
                        "check the module path and version, and that GOPROXY lists a proxy that has it"},
    [MF_E_OFFLINE] = {"offline", 3, "run it once with the network, or set GOPROXY"},
    [MF_E_NOT_BUNDLE] = {"not-bundle", 4, "pass a file that `modferry pack` wrote"},
    [MF_E_TRUNCATED] = {"truncated", 4, "copy the file again: its end is missing"},
    [MF_E_DAMAGED] = {"damaged", 4, "copy the file again; if that does not help, pack it again"},
    [MF_E_UNSUPPORTED] = {"unsupported", 4, "use a newer modferry"},
    [MF_E_LIMIT] = {"limit", 4, "see the limits in docs/format-bundle.md"},
    [MF_E_GOMOD] = {"gomod", 4, "correct the file; `go mod edit -fmt` shows the same error"},
    [MF_E_MODZIP] = {"modzip", 4, "go refuses this module zip as well; ask the module's author or proxy"},
    [MF_E_KEY_FILE] = {"key-file", 4, "pass a file that minisign or `modferry keygen` wrote"},
    [MF_E_IO] = {"io", 5, "check the disc and the permissions"},
    [MF_E_SPACE] = {"space", 5, "free some space and run it again"},
    [MF_E_ACCESS] = {"access", 5, "check owner and permissions of that path"},
    [MF_E_NOMEM] = {"nomem", 5, "run it with more memory or fewer --jobs"},
    [MF_E_BUSY] = {"busy", 5, "wait until the other run has ended"},
    [MF_E_SANDBOX] = {"sandbox", 5, "run it outside of other sandboxes; nothing was read"},
    [MF_E_INTERRUPTED] = {"interrupted", 130, "run it again: it goes on from where it was"},
    [MF_E_TERMINATED] = {"terminated", 143, "run it again: it goes on from where it was"},
};

const char *mf_code_name(enum mf_code code)
{
    return table[code].name;
}

int mf_code_exit(enum mf_code code)
{
    return table[code].exit;
}

const char *mf_err_advice(const struct mf_err *err)
{
    return err->next[0] ? err->next : table[err->code].next;
}

size_t mf_mask(const char *text, size_t n, char *out, size_t cap)
{
    size_t used = 0;
    for (size_t i = 0; i < n;) {
        uint32_t rune;
        size_t len = mf_utf8_decode(text + i, n - i, &rune);
        if (len > 0 && mf_rune_is_showable(rune)) {
            if (used + len >= cap)
                break;
            memcpy(out + used, text + i, len);
            used += len;
        } else {
            size_t bytes = len ? len : 1;
            if (used + 4 * bytes >= cap)
                break;
            for (size_t k = 0; k < bytes; k++)
                used += (size_t)snprintf(out + used, cap - used, "\\x%02x", (unsigned char)text[i + k]);
            len = bytes;
        }
        i += len;
    }
    out[used] = '\0';
    return used;
}

MF_PRINTF(3, 0)
static void format_masked(char *out, size_t cap, const char *fmt, va_list args)
{
    char raw[2048];
    int n = vsnprintf(raw, sizeof(raw), fmt, args);
    size_t len = n < 0 ? 0 : (size_t)n;
    mf_mask(raw, len < sizeof(raw) ? len : sizeof(raw) - 1, out, cap);
}

int mf_err_set(struct mf_err *err, enum mf_code code, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    err->code = code;
    err->next[0] = '\0';
    format_masked(err->text, sizeof(err->text), fmt, args);
    va_end(args);
    return -1;
}

static enum mf_code code_of_errno(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
        return MF_E_SPACE;
    case EACCES:
    case EPERM:
    case EROFS:
        return MF_E_ACCESS;
    case ENOMEM:
        return MF_E_NOMEM;
    default:
        return MF_E_IO;
    }
}

int mf_err_errno(struct mf_err *err, int number, const char *fmt, ...)
{
    char why[128];
    va_list args;
    va_start(args, fmt);
    err->code = code_of_errno(number);
    err->next[0] = '\0';
    /* the reason comes last, and must not be what is cut off */
    format_masked(err->text, sizeof(err->text) - sizeof(why), fmt, args);
    va_end(args);
    size_t used = strlen(err->text);
    snprintf(err->text + used, sizeof(err->text) - used, ": %s", strerror_r(number, why, sizeof(why)));
    return -1;
}

int mf_err_nomem(struct mf_err *err)
{
    return mf_err_set(err, MF_E_NOMEM, "out of memory");
}

int mf_err_prefix(struct mf_err *err, const char *fmt, ...)
{
    char prefix[sizeof(err->text)];
    char joined[2 * sizeof(err->text) + 2];
    va_list args;
    va_start(args, fmt);
    format_masked(prefix, sizeof(prefix), fmt, args);
    va_end(args);
    int n = snprintf(joined, sizeof(joined), "%s: %s", prefix, err->text);
    mf_mask(joined, (size_t)n, err->text, sizeof(err->text));
    return -1;
}

int mf_err_next(struct mf_err *err, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    format_masked(err->next, sizeof(err->next), fmt, args);
    va_end(args);
    return -1;
}

int mf_err_stopped(const volatile int *stop, struct mf_err *err)
{
    if (!stop || !*stop)
        return 0;
    return *stop == SIGTERM ? mf_err_set(err, MF_E_TERMINATED, "terminated")
                            : mf_err_set(err, MF_E_INTERRUPTED, "interrupted");
}

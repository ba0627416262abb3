#include "cmd/signarg.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cmd/files.h"
#include "cmd/password.h"

/* The last second of the year 9999, which RFC 3339 can still write. */
#define LAST_SECOND 253402300799ULL

int mf_signarg_read(const char *path, struct mf_buf *text, struct mf_err *err)
{
    return mf_files_read(path, text, err) < 0 ? mf_err_prefix(err, "read the secret key") : 0;
}

int mf_signarg_open(const char *path, struct mf_str text, struct mf_seckey **out, struct mf_err *err)
{
    MF_CLEANUP(mf_password_release) struct mf_password password = MF_PASSWORD_INIT;
    char prompt[512];
    int encrypted = mf_seckey_is_encrypted(text, err);
    if (encrypted < 0)
        return mf_err_prefix(err, "read the secret key %s", path);
    snprintf(prompt, sizeof(prompt), "Password of %.256s: ", path);
    if (encrypted && mf_password_read(prompt, false, &password, err) < 0)
        return -1;
    if (mf_seckey_parse(text, mf_password_view(&password), out, err) < 0)
        return mf_err_prefix(err, "open the secret key %s", path);
    return 0;
}

int mf_signarg_key(const char *path, struct mf_seckey **out, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_wipe) struct mf_buf text = MF_BUF_INIT(MF_MINISIGN_FILE_MAX);
    return mf_signarg_read(path, &text, err) < 0 ? -1 : mf_signarg_open(path, mf_buf_view(&text), out, err);
}

int mf_signarg_time(uint64_t *out, struct mf_err *err)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    *out = (uint64_t)time(NULL);
    if (!epoch || !*epoch)
        return 0;
    char *end;
    errno = 0;
    unsigned long long seconds = strtoull(epoch, &end, 10);
    if (*epoch < '0' || *epoch > '9' || *end || errno || seconds > LAST_SECOND)
        return mf_err_set(err, MF_E_USAGE, "SOURCE_DATE_EPOCH is not a number of seconds: \"%s\"", epoch);
    *out = seconds;
    return 0;
}

#include "verify/sandbox.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "verify/landlock.h"
#include "verify/syscallfilter.h"

static int give_up_privileges(struct mf_err *err)
{
    const struct rlimit none = {0, 0};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return mf_err_errno(err, errno, "set no_new_privs");
    if (setrlimit(RLIMIT_CORE, &none) < 0)
        return mf_err_errno(err, errno, "switch off core files");
    return 0;
}

static int enter(const struct mf_sandbox_place *places, size_t count, struct mf_err *err)
{
    int abi = mf_landlock_abi();
    bool filters = mf_syscallfilter_missing() == 0;
    if (give_up_privileges(err) < 0 || (abi > 0 && mf_landlock_enter(abi, places, count, err) < 0))
        return -1;
    return filters ? mf_syscallfilter_enter(err) : 0;
}

int mf_sandbox_enter(const struct mf_sandbox_place *places, size_t count, struct mf_err *err)
{
    if (enter(places, count, err) == 0)
        return 0;
    err->code = MF_E_SANDBOX;
    return mf_err_prefix(err, "enter the sandbox");
}

/* Why something is not offered. */
static const char *reason(int number)
{
    switch (number) {
    case ENOSYS:
    case EINVAL:
        return "not in this kernel";
    case EOPNOTSUPP:
        return "switched off in this kernel";
    default:
        return "refused here";
    }
}

void mf_sandbox_describe(char *out, size_t cap)
{
    int abi = mf_landlock_abi(), filters = mf_syscallfilter_missing();
    char files[64], calls[64];
    if (abi > 0)
        snprintf(files, sizeof(files), "landlock ABI %d", abi);
    else
        snprintf(files, sizeof(files), "no landlock (%s)", reason(-abi));
    if (filters == 0)
        snprintf(calls, sizeof(calls), "seccomp");
    else
        snprintf(calls, sizeof(calls), "no seccomp (%s)", reason(filters));
    snprintf(out, cap, "%s%s, %s", abi <= 0 && filters ? "none: " : "", files, calls);
}

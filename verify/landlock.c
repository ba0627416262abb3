#include "verify/landlock.h"

#include <errno.h>
#include <linux/landlock.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "formats/base/dir.h"

/* Of later ABI versions than the header may have. */
#define TRUNCATE (1ULL << 14)  /* LANDLOCK_ACCESS_FS_TRUNCATE, ABI 3 */
#define IOCTL_DEV (1ULL << 15) /* LANDLOCK_ACCESS_FS_IOCTL_DEV, ABI 5 */
#define NET_ALL 3ULL           /* LANDLOCK_ACCESS_NET_BIND_TCP, _CONNECT_TCP, ABI 4 */
#define SCOPE_ALL 3ULL         /* LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET, _SIGNAL, ABI 6 */

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define FILL                                                                                                           \
    (READ | TRUNCATE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR |     \
     LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR)

/* struct landlock_ruleset_attr of ABI 6; kernels before take it where the fields
 * that they do not know are 0. */
struct ruleset {
    uint64_t files, net, scoped;
};

/* What ABI `abi` can restrict. */
static struct ruleset restrictable(int abi)
{
    struct ruleset all = {.files = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1}; /* ABI 1 */
    if (abi >= 2)
        all.files |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        all.files |= TRUNCATE;
    if (abi >= 4)
        all.net = NET_ALL;
    if (abi >= 5)
        all.files |= IOCTL_DEV;
    if (abi >= 6)
        all.scoped = SCOPE_ALL;
    return all;
}

static uint64_t rights(enum mf_sandbox_use use)
{
    switch (use) {
    case MF_SANDBOX_READ:
        return READ;
    case MF_SANDBOX_FILL:
        return FILL;
    case MF_SANDBOX_UNDO:
        return LANDLOCK_ACCESS_FS_REMOVE_DIR;
    case MF_SANDBOX_TERMINAL:
        return LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | IOCTL_DEV;
    }
    return 0;
}

int mf_landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return abi < 0 ? -errno : (int)abi;
}

static int add(int ruleset, const struct mf_sandbox_place *place, uint64_t known, struct mf_err *err)
{
    struct landlock_path_beneath_attr rule = {.allowed_access = rights(place->use) & known, .parent_fd = place->fd};
    if (place->fd < 0)
        return 0;
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
        return mf_err_errno(err, errno, "landlock_add_rule");
    return 0;
}

int mf_landlock_enter(int abi, const struct mf_sandbox_place *places, size_t count, struct mf_err *err)
{
    struct ruleset all = restrictable(abi);
    MF_CLEANUP(mf_fd_release) int ruleset = (int)syscall(SYS_landlock_create_ruleset, &all, sizeof(all), 0);
    if (ruleset < 0)
        return mf_err_errno(err, errno, "landlock_create_ruleset");
    for (size_t i = 0; i < count; i++)
        if (add(ruleset, &places[i], all.files, err) < 0)
            return -1;
    if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
        return mf_err_errno(err, errno, "landlock_restrict_self");
    return 0;
}

/* Giving up what the offline half does not need, before it reads a byte that
 * nobody vouched for.
 *
 * A command opens its input, reads its keys, opens its target; then it names
 * the places it will still open files in, and enters:
 *
 *     const struct mf_sandbox_place places[] = {{dir.fd, MF_SANDBOX_FILL}};
 *     if (mf_sandbox_enter(places, MF_COUNT(places), err) < 0)
 *         return -1;
 *
 * There is no way back. From then on, for this process and its threads:
 *
 *   no_new_privs      is set, and no core file is written
 *   landlock          nothing is opened, made, renamed or removed outside of the
 *                     places (landlock.h)
 *   seccomp           the kernel has only the system calls that reading, writing
 *                     and threads take; one of the network, of starting programs
 *                     or of looking into processes kills (syscallfilter.h)
 *
 * Descriptors that are open stay as they are: what has been opened before needs
 * no place. Where the kernel does not offer landlock or seccomp, or does not let
 * this process ask for it (a container), the program runs without that one.
 */
#ifndef MF_SANDBOX_H
#define MF_SANDBOX_H

#include "formats/base/err.h"

enum mf_sandbox_use {
    MF_SANDBOX_READ,     /* a directory: to read what is below it */
    MF_SANDBOX_FILL,     /* a directory: to read, write, make, rename and remove files and directories below it */
    MF_SANDBOX_UNDO,     /* a directory: to remove empty directories below it */
    MF_SANDBOX_TERMINAL, /* a device: to read, write and set it */
};

struct mf_sandbox_place {
    int fd; /* may be of O_PATH; -1: no place */
    enum mf_sandbox_use use;
};

/* Enters, once in the life of a process and before it has threads. MF_E_SANDBOX
 * where the kernel offers what it then refuses. */
int mf_sandbox_enter(const struct mf_sandbox_place *places, size_t count, struct mf_err *err)
    MF_NONNULL_ARGS(3) MF_NODISCARD;

/* What the kernel offers this process, as --version says it: for example
 * "landlock ABI 7, seccomp", or "none: no landlock (not in this kernel), ...". */
void mf_sandbox_describe(char *out, size_t cap) MF_NONNULL;

#endif

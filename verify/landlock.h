/* Landlock (https://docs.kernel.org/userspace-api/landlock.html), by system
 * calls. Internal to verify/.
 *
 * Everything that the running kernel can restrict is restricted, also what
 * needs no rule here: executing, links and renames from one directory to
 * another, devices, pipes and sockets; connections (ABI 4), signals and abstract
 * sockets to other processes (ABI 6).
 */
#ifndef MF_LANDLOCK_H
#define MF_LANDLOCK_H

#include "verify/sandbox.h"

/* The kernel's ABI version, at least 1; or the negative errno with which it
 * refuses to tell. */
int mf_landlock_abi(void);

/* Restricts the calling thread and those it starts to `places`, with what `abi`
 * knows. no_new_privs is set already. */
int mf_landlock_enter(int abi, const struct mf_sandbox_place *places, size_t count, struct mf_err *err)
    MF_NONNULL_ARGS(4) MF_NODISCARD;

#endif

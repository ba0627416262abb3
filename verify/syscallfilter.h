/* The system calls that the offline half needs, and a seccomp filter of them
 * (libseccomp). Internal to verify/.
 *
 * Calls that are not on the list do not exist (ENOSYS), so that a C library that
 * tries a newer one first falls back as on an older kernel. Calls that only a
 * program in foreign hands makes kill the process with SIGSYS: sockets, starting
 * programs, looking into processes.
 */
#ifndef MF_SYSCALLFILTER_H
#define MF_SYSCALLFILTER_H

#include "formats/base/err.h"

/* 0 where this process may load a filter, else the errno that says why not. */
int mf_syscallfilter_missing(void);

/* Loads it for the calling thread and those it starts. no_new_privs is set
 * already. */
int mf_syscallfilter_enter(struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

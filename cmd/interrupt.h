/* SIGINT and SIGTERM as a flag that long work looks at.
 *
 * The first signal only sets the flag: the work stops at the next good place,
 * temporaries are removed, and the exit status is 130 or 143. A second signal
 * ends the process at once; what it leaves behind are temporaries only.
 */
#ifndef MF_INTERRUPT_H
#define MF_INTERRUPT_H

#include "formats/base/err.h"

/* Installs the handlers (a signal that was ignored at the start stays ignored)
 * and returns the flag: 0, or the number of the signal. May be called again. */
const volatile int *mf_interrupt_watch(void);

/* 0, or -1 with MF_E_INTERRUPTED or MF_E_TERMINATED after a signal. */
int mf_interrupt_check(struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

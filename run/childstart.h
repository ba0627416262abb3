/* What the child does between fork and exec. Only calls that are safe there
 * (signal-safety(7)): the parent may have had threads. For run/process.c alone.
 */
#ifndef MF_CHILDSTART_H
#define MF_CHILDSTART_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "formats/base/macros.h"

enum mf_childstart_step {
    MF_CHILDSTART_NAMESPACE,
    MF_CHILDSTART_LOOPBACK,
    MF_CHILDSTART_STREAMS,
    MF_CHILDSTART_CWD,
    MF_CHILDSTART_EXEC,
};

/* What it writes to `failure` where it cannot go on. */
struct mf_childstart_failure {
    enum mf_childstart_step step;
    int number; /* errno */
};

struct mf_childstart {
    const char *const *argv, *const *env;
    int cwd, in, out, error, failure; /* open descriptors */
    bool no_network, no_terminal;
    uint64_t file_max;
    /* set by prepare */
    pid_t parent;
    char uid_map[64], gid_map[64];
};

/* In the parent: what the child could not format safely. */
void mf_childstart_prepare(struct mf_childstart *c) MF_NONNULL;

/* In the child: becomes the program. */
_Noreturn void mf_childstart_run(const struct mf_childstart *c) MF_NONNULL;

#endif

/* One run of the installed go command: its environment and its place.
 *
 * The environment is made anew: PATH of the caller (go starts a C compiler for
 * cgo), the settings of the tree, and directories below the rehearsal's own. So
 * neither the user's caches nor `go env -w` have a part in the result. The module
 * cache and the build cache are shared by all runs of one rehearsal.
 */
#ifndef MF_GORUN_H
#define MF_GORUN_H

#include "formats/base/dir.h"
#include "run/process.h"

struct mf_gorun_setting {
    const char *name;
    struct mf_str value;
};

/* What all runs share. */
struct mf_gorun {
    const char *go;     /* absolute path of the program */
    const char *search; /* value of PATH */
    const char *top;    /* absolute path of the rehearsal's temporary directory */
    const struct mf_gorun_setting *settings;
    size_t setting_count;
    unsigned seconds; /* the longest that a command may take; 0: no limit */
    const volatile int *stop;
};

/* What differs from run to run. */
struct mf_gorun_how {
    struct mf_dir cwd;
    const char *go_work;    /* value of GOWORK: a path or "off" */
    bool ignore_vendor;     /* GOFLAGS=-mod=readonly */
    struct mf_str platform; /* "os/arch" for GOOS and GOARCH; empty: go's own */
    bool foreign;           /* that platform is not the one it runs on: CGO_ENABLED=0 */
};

/* Runs `go` with the arguments words[1..]; errors, `out` and `tail` as
 * mf_process_run has them. Never with network. */
int mf_gorun(const struct mf_gorun *g, const struct mf_str *words, size_t word_count, const struct mf_gorun_how *how,
             struct mf_buf *out, struct mf_buf *tail, struct mf_process_end *end, struct mf_err *err)
    MF_NONNULL_ARGS(1, 2, 4, 6, 7, 8) MF_NODISCARD;

#endif

/* The installed git, as a program: found in PATH, started by argument vector.
 *
 * Its environment is the caller's, because that is where credentials, keys and
 * proxies come from, but for the variables that lead git to another repository
 * than the one it is started in. It never asks on a terminal (git and ssh have a
 * session without one), runs no hooks, starts no maintenance, and uses ssh,
 * https and file alone (where GOINSECURE matches, http and git:// too), if
 * GIT_ALLOW_PROTOCOL does not say otherwise. A
 * transfer that stands still for STALL_SECONDS ends.
 *
 * What the transport trusts beyond the system's certificates, git is given as
 * GIT_SSL_CAINFO, unless that is set.
 *
 * `go` sets less: GIT_TERMINAL_PROMPT alone (GOROOT/src/cmd/go/internal/modload/init.go).
 */
#ifndef MF_GIT_H
#define MF_GIT_H

#include "formats/base/arena.h"
#include "formats/base/buf.h"
#include "formats/base/dir.h"

struct mf_git {
    const char *const *env;    /* NULL until it was looked for */
    const char *const *env_in; /* as `env`, in a repository */
    const char *program;
    struct mf_temp roots; /* certificates for git, beside the repositories */
    struct mf_arena arena;
    const volatile int *stop; /* a signal number once the user interrupts; may be NULL */
};

#define MF_GIT_INIT ((struct mf_git){.roots = MF_TEMP_INIT, .arena = MF_ARENA_INIT(4 * MF_MIB)})

/* One call of git. */
struct mf_git_call {
    const char *const *args; /* behind "git" and options of ours; ends with NULL */
    struct mf_dir dir;       /* where it runs */
    bool in_repository;      /* which is the repository `dir` */
    bool insecure;           /* http and git:// will do */
    unsigned seconds;        /* the longest it may take */
    uint64_t file_max;       /* bytes of the longest file it may write; 0: no limit */
    struct mf_buf *out;      /* gets its output; may be NULL */
    int output;              /* where > 0 and `out` is NULL: gets its output, a descriptor */
};

/* Looks for git and prepares its environment, once. `dir` is where the file of
 * certificates may be put, `roots` what goes into it. MF_E_IO where there is no git. */
int mf_git_open(struct mf_git *g, struct mf_dir dir, struct mf_str roots, struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_git_release(struct mf_git *g) MF_NONNULL;

#define MF_GIT_FATAL 128 /* the status of git where it gives up: nothing of that name, or a failure */

/* Runs it; 0 where it ended with status 0. MF_E_UPSTREAM where not, with the name
 * of its command, the status and the end of what it said (without user and
 * password of URLs); *status_out, which may be NULL, is that status then (more than
 * MF_GIT_FATAL after a signal). MF_E_NETWORK where it took too long, and *status_out
 * is as it was. Other codes are failures of this machine, or an interruption. */
int mf_git_run(const struct mf_git *g, const struct mf_git_call *call, int *status_out, struct mf_err *err)
    MF_NONNULL_ARGS(1, 2, 4) MF_NODISCARD;

/* The schemes that may be used: `secure` for all, `insecure` for modules that
 * GOINSECURE matches too. A GIT_ALLOW_PROTOCOL of the environment is the only one
 * that counts then, as for go. */
bool mf_git_allows_scheme(struct mf_str scheme, bool insecure);

/* A question that may come again, and is asked once. */
struct mf_git_question {
    bool answered;
    struct mf_err *refused; /* why there will be no answer; NULL: there may be one */
    bool passed;            /* it failed in passing before */
};

/* True where it has to be asked. */
static inline bool mf_git_is_open(const struct mf_git_question *q)
{
    return !q->answered && !q->refused;
}

/* Takes what came of asking an open question, 0 or -1 with `why`; of one that is not
 * open both are ignored. 0 where there is an answer; -1 with the error set where there
 * is none. A failure is kept, in the arena, and not asked for again, but one of this
 * machine, and one in passing (MF_E_NETWORK, MF_E_UPSTREAM) the first time. */
int mf_git_settle(struct mf_git_question *q, int rc, const struct mf_err *why, struct mf_arena *arena,
                  struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Removes user and password from the URLs in a text of git's. */
void mf_git_hide_users(struct mf_buf *text) MF_NONNULL;

#endif

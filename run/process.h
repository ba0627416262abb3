/* Other programs: started by argument vector, without a shell, in an environment
 * that holds what the caller lists and nothing else.
 *
 *     struct mf_process p = {.argv = argv, .env = env, .cwd = dir.fd, .tail = &tail};
 *     struct mf_process_end end;
 *     mf_process_run(&p, &end, err);
 *
 * The program is the leader of a process group. When it has ended, was stopped
 * by a signal of ours, or took too long, the whole group is killed and waited for:
 * nothing that it started goes on, unless it left the group on purpose. For that
 * the calling process is a subreaper (prctl(2)) until the call returns.
 *
 * Without network: the program has a network namespace to itself, with a loopback
 * interface and nothing else (network_namespaces(7)). Where the caller may not
 * make one, a user namespace is made around it, in which user and group keep
 * their numbers (user_namespaces(7)).
 */
#ifndef MF_PROCESS_H
#define MF_PROCESS_H

#include "formats/base/buf.h"

struct mf_process {
    const char *const *argv; /* argv[0]: absolute path of the program; ends with NULL */
    const char *const *env;  /* "NAME=value"; ends with NULL */
    int cwd;                 /* its working directory, an open directory */
    struct mf_str input;     /* its standard input; empty: /dev/null */
    bool no_network;
    bool no_terminal;         /* it has a session of its own: nothing that it starts can ask on the terminal */
    uint64_t file_max;        /* bytes of the longest file it may write; 0: no limit */
    int output;               /* where > 0: its standard output is this descriptor, and `out` is NULL */
    unsigned seconds;         /* the longest it may take; 0: no limit */
    const volatile int *stop; /* a signal number once the user interrupts; may be NULL */
    struct mf_buf *out;       /* gets its standard output, which may be as long as out->max; NULL: `tail` does */
    struct mf_buf *tail;      /* gets the last tail->max bytes of its standard error; may be NULL */
};

struct mf_process_end {
    int status; /* its exit status, or 128 and the number of the signal that ended it */
    bool timed_out;
    uint64_t milliseconds;
};

/* Runs the program to its end. A program that fails, or is ended after `seconds`,
 * is no error here: look at `end`. MF_E_ACCESS where the system permits no network
 * namespace, MF_E_IO where the program cannot be started, MF_E_LIMIT where it
 * writes more than `out` may hold, MF_E_INTERRUPTED and MF_E_TERMINATED after
 * `stop`. Not for several threads at once. */
int mf_process_run(const struct mf_process *p, struct mf_process_end *end, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Looks a program up in the absolute directories of `search` (the value of PATH)
 * and appends its path. False where none of them holds it. */
bool mf_process_find(const char *name, const char *search, struct mf_buf *out) MF_NONNULL_ARGS(1, 3) MF_NODISCARD;

#endif

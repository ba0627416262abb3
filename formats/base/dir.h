/* Files below a directory handle: nothing is opened through a link, nothing
 * appears under its final name before it is complete.
 *
 * Names are relative, separated by single slashes, and never hold "." or "..",
 * which are refused (MF_E_IO); "." alone is the directory itself. Every
 * open resolves component by component without following symbolic links
 * (openat2 with RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS, or O_NOFOLLOW steps on
 * kernels without it), so a link planted in a target cannot lead outside.
 *
 * Publishing a file:
 *
 *     struct mf_temp t = MF_TEMP_INIT;
 *     mf_temp_open(&t, dir, "cache/x/@v/v1.0.0.zip", 0644, err);  // makes parents
 *     write to t.fd ...
 *     mf_temp_publish(&t, err);                                    // rename
 *
 * A crash leaves at most ".modferry-<random>.tmp" beside the final name; the
 * next mf_dir_sweep removes it. A temporary file is locked (flock) as long as its
 * writer lives, so that mf_dir_sweep_dead can tell. Handles may be used by several
 * threads at once.
 */
#ifndef MF_DIR_H
#define MF_DIR_H

#include <sys/stat.h>
#include <sys/types.h>

#include "formats/base/buf.h"

struct mf_dir {
    int fd; /* an open directory, or -1 */
};

#define MF_DIR_NONE ((struct mf_dir){-1})

/* Opens the directory at `path` (which may be a link, being the user's own
 * word); with `create`, makes it and its parents first. */
int mf_dir_open(struct mf_dir *out, const char *path, bool create, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Opens the directory `name` below d, making it first where `create` is set. */
int mf_dir_sub(struct mf_dir *out, struct mf_dir d, const char *name, bool create,
               struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Closes it; allowed on MF_DIR_NONE. */
void mf_dir_release(struct mf_dir *d) MF_NONNULL;

/* Opens a regular file for reading. Returns the descriptor, or -1 with the
 * error set; *missing (which may be NULL) says whether it simply was not there
 * (then the error is set too, and may be ignored). */
int mf_dir_open_file(struct mf_dir d, const char *name, bool *missing, struct mf_err *err)
    MF_NONNULL_ARGS(2, 4) MF_NODISCARD;

/* Reads a whole file into out, up to out->max bytes. *missing as above. */
int mf_dir_read(struct mf_dir d, const char *name, struct mf_buf *out, bool *missing, struct mf_err *err)
    MF_NONNULL_ARGS(2, 3, 5) MF_NODISCARD;

/* Writes a whole file by temporary and rename, making its parents. */
int mf_dir_write(struct mf_dir d, const char *name, struct mf_str content, mode_t mode,
                 struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Makes the directory `name` and its parents (mode 0777 less umask). */
int mf_dir_make(struct mf_dir d, const char *name, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* lstat below d. Returns 1 where it exists, 0 where not, -1 on an error. */
int mf_dir_stat(struct mf_dir d, const char *name, struct stat *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Removes a file or, with all that is in it, a directory (read-only
 * directories included). Nothing there counts as done. */
int mf_dir_remove(struct mf_dir d, const char *name, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The directory for temporary files that no target asks for: $TMPDIR, or /tmp. */
const char *mf_dir_tmp(void);

/* Calls fn for each entry of directory `name` ("." for d itself) in bytewise
 * order of names; stops with -1 when fn returns non-zero. A missing directory
 * has no entries. */
typedef int mf_dir_visit(void *ctx, struct mf_dir parent, const char *entry, unsigned char type, struct mf_err *err);
int mf_dir_each(struct mf_dir d, const char *name, mf_dir_visit *fn, void *ctx, struct mf_err *err)
    MF_NONNULL_ARGS(2, 3, 5) MF_NODISCARD;

/* Removes temporaries that an earlier run left directly in directory `name`,
 * where no other process writes: they are not looked at. */
int mf_dir_sweep(struct mf_dir d, const char *name, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Where others may be writing: removes the temporary files in directory `name`
 * whose writers have ended; or tells whether there is one. What cannot be opened
 * or locked is taken for somebody else's. */
int mf_dir_sweep_dead(struct mf_dir d, const char *name, struct mf_err *err) MF_NONNULL MF_NODISCARD;
int mf_dir_has_dead(struct mf_dir d, const char *name, bool *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* True for the name of a temporary. */
bool mf_temp_is(const char *entry) MF_NONNULL;

/* Takes the advisory lock (flock, exclusive) on file `name`, making it where
 * needed, and returns the descriptor that holds it until it is closed. Waits
 * unless `wait` is false, in which case MF_E_BUSY is the error. */
int mf_dir_lock(struct mf_dir d, const char *name, bool wait, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* A file or directory being written under a temporary name. */
struct mf_temp {
    struct mf_dir parent; /* owned: directory that will hold it */
    int fd;               /* owned: the file, or -1 for a directory */
    char name[48];        /* temporary name inside parent; empty when idle */
    char final[256];      /* last component of the final name */
};

#define MF_TEMP_INIT ((struct mf_temp){.parent = {-1}, .fd = -1})

/* Creates a temporary file for the final name `name` below d, with parents.
 * The umask is taken from `mode`; t->fd can be written whatever `mode` says. */
int mf_temp_open(struct mf_temp *t, struct mf_dir d, const char *name, mode_t mode,
                 struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Creates a temporary directory instead; open it with
 * mf_dir_sub(&sub, t->parent, t->name, false, err). */
int mf_temp_open_dir(struct mf_temp *t, struct mf_dir d, const char *name, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Closes and renames over the final name. A directory replaces nothing:
 * MF_E_IO where the final name exists. */
int mf_temp_publish(struct mf_temp *t, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Removes the temporary if it was not published. Allowed on MF_TEMP_INIT. */
void mf_temp_release(struct mf_temp *t) MF_NONNULL;

/* Makes a file without a name in the directory. On a file system that does not know O_TMPFILE (NFS, overlayfs of older
 * kernels) it has one for a moment. `where` is for messages. Returns the descriptor or -1. */
int mf_temp_spool(struct mf_dir d, const char *where, struct mf_err *err) MF_NONNULL_ARGS(2, 3) MF_NODISCARD;

/* The same in mf_dir_tmp. */
int mf_temp_spool_tmp(struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Sets, for the whole process and before it has threads, the flag that ends
 * waiting: where a signal interrupts mf_read_full, mf_write_full or mf_dir_lock
 * and *stop is its number, they fail as mf_err_stopped does. Without a flag they
 * wait on. */
void mf_fd_stop(const volatile int *stop) MF_NONNULL;

/* Writes or reads exactly n bytes; retries EINTR and short counts. mf_read_full
 * stores the number of bytes read, which is below n only at the end of file.
 * `name` is for messages. */
int mf_write_full(int fd, const void *p, size_t n, const char *name, struct mf_err *err)
    MF_NONNULL_ARGS(4, 5) MF_NODISCARD;
int mf_read_full(int fd, void *p, size_t n, size_t *got_out, const char *name, struct mf_err *err)
    MF_NONNULL_ARGS(4, 5, 6) MF_NODISCARD;

/* pread of exactly n bytes at `offset`; MF_E_TRUNCATED where the file ends
 * before. */
int mf_pread_full(int fd, void *p, size_t n, uint64_t offset, const char *name, struct mf_err *err)
    MF_NONNULL_ARGS(5, 6) MF_NODISCARD;

/* Scope clean-up for a descriptor that may be -1. */
void mf_fd_release(int *fd) MF_NONNULL;

#endif

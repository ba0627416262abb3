/* Files that the user names on the command line.
 *
 * Such a name is the user's own word, so links in it are followed; this is the
 * only place where paths become handles.
 */
#ifndef MF_FILES_H
#define MF_FILES_H

#include "formats/base/dir.h"

/* Opens the directory that holds `path`, with `create` making it first; *last_out
 * becomes the file's name in it, a part of `path`. MF_E_USAGE where the path
 * names no file. */
int mf_files_place(const char *path, bool create, struct mf_dir *out, const char **last_out,
                   struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Opens for reading; "-" is standard input. Returns a descriptor that the
 * caller closes, or -1. MF_E_NOT_BUNDLE for a directory. */
int mf_files_open(const char *path, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* 1 where `path` is a directory; 0 where it is something else or not there, which
 * opening it tells; -1 where that cannot be found out. */
int mf_files_is_dir(const char *path, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Opens a directory; with `create`, makes it and its parents first. */
int mf_files_dir(const char *path, bool create, struct mf_dir *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Reads a whole small file, up to out->max bytes. */
int mf_files_read(const char *path, struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The same for what is left of an open one; `name` is for messages. */
int mf_files_read_rest(int fd, const char *name, struct mf_buf *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* As mf_files_place, for the directory alone. */
int mf_files_parent(const char *path, struct mf_dir *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Starts writing a file that appears at `path` with mf_durable_publish: what the user
 * is about to unplug and carry away is whole when we say so. Its mode
 * is `mode` less the umask, or that of the file it replaces. What a killed run left
 * in its directory is removed where it can be. */
int mf_files_temp(const char *path, mode_t mode, struct mf_temp *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Writes a whole file that way. */
int mf_files_write(const char *path, struct mf_str content, mode_t mode, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Creates a file that must not exist yet; the message says so where it does
 * (MF_E_POLICY). Returns the descriptor or -1. */
int mf_files_create(const char *path, mode_t mode, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Bytes that are free for us on the file system of `fd`; `where` is for messages. */
int mf_files_free(int fd, const char *where, uint64_t *out, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

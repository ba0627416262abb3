/* What has to be on the medium before we say that it is done.
 *
 * A rename makes a file appear whole or not at all while the system runs. After a
 * loss of power it may be there without its content, unless that was synced first.
 * File systems that cannot sync something (EINVAL: a pipe, a device, some
 * directories) do what they can; that counts as done. Nothing here ends early when
 * a signal arrives: a medium takes the time it takes.
 */
#ifndef MF_DURABLE_H
#define MF_DURABLE_H

#include "formats/base/dir.h"

/* Everything that was written to the file system of d, by whomever. One call for
 * any number of files. MF_E_IO where some of it was lost. */
int mf_durable_all(struct mf_dir d, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The content of an open file; `name` is for messages. */
int mf_durable_file(int fd, const char *name, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* As mf_temp_publish of a file: its content before, its name after the rename. */
int mf_durable_publish(struct mf_temp *t, const char *name, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* As mf_dir_write, with mf_durable_publish. */
int mf_durable_write(struct mf_dir d, const char *name, struct mf_str content, mode_t mode,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* The local store: what was fetched once is not fetched again.
 *
 * $XDG_CACHE_HOME/modferry/download (default ~/.cache/...) has the layout of a
 * static proxy tree: <escaped path>/@v/<escaped version>.{info,mod,zip}, and
 * beside each zip a .proof, which remembers what walking the zip found. Files
 * appear by rename and are never changed, so any number of runs may share it.
 * A file that turns out to be wrong is removed, so that the next run fetches it.
 *
 * What a killed run leaves are temporaries, anywhere. So each run keeps one of its
 * own in .modferry/ while it lives; where that of a run that has ended is found,
 * the whole store is searched for others, once.
 *
 * The store is a cache, not an authority: content is hashed again when packed.
 */
#ifndef MF_STORE_H
#define MF_STORE_H

#include "formats/base/dir.h"
#include "formats/modpath.h"
#include "formats/modzip.h"

enum mf_file_kind { MF_FILE_INFO, MF_FILE_MOD, MF_FILE_ZIP };

struct mf_store {
    struct mf_dir root;
    struct mf_temp run; /* .modferry/...: says that this run lives */
};

#define MF_STORE_NONE ((struct mf_store){MF_DIR_NONE, MF_TEMP_INIT})

/* Appends the usual place of the store; `getenv_fn` is getenv but for tests.
 * MF_E_USAGE where neither XDG_CACHE_HOME nor HOME is an absolute path. */
int mf_store_default_path(char *(*getenv_fn)(const char *), struct mf_buf *out,
                          struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Opens (and makes) the store at `path`; the directories of modules are made
 * when something is written. What a killed run left is removed where it can be. */
int mf_store_open(struct mf_store *out, const char *path, struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_store_release(struct mf_store *store) MF_NONNULL;

/* Appends the file's name in a proxy tree, "x.com/!a/@v/v1.0.0.zip". The path
 * must pass mf_modpath_check and the version be canonical (`+incompatible`
 * included), as go demands of a module to be downloaded: MF_E_GOMOD. All
 * functions below fail that way too. */
int mf_store_name(struct mf_module m, enum mf_file_kind kind, struct mf_buf *out,
                  struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Appends a small file (info, mod), of up to out->max bytes. Returns 1, 0 where
 * it is not held, -1 (MF_E_LIMIT where it is larger). */
int mf_store_read(const struct mf_store *store, struct mf_module m, enum mf_file_kind kind, struct mf_buf *out,
                  struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The versions of a module whose .info and .mod are held, sorted as
 * mf_semver_order has it; none where the module is not known. The list lives in
 * the arena. MF_E_GOMOD where the path does not pass mf_modpath_check. */
int mf_store_versions(const struct mf_store *store, struct mf_str path, struct mf_str **out, size_t *count_out,
                      struct mf_arena *arena, struct mf_err *err) MF_NONNULL_ARGS(1, 3, 4, 5, 6) MF_NODISCARD;

/* Opens a zip: the descriptor, which the caller closes, or -1; *missing says
 * that it is not held (the error is set then too). */
int mf_store_open_zip(const struct mf_store *store, struct mf_module m, bool *missing,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Bytes of a zip that is held; UINT64_MAX where it is not, or cannot be opened. */
uint64_t mf_store_zip_size(const struct mf_store *store, struct mf_module m) MF_NONNULL;

/* Publishes a whole file. */
int mf_store_write(const struct mf_store *store, struct mf_module m, enum mf_file_kind kind, struct mf_str content,
                   struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* A temporary for a zip; publish it with mf_temp_publish. */
int mf_store_temp_zip(const struct mf_store *store, struct mf_module m, struct mf_temp *out,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The facts of an earlier walk of the zip behind zip_fd. Facts and the index below that cannot be written are no
 * failure: the next run finds them out again. A proof counts only while the zip has the size, mtime, inode and device
 * it had then. Returns 1, 0 where there is none that counts or can be read, -1.
 *
 * It is one line of text:
 *   modferry-proof 1 SIZE MTIME.NANOSECONDS INODE DEVICE H1 ZIP_SHA256 FILES_SIZE FILES CANONICAL
 * numbers in decimal, the digest in hex, CANONICAL 0 or 1, or - where it was not
 * looked for. */
int mf_store_proof_read(const struct mf_store *store, struct mf_module m, int zip_fd, struct mf_modzip_facts *out,
                        struct mf_err *err) MF_NONNULL MF_NODISCARD;
int mf_store_proof_write(const struct mf_store *store, struct mf_module m, int zip_fd,
                         const struct mf_modzip_facts *facts, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The index of a module's packages (formats/pkgindex.h), kept where its zip is
 * or would be: the h1 of the module (48 bytes, the last one NUL), the SHA-256 of
 * the index, and the index. It follows from the files, so it counts for any zip
 * of that h1. Appended to `out`. Returns 1, 0 where there is none or it belongs
 * to another h1 or is damaged, -1. */
int mf_store_packages_read(const struct mf_store *store, struct mf_module m, const char *h1, struct mf_buf *out,
                           struct mf_err *err) MF_NONNULL MF_NODISCARD;

int mf_store_packages_write(const struct mf_store *store, struct mf_module m, const char *h1, struct mf_str index,
                            struct mf_err *err) MF_NONNULL;

/* Removes a zip (with what is kept beside it) or another file that turned out to be wrong.
 * The result may be ignored: the store is never trusted. */
int mf_store_forget(const struct mf_store *store, struct mf_module m, enum mf_file_kind kind,
                    struct mf_err *err) MF_NONNULL;

#endif

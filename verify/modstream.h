/* The content of modules, one after another, hashed on several threads and
 * handed to a sink in order. Internal to verify/.
 *
 * Files are gathered into batches (1 MiB or 256 files, never of two modules);
 * a batch is a pool job that hashes its files and does the sink's share that
 * needs no order. Batches come back in order; the module's h1 is put together
 * then, and the module published when h1, number and size of files are what
 * the manifest says. Files above 4 MiB are hashed as they stream by. Memory:
 * (2 * threads + 1) * (about 11 MiB + an encoder), usually a quarter of that.
 *
 * After a failure only mf_modstream_drain and mf_modstream_free may be called.
 */
#ifndef MF_MODSTREAM_H
#define MF_MODSTREAM_H

#include "verify/sink.h"
#include "verify/unpack.h"

struct mf_modstream;

/* Most states of a sink that are alive at once. A zip is one job, and those behind a
 * large one wait for it to be published; so many of them keep the other threads busy.
 * Each may have five descriptors: more would not fit into the usual limit of 1024.
 * Twice the threads, of which there are 64 at most, and one. */
#define MF_MODSTREAM_ALIVE(threads) ((threads) == 1 ? 3 : 129)

/* `m`, `sink` and `result` must outlive it; `result->bytes` and `*complete`
 * (modules that were published) are counted up. */
int mf_modstream_new(struct mf_modstream **out, const struct mf_manifest *m, const struct mf_sink *sink,
                     unsigned threads, struct mf_unpack_result *result, uint64_t *complete,
                     struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Frees it; what is not published yet is dropped. *slot may be NULL. */
void mf_modstream_free(struct mf_modstream **slot) MF_NONNULL;

/* Module number `module` begins; the one before has ended. */
int mf_modstream_begin(struct mf_modstream *s, size_t module, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* True once all that the manifest promises for the current module has come. */
bool mf_modstream_complete(const struct mf_modstream *s) MF_NONNULL;

/* One file of a module in form files: `name` below "path@version/", exactly
 * `size` bytes follow. MF_E_MODZIP where Go would not accept such a file beside
 * those before it. For one in form zip the name is not looked at. */
int mf_modstream_file(struct mf_modstream *s, struct mf_str name, uint64_t size,
                      struct mf_err *err) MF_NONNULL MF_NODISCARD;
int mf_modstream_data(struct mf_modstream *s, const void *p, size_t n, struct mf_err *err)
    MF_NONNULL_ARGS(1, 4) MF_NODISCARD;
int mf_modstream_file_end(struct mf_modstream *s, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* The current module is over. It is published now or by a later call. */
int mf_modstream_end(struct mf_modstream *s, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Waits until every module that has ended is published. Allowed after a failure
 * too: what ended before it is published, as far as that can be. */
int mf_modstream_drain(struct mf_modstream *s, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* What a difference leaves out, read from a base: a proxy tree or a GOMODCACHE, or
 * a bundle whose gate is open (docs/format-bundle.md, section 6, "Differences").
 *
 *     mf_base_of_tree or mf_base_of_bundle
 *     mf_base_fit            before anything is written: the base has it all, with the right h1
 *     mf_base_file           while the difference is read, as its frames need it
 *     mf_base_content        the modules themselves, hashed once more on the way
 *
 * A base needs no trust beyond that: what a frame was compressed after is compared
 * with the manifest before the frame is decompressed, and content by its h1 before
 * it is published. Internal to verify/ and cmd/.
 */
#ifndef MF_BASE_H
#define MF_BASE_H

#include "formats/baselist.h"
#include "verify/extract.h"
#include "verify/heldtree.h"
#include "verify/sink.h"
#include "verify/unpack.h"

struct mf_base;

/* A tree. `dir` stays the caller's; it, `name` (for messages) and *stop must
 * outlive the result; `threads` >= 1 hash what no record vouches for. Opens the
 * record, whose errors are those of mf_heldtree_new. */
int mf_base_of_tree(struct mf_base **out, struct mf_dir dir, const char *name, unsigned threads,
                    const volatile int *stop, struct mf_err *err) MF_NONNULL_ARGS(1, 3, 6) MF_NODISCARD;

/* A bundle in fd, a regular file. What frames were compressed after is kept in
 * `spool`, an empty file that is to be written and read. options->spools are used
 * where the bundle has modules in form zip. All must outlive the result. MF_E_BASE where
 * the bundle is a difference itself; the errors of mf_bundlein_whole. */
int mf_base_of_bundle(struct mf_base **out, int fd, const char *name, const struct mf_gate *gate, int spool,
                      const struct mf_unpack_options *options, struct mf_err *err) MF_NONNULL MF_NODISCARD;

void mf_base_free(struct mf_base **slot) MF_NONNULL; /* *slot may be NULL */

/* Looks whether the base has, each with the right h1, every module that is left
 * out of m and marked in `wanted` (an entry for each; NULL: all), and every one
 * that frames were compressed after that are to be read (`parts` as of
 * mf_extract_part; NULL: all). Sets `comes` of the former. Where
 * nothing is needed, `b` may be NULL. MF_E_BASE, with the names of what is missing
 * or wrong. `m` must outlive the base. */
int mf_base_fit(struct mf_base *b, const struct mf_manifest *m, const bool *wanted,
                const struct mf_extract_parts *parts, struct mf_err *err) MF_NONNULL_ARGS(2, 5) MF_NODISCARD;

/* The SHA-256, in hex, of the zip that a module of the base was packed from; empty where only reading it tells. */
struct mf_str mf_base_zip_sha256(const struct mf_base *b, struct mf_module id) MF_NONNULL;

/* Appends the file that the line names. MF_E_BASE where the base has none, or one
 * that out has no room for. */
int mf_base_file(struct mf_base *b, const struct mf_baselist_line *line, struct mf_buf *out,
                 struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Gives the content of those modules that are left out of gate->manifest and
 * marked in `wanted` (NULL: all) to the sink, in the order of the manifest; after
 * mf_base_fit, with a base that may be NULL where that said so. Otherwise as
 * mf_extract_part. */
int mf_base_content(struct mf_base *b, const struct mf_gate *gate, const bool *wanted, const struct mf_sink *sink,
                    const struct mf_unpack_options *options, struct mf_unpack_result *result, struct mf_err *err)
    MF_NONNULL_ARGS(2, 4, 5, 6, 7) MF_NODISCARD;

#endif

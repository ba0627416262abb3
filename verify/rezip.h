/* A module's zip being rebuilt, or copied, under a temporary name. Internal to
 * verify/.
 *
 * Form files: mf_rezip_pack on any thread, then mf_rezip_file in order; large
 * files by the mf_rezip_large functions; mf_rezip_finish. Form zip:
 * mf_rezip_raw in pieces; mf_rezip_walk on any thread. The temporary is then
 * complete and can be published.
 */
#ifndef MF_REZIP_H
#define MF_REZIP_H

#include "formats/base/dir.h"
#include "formats/zipwrite.h"
#include "verify/sink.h"

struct mf_rezip {
    struct mf_temp temp; /* publish it when it is complete */
    struct mf_zipwrite zip;
    struct mf_buf out; /* not yet written */
    struct mf_buf name;
    size_t prefix; /* of name: "path@version/" */
    struct mf_sha256 sum;
    struct mf_digest sha256; /* of the whole zip, when it is complete */
    /* the large file that is being written */
    struct mf_goflate *flate;
    uint32_t crc;
    uint64_t large_in, large_out;
};

/* Makes the temporary for the final name `name` below dir. Release it whatever
 * the result is. */
int mf_rezip_init(struct mf_rezip *z, struct mf_dir dir, const char *name, struct mf_module id, mode_t mode,
                  struct mf_err *err) MF_NONNULL MF_NODISCARD;
void mf_rezip_release(struct mf_rezip *z) MF_NONNULL;

/* Deflates f->content into the scratch and sets crc, packed_at and packed. */
int mf_rezip_pack(struct mf_sink_file *f, struct mf_sink_scratch *scratch, struct mf_err *err) MF_NONNULL MF_NODISCARD;

int mf_rezip_file(struct mf_rezip *z, const struct mf_sink_file *f, const struct mf_sink_scratch *scratch,
                  struct mf_err *err) MF_NONNULL MF_NODISCARD;

int mf_rezip_large_begin(struct mf_rezip *z, struct mf_str name, struct mf_err *err) MF_NONNULL MF_NODISCARD;
int mf_rezip_large_data(struct mf_rezip *z, const void *p, size_t n, struct mf_err *err)
    MF_NONNULL_ARGS(1, 4) MF_NODISCARD;
int mf_rezip_large_end(struct mf_rezip *z, struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* Bytes of a zip as it was served, and then its walk (mf_modzip_walk). */
int mf_rezip_raw(struct mf_rezip *z, const void *p, size_t n, struct mf_err *err) MF_NONNULL_ARGS(1, 4) MF_NODISCARD;

int mf_rezip_walk(struct mf_rezip *z, struct mf_module id, const struct mf_modzip_visitor *visitor,
                  struct mf_modzip_facts *facts_out, struct mf_err *err) MF_NONNULL_ARGS(1, 4, 5) MF_NODISCARD;

/* Writes the central directory and what is left. */
int mf_rezip_finish(struct mf_rezip *z, struct mf_err *err) MF_NONNULL MF_NODISCARD;

#endif

/* Where the content of a bundle goes: nowhere (verify), a proxy tree, a
 * GOMODCACHE. Internal to verify/.
 *
 * Per module, in the order of the payload:
 *
 *     begin                     its content starts: make a state
 *     work, work, ...           on pool threads: the part that needs no order
 *     file, file, ...           on the caller's thread, in the order of the zip
 *     publish                   every hash was right
 *     drop                      always last, published or not
 *
 * Files too large for a batch come as large_begin, large_data..., large_end on
 * the caller's thread. A module in form zip comes as zip_data... and then
 * zip_walk, on a pool thread, which finds its facts. States of several modules
 * are alive at once; calls for one state never overlap, but for `work`, which may
 * run on several threads for one state.
 *
 * Functions return 0, or -1 with the error set.
 */
#ifndef MF_SINK_H
#define MF_SINK_H

#include "formats/goflate.h"
#include "formats/manifest.h"
#include "formats/modzip.h"

/* One file of a module; slices live until `file` returns. */
struct mf_sink_file {
    struct mf_str name; /* in the module, without "path@version/" */
    struct mf_str content;
    struct mf_digest sha256;  /* of content; set before `work` */
    uint32_t crc;             /* for `file`, set by `work` */
    size_t packed_at, packed; /* its deflate stream in scratch->packed, set by `work` */
};

/* What one job at a time may use. `flate` is NULL until someone makes it. */
struct mf_sink_scratch {
    struct mf_goflate *flate;
    struct mf_buf packed;
};

struct mf_carriedproof;

struct mf_sink {
    void *ctx;
    /* The proofs of the checksum database, which hold; before anything else. May be NULL. */
    int (*proofs)(void *ctx, const struct mf_carriedproof *carried, struct mf_err *err);
    /* The .mod of a module, its hash being right. May be NULL. */
    int (*mod)(void *ctx, size_t module, struct mf_str text, struct mf_err *err);
    int (*begin)(void *ctx, size_t module, void **state_out, struct mf_err *err);
    int (*work)(void *ctx, void *state, struct mf_sink_file *file, struct mf_sink_scratch *scratch,
                struct mf_err *err); /* may be NULL */
    int (*file)(void *ctx, void *state, const struct mf_sink_file *file, const struct mf_sink_scratch *scratch,
                struct mf_err *err);                                                    /* may be NULL */
    int (*large_begin)(void *ctx, void *state, struct mf_str name, struct mf_err *err); /* may be NULL, as these two */
    int (*large_data)(void *ctx, void *state, const void *p, size_t n, struct mf_err *err);
    int (*large_end)(void *ctx, void *state, struct mf_err *err);
    int (*zip_data)(void *ctx, void *state, const void *p, size_t n, struct mf_err *err);
    int (*zip_walk)(void *ctx, void *state, struct mf_modzip_facts *facts_out, struct mf_err *err);
    int (*publish)(void *ctx, void *state, struct mf_err *err); /* may be NULL */
    void (*drop)(void *ctx, void *state);
};

#endif

/* The two kinds of a base (base.h). Internal to verify/base*.c. */
#ifndef MF_BASEKIND_H
#define MF_BASEKIND_H

#include "verify/base.h"

struct mf_base {
    const char *name;
    unsigned threads;
    const volatile int *stop;
    const struct mf_manifest *m; /* of the difference, after mf_base_fit */
    void (*free)(struct mf_base *b);
    /* The form in which a module that it has comes. */
    enum mf_form (*form)(const struct mf_base *b, struct mf_module id);
    /* Its h1; 1, 0 where it has none, -1. On several threads at once. */
    int (*h1)(const struct mf_base *b, struct mf_module id, char h1[MF_H1_SIZE], struct mf_err *err);
    /* As mf_base_zip_sha256. */
    struct mf_str (*zip_sha256)(const struct mf_base *b, struct mf_module id);
    int (*file)(struct mf_base *b, const struct mf_baselist_line *line, struct mf_buf *out, bool *missing,
                struct mf_err *err);
    int (*content)(struct mf_base *b, const struct mf_gate *gate, const bool *wanted, const struct mf_sink *sink,
                   const struct mf_unpack_options *options, struct mf_unpack_result *result, struct mf_err *err);
};

#endif

/* --base: what a difference was made from, named on the command line: a tree, or a
 * bundle, which has to pass the same trust as the difference. */
#ifndef MF_BASEARG_H
#define MF_BASEARG_H

#include "cmd/trustopts.h"
#include "verify/base.h"

/* The option, for a command's table. */
#define MF_BASEARG_OPTION                                                                                              \
    {                                                                                                                  \
        "base", 0, "PLACE", "of a difference: the proxy tree, GOMODCACHE or bundle that holds the rest", false         \
    }

struct mf_basearg {
    const char *name;              /* as the user wrote it; NULL: none was named */
    struct mf_dir dir;             /* owned: a tree */
    int fd;                        /* owned: a bundle */
    struct mf_gate gate;           /* likewise */
    bool passed;                   /* the gate is to be released */
    struct mf_zipspools spools;    /* likewise; temporary files, made ahead */
    struct mf_zipspool spool;      /* one of them */
    struct mf_unpack_options walk; /* of reading it */
    struct mf_base *base;          /* owned; NULL before mf_basearg_pass, and where none was named */
};

#define MF_BASEARG_INIT                                                                                                \
    ((struct mf_basearg){.dir = MF_DIR_NONE, .fd = -1, .spools = MF_ZIPSPOOLS_INIT, .spool = MF_ZIPSPOOL_NONE})

/* Opens what --base names, before a sandbox is entered; dir.fd is then a place to
 * read in. Nothing of it is read. `threads` as of the walk. */
int mf_basearg_open(const struct mf_cli_args *args, unsigned threads, struct mf_basearg *b,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

/* A bundle passes the gate; its age and the state do not matter, as it is older
 * for sure. Then options->base is set, which must not outlive `b`; `b` must not
 * move afterwards. */
int mf_basearg_pass(const struct mf_trust *trust, struct mf_basearg *b, struct mf_unpack_options *options,
                    struct mf_err *err) MF_NONNULL MF_NODISCARD;

void mf_basearg_release(struct mf_basearg *b) MF_NONNULL;

#endif

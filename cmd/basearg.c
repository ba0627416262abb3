#include "cmd/basearg.h"

#include "cmd/cliargs.h"
#include "cmd/files.h"
#include "verify/modstream.h"

int mf_basearg_open(const struct mf_cli_args *args, unsigned threads, struct mf_basearg *b, struct mf_err *err)
{
    b->name = mf_cliargs_value(args, "base");
    if (!b->name)
        return 0;
    int is_dir = mf_files_is_dir(b->name, err);
    if (is_dir != 0)
        return is_dir < 0 || mf_files_dir(b->name, false, &b->dir, err) < 0 ? mf_err_prefix(err, "--base") : 0;
    /* one more than the walk has in use */
    if (mf_zipspools_make(&b->spools, MF_MODSTREAM_ALIVE(threads) + 1, err) < 0 ||
        mf_zipspool_open(&b->spool, &b->spools, err) < 0)
        return -1;
    b->fd = mf_files_open(b->name, err);
    return b->fd < 0 ? mf_err_prefix(err, "--base") : 0;
}

int mf_basearg_pass(const struct mf_trust *trust, struct mf_basearg *b, struct mf_unpack_options *options,
                    struct mf_err *err)
{
    int rc = 0;
    b->walk = *options;
    b->walk.progress = NULL;
    b->walk.only = NULL;
    b->walk.spools = &b->spools;
    if (b->fd >= 0) {
        b->passed = true;
        rc = mf_gate_open(b->fd, b->name, trust, &b->gate, err);
        if (rc == 0)
            rc = mf_base_of_bundle(&b->base, b->fd, b->name, &b->gate, b->spool.fd, &b->walk, err);
    } else if (b->name) {
        rc = mf_base_of_tree(&b->base, b->dir, b->name, options->threads, options->stop, err);
    }
    options->base = b->base;
    return rc < 0 ? mf_err_prefix(err, "--base") : 0;
}

void mf_basearg_release(struct mf_basearg *b)
{
    mf_base_free(&b->base);
    if (b->passed)
        mf_gate_release(&b->gate);
    mf_zipspool_release(&b->spool);
    mf_zipspools_release(&b->spools);
    mf_fd_release(&b->fd);
    mf_dir_release(&b->dir);
}

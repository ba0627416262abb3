#include "cmd/heldarg.h"

#include "cmd/cliargs.h"
#include "cmd/files.h"

static int open_bundle(const struct mf_cli_args *args, const struct mf_unpack_options *options, struct mf_heldarg *h,
                       struct mf_err *err)
{
    MF_CLEANUP(mf_trustopts_release) struct mf_trustopts trust = MF_TRUSTOPTS_INIT;
    if (mf_trustopts_read(args, MF_TRUSTOPTS_USE, &trust, err) < 0 || mf_bundlearg_open(h->name, &h->bundle, err) < 0 ||
        mf_bundlearg_pass(&trust, &h->bundle, err) < 0 ||
        mf_heldbundle_new(&h->in_bundle, h->bundle.fd, h->bundle.name, &h->bundle.gate, options, err) < 0)
        return -1;
    h->held = mf_heldbundle_view(h->in_bundle);
    return 0;
}

static int open_directory(const struct mf_cli_args *args, const struct mf_unpack_options *options, struct mf_heldarg *h,
                          struct mf_err *err)
{
    if (mf_trustopts_said(args))
        return mf_err_set(err, MF_E_USAGE,
                          "--pubkey, --trust and --allow-unsigned go with a bundle, and %s is a directory", h->name);
    if (mf_files_dir(h->name, false, &h->dir, err) < 0 ||
        mf_heldtree_new(&h->in_directory, h->dir, options->threads, options->stop, err) < 0)
        return -1;
    h->held = mf_heldtree_view(h->in_directory);
    return 0;
}

int mf_heldarg_open(const struct mf_cli_args *args, const char *path, const volatile int *stop, struct mf_heldarg *h,
                    struct mf_err *err)
{
    struct mf_unpack_options options = {.stop = stop};
    h->name = path;
    if (mf_cliargs_jobs(args, &options.threads, err) < 0)
        return -1;
    int is_dir = mf_files_is_dir(path, err);
    if (is_dir < 0)
        return -1;
    h->is_bundle = !is_dir;
    return h->is_bundle ? open_bundle(args, &options, h, err) : open_directory(args, &options, h, err);
}

void mf_heldarg_release(struct mf_heldarg *h)
{
    mf_heldbundle_free(&h->in_bundle);
    mf_bundlearg_release(&h->bundle);
    mf_heldtree_free(&h->in_directory);
    mf_dir_release(&h->dir);
}

#include "cmd/walk.h"

#include "cmd/cliargs.h"
#include "cmd/interrupt.h"

static void on_progress(void *ctx, const struct mf_unpack_progress *p)
{
    struct mf_progress_counts counts = {
        .bytes = p->bytes, .bytes_total = p->bytes_total, .modules = p->modules, .modules_total = p->modules_total};
    mf_progress_update(ctx, &counts);
}

int mf_walk_options(const struct mf_cli_args *args, const char *what, struct mf_progress *progress,
                    struct mf_unpack_options *out, struct mf_err *err)
{
    *out = (struct mf_unpack_options){.progress = on_progress, .progress_ctx = progress};
    if (mf_cliargs_jobs(args, &out->threads, err) < 0 || mf_progress_start(progress, args, what, err) < 0)
        return -1;
    out->stop = mf_interrupt_watch();
    return 0;
}

#include "cmd/walk.h"

#include <stdlib.h>

#include "cmd/cliargs.h"
#include "cmd/interrupt.h"
#include "formats/goproxyhosts.h"

static void on_progress(void *ctx, const struct mf_unpack_progress *p)
{
    struct mf_progress_counts counts = {
        .bytes = p->bytes, .bytes_total = p->bytes_total, .modules = p->modules, .modules_total = p->modules_total};
    mf_progress_update(ctx, &counts);
}

void mf_walk_release(struct mf_walk *walk)
{
    mf_arena_release(&walk->arena);
}

int mf_walk_options(const struct mf_cli_args *args, const char *what, struct mf_progress *progress, struct mf_walk *out,
                    struct mf_err *err)
{
    const char *gosumdb = getenv("GOSUMDB");
    out->options =
        (struct mf_unpack_options){.progress = on_progress, .progress_ctx = progress, .gosumdb = &out->gosumdb};
    if (mf_gosumdb_parse(mf_str(gosumdb && *gosumdb ? gosumdb : MF_GOSUMDB_DEFAULT), &out->gosumdb, &out->arena, err) <
            0 ||
        mf_cliargs_jobs(args, &out->options.threads, err) < 0 || mf_progress_start(progress, args, what, err) < 0)
        return -1;
    out->options.stop = mf_interrupt_watch();
    return 0;
}

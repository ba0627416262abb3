#include "cmd/closurearg.h"

#include "cmd/cliargs.h"
#include "cmd/interrupt.h"
#include "cmd/report.h"

static void show(void *ctx, const char *phase, uint64_t done, uint64_t total)
{
    struct mf_closurearg *c = ctx;
    struct mf_progress_counts counts = {.modules = done, .modules_total = total};
    if (strcmp(c->progress.what, phase) != 0)
        mf_progress_step(&c->progress, phase);
    mf_progress_update(&c->progress, &counts);
}

static int read_level(const struct mf_cli_args *args, enum mf_level *out, struct mf_err *err)
{
    const char *name = mf_cliargs_value(args, "level");
    *out = MF_LEVEL_ALL;
    if (name && !mf_level_parse(mf_str(name), out))
        return mf_err_set(err, MF_E_USAGE, "--level %s: there is no such level", name);
    if (*out == MF_LEVEL_ALL)
        return 0;
    mf_err_set(err, MF_E_USAGE, "--level %s is not supported yet", name);
    return mf_err_next(err, "use --level all, which contains it");
}

static void tell_roots(const struct mf_plan *plan)
{
    for (size_t i = 0; i < plan->root_count; i++) {
        const struct mf_root *root = &plan->roots[i];
        if (root->go_work.n)
            mf_report_warning("%.*s stands for the workspace %.*s with its %zu modules; GOWORK=off takes one by itself",
                              MF_FMT(root->typed), MF_FMT(root->go_work), root->main_count);
        if (root->vendor_problem_count)
            mf_report_warning("inconsistent vendoring in %.*s: go will refuse to build there until `go %s vendor` has "
                              "been run",
                              MF_FMT(root->dir), root->go_work.n ? "work" : "mod");
        for (size_t k = 0; k < root->vendor_problem_count; k++)
            mf_report_warning("  %.*s", MF_FMT(root->vendor_problems[k]));
    }
}

int mf_closurearg_plan(const struct mf_cli_args *args, struct mf_closurearg *c, struct mf_err *err)
{
    static const char *const here[] = {"."};
    struct mf_upstream_options upstream = {
        .offline = mf_cliargs_has(args, "offline"),
        .stop = mf_interrupt_watch(),
    };
    const char *const *roots = args->operand_count ? args->operands : here;
    size_t count = args->operand_count ? args->operand_count : 1;
    c->options = (struct mf_plan_options){.progress = show, .progress_ctx = c, .stop = upstream.stop};
    if (read_level(args, &c->options.level, err) < 0 || mf_cliargs_jobs(args, &c->options.threads, err) < 0 ||
        mf_progress_start(&c->progress, args, "resolve", err) < 0 ||
        mf_upstream_open(&c->upstream, &upstream, err) < 0 ||
        mf_plan_make(&c->plan, roots, count, &c->upstream, &c->options, err) < 0)
        return -1;
    tell_roots(&c->plan);
    return 0;
}

int mf_closurearg_fetch(struct mf_closurearg *c, struct mf_err *err)
{
    if (mf_plan_fetch(&c->plan, &c->options, err) < 0)
        return -1;
    if (c->plan.left_out)
        mf_report_warning("%zu versions that path@version roots may come to need are left out, in part or whole, "
                          "because %s",
                          c->plan.left_out,
                          c->plan.upstream->fetch_options.offline ? "the store does not hold them"
                                                                  : "no proxy has them");
    return 0;
}

void mf_closurearg_release(struct mf_closurearg *c)
{
    mf_progress_release(&c->progress);
    mf_plan_release(&c->plan);
    mf_upstream_release(&c->upstream);
}

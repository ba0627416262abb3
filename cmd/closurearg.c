#include "cmd/closurearg.h"

#include <stdio.h>
#include <stdlib.h>

#include "bundle/retractions.h"
#include "cmd/cliargs.h"
#include "cmd/interrupt.h"
#include "cmd/output.h"
#include "cmd/report.h"
#include "formats/semver.h"
#include "formats/toolchain.h"

static void show(void *ctx, const char *phase, uint64_t done, uint64_t total)
{
    struct mf_closurearg *c = ctx;
    mf_tracearg_step(&c->trace, phase, done, total);
}

static int by_bytes(const void *a, const void *b)
{
    return mf_str_cmp(*(const struct mf_str *)a, *(const struct mf_str *)b);
}

/* A comma-separated list, sorted and without repetitions. */
static int read_list(const struct mf_cli_args *args, const char *name, struct mf_arena *arena,
                     const struct mf_str **out, size_t *count_out, struct mf_err *err)
{
    const char *value = mf_cliargs_value(args, name);
    size_t count = 0, kept = 0;
    if (!value)
        return 0;
    struct mf_str *list = mf_arena_array(arena, strlen(value) + 1, sizeof(*list), err);
    if (!list)
        return -1;
    for (struct mf_str rest = mf_str(value); rest.p;) {
        list[count] = mf_str_cut(rest, ',', &rest);
        if (list[count++].n == 0)
            return mf_err_set(err, MF_E_USAGE, "--%s %s: an element is empty", name, value);
    }
    qsort(list, count, sizeof(*list), by_bytes);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || !mf_str_eq(list[kept - 1], list[i]))
            list[kept++] = list[i];
    *out = list;
    *count_out = kept;
    return 0;
}

/* --level, --platform, --tags, --go; without them, what c->options has stays. */
static int read_closure(const struct mf_cli_args *args, struct mf_closurearg *c, struct mf_err *err)
{
    struct mf_plan_options *o = &c->options;
    const char *level = mf_cliargs_value(args, "level"), *go = mf_cliargs_value(args, "go");
    if (level && !mf_level_parse(mf_str(level), &o->level))
        return mf_err_set(err, MF_E_USAGE, "--level %s: the levels are build, test, tidy and all", level);
    if (mf_cliargs_has(args, "platform") || o->level >= MF_LEVEL_TIDY)
        o->platform_count = o->tag_count = 0;
    if (read_list(args, "platform", &c->arena, &o->platforms, &o->platform_count, err) < 0 ||
        read_list(args, "tags", &c->arena, &o->tags, &o->tag_count, err) < 0)
        return -1;
    if (o->tag_count && o->platform_count == 0)
        return mf_err_set(err, MF_E_USAGE, "--tags goes with --platform: without one, every tag counts both ways");
    if (o->platform_count && o->level >= MF_LEVEL_TIDY)
        return mf_err_set(err, MF_E_USAGE, "--platform goes with --level build or test: %s needs every platform",
                          mf_level_name(o->level));
    o->go = mf_str(go);
    if (go && !mf_gover_valid(o->go))
        return mf_err_set(err, MF_E_USAGE, "--go %s: not a release such as 1.22 or 1.22.3", go);
    return 0;
}

/* --toolchain, behind --platform. */
static int read_toolchains(const struct mf_cli_args *args, struct mf_closurearg *c, struct mf_err *err)
{
    struct mf_plan_options *o = &c->options;
    const struct mf_str *typed = NULL;
    size_t count = 0;
    if (read_list(args, "toolchain", &c->arena, &typed, &count, err) < 0)
        return -1;
    return mf_toolchains_expand(typed, count, o->platforms, o->platform_count, &c->arena, &o->toolchains,
                                &o->toolchain_count, err);
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

static int read_roots(const struct mf_cli_args *args, struct mf_rootsfile *out, struct mf_err *err)
{
    const char *file = mf_cliargs_value(args, "roots");
    for (size_t i = 0; i < args->operand_count; i++)
        if (mf_rootsfile_add(out, args->operands[i], err) < 0)
            return -1;
    if (file)
        return mf_rootsfile_read(out, file, err);
    return out->count ? 0 : mf_rootsfile_add(out, ".", err);
}

static void tell_notes(const struct mf_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct mf_plan_module *m = &plan->modules[i];
        if (m->notes.retracted.n)
            mf_report_warning("%.*s@%.*s is retracted: %.*s", MF_FMT(m->id.path), MF_FMT(m->id.version),
                              MF_FMT(m->notes.retracted));
        if (m->notes.deprecated.n)
            mf_report_warning("module %.*s is deprecated: %.*s", MF_FMT(m->id.path), MF_FMT(m->notes.deprecated));
    }
}

static int look_up_retractions(struct mf_closurearg *c, struct mf_err *err)
{
    size_t unknown;
    mf_tracearg_step(&c->trace, "retractions", 0, 0);
    if (mf_retractions_note(&c->plan, true, &unknown, err) < 0)
        return mf_err_prefix(err, "look up retractions");
    if (unknown)
        mf_report_warning("no proxy says whether versions of %zu modules are retracted", unknown);
    return 0;
}

static int tell_needs_go(struct mf_closurearg *c, struct mf_err *err)
{
    const struct mf_needsgo *n = &c->needs_go;
    if (mf_needsgo_find(&c->plan, &c->needs_go, &c->arena, err) < 0)
        return -1;
    if (n->exact)
        mf_report_note("%.*s: an older go past the gap looks for %.*s and no other; --toolchain %.*s carries it",
                       MF_FMT(n->because), MF_FMT(n->toolchain), MF_FMT(n->toolchain));
    else if (n->toolchain.n)
        mf_report_note("needs %.*s or newer past the gap: %.*s; --toolchain %.*s carries it", MF_FMT(n->toolchain),
                       MF_FMT(n->because), MF_FMT(n->toolchain));
    return 0;
}

void mf_closurearg_set_needs_go(const struct mf_closurearg *c, json_t **document)
{
    if (c->needs_go.toolchain.n == 0)
        return;
    json_t *object = json_object();
    mf_output_set(&object, "toolchain", mf_output_string(c->needs_go.toolchain));
    mf_output_set(&object, "because", mf_output_string(c->needs_go.because));
    mf_output_set(document, "needs_go", object);
}

static void tell_unresolved(const struct mf_plan *plan)
{
    if (plan->unresolved)
        mf_report_warning("%zu imports in dependencies have no provider, so `go mod tidy` will stop at them (%.*s)",
                          plan->unresolved, MF_FMT(plan->unresolved_example));
}

/* The plan of c->roots, for which c->options has its defaults. */
static int make_plan(const struct mf_cli_args *args, const struct mf_upstream_options *upstream,
                     struct mf_closurearg *c, struct mf_err *err)
{
    c->options.progress = show;
    c->options.progress_ctx = c;
    c->options.stop = upstream->stop;
    if (read_closure(args, c, err) < 0 || (!upstream->held && read_toolchains(args, c, err) < 0) ||
        mf_cliargs_jobs(args, &c->options.threads, err) < 0 ||
        mf_progress_start(&c->progress, args, "resolve", err) < 0 || mf_upstream_open(&c->upstream, upstream, err) < 0)
        return -1;
    return mf_plan_make(&c->plan, c->roots.list, c->roots.count, &c->upstream, &c->options, err);
}

int mf_closurearg_held(const struct mf_cli_args *args, const char *root, const struct mf_held *held,
                       struct mf_closurearg *c, struct mf_plan_gap **gaps_out, size_t *count_out, struct mf_err *err)
{
    struct mf_upstream_options upstream = {.held = held, .stop = mf_interrupt_watch()};
    c->trace.progress = &c->progress;
    if (mf_rootsfile_add(&c->roots, root, err) < 0 || make_plan(args, &upstream, c, err) < 0 ||
        mf_plan_gaps(&c->plan, gaps_out, count_out, err) < 0)
        return -1;
    tell_roots(&c->plan);
    if (*count_out == 0) /* else it may be what is missing that provides them */
        tell_unresolved(&c->plan);
    return 0;
}

int mf_closurearg_plan(const struct mf_cli_args *args, struct mf_closurearg *c, struct mf_err *err)
{
    struct mf_upstream_options upstream = {.stop = mf_interrupt_watch()};
    c->options.level = MF_LEVEL_TIDY;
    upstream.watch = &c->trace.watch;
    if (mf_netarg_read(args, &upstream, err) < 0 || mf_tracearg_open(&c->trace, args, &c->progress, err) < 0 ||
        read_roots(args, &c->roots, err) < 0 || make_plan(args, &upstream, c, err) < 0)
        return -1;
    if (mf_cliargs_has(args, "retractions") && look_up_retractions(c, err) < 0)
        return -1;
    tell_roots(&c->plan);
    tell_notes(&c->plan);
    if (c->plan.level != MF_LEVEL_ALL)
        tell_unresolved(&c->plan);
    return tell_needs_go(c, err);
}

static int refuse_sums(const struct mf_root *root, const struct mf_missingsums *missing, struct mf_err *err)
{
    const struct mf_missingsum *first = &missing->list[0];
    char more[64] = "";
    if (missing->count > 1)
        snprintf(more, sizeof(more), " (and %zu more)", missing->count - 1);
    mf_err_set(err, MF_E_MISSING_SUM, "root %.*s: %.*s@%.*s: missing go.sum entry%s%s", MF_FMT(root->typed),
               MF_FMT(first->module.path), MF_FMT(first->module.version), first->is_mod ? " for go.mod file" : "",
               more);
    return mf_err_next(err, "run `go mod tidy` in the project and commit its go.sum; or pass --allow-missing-sum: "
                            "commands that go will refuse are not promised then");
}

int mf_closurearg_sums(const struct mf_closurearg *c, bool refuse, struct mf_err *err)
{
    const struct mf_plan *plan = &c->plan;
    for (size_t i = 0; i < plan->root_count; i++) {
        const struct mf_missingsums *missing = &plan->missing_sums[i];
        if (missing->count && refuse)
            return refuse_sums(&plan->roots[i], missing, err);
        if (missing->count)
            mf_report_warning(
                "go.sum of %.*s lacks %zu line%s that go asks for (%.*s %.*s%s): `go mod tidy` adds what is "
                "missing",
                MF_FMT(plan->roots[i].typed), missing->count, missing->count == 1 ? "" : "s",
                MF_FMT(missing->list[0].module.path), MF_FMT(missing->list[0].module.version),
                missing->list[0].is_mod ? "/go.mod" : "");
    }
    return 0;
}

void mf_closurearg_print_roots(const struct mf_closurearg *c)
{
    for (size_t i = 0; i < c->plan.root_count; i++) {
        const struct mf_root *root = &c->plan.roots[i];
        struct mf_str version, path = mf_str_cut(root->typed, '@', &version);
        if (root->main_count == 0 && !mf_module_eq((struct mf_module){path, version}, root->module))
            mf_output_line("root    %.*s@%.*s (%.*s)", MF_FMT(root->module.path), MF_FMT(root->module.version),
                           MF_FMT(root->typed));
    }
}

static void tell_uncovered(const struct mf_closurearg *c)
{
    size_t modules = 0, unknown = 0;
    for (size_t i = 0; i < c->plan.count; i++) {
        const struct mf_plan_module *m = &c->plan.modules[i];
        if (mf_toolchain_is(m->id) && m->only_mod)
            continue; /* go asks for the .info of such a one only */
        modules += m->not_covered.n > 0;
        unknown += m->not_covered.n && (!m->file->in_sum || (m->zip && !m->zip->in_sum));
    }
    if (c->proof.db.off && unknown)
        mf_report_warning("GOSUMDB=off: the checksum database is not asked, and go.sum does not vouch for %zu modules",
                          unknown);
    else if (c->proof.db.off)
        mf_report_warning("GOSUMDB=off: the checksum database is not asked; go.sum alone vouches for the modules");
    else if (unknown)
        mf_report_warning("%zu modules are not covered by the checksum database, and go.sum does not vouch for %zu of "
                          "them",
                          modules, unknown);
}

int mf_closurearg_fetch(struct mf_closurearg *c, const struct mf_planproof_options *proof, struct mf_err *err)
{
    if (mf_plan_fetch(&c->plan, err) < 0 || mf_planproof_make(&c->proof, &c->plan, proof, err) < 0)
        return -1;
    if (c->plan.level == MF_LEVEL_ALL)
        tell_unresolved(&c->plan);
    if (c->plan.left_out)
        mf_report_warning("%zu versions that path@version roots may come to need are left out, in part or whole, "
                          "because %s",
                          c->plan.left_out,
                          c->plan.upstream->fetch_options.offline ? "the store does not hold them"
                                                                  : "no proxy has them");
    tell_uncovered(c);
    return 0;
}

/* What did not end the run, and may explain its result. */
static void tell_upstream(const struct mf_upstream *u)
{
    for (size_t i = 0; u->fetch && i < u->proxies.count; i++)
        if (mf_fetch_passed_over(u->fetch, i))
            mf_report_warning("%.*s was passed over: no connection could be made", MF_FMT(u->proxies.list[i].shown));
    if (u->goauth.failure.code != MF_OK)
        mf_report_warning("%s", u->goauth.failure.text);
}

void mf_closurearg_release(struct mf_closurearg *c)
{
    mf_progress_release(&c->progress);
    tell_upstream(&c->upstream);
    mf_planproof_release(&c->proof);
    mf_plan_release(&c->plan);
    mf_upstream_release(&c->upstream);
    mf_tracearg_release(&c->trace);
    mf_rootsfile_release(&c->roots);
    mf_arena_release(&c->arena);
}

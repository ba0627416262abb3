/* modferry fits: whether what is held suffices for a project, and what is
 * missing where it does not. */
#include "cmd/cliargs.h"
#include "cmd/closurearg.h"
#include "cmd/commandtable.h"
#include "cmd/heldarg.h"
#include "cmd/interrupt.h"
#include "cmd/output.h"
#include "cmd/report.h"

static const char *const usage[] = {
    "fits PROJECT BUNDLE (--pubkey FILE... | --trust FILE | --allow-unsigned) [OPTION...]",
    "fits PROJECT DIR [OPTION...]",
    NULL,
};
static const char *const examples[] = {
    "modferry fits . deps.tar.zst --pubkey team.pub",
    "modferry fits path/to/project /srv/go-proxy --level test",
    NULL,
};
static const char *const operands[] = {"PROJECT", "BUNDLE|DIR", NULL};
static const struct mf_cli_option options[] = {
    MF_TRUSTOPTS_OPTIONS,
    {"level", 'l', "build|test|tidy|all", "what go must be able to do (default: the bundle's; of a tree: tidy)", false},
    {"platform", 0, "LIST", "levels build and test: os/arch pairs to follow (default: the bundle's)", false},
    {"tags", 0, "LIST", "levels build and test: build tags that hold (default: the bundle's)", false},
    {"go", 0, "1.N", "release whose standard library counts (default: the highest go line of the project)", false},
    {"allow-missing-sum", 0, NULL, "let it fit even where go.sum lacks lines that go asks for", false},
    MF_CLIARGS_JSON,
    MF_CLIARGS_JOBS,
    MF_PROGRESS_OPTIONS,
    {0},
};

/* What was found. */
struct answer {
    const struct mf_heldarg *held;
    const struct mf_plan *plan;
    const struct mf_plan_gap *gaps;
    size_t count;
    bool open;  /* a go.mod is missing, so the list may be too short */
    bool loose; /* lines that go.sum lacks are no reason to say no */
};

static bool is_complete(const struct answer *a)
{
    return a->count == 0 && a->plan->refused_count == 0;
}

/* go.sum lines that go will miss; fits has one root. */
static const struct mf_missingsums *sums(const struct answer *a)
{
    return &a->plan->missing_sums[0];
}

static bool fits(const struct answer *a)
{
    return is_complete(a) && (a->loose || sums(a)->count == 0);
}

static const char *file_name(enum mf_file_kind kind)
{
    return kind == MF_FILE_MOD ? "go.mod" : kind == MF_FILE_INFO ? "info" : "zip";
}

static void print_gap(const struct mf_plan_gap *g)
{
    struct mf_module m = g->module;
    const char *file = file_name(g->kind);
    if (g->import.n && g->wanted_by.n)
        mf_output_line("missing %.*s@%.*s  %s  (%.*s imports %.*s)", MF_FMT(m.path), MF_FMT(m.version), file,
                       MF_FMT(g->wanted_by), MF_FMT(g->import));
    else if (g->wanted_by.n)
        mf_output_line("missing %.*s@%.*s  %s  (%.*s requires it)", MF_FMT(m.path), MF_FMT(m.version), file,
                       MF_FMT(g->wanted_by));
    else
        mf_output_line("missing %.*s@%.*s  %s", MF_FMT(m.path), MF_FMT(m.version), file);
}

static void print_text(const struct answer *a)
{
    const struct mf_plan *plan = a->plan;
    if (a->held->is_bundle)
        mf_bundlearg_warning_lines(&a->held->bundle);
    for (size_t i = 0; i < a->count; i++)
        print_gap(&a->gaps[i]);
    for (size_t i = 0; i < plan->refused_count; i++)
        mf_output_line("refused %.*s", MF_FMT(plan->refused[i]));
    for (size_t i = 0; is_complete(a) && !a->loose && i < sums(a)->count; i++) {
        const struct mf_missingsum *s = &sums(a)->list[i];
        mf_output_line("go.sum  %.*s %.*s%s", MF_FMT(s->module.path), MF_FMT(s->module.version),
                       s->is_mod ? "/go.mod" : "");
    }
    if (fits(a))
        mf_output_line("fits: level %s, %zu modules, %zu zips", mf_level_name(plan->level), plan->count, plan->zips);
}

static json_t *gap_json(const struct mf_plan_gap *g)
{
    json_t *entry = json_object();
    mf_output_set(&entry, "path", mf_output_string(g->module.path));
    mf_output_set(&entry, "version", mf_output_string(g->module.version));
    mf_output_set(&entry, "file", json_string(file_name(g->kind)));
    if (g->wanted_by.n)
        mf_output_set(&entry, "wanted_by", mf_output_string(g->wanted_by));
    if (g->import.n)
        mf_output_set(&entry, "import", mf_output_string(g->import));
    return entry;
}

static json_t *sums_json(const struct mf_missingsums *sums)
{
    json_t *list = json_array();
    for (size_t i = 0; i < sums->count; i++) {
        const struct mf_missingsum *s = &sums->list[i];
        json_t *entry = json_object();
        mf_output_set(&entry, "path", mf_output_string(s->module.path));
        mf_output_set(&entry, "version", mf_output_string(s->module.version));
        mf_output_set(&entry, "file", json_string(s->is_mod ? "go.mod" : "zip"));
        mf_output_append(&list, entry);
    }
    return list;
}

/* `refusal` is NULL where it fits. */
static int print_json(const struct answer *a, const struct mf_err *refusal, struct mf_err *err)
{
    const struct mf_plan *plan = a->plan;
    json_t *document = json_object(), *missing = json_array(), *refused = json_array();
    for (size_t i = 0; i < a->count; i++)
        mf_output_append(&missing, gap_json(&a->gaps[i]));
    for (size_t i = 0; i < plan->refused_count; i++)
        mf_output_append(&refused, mf_output_string(plan->refused[i]));
    mf_output_set(&document, "fits", json_boolean(!refusal));
    if (a->held->is_bundle)
        mf_output_set(&document, "verified", json_boolean(a->held->bundle.gate.verified));
    mf_output_set(&document, "held", mf_output_string(mf_str(a->held->name)));
    mf_output_set(&document, "level", json_string(mf_level_name(plan->level)));
    mf_output_set(&document, "go", mf_output_string(plan->go));
    mf_output_set(&document, "modules", json_integer((json_int_t)plan->count));
    mf_output_set(&document, "zips", json_integer((json_int_t)plan->zips));
    mf_output_set(&document, "missing", missing);
    mf_output_set(&document, "refused", refused);
    mf_output_set(&document, "complete", json_boolean(!a->open));
    mf_output_set(&document, "missing_sums", sums_json(sums(a)));
    if (refusal)
        mf_output_set(&document, "error",
                      json_pack("{s:s,s:s,s:s}", "code", mf_code_name(refusal->code), "text", refusal->text, "next",
                                mf_err_advice(refusal)));
    return mf_output_json(document, err);
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static int refuse(const struct answer *a, struct mf_err *err)
{
    if (a->count) {
        mf_err_set(err, MF_E_CLOSURE, "%zu file%s missing%s", a->count, a->count == 1 ? " is" : "s are",
                   a->open ? ", and perhaps more: what a module without its go.mod requires is not known" : "");
        return mf_err_next(err, "pack this project where there is a network, or take versions that are held");
    }
    if (a->plan->refused_count) {
        mf_err_set(err, MF_E_CLOSURE, "no file is missing, but go refuses the project as it is");
        return mf_err_next(err, "run `go mod tidy` in the project, and ask again");
    }
    mf_err_set(err, MF_E_MISSING_SUM, "no file is missing, but go.sum lacks %zu line%s that go asks for",
               sums(a)->count, plural(sums(a)->count));
    return mf_err_next(err, "run `go mod tidy` in the project; or pass --allow-missing-sum to ask about files alone");
}

/* What the bundle was packed for counts, unless the user says otherwise. */
static void take_defaults(const struct mf_heldarg *held, struct mf_plan_options *o)
{
    const struct mf_manifest *m = &held->bundle.gate.manifest;
    o->level = MF_LEVEL_TIDY;
    if (!held->is_bundle)
        return;
    o->level = m->level;
    o->platforms = m->platforms;
    o->platform_count = m->platform_count;
    o->tags = m->tags;
    o->tag_count = m->tag_count;
}

static int look(const struct mf_cli_args *args, struct mf_heldarg *held, struct mf_closurearg *c, struct answer *a,
                struct mf_err *err)
{
    struct mf_plan_gap *gaps;
    if (mf_heldarg_open(args, args->operands[1], mf_interrupt_watch(), held, err) < 0)
        return -1;
    take_defaults(held, &c->options);
    if (mf_closurearg_held(args, args->operands[0], &held->held, c, &gaps, &a->count, err) < 0)
        return -1;
    *a = (struct answer){.held = held,
                         .plan = &c->plan,
                         .gaps = gaps,
                         .count = a->count,
                         .loose = mf_cliargs_has(args, "allow-missing-sum")};
    for (size_t i = 0; i < a->count; i++)
        a->open |= gaps[i].kind == MF_FILE_MOD;
    return a->loose || !is_complete(a) ? mf_closurearg_sums(c, false, err) : 0;
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(mf_heldarg_release) struct mf_heldarg held = MF_HELDARG_INIT;
    MF_CLEANUP(mf_closurearg_release) struct mf_closurearg c = MF_CLOSUREARG_INIT;
    struct answer answer = {0};
    const bool json = mf_cliargs_has(args, "json");
    if (look(args, &held, &c, &answer, err) < 0)
        return mf_err_prefix(err, "fits %s", args->operands[1]);
    const bool good = fits(&answer);
    if (!good) {
        refuse(&answer, err);
        mf_err_prefix(err, "fits %s", args->operands[1]);
    }
    if (!json)
        print_text(&answer);
    else if (print_json(&answer, good ? NULL : err, err) < 0)
        return -1;
    /* the answer is the JSON document already */
    return good ? 0 : mf_report_error(args->program, args->command, false, err);
}

const struct mf_cli_command mf_cmd_fits = {
    .name = "fits",
    .summary = "Tell whether a project works from what is held",
    .usage = usage,
    .description =
        "Resolves PROJECT, a directory with a go.mod or in a workspace, or a module as path@version, from what BUNDLE "
        "or DIR holds and from nothing else: no network, no store. Where that suffices for the level, the exit status "
        "is 0. Otherwise each file that is missing is a line `missing PATH@VERSION  go.mod|info|zip` with who wants "
        "it, and the exit status is 1; what a module requires whose go.mod is missing cannot be known. What `go` "
        "refuses of the project whatever is held (an import that no required module provides, a go.mod that needs "
        "updates) is a line `refused`, in its words.\n"
        "A bundle is a file; signature, size and every part that is read are checked, and no more than that is read "
        "(`verify` reads all). DIR is a proxy tree or a GOMODCACHE, best one that `unpack` filled: what its record "
        "vouches for is not read again. What packages import is kept beside the store, so the first run on some "
        "content takes longer than the next.\n"
        "Hashes in go.sum are compared with what is held. Lines that it lacks although `go` asks for them are printed "
        "as `go.sum PATH VERSION`, and the exit status is 1, because `go` would stop there; `go mod tidy` adds them.\n",
    .examples = examples,
    .options = options,
    .operands = operands,
    .operands_max = 2,
    .run = run,
};

/* modferry resolve: the closure of roots, with sizes; packs nothing. */
#include <stdio.h>

#include "bundle/graphdraw.h"
#include "bundle/plan.h"
#include "cmd/cliargs.h"
#include "cmd/closurearg.h"
#include "cmd/commandtable.h"
#include "cmd/output.h"

static const char *const usage[] = {
    "resolve [ROOT...] [--roots FILE] [--level L] [--platform LIST] [--tags LIST] [--go 1.N] [--toolchain LIST] "
    "[--retractions] [--json | --graph[=FORM]] [--offline]",
    NULL};

static const char *const examples[] = {
    "modferry resolve",
    "modferry resolve github.com/gin-gonic/gin@v1.9.1 --json",
    "modferry resolve example.com/tool/cmd/fmt@latest --retractions",
    "modferry resolve --graph=dot | dot -Tsvg -o modules.svg",
    NULL,
};

static const char *const operands[] = {NULL};

static const struct mf_cli_option options[] = {
    MF_CLOSUREARG_OPTIONS,
    {"graph", 0, "[text|dot|mermaid]", "print the module graph instead (default: text, as `go mod graph` has it)",
     false},
    MF_CLIARGS_JSON,
    {0},
};

static int print_drawing(struct mf_plan *plan, enum mf_graphdraw form, struct mf_err *err)
{
    MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(256 * MF_MIB);
    if (mf_graphdraw_write(plan->graphs, plan->root_count, form, &text, err) < 0)
        return -1;
    mf_output_bytes(mf_buf_view(&text));
    return 0;
}

/* `form` is NULL, or one that is_graph_form knows. */
static int print_graphs(struct mf_plan *plan, const char *form, struct mf_err *err)
{
    if (form && strcmp(form, "text") != 0)
        return print_drawing(plan, strcmp(form, "dot") == 0 ? MF_GRAPHDRAW_DOT : MF_GRAPHDRAW_MERMAID, err);
    for (size_t i = 0; i < plan->root_count; i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(256 * MF_MIB);
        if (mf_graph_write(&plan->graphs[i], &text, err) < 0)
            return -1;
        mf_output_bytes(mf_buf_view(&text));
    }
    return 0;
}

/* Levels whose zips the plan knows. */
static bool is_known(const struct mf_plan *plan, enum mf_level level)
{
    return level <= plan->level ? plan->level != MF_LEVEL_ALL || level == MF_LEVEL_ALL
                                : level == MF_LEVEL_ALL && plan->level == MF_LEVEL_TIDY;
}

static void print_levels(const struct mf_plan *plan)
{
    char size[MF_OUTPUT_SIZE];
    for (enum mf_level level = MF_LEVEL_BUILD; level <= MF_LEVEL_ALL; level++) {
        if (!is_known(plan, level))
            continue;
        const struct mf_plan_sum sum = mf_plan_sum(plan, level);
        mf_output_line("%s level %-5s  %zu zips, %s%s", level == plan->level ? "*" : " ", mf_level_name(level),
                       sum.zips, mf_output_size(sum.bytes, size), sum.unknown ? " and more" : "");
        if (sum.unknown)
            mf_output_line("               (the size of %zu is not known)", sum.unknown);
    }
}

static void print_text(const struct mf_closurearg *c)
{
    const struct mf_plan *plan = &c->plan;
    char text[MF_OUTPUT_SIZE];
    mf_closurearg_print_roots(c);
    for (size_t i = 0; i < plan->count; i++) {
        const struct mf_plan_module *m = &plan->modules[i];
        const char *size = m->zip_size == UINT64_MAX ? "?" : mf_output_size(m->zip_size, text);
        mf_output_line("%.*s@%.*s  %s", MF_FMT(m->id.path), MF_FMT(m->id.version), m->only_mod ? "go.mod only" : size);
    }
    mf_output_line("level %s: %zu modules with their zip, %zu with their go.mod alone", mf_level_name(plan->level),
                   plan->zips, plan->count - plan->zips);
    print_levels(plan);
}

static json_t *module_json(const struct mf_plan *plan, const struct mf_plan_module *m)
{
    json_t *entry = json_object();
    mf_output_set(&entry, "path", mf_output_string(m->id.path));
    mf_output_set(&entry, "version", mf_output_string(m->id.version));
    mf_output_set(&entry, "only_mod", json_boolean(m->only_mod));
    mf_output_set(&entry, "mod_h1", json_string(m->file->h1));
    mf_output_set(&entry, "mod_in_go_sum", json_boolean(m->file->in_sum));
    if (m->zip_level != MF_PLAN_NO_ZIP && is_known(plan, (enum mf_level)m->zip_level))
        mf_output_set(&entry, "level", json_string(mf_level_name((enum mf_level)m->zip_level)));
    if (m->zip_level != MF_PLAN_NO_ZIP && m->zip_size != UINT64_MAX)
        mf_output_set(&entry, "zip_size", json_integer((json_int_t)m->zip_size));
    if (m->notes.retracted.n)
        mf_output_set(&entry, "retracted", mf_output_string(m->notes.retracted));
    if (m->notes.deprecated.n)
        mf_output_set(&entry, "deprecated", mf_output_string(m->notes.deprecated));
    return entry;
}

static json_t *levels_json(const struct mf_plan *plan)
{
    json_t *levels = json_object();
    for (enum mf_level level = MF_LEVEL_BUILD; level <= MF_LEVEL_ALL; level++) {
        if (!is_known(plan, level))
            continue;
        const struct mf_plan_sum sum = mf_plan_sum(plan, level);
        json_t *entry = json_object();
        mf_output_set(&entry, "zips", json_integer((json_int_t)sum.zips));
        mf_output_set(&entry, "zip_size", json_integer((json_int_t)sum.bytes));
        mf_output_set(&entry, "unknown_sizes", json_integer((json_int_t)sum.unknown));
        mf_output_set(&levels, mf_level_name(level), entry);
    }
    return levels;
}

static int print_json(const struct mf_closurearg *c, struct mf_err *err)
{
    const struct mf_plan *plan = &c->plan;
    json_t *document = json_object(), *roots = json_array(), *modules = json_array();
    for (size_t i = 0; i < plan->root_count; i++) {
        json_t *root = json_object();
        mf_output_set(&root, "path", mf_output_string(plan->roots[i].module.path));
        if (plan->roots[i].module.version.n)
            mf_output_set(&root, "version", mf_output_string(plan->roots[i].module.version));
        if (plan->roots[i].main_count == 0)
            mf_output_set(&root, "query", mf_output_string(plan->roots[i].typed));
        mf_output_append(&roots, root);
    }
    for (size_t i = 0; i < plan->count; i++)
        mf_output_append(&modules, module_json(plan, &plan->modules[i]));
    mf_output_set(&document, "level", json_string(mf_level_name(plan->level)));
    mf_output_set(&document, "go", mf_output_string(plan->go));
    mf_closurearg_set_needs_go(c, &document);
    mf_output_set(&document, "zips", json_integer((json_int_t)plan->zips));
    mf_output_set(&document, "levels", levels_json(plan));
    mf_output_set(&document, "roots", roots);
    mf_output_set(&document, "modules", modules);
    return mf_output_json(document, err);
}

static bool is_graph_form(const char *form)
{
    return strcmp(form, "text") == 0 || strcmp(form, "dot") == 0 || strcmp(form, "mermaid") == 0;
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    const char *form = mf_cliargs_value(args, "graph");
    MF_CLEANUP(mf_closurearg_release) struct mf_closurearg c = MF_CLOSUREARG_INIT;
    if (mf_cliargs_has(args, "graph") && mf_cliargs_has(args, "json"))
        return mf_err_set(err, MF_E_USAGE, "--graph and --json exclude one another");
    if (form && !is_graph_form(form))
        return mf_err_set(err, MF_E_USAGE, "--graph=%s: the forms are text, dot and mermaid", form);
    if (mf_closurearg_plan(args, &c, err) < 0 || mf_closurearg_sums(&c, false, err) < 0)
        return -1;
    if (mf_cliargs_has(args, "graph"))
        return print_graphs(&c.plan, form, err);
    if (mf_plan_sizes(&c.plan, mf_cliargs_has(args, "offline"), err) < 0)
        return mf_err_prefix(err, "ask for sizes");
    if (mf_cliargs_has(args, "json"))
        return print_json(&c, err);
    print_text(&c);
    return 0;
}

const struct mf_cli_command mf_cmd_resolve = {
    .name = "resolve",
    .summary = "Show the closure of roots with its sizes",
    .usage = usage,
    .description =
        "Resolves the closure of each ROOT through the proxies of GOPROXY and prints every module version that a "
        "bundle would carry. At level all nothing but go.mod files and what version queries need is fetched (but for "
        "projects at go 1.17); the other levels follow imports, so the zips that they name are fetched into the "
        "store.\n"
        "A ROOT is a directory with a go.mod (default: the current one) or path@query, which stands for a main "
        "module that requires only it. The path is that of a module or of a package in one; the query is one of "
        "v1.2.3, v1, v1.2, latest, upgrade, <v2, <=v1.2.3, >v1.2.3, >=v1, a branch, a tag or a commit, resolved as "
        "`go get` does: pre-releases only where there is no release, retracted versions only where they are "
        "typed in full. "
        "A directory in a workspace stands for the workspace (GOWORK=off: for itself). "
        "The sizes of zips that the store does not hold are asked of the proxies. A line for each level that is known "
        "says what a bundle of it would hold: the levels up to the chosen one, and with tidy level all.\n"
        "--graph=dot and --graph=mermaid draw one picture of all roots, without go and toolchain; versions that are "
        "not "
        "selected are dashed.\n",
    .examples = examples,
    .options = options,
    .operands = operands,
    .operands_max = MF_CLI_ANY,
    .more = "ROOT",
    .run = run,
};

/* modferry resolve: the closure of roots, with sizes; packs nothing. */
#include <stdio.h>

#include "bundle/plan.h"
#include "cmd/cliargs.h"
#include "cmd/closurearg.h"
#include "cmd/commandtable.h"
#include "cmd/output.h"

static const char *const usage[] = {
    "resolve [ROOT...] [--roots FILE] [--level L] [--platform LIST] [--tags LIST] [--go 1.N] [--retractions] "
    "[--json | --graph] [--offline]",
    NULL};

static const char *const examples[] = {
    "modferry resolve",
    "modferry resolve github.com/gin-gonic/gin@v1.9.1 --json",
    "modferry resolve example.com/tool/cmd/fmt@latest --retractions",
    "modferry resolve --graph",
    NULL,
};

static const char *const operands[] = {NULL};

static const struct mf_cli_option options[] = {
    MF_CLOSUREARG_OPTIONS,
    {"graph", 0, NULL, "print the module graph in the form of `go mod graph`", false},
    MF_CLIARGS_JSON,
    {0},
};

static int print_graphs(struct mf_plan *plan, struct mf_err *err)
{
    for (size_t i = 0; i < plan->root_count; i++) {
        MF_CLEANUP(mf_buf_release) struct mf_buf text = MF_BUF_INIT(256 * MF_MIB);
        if (mf_graph_write(&plan->graphs[i], &text, err) < 0)
            return -1;
        mf_output_bytes(mf_buf_view(&text));
    }
    return 0;
}

/* Bytes of a module's zip where the store holds it, else -1. */
static long long zip_size(const struct mf_plan *plan, struct mf_module m)
{
    struct mf_err ignored;
    bool missing;
    struct stat st;
    MF_CLEANUP(mf_fd_release) int fd = mf_store_open_zip(&plan->upstream->store, m, &missing, &ignored);
    return fd >= 0 && fstat(fd, &st) == 0 ? (long long)st.st_size : -1;
}

struct sizes {
    unsigned long long bytes;
    size_t unknown;
};

static void print_text(const struct mf_closurearg *c)
{
    const struct mf_plan *plan = &c->plan;
    struct sizes sum = {0};
    char text[MF_OUTPUT_SIZE];
    mf_closurearg_print_roots(c);
    for (size_t i = 0; i < plan->count; i++) {
        const struct mf_plan_module *m = &plan->modules[i];
        long long size = m->only_mod ? 0 : zip_size(plan, m->id);
        const char *shown = m->only_mod ? "go.mod only" : size < 0 ? "?" : mf_output_size((uint64_t)size, text);
        mf_output_line("%.*s@%.*s  %s", MF_FMT(m->id.path), MF_FMT(m->id.version), shown);
        sum.bytes += size > 0 ? (unsigned long long)size : 0;
        sum.unknown += size < 0;
    }
    mf_output_line("level %s: %zu modules with their zip, %zu with their go.mod alone", mf_level_name(plan->level),
                   plan->zips, plan->count - plan->zips);
    if (sum.unknown)
        mf_output_line("zips: %s in the store, %zu not fetched yet", mf_output_size(sum.bytes, text), sum.unknown);
    else
        mf_output_line("zips: %s, all in the store", mf_output_size(sum.bytes, text));
}

static json_t *module_json(const struct mf_plan *plan, const struct mf_plan_module *m)
{
    json_t *entry = json_object();
    mf_output_set(&entry, "path", mf_output_string(m->id.path));
    mf_output_set(&entry, "version", mf_output_string(m->id.version));
    mf_output_set(&entry, "only_mod", json_boolean(m->only_mod));
    mf_output_set(&entry, "mod_h1", json_string(m->file->h1));
    mf_output_set(&entry, "mod_in_go_sum", json_boolean(m->file->in_sum));
    long long size = m->only_mod ? -1 : zip_size(plan, m->id);
    if (size >= 0)
        mf_output_set(&entry, "zip_size", json_integer(size));
    if (m->notes.retracted.n)
        mf_output_set(&entry, "retracted", mf_output_string(m->notes.retracted));
    if (m->notes.deprecated.n)
        mf_output_set(&entry, "deprecated", mf_output_string(m->notes.deprecated));
    return entry;
}

static int print_json(const struct mf_plan *plan, struct mf_err *err)
{
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
    mf_output_set(&document, "zips", json_integer((json_int_t)plan->zips));
    mf_output_set(&document, "roots", roots);
    mf_output_set(&document, "modules", modules);
    return mf_output_json(document, err);
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(mf_closurearg_release) struct mf_closurearg c = MF_CLOSUREARG_INIT;
    if (mf_cliargs_has(args, "graph") && mf_cliargs_has(args, "json"))
        return mf_err_set(err, MF_E_USAGE, "--graph and --json exclude one another");
    if (mf_closurearg_plan(args, &c, err) < 0 || mf_closurearg_sums(&c, false, err) < 0)
        return -1;
    if (mf_cliargs_has(args, "graph"))
        return print_graphs(&c.plan, err);
    if (mf_cliargs_has(args, "json"))
        return print_json(&c.plan, err);
    print_text(&c);
    return 0;
}

const struct mf_cli_command mf_cmd_resolve = {
    .name = "resolve",
    .summary = "Show the closure of roots with its sizes",
    .usage = usage,
    .description =
        "Resolves the closure of each ROOT through the proxies of GOPROXY and prints every module version that a "
        "bundle would carry. At level all nothing but go.mod files and what version queries need is fetched; the other "
        "levels follow imports, so the zips that they name are fetched into the store.\n"
        "A ROOT is a directory with a go.mod (default: the current one) or path@query, which stands for a main "
        "module that requires only it. The path is that of a module or of a package in one; the query is one of "
        "v1.2.3, v1, v1.2, latest, upgrade, <v2, <=v1.2.3, >v1.2.3, >=v1, a branch, a tag or a commit, resolved as "
        "`go get` does: pre-releases only where there is no release, retracted versions not at all. "
        "A directory in a workspace stands for the workspace (GOWORK=off: for itself). "
        "Sizes are those of zips that the store holds already.\n",
    .examples = examples,
    .options = options,
    .operands = operands,
    .operands_max = MF_CLI_ANY,
    .run = run,
};

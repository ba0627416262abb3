#include "cmd/bundlearg.h"
#include "cmd/cliargs.h"
#include "cmd/commandtable.h"
#include "cmd/output.h"
#include "verify/bundlediff.h"
#include "verify/sandbox.h"

static const char *const usage[] = {"diff A B (--pubkey FILE... | --trust FILE | --allow-unsigned) [--json]", NULL};
static const char *const examples[] = {"modferry diff june.tar.zst july.tar.zst --pubkey team.pub", NULL};
static const char *const operands[] = {"bundle A", "bundle B", NULL};
static const struct mf_cli_option options[] = {MF_TRUSTOPTS_OPTIONS, MF_CLIARGS_JSON, {0}};

/* Two bundles, and what the comparison has found. */
struct pair {
    struct mf_bundlearg a, b;
    json_t *promises, *changes; /* with --json, else NULL */
    size_t counts[MF_DIFF_EXTENT + 1];
};

static void release_pair(struct pair *pair)
{
    json_decref(pair->promises);
    json_decref(pair->changes);
    mf_bundlearg_release(&pair->a);
    mf_bundlearg_release(&pair->b);
}

/* For example `level      build -> tidy`, `go.sum     example.com/app: other bytes` or `tags       added netgo`. */
static int print_promise(void *ctx, const struct mf_bundlediff_promise *p)
{
    (void)ctx;
    const struct mf_str old = p->old_word, new = p->new_word;
    const char *way = !old.n ? "added" : !new.n ? "removed" : "other bytes";
    if (p->root && mf_str_eq(mf_str(p->what), MF_LIT("root")))
        mf_output_line("%-10s %s %.*s%s%.*s", p->what, way, MF_FMT(p->root->module.path),
                       p->root->module.version.n ? "@" : "", MF_FMT(p->root->module.version));
    else if (p->root)
        mf_output_line("%-10s %.*s: %s", p->what, MF_FMT(p->root->module.path), way);
    else if (old.n && new.n)
        mf_output_line("%-10s %.*s -> %.*s", p->what, MF_FMT(old), MF_FMT(new));
    else
        mf_output_line("%-10s %s %.*s", p->what, way, MF_FMT(old.n ? old : new));
    return 0;
}

static int collect_promise(void *ctx, const struct mf_bundlediff_promise *p)
{
    struct pair *pair = ctx;
    json_t *object = json_object();
    mf_output_set(&object, "what", json_string(p->what));
    if (p->root) {
        mf_output_set(&object, "path", mf_output_string(p->root->module.path));
        mf_output_set(&object, "version",
                      p->root->module.version.n ? mf_output_string(p->root->module.version) : json_null());
    }
    mf_output_set(&object, "old", p->old_word.n ? mf_output_string(p->old_word) : json_null());
    mf_output_set(&object, "new", p->new_word.n ? mf_output_string(p->new_word) : json_null());
    mf_output_append(&pair->promises, object);
    return 0;
}

static const char *extent_name(const struct mf_manifest_module *m)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): this kind of change has both sides */
    return m->only_mod ? "go.mod alone" : "whole";
}

/* For example `version    example.com/beta v0.3.1 -> v0.3.2`. */
static int print_change(void *ctx, const struct mf_bundlediff_change *change)
{
    struct pair *pair = ctx;
    const struct mf_manifest_module *old_module = change->old_module, *new_module = change->new_module;
    const struct mf_module *id = new_module ? &new_module->id : &old_module->id;
    const char *name = mf_bundlediff_name(change->kind);
    pair->counts[change->kind]++;
    if (change->kind == MF_DIFF_VERSION)
        mf_output_line("%-10s %.*s %.*s -> %.*s", name, MF_FMT(id->path), MF_FMT(old_module->id.version),
                       MF_FMT(id->version));
    else if (change->kind == MF_DIFF_EXTENT)
        mf_output_line("%-10s %.*s %.*s: %s -> %s", name, MF_FMT(id->path), MF_FMT(id->version),
                       extent_name(old_module), extent_name(new_module));
    else
        mf_output_line("%-10s %.*s %.*s", name, MF_FMT(id->path), MF_FMT(id->version));
    return 0;
}

static json_t *module_json(const struct mf_manifest_module *m)
{
    if (!m)
        return json_null();
    json_t *object = json_object();
    mf_output_set(&object, "version", mf_output_string(m->id.version));
    mf_output_set(&object, "only_mod", json_boolean(m->only_mod));
    mf_output_set(&object, "h1", m->h1.n ? mf_output_string(m->h1) : json_null());
    mf_output_set(&object, "mod_h1", mf_output_string(m->mod_h1));
    return object;
}

static int collect_change(void *ctx, const struct mf_bundlediff_change *change)
{
    struct pair *pair = ctx;
    json_t *object = json_object();
    pair->counts[change->kind]++;
    mf_output_set(&object, "change", json_string(mf_bundlediff_name(change->kind)));
    mf_output_set(&object, "path",
                  mf_output_string((change->new_module ? change->new_module : change->old_module)->id.path));
    mf_output_set(&object, "old", module_json(change->old_module));
    mf_output_set(&object, "new", module_json(change->new_module));
    mf_output_append(&pair->changes, object);
    return 0;
}

static void compare_text(struct pair *pair)
{
    size_t all = 0;
    if (!pair->a.gate.verified || !pair->b.gate.verified)
        mf_output_line("UNVERIFIED");
    (void)mf_bundlediff_promises(&pair->a.gate.manifest, &pair->b.gate.manifest, print_promise, pair);
    (void)mf_bundlediff_run(&pair->a.gate.manifest, &pair->b.gate.manifest, print_change, pair);
    for (size_t i = 0; i < MF_COUNT(pair->counts); i++)
        all += pair->counts[i];
    if (all == 0)
        mf_output_line("no differences between the modules");
    else
        mf_output_line("summary    added %zu, removed %zu, version %zu, content %zu, extent %zu",
                       pair->counts[MF_DIFF_ADDED], pair->counts[MF_DIFF_REMOVED], pair->counts[MF_DIFF_VERSION],
                       pair->counts[MF_DIFF_CONTENT], pair->counts[MF_DIFF_EXTENT]);
}

static int compare_json(struct pair *pair, struct mf_err *err)
{
    json_t *result = json_object();
    pair->promises = json_array();
    pair->changes = json_array();
    (void)mf_bundlediff_promises(&pair->a.gate.manifest, &pair->b.gate.manifest, collect_promise, pair);
    (void)mf_bundlediff_run(&pair->a.gate.manifest, &pair->b.gate.manifest, collect_change, pair);
    mf_output_set(&result, "verified", json_boolean(pair->a.gate.verified && pair->b.gate.verified));
    mf_output_set(&result, "old", mf_bundlearg_json(&pair->a));
    mf_output_set(&result, "new", mf_bundlearg_json(&pair->b));
    mf_output_set(&result, "same_content",
                  json_boolean(mf_digest_eq(&pair->a.gate.manifest.id, &pair->b.gate.manifest.id)));
    mf_output_set(&result, "promises", pair->promises);
    mf_output_set(&result, "changes", pair->changes);
    pair->promises = pair->changes = NULL;
    return mf_output_json(result, err);
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(release_pair) struct pair pair = {.a = MF_BUNDLEARG_INIT, .b = MF_BUNDLEARG_INIT};
    MF_CLEANUP(mf_trustopts_release) struct mf_trustopts trust = MF_TRUSTOPTS_INIT;
    if (mf_trustopts_read(args, MF_TRUSTOPTS_LOOK, &trust, err) < 0 ||
        mf_bundlearg_open(args->operands[0], &pair.a, err) < 0 ||
        mf_bundlearg_open(args->operands[1], &pair.b, err) < 0 || mf_sandbox_enter(NULL, 0, err) < 0 ||
        mf_bundlearg_pass(&trust, &pair.a, err) < 0 || mf_bundlearg_pass(&trust, &pair.b, err) < 0)
        return mf_err_prefix(err, "diff");
    if (mf_cliargs_has(args, "json"))
        return compare_json(&pair, err);
    compare_text(&pair);
    return 0;
}

const struct mf_cli_command mf_cmd_diff = {
    .name = "diff",
    .summary = "Show what changed from one bundle to another",
    .usage = usage,
    .description =
        "Compares what two bundles say they hold: a line for whatever gives them different ids. First what they were "
        "made for: level, release of go, platforms, tags, toolchains, roots, and go.mod, go.sum, go.work and "
        "go.work.sum of each root. Then each module that was added, removed, moved to "
        "another version, or that one of them carries as a go.mod alone. \"content\" means that the same version has "
        "another hash, which no honest source gives. The trust options apply to both. The exit status is 0 whether "
        "there are differences or not.\n",
    .examples = examples,
    .options = options,
    .operands = operands,
    .operands_max = 2,
    .run = run,
};

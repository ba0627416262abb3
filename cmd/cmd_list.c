#include <inttypes.h>
#include <stdio.h>

#include "cmd/bundlearg.h"
#include "cmd/cliargs.h"
#include "cmd/commandtable.h"
#include "cmd/files.h"
#include "cmd/output.h"
#include "formats/base/encode.h"
#include "verify/sandbox.h"

static const char *const usage[] = {
    "list BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) [--json]",
    "list BUNDLE|- (--pubkey FILE... | --trust FILE | --allow-unsigned) --manifest FILE|-",
    NULL,
};
static const char *const examples[] = {
    "modferry list deps.tar.zst --pubkey team.pub",
    "modferry list deps.tar.zst --allow-unsigned --manifest manifest.json",
    NULL,
};
static const char *const operands[] = {"BUNDLE", NULL};
static const struct mf_cli_option options[] = {
    {"manifest", 'm', "FILE", "write manifest.json as it is to FILE, `-` for standard output, and list nothing", false},
    MF_TRUSTOPTS_OPTIONS,
    MF_CLIARGS_JSON,
    {0},
};

static const char *form_name(const struct mf_manifest_module *m)
{
    static const char *const names[] = {
        [MF_FORM_NONE] = "go.mod", [MF_FORM_FILES] = "files", [MF_FORM_ZIP] = "zip", [MF_FORM_HELD] = "held"};
    return names[m->form];
}

static void print_roots(const struct mf_manifest *m)
{
    for (size_t i = 0; i < m->root_count; i++) {
        const struct mf_module *root = &m->roots[i].module;
        mf_output_line("%-10s %.*s%s%.*s", i ? "" : "roots", MF_FMT(root->path), root->version.n ? "@" : "",
                       MF_FMT(root->version));
    }
}

static size_t count_results(const struct mf_manifest_rehearsed *r, const char *result)
{
    size_t count = 0;
    for (size_t i = 0; i < r->run_count; i++)
        count += mf_str_eq(r->runs[i].result, mf_str(result));
    return count;
}

/* What was not ok by name: whoever signs should see it. */
static void print_rehearsed(const struct mf_manifest_rehearsed *r)
{
    if (r->go.n == 0)
        return;
    mf_output_line("rehearsed  %zu ok, %zu failed, %zu skipped: %.*s %.*s, %.*s", count_results(r, "ok"),
                   count_results(r, "failed"), count_results(r, "skipped"), MF_FMT(r->go), MF_FMT(r->platform),
                   MF_FMT(r->time));
    for (size_t i = 0; i < r->run_count; i++) {
        const struct mf_manifest_run *run = &r->runs[i];
        if (!mf_str_eq(run->result, MF_LIT("ok")))
            mf_output_line("  %-7.*s  %.*s%s%.*s: %.*s", MF_FMT(run->result), MF_FMT(run->command),
                           run->platform.n ? " for " : "", MF_FMT(run->platform), MF_FMT(run->why));
    }
}

/* What go will be able to do, root by root. */
static void print_promises(const struct mf_manifest *m)
{
    for (size_t i = 0; i < m->root_count; i++) {
        const struct mf_manifest_root *root = &m->roots[i];
        if (m->root_count > 1)
            mf_output_line("in %.*s%s%.*s", MF_FMT(root->module.path), root->module.version.n ? "@" : "",
                           MF_FMT(root->module.version));
        mf_bundlearg_words("commands", root->commands, root->command_count);
        mf_bundlearg_words("no sums", root->missing_sums, root->missing_sum_count);
        print_rehearsed(&root->rehearsed);
    }
}

static void print_text(const struct mf_bundlearg *bundle)
{
    const struct mf_manifest *m = &bundle->gate.manifest;
    char size[MF_OUTPUT_SIZE];
    mf_bundlearg_warning_lines(bundle);
    mf_bundlearg_lines(bundle);
    if (m->go.n)
        mf_output_line("go         %.*s", MF_FMT(m->go));
    print_roots(m);
    mf_bundlearg_statement_lines(m, !bundle->trust_version);
    print_promises(m);
    mf_output_line("modules    %zu (%zu with a go.mod alone)", m->module_count, mf_bundlearg_only_mod(m));
    mf_bundlearg_difference_line(m);
    for (size_t i = 0; i < m->module_count; i++) {
        const struct mf_manifest_module *mod = &m->modules[i];
        mf_output_line("  %.*s %.*s  %s%s", MF_FMT(mod->id.path), MF_FMT(mod->id.version),
                       mod->only_mod ? "go.mod" : mf_output_size(mod->size, size),
                       mod->form == MF_FORM_HELD ? ", held" : "");
    }
}

/* A string under `key`, where there is one. */
static void set_text(json_t **object, const char *key, struct mf_str s)
{
    if (s.n > 0)
        mf_output_set(object, key, mf_output_string(s));
}

static json_t *words_json(const struct mf_str *words, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        mf_output_append(&array, mf_output_string(words[i]));
    return array;
}

static json_t *rehearsed_json(const struct mf_manifest_rehearsed *r)
{
    json_t *object = json_object(), *runs = json_array();
    for (size_t i = 0; i < r->run_count; i++) {
        json_t *run = json_object();
        set_text(&run, "command", r->runs[i].command);
        set_text(&run, "ran", r->runs[i].ran);
        set_text(&run, "platform", r->runs[i].platform);
        set_text(&run, "result", r->runs[i].result);
        set_text(&run, "why", r->runs[i].why);
        mf_output_append(&runs, run);
    }
    set_text(&object, "go", r->go);
    set_text(&object, "platform", r->platform);
    set_text(&object, "time", r->time);
    set_text(&object, "tool", r->tool);
    mf_output_set(&object, "settings", words_json(r->settings, r->setting_count));
    mf_output_set(&object, "runs", runs);
    return object;
}

static json_t *roots_json(const struct mf_manifest *m)
{
    json_t *array = json_array();
    for (size_t i = 0; i < m->root_count; i++) {
        const struct mf_manifest_root *root = &m->roots[i];
        json_t *object = json_object();
        set_text(&object, "path", root->module.path);
        set_text(&object, "version", root->module.version);
        set_text(&object, "go.mod", root->go_mod);
        set_text(&object, "go.sum", root->go_sum);
        set_text(&object, "go.work", root->go_work);
        set_text(&object, "go.work.sum", root->go_work_sum);
        mf_output_set(&object, "commands", words_json(root->commands, root->command_count));
        if (root->missing_sum_count)
            mf_output_set(&object, "missing_sums", words_json(root->missing_sums, root->missing_sum_count));
        if (root->rehearsed.go.n)
            mf_output_set(&object, "rehearsed", rehearsed_json(&root->rehearsed));
        mf_output_append(&array, object);
    }
    return array;
}

static json_t *module_json(const struct mf_manifest_module *m)
{
    json_t *object = json_object();
    set_text(&object, "path", m->id.path);
    set_text(&object, "version", m->id.version);
    set_text(&object, "h1", m->h1);
    set_text(&object, "mod_h1", m->mod_h1);
    set_text(&object, "time", m->time);
    set_text(&object, "source", m->source);
    set_text(&object, "zip_sha256", m->zip_sha256);
    if (m->record)
        mf_output_set(&object, "log_index", json_integer((json_int_t)m->record - 1));
    set_text(&object, "not_covered", m->not_covered);
    set_text(&object, "retracted", m->retracted);
    set_text(&object, "deprecated", m->deprecated);
    mf_output_set(&object, "form", json_string(form_name(m)));
    mf_output_set(&object, "size", json_integer((json_int_t)m->size));
    mf_output_set(&object, "files", json_integer((json_int_t)m->files));
    return object;
}

static int print_json(const struct mf_bundlearg *bundle, struct mf_err *err)
{
    const struct mf_manifest *m = &bundle->gate.manifest;
    json_t *object = mf_bundlearg_json(bundle);
    json_t *modules = json_array();
    for (size_t i = 0; i < m->module_count; i++)
        mf_output_append(&modules, module_json(&m->modules[i]));
    set_text(&object, "go", m->go);
    mf_output_set(&object, "roots", roots_json(m));
    mf_output_set(&object, "platforms", words_json(m->platforms, m->platform_count));
    mf_output_set(&object, "tags", words_json(m->tags, m->tag_count));
    mf_output_set(&object, "toolchains", words_json(m->toolchains, m->toolchain_count));
    set_text(&object, "channel", m->channel);
    mf_output_set(&object, "counter", json_integer((json_int_t)m->counter));
    set_text(&object, "created", m->created);
    set_text(&object, "expires", m->expires);
    set_text(&object, "tool", m->tool);
    mf_output_set(&object, "modules", modules);
    return mf_output_json(object, err);
}

static int write_manifest(const struct mf_bundlearg *bundle, const char *path, struct mf_err *err)
{
    const struct mf_gate *gate = &bundle->gate;
    char hash[MF_HEX_SIZE(32)];
    if (strcmp(path, "-") == 0) {
        mf_bundlearg_unverified_beside(bundle);
        mf_output_bytes(gate->head.manifest);
        return 0;
    }
    if (mf_files_write(path, gate->head.manifest, 0666, err) < 0)
        return -1;
    mf_bundlearg_warning_lines(bundle);
    mf_hex(gate->manifest_sha256.b, sizeof(gate->manifest_sha256.b), hash);
    mf_output_line("manifest   %s", path);
    mf_output_line("sha256     %s", hash);
    return 0;
}

static int list(const struct mf_cli_args *args, struct mf_bundlearg *bundle, struct mf_err *err)
{
    const char *manifest = mf_cliargs_value(args, "manifest");
    MF_CLEANUP(mf_dir_release) struct mf_dir parent = MF_DIR_NONE;
    MF_CLEANUP(mf_trustopts_release) struct mf_trustopts trust = MF_TRUSTOPTS_INIT;
    if (manifest && mf_cliargs_has(args, "json"))
        return mf_err_set(err, MF_E_USAGE, "--manifest and --json exclude one another");
    if (mf_trustopts_read(args, MF_TRUSTOPTS_LOOK, &trust, err) < 0 ||
        mf_bundlearg_open(args->operands[0], bundle, err) < 0 ||
        (manifest && strcmp(manifest, "-") != 0 && mf_files_parent(manifest, &parent, err) < 0))
        return -1;
    const struct mf_sandbox_place place = {parent.fd, MF_SANDBOX_FILL};
    if (mf_sandbox_enter(&place, 1, err) < 0 || mf_bundlearg_pass(&trust, bundle, err) < 0)
        return -1;
    if (manifest)
        return write_manifest(bundle, manifest, err);
    if (mf_cliargs_has(args, "json"))
        return print_json(bundle, err);
    print_text(bundle);
    return 0;
}

static int run(const struct mf_cli_args *args, struct mf_err *err)
{
    MF_CLEANUP(mf_bundlearg_release) struct mf_bundlearg bundle = MF_BUNDLEARG_INIT;
    return list(args, &bundle, err) < 0 ? mf_err_prefix(err, "list") : 0;
}

const struct mf_cli_command mf_cmd_list = {
    .name = "list",
    .summary = "Show what a bundle says it holds",
    .usage = usage,
    .description =
        "Shows the manifest of a bundle: roots, level and modules. Only the head of the file is read, so the content "
        "is not compared with it; `modferry verify` does that.\n"
        "With --manifest the raw manifest.json is written instead, to be signed on a machine that keeps the secret "
        "key.\n",
    .examples = examples,
    .options = options,
    .operands = operands,
    .operands_max = 1,
    .run = run,
};
